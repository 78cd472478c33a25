#include "check.h"

#include <math.h>

#include "eval/folds.h"

enum { N = 40 };

/* Four trials in each fold: two genuine ones at 0.8, two impostor ones at 0.2. */
static void separate(struct lw_trial t[N])
{
    for (size_t i = 0; i < N; i++)
        t[i] = (struct lw_trial){i % 2 ? 0.8f : 0.2f, i % 2, (uint8_t)(i / 4)};
}

static void separated_scores_are_all_right(void **state)
{
    struct lw_trial t[N];
    LW_UNUSED(state);
    separate(t);
    struct lw_rate r = lw_accuracy_10fold(t, N);
    CHECK(r.n == N && r.of == N && r.value == 1 && r.high == 1 && r.low < 0.95);
}

/* A fold whose own scores are all shifted is judged by the others' threshold, 0.5. */
static void a_fold_does_not_choose_its_own_threshold(void **state)
{
    struct lw_trial t[N];
    LW_UNUSED(state);
    separate(t);
    for (size_t i = 0; i < 4; i++)
        t[i].score -= 0.6f; /* genuine ones at 0.2 now */
    struct lw_rate r = lw_accuracy_10fold(t, N);
    CHECK(r.n == N - 2);
}

static void a_face_not_acquired_is_a_miss_but_no_false_match(void **state)
{
    struct lw_trial t[N];
    LW_UNUSED(state);
    separate(t);
    t[8].score = t[9].score = -INFINITY; /* an impostor and a genuine trial */
    struct lw_rate r = lw_accuracy_10fold(t, N);
    CHECK(r.n == N - 1 && r.of == N);
}

static void folds_that_differ_widen_the_interval(void **state)
{
    struct lw_trial t[N];
    LW_UNUSED(state);
    separate(t);
    for (size_t i = 0; i < 4; i++)
        t[i].same = !t[i].same; /* one fold all wrong */
    struct lw_rate r = lw_accuracy_10fold(t, N), wilson = lw_rate_of(36, 40);
    CHECK(r.n == 36);
    /* mean 0.9, t(9) * 0.3162 / sqrt(10) = 0.2262 on either side */
    CHECK(fabs(r.low - (0.9 - 0.226216)) < 1e-5 && r.high == 1 && r.low < wilson.low);
}

static void one_fold_has_nothing_to_learn_from(void **state)
{
    struct lw_trial t[] = {{0.9f, true, 3}, {0.1f, false, 3}};
    LW_UNUSED(state);
    CHECK(isnan(lw_accuracy_10fold(t, 2).value));
    CHECK(isnan(lw_accuracy_10fold(NULL, 0).value));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(separated_scores_are_all_right),
    cmocka_unit_test(a_fold_does_not_choose_its_own_threshold),
    cmocka_unit_test(a_face_not_acquired_is_a_miss_but_no_false_match),
    cmocka_unit_test(folds_that_differ_widen_the_interval),
    cmocka_unit_test(one_fold_has_nothing_to_learn_from),
};
RUN_TESTS(tests)
