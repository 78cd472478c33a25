#include "entries.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include "base/rng.h"

static void only_what_the_policy_keeps_is_stored(void **state)
{
    const struct place *p = *state;
    int64_t now = lw_now_utc_us();
    struct lw_store_counts n;
    LW_AUTO_STORE s = open_as(p, "default", NULL);
    put_crossing(s, "r1", now);
    CHECK(lw_store_count(s, &n, NULL) == LW_OK && n.records == 1 && n.blobs == 0);
    lw_store_close(&s);
    s = open_store(p); /* us-land-exit from here on */
    put_crossing(s, "r2", now);
    CHECK(lw_store_count(s, &n, NULL) == LW_OK && n.blobs == 5);
    CHECK(ask(p, "SELECT group_concat(kind || ifnull(occupant, '') || ifnull(document, '')) ="
                 " 'photo0,photo1,photo2,template1,fields1' FROM blob") == 1);
    /* the citizen's and the unknown person's photo for 12 hours, the other for 75 years */
    CHECK(ask(p,
              "SELECT group_concat((blob.due_utc_us - closed_utc_us) / 3600000000) = '12,657436,12'"
              " FROM blob JOIN record ON record.seq = record WHERE kind = 'photo'") == 1);
}

static void nothing_that_is_stored_can_be_read_in_the_files(void **state)
{
    const struct place *p = *state;
    LW_AUTO_STORE s = open_store(p);
    put_crossing(s, "r1", lw_now_utc_us());
    CHECK(!files_hold(p, "the face of ", 12) && !files_hold(p, "SSON", 4));
    CHECK(!files_hold(p, "L898902C3", 9) && !files_hold(p, "C01X00T47", 9));
    CHECK(!files_hold(p, "AAAAAAAAAAAAAAAA", 16));
    CHECK(verify_store(p).blobs == 5);
}

static void what_is_due_goes_and_the_rest_stays(void **state)
{
    const struct place *p = *state;
    int64_t now = lw_now_utc_us();
    struct lw_store_counts n;
    LW_AUTO_STORE s = open_store(p);
    put_crossing(s, "r1", now);
    struct lw_purge_report r = purge_at(s, now + 11 * TEST_HOUR);
    CHECK(r.certificate.n == 0 && r.erased.photos == 0);
    r = purge_at(s, now + 12 * TEST_HOUR);
    CHECK(r.erased.photos == 2 && r.erased.templates == 0 && r.erased.occupants == 0);
    CHECK(r.erased.texts == 0 && r.certificate.n > 0);
    lw_strbuf_clear(&r.certificate);
    CHECK(lw_store_count(s, &n, NULL) == LW_OK && n.blobs == 3);
    CHECK(verify_store(p).blobs == 3 && verify_store(p).blobs_erased == 2);
    r = purge_at(s, now + 25 * TEST_HOUR);
    CHECK(r.erased.occupants == 2 && r.erased.documents == 1 && r.erased.texts == 1);
    CHECK(r.erased.records == 0);
    lw_strbuf_clear(&r.certificate);
    CHECK(ask(p, "SELECT count(*) FROM occupant WHERE seat = '1R'") == 1);
    CHECK(lw_store_count(s, &n, NULL) == LW_OK);
    CHECK(n.records == 1 && n.occupants == 1 && n.documents == 1 && n.blobs == 3);
    struct lw_record back;
    struct lw_why why = {0};
    CHECK(lw_store_get(s, "r1", &back, &why) == LW_ENOTFOUND);
    assert_string_equal(why.text, "record r1 was purged");
    const struct lw_verify_report v = verify_store(p);
    CHECK(v.audit.intact && v.records == 1 && v.blobs == 3);
}

static void when_the_last_ones_time_is_over_nothing_is_left(void **state)
{
    const struct place *p = *state;
    int64_t now = lw_now_utc_us();
    struct lw_store_counts n;
    LW_AUTO_STORE s = open_store(p);
    put_crossing(s, "r1", now);
    const struct lw_purge_opts opts = {.now_utc_us = now + 76 * TEST_YEAR, .clock_is_right = true};
    struct lw_purge_report r;
    CHECK(lw_store_purge(s, &opts, &r, NULL) == LW_OK);
    CHECK(r.erased.photos == 3 && r.erased.templates == 1 && r.erased.fields == 1);
    CHECK(r.erased.occupants == 3 && r.erased.documents == 2 && r.erased.records == 1);
    CHECK(r.wrapping_keys == 2);
    lw_strbuf_clear(&r.certificate);
    CHECK(lw_store_count(s, &n, NULL) == LW_OK);
    CHECK(n.records + n.occupants + n.documents + n.blobs + n.outbox == 0);
    const struct lw_verify_report v = verify_store(p);
    CHECK(v.records == 0 && v.records_erased == 1 && v.blobs_erased == 5);
    CHECK(ask(p, "SELECT count(*) FROM audit WHERE action = 'clock'") == 1);
    put_crossing(s, "r2", now); /* numbers are not used again */
    CHECK(ask(p, "SELECT min(seq) FROM blob") == 6);
    CHECK(verify_store(p).blobs == 5);
}

static void purged_bytes_and_keys_are_in_no_file(void **state)
{
    const struct place *p = *state;
    int64_t now = lw_now_utc_us();
    size_t n_sealed, n_wrapped, n_text;
    LW_AUTO_STORE s = open_store(p);
    put_crossing(s, "r1", now);
    uint8_t *sealed = ask_bytes(p, "SELECT sealed FROM blob WHERE seq = 1", &n_sealed);
    uint8_t *wrapped = ask_bytes(p, "SELECT wrapped FROM blob_key WHERE blob = 1", &n_wrapped);
    uint8_t *text = ask_bytes(p, "SELECT substr(bytes, 640, 400) FROM record", &n_text);
    CHECK(n_sealed > PHOTO_BYTES && n_wrapped == 72);
    CHECK(files_hold(p, sealed, 64) && files_hold(p, wrapped, 64) && files_hold(p, text, 64));
    struct lw_purge_report r = purge_at(s, now + 25 * TEST_HOUR);
    CHECK(r.wrapping_keys == 1);
    lw_strbuf_clear(&r.certificate);
    int pieces = 0, found = 0;
    for (size_t at = 0; at + 16 <= n_sealed; at += 16, pieces++)
        found += files_hold(p, sealed + at, 16);
    for (size_t at = 0; at + 16 <= n_wrapped; at += 8, pieces++)
        found += files_hold(p, wrapped + at, 16);
    for (size_t at = 0; at + 20 <= n_text; at += 10, pieces++)
        found += files_hold(p, text + at, 20);
    print_message("# %d of %d purged pieces recoverable\n", found, pieces);
    CHECK(found == 0);
    free(sealed);
    free(wrapped);
    free(text);
}

/* The power fails right after a purge: what the disk holds then is the store and its log. */
static void after_a_power_cut_nothing_purged_comes_back(void **state)
{
    const struct place *p = *state;
    struct place cut = *p;
    char wal[128], cut_wal[160];
    int64_t now = lw_now_utc_us();
    LW_AUTO_STORE s = open_store(p);
    put_crossing(s, "r1", now);
    struct lw_purge_report r = purge_at(s, now + 25 * TEST_HOUR);
    lw_strbuf_clear(&r.certificate);
    snprintf(cut.store, sizeof(cut.store), "%s/cut.db", p->dir);
    snprintf(wal, sizeof(wal), "%s-wal", p->store);
    snprintf(cut_wal, sizeof(cut_wal), "%s-wal", cut.store);
    copy_file(p->store, cut.store); /* with the first program still running */
    copy_file(wal, cut_wal);
    CHECK(ask(&cut, "SELECT count(*) FROM blob WHERE kind = 'photo'") == 1);
    CHECK(ask(&cut, "SELECT count(*) FROM occupant") == 1);
    CHECK(ask(&cut, "SELECT count(*) FROM record WHERE length(bytes) > 0") == 0);
}

/* Somebody kept the files from before the purge, log included, and puts them back. */
static void an_old_log_brings_no_readable_blob_back(void **state)
{
    const struct place *p = *state;
    char wal[128], kept[2][160];
    int64_t now = lw_now_utc_us();
    LW_AUTO_STORE s = open_store(p);
    put_crossing(s, "r1", now);
    snprintf(wal, sizeof(wal), "%s-wal", p->store);
    snprintf(kept[0], sizeof(kept[0]), "%s/kept", p->dir);
    snprintf(kept[1], sizeof(kept[1]), "%s/kept-wal", p->dir);
    copy_file(p->store, kept[0]);
    copy_file(wal, kept[1]);
    struct lw_purge_report r = purge_at(s, now + 25 * TEST_HOUR);
    lw_strbuf_clear(&r.certificate);
    lw_store_close(&s);
    CHECK(rename(kept[0], p->store) == 0 && rename(kept[1], wal) == 0);
    CHECK(ask(p, "SELECT count(*) FROM blob") == 5); /* the rows are back ... */
    struct lw_verify_report v;
    CHECK(lw_store_verify(&v, p->store, NULL, NULL) == LW_OK);
    CHECK(v.blobs == 3 && v.n_findings >= 3); /* ... but what was purged cannot be opened ... */
    assert_non_null(strstr(lw_strbuf_peek(&v.findings), "the wrapping key was destroyed"));
    assert_non_null(strstr(lw_strbuf_peek(&v.findings), "the key file has seen it"));
    lw_strbuf_clear(&v.findings);
    struct lw_store *again = NULL;
    struct lw_why why = {0};
    CHECK(lw_store_open(&again, p->store, NULL, &why) == LW_EFORMAT); /* ... and it is noticed */
    assert_non_null(strstr(why.text, "is an older copy"));
}

static void a_dry_run_counts_and_changes_nothing(void **state)
{
    const struct place *p = *state;
    int64_t now = lw_now_utc_us();
    struct lw_store_counts before, after;
    LW_AUTO_STORE s = open_store(p);
    put_crossing(s, "r1", now);
    CHECK(lw_store_count(s, &before, NULL) == LW_OK);
    int64_t entries = ask(p, "SELECT count(*) FROM audit");
    const struct lw_purge_opts opts = {.now_utc_us = now + 25 * TEST_HOUR, .dry_run = true};
    struct lw_purge_report r;
    CHECK(lw_store_purge(s, &opts, &r, NULL) == LW_OK);
    CHECK(r.erased.photos == 2 && r.erased.occupants == 2 && r.erased.documents == 1);
    CHECK(r.erased.texts == 1 && r.erased.records == 0 && r.certificate.n == 0);
    CHECK(r.oldest_due_utc_us > 0 && r.newest_due_utc_us <= now + 25 * TEST_HOUR);
    CHECK(lw_store_count(s, &after, NULL) == LW_OK);
    assert_memory_equal(&before, &after, sizeof(before));
    CHECK(ask(p, "SELECT count(*) FROM audit") == entries);
}

static void a_second_run_finds_nothing_to_do(void **state)
{
    const struct place *p = *state;
    int64_t now = lw_now_utc_us();
    LW_AUTO_STORE s = open_store(p);
    put_crossing(s, "r1", now);
    struct lw_purge_report r = purge_at(s, now + 25 * TEST_HOUR);
    CHECK(r.certificate.n > 0);
    lw_strbuf_clear(&r.certificate);
    int64_t entries = ask(p, "SELECT count(*) FROM audit");
    r = purge_at(s, now + 25 * TEST_HOUR);
    CHECK(r.certificate.n == 0 && r.wrapping_keys == 0 && r.erased.photos == 0);
    CHECK(ask(p, "SELECT count(*) FROM audit") == entries);
}

static void a_clock_that_jumped_stops_purging_and_says_so(void **state)
{
    const struct place *p = *state;
    int64_t now = lw_now_utc_us();
    struct lw_purge_report r;
    struct lw_why why = {0};
    struct lw_purge_opts opts = {.now_utc_us = now + 365 * TEST_DAY};
    LW_AUTO_STORE s = open_store(p);
    put_crossing(s, "r1", now);
    CHECK(lw_store_purge(s, &opts, &r, &why) == LW_EINVAL);
    CHECK(strncmp(why.text, "the clock says 20", 17) == 0);
    assert_non_null(strstr(why.text, "nothing was purged"));
    opts.now_utc_us = now - 365 * TEST_DAY;
    CHECK(lw_store_purge(s, &opts, &r, &why) == LW_EINVAL);
    opts.now_utc_us = now - TEST_HOUR;
    CHECK(lw_store_purge(s, &opts, &r, &why) == LW_EINVAL);
    opts.dry_run = true;
    CHECK(lw_store_purge(s, &opts, &r, &why) == LW_EINVAL);
    CHECK(verify_store(p).blobs == 5);
    opts = (struct lw_purge_opts){.now_utc_us = now + 30 * TEST_DAY};
    CHECK(lw_store_purge(s, &opts, &r, &why) == LW_OK && r.erased.photos == 2);
    lw_strbuf_clear(&r.certificate);
}

/* The clock is a year ahead for a while, and crossings are written meanwhile. */
static void a_jump_is_remembered_whatever_is_written_after_it(void **state)
{
    const struct place *p = *state;
    struct lw_purge_report r;
    struct lw_why why = {0};
    int64_t now = lw_now_utc_us();
    LW_AUTO_STORE s = open_store(p);
    put_crossing(s, "r1", now);
    by_hand(p,
            "DROP TRIGGER audit_never_changes; UPDATE audit SET utc_us = utc_us - 31556952000000",
            SQLITE_OK); /* what was written so far was a year ago */
    put_crossing(s, "r2", now);
    put_crossing(s, "r3", now);
    CHECK(ask(p, "SELECT count(*) FROM audit WHERE action = 'clock_jump' AND seq = 4") == 1);
    CHECK(ask(p, "SELECT count(*) FROM record JOIN audit ON audit.seq = record.seq AND"
                 " audit.subject = record.id AND action = 'put'") == 3);
    struct lw_purge_opts opts = {.now_utc_us = now + 13 * TEST_HOUR};
    CHECK(lw_store_purge(s, &opts, &r, &why) == LW_EINVAL);
    CHECK(strncmp(why.text, "the clock jumped at audit entry 4 and nobody has said that 20", 61) ==
          0);
    opts.clock_is_right = true;
    CHECK(lw_store_purge(s, &opts, &r, &why) == LW_OK && r.erased.photos == 6);
    lw_strbuf_clear(&r.certificate);
    opts.clock_is_right = false; /* from here on it is known */
    opts.now_utc_us += TEST_DAY;
    CHECK(lw_store_purge(s, &opts, &r, &why) == LW_OK && r.erased.occupants > 0);
    lw_strbuf_clear(&r.certificate);
}

static void a_certificate_is_signed_and_says_what_went(void **state)
{
    const struct place *p = *state;
    int64_t now = lw_now_utc_us();
    LW_AUTO_STORE s = open_store(p);
    put_crossing(s, "r1", now);
    struct lw_purge_report r = purge_at(s, now + 25 * TEST_HOUR);
    const struct lw_verify_report v = verify_store(p);
    const char *text = lw_strbuf_peek(&r.certificate);
    assert_non_null(strstr(text, "\"erased\":{\"photos\":2,\"templates\":0,\"fields\":0,"
                                 "\"occupants\":2,\"documents\":1,\"texts\":1,\"records\":0}"));
    assert_non_null(strstr(text, "\"wrapping_keys\":1,\"audit\":{\"first\":4,\"last\":"));
    CHECK(lw_purge_certificate_check(lw_strbuf_span(&r.certificate), v.audit.public_key, NULL) ==
          LW_OK);
    CHECK(ask(p, "SELECT count(*) FROM purge_run WHERE length(certificate) > 100") == 1);
    struct lw_why why = {0};
    for (size_t i = 0; i < r.certificate.n; i++) {
        r.certificate.s[i] ^= 1;
        CHECK(lw_purge_certificate_check(lw_strbuf_span(&r.certificate), v.audit.public_key, &why) <
              0);
        r.certificate.s[i] ^= 1;
    }
    uint8_t other[LW_SIGN_PUBLIC] = {1};
    CHECK(lw_purge_certificate_check(lw_strbuf_span(&r.certificate), other, &why) == LW_ECRYPTO);
    const struct lw_span none = {.data = (const uint8_t *)"{}", .n = 2};
    CHECK(lw_purge_certificate_check(none, other, &why) == LW_EFORMAT);
    lw_strbuf_clear(&r.certificate);
}

enum { MANY = 60 };

static void purge_until_killed(const struct place *p, int64_t now, int fd)
{
    struct lw_store *s = open_store(p);
    const struct lw_purge_opts opts = {.now_utc_us = now + 25 * TEST_HOUR, .pause_ms = 1};
    struct lw_purge_report r;
    if (write(fd, "r", 1) == 1)
        lw_store_purge(s, &opts, &r, NULL);
    pause();
    _exit(0);
}

static void a_purge_that_is_killed_goes_on_where_it_ended(void **state)
{
    const struct place *p = *state;
    int64_t now = lw_now_utc_us();
    struct lw_rng rng = lw_rng_seed(5);
    char id[16];
    enum { ROUNDS = 6 };
    for (int round = 0; round < ROUNDS; round++) {
        int fd[2];
        char ready;
        LW_AUTO_STORE s = open_store(p);
        for (int i = 0; i < MANY; i++) {
            snprintf(id, sizeof(id), "r%d-%d", round, i);
            put_crossing(s, id, now);
        }
        lw_store_close(&s);
        CHECK(pipe(fd) == 0);
        pid_t child = fork();
        if (child == 0)
            purge_until_killed(p, now, fd[1]);
        CHECK(read(fd[0], &ready, 1) == 1);
        usleep(lw_rng_below(&rng, 30000));
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        close(fd[0]);
        close(fd[1]);
        verify_store(p); /* half a purge is a whole store */
    }
    LW_AUTO_STORE s = open_store(p);
    struct lw_purge_report r = purge_at(s, now + 25 * TEST_HOUR);
    lw_strbuf_clear(&r.certificate);
    const struct lw_verify_report v = verify_store(p);
    CHECK(v.blobs == 3 * MANY * ROUNDS && v.blobs_erased == 2 * MANY * ROUNDS);
    CHECK(v.blobs_half_erased == 0 && v.records == MANY * ROUNDS);
    CHECK(ask(p, "SELECT count(*) FROM record WHERE length(bytes) > 0") == 0);
}

static void nothing_of_somebody_who_opted_out_gets_in(void **state)
{
    const struct place *p = *state;
    struct lw_why why = {0};
    LW_AUTO_STORE s = open_store(p);
    struct crossing *c = make_crossing("r1", lw_now_utc_us());
    c->rec.outcome.occupants[2].reasons = 1u << LW_REASON_OPTED_OUT;
    CHECK(lw_store_put_entry(s, &c->entry, &why) == LW_EINVAL);
    assert_string_equal(why.text, "a photo of a person who opted out was handed in");
    c->blobs[2].index = 7;
    CHECK(lw_store_put_entry(s, &c->entry, &why) == LW_EINVAL);
    assert_string_equal(why.text, "a blob belongs to nobody in the record");
    free(c);
    CHECK(ask(p, "SELECT count(*) FROM record") == 0);
}

static void verify_says(const struct place *p, const char *text)
{
    struct lw_verify_report r;
    CHECK(lw_store_verify(&r, p->store, NULL, NULL) == LW_OK && r.n_findings == 1);
    assert_non_null(strstr(lw_strbuf_peek(&r.findings), text));
    lw_strbuf_clear(&r.findings);
}

static void a_certificate_changed_or_taken_away_is_found(void **state)
{
    const struct place *p = *state;
    int64_t now = lw_now_utc_us();
    LW_AUTO_STORE s = open_store(p);
    put_crossing(s, "r1", now);
    struct lw_purge_report r = purge_at(s, now + 12 * TEST_HOUR);
    lw_strbuf_clear(&r.certificate);
    verify_store(p);
    by_hand(p,
            "UPDATE purge_run SET certificate = replace(certificate, '\"photos\":2',"
            " '\"photos\":3')",
            SQLITE_OK);
    verify_says(p, "the certificate of purge ");
    by_hand(p, "DELETE FROM purge_run", SQLITE_OK);
    verify_says(p, "the certificates of 1 purges are gone");
}

struct mover {
    const struct place *p;
    pthread_t thread;
    atomic_bool stop;
    int moved;
};

/* Another program that writes all the time, and moves the log all the time. */
static void *write_and_move(void *ctx)
{
    struct mover *m = ctx;
    sqlite3 *db = NULL;
    sqlite3_open(m->p->store, &db);
    sqlite3_busy_timeout(db, 5000);
    while (!m->stop) {
        sqlite3_exec(db, "INSERT INTO scratch VALUES (randomblob(3000))", NULL, NULL, NULL);
        m->moved +=
            sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL) == SQLITE_OK;
    }
    sqlite3_close(db);
    return NULL;
}

static void a_purge_ends_although_others_write_and_move_the_log(void **state)
{
    const struct place *p = *state;
    int64_t now = lw_now_utc_us();
    struct mover m = {.p = p};
    LW_AUTO_STORE s = open_store(p);
    by_hand(p, "CREATE TABLE scratch (x BLOB)", SQLITE_OK);
    assert_int_equal(pthread_create(&m.thread, NULL, write_and_move, &m), 0);
    for (int i = 0; i < 20; i++) {
        char id[16];
        snprintf(id, sizeof(id), "r%d", i);
        put_crossing(s, id, now - TEST_DAY);
        struct lw_purge_report r = purge_at(s, now);
        CHECK(r.erased.photos == 2);
        lw_strbuf_clear(&r.certificate);
    }
    m.stop = true;
    pthread_join(m.thread, NULL);
    CHECK(m.moved > 0);
    CHECK(verify_store(p).blobs_erased == 40);
}

static const struct CMUnitTest tests[] = {
    STORE_TEST(only_what_the_policy_keeps_is_stored),
    STORE_TEST(nothing_that_is_stored_can_be_read_in_the_files),
    STORE_TEST(what_is_due_goes_and_the_rest_stays),
    STORE_TEST(when_the_last_ones_time_is_over_nothing_is_left),
    STORE_TEST(purged_bytes_and_keys_are_in_no_file),
    STORE_TEST(after_a_power_cut_nothing_purged_comes_back),
    STORE_TEST(an_old_log_brings_no_readable_blob_back),
    STORE_TEST(a_dry_run_counts_and_changes_nothing),
    STORE_TEST(a_second_run_finds_nothing_to_do),
    STORE_TEST(a_clock_that_jumped_stops_purging_and_says_so),
    STORE_TEST(a_jump_is_remembered_whatever_is_written_after_it),
    STORE_TEST(a_certificate_is_signed_and_says_what_went),
    STORE_TEST(a_purge_that_is_killed_goes_on_where_it_ended),
    STORE_TEST(nothing_of_somebody_who_opted_out_gets_in),
    STORE_TEST(a_certificate_changed_or_taken_away_is_found),
    STORE_TEST(a_purge_ends_although_others_write_and_move_the_log),
};
RUN_TESTS(tests)
