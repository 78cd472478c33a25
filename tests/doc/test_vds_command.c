/* `lanewise doc vds` as a process. */
#include "app/run.h"

#include "base/json.h"
#include "seal.h"

static char root[32];

static int make_root(void **state)
{
    LW_UNUSED(state);
    temp_make(root);
    return 0;
}

static int remove_root(void **state)
{
    LW_UNUSED(state);
    temp_remove(root);
    return 0;
}

struct place {
    char dir[64], seal[80], mrz[80], trust[80];
};

static struct place write_seal(const char *name, const struct mks_opts *opts)
{
    struct place p;
    struct mks_seal s;
    snprintf(p.dir, sizeof(p.dir), "%s/%s", root, name);
    snprintf(p.seal, sizeof(p.seal), "%s/seal.bin", p.dir);
    snprintf(p.mrz, sizeof(p.mrz), "%s/mrz.txt", p.dir);
    snprintf(p.trust, sizeof(p.trust), "%s/trust", p.dir);
    CHECK(mks_make(&s, opts) == LW_OK);
    CHECK(mks_write(&s, p.dir, p.trust, NULL) == LW_OK);
    mks_clear(&s);
    return p;
}

static void a_valid_seal_is_told_with_what_it_says(void **state)
{
    LW_UNUSED(state);
    const struct place p = write_seal("visa", &(struct mks_opts){.kind = MKS_VISA_A});
    LW_AUTO(lw_json_doc) doc = NULL;
    struct run r;
    run(&r, "doc", "vds", p.seal, "--trust", p.trust, "--mrz", p.mrz, "--json", NULL);
    CHECK(r.code == 0 && one_line(r.out) && r.err[0] == '\0');
    CHECK(lw_json_parse(&doc, (struct lw_span){(const uint8_t *)r.out, r.n_out}, NULL) == LW_OK);
    const struct lw_json *j = lw_json_root(doc);
    assert_string_equal(lw_json_string(lw_json_get(j, "verdict")), "valid");
    assert_string_equal(lw_json_string(lw_json_get(j, "kind")), "visa");
    assert_string_equal(lw_json_string(lw_json_get(j, "passport_number")), "A23456789");
    CHECK(lw_json_int(lw_json_get(j, "entries")) == 2);
    CHECK(lw_json_int(lw_json_get(lw_json_get(j, "stay"), "days")) == 160);
    assert_string_equal(lw_json_string(lw_json_get(lw_json_get(j, "fields"), "given_names")),
                        "ANNA MARIA");
    CHECK(lw_json_size(lw_json_get(j, "findings")) == 0);
    run_clear(&r);
    run(&r, "doc", "vds", p.seal, "--trust", p.trust, NULL);
    CHECK(r.code == 0 && strstr(r.out, "verdict: valid\n"));
    run_clear(&r);
}

static void what_is_wrong_exits_with_1(void **state)
{
    LW_UNUSED(state);
    static const struct {
        const char *fault, *verdict, *rule;
    } cases[] = {
        {"changed", "not_valid", "signature"},
        {"cut", "unreadable", "format"},
        {"expired", "not_valid", "validity"},
    };
    for (size_t i = 0; i < LW_COUNT(cases); i++) {
        const struct place p =
            write_seal(cases[i].fault, &(struct mks_opts){.fault = cases[i].fault});
        char verdict[64], rule[64];
        struct run r;
        snprintf(verdict, sizeof(verdict), "{\"verdict\": \"%s\"", cases[i].verdict);
        snprintf(rule, sizeof(rule), "{\"rule\": \"%s\"", cases[i].rule);
        run(&r, "doc", "vds", p.seal, "--trust", p.trust, "--json", NULL);
        CHECK(r.code == 1 && strncmp(r.out, verdict, strlen(verdict)) == 0);
        CHECK(strstr(r.out, rule));
        run_clear(&r);
    }
}

static void without_trust_nobody_is_believed(void **state)
{
    LW_UNUSED(state);
    const struct place p = write_seal("alone", &(struct mks_opts){.kind = MKS_ETD});
    struct run r;
    run(&r, "doc", "vds", p.seal, "--json", NULL);
    CHECK(r.code == 1 && strstr(r.out, "\"verdict\": \"no_trust\", \"signature\": \"unchecked\""));
    run_clear(&r);
}

static void what_cannot_be_read_is_one_line_and_exit_2(void **state)
{
    LW_UNUSED(state);
    const struct place p = write_seal("here", &(struct mks_opts){.kind = MKS_ETD});
    char nowhere[80];
    snprintf(nowhere, sizeof(nowhere), "%s/nowhere", root);
    const char *const all[][8] = {
        {"doc", "vds", nowhere, NULL},
        {"doc", "vds", root, NULL},
        {"doc", "vds", NULL},
        {"doc", "vds", p.seal, "--trust", nowhere, NULL},
        {"doc", "vds", p.seal, "--mrz", nowhere, NULL},
        {"doc", "vds", p.seal, "--mrz", p.seal, NULL},
        {"doc", "vds", p.seal, "--date", "today", NULL},
    };
    for (size_t i = 0; i < LW_COUNT(all); i++) {
        struct run r;
        run_argv(&r, NULL, all[i]);
        CHECK(r.code == 2 && one_line(r.err) && r.out[0] == '\0');
        run_clear(&r);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_valid_seal_is_told_with_what_it_says),
    cmocka_unit_test(what_is_wrong_exits_with_1),
    cmocka_unit_test(without_trust_nobody_is_believed),
    cmocka_unit_test(what_cannot_be_read_is_one_line_and_exit_2),
};

int main(void)
{
    test_output_tap();
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
