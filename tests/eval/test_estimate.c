#include "check.h"

#include <math.h>

#include "base/rng.h"
#include "eval/estimate.h"

/* A list of comparisons, each its own unit, as `eval pairs` makes them. */
struct sample {
    struct lw_scores scores;
    uint32_t *of_item, *genuine, *impostor;
    struct lw_units units;
};

static struct lw_comparison *put_all(const float *v, size_t n, size_t first)
{
    struct lw_comparison *out = calloc(n + 1, sizeof(*out));
    assert_non_null(out);
    for (size_t i = 0; i < n; i++)
        out[i] = (struct lw_comparison){v[i], (uint32_t)(first + i), (uint32_t)(first + i)};
    CHECK(lw_comparisons_sort(out, n) == LW_OK);
    return out;
}

/* `unscored` genuine and impostor comparisons each lack a score. */
static struct sample sample_of(const float *g, size_t n_g, const float *i, size_t n_i,
                               size_t unscored)
{
    size_t n = n_g + n_i + 2 * unscored;
    struct sample s = {
        .of_item = calloc(n + 1, 4), .genuine = calloc(n + 1, 4), .impostor = calloc(n + 1, 4)};
    s.scores = (struct lw_scores){.genuine = (int64_t)(n_g + unscored),
                                  .impostor = (int64_t)(n_i + unscored),
                                  .n_genuine = n_g,
                                  .n_top = n_i,
                                  .matches = put_all(g, n_g, 0),
                                  .top = put_all(i, n_i, n_g)};
    for (size_t k = 0; k < n; k++) {
        bool genuine = k < n_g || (k >= n_g + n_i && k < n_g + n_i + unscored);
        s.of_item[k] = (uint32_t)k;
        s.genuine[k] = genuine;
        s.impostor[k] = !genuine;
    }
    s.units = (struct lw_units){
        .n = n, .n_items = n, .of_item = s.of_item, .genuine = s.genuine, .impostor = s.impostor};
    return s;
}

static void sample_clear(struct sample *s)
{
    lw_scores_clear(&s->scores);
    free(s->of_item);
    free(s->genuine);
    free(s->impostor);
}

static const float genuine7[] = {0.91f, 0.80f, 0.77f, 0.62f, 0.55f, 0.55f, 0.30f};
static const float impostor9[] = {0.60f, 0.55f, 0.48f, 0.41f, 0.40f, 0.33f, 0.22f, 0.10f, 0.05f};

static bool near(double a, double b)
{
    return fabs(a - b) < 1e-12;
}

/* scipy.stats.mannwhitneyu gives U = 54 for these lists, and 61.5 with one lowest value added to
 * each; EER by trying every score as threshold in numpy. */
static void auc_and_eer_are_those_of_an_independent_program(void **state)
{
    struct lw_estimates e;
    LW_UNUSED(state);
    struct sample s = sample_of(genuine7, 7, impostor9, 9, 0);
    CHECK(lw_estimate(&e, &s.scores, &s.units, NULL) == LW_OK);
    CHECK(e.auc.n == 54 && e.auc.of == 63);
    CHECK(near(e.eer.value, 0.18253968253968253) && near((double)e.eer_threshold, (double)0.55f));
    sample_clear(&s);

    s = sample_of(genuine7, 7, impostor9, 9, 1);
    CHECK(lw_estimate(&e, &s.scores, &s.units, NULL) == LW_OK);
    CHECK(e.auc.n == 61.5 && e.auc.of == 80 && near(e.auc.value, 0.76875));
    CHECK(near(e.eer.value, 0.225) && near(e.eer.value, e.eer.n / e.eer.of));
    sample_clear(&s);
}

static void the_threshold_lies_just_above_the_impostor_that_must_not_match(void **state)
{
    LW_UNUSED(state);
    struct sample s = sample_of(genuine7, 7, impostor9, 9, 1);
    const struct lw_scores *v = &s.scores;
    CHECK(lw_scores_allowed(v, 0.1) == 1 && lw_scores_allowed(v, 0.25) == 2);
    float t = lw_scores_threshold(v, 1);
    CHECK(t > 0.55f && t == nextafterf(0.55f, 1));
    CHECK(lw_scores_impostor_at(v, (double)t) == 1);
    CHECK(lw_scores_impostor_at(v, (double)0.55f) == 2);
    CHECK(lw_scores_genuine_at(v, (double)t) == 4);
    CHECK(lw_scores_threshold(v, 0) == nextafterf(0.60f, 1));
    CHECK(lw_scores_threshold(v, 9) == -INFINITY);
    sample_clear(&s);
}

static void allowed_false_matches_are_not_lost_to_rounding(void **state)
{
    struct lw_scores s = {.impostor = 30000};
    LW_UNUSED(state);
    CHECK(lw_scores_allowed(&s, 0.0001) == 3 && lw_scores_allowed(&s, 0.001) == 30);
    s.impostor = 29999;
    CHECK(lw_scores_allowed(&s, 0.0001) == 2);
}

static void a_face_not_acquired_counts_as_a_non_match(void **state)
{
    struct lw_estimates e;
    LW_UNUSED(state);
    struct sample s = sample_of(genuine7, 7, impostor9, 9, 1);
    CHECK(lw_estimate(&e, &s.scores, &s.units, NULL) == LW_OK);
    /* At FMR 0.1 one impostor of ten may match: four of eight genuine ones do not. */
    CHECK(e.fnmr[0].n == 4 && e.fnmr[0].of == 8 && e.false_matches[0] == 1);
    /* At 0.01 none may, and 0.62 is the lowest genuine score above 0.60. */
    CHECK(e.fnmr[1].n == 4 && e.false_matches[1] == 0);
    sample_clear(&s);
}

static void equal_scores_move_together(void **state)
{
    static const float same[] = {0.5f, 0.5f, 0.5f, 0.5f};
    struct lw_estimates e;
    LW_UNUSED(state);
    struct sample s = sample_of(same, 4, same, 4, 0);
    CHECK(lw_estimate(&e, &s.scores, &s.units, NULL) == LW_OK);
    CHECK(near(e.auc.value, 0.5) && near(e.eer.value, 0.5));
    CHECK(e.fnmr[0].n == 4);
    sample_clear(&s);
}

static void separated_scores_have_no_errors_but_an_interval(void **state)
{
    static const float g[] = {0.9f, 0.8f, 0.7f}, i[] = {0.1f, 0.2f, 0.3f, 0.0f};
    struct lw_estimates e;
    LW_UNUSED(state);
    struct sample s = sample_of(g, 3, i, 4, 0);
    CHECK(lw_estimate(&e, &s.scores, &s.units, NULL) == LW_OK);
    CHECK(e.auc.value == 1 && e.auc.high == 1 && e.auc.low < 0.7);
    CHECK(e.eer.value == 0 && e.eer.low == 0 && e.eer.high > 0.3);
    CHECK(e.fnmr[4].n == 0 && e.fnmr[4].high > 0.5);
    sample_clear(&s);
}

static void without_one_kind_of_comparison_rates_have_no_value(void **state)
{
    struct lw_estimates e;
    LW_UNUSED(state);
    struct sample s = sample_of(genuine7, 7, NULL, 0, 0);
    CHECK(lw_estimate(&e, &s.scores, &s.units, NULL) == LW_OK);
    CHECK(isnan(e.auc.value) && isnan(e.eer.value) && isnan(e.fnmr[0].value));
    CHECK(isnan(e.threshold[0]));
    sample_clear(&s);
    s = sample_of(NULL, 0, impostor9, 9, 0);
    CHECK(lw_estimate(&e, &s.scores, &s.units, NULL) == LW_OK);
    CHECK(isnan(e.auc.value) && isnan(e.fnmr[0].value));
    CHECK(e.threshold[0] == nextafterf(0.60f, 1));
    sample_clear(&s);
}

static void nobody_acquired_means_nobody_matched(void **state)
{
    struct lw_estimates e;
    LW_UNUSED(state);
    struct sample s = sample_of(NULL, 0, NULL, 0, 3);
    CHECK(lw_estimate(&e, &s.scores, &s.units, NULL) == LW_OK);
    CHECK(e.fnmr[0].n == 3 && e.fnmr[0].of == 3);
    CHECK(near(e.auc.value, 0.5) && near(e.eer.value, 0.5));
    sample_clear(&s);
}

static void fill_gauss(float *v, size_t n, double mean, struct lw_rng *rng)
{
    for (size_t i = 0; i < n; i++)
        v[i] = (float)(mean + lw_rng_gauss(rng));
}

/* Genuine scores are normal around 2, impostor scores around 0: EER is Phi(-1) = 0.15866, AUC is
 * Phi(sqrt 2) = 0.92135. */
static void intervals_cover_the_truth_as_often_as_they_say(void **state)
{
    enum { SETS = 100, N = 150 };
    float g[N], i[N];
    int eer = 0, auc = 0;
    struct lw_rng rng = lw_rng_seed(5);
    LW_UNUSED(state);
    for (int k = 0; k < SETS; k++) {
        struct lw_estimates e;
        fill_gauss(g, N, 2, &rng);
        fill_gauss(i, N, 0, &rng);
        struct sample s = sample_of(g, N, i, N, 0);
        const struct lw_estimate_opts opts = {.replicates = 200, .seed = 1, .threads = 1};
        CHECK(lw_estimate(&e, &s.scores, &s.units, &opts) == LW_OK);
        eer += e.eer.low <= 0.15866 && e.eer.high >= 0.15866;
        auc += e.auc.low <= 0.92135 && e.auc.high >= 0.92135;
        sample_clear(&s);
    }
    CHECK(eer >= 88 && auc >= 88); /* 95 expected; 87 or fewer once in a thousand */
}

/* Ten people of four photos; everything about a person is the same, so that there are ten
 * independent observations behind sixty genuine comparisons. */
static void comparisons_of_one_person_are_not_taken_as_independent(void **state)
{
    enum { PEOPLE = 10, PHOTOS = 4, N = PEOPLE * PHOTOS };
    uint32_t person[N], genuine[PEOPLE], photos[PEOPLE];
    struct lw_comparison g[60], i[N * N];
    size_t n_g = 0, n_i = 0;
    LW_UNUSED(state);
    for (uint32_t a = 0; a < N; a++) {
        person[a] = a / PHOTOS;
        genuine[a / PHOTOS] = 6;
        photos[a / PHOTOS] = PHOTOS;
        for (uint32_t b = 0; b < a; b++) {
            if (person[b] == a / PHOTOS) /* two of ten people never match */
                g[n_g++] = (struct lw_comparison){person[b] < 2 ? 0.1f : 0.9f, b, a};
            else
                i[n_i++] = (struct lw_comparison){0.5f, b, a};
        }
    }
    CHECK(n_g == 60 && lw_comparisons_sort(g, n_g) == LW_OK);
    struct lw_scores s = {.genuine = 60,
                          .impostor = (int64_t)n_i,
                          .n_genuine = n_g,
                          .n_top = n_i,
                          .matches = g,
                          .top = i};
    struct lw_units u = {
        .n = PEOPLE, .n_items = N, .of_item = person, .genuine = genuine, .photos = photos};
    struct lw_estimates e;
    CHECK(lw_estimate(&e, &s, &u, NULL) == LW_OK);
    struct lw_rate alone = lw_rate_of(12, 60), people = lw_rate_of(2, 10);
    CHECK(e.fnmr[0].n == 12 && e.fnmr[0].of == 60);
    CHECK(e.fnmr[0].high - e.fnmr[0].low > 1.5 * (alone.high - alone.low));
    CHECK(e.fnmr[0].high < people.high + 0.1);
}

static void the_same_data_give_the_same_intervals_on_any_number_of_threads(void **state)
{
    float g[50], i[400];
    struct lw_rng rng = lw_rng_seed(9);
    struct lw_estimates one, three;
    LW_UNUSED(state);
    fill_gauss(g, 50, 2, &rng);
    fill_gauss(i, 400, 0, &rng);
    struct sample s = sample_of(g, 50, i, 400, 2);
    struct lw_estimate_opts opts = LW_ESTIMATE_DEFAULTS;
    CHECK(lw_estimate(&one, &s.scores, &s.units, &opts) == LW_OK);
    opts.threads = 3;
    CHECK(lw_estimate(&three, &s.scores, &s.units, &opts) == LW_OK);
    CHECK(one.eer.low == three.eer.low && one.auc.high == three.auc.high);
    CHECK(one.fnmr[2].high == three.fnmr[2].high && one.band_low[3] == three.band_low[3]);
    sample_clear(&s);
}

/* The same scores once kept in full, once with all but the highest in bins. */
static void bins_say_what_the_kept_scores_say(void **state)
{
    enum { G = 300, I = 20000, BINS = 4096 };
    static float g[G], i[I];
    struct lw_rng rng = lw_rng_seed(11);
    struct lw_estimates whole, binned;
    LW_UNUSED(state);
    fill_gauss(g, G, 3, &rng);
    fill_gauss(i, I, 0, &rng);
    struct sample s = sample_of(g, G, i, I, 1);
    CHECK(lw_estimate(&whole, &s.scores, &s.units, NULL) == LW_OK);

    struct lw_scores *v = &s.scores;
    const size_t keep = 400;
    v->n_bins = BINS;
    v->bins = calloc(BINS, sizeof(*v->bins));
    v->bins_high = v->top[keep - 1].score;
    v->bins_low = -4;
    for (size_t k = keep; k < v->n_top; k++)
        v->bins[lw_scores_bin(v, v->top[k].score)]++;
    v->below = (int64_t)(v->n_top - keep);
    v->n_top = keep;
    CHECK(lw_estimate(&binned, v, &s.units, NULL) == LW_OK);
    CHECK(fabs(whole.auc.value - binned.auc.value) < 1e-5);
    CHECK(fabs(whole.eer.value - binned.eer.value) < 2e-3);
    for (size_t t = 1; t < LW_FMR_TARGETS; t++)
        CHECK(whole.threshold[t] == binned.threshold[t] && whole.fnmr[t].n == binned.fnmr[t].n);
    const float width = (v->bins_high - v->bins_low) / BINS;
    CHECK(binned.threshold[0] >= whole.threshold[0]);
    CHECK(binned.threshold[0] <= whole.threshold[0] + width * 1.01f);
    CHECK(binned.false_matches[0] <= lw_scores_allowed(v, 0.1));
    sample_clear(&s);
}

static void sorting_keeps_the_order_of_equal_scores_and_knows_negative_ones(void **state)
{
    struct lw_comparison v[] = {{-0.5f, 0, 0}, {0.25f, 1, 1},  {-1.0f, 2, 2}, {0.25f, 3, 3},
                                {0.0f, 4, 4},  {1e-20f, 5, 5}, {7.0f, 6, 6}};
    static const uint32_t order[] = {6, 1, 3, 5, 4, 0, 2};
    LW_UNUSED(state);
    CHECK(lw_comparisons_sort(v, LW_COUNT(v)) == LW_OK);
    for (size_t i = 0; i < LW_COUNT(v); i++)
        CHECK(v[i].a == order[i]);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(auc_and_eer_are_those_of_an_independent_program),
    cmocka_unit_test(the_threshold_lies_just_above_the_impostor_that_must_not_match),
    cmocka_unit_test(allowed_false_matches_are_not_lost_to_rounding),
    cmocka_unit_test(a_face_not_acquired_counts_as_a_non_match),
    cmocka_unit_test(equal_scores_move_together),
    cmocka_unit_test(separated_scores_have_no_errors_but_an_interval),
    cmocka_unit_test(without_one_kind_of_comparison_rates_have_no_value),
    cmocka_unit_test(nobody_acquired_means_nobody_matched),
    cmocka_unit_test(intervals_cover_the_truth_as_often_as_they_say),
    cmocka_unit_test(comparisons_of_one_person_are_not_taken_as_independent),
    cmocka_unit_test(the_same_data_give_the_same_intervals_on_any_number_of_threads),
    cmocka_unit_test(bins_say_what_the_kept_scores_say),
    cmocka_unit_test(sorting_keeps_the_order_of_equal_scores_and_knows_negative_ones),
};
RUN_TESTS(tests)
