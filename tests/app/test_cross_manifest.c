/* `lanewise cross --manifest`: a list of the group's own beside a crossing of one photograph. */
#include "app/run.h"

#include "app/manifest.h"
#include "base/file.h"

static char dir[32];
static char bundle[64];

static const char VALID[] =
    "{\"version\":1,\"id\":\"c1\",\"lane\":\"L1\",\"direction\":\"outbound\","
    "\"opened_utc\":\"2026-01-31T08:15:00.000Z\","
    "\"cameras\":[{\"id\":\"front\",\"view\":\"windshield\",\"source\":\"front.jpg\"}],"
    "\"documents\":[{\"id\":\"d1\",\"kind\":\"image\",\"portrait\":\"d1.jpg\"}]}";

static void copy_photo(const char *photos, const char *to)
{
    char from[512];
    uint8_t *data = NULL;
    size_t n = 0;
    snprintf(from, sizeof(from), "%s/sample1.jpg", photos);
    CHECK(lw_file_read(from, 64 * LW_MIB, &data, &n, NULL) == LW_OK);
    temp_write(bundle, to, data, n);
    free(data);
}

/* The valid bundle with one piece of its text exchanged. */
static void write_bundle(const char *old, const char *new)
{
    char text[2048];
    const char *at = strstr(VALID, old);
    CHECK(at != NULL);
    const int n =
        snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - VALID), VALID, new, at + strlen(old));
    temp_write(bundle, "crossing.json", text, (size_t)n);
}

static int start(void **state)
{
    LW_UNUSED(state);
    const char *photos = test_dir("LW_TEST_PHOTOS");
    temp_make(dir);
    snprintf(bundle, sizeof(bundle), "%s/b", dir);
    CHECK(mkdir(bundle, 0777) == 0);
    if (photos && test_dir("LW_TEST_MODELS")) {
        copy_photo(photos, "front.jpg");
        copy_photo(photos, "d1.jpg");
        write_bundle("c1", "c1");
    }
    return 0;
}

static int stop(void **state)
{
    LW_UNUSED(state);
    temp_remove(dir);
    return 0;
}

/* A list of the group's own, issued a quarter of an hour before the crossing. */
static void write_list(const char *name, unsigned people, const char *number, int64_t issued_s)
{
    LW_AUTO_STRBUF json = LW_STRBUF_INIT;
    struct lw_signer key;
    struct lw_manifest m = {.issued_s = issued_s,
                            .expires_s = issued_s + 3600,
                            .people = people,
                            .n_documents = 1,
                            .documents = {{.issuing_state = "UTO"}}};
    snprintf(m.documents[0].number, sizeof(m.documents[0].number), "%s", number);
    CHECK(lw_signer_init(&key, (const uint8_t[LW_SIGN_SEED]){1}) == LW_OK);
    CHECK(lw_manifest_sign(&m, &key, NULL) == LW_OK);
    lw_manifest_put_json(&json, &m);
    temp_write(dir, name, json.s, json.n);
}

static void cross_with_list(struct run *r, const char *name)
{
    char list[96], seen[96];
    snprintf(list, sizeof(list), "%s/%s", dir, name);
    snprintf(seen, sizeof(seen), "%s/seen", dir);
    run(r, "cross", bundle, "--json", "--manifest", list, "--manifest-seen", seen, NULL);
}

static void a_list_of_the_group_is_compared_with_what_is_there(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    static const struct {
        unsigned people;
        const char *number;
        int64_t issued_s;
        const char *rules[3];
    } cases[] = {
        /* 2026-01-31T08:00:00Z */
        {1, "L898902C3", 1769846400, {"people"}}, /* more are on the photograph */
        {1, "L898902C4", 1769846400, {"people", "missing_document", "unlisted_document"}},
        {1, "L898902C3", 1769846400 - 7200, {"expired"}},
    };
    write_bundle("\"d1.jpg\"}", "\"d1.jpg\",\"mrz\":["
                                "\"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\","
                                "\"L898902C36UTO7408122F1204159ZE184226B<<<<<10\"]}");
    for (size_t i = 0; i < LW_COUNT(cases); i++) {
        char name[16];
        struct run r;
        snprintf(name, sizeof(name), "list%zu", i);
        write_list(name, cases[i].people, cases[i].number, cases[i].issued_s);
        cross_with_list(&r, name);
        CHECK(r.code == 1 && strstr(r.out, "\"outcome\":\"referral\""));
        CHECK(strstr(r.out, "\"manifest\":{\"id\": \""));
        for (size_t k = 0; k < 3 && cases[i].rules[k]; k++) {
            char rule[64];
            snprintf(rule, sizeof(rule), "{\"rule\": \"%s\"", cases[i].rules[k]);
            CHECK(strstr(r.out, rule));
        }
        CHECK(!strstr(r.out, "no_reference") && !strstr(r.out, "replayed"));
        run_clear(&r);
    }
    write_bundle("d1.jpg", "d1.jpg"); /* no MRZ: nothing to compare with */
    struct run r;
    cross_with_list(&r, "list0");
    CHECK(r.code == 1 && strstr(r.out, "no_reference") && strstr(r.out, "missing_document"));
    run_clear(&r);
    write_bundle("c1", "c2"); /* the same list for another vehicle */
    cross_with_list(&r, "list0");
    CHECK(r.code == 1 && strstr(r.out, "{\"rule\": \"replayed\""));
    run_clear(&r);
    write_bundle("c1", "c1");
}

static void a_list_that_cannot_be_read_is_one_line(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    struct run r;
    temp_write(dir, "bad", "{\"manifest\": 1}", 15);
    cross_with_list(&r, "bad");
    CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "/bad: ") && r.n_out == 0);
    run_clear(&r);
    cross_with_list(&r, "nowhere");
    CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "/nowhere: "));
    run_clear(&r);
    run(&r, "cross", bundle, bundle, "--manifest", "x", NULL);
    CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "one vehicle"));
    run_clear(&r);
    run(&r, "cross", bundle, "--manifest-signer", "12", NULL);
    CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "64 hexadecimal digits"));
    run_clear(&r);
}

/* What it took over could say nothing of the vehicle: it goes on, to an officer. */
static void a_list_at_which_the_decoder_is_stopped_is_told(void **state)
{
    LW_UNUSED(state);
    const char *program = getenv("LW_TEST_PROBE");
    struct lw_decoder_opts opts = LW_DECODER_DEFAULTS;
    LW_AUTO(lw_decoder) decoder = NULL;
    LW_AUTO(lw_crossing_result) none = calloc(1, sizeof(*none));
    LW_AUTO_STRBUF json = LW_STRBUF_INIT;
    LW_AUTO_STRBUF check = LW_STRBUF_INIT;
    const struct lw_manifest_keys keys = {.n = 0};
    struct lw_manifest_answer a = {.n_differences = 0};
    char list[96], seen[96];
    opts.program = program;
    snprintf(list, sizeof(list), "%s/probe", dir);
    snprintf(seen, sizeof(seen), "%s/seen-none", dir);
    temp_write(dir, "probe", "PROBE open", 10);
    CHECK(program && none && lw_decoder_new(&decoder, &opts, NULL) == LW_OK);
    CHECK(lw_manifest_load(&a.manifest, &a.found, decoder, list, NULL) == LW_OK);
    CHECK(lw_manifest_accept(&a.found, &a.manifest, &keys, seen, "c1", 0, NULL) == LW_OK);
    CHECK(access(seen, F_OK) != 0);
    lw_manifest_compare(&a, none);
    CHECK(!lw_manifest_answer_ok(&a));
    lw_manifest_answer_put_json(&json, &a);
    assert_string_equal(lw_strbuf_peek(&json),
                        "{\"id\": \"\", \"people\": 0, \"documents\": 0, \"findings\": [{\"rule\": "
                        "\"decoder_refused\", \"text\": \"the decoder was stopped at it\"}]}");
    lw_manifest_put_findings(&check, &a.manifest, a.found, true);
    CHECK(strstr(lw_strbuf_peek(&check), "{\"verdict\": \"unreadable\", "));
    CHECK(strstr(lw_strbuf_peek(&check), ", \"manifest\": null}\n"));
}

#define T(f) cmocka_unit_test_setup_teardown(f, start, stop)
static const struct CMUnitTest tests[] = {
    T(a_list_of_the_group_is_compared_with_what_is_there),
    T(a_list_that_cannot_be_read_is_one_line),
    T(a_list_at_which_the_decoder_is_stopped_is_told),
};
RUN_TESTS(tests)
