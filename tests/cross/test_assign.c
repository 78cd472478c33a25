#include "check.h"

#include <math.h>

#include "base/rng.h"
#include "cross/assign.h"

/* What the header promises, tried over every one-to-one assignment: the largest sum of
 * (score - floor), then most pairs, then the smallest row_to_col, "alone" being the largest. */
struct search {
    const float *score;
    size_t rows, cols;
    float floor;
    int row[LW_ASSIGN_MAX];
    int best[LW_ASSIGN_MAX];
    double best_sum;
    int best_pairs;
    bool any;
};

static void consider(struct search *s)
{
    double sum = 0;
    int pairs = 0;
    for (size_t r = 0; r < s->rows; r++) {
        if (s->row[r] < 0)
            continue;
        sum += (double)s->score[r * s->cols + (size_t)s->row[r]] - (double)s->floor;
        pairs++;
    }
    bool tie = s->any && sum == s->best_sum;
    if (!s->any || sum > s->best_sum || (tie && pairs > s->best_pairs)) {
        memcpy(s->best, s->row, sizeof(s->best));
        s->best_sum = sum;
        s->best_pairs = pairs;
        s->any = true;
    }
}

/* Columns in ascending order and "alone" last: the first of equals is the smallest. */
static void try_rows(struct search *s, size_t r, unsigned used)
{
    if (r == s->rows) {
        consider(s);
        return;
    }
    for (size_t c = 0; c < s->cols; c++) {
        float x = s->score[r * s->cols + c];
        if (used & (1u << c) || !(x >= s->floor))
            continue;
        s->row[r] = (int)c;
        try_rows(s, r + 1, used | (1u << c));
    }
    s->row[r] = -1;
    try_rows(s, r + 1, used);
}

static void agree(const float *score, size_t rows, size_t cols, float floor)
{
    struct search s = {.score = score, .rows = rows, .cols = cols, .floor = floor};
    int got[LW_ASSIGN_MAX];
    try_rows(&s, 0, 0);
    assert_int_equal(lw_assign(score, rows, cols, floor, got), s.best_pairs);
    for (size_t r = 0; r < rows; r++)
        assert_int_equal(got[r], s.best[r]);
}

static void random_matrices_agree_with_trying_everything(void **state)
{
    LW_UNUSED(state);
    struct lw_rng rng = lw_rng_seed(7);
    float score[25];
    for (int round = 0; round < 4000; round++) {
        size_t rows = lw_rng_below(&rng, 6), cols = lw_rng_below(&rng, 6);
        for (size_t i = 0; i < rows * cols; i++)
            score[i] = lw_rng_below(&rng, 8) ? (float)lw_rng_unit(&rng) : NAN;
        agree(score, rows, cols, (float)lw_rng_unit(&rng));
    }
}

static void ties_are_broken_towards_lower_indices(void **state)
{
    LW_UNUSED(state);
    struct lw_rng rng = lw_rng_seed(8);
    float score[25];
    for (int round = 0; round < 4000; round++) {
        size_t rows = lw_rng_below(&rng, 6), cols = lw_rng_below(&rng, 6);
        for (size_t i = 0; i < rows * cols; i++)
            score[i] = 0.25f * (float)lw_rng_below(&rng, 4); /* few values: many ties */
        agree(score, rows, cols, 0.25f);
    }
    const float same[9] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    int got[3];
    CHECK(lw_assign(same, 3, 3, 0.5f, got) == 3);
    CHECK(got[0] == 0 && got[1] == 1 && got[2] == 2);
}

static void the_joint_answer_beats_the_greedy_one(void **state)
{
    LW_UNUSED(state);
    /* Row 0 likes column 0 best, but then row 1 could not be matched at all. */
    const float score[4] = {0.9f, 0.8f, 0.85f, 0.1f};
    int got[2];
    CHECK(lw_assign(score, 2, 2, 0.4f, got) == 2 && got[0] == 1 && got[1] == 0);
}

static void nobody_is_matched_below_the_floor(void **state)
{
    LW_UNUSED(state);
    const float score[2] = {0.4f, 0.39999f};
    int got[2];
    CHECK(lw_assign(score, 2, 1, 0.4f, got) == 1 && got[0] == 0 && got[1] == -1);
    CHECK(lw_assign(score, 1, 2, 0.41f, got) == 0 && got[0] == -1);
}

static void scores_that_are_no_numbers_are_no_pairs(void **state)
{
    LW_UNUSED(state);
    const float score[3] = {NAN, INFINITY, -INFINITY};
    int got[3];
    CHECK(lw_assign(score, 3, 1, 0.0f, got) == 0);
    CHECK(got[0] == -1 && got[1] == -1 && got[2] == -1);
}

static void any_scale_of_scores_will_do(void **state)
{
    LW_UNUSED(state);
    const float huge[4] = {3e30f, 2.9e30f, 2.9e30f, 1e30f};
    const float tiny[4] = {3e-30f, 2.9e-30f, 2.9e-30f, 1e-30f};
    int got[2];
    CHECK(lw_assign(huge, 2, 2, 0.0f, got) == 2 && got[0] == 1 && got[1] == 0);
    CHECK(lw_assign(tiny, 2, 2, 0.0f, got) == 2 && got[0] == 1 && got[1] == 0);
}

static void the_largest_size_is_served_and_a_larger_one_refused(void **state)
{
    LW_UNUSED(state);
    float score[LW_ASSIGN_MAX * LW_ASSIGN_MAX];
    int got[LW_ASSIGN_MAX];
    for (size_t r = 0; r < LW_ASSIGN_MAX; r++)
        for (size_t c = 0; c < LW_ASSIGN_MAX; c++)
            score[r * LW_ASSIGN_MAX + c] = r + c == LW_ASSIGN_MAX - 1 ? 1.0f : 0.9f;
    CHECK(lw_assign(score, LW_ASSIGN_MAX, LW_ASSIGN_MAX, 0.5f, got) == LW_ASSIGN_MAX);
    for (int r = 0; r < LW_ASSIGN_MAX; r++)
        assert_int_equal(got[r], LW_ASSIGN_MAX - 1 - r);
    CHECK(lw_assign(score, LW_ASSIGN_MAX + 1, 1, 0.5f, got) == LW_EINVAL);
    CHECK(lw_assign(score, 1, 1, NAN, got) == LW_EINVAL);
    CHECK(lw_assign(score, 0, 0, 0.5f, got) == 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(random_matrices_agree_with_trying_everything),
    cmocka_unit_test(ties_are_broken_towards_lower_indices),
    cmocka_unit_test(the_joint_answer_beats_the_greedy_one),
    cmocka_unit_test(nobody_is_matched_below_the_floor),
    cmocka_unit_test(scores_that_are_no_numbers_are_no_pairs),
    cmocka_unit_test(any_scale_of_scores_will_do),
    cmocka_unit_test(the_largest_size_is_served_and_a_larger_one_refused),
};
RUN_TESTS(tests)
