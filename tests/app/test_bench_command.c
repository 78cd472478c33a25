#include "app/run.h"

#include "base/file.h"
#include "base/json.h"

static struct lw_json_doc *parse_line(const char *text, size_t n)
{
    struct lw_json_doc *doc = NULL;
    assert_true(lw_json_parse(&doc, (struct lw_span){(const uint8_t *)text, n}, NULL) == LW_OK);
    return doc;
}

static double number(const struct lw_json *v, const char *key)
{
    return lw_json_number(lw_json_get(v, key));
}

static void a_stage_is_timed_beside_its_peer(void **state)
{
    struct run r;
    LW_UNUSED(state);
    run(&r, "bench", "landmarks", "--seconds", "0.05", "--json", "--photos", "/nowhere", NULL);
    CHECK(r.code == 0 && one_line(r.out));
    LW_AUTO(lw_json_doc) doc = parse_line(r.out, r.n_out);
    const struct lw_json *v = lw_json_root(doc), *peer = lw_json_get(v, "peer");
    assert_string_equal(lw_json_string(lw_json_get(v, "name")), "landmarks");
    CHECK(number(v, "median_ms") > 0 && number(v, "p95_ms") >= number(v, "median_ms"));
    double ratio = number(v, "median_ms") / number(peer, "median_ms");
    CHECK(number(v, "ratio") > 0.999 * ratio && number(v, "ratio") < 1.001 * ratio);
    double rate = number(v, "per_second") * number(v, "median_ms") / 1000;
    CHECK(rate > 0.999 && rate < 1.001 && number(v, "repeats") >= 5);
    run_clear(&r);
}

static void closing_a_crossing_is_timed_beside_bare_sqlite(void **state)
{
    struct run r;
    LW_UNUSED(state);
    run(&r, "bench", "store_close", "store_sustained", "--seconds", "0.02", "--json", NULL);
    CHECK(r.code == 0 && strstr(r.out, "\"bare SQLite, the same bytes, FULL\""));
    size_t n = strcspn(r.out, "\n");
    LW_AUTO(lw_json_doc) doc = parse_line(r.out, n);
    CHECK(number(lw_json_root(doc), "ratio") > 0.2 && r.n_out > n + 2);
    run_clear(&r);
}

static void an_unknown_stage_is_refused_before_any_work(void **state)
{
    struct run r;
    LW_UNUSED(state);
    run(&r, "bench", "align", "teleport", NULL);
    CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "teleport") && !*r.out);
    run_clear(&r);
}

static void stages_without_a_peer_say_so(void **state)
{
    struct run r;
    LW_UNUSED(state);
    run(&r, "bench", "align", "--seconds", "0.02", "--json", NULL);
    CHECK(r.code == 0 && strstr(r.out, "\"peer\": null"));
    run_clear(&r);
}

static void an_earlier_ratio_stands_beside_this_one(void **state)
{
    static const char good[] =
        "name,peer,ratio\r\nlandmarks,\"the runtime's bare Run, no crop\",0.01\n";
    static const char bad[] = "name,peer,ratio\nlandmarks,x,fast\n";
    char dir[32], path[64];
    struct run r;
    LW_UNUSED(state);
    temp_make(dir);
    snprintf(path, sizeof(path), "%s/b.csv", dir);
    temp_write(dir, "b.csv", good, strlen(good));
    run(&r, "bench", "landmarks", "--seconds", "0.02", "--baseline", path, NULL);
    CHECK(r.code == 0 && strstr(r.out, "(baseline 0.01: SLOWER)"));
    run_clear(&r);
    temp_write(dir, "b.csv", bad, strlen(bad));
    run(&r, "bench", "landmarks", "--baseline", path, NULL);
    CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "b.csv: line 2: the ratio is no number"));
    run_clear(&r);
    temp_remove(dir);
}

static void the_baseline_of_the_project_can_be_read(void **state)
{
    struct run r;
    LW_UNUSED(state);
    run(&r, "bench", "align", "--seconds", "0.02", "--baseline", "bench/baseline.csv", NULL);
    CHECK(r.code == 0);
    run_clear(&r);
}

/* One still, three times, with the most prominent face as the only occupant. */
static void make_bundle(const char *dir, const char *photo)
{
    static const char json[] =
        "{\"version\": 1, \"id\": \"01KG9H2PD1JQME40KXFDEP2DRB\", \"lane\": \"OUT-1\","
        " \"direction\": \"outbound\", \"opened_utc\": \"2026-01-31T08:00:30.113Z\","
        " \"cameras\": [{\"id\": \"front\", \"view\": \"windshield\","
        " \"source\": \"front_*.jpg\"}], \"synthetic\": true,"
        " \"documents\": [{\"id\": \"d1\", \"kind\": \"image\", \"portrait\": \"front_0.jpg\"}],"
        " \"truth\": {\"occupants\": [{\"person\": \"p1\", \"seat\": \"1L\","
        " \"document\": \"d1\", \"boxes\": {\"front\": [[0, 1, 1, 9, 9]]}}]}}";
    char name[32], path[64];
    uint8_t *jpeg;
    size_t n;
    snprintf(path, sizeof(path), "%s/x1", dir);
    assert_true(mkdir(path, 0700) == 0);
    assert_true(lw_file_read(photo, 64 * LW_MIB, &jpeg, &n, NULL) == LW_OK);
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof(name), "front_%d.jpg", i);
        temp_write(path, name, jpeg, n);
    }
    free(jpeg);
    temp_write(path, "crossing.json", json, strlen(json));
}

static void whole_crossings_are_measured_beside_a_plain_peer(void **state)
{
    LW_UNUSED(state);
    NEED_DIR(photos, "LW_TEST_PHOTOS");
    char dir[32], photo[4096];
    struct run r;
    temp_make(dir);
    snprintf(photo, sizeof(photo), "%s/sample1.jpg", photos);
    make_bundle(dir, photo);
    run(&r, "bench", "crossings", "--data", dir, "--json", NULL);
    CHECK(r.code == 0 && one_line(r.out) && !*r.err);
    LW_AUTO(lw_json_doc) doc = parse_line(r.out, r.n_out);
    const struct lw_json *v = lw_json_root(doc), *peer = lw_json_get(v, "peer");
    assert_string_equal(lw_json_string(lw_json_get(v, "name")), "crossings");
    CHECK(number(v, "vehicles") == 1 && lw_json_bool(lw_json_get(v, "synthetic")));
    double ratio = number(peer, "cpu_ms_per_vehicle") / number(v, "cpu_ms_per_vehicle");
    CHECK(number(v, "cpu_ratio") > 0.999 * ratio && number(v, "cpu_ratio") < 1.001 * ratio);
    CHECK(ratio > 1); /* it looks at the whole of every frame */
    CHECK(lw_json_size(lw_json_get(v, "vehicle_completeness")) == 4);
    CHECK(lw_json_size(lw_json_get(peer, "true_verification_rate")) == 4);
    CHECK(number(lw_json_get(v, "answer_ms"), "p95") >= 0);
    run_clear(&r);
    run(&r, "bench", "crossings", "--data", "/nowhere", NULL);
    CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "/nowhere"));
    run_clear(&r);
    temp_remove(dir);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(closing_a_crossing_is_timed_beside_bare_sqlite),
    cmocka_unit_test(a_stage_is_timed_beside_its_peer),
    cmocka_unit_test(an_unknown_stage_is_refused_before_any_work),
    cmocka_unit_test(stages_without_a_peer_say_so),
    cmocka_unit_test(an_earlier_ratio_stands_beside_this_one),
    cmocka_unit_test(the_baseline_of_the_project_can_be_read),
    cmocka_unit_test(whole_crossings_are_measured_beside_a_plain_peer),
};
RUN_TESTS(tests)
