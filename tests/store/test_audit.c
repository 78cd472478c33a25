#include "entries.h"

#include <sys/stat.h>

#include "base/rng.h"
#include "crypt/hex.h"
#include "crypt/sign.h"
#include "store/audit_chain.h"
#include "store/inside.h"

/* Somebody with the file in hand has dropped the triggers first. */
#define OPEN_HANDS                                                                                 \
    "PRAGMA foreign_keys = OFF; DROP TRIGGER audit_never_changes; DROP TRIGGER "                   \
    "audit_never_shrinks; DROP TRIGGER checkpoint_never_changes; DROP TRIGGER "                    \
    "checkpoint_never_shrinks;"

static struct lw_audit_report verify(const struct place *p)
{
    struct lw_audit_report r;
    struct lw_why why = {0};
    if (lw_audit_verify(&r, p->store, NULL, &why) < 0)
        fail_msg("%s", why.text);
    return r;
}

static void forget_keys(const struct place *p)
{
    char path[128];
    snprintf(path, sizeof(path), "%s.keys", p->store);
    assert_int_equal(unlink(path), 0);
}

/* Entry 1 makes the store, 2 is its policy, entry i + 2 puts record i. */
static void fill_store(const struct place *p, int records)
{
    char id[16];
    LW_AUTO_STORE s = open_store(p);
    for (int i = 1; i <= records; i++) {
        snprintf(id, sizeof(id), "r%d", i);
        put_record(s, id);
    }
}

static void everything_that_was_done_is_in_the_chain(void **state)
{
    const struct place *p = *state;
    struct lw_record rec;
    const struct lw_actor who = {.name = "b.tester", .role = LW_ROLE_OFFICER, .purpose = "shift 3"};
    struct lw_store *s = open_as(p, "default", &who);
    put_record(s, "r1");
    CHECK(lw_store_get(s, "r1", &rec, NULL) == LW_OK);
    CHECK(lw_store_audit(s, "login", "b.tester", "booth 3", NULL) == LW_OK);
    fill_record(&rec);
    strcpy(rec.id, "r2");
    strcpy(rec.corrects, "r1");
    CHECK(lw_store_put(s, &rec, NULL) == LW_OK);
    lw_store_close(&s);
    CHECK(ask(p, "SELECT group_concat(action || ':' || subject) ="
                 " 'make:' || (SELECT id FROM store) || ',policy:' || (SELECT lower(hex(sha256)) "
                 "FROM policy) ||"
                 " ',put:r1,read:r1,login:b.tester,correct:r2'"
                 " FROM (SELECT * FROM audit ORDER BY seq)") == 1);
    CHECK(ask(p, "SELECT count(*) FROM audit WHERE actor = 'b.tester' AND role = 'officer' AND"
                 " purpose = 'shift 3'") == 6);
    const struct lw_audit_report r = verify(p);
    CHECK(r.intact && r.entries == 6 && r.checkpoints == 1 && r.key_known && r.first_broken == 0);
}

static void a_read_that_finds_nothing_is_no_entry(void **state)
{
    struct lw_record rec;
    LW_AUTO_STORE s = open_store(*state);
    CHECK(lw_store_get(s, "nobody", &rec, NULL) == LW_ENOTFOUND);
    CHECK(ask(*state, "SELECT count(*) FROM audit") == 2);
}

static void ordinary_hands_cannot_change_the_chain(void **state)
{
    const struct place *p = *state;
    fill_store(p, 1);
    by_hand(p, "UPDATE audit SET actor = 'x'", SQLITE_CONSTRAINT);
    by_hand(p, "DELETE FROM audit", SQLITE_CONSTRAINT);
    by_hand(p, "DELETE FROM checkpoint", SQLITE_CONSTRAINT);
    by_hand(p, "UPDATE checkpoint SET utc_us = 0", SQLITE_CONSTRAINT);
    CHECK(verify(p).intact);
}

struct offence {
    const char *sql;
    int first_broken;
    const char *what;
};

/* Each on a fresh store of 9 records (11 entries), without the key file: what the store alone
 * shows. */
static void check_offence(const struct place *p, const struct offence *o)
{
    LW_AUTO_STRBUF sql = LW_STRBUF_INIT;
    fill_store(p, 9);
    forget_keys(p);
    lw_strbuf_puts(&sql, OPEN_HANDS);
    lw_strbuf_puts(&sql, o->sql);
    by_hand(p, lw_strbuf_peek(&sql), SQLITE_OK);
    const struct lw_audit_report r = verify(p);
    if (r.intact || r.first_broken != o->first_broken || !strstr(r.what, o->what))
        fail_msg("%s: entry %jd %s", o->sql, (intmax_t)r.first_broken, r.what);
    CHECK(!r.key_known);
    unlink(p->store);
}

static void entries_that_were_changed_are_found(void **state)
{
    static const struct offence offences[] = {
        {"UPDATE audit SET utc_us = utc_us + 1 WHERE seq = 4", 4, "was changed"},
        {"UPDATE audit SET actor = 'x' WHERE seq = 4", 4, "was changed"},
        {"UPDATE audit SET role = 'auditor' WHERE seq = 4", 4, "was changed"},
        {"UPDATE audit SET purpose = 'x' WHERE seq = 4", 4, "was changed"},
        {"UPDATE audit SET action = 'read' WHERE seq = 4", 4, "was changed"},
        {"UPDATE audit SET subject = 'r9' WHERE seq = 4", 4, "was changed"},
        {"UPDATE audit SET detail = detail || ' ' WHERE seq = 4", 4, "was changed"},
        {"UPDATE audit SET hash = zeroblob(32) WHERE seq = 4", 4, "was changed"},
        {"UPDATE audit SET hash = zeroblob(32) WHERE seq = 11", 11, "was changed"},
        {"UPDATE audit SET subject = 'x' WHERE seq = 1", 1, "was changed"},
        /* text moved over the border of two fields */
        {"UPDATE audit SET action = 'pu', subject = 't' || subject WHERE seq = 4", 4,
         "was changed"},
    };
    for (size_t i = 0; i < LW_COUNT(offences); i++)
        check_offence(*state, &offences[i]);
}

static void entries_that_were_removed_are_found(void **state)
{
    static const struct offence offences[] = {
        {"DELETE FROM audit WHERE seq = 1", 1, "is gone"},
        {"DELETE FROM audit WHERE seq = 6", 6, "is gone"},
        {"DELETE FROM audit WHERE seq BETWEEN 3 AND 7", 3, "is gone"},
        {"DELETE FROM audit", 1, "is gone"},
        /* removed, and the others moved up */
        {"DELETE FROM audit WHERE seq = 6; UPDATE audit SET seq = seq - 1 WHERE seq > 6", 6,
         "was changed"},
    };
    for (size_t i = 0; i < LW_COUNT(offences); i++)
        check_offence(*state, &offences[i]);
}

static void entries_that_were_reordered_are_found(void **state)
{
    static const struct offence offences[] = {
        {"UPDATE audit SET seq = 100 WHERE seq = 5; UPDATE audit SET seq = 5 WHERE seq = 6;"
         "UPDATE audit SET seq = 6 WHERE seq = 100",
         5, "was changed"},
        {"UPDATE audit SET seq = 100 WHERE seq = 10; UPDATE audit SET seq = 10 WHERE seq = 11;"
         "UPDATE audit SET seq = 11 WHERE seq = 100",
         10, "was changed"},
    };
    for (size_t i = 0; i < LW_COUNT(offences); i++)
        check_offence(*state, &offences[i]);
}

static void a_chain_that_was_cut_is_found(void **state)
{
    static const struct offence offences[] = {
        {"DELETE FROM audit WHERE seq = 11", 11,
         "is gone: the signed end of the chain lies behind"},
        {"DELETE FROM audit WHERE seq > 4", 5, "is gone: the signed end of the chain lies behind"},
        {"DELETE FROM audit WHERE seq > 4; DELETE FROM audit_end", 5, "may be missing"},
        {"DELETE FROM audit_end", 12, "may be missing"},
        {"DELETE FROM audit WHERE seq > 4; UPDATE audit_end SET seq = 4, hash ="
         " (SELECT hash FROM audit WHERE seq = 4)",
         4, "is not what the signed end of the chain says"},
        {"UPDATE audit_end SET signature = zeroblob(64)", 11,
         "is not what the signed end of the chain says"},
    };
    for (size_t i = 0; i < LW_COUNT(offences); i++)
        check_offence(*state, &offences[i]);
}

static void entries_that_were_added_by_hand_are_found(void **state)
{
    static const struct offence offences[] = {
        {"INSERT INTO audit SELECT 12, utc_us, actor, role, purpose, action, subject, detail, hash"
         " FROM audit WHERE seq = 11",
         12, "was changed"},
        {"INSERT INTO audit SELECT 0 - 1, utc_us, actor, role, purpose, action, subject, detail,"
         " hash FROM audit WHERE seq = 1",
         1, "is gone"},
    };
    check_offence(*state, &offences[0]);
    /* a sequence below 1 does not even go into the table */
    fill_store(*state, 1);
    by_hand(*state, offences[1].sql, SQLITE_CONSTRAINT);
}

static void checkpoints_and_the_stores_name_are_checked(void **state)
{
    static const struct offence offences[] = {
        {"UPDATE checkpoint SET signature = zeroblob(64)", 1, "its signed checkpoint"},
        {"UPDATE checkpoint SET utc_us = utc_us + 1", 1, "its signed checkpoint"},
        {"UPDATE store SET id = '00000000000000000000000000000000'", 1, "was changed"},
        {"UPDATE store SET public_key = zeroblob(32)", 1, "names another key"},
    };
    for (size_t i = 0; i < LW_COUNT(offences); i++)
        check_offence(*state, &offences[i]);
}

/* With a key of their own somebody can write a chain that is whole in itself: the keys know. */
static void a_whole_chain_of_a_stranger_is_found_with_the_key(void **state)
{
    const struct place *p = *state;
    char keys[128], aside[128];
    uint8_t right_key[LW_SIGN_PUBLIC];
    struct lw_audit_report r;
    fill_store(p, 3);
    memcpy(right_key, verify(p).public_key, sizeof(right_key));
    snprintf(keys, sizeof(keys), "%s.keys", p->store);
    snprintf(aside, sizeof(aside), "%s.aside", p->store);
    CHECK(rename(keys, aside) == 0 && unlink(p->store) == 0);
    fill_store(p, 3);
    CHECK(verify(p).intact);
    CHECK(rename(aside, keys) == 0);
    r = verify(p);
    CHECK(!r.intact && strstr(r.what, "signed with another key"));
    const struct lw_audit_opts opts = {.public_key = right_key};
    CHECK(lw_audit_verify(&r, p->store, &opts, NULL) == LW_OK);
    CHECK(!r.intact && r.key_known && r.first_broken == 1);
    struct lw_store *s = NULL;
    struct lw_why why = {0};
    CHECK(lw_store_open(&s, p->store, NULL, &why) == LW_EFORMAT);
    assert_string_equal(why.text, "was made with other keys");
}

static void an_older_copy_is_noticed_and_not_written_to(void **state)
{
    const struct place *p = *state;
    char copy[128];
    snprintf(copy, sizeof(copy), "%s/copy", p->dir);
    fill_store(p, 3);
    copy_file(p->store, copy);
    LW_AUTO_STORE s = open_store(p);
    put_record(s, "later");
    lw_store_close(&s);
    CHECK(rename(copy, p->store) == 0);
    const struct lw_audit_report r = verify(p);
    CHECK(!r.intact && r.first_broken == 6);
    assert_string_equal(r.what, "is gone: the key file has seen it or later ones");
    struct lw_why why = {0};
    CHECK(lw_store_open(&s, p->store, NULL, &why) == LW_EFORMAT);
    assert_string_equal(why.text, "is an older copy, or was cut: its keys have seen audit entry 6");
}

/* A program was killed, and somebody puts the files of a while ago back: everything in them is
 * signed, and no checkpoint came since. Only what is written beside the keys knows. */
static void a_chain_cut_behind_its_last_checkpoint_is_found_after_a_kill(void **state)
{
    const struct place *p = *state;
    static const char *const files[] = {"", "-wal", ".keys", ".keys.seen"};
    char path[4][128], old[4][136], killed[4][136];
    for (size_t i = 0; i < LW_COUNT(files); i++) {
        snprintf(path[i], sizeof(path[i]), "%s%s", p->store, files[i]);
        snprintf(old[i], sizeof(old[i]), "%s%s.old", p->store, files[i]);
        snprintf(killed[i], sizeof(killed[i]), "%s%s.killed", p->store, files[i]);
    }
    LW_AUTO_STORE s = open_store(p);
    put_record(s, "r1");
    copy_file(path[0], old[0]);
    copy_file(path[1], old[1]);
    CHECK(lw_store_audit(s, "login", "somebody", "", NULL) == LW_OK);
    copy_file(path[2], killed[2]); /* as a kill leaves them */
    copy_file(path[3], killed[3]);
    lw_store_close(&s);
    for (size_t i = 0; i < LW_COUNT(files); i++)
        CHECK(rename(i < 2 ? old[i] : killed[i], path[i]) == 0);
    CHECK(chmod(path[2], 0600) == 0);
    const struct lw_audit_report r = verify(p);
    CHECK(!r.intact && r.first_broken == 4 && r.key_known);
    assert_string_equal(r.what, "is gone: the key file has seen it or later ones");
    struct lw_why why = {0};
    CHECK(lw_store_open(&s, p->store, NULL, &why) == LW_EFORMAT);
    /* whatever else stands there is no statement of the keys' owner */
    CHECK(lw_file_write(path[3], (struct lw_span){.data = (const uint8_t *)"x", .n = 1}, NULL) ==
          LW_OK);
    CHECK(verify(p).intact);
}

/* --- tampering at random --- */

enum { ENTRIES = 300, TAMPERINGS = 280 };

/* One tampering; returns the entry that has to be named. a < b are entries. */
static int64_t tamper(struct lw_strbuf *sql, unsigned kind, int a, int b)
{
    static const char *const columns[] = {"actor",  "role",    "purpose",
                                          "action", "subject", "detail"};
    lw_strbuf_puts(sql, OPEN_HANDS);
    switch (kind) {
    case 0:
        lw_strbuf_printf(sql, "UPDATE audit SET %s = %s || 'x' WHERE seq = %d", columns[a % 6],
                         columns[a % 6], a);
        return a;
    case 1:
        lw_strbuf_printf(sql, "UPDATE audit SET utc_us = utc_us + %d WHERE seq = %d", b, a);
        return a;
    case 2:
        lw_strbuf_printf(sql, "DELETE FROM audit WHERE seq = %d", a);
        return a;
    case 3:
        lw_strbuf_printf(sql, "DELETE FROM audit WHERE seq BETWEEN %d AND %d", a, b);
        return a;
    case 4:
        lw_strbuf_printf(sql,
                         "UPDATE audit SET seq = 9999 WHERE seq = %d; UPDATE audit SET seq = %d"
                         " WHERE seq = %d; UPDATE audit SET seq = %d WHERE seq = 9999",
                         a, a, b, b);
        return a;
    case 5: /* cut, and the signed end made to fit as far as it can */
        lw_strbuf_printf(sql,
                         "DELETE FROM audit WHERE seq > %d; DELETE FROM checkpoint WHERE seq > %d;"
                         "UPDATE audit_end SET seq = %d, hash = (SELECT hash FROM audit WHERE"
                         " seq = %d)",
                         a, a, a, a);
        return a;
    case 6: /* a checkpoint, which the next one counts */
        lw_strbuf_puts(sql, "DELETE FROM checkpoint WHERE seq = 1");
        return 257;
    case 7: /* the last checkpoint, which the end counts */
        lw_strbuf_puts(sql, "DELETE FROM checkpoint WHERE seq = 257");
        return ENTRIES;
    case 8:
        lw_strbuf_puts(sql, "UPDATE audit_end SET checkpoints = 1;"
                            "DELETE FROM checkpoint WHERE seq = 257");
        return ENTRIES;
    default: /* behind the last checkpoint, with its signature as the end's */
        lw_strbuf_puts(sql, "DELETE FROM audit WHERE seq > 257; UPDATE audit_end SET (seq, utc_us,"
                            " hash, signature, checkpoints) = (SELECT * FROM checkpoint WHERE seq ="
                            " 257)");
        return 258;
    }
}

static void no_tampering_goes_unnoticed_and_the_first_broken_entry_is_named(void **state)
{
    const struct place *p = *state;
    struct lw_rng rng = lw_rng_seed(6);
    struct place t = *p;
    char keys[128];
    int unnoticed = 0;
    snprintf(t.store, sizeof(t.store), "%s/tampered.db", p->dir);
    snprintf(keys, sizeof(keys), "%s.keys", p->store);
    LW_AUTO_STORE s = open_store(p);
    for (int i = 2; i < ENTRIES; i++)
        CHECK(lw_store_note_lazily(s, "login", "somebody", "booth 3", NULL) == LW_OK);
    lw_store_close(&s);
    const struct lw_audit_opts opts = {.keys = keys};
    for (unsigned i = 0; i < TAMPERINGS; i++) {
        struct lw_audit_report r;
        LW_AUTO_STRBUF sql = LW_STRBUF_INIT;
        int a = 1 + (int)lw_rng_below(&rng, ENTRIES - 1);
        int b = a + 1 + (int)lw_rng_below(&rng, (uint32_t)(ENTRIES - a));
        int64_t first = tamper(&sql, i % 10, a, b);
        copy_file(p->store, t.store);
        by_hand(&t, lw_strbuf_peek(&sql), SQLITE_OK);
        CHECK(lw_audit_verify(&r, t.store, &opts, NULL) == LW_OK);
        unnoticed += r.intact;
        if (r.first_broken != first)
            fail_msg("%s: entry %jd, not %jd, %s", lw_strbuf_peek(&sql), (intmax_t)r.first_broken,
                     (intmax_t)first, r.what);
    }
    CHECK(unnoticed == 0 && verify(p).intact);
    print_message("# %d of %d tamperings unnoticed\n", unnoticed, TAMPERINGS);
}

static void an_entry_is_one_line_of_utf8(void **state)
{
    const struct place *p = *state;
    struct lw_store *none = NULL;
    struct lw_why why = {0};
    const struct lw_actor odd = {.name = "\xff", .role = LW_ROLE_OFFICER};
    const struct lw_store_opts opts = {.actor = odd};
    fill_store(p, 1);
    LW_AUTO_STORE s = open_store(p);
    CHECK(lw_store_audit(s, "login", "a\nb", "", &why) == LW_EINVAL);
    assert_string_equal(why.text, "an audit entry's texts are lines of UTF-8");
    CHECK(lw_store_audit(s, "login", "somebody", "\xff", NULL) == LW_EINVAL);
    CHECK(lw_store_audit(s, "login", "J\xc3\xb6rg", "", NULL) == LW_OK);
    CHECK(lw_store_open(&none, p->store, &opts, &why) == LW_EINVAL && !none);
    assert_string_equal(why.text, "actor and purpose are single lines of UTF-8");
    CHECK(verify(p).intact);
}

static void a_store_that_lost_its_keys_is_refused(void **state)
{
    const struct place *p = *state;
    struct lw_store *s = NULL;
    struct lw_why why = {0};
    fill_store(p, 1);
    forget_keys(p);
    CHECK(lw_store_open(&s, p->store, NULL, &why) == LW_ENOTFOUND);
    assert_non_null(strstr(why.text, "lane.db.keys: cannot be opened"));
    CHECK(verify(p).intact); /* but it can be checked */
}

static void checkpoints_come_every_256_entries(void **state)
{
    const struct place *p = *state;
    LW_AUTO_STORE s = open_store(p);
    for (int i = 0; i < 600; i++)
        CHECK(lw_store_audit(s, "login", "somebody", "", NULL) == LW_OK);
    const struct lw_audit_report r = verify(p);
    CHECK(r.intact && r.entries == 602 && r.checkpoints == 3);
    CHECK(ask(p, "SELECT group_concat(seq) = '1,257,513' FROM checkpoint") == 1);
}

/* What is written after it does not make good for it. */
static void all_checkpoints_taken_away_are_missed_after_the_next_one(void **state)
{
    const struct place *p = *state;
    LW_AUTO_STORE s = open_store(p);
    for (int i = 0; i < 300; i++)
        CHECK(lw_store_audit(s, "login", "somebody", "", NULL) == LW_OK);
    lw_store_close(&s);
    by_hand(p, OPEN_HANDS "DELETE FROM checkpoint", SQLITE_OK);
    s = open_store(p);
    for (int i = 0; i < 300; i++)
        CHECK(lw_store_audit(s, "login", "somebody", "", NULL) == LW_OK);
    lw_store_close(&s);
    CHECK(!verify(p).intact);
}

static void a_failed_write_leaves_no_entry(void **state)
{
    const struct place *p = *state;
    struct lw_record rec;
    LW_AUTO_STORE s = open_store(p);
    put_record(s, "r1");
    fill_record(&rec);
    strcpy(rec.id, "r1");
    CHECK(lw_store_put(s, &rec, NULL) == LW_EINVAL);
    CHECK(ask(p, "SELECT count(*) FROM audit") == 3 && verify(p).intact);
}

static void texts_that_are_too_long_are_refused(void **state)
{
    char text[600];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    LW_AUTO_STORE s = open_store(*state);
    CHECK(lw_store_audit(s, "login", text, "", NULL) == LW_EINVAL);
    CHECK(lw_store_audit(s, "", "x", "", NULL) == LW_EINVAL);
}

/* The example of docs/formats/audit.md, computed there with another program. */
static void an_entry_hashes_as_documented(void **state)
{
    LW_UNUSED(state);
    uint8_t hash[LW_SHA256_BYTES], previous[LW_SHA256_BYTES] = {0};
    char hex[LW_SHA256_HEX];
    const struct lw_link l = {
        .seq = 1,
        .utc_us = INT64_C(1769847309000000),
        .texts = {"lanewise", "operator", "", "make", "00112233445566778899aabbccddeeff", "key"}};
    CHECK(lw_link_hash(hash, "00112233445566778899aabbccddeeff", previous, &l) == LW_OK);
    lw_hex_print(hex, (struct lw_span){.data = hash, .n = sizeof(hash)});
    assert_string_equal(hex, "2b4894cb9b4e61bcbd5b30ba01ac8cc6d72dea777d4a263fc79dfebeecb45b31");
}

static void files_that_are_no_store_are_a_fault(void **state)
{
    const struct place *p = *state;
    struct lw_audit_report r;
    struct lw_why why = {0};
    CHECK(lw_audit_verify(&r, p->store, NULL, &why) == LW_ENOTFOUND);
    by_hand(p, "CREATE TABLE bookmarks (url TEXT)", SQLITE_OK);
    CHECK(lw_audit_verify(&r, p->store, NULL, &why) == LW_EFORMAT);
    by_hand(p, "DROP TABLE bookmarks; PRAGMA application_id = 1280202579; PRAGMA user_version = 1",
            SQLITE_OK);
    CHECK(lw_audit_verify(&r, p->store, NULL, &why) == LW_EUNSUP);
    assert_string_equal(why.text, "has schema 1, without an audit chain");
}

static const struct CMUnitTest tests[] = {
    STORE_TEST(everything_that_was_done_is_in_the_chain),
    STORE_TEST(a_read_that_finds_nothing_is_no_entry),
    STORE_TEST(ordinary_hands_cannot_change_the_chain),
    STORE_TEST(entries_that_were_changed_are_found),
    STORE_TEST(entries_that_were_removed_are_found),
    STORE_TEST(entries_that_were_reordered_are_found),
    STORE_TEST(a_chain_that_was_cut_is_found),
    STORE_TEST(entries_that_were_added_by_hand_are_found),
    STORE_TEST(checkpoints_and_the_stores_name_are_checked),
    STORE_TEST(a_whole_chain_of_a_stranger_is_found_with_the_key),
    STORE_TEST(an_older_copy_is_noticed_and_not_written_to),
    STORE_TEST(a_chain_cut_behind_its_last_checkpoint_is_found_after_a_kill),
    STORE_TEST(no_tampering_goes_unnoticed_and_the_first_broken_entry_is_named),
    STORE_TEST(a_store_that_lost_its_keys_is_refused),
    STORE_TEST(checkpoints_come_every_256_entries),
    STORE_TEST(all_checkpoints_taken_away_are_missed_after_the_next_one),
    STORE_TEST(an_entry_is_one_line_of_utf8),
    STORE_TEST(a_failed_write_leaves_no_entry),
    STORE_TEST(texts_that_are_too_long_are_refused),
    STORE_TEST(an_entry_hashes_as_documented),
    STORE_TEST(files_that_are_no_store_are_a_fault),
};
RUN_TESTS(tests)
