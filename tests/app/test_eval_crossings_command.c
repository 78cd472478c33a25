#include "app/run.h"

#include "app/steps.h"
#include "base/file.h"
#include "base/json.h"

/* Not inlined: gcc 12 then takes what it returns for its local variable. */
__attribute__((noinline)) static char *slurp(const char *path, size_t *n)
{
    uint8_t *data;
    assert_true(lw_file_read(path, 64 * LW_MIB, &data, n, NULL) == LW_OK);
    return (char *)data;
}

/* The cards and networks of the build with a calibration table in the embedding's card, whether it
 * has one of its own or not: what is tested here must not move with it. */
static void make_models(const char *dir, const char *cards, const char *models)
{
    static const char *const names[] = {"detector.json", "landmarks.json"};
    static const char table[] =
        ",\n\"calibration\": {\"data\": \"none\", \"command\": \"none\", \"method\": \"made up\","
        " \"genuine_pairs\": 1, \"impostor_pairs\": 1, \"rows\": [[1, -1], [1e-5, 0.45]]}\n}\n";
    struct lw_names networks = {0};
    char from[4096], to[4096];
    size_t n;
    assert_true(lw_names_list(&networks, models, 1000, NULL) == LW_OK);
    for (size_t i = 0; i < networks.n; i++) {
        snprintf(from, sizeof(from), "%s/%s", models, networks.v[i]);
        snprintf(to, sizeof(to), "%s/%s", dir, networks.v[i]);
        assert_true(symlink(from, to) == 0);
    }
    lw_names_clear(&networks);
    for (size_t i = 0; i < LW_COUNT(names); i++) {
        snprintf(from, sizeof(from), "%s/%s", cards, names[i]);
        char *text = slurp(from, &n);
        temp_write(dir, names[i], text, n);
        free(text);
    }
    snprintf(from, sizeof(from), "%s/embedding.json", cards);
    char *text = slurp(from, &n);
    const char *own = strstr(text, "\"calibration\"");
    size_t end = own ? (size_t)(own - text) : n;
    /* Back to the value before it, or before the closing brace. */
    if (!own)
        while (end > 0 && text[--end] != '}') {
        }
    while (end > 0 && !strchr("]}\"", text[end - 1]))
        end--;
    snprintf(to, sizeof(to), "%s/embedding.json", dir);
    FILE *f = fopen(to, "w");
    assert_non_null(f);
    fwrite(text, 1, end, f);
    fputs(table, f);
    assert_true(fclose(f) == 0);
    free(text);
}

/* Box of the most prominent face. */
static void find_face(const char *photo, double box[4])
{
    struct run r;
    run(&r, "detect", photo, "--json", NULL);
    assert_true(r.code == 0);
    LW_AUTO(lw_json_doc) doc = NULL;
    assert_true(lw_json_parse(&doc, (struct lw_span){(const uint8_t *)r.out, strcspn(r.out, "\n")},
                              NULL) == LW_OK);
    const struct lw_json *face = lw_json_at(lw_json_get(lw_json_root(doc), "faces"), 0);
    assert_non_null(face);
    for (size_t i = 0; i < 4; i++)
        box[i] = lw_json_number(lw_json_at(lw_json_get(face, "box"), i));
    run_clear(&r);
}

/* One camera with three times the same still, and its most prominent face as the only occupant. */
static void make_bundle(const char *dir, const char *photo, const char *truth_key)
{
    char name[32], json[2048];
    double b[4];
    size_t n;
    char *jpeg = slurp(photo, &n);
    assert_true(mkdir(dir, 0700) == 0);
    find_face(photo, b);
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof(name), "front_%d.jpg", i);
        temp_write(dir, name, jpeg, n);
    }
    temp_write(dir, "d1.jpg", jpeg, n);
    free(jpeg);
    int len = snprintf(
        json, sizeof(json),
        "{\"version\": 1, \"id\": \"01KG9H2PD1JQME40KXFDEP2DRB\", \"lane\": \"OUT-1\","
        " \"direction\": \"outbound\", \"opened_utc\": \"2026-01-31T08:00:30.113Z\","
        " \"cameras\": [{\"id\": \"front\", \"view\": \"windshield\","
        " \"source\": \"front_*.jpg\"}], \"synthetic\": true,"
        " \"documents\": [{\"id\": \"d1\", \"kind\": \"image\", \"portrait\": \"d1.jpg\"}]%s"
        "{\"occupants\": [{\"person\": \"p1\", \"seat\": \"1L\", \"document\": \"d1\","
        " \"boxes\": {\"front\": [[0, %g, %g, %g, %g], [1, %g, %g, %g, %g],"
        " [2, %g, %g, %g, %g]]}}], \"condition\": \"day\"}%s",
        truth_key ? truth_key : "}", b[0], b[1], b[2], b[3], b[0], b[1], b[2], b[3], b[0], b[1],
        b[2], b[3], "}");
    if (!truth_key) /* the text ends after the documents */
        len = (int)(strstr(json, "}]}") - json) + 3;
    temp_write(dir, "crossing.json", json, (size_t)len);
}

static bool is_rate(const struct lw_json *v)
{
    return lw_json_size(v) == 4 && lw_json_get(v, "value") && lw_json_get(v, "n") &&
           lw_json_get(v, "of") && lw_json_size(lw_json_get(v, "ci95")) == 2;
}

static const char *const rates[] = {"capture_rate",
                                    "vehicle_completeness",
                                    "vehicle_completeness_one_camera",
                                    "true_verification_rate",
                                    "vehicle_verified_rate",
                                    "vehicle_verified_rate_documented",
                                    "false_verification_rate",
                                    "undeclared_detected",
                                    "phantom_rate"};

static bool has_rates(const struct lw_json *v)
{
    const struct lw_json *rows = lw_json_get(v, "capture_rate_by_row");
    for (size_t i = 0; i < LW_COUNT(rates); i++)
        if (!is_rate(lw_json_get(v, rates[i])))
            return false;
    return is_rate(lw_json_get(rows, "1")) && is_rate(lw_json_get(rows, "2")) &&
           is_rate(lw_json_get(rows, "3"));
}

static void check_summary(const char *out)
{
    char path[4096];
    size_t n;
    LW_AUTO(lw_json_doc) doc = NULL;
    snprintf(path, sizeof(path), "%s/summary.json", out);
    char *text = slurp(path, &n);
    CHECK(lw_json_parse(&doc, (struct lw_span){(const uint8_t *)text, n}, NULL) == LW_OK);
    free(text);
    const struct lw_json *root = lw_json_root(doc), *oracle = lw_json_get(root, "oracle");
    CHECK(lw_json_int(lw_json_get(root, "vehicles")) == 1);
    CHECK(lw_json_int(lw_json_get(root, "occupants")) == 1);
    CHECK(has_rates(root) && has_rates(oracle));
    CHECK(has_rates(lw_json_get(lw_json_get(root, "by_condition"), "day")));
    CHECK(is_rate(lw_json_get(lw_json_get(root, "capture_rate_by_condition"), "day")));
    CHECK(lw_json_number(lw_json_get(lw_json_get(root, "answer_ms"), "p95")) >= 0);
    CHECK(lw_json_number(lw_json_get(root, "cpu_ms_per_vehicle")) > 0);
    CHECK(lw_json_number(lw_json_get(root, "wall_ms_per_vehicle")) > 0);
    /* The picture of the face is its own portrait: truth boxes must verify it. */
    const struct lw_json *verified = lw_json_get(oracle, "true_verification_rate");
    CHECK(lw_json_int(lw_json_get(verified, "n")) == 1);
}

static void a_bundle_with_truth_is_run_and_scored(void **state)
{
    LW_UNUSED(state);
    NEED_DIR(photos, "LW_TEST_PHOTOS");
    NEED_DIR(cards, "LW_TEST_CARDS");
    NEED_DIR(models, "LW_TEST_MODELS");
    char dir[32], bundles[64], bundle[96], out[64], own[64], photo[4096], path[96];
    struct run r;
    size_t n;
    temp_make(dir);
    snprintf(bundles, sizeof(bundles), "%s/bundles", dir);
    snprintf(bundle, sizeof(bundle), "%s/x1", bundles);
    snprintf(out, sizeof(out), "%s/out", dir);
    snprintf(own, sizeof(own), "%s/models", dir);
    snprintf(photo, sizeof(photo), "%s/sample1.jpg", photos);
    CHECK(mkdir(bundles, 0700) == 0 && mkdir(own, 0700) == 0);
    make_models(own, cards, models);
    make_bundle(bundle, photo, ", \"truth\": ");
    run(&r, "eval", "crossings", bundles, "--out", out, "--models", own, NULL);
    if (r.code != 0)
        print_message("said: %s\n", r.err);
    CHECK(r.code == 0 && !*r.err && strstr(r.out, "vehicles complete"));
    CHECK(strstr(r.out, ", synthetic"));
    run_clear(&r);
    CHECK(temp_count(out) == 4);
    check_summary(out);
    snprintf(path, sizeof(path), "%s/occupants.csv", out);
    char *csv = slurp(path, &n);
    CHECK(strstr(csv, "\nx1,day,1,p1,1L,d1,,0,"));
    free(csv);
    snprintf(path, sizeof(path), "%s/report.html", out);
    char *html = slurp(path, &n);
    CHECK(strstr(html, "Synthetic crossings") && !strstr(html, "http"));
    free(html);
    temp_remove(dir);
}

/* The still is the portrait's own picture, seen by one camera: nothing that can be left out here
 * loses it, so that every difference is none. */
static void check_ablation(const char *out)
{
    static const char *const steps[] = {"fusion", "closer_look"};
    char path[4096];
    size_t n;
    LW_AUTO(lw_json_doc) doc = NULL;
    snprintf(path, sizeof(path), "%s/summary.json", out);
    char *text = slurp(path, &n);
    CHECK(lw_json_parse(&doc, (struct lw_span){(const uint8_t *)text, n}, NULL) == LW_OK);
    free(text);
    const struct lw_json *all = lw_json_get(lw_json_root(doc), "ablation");
    CHECK(lw_json_size(all) == LW_COUNT(steps));
    CHECK(lw_json_get(lw_json_root(doc), "oracle") != NULL);
    for (size_t i = 0; i < LW_COUNT(steps); i++) {
        const struct lw_json *step = lw_json_get(all, steps[i]);
        const struct lw_json *rate = lw_json_get(step, "true_verification_rate");
        const struct lw_json *gain = lw_json_get(rate, "difference");
        CHECK(is_rate(lw_json_get(rate, "without")));
        CHECK(lw_json_int(lw_json_get(lw_json_get(rate, "without"), "n")) == 1);
        CHECK(lw_json_number(lw_json_get(gain, "value")) == 0);
        CHECK(lw_json_size(lw_json_get(gain, "ci95")) == 2);
        CHECK(lw_json_number(lw_json_get(step, "cpu_ms_per_vehicle")) > 0);
    }
}

static void steps_are_left_out_on_the_same_bundles(void **state)
{
    LW_UNUSED(state);
    NEED_DIR(photos, "LW_TEST_PHOTOS");
    NEED_DIR(cards, "LW_TEST_CARDS");
    NEED_DIR(models, "LW_TEST_MODELS");
    char dir[32], bundles[64], bundle[96], out[64], own[64], photo[4096], path[128];
    struct run r;
    size_t n;
    temp_make(dir);
    snprintf(bundles, sizeof(bundles), "%s/bundles", dir);
    snprintf(bundle, sizeof(bundle), "%s/x1", bundles);
    snprintf(out, sizeof(out), "%s/out", dir);
    snprintf(own, sizeof(own), "%s/models", dir);
    snprintf(photo, sizeof(photo), "%s/sample1.jpg", photos);
    CHECK(mkdir(bundles, 0700) == 0 && mkdir(own, 0700) == 0);
    make_models(own, cards, models);
    make_bundle(bundle, photo, ", \"truth\": ");
    run(&r, "eval", "crossings", bundles, "--out", out, "--models", own, "--no-oracle",
        "--ablate=fusion,closer-look", NULL);
    CHECK(r.code == 0 && !*r.err && strstr(r.out, "closer-look"));
    run_clear(&r);
    check_ablation(out);
    snprintf(path, sizeof(path), "%s/ablation-closer-look.svg", out);
    char *svg = slurp(path, &n);
    CHECK(n > 500 && strncmp(svg, "<svg xmlns=", 11) == 0 && strstr(svg, "without closer-look"));
    free(svg);
    snprintf(path, sizeof(path), "%s/ablation.svg", out);
    CHECK(access(path, F_OK) == 0);
    temp_remove(dir);
}

static void every_step_stands_in_the_help(void **state)
{
    struct run r;
    LW_UNUSED(state);
    run(&r, "eval", "crossings", "--help", NULL);
    for (size_t i = 0; i < LW_STEPS; i++)
        CHECK(strstr(r.out, lw_steps[i].name));
    run_clear(&r);
}

static void an_unknown_step_is_refused_before_any_work(void **state)
{
    static const char *const lists[] = {"--ablate=teleport", "--ablate=fusion,fusion",
                                        "--ablate=fusion,,contrast"};
    LW_UNUSED(state);
    for (size_t i = 0; i < LW_COUNT(lists); i++) {
        struct run r;
        run(&r, "eval", "crossings", "/nowhere", "--out", "/tmp/lw-never-made", lists[i], NULL);
        CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "--ablate"));
        run_clear(&r);
    }
}

static void bundles_without_truth_are_refused_before_any_work(void **state)
{
    LW_UNUSED(state);
    NEED_DIR(photos, "LW_TEST_PHOTOS");
    char dir[32], bundle[64], photo[4096];
    struct run r;
    temp_make(dir);
    run(&r, "eval", "crossings", dir, "--out", "/tmp/lw-never-made", NULL);
    CHECK(r.code == 2 && one_line(r.err) &&
          strstr(r.err, "has no folder DIR/bundle/crossing.json"));
    run_clear(&r);
    snprintf(photo, sizeof(photo), "%s/sample1.jpg", photos);
    snprintf(bundle, sizeof(bundle), "%s/x1", dir);
    make_bundle(bundle, photo, NULL);
    run(&r, "eval", "crossings", dir, "--out", "/tmp/lw-never-made", NULL);
    CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "x1/crossing.json") &&
          strstr(r.err, "truth"));
    run_clear(&r);
    CHECK(access("/tmp/lw-never-made", F_OK) != 0);
    temp_remove(dir);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_bundle_with_truth_is_run_and_scored),
    cmocka_unit_test(steps_are_left_out_on_the_same_bundles),
    cmocka_unit_test(every_step_stands_in_the_help),
    cmocka_unit_test(an_unknown_step_is_refused_before_any_work),
    cmocka_unit_test(bundles_without_truth_are_refused_before_any_work),
};
RUN_TESTS(tests)
