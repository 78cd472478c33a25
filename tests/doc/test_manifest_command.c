/* `lanewise doc manifest` as a process. */
#include "app/run.h"

#include "base/base.h"

static char root[32], key[64], public_key[80];

static const char mrzs[] = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\n"
                           "L898902C36UTO7408122F1204159ZE184226B<<<<<10\n"
                           "\n"
                           "I<UTOD231458907<<<<<<<<<<<<<<<\n"
                           "7408122F1204159UTO<<<<<<<<<<<6\n"
                           "ERIKSSON<<ANNA<MARIA<<<<<<<<<<\n";

static int make_root(void **state)
{
    LW_UNUSED(state);
    struct run r;
    temp_make(root);
    snprintf(key, sizeof(key), "%s/key", root);
    run(&r, "doc", "manifest", "key", key, NULL);
    CHECK(r.code == 0 && r.n_out == 65);
    snprintf(public_key, sizeof(public_key), "%.64s", r.out);
    run_clear(&r);
    return 0;
}

static int remove_root(void **state)
{
    LW_UNUSED(state);
    temp_remove(root);
    return 0;
}

static const char *in_root(const char *name)
{
    static char paths[8][80];
    static unsigned next;
    char *p = paths[next++ % 8];
    snprintf(p, sizeof(paths[0]), "%s/%s", root, name);
    return p;
}

static void a_list_is_made_of_mrzs_and_checked_in_each_form(void **state)
{
    LW_UNUSED(state);
    struct run r;
    struct stat st;
    const char *json = in_root("car.json"), *code = in_root("car.code"), *png = in_root("car.png");
    temp_write(root, "mrz.txt", mrzs, strlen(mrzs));
    run(&r, "doc", "manifest", "make", "--key", key, "--mrz", in_root("mrz.txt"), "--document",
        "D:C01X00T47", "--people", "4", "--out", json, "--code", code, "--qr", png, NULL);
    CHECK(r.code == 0 && r.n_out == 0 && r.err[0] == '\0');
    run_clear(&r);
    CHECK(stat(png, &st) == 0 && st.st_size > 300);
    const char *const forms[] = {json, code};
    for (size_t i = 0; i < LW_COUNT(forms); i++) {
        run(&r, "doc", "manifest", "check", forms[i], "--signer", public_key, "--json", NULL);
        CHECK(r.code == 0 && one_line(r.out));
        CHECK(strstr(r.out, "{\"verdict\": \"valid\", \"findings\": []"));
        CHECK(strstr(r.out, "\"people\": 4, \"documents\": [{\"issuing_state\": \"UTO\", "
                            "\"number\": \"L898902C3\"}, {\"issuing_state\": \"UTO\", "
                            "\"number\": \"D23145890\"}, {\"issuing_state\": \"D\", "
                            "\"number\": \"C01X00T47\"}]"));
        run_clear(&r);
    }
}

static void a_list_names_documents_and_nobody(void **state)
{
    LW_UNUSED(state);
    struct run r;
    temp_write(root, "mrz.txt", mrzs, strlen(mrzs));
    run(&r, "doc", "manifest", "make", "--key", key, "--mrz", in_root("mrz.txt"), NULL);
    CHECK(r.code == 0 && one_line(r.out));
    CHECK(!strstr(r.out, "ERIKSSON") && !strstr(r.out, "ANNA") && !strstr(r.out, "7408"));
    run_clear(&r);
}

static void what_is_wrong_exits_with_1(void **state)
{
    LW_UNUSED(state);
    struct run r;
    const char *list = in_root("one.json"), *seen = in_root("seen");
    run(&r, "doc", "manifest", "make", "--key", key, "--document", "UTO:X1", "--out", list, NULL);
    CHECK(r.code == 0);
    run_clear(&r);
    run(&r, "doc", "manifest", "check", list, "--seen", seen, "--crossing", "x1", NULL);
    CHECK(r.code == 0 && strstr(r.out, "verdict: valid\n"));
    run_clear(&r);
    run(&r, "doc", "manifest", "check", list, "--seen", seen, "--crossing", "x1", NULL);
    CHECK(r.code == 0);
    run_clear(&r);
    run(&r, "doc", "manifest", "check", list, "--seen", seen, "--crossing", "x2", NULL);
    CHECK(r.code == 1 && strstr(r.out, "! replayed: "));
    run_clear(&r);
    run(&r, "doc", "manifest", "check", list, "--at", "2099-01-01T00:00:00Z", "--json", NULL);
    CHECK(r.code == 1 && strstr(r.out, "\"rule\": \"expired\""));
    run_clear(&r);
    run(&r, "doc", "manifest", "check", list, "--signer",
        "0000000000000000000000000000000000000000000000000000000000000000", "--json", NULL);
    CHECK(r.code == 1 && strstr(r.out, "\"rule\": \"signer\""));
    run_clear(&r);
}

static void what_cannot_be_made_or_read_is_one_line_and_leaves_nothing(void **state)
{
    LW_UNUSED(state);
    const char *nowhere = in_root("nowhere"), *out = in_root("out.json");
    const char *bad_mrz = in_root("bad.txt"), *loose = in_root("loose");
    temp_write(root, "bad.txt",
               "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\n"
               "L898902C37UTO7408122F1204159ZE184226B<<<<<10\n",
               90);
    temp_write(root, "loose", "00", 2);
    const char *const all[][14] = {
        {"doc", "manifest", "make", "--document", "UTO:1", NULL},
        {"doc", "manifest", "make", "--key", nowhere, "--document", "UTO:1", "--out", out, NULL},
        {"doc", "manifest", "make", "--key", loose, "--document", "UTO:1", "--out", out, NULL},
        {"doc", "manifest", "make", "--key", key, "--out", out, NULL},
        {"doc", "manifest", "make", "--key", key, "--document", "UTO", "--out", out, NULL},
        {"doc", "manifest", "make", "--key", key, "--document", "UTO:a b", "--out", out, NULL},
        {"doc", "manifest", "make", "--key", key, "--mrz", bad_mrz, "--out", out, NULL},
        {"doc", "manifest", "make", "--key", key, "--document", "UTO:1", "--document", "UTO:1",
         "--out", out, NULL},
        {"doc", "manifest", "make", "--key", key, "--document", "UTO:1", "--people", "11", "--out",
         out, NULL},
        {"doc", "manifest", "make", "--key", key, "--document", "UTO:1", "--qr", "x.gif", "--out",
         out, NULL},
        {"doc", "manifest", "key", key, NULL},
        {"doc", "manifest", "check", nowhere, NULL},
        {"doc", "manifest", "check", loose, NULL},
        {"doc", "manifest", "check", key, "--at", "noon", NULL},
    };
    for (size_t i = 0; i < LW_COUNT(all); i++) {
        struct run r;
        run_argv(&r, NULL, all[i]);
        if (r.code != 2 || !one_line(r.err))
            print_message("# %zu: %d %s\n", i, r.code, r.err);
        CHECK(r.code == 2 && one_line(r.err) && r.n_out == 0);
        CHECK(access(out, F_OK) < 0 && access("x.gif", F_OK) < 0);
        run_clear(&r);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_list_is_made_of_mrzs_and_checked_in_each_form),
    cmocka_unit_test(a_list_names_documents_and_nobody),
    cmocka_unit_test(what_is_wrong_exits_with_1),
    cmocka_unit_test(what_cannot_be_made_or_read_is_one_line_and_leaves_nothing),
};

int main(void)
{
    test_output_tap();
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
