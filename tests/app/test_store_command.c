#include "run.h"
#include "store/entries.h"

#include "crypt/hex.h"

/* Two crossings: one whose citizens are due, one that has just closed. */
static void fill(const struct place *p)
{
    LW_AUTO_STORE s = open_store(p);
    put_crossing(s, "old", lw_now_utc_us() - 25 * TEST_HOUR);
    put_crossing(s, "new", lw_now_utc_us());
}

static void a_dry_run_says_what_is_due_and_a_run_erases_it(void **state)
{
    const struct place *p = *state;
    struct run r;
    char certificate[128];
    snprintf(certificate, sizeof(certificate), "%s/certificate.json", p->dir);
    fill(p);
    run(&r, "store", "purge", p->store, "--dry-run", "--json", NULL);
    CHECK(r.code == 0 && strstr(r.out, "{\"dry_run\":true,\"photos\":2,\"templates\":0,"
                                       "\"fields\":0,\"occupants\":2,\"documents\":1,\"texts\":1,"
                                       "\"records\":0,\"wrapping_keys\":0,\"certificate\":null}"));
    run_clear(&r);
    run(&r, "store", "purge", p->store, "--certificate", certificate, NULL);
    CHECK(r.code == 0 && strstr(r.out, "erased: 2 photos, 0 templates, 0 fields; decisions about 2 "
                                       "people and 1\ndocuments"));
    run_clear(&r);
    run(&r, "store", "purge", p->store, NULL);
    CHECK(r.code == 0 && strstr(r.out, "erased: 0 photos"));
    run_clear(&r);
    run(&r, "store", "verify", p->store, NULL);
    CHECK(r.code == 0 && strstr(r.out, "2 records and 8 blobs are whole, 0 and 2 were erased"));
    run_clear(&r);
    char key[2 * LW_SIGN_PUBLIC + 1];
    const struct lw_verify_report v = verify_store(p);
    lw_hex_print(key, (struct lw_span){.data = v.audit.public_key, .n = LW_SIGN_PUBLIC});
    run(&r, "audit", "certificate", certificate, "--public-key", key, NULL);
    CHECK(r.code == 0 && strstr(r.out, "signed with that key"));
    run_clear(&r);
    key[0] = key[0] == '0' ? '1' : '0';
    run(&r, "audit", "certificate", certificate, "--public-key", key, NULL);
    CHECK(r.code == 1 && strstr(r.out, "was changed, or signed with another key"));
    run_clear(&r);
    run(&r, "audit", "certificate", p->store, "--public-key", key, NULL);
    CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "is no purge certificate"));
    run_clear(&r);
}

static void who_purged_is_in_the_audit_chain(void **state)
{
    const struct place *p = *state;
    struct run r;
    fill(p);
    run(&r, "store", "purge", p->store, "--actor", "k.lindt", "--role", "privacy", "--purpose",
        "night run", NULL);
    CHECK(r.code == 0);
    run_clear(&r);
    CHECK(ask(p, "SELECT count(*) > 4 FROM audit WHERE actor = 'k.lindt' AND role = 'privacy' AND"
                 " purpose = 'night run' AND action IN ('purge', 'erase')") == 1);
    run(&r, "store", "purge", p->store, "--role", "boss", NULL);
    CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "--role \"boss\" is none of officer"));
    run_clear(&r);
}

static void damage_is_named_line_by_line(void **state)
{
    const struct place *p = *state;
    struct run r;
    fill(p);
    by_hand(p, "UPDATE blob SET sealed = zeroblob(100) WHERE seq IN (3, 7)", SQLITE_OK);
    run(&r, "store", "verify", p->store, NULL);
    CHECK(r.code == 1 && strstr(r.out, "2 findings\nblob 3 of record old cannot be opened: a blob "
                                       "was changed\nblob 7 of record new cannot be opened"));
    run_clear(&r);
    run(&r, "store", "verify", "--json", p->store, NULL);
    CHECK(r.code == 1 && strstr(r.out, "{\"whole\":false,") && strstr(r.out, "\"n_findings\":2,"));
    CHECK(strstr(r.out, "\"findings\":[\"blob 3 of record old cannot be opened: a blob was "
                        "changed\",\"blob 7 of"));
    run_clear(&r);
}

static void keys_are_rotated(void **state)
{
    const struct place *p = *state;
    struct run r;
    fill(p);
    run(&r, "store", "rotate", p->store, NULL);
    CHECK(r.code == 0 && strstr(r.out, "generation 2: 10 keys wrapped anew, "));
    run_clear(&r);
    CHECK(verify_store(p).blobs == 10);
}

static void a_backup_is_a_whole_store_until_the_keys_are_gone(void **state)
{
    const struct place *p = *state;
    struct place copy = *p;
    struct run r;
    char keys[128], copy_keys[128];
    snprintf(copy.store, sizeof(copy.store), "%s/copy.db", p->dir);
    snprintf(keys, sizeof(keys), "%s.keys", p->store);
    snprintf(copy_keys, sizeof(copy_keys), "%s/copy.db.keys", p->dir);
    fill(p);
    run(&r, "store", "backup", p->store, "--out", copy.store, NULL);
    CHECK(r.code == 0 && !*r.out);
    run_clear(&r);
    copy_file(keys, copy_keys);
    chmod(copy_keys, 0600);
    CHECK(verify_store(&copy).blobs == 10);
    run(&r, "store", "backup", p->store, "--out", copy.store, NULL);
    CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "copy.db: cannot be made: File exists"));
    run_clear(&r);
    run(&r, "store", "backup", p->store, NULL);
    CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "--out says where to"));
    run_clear(&r);
    run(&r, "store", "purge", p->store, NULL); /* the old crossing's wrapping key goes */
    CHECK(r.code == 0);
    run_clear(&r);
    run(&r, "store", "verify", copy.store, "--keys", keys, NULL);
    CHECK(r.code == 1 && strstr(r.out, "the wrapping key was destroyed"));
    run_clear(&r);
}

static void counts_are_printed_as_a_table_and_as_json(void **state)
{
    const struct place *p = *state;
    struct run r;
    LW_AUTO_STORE s = open_store(p);
    for (int i = 0; i < 12; i++) {
        char id[16];
        snprintf(id, sizeof(id), "m%d", i);
        put_crossing(s, id, utc_of("2026-03-01T08:00:20Z"));
    }
    lw_store_close(&s);
    run(&r, "store", "stats", p->store, NULL); /* the last month with something in it */
    CHECK(r.code == 0 && strstr(r.out, "2026-03, UTC\nPeriod"));
    CHECK(strstr(r.out, "2026-03-01     OUT-3        outbound        12        0        0       36"
                        "       24        0\n"));
    run_clear(&r);
    run(&r, "store", "stats", p->store, "--json", "--period", "2026-03-01", "--threshold", "13",
        NULL);
    CHECK(r.code == 0 && strstr(r.out, "{\"period\":\"2026-03-01\",\"over\":true,") == r.out);
    CHECK(strstr(r.out, "{\"period\":\"2026-03-01T08\",\"lane\":null,\"direction\":null,"
                        "\"crossings\":null,"));
    CHECK(strstr(r.out, "\"confirmed\":{\"citizen\":null,\"resident\":0,"));
    run_clear(&r);
    run(&r, "store", "stats", p->store, "--period", "2026", NULL);
    CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "\"2026\" is neither a month"));
    run_clear(&r);
}

static void a_store_that_is_not_there_is_not_made(void **state)
{
    const struct place *p = *state;
    static const char *const verbs[] = {"purge", "rotate", "verify", "stats"};
    struct run r;
    for (size_t i = 0; i < LW_COUNT(verbs); i++) {
        run(&r, "store", verbs[i], p->store, NULL);
        CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "lane.db: "));
        run_clear(&r);
        CHECK(temp_count(p->dir) == 0);
    }
}

static const struct CMUnitTest tests[] = {
    STORE_TEST(a_dry_run_says_what_is_due_and_a_run_erases_it),
    STORE_TEST(who_purged_is_in_the_audit_chain),
    STORE_TEST(damage_is_named_line_by_line),
    STORE_TEST(keys_are_rotated),
    STORE_TEST(a_backup_is_a_whole_store_until_the_keys_are_gone),
    STORE_TEST(counts_are_printed_as_a_table_and_as_json),
    STORE_TEST(a_store_that_is_not_there_is_not_made),
};
RUN_TESTS(tests)
