#include "run.h"
#include "store/place.h"

static void fill(const struct place *p)
{
    LW_AUTO_STORE s = open_store(p);
    put_record(s, "r1");
    put_record(s, "r2");
}

static void a_whole_chain_is_said_to_be_whole(void **state)
{
    const struct place *p = *state;
    struct run r;
    fill(p);
    run(&r, "audit", "verify", p->store, NULL);
    CHECK(r.code == 0 && strstr(r.out, "4 entries, 1 checkpoints, the chain is whole"));
    CHECK(strstr(r.out, "(as expected)"));
    run_clear(&r);
    run(&r, "audit", "verify", "--json", p->store, NULL);
    CHECK(r.code == 0 && strstr(r.out, "\"intact\":true,\"entries\":4,\"checkpoints\":1,"
                                       "\"first_broken\":null,\"what\":null,\"public_key\":\""));
    CHECK(strstr(r.out, "\"key_known\":true}\n"));
    run_clear(&r);
}

static void the_first_broken_entry_is_named(void **state)
{
    const struct place *p = *state;
    struct run r;
    fill(p);
    by_hand(p, "DROP TRIGGER audit_never_changes; UPDATE audit SET actor = 'x' WHERE seq = 2",
            SQLITE_OK);
    run(&r, "audit", "verify", p->store, NULL);
    CHECK(r.code == 1 && strstr(r.out, "audit entry 2 was changed"));
    run_clear(&r);
    run(&r, "audit", "verify", p->store, "--json", NULL);
    CHECK(r.code == 1 && strstr(r.out, "\"intact\":false,") &&
          strstr(r.out, "\"first_broken\":2,"));
    run_clear(&r);
}

static void a_published_key_is_compared(void **state)
{
    const struct place *p = *state;
    struct run r;
    fill(p);
    run(&r, "audit", "verify", p->store, "--public-key",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", NULL);
    CHECK(r.code == 1 && strstr(r.out, "audit entry 1 is signed with another key than expected"));
    run_clear(&r);
    run(&r, "audit", "verify", p->store, "--public-key", "d75a", NULL);
    CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "64 hexadecimal digits"));
    run_clear(&r);
}

static void what_is_no_store_is_a_fault_in_one_line(void **state)
{
    const struct place *p = *state;
    struct run r;
    run(&r, "audit", "verify", p->store, NULL);
    CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "lane.db: unable to open"));
    run_clear(&r);
    run(&r, "audit", "check", p->store, NULL);
    CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "audit: no command \"check\""));
    run_clear(&r);
}

static const struct CMUnitTest tests[] = {
    STORE_TEST(a_whole_chain_is_said_to_be_whole),
    STORE_TEST(the_first_broken_entry_is_named),
    STORE_TEST(a_published_key_is_compared),
    STORE_TEST(what_is_no_store_is_a_fault_in_one_line),
};
RUN_TESTS(tests)
