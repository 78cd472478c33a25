#include "place.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/rng.h"

static void a_record_comes_back_as_it_was_put(void **state)
{
    const struct place *p = *state;
    struct lw_record rec, back;
    struct lw_store_counts n;
    fill_record(&rec);
    LW_AUTO_STORE s = open_store(p);
    CHECK(lw_store_put(s, &rec, NULL) == LW_OK);
    lw_store_close(&s);
    s = open_store(p); /* it has been on the disk */
    CHECK(lw_store_get(s, rec.id, &back, NULL) == LW_OK);
    LW_AUTO_STRBUF a = LW_STRBUF_INIT;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    CHECK(lw_record_print(&a, &rec) == LW_OK && lw_record_print(&b, &back) == LW_OK);
    assert_string_equal(lw_strbuf_peek(&a), lw_strbuf_peek(&b));
    CHECK(lw_store_count(s, &n, NULL) == LW_OK);
    CHECK(n.records == 1 && n.occupants == 2 && n.verified == 1 && n.documents == 2);
    CHECK(n.outbox == 1);
}

static void what_people_read_in_the_file_is_words(void **state)
{
    const struct place *p = *state;
    struct lw_record rec;
    fill_record(&rec);
    LW_AUTO_STORE s = open_store(p);
    CHECK(lw_store_put(s, &rec, NULL) == LW_OK);
    CHECK(ask(p, "SELECT count(*) FROM occupant WHERE seat = '1L' AND decision = 'verified'"
                 " AND document = 0 AND reasons = '' AND score > 0.7") == 1);
    CHECK(ask(p, "SELECT count(*) FROM occupant WHERE seat IS NULL AND decision = 'referral'"
                 " AND document IS NULL AND reasons = 'too_dark,turned_away'"
                 " AND score IS NULL") == 1);
    CHECK(ask(p, "SELECT count(*) FROM document WHERE id = 'd2' AND kind = 'lds'"
                 " AND class = 'unknown' AND status = 'not_seen'") == 1);
}

static void a_record_is_put_once(void **state)
{
    const struct place *p = *state;
    struct lw_record rec;
    struct lw_store_counts n;
    struct lw_why why = {0};
    fill_record(&rec);
    LW_AUTO_STORE s = open_store(p);
    CHECK(lw_store_put(s, &rec, NULL) == LW_OK);
    rec.outcome.tracks = 99;
    CHECK(lw_store_put(s, &rec, &why) == LW_EINVAL);
    assert_string_equal(why.text, "record 01KG9H2QZ00000000000000000 is there already");
    CHECK(lw_store_count(s, &n, NULL) == LW_OK && n.records == 1 && n.outbox == 1);
    strcpy(rec.id, "01KG9H2QZ00000000000000001");
    strcpy(rec.corrects, "01KG9H2QZ00000000000000000");
    CHECK(lw_store_put(s, &rec, &why) == LW_OK); /* and it goes on working */
}

static void a_record_that_is_not_there_is_not_found(void **state)
{
    struct lw_record back;
    struct lw_why why = {0};
    LW_AUTO_STORE s = open_store(*state);
    CHECK(lw_store_get(s, "nothing", &back, &why) == LW_ENOTFOUND);
    assert_string_equal(why.text, "no record nothing");
}

static void a_record_that_contradicts_itself_is_not_put(void **state)
{
    struct lw_record rec;
    struct lw_store_counts n;
    struct lw_why why = {0};
    fill_record(&rec);
    rec.outcome.occupants[0].document = -1;
    LW_AUTO_STORE s = open_store(*state);
    CHECK(lw_store_put(s, &rec, &why) == LW_EINVAL);
    CHECK(lw_store_count(s, &n, NULL) == LW_OK && n.records == 0 && n.outbox == 0);
}

static void a_failure_in_the_last_table_undoes_all_of_them(void **state)
{
    const struct place *p = *state;
    struct lw_record rec;
    struct lw_store_counts n;
    struct lw_why why = {0};
    fill_record(&rec);
    LW_AUTO_STORE s = open_store(p);
    by_hand(p,
            "CREATE TRIGGER full BEFORE INSERT ON outbox BEGIN"
            " SELECT RAISE(ABORT, 'the outbox is full'); END",
            SQLITE_OK);
    CHECK(lw_store_put(s, &rec, &why) == LW_EINVAL);
    assert_string_equal(why.text, "the outbox is full");
    CHECK(lw_store_count(s, &n, NULL) == LW_OK);
    CHECK(n.records == 0 && n.occupants == 0 && n.documents == 0 && n.outbox == 0);
    by_hand(p, "DROP TRIGGER full", SQLITE_OK);
    CHECK(lw_store_put(s, &rec, NULL) == LW_OK);
}

/* In a process of its own: files may not grow beyond max bytes, as on a full disk. Returns how many
 * records were acknowledged; the one refused is put again when there is room. */
static int put_on_a_full_disk(const struct place *p, rlim_t max)
{
    struct lw_record rec;
    struct lw_why why = {0};
    struct rlimit lim;
    LW_AUTO_STORE s = open_store(p);
    fill_record(&rec);
    if (getrlimit(RLIMIT_FSIZE, &lim) < 0)
        return -1;
    signal(SIGXFSZ, SIG_IGN);
    lim.rlim_cur = max;
    setrlimit(RLIMIT_FSIZE, &lim);
    for (int i = 0; i < 200; i++) {
        snprintf(rec.id, sizeof(rec.id), "r%d", i);
        if (lw_store_put(s, &rec, &why) == LW_OK)
            continue;
        lim.rlim_cur = lim.rlim_max;
        setrlimit(RLIMIT_FSIZE, &lim);
        return why.code == LW_EIO && lw_store_put(s, &rec, NULL) == LW_OK ? i : -1;
    }
    return -1;
}

static void a_full_disk_refuses_records_and_loses_none(void **state)
{
    const struct place *p = *state;
    struct lw_store *first = open_store(p);
    lw_store_close(&first);
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        int n = put_on_a_full_disk(p, 300 * 1024);
        _exit(n < 0 ? 255 : n);
    }
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
    int acknowledged = WEXITSTATUS(status) + 1;
    CHECK(acknowledged > 1 && acknowledged < 200);
    LW_AUTO_STORE s = open_store(p);
    struct lw_store_counts n;
    CHECK(lw_store_count(s, &n, NULL) == LW_OK && n.records == acknowledged);
    CHECK(n.outbox == n.records && n.occupants == 2 * n.records);
    CHECK(ask(p, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'") == 1);
}

static void without_a_policy_nothing_is_put(void **state)
{
    const struct place *p = *state;
    struct lw_record rec;
    struct lw_why why = {0};
    LW_AUTO_STORE s = NULL;
    fill_record(&rec);
    CHECK(lw_store_open(&s, p->store, NULL, NULL) == LW_OK);
    CHECK(lw_store_put(s, &rec, &why) == LW_EINVAL);
    assert_string_equal(why.text, "the store was opened without a policy");
    struct lw_store_opts opts = LW_STORE_DEFAULTS;
    opts.policy = (struct lw_span){.data = (const uint8_t *)"{}", .n = 2};
    struct lw_store *bad = NULL;
    CHECK(lw_store_open(&bad, p->store, &opts, &why) == LW_EFORMAT && !bad);
    assert_string_equal(why.text, "policy: format: is missing");
}

static void the_tables_refuse_what_is_no_record(void **state)
{
    const struct place *p = *state;
    struct lw_record rec;
    fill_record(&rec);
    LW_AUTO_STORE s = open_store(p);
    CHECK(lw_store_put(s, &rec, NULL) == LW_OK);
    by_hand(p, "INSERT INTO outbox (record, put_utc_us) VALUES (77, 1)", SQLITE_CONSTRAINT);
    by_hand(p, "UPDATE occupant SET decision = 'maybe'", SQLITE_CONSTRAINT);
    by_hand(p, "UPDATE occupant SET document = NULL WHERE n = 0", SQLITE_CONSTRAINT);
    by_hand(p, "UPDATE occupant SET score = 'high'", SQLITE_CONSTRAINT);
    by_hand(p, "DELETE FROM record", SQLITE_CONSTRAINT);
}

static void a_store_is_its_owners_alone(void **state)
{
    const struct place *p = *state;
    struct stat st;
    struct lw_record rec;
    char wal[128];
    fill_record(&rec);
    LW_AUTO_STORE s = open_store(p);
    CHECK(lw_store_put(s, &rec, NULL) == LW_OK);
    snprintf(wal, sizeof(wal), "%s-wal", p->store);
    CHECK(stat(p->store, &st) == 0 && (st.st_mode & 0777) == 0600);
    CHECK(stat(wal, &st) == 0 && (st.st_mode & 0777) == 0600);
}

static void refused(const char *path, int code, const char *text)
{
    struct lw_store *s = NULL;
    struct lw_why why = {0};
    assert_int_equal(lw_store_open(&s, path, NULL, &why), code);
    if (!strstr(why.text, text))
        fail_msg("\"%s\" does not say \"%s\"", why.text, text);
    CHECK(!s);
}

static void files_that_are_no_store_are_refused_and_left_alone(void **state)
{
    const struct place *p = *state;
    static const char text[] = "not a database, but long enough to be read as the header of one, "
                               "one hundred bytes and more of it, as SQLite's own headers are";
    uint8_t *data = NULL;
    size_t n = 0;
    const struct lw_span bytes = {.data = (const uint8_t *)text, .n = sizeof(text)};
    CHECK(lw_file_write(p->store, bytes, NULL) == LW_OK);
    refused(p->store, LW_EFORMAT, "not a database");
    CHECK(lw_file_read(p->store, 1000, &data, &n, NULL) == LW_OK);
    CHECK(n == sizeof(text) && memcmp(data, text, n) == 0);
    free(data);
    refused(p->dir, LW_EIO, "not a regular file");
    refused("/nowhere/lane.db", LW_ENOTFOUND, "No such file");
}

static void another_programs_database_is_refused(void **state)
{
    const struct place *p = *state;
    by_hand(p, "CREATE TABLE bookmarks (url TEXT)", SQLITE_OK);
    refused(p->store, LW_EFORMAT, "another program");
    by_hand(p, "DROP TABLE bookmarks; PRAGMA application_id = 5", SQLITE_OK);
    refused(p->store, LW_EFORMAT, "another program");
}

static void a_store_of_a_newer_program_is_refused(void **state)
{
    const struct place *p = *state;
    struct lw_store *s = open_store(p);
    lw_store_close(&s);
    by_hand(p, "PRAGMA user_version = 999", SQLITE_OK);
    refused(p->store, LW_EUNSUP, "has schema 999, this program knows up to");
}

static void two_programs_may_share_a_store(void **state)
{
    struct lw_record rec;
    struct lw_store_counts n;
    fill_record(&rec);
    LW_AUTO_STORE a = open_store(*state);
    LW_AUTO_STORE b = open_store(*state);
    for (int i = 0; i < 10; i++) {
        snprintf(rec.id, sizeof(rec.id), "r%d", i);
        CHECK(lw_store_put(i % 2 ? a : b, &rec, NULL) == LW_OK);
    }
    CHECK(lw_store_count(a, &n, NULL) == LW_OK && n.records == 10);
}

/* Puts records until it is killed; each acknowledged number goes through the pipe. */
static void put_until_killed(const struct place *p, int round, int fd)
{
    struct lw_record rec;
    struct lw_store *s = open_store(p);
    const int32_t ready = -1;
    fill_record(&rec);
    if (write(fd, &ready, sizeof(ready)) != sizeof(ready))
        _exit(1);
    for (int32_t i = 0;; i++) {
        snprintf(rec.id, sizeof(rec.id), "r%d-%d", round, i);
        if (lw_store_put(s, &rec, NULL) < 0 || write(fd, &i, sizeof(i)) != sizeof(i))
            _exit(1);
    }
}

static int32_t kill_in_the_middle(const struct place *p, int round, unsigned after_us)
{
    int fd[2];
    int32_t last = -1, i;
    CHECK(pipe(fd) == 0);
    pid_t child = fork();
    if (child == 0) {
        close(fd[0]);
        put_until_killed(p, round, fd[1]);
    }
    close(fd[1]);
    CHECK(read(fd[0], &i, sizeof(i)) == sizeof(i) && i == -1);
    usleep(after_us);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    while (read(fd[0], &i, sizeof(i)) == sizeof(i))
        last = i;
    close(fd[0]);
    return last;
}

static void check_whole(struct lw_store *s, int round, int32_t last)
{
    struct lw_record back;
    char id[LW_BUNDLE_ID];
    for (int32_t i = 0; i <= last; i++) {
        snprintf(id, sizeof(id), "r%d-%d", round, i);
        assert_int_equal(lw_store_get(s, id, &back, NULL), LW_OK);
    }
}

static void every_acknowledged_record_survives_kill_9(void **state)
{
    const struct place *p = *state;
    struct lw_rng rng = lw_rng_seed(11);
    int64_t acknowledged = 0;
    enum { ROUNDS = 25 };
    for (int round = 0; round < ROUNDS; round++) {
        int32_t last = kill_in_the_middle(p, round, 1000 + lw_rng_below(&rng, 40000));
        LW_AUTO_STORE s = open_store(p);
        check_whole(s, round, last);
        acknowledged += last + 1;
    }
    LW_AUTO_STORE s = open_store(p);
    struct lw_store_counts n;
    CHECK(lw_store_count(s, &n, NULL) == LW_OK);
    CHECK(n.records >= acknowledged && n.records <= acknowledged + ROUNDS);
    CHECK(n.outbox == n.records && n.occupants == 2 * n.records && n.documents == 2 * n.records);
    print_message("# %d kills, %jd records acknowledged, %jd found\n", ROUNDS,
                  (intmax_t)acknowledged, (intmax_t)n.records);
}

static const struct CMUnitTest tests[] = {
    STORE_TEST(a_record_comes_back_as_it_was_put),
    STORE_TEST(what_people_read_in_the_file_is_words),
    STORE_TEST(a_record_is_put_once),
    STORE_TEST(a_record_that_is_not_there_is_not_found),
    STORE_TEST(a_record_that_contradicts_itself_is_not_put),
    STORE_TEST(a_failure_in_the_last_table_undoes_all_of_them),
    STORE_TEST(a_full_disk_refuses_records_and_loses_none),
    STORE_TEST(without_a_policy_nothing_is_put),
    STORE_TEST(the_tables_refuse_what_is_no_record),
    STORE_TEST(a_store_is_its_owners_alone),
    STORE_TEST(files_that_are_no_store_are_refused_and_left_alone),
    STORE_TEST(another_programs_database_is_refused),
    STORE_TEST(a_store_of_a_newer_program_is_refused),
    STORE_TEST(two_programs_may_share_a_store),
    STORE_TEST(every_acknowledged_record_survives_kill_9),
};
RUN_TESTS(tests)
