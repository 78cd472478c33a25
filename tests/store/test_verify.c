#include "entries.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypt/keyfile.h"
#include "store/ranges.h"
#include "store/rotate.h"

#define OPEN_HANDS                                                                                 \
    "PRAGMA foreign_keys = OFF; DROP TRIGGER audit_never_changes; DROP TRIGGER "                   \
    "audit_never_shrinks;"

static void a_store_that_nobody_touched_is_whole(void **state)
{
    const struct place *p = *state;
    LW_AUTO_STORE s = open_store(p);
    put_crossing(s, "r1", lw_now_utc_us());
    put_crossing(s, "r2", lw_now_utc_us());
    const struct lw_verify_report r = verify_store(p); /* while it is open, too */
    CHECK(r.audit.intact && r.records == 2 && r.blobs == 10 && r.policies == 1);
    CHECK(r.records_erased == 0 && r.blobs_erased == 0 && r.blobs_half_erased == 0);
}

static void the_portrait_of_a_document_is_a_photo_too(void **state)
{
    const struct place *p = *state;
    struct lw_why why = {0};
    LW_AUTO_STORE s = open_store(p);
    struct crossing *c = make_crossing("r1", lw_now_utc_us());
    add_blob(c, LW_ITEM_PHOTO, 1, c->photo[0], PHOTO_BYTES);
    c->blobs[c->entry.n_blobs - 1].portrait = true;
    if (lw_store_put_entry(s, &c->entry, &why) < 0)
        fail_msg("%s", why.text);
    free(c);
    CHECK(verify_store(p).blobs == 6);
}

static void what_was_touched_by_hand_is_found(void **state)
{
    const struct place *p = *state;
    static const struct {
        const char *sql, *finding;
    } offences[] = {
        {"UPDATE blob SET sealed = zeroblob(length(sealed)) WHERE seq = 2",
         "blob 2 of record r1 cannot be opened: a blob was changed\n"},
        {"UPDATE blob SET sealed = x'00' WHERE seq = 2",
         "blob 2 of record r1 cannot be opened: a blob was cut\n"},
        {"UPDATE blob SET sealed = (SELECT sealed FROM blob WHERE seq = 1) WHERE seq = 2",
         "blob 2 of record r1 cannot be opened: a blob was changed\n"},
        {"UPDATE blob_key SET wrapped = (SELECT wrapped FROM blob_key WHERE blob = 1)"
         " WHERE blob = 2",
         "blob 2 of record r1 cannot be opened: a wrapped key was changed\n"},
        {"UPDATE blob SET kind = 'template' WHERE seq = 2",
         "blob 2 of record r1 cannot be opened: a wrapped key was changed\n"},
        {"DELETE FROM blob_key WHERE blob = 2", "blob 2 has lost its key, and no purge says so\n"},
        {"DELETE FROM blob_key WHERE blob = 2; DELETE FROM blob WHERE seq = 2",
         "blob 2 is gone, and no purge says so\n"},
        {"DELETE FROM blob_key WHERE blob = 10; DELETE FROM blob WHERE seq = 10",
         "blob 10 is gone, and no purge says so\n"},
        {"UPDATE record SET bytes = CAST(replace(CAST(bytes AS TEXT), 'OUT-3', 'OUT-4') AS BLOB)"
         " WHERE id = 'r2'",
         "record r2 (4): its bytes were changed\n"},
        {"UPDATE record SET bytes = x'' WHERE id = 'r2'",
         "record r2 (4): its bytes are gone, and no purge says so\n"},
        {"UPDATE record SET sha256 = zeroblob(32) WHERE id = 'r2'",
         "record r2 (4) is not the one that was put\n"},
        {"UPDATE record SET id = 'r3' WHERE id = 'r2'",
         "record r3 (4) is not the one that was put\n"},
        {"DELETE FROM outbox WHERE record = 4; DELETE FROM blob_key WHERE blob > 5; DELETE FROM"
         " blob WHERE record = 4; DELETE FROM occupant WHERE record = 4; DELETE FROM document"
         " WHERE record = 4; DELETE FROM record WHERE seq = 4",
         "record r2 (4) is gone, and no purge says so\n"},
        {"DELETE FROM occupant WHERE record = 4", "file: 4 rows belong to nothing\n"},
        {"UPDATE record SET crossing = 'x' WHERE id = 'r2'",
         "record r2 (4): its columns do not say what its bytes say\n"},
        {"UPDATE record SET corrects = 'r1' WHERE id = 'r2'",
         "record r2 (4): its columns do not say what its bytes say\n"},
        {"UPDATE record SET lane = 'OUT-4' WHERE id = 'r2'",
         "record r2 (4): its columns do not say what its bytes say\n"},
        {"UPDATE record SET direction = 'inbound' WHERE id = 'r2'",
         "record r2 (4): its columns do not say what its bytes say\n"},
        {"UPDATE record SET opened_utc_us = opened_utc_us - 1000000 WHERE id = 'r2'",
         "record r2 (4): its columns do not say what its bytes say\n"},
        {"UPDATE record SET closed_utc_us = closed_utc_us + 1000000 WHERE id = 'r2'",
         "record r2 (4): its columns do not say what its bytes say\n"},
        {"UPDATE record SET synthetic = 1 - synthetic WHERE id = 'r2'",
         "record r2 (4): its columns do not say what its bytes say\n"},
        {"UPDATE record SET verified = 1 - verified WHERE id = 'r2'",
         "record r2 (4): its columns do not say what its bytes say\n"},
        {"UPDATE record SET bytes_due_utc_us = bytes_due_utc_us + 1000000 WHERE id = 'r2'",
         "record r2 (4): it is not due when its policy says\n"},
        {"UPDATE record SET due_utc_us = due_utc_us + 1000000 WHERE id = 'r2'",
         "record r2 (4): it is not due when its policy says\n"},
        {"UPDATE record SET due_utc_us = due_utc_us - 1000000 WHERE id = 'r2'",
         "record r2 (4): it is not due when its policy says\n"},
        {"UPDATE occupant SET seat = '2R' WHERE record = 4 AND n = 0",
         "record r2 (4): its bytes say something else of occupant 0\n"},
        {"UPDATE occupant SET score = 0.99 WHERE record = 4 AND n = 0",
         "record r2 (4): its bytes say something else of occupant 0\n"},
        {"UPDATE occupant SET captured = 0 WHERE record = 4 AND n = 0",
         "record r2 (4): its bytes say something else of occupant 0\n"},
        {"UPDATE occupant SET reasons = 'glare', decision = 'referral', document = NULL WHERE "
         "record = 4 AND n = 0",
         "record r2 (4): its bytes say something else of occupant 0\n"},
        {"UPDATE occupant SET frames_seen = 9999 WHERE record = 4 AND n = 0",
         "record r2 (4): its bytes say something else of occupant 0\n"},
        {"UPDATE occupant SET due_utc_us = due_utc_us + 1000000 WHERE record = 4 AND n = 0",
         "record r2 (4): not due when the policy says is occupant 0\n"},
        {"UPDATE document SET id = 'd7' WHERE record = 4 AND n = 0",
         "record r2 (4): its bytes say something else of document 0\n"},
        {"UPDATE document SET kind = 'lds' WHERE record = 4 AND n = 0",
         "record r2 (4): its bytes say something else of document 0\n"},
        {"UPDATE document SET class = 'noncitizen' WHERE record = 4 AND n = 0",
         "record r2 (4): its bytes say something else of document 0\n"},
        {"UPDATE document SET opted_out = 1 WHERE record = 4 AND n = 0",
         "record r2 (4): its bytes say something else of document 0\n"},
        {"UPDATE document SET status = 'mismatch' WHERE record = 4 AND n = 0",
         "record r2 (4): its bytes say something else of document 0\n"},
        {"UPDATE document SET due_utc_us = due_utc_us - 1000000 WHERE record = 4 AND n = 0",
         "record r2 (4): not due when the policy says is document 0\n"},
        {"UPDATE blob SET due_utc_us = due_utc_us + 1000000 WHERE seq = 6",
         "record r2 (4): not due with its key and its owner's decision is blob 0\n"},
        {"UPDATE blob_key SET due_utc_us = due_utc_us + 1000000 WHERE blob = 6",
         "record r2 (4): not due with its key and its owner's decision is blob 0\n"},
        {"UPDATE blob SET occupant = NULL, document = 0 WHERE record = 4 AND kind = 'template'",
         "record r2 (4): nobody can be the owner of blob 3\n"},
        {"UPDATE policy SET name = 'mine'", "policy mine was changed\n"},
        {"UPDATE policy SET revision = '2020-01-01'", "policy us-land-exit was changed\n"},
        {"UPDATE policy SET text = x'7b7d'", "policy us-land-exit was changed\n"},
        {"UPDATE policy SET text = x'7b7d', sha256 ="
         " x'44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'",
         "policy us-land-exit was changed\n"},
        {"UPDATE audit SET subject = 'r9' WHERE seq = 4", "audit entry 4 was changed"},
    };
    for (size_t i = 0; i < LW_COUNT(offences); i++) {
        LW_AUTO_STRBUF sql = LW_STRBUF_INIT;
        struct lw_verify_report r;
        struct lw_why why = {0};
        struct lw_store *s = open_store(p);
        put_crossing(s, "r1", lw_now_utc_us());
        put_crossing(s, "r2", lw_now_utc_us());
        lw_store_close(&s);
        lw_strbuf_printf(&sql, "%s%s", OPEN_HANDS, offences[i].sql);
        by_hand(p, lw_strbuf_peek(&sql), SQLITE_OK);
        if (lw_store_verify(&r, p->store, NULL, &why) < 0)
            fail_msg("%s: %s", offences[i].sql, why.text);
        if (r.n_findings == 0 || !strstr(lw_strbuf_peek(&r.findings), offences[i].finding))
            fail_msg("%s: %s", offences[i].sql, lw_strbuf_peek(&r.findings));
        lw_strbuf_clear(&r.findings);
        char keys[128];
        snprintf(keys, sizeof(keys), "%s.keys", p->store);
        unlink(p->store);
        unlink(keys);
    }
}

static void rotation_makes_old_keys_useless_and_touches_no_blob(void **state)
{
    const struct place *p = *state;
    struct lw_rotate_report r;
    size_t n;
    char keys[128], old[160];
    LW_AUTO_STORE s = open_store(p);
    for (int i = 0; i < 50; i++) {
        char id[16];
        snprintf(id, sizeof(id), "r%d", i);
        put_crossing(s, id, lw_now_utc_us() + i * TEST_HOUR);
    }
    snprintf(keys, sizeof(keys), "%s.keys", p->store);
    snprintf(old, sizeof(old), "%s.old", keys);
    copy_file(keys, old);
    chmod(old, 0600);
    uint8_t *before = ask_bytes(p, "SELECT group_concat(hex(sealed)) FROM blob", &n);
    CHECK(lw_store_rotate(s, &r, NULL) == LW_OK);
    CHECK(r.generation == 2 && r.blobs == 250 && r.destroyed >= 50);
    uint8_t *after = ask_bytes(p, "SELECT group_concat(hex(sealed)) FROM blob", &n);
    assert_memory_equal(before, after, n);
    free(before);
    free(after);
    lw_store_close(&s);
    CHECK(verify_store(p).blobs == 250);
    CHECK(ask(p, "SELECT count(*) FROM blob_key WHERE generation <> 2") == 0);
    CHECK(ask(p, "SELECT sum(CAST(substr(detail, instr(detail, 'keys=') + 5) AS INTEGER))"
                 " FROM audit WHERE action = 'rotate'") == 250);
    struct lw_verify_report v;
    const struct lw_audit_opts with_old = {.keys = old};
    CHECK(lw_store_verify(&v, p->store, &with_old, NULL) == LW_OK && v.blobs == 0);
    assert_non_null(strstr(lw_strbuf_peek(&v.findings), "the wrapping key was destroyed"));
    lw_strbuf_clear(&v.findings);
}

static void a_rotation_that_was_interrupted_is_finished_by_the_next(void **state)
{
    const struct place *p = *state;
    struct lw_rotate_report r;
    int64_t generation;
    char keys[128];
    LW_AUTO_STORE s = open_store(p);
    put_crossing(s, "r1", lw_now_utc_us());
    lw_store_close(&s);
    snprintf(keys, sizeof(keys), "%s.keys", p->store);
    LW_AUTO_KEYS k = NULL;
    CHECK(lw_keyfile_open(&k, keys, false, NULL) == LW_OK);
    CHECK(k->ops->rotate(k, &generation, NULL) == LW_OK); /* and then the power failed */
    s = open_store(p);
    put_crossing(s, "r2", lw_now_utc_us());
    CHECK(verify_store(p).blobs == 10);
    CHECK(lw_store_rotate(s, &r, NULL) == LW_OK && r.generation == 3 && r.blobs == 10);
    CHECK(verify_store(p).blobs == 10);
    CHECK(ask(p, "SELECT count(*) FROM blob_key WHERE generation <> 3") == 0);
}

static void a_store_without_its_keys_cannot_be_verified(void **state)
{
    const struct place *p = *state;
    struct lw_verify_report r;
    struct lw_why why = {0};
    char keys[128];
    struct lw_store *s = open_store(p);
    put_crossing(s, "r1", lw_now_utc_us());
    lw_store_close(&s);
    snprintf(keys, sizeof(keys), "%s.keys", p->store);
    unlink(keys);
    CHECK(lw_store_verify(&r, p->store, NULL, &why) == LW_ENOTFOUND);
    assert_non_null(strstr(why.text, "lane.db.keys: cannot be opened"));
}

static void give_to(const struct place *p, uid_t user, mode_t mode)
{
    static const char *const ends[] = {"", ".keys", ".keys.seen"};
    char path[160];
    for (size_t i = 0; i < LW_COUNT(ends); i++) {
        snprintf(path, sizeof(path), "%s%s", p->store, ends[i]);
        CHECK(chown(path, user, (gid_t)-1) == 0);
    }
    CHECK(chown(p->dir, user, (gid_t)-1) == 0 && chmod(p->dir, mode) == 0);
}

/* As a user who may not write there: who runs the test may be root. */
static int verify_as(uid_t user, const char *store)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        struct lw_verify_report r;
        if (geteuid() == 0 && setuid(user) < 0)
            _exit(9);
        int code = lw_store_verify(&r, store, NULL, NULL);
        _exit(code < 0 ? 8 : r.n_findings ? 7 : r.blobs == 5 ? 0 : 6);
    }
    CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void a_store_on_a_read_only_medium_can_be_verified(void **state)
{
    const struct place *p = *state;
    const uid_t user = geteuid() == 0 ? 65534 : geteuid();
    struct lw_store *s = open_store(p);
    put_crossing(s, "r1", lw_now_utc_us());
    lw_store_close(&s);
    give_to(p, user, 0500);
    CHECK(verify_as(user, p->store) == 0);
    give_to(p, geteuid(), 0700);
}

static void row_numbers_are_written_as_ranges_and_read_back(void **state)
{
    LW_UNUSED(state);
    struct lw_ranges r = {0};
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    static const int64_t in[] = {9, 3, 4, 5, 12, 4, 13};
    for (size_t i = 0; i < LW_COUNT(in); i++)
        CHECK(lw_ranges_add(&r, in[i], in[i]) == LW_OK);
    lw_ranges_settle(&r);
    lw_ranges_print(&b, &r);
    assert_string_equal(lw_strbuf_peek(&b), "3-5,9,12-13");
    CHECK(lw_ranges_has(&r, 3) && lw_ranges_has(&r, 5) && lw_ranges_has(&r, 13));
    CHECK(!lw_ranges_has(&r, 2) && !lw_ranges_has(&r, 6) && !lw_ranges_has(&r, 14));
    lw_ranges_clear(&r);
    CHECK(lw_ranges_parse(&r, "3-5,9,12-13") == LW_OK && r.n == 3 && lw_ranges_has(&r, 12));
    static const char *const bad[] = {
        "", "x", "3-", "5-3", "3-3", "1,,2", "1,", "0", "-1", "1 2", "99999999999999999999"};
    for (size_t i = 0; i < LW_COUNT(bad); i++)
        CHECK(lw_ranges_parse(&r, bad[i]) == LW_EFORMAT);
    lw_ranges_clear(&r);
}

static const struct CMUnitTest tests[] = {
    STORE_TEST(a_store_that_nobody_touched_is_whole),
    STORE_TEST(the_portrait_of_a_document_is_a_photo_too),
    STORE_TEST(what_was_touched_by_hand_is_found),
    STORE_TEST(rotation_makes_old_keys_useless_and_touches_no_blob),
    STORE_TEST(a_rotation_that_was_interrupted_is_finished_by_the_next),
    STORE_TEST(a_store_without_its_keys_cannot_be_verified),
    STORE_TEST(a_store_on_a_read_only_medium_can_be_verified),
    cmocka_unit_test(row_numbers_are_written_as_ranges_and_read_back),
};
RUN_TESTS(tests)
