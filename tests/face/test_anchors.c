#include "check.h"

#include <math.h>

#include "face/anchors.h"

static void the_count_is_that_of_the_grids(void **state)
{
    LW_UNUSED(state);
    /* 8x8x3 + 4x4x2 + 2x2x2 + 1x1x3 */
    CHECK(lw_anchor_count(64, 64) == 192 + 32 + 8 + 3);
    CHECK(lw_anchor_count(1920, 1088) == 97920 + 16320 + 4080 + 1530);
}

static void four_zeros_are_the_anchor_itself(void **state)
{
    LW_UNUSED(state);
    const float zero[4] = {0, 0, 0, 0};
    struct lw_rect r = lw_anchor_decode(100, 60, 32, zero);
    CHECK(r.x == 84 && r.y == 44 && r.w == 32 && r.h == 32);
}

static void shifts_are_tenths_of_the_side_and_sizes_fifths_in_the_logarithm(void **state)
{
    LW_UNUSED(state);
    const float loc[4] = {1, -2, 5 * logf(2.0f), 5 * logf(0.5f)};
    struct lw_rect r = lw_anchor_decode(100, 60, 40, loc);
    /* centre (104, 52), 80 wide, 20 high */
    CHECK(fabsf(r.x - 64) < 1e-3f && fabsf(r.y - 42) < 1e-3f);
    CHECK(fabsf(r.w - 80) < 1e-3f && fabsf(r.h - 20) < 1e-3f);
}

/* Scores with one anchor on, its place in the list worked out by hand. */
static size_t decode_one(size_t index, int w, int h, struct lw_detection *out)
{
    const size_t n = lw_anchor_count(w, h);
    float *scores = calloc(2 * n, sizeof(float)), *locs = calloc(4 * n, sizeof(float));
    assert_true(scores && locs && index < n);
    scores[2 * index + 1] = 0.9f;
    size_t found = lw_anchors_decode(scores, locs, w, h, 0.7f, out, 4);
    free(scores);
    free(locs);
    return found;
}

static void each_level_has_its_stride_and_its_sizes_in_the_network_s_order(void **state)
{
    LW_UNUSED(state);
    struct lw_detection d[4];
    /* Stride 8 in 128x64: 16 columns; row 2, column 5, third size. */
    CHECK(decode_one((2 * 16 + 5) * 3 + 2, 128, 64, d) == 1);
    CHECK(d[0].box.x == 44 - 12 && d[0].box.y == 20 - 12 && d[0].box.w == 24 && d[0].box.h == 24);
    CHECK(d[0].score == 0.9f);
    /* Stride 16 begins after 16*8*3 anchors: row 1, column 6, first size. */
    CHECK(decode_one(384 + (1 * 8 + 6) * 2, 128, 64, d) == 1);
    CHECK(d[0].box.x == 104 - 16 && d[0].box.y == 24 - 16 && d[0].box.w == 32);
    /* Stride 64 is the last: column 1, largest size, the very last anchor. */
    CHECK(decode_one(lw_anchor_count(128, 64) - 1, 128, 64, d) == 1);
    CHECK(d[0].box.x == 96 - 128 && d[0].box.w == 256);
}

static void boxes_of_the_stretched_levels_are_moved_up(void **state)
{
    LW_UNUSED(state);
    struct lw_detection d[4];
    /* Stride 32 in 128x128: after 768 + 128 anchors; row 1, column 1, second size 96. */
    CHECK(decode_one(768 + 128 + (1 * 4 + 1) * 2 + 1, 128, 128, d) == 1);
    CHECK(d[0].box.x == 0 && d[0].box.h == 96);
    CHECK(d[0].box.y < 0 && d[0].box.y > -10); /* 0 without the correction */
}

static void numbers_that_are_no_numbers_give_no_box(void **state)
{
    LW_UNUSED(state);
    struct lw_detection d[8];
    const size_t n = lw_anchor_count(64, 64);
    float *scores = calloc(2 * n, sizeof(float)), *locs = calloc(4 * n, sizeof(float));
    assert_true(scores && locs);
    for (size_t i = 0; i < 4; i++)
        scores[2 * i + 1] = 0.9f;
    scores[1] = NAN;
    locs[4 * 1] = INFINITY;
    locs[4 * 2 + 3] = 1e6f; /* exp overflows */
    locs[4 * 3 + 2] = NAN;
    CHECK(lw_anchors_decode(scores, locs, 64, 64, 0.7f, d, 8) == 0);
    for (size_t i = 0; i < n; i++) {
        scores[2 * i + 1] = 0.9f;
        memset(&locs[4 * i], 0, 4 * sizeof(float));
    }
    CHECK(lw_anchors_decode(scores, locs, 64, 64, 0.7f, d, 8) == 8); /* never more than asked */
    free(scores);
    free(locs);
}

static void of_overlapping_boxes_the_best_stays(void **state)
{
    LW_UNUSED(state);
    struct lw_detection v[] = {
        {.box = {0, 0, 10, 10}, .score = 0.8f},
        {.box = {1, 0, 10, 10}, .score = 0.9f},  /* over the first by 0.82 */
        {.box = {20, 0, 10, 10}, .score = 0.7f}, /* alone */
        {.box = {6, 0, 10, 10}, .score = 0.75f}, /* over the second by a third: another face */
    };
    CHECK(lw_detection_nms(v, 4, 0.4f) == 3);
    CHECK(v[0].score == 0.9f && v[1].score == 0.75f && v[2].score == 0.7f);
    CHECK(lw_detection_nms(v, 0, 0.4f) == 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_count_is_that_of_the_grids),
    cmocka_unit_test(four_zeros_are_the_anchor_itself),
    cmocka_unit_test(shifts_are_tenths_of_the_side_and_sizes_fifths_in_the_logarithm),
    cmocka_unit_test(each_level_has_its_stride_and_its_sizes_in_the_network_s_order),
    cmocka_unit_test(boxes_of_the_stretched_levels_are_moved_up),
    cmocka_unit_test(numbers_that_are_no_numbers_give_no_box),
    cmocka_unit_test(of_overlapping_boxes_the_best_stays),
};
RUN_TESTS(tests)
