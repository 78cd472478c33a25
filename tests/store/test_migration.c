#include "place.h"

static char *read_golden(int schema)
{
    char path[64];
    uint8_t *data = NULL;
    size_t n = 0;
    snprintf(path, sizeof(path), "tests/golden/store/schema-%d.sql", schema);
    assert_int_equal(lw_file_read(path, LW_MIB, &data, &n, NULL), LW_OK);
    return (char *)data;
}

/* What every older schema has to come out as. */
static void comes_up_to_date(const struct place *p, int schema)
{
    struct lw_record rec;
    struct lw_store_counts n;
    struct lw_audit_report report;
    LW_AUTO_MEM(char) sql = read_golden(schema);
    by_hand(p, sql, SQLITE_OK);
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
                      " (SELECT lower(hex(sha256)) FROM record WHERE seq = 2)") == 1);
}

static void a_step_that_fails_leaves_the_old_store_as_it_was(void **state)
{
    const struct place *p = *state;
    struct lw_store *s = NULL;
    struct lw_why why = {0};
    LW_AUTO_MEM(char) sql = read_golden(1);
    by_hand(p, sql, SQLITE_OK);
    by_hand(p, "CREATE TABLE checkpoint (somebody TEXT)", SQLITE_OK);
    CHECK(lw_store_open(&s, p->store, NULL, &why) < 0);
    assert_non_null(strstr(why.text, "checkpoint already exists"));
    CHECK(ask(p, "PRAGMA user_version") == 1);
    CHECK(ask(p, "SELECT count(*) FROM sqlite_schema WHERE name IN ('audit', 'store')") == 0);
    CHECK(ask(p, "SELECT count(*) FROM record") == 2);
}

static const struct CMUnitTest tests[] = {
    STORE_TEST(a_store_of_schema_1_comes_up_to_date),
    STORE_TEST(a_step_that_fails_leaves_the_old_store_as_it_was),
};
RUN_TESTS(tests)
