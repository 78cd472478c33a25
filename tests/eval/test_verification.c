#include "check.h"

#include <math.h>

#include "base/file.h"
#include "base/json.h"
#include "base/rng.h"
#include "eval/html.h"
#include "eval/outdir.h"
#include "eval/plot.h"
#include "eval/verification.h"

/* Genuine scores 0.50 ... 0.99, impostor scores spread over 0 ... 0.55. */
static struct lw_scores make_scores(size_t genuine, size_t impostor)
{
    struct lw_scores s = {.genuine = (int64_t)genuine + 1,
                          .impostor = (int64_t)impostor,
                          .n_genuine = genuine,
                          .n_top = impostor,
                          .matches = calloc(genuine + 1, sizeof(*s.matches)),
                          .top = calloc(impostor + 1, sizeof(*s.top))};
    for (size_t i = 0; i < genuine; i++)
        s.matches[i] = (struct lw_comparison){0.99f - 0.49f * (float)i / (float)genuine,
                                              (uint32_t)i, (uint32_t)i};
    for (size_t i = 0; i < impostor; i++) {
        uint32_t item = (uint32_t)(genuine + 1 + i);
        s.top[i] = (struct lw_comparison){0.55f - 0.55f * (float)i / (float)impostor, item, item};
    }
    return s;
}

static struct lw_verification estimate(const struct lw_scores *s)
{
    size_t n = (size_t)(s->genuine + s->impostor);
    uint32_t *of = calloc(n, 4), *g = calloc(n, 4), *i = calloc(n, 4);
    struct lw_verification v = {.scores = s};
    const struct lw_units units = {
        .n = n, .n_items = n, .of_item = of, .genuine = g, .impostor = i};
    const struct lw_estimate_opts opts = {.replicates = 50, .seed = 1, .threads = 1};
    for (size_t k = 0; k < n; k++) {
        of[k] = (uint32_t)k;
        g[k] = k < (size_t)s->genuine;
        i[k] = !g[k];
    }
    CHECK(lw_estimate(&v.est, s, &units, &opts) == LW_OK);
    v.fta = lw_rate_of(1, 51);
    v.accuracy = lw_rate_of(90, 100);
    free(of);
    free(g);
    free(i);
    return v;
}

static bool is_rate(const struct lw_json *v)
{
    const struct lw_json *ci = lw_json_get(v, "ci95");
    double value = lw_json_number(lw_json_get(v, "value"));
    return lw_json_size(v) == 4 && lw_json_size(ci) == 2 &&
           lw_json_number(lw_json_at(ci, 0)) <= value + 1e-12 &&
           lw_json_number(lw_json_at(ci, 1)) >= value - 1e-12 &&
           fabs(lw_json_number(lw_json_get(v, "n")) / lw_json_number(lw_json_get(v, "of")) -
                value) < 1e-12;
}

static void the_summary_has_the_agreed_keys_and_every_rate_its_interval(void **state)
{
    static const char *const keys[] = {
        "pairs",           "genuine",     "impostor",         "fta", "auc", "eer",
        "accuracy_10fold", "fnmr_at_fmr", "threshold_at_fmr", NULL};
    static const char *const rates[] = {"fta", "auc", "eer", "accuracy_10fold"};
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    LW_AUTO(lw_json_doc) doc = NULL;
    LW_UNUSED(state);
    struct lw_scores s = make_scores(50, 2000);
    const struct lw_verification v = estimate(&s);
    lw_verification_put_json(&b, &v);
    CHECK(lw_json_parse(&doc, lw_strbuf_span(&b), NULL) == LW_OK);
    const struct lw_json *root = lw_json_root(doc);
    CHECK(lw_json_only(root, keys, "", NULL) == LW_OK && lw_json_size(root) == 9);
    CHECK(lw_json_int(lw_json_get(root, "pairs")) == 2051);
    for (size_t i = 0; i < LW_COUNT(rates); i++)
        CHECK(is_rate(lw_json_get(root, rates[i])));
    for (size_t i = 0; i < LW_FMR_TARGETS; i++) {
        const char *name = lw_fmr_target_names[i];
        CHECK(is_rate(lw_json_get(lw_json_get(root, "fnmr_at_fmr"), name)));
        double t = lw_json_number(lw_json_get(lw_json_get(root, "threshold_at_fmr"), name));
        CHECK((float)t == v.est.threshold[i]);
    }
    lw_scores_clear(&s);
}

static void calibration_rows_keep_the_upper_end_of_the_evidence_below_fmr(void **state)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    LW_AUTO(lw_json_doc) doc = NULL;
    LW_UNUSED(state);
    struct lw_scores s = make_scores(5, 10000);
    const struct lw_verification v = estimate(&s);
    lw_verification_put_calibration(&b, &v, "\"these\" data", "this command");
    CHECK(lw_json_parse(&doc, lw_strbuf_span(&b), NULL) == LW_OK);
    const struct lw_json *root = lw_json_root(doc), *rows = lw_json_get(root, "rows");
    assert_string_equal(lw_json_string(lw_json_get(root, "data")), "\"these\" data");
    CHECK(lw_json_int(lw_json_get(root, "impostor_pairs")) == 10000);
    double last_fmr = 2, last_threshold = -1;
    for (size_t i = 0; i < lw_json_size(rows); i++) {
        double fmr = lw_json_number(lw_json_at(lw_json_at(rows, i), 0));
        double t = lw_json_number(lw_json_at(lw_json_at(rows, i), 1));
        double matches = (double)lw_scores_impostor_at(&s, (double)(float)t);
        CHECK(fmr < last_fmr && t > last_threshold);
        CHECK(lw_rate_of(matches, 10000).high <= fmr && matches >= LW_CALIBRATION_MIN);
        last_fmr = fmr;
        last_threshold = t;
    }
    /* 1, 0.5, ... 0.002: at 0.001 ten false matches cannot be had for sure */
    CHECK(lw_json_size(rows) == 9 && fabs(last_fmr - 0.002) < 1e-9);
    lw_scores_clear(&s);
}

static void without_impostors_there_are_no_calibration_rows(void **state)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    LW_AUTO(lw_json_doc) doc = NULL;
    LW_UNUSED(state);
    struct lw_scores s = make_scores(5, 0);
    const struct lw_verification v = estimate(&s);
    lw_verification_put_calibration(&b, &v, "", "");
    CHECK(lw_json_parse(&doc, lw_strbuf_span(&b), NULL) == LW_OK);
    CHECK(lw_json_size(lw_json_get(lw_json_root(doc), "rows")) == 0);
    lw_scores_clear(&s);
}

static struct lw_shown show(const void *ctx, const struct lw_comparison *c)
{
    LW_UNUSED(ctx);
    LW_UNUSED(c);
    return (struct lw_shown){"a<b>.jpg", "c&d.jpg", "/nowhere/a.jpg", "/nowhere/b.jpg"};
}

static struct lw_verification_story story_of(const char *const *missed)
{
    static const struct lw_fact facts[] = {{"Data", "<here>"}};
    return (struct lw_verification_story){.title = "A test",
                                          .folds = "f",
                                          .intervals = "i",
                                          .facts = facts,
                                          .n_facts = 1,
                                          .shown = show,
                                          .missed = missed,
                                          .n_missed = 1};
}

static void the_report_stands_alone_and_escapes_what_it_shows(void **state)
{
    static const char *const missed[] = {"<no face>.jpg"};
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    LW_UNUSED(state);
    struct lw_scores s = make_scores(50, 2000);
    const struct lw_verification v = estimate(&s);
    const struct lw_verification_story story = story_of(missed);
    CHECK(lw_verification_put_html(&b, &v, &story, NULL) == LW_OK && lw_strbuf_err(&b) == 0);
    const char *html = lw_strbuf_peek(&b);
    CHECK(strstr(html, "a&lt;b&gt;.jpg") && strstr(html, "c&amp;d.jpg"));
    CHECK(strstr(html, "&lt;no face&gt;.jpg") && strstr(html, "&lt;here&gt;"));
    CHECK(!strstr(html, "http") && !strstr(html, "<script") && !strstr(html, "src="));
    CHECK(!strstr(html, "nan") && !strstr(html, "inf"));
    const char *svg = html;
    int plots = 0;
    for (; (svg = strstr(svg, "<svg")); svg++)
        plots++;
    CHECK(plots == 4);
    lw_scores_clear(&s);
}

static void a_picture_that_cannot_be_embedded_is_named(void **state)
{
    static const char *const missed[] = {"m"};
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_why why;
    LW_UNUSED(state);
    struct lw_scores s = make_scores(5, 20);
    const struct lw_verification v = estimate(&s);
    struct lw_verification_story story = story_of(missed);
    story.pictures = true;
    CHECK(lw_verification_put_html(&b, &v, &story, &why) < 0);
    assert_non_null(strstr(why.text, "/nowhere/a.jpg"));
    lw_scores_clear(&s);
}

/* A table of the normal distribution. */
static void the_normal_deviate_is_that_of_the_tables(void **state)
{
    LW_UNUSED(state);
    CHECK(fabs(lw_probit(0.975) - 1.959963984540054) < 1e-9);
    CHECK(fabs(lw_probit(0.5)) < 1e-9 && fabs(lw_probit(0.001) + 3.090232306167814) < 1e-9);
}

static void counts_have_commas(void **state)
{
    char text[LW_COUNT_TEXT];
    LW_UNUSED(state);
    lw_count_print(text, 29640749);
    assert_string_equal(text, "29,640,749");
    lw_count_print(text, -1000);
    assert_string_equal(text, "-1,000");
    lw_count_print(text, 999);
    assert_string_equal(text, "999");
}

static bool same_text(const char *dir, const char *name, const char *text)
{
    LW_AUTO_MEM(char) path = NULL;
    LW_AUTO_MEM(uint8_t) data = NULL;
    size_t n;
    return lw_path_join(dir, name, &path, NULL) == LW_OK &&
           lw_file_read(path, 1000, &data, &n, NULL) == LW_OK && n == strlen(text) &&
           memcmp(data, text, n) == 0;
}

static size_t entries(const char *dir)
{
    char command[600];
    char line[32] = "";
    snprintf(command, sizeof(command), "ls -A '%s' | wc -l", dir);
    FILE *p = popen(command, "r");
    assert_non_null(p);
    CHECK(fgets(line, sizeof(line), p));
    pclose(p);
    return (size_t)atoi(line);
}

static void results_are_written_all_or_none(void **state)
{
    char dir[] = "/tmp/lw-outdir-XXXXXX";
    char out[64], blocked[96];
    struct lw_why why;
    LW_AUTO_STRBUF a = LW_STRBUF_INIT;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    LW_UNUSED(state);
    assert_non_null(mkdtemp(dir));
    snprintf(out, sizeof(out), "%s/deep/er", dir);
    lw_strbuf_puts(&a, "first");
    lw_strbuf_puts(&b, "second");
    const struct lw_out_file files[] = {{"a.txt", &a}, {"b.txt", &b}};
    CHECK(lw_outdir_check(out, &why) == LW_OK && access(out, F_OK) != 0);
    CHECK(lw_outdir_write(out, files, 2, &why) == LW_OK);
    CHECK(same_text(out, "a.txt", "first") && same_text(out, "b.txt", "second"));
    CHECK(entries(out) == 2);

    /* A folder stands where the second file must go: nothing is written. */
    snprintf(blocked, sizeof(blocked), "%s/c.txt", out);
    CHECK(lw_dir_make(blocked, NULL) == LW_OK);
    const struct lw_out_file again[] = {{"d.txt", &a}, {"c.txt", &b}};
    CHECK(lw_outdir_write(out, again, 2, &why) < 0);
    assert_non_null(strstr(why.text, "c.txt"));
    CHECK(entries(out) == 3); /* a, b, and the folder: neither d nor a temporary file */

    snprintf(blocked, sizeof(blocked), "%s/a.txt/x", out);
    CHECK(lw_outdir_check(blocked, &why) < 0);
    char command[64];
    snprintf(command, sizeof(command), "rm -r '%s'", dir);
    CHECK(system(command) == 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_summary_has_the_agreed_keys_and_every_rate_its_interval),
    cmocka_unit_test(calibration_rows_keep_the_upper_end_of_the_evidence_below_fmr),
    cmocka_unit_test(without_impostors_there_are_no_calibration_rows),
    cmocka_unit_test(the_report_stands_alone_and_escapes_what_it_shows),
    cmocka_unit_test(a_picture_that_cannot_be_embedded_is_named),
    cmocka_unit_test(the_normal_deviate_is_that_of_the_tables),
    cmocka_unit_test(counts_have_commas),
    cmocka_unit_test(results_are_written_all_or_none),
};
RUN_TESTS(tests)
