#include "app/run.h"

#include "base/base.h"
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

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_stage_is_timed_beside_its_peer),
    cmocka_unit_test(an_unknown_stage_is_refused_before_any_work),
    cmocka_unit_test(stages_without_a_peer_say_so),
    cmocka_unit_test(an_earlier_ratio_stands_beside_this_one),
    cmocka_unit_test(the_baseline_of_the_project_can_be_read),
};
RUN_TESTS(tests)
