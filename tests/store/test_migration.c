#include "entries.h"

#include <fcntl.h>

static char *read_golden(int schema, const char *ending)
{
    char path[64];
    uint8_t *data = NULL;
    size_t n = 0;
    snprintf(path, sizeof(path), "tests/golden/store/schema-%d.%s", schema, ending);
    assert_int_equal(lw_file_read(path, LW_MIB, &data, &n, NULL), LW_OK);
    return (char *)data;
}

/* The store of that schema, with its keys where it had some. */
static void make_old(const struct place *p, int schema)
{
    char path[128];
    LW_AUTO_MEM(char) sql = read_golden(schema, "sql");
    by_hand(p, sql, SQLITE_OK);
    if (schema == 1)
        return;
    LW_AUTO_MEM(char) keys = read_golden(schema, "keys");
    snprintf(path, sizeof(path), "%s.keys", p->store);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0 && write(fd, keys, strlen(keys)) == (ssize_t)strlen(keys));
    close(fd);
}

/* What every older schema has to come out as. */
static void comes_up_to_date(const struct place *p, int schema)
{
    struct lw_record rec;
    struct lw_store_counts n;
    struct lw_audit_report report;
    make_old(p, schema);
    LW_AUTO_STORE s = open_store(p);
    CHECK(lw_store_count(s, &n, NULL) == LW_OK);
    CHECK(n.records == 2 && n.occupants == 4 && n.documents == 4 && n.outbox == 2);
    CHECK(lw_store_get(s, "01KG9H2QZ00000000000000001", &rec, NULL) == LW_OK);
    put_record(s, "new");
    lw_store_close(&s);
    s = open_store(p);
    CHECK(lw_store_count(s, &n, NULL) == LW_OK && n.records == 3);
    CHECK(lw_audit_verify(&report, p->store, NULL, NULL) == LW_OK && report.intact);
    CHECK(report.key_known);
}

static void a_store_of_schema_1_comes_up_to_date(void **state)
{
    comes_up_to_date(*state, 1);
    CHECK(ask(*state, "SELECT count(*) FROM audit WHERE action = 'adopt' AND subject ="
                      " '01KG9H2QZ00000000000000001' AND detail = 'sha256=' ||"
                      " (SELECT lower(hex(sha256)) FROM record WHERE id = subject)") == 1);
}

static void a_store_of_schema_2_comes_up_to_date(void **state)
{
    comes_up_to_date(*state, 2);
    /* The first document is a citizen's: a day. The second's class is unknown: no longer either. */
    CHECK(ask(*state, "SELECT count(*) FROM record WHERE due_utc_us <> closed_utc_us + 86400000000"
                      " OR bytes_due_utc_us <> due_utc_us OR policy IS NULL") == 0);
    CHECK(ask(*state, "SELECT count(*) FROM record JOIN audit ON audit.seq = record.seq AND"
                      " subject = record.id AND action IN ('put', 'adopt')") == 3);
    CHECK(ask(*state, "SELECT count(*) FROM occupant JOIN record ON record.seq = record") == 6);
}

static void a_store_of_schema_3_comes_up_to_date(void **state)
{
    comes_up_to_date(*state, 3);
    CHECK(ask(*state, "SELECT n FROM tally WHERE measure = 'crossings'") == 3);
    CHECK(ask(*state, "SELECT n FROM tally WHERE measure = 'reason:too_dark'") == 3);
}

static void a_store_of_schema_4_comes_up_to_date(void **state)
{
    comes_up_to_date(*state, 4);
    CHECK(ask(*state, "SELECT count(*) FROM encounter") == 0);
    CHECK(ask(*state, "SELECT n FROM tally WHERE measure = 'crossings'") == 3);
}

static void a_store_of_schema_5_comes_up_to_date(void **state)
{
    const struct place *p = *state;
    comes_up_to_date(p, 5);
    CHECK(ask(p, "SELECT count(*) FROM encounter") ==
          4); /* of both crossings, photo and template */
    CHECK(ask(p, "SELECT count(*) FROM sqlite_schema WHERE name = 'document_by_identity'") == 0);
    const struct lw_verify_report r = verify_store(p);
    CHECK(r.blobs == 8);
}

static void without_a_policy_an_old_store_stays_as_it_is(void **state)
{
    const struct place *p = *state;
    struct lw_store *s = NULL;
    struct lw_why why = {0};
    make_old(p, 2);
    CHECK(lw_store_open(&s, p->store, NULL, &why) == LW_EINVAL);
    assert_string_equal(why.text, "has schema 2: to bring it up a policy is needed");
    CHECK(ask(p, "PRAGMA user_version") == 2);
}

static void a_step_that_fails_leaves_the_old_store_as_it_was(void **state)
{
    const struct place *p = *state;
    struct lw_store *s = NULL;
    struct lw_why why = {0};
    make_old(p, 1);
    by_hand(p, "CREATE TABLE checkpoint (somebody TEXT)", SQLITE_OK);
    CHECK(lw_store_open(&s, p->store, NULL, &why) < 0);
    assert_non_null(strstr(why.text, "checkpoint already exists"));
    CHECK(ask(p, "PRAGMA user_version") == 1);
    CHECK(ask(p, "SELECT count(*) FROM sqlite_schema WHERE name IN ('audit', 'store')") == 0);
    CHECK(ask(p, "SELECT count(*) FROM record") == 2);
}

static const struct CMUnitTest tests[] = {
    STORE_TEST(a_store_of_schema_1_comes_up_to_date),
    STORE_TEST(a_store_of_schema_2_comes_up_to_date),
    STORE_TEST(a_store_of_schema_3_comes_up_to_date),
    STORE_TEST(a_store_of_schema_4_comes_up_to_date),
    STORE_TEST(a_store_of_schema_5_comes_up_to_date),
    STORE_TEST(without_a_policy_an_old_store_stays_as_it_is),
    STORE_TEST(a_step_that_fails_leaves_the_old_store_as_it_was),
};
RUN_TESTS(tests)
