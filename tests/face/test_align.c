#include "check.h"

#include <math.h>

#include "face/align.h"
#include "face/pixels.h"

static struct lw_point apply(const struct lw_affine *a, struct lw_point p)
{
    return (struct lw_point){a->a * p.x + a->b * p.y + a->c, a->d * p.x + a->e * p.y + a->f};
}

/* The template turned by 20 degrees, 1.7 times as large, shifted. */
static void turned_template(struct lw_point out[LW_ALIGN_POINTS])
{
    const float c = 1.7f * cosf(0.349f), s = 1.7f * sinf(0.349f);
    for (int i = 0; i < LW_ALIGN_POINTS; i++) {
        struct lw_point p = lw_align_template[i];
        out[i] = (struct lw_point){c * p.x - s * p.y + 300, s * p.x + c * p.y + 40};
    }
}

static void a_turned_face_is_fitted_exactly(void **state)
{
    LW_UNUSED(state);
    struct lw_point five[LW_ALIGN_POINTS];
    struct lw_affine to_source;
    turned_template(five);
    CHECK(lw_align_fit(&to_source, five) == LW_OK);
    for (int i = 0; i < LW_ALIGN_POINTS; i++) {
        struct lw_point p = apply(&to_source, lw_align_template[i]);
        CHECK(fabsf(p.x - five[i].x) < 1e-2f && fabsf(p.y - five[i].y) < 1e-2f);
    }
}

static void points_that_span_no_face_are_refused(void **state)
{
    LW_UNUSED(state);
    struct lw_point same[LW_ALIGN_POINTS] = {{5, 5}, {5, 5}, {5, 5}, {5, 5}, {5, 5}};
    struct lw_point nan[LW_ALIGN_POINTS] = {{0, 0}, {1, 0}, {0.5f, NAN}, {0, 2}, {1, 2}};
    struct lw_affine a;
    CHECK(lw_align_fit(&a, same) == LW_EINVAL);
    CHECK(lw_align_fit(&a, nan) == LW_EINVAL);
}

static void five_points_are_lids_nose_and_mouth_corners(void **state)
{
    LW_UNUSED(state);
    struct lw_point lm[LW_LANDMARKS], five[LW_ALIGN_POINTS];
    for (int i = 0; i < LW_LANDMARKS; i++)
        lm[i] = (struct lw_point){(float)i, 100.0f * (float)i};
    lw_align_five(lm, five);
    CHECK(fabsf(five[0].x - 39) < 1e-3f && fabsf(five[1].x - 45) < 1e-3f && five[2].x == 30);
    CHECK(five[3].x == 54 && five[4].x == 59 && fabsf(five[3].y - 5400) < 1e-2f);
}

static void the_aligned_picture_has_the_points_at_the_template(void **state)
{
    LW_UNUSED(state);
    struct lw_point five[LW_ALIGN_POINTS];
    LW_AUTO(lw_image) src = NULL;
    LW_AUTO(lw_image) face = NULL;
    turned_template(five);
    CHECK(lw_image_new(&src, LW_PIX_GRAY8, 500, 300) == LW_OK);
    for (int i = 0; i < LW_ALIGN_POINTS; i++) /* a bright spot of 5x5 on each point */
        for (int dy = -2; dy <= 2; dy++)
            for (int dx = -2; dx <= 2; dx++)
                lw_image_row(src, (int)lroundf(five[i].y) + dy)[(int)lroundf(five[i].x) + dx] = 255;
    CHECK(lw_align_face(&face, src, five) == LW_OK);
    CHECK(face->width == LW_ALIGN_SIDE && face->height == LW_ALIGN_SIDE);
    for (int i = 0; i < LW_ALIGN_POINTS; i++) {
        struct lw_point p = lw_align_template[i];
        CHECK(lw_image_crow(face, (int)lroundf(p.y))[(int)lroundf(p.x)] > 150);
        CHECK(lw_image_crow(face, (int)lroundf(p.y))[(int)lroundf(p.x) + 5] < 30);
    }
}

static void pixels_go_to_planes_in_the_card_s_order_with_black_around(void **state)
{
    LW_UNUSED(state);
    struct lw_card card = {.color = "BGR", .mean = {1, 2, 3}, .scale = {1, 10, 100}};
    LW_AUTO(lw_image) im = NULL;
    float planes[3 * 3 * 2];
    CHECK(lw_image_new(&im, LW_PIX_RGB8, 2, 2) == LW_OK);
    memcpy(lw_image_row(im, 0), (uint8_t[]){11, 12, 13, 21, 22, 23}, 6);
    memcpy(lw_image_row(im, 1), (uint8_t[]){31, 32, 33, 41, 42, 43}, 6);
    lw_pixels_fill(planes, 3, 2, im, 1, &card); /* from the second row on, one column too wide */
    const float blue[] = {32, 42, -1, -1, -1, -1}, red[] = {2800, 3800, -300, -300, -300, -300};
    assert_memory_equal(planes, blue, sizeof(blue));
    assert_memory_equal(planes + 12, red, sizeof(red));
    CHECK(planes[6] == 300 && planes[8] == -20);
}

static void a_grey_picture_serves_all_three_channels(void **state)
{
    LW_UNUSED(state);
    struct lw_card card = {.color = "RGB", .scale = {1, 1, 1}};
    LW_AUTO(lw_image) im = NULL;
    float planes[3];
    CHECK(lw_image_new(&im, LW_PIX_GRAY8, 1, 1) == LW_OK);
    lw_image_row(im, 0)[0] = 77;
    lw_pixels_fill(planes, 1, 1, im, 0, &card);
    CHECK(planes[0] == 77 && planes[1] == 77 && planes[2] == 77);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_turned_face_is_fitted_exactly),
    cmocka_unit_test(points_that_span_no_face_are_refused),
    cmocka_unit_test(five_points_are_lids_nose_and_mouth_corners),
    cmocka_unit_test(the_aligned_picture_has_the_points_at_the_template),
    cmocka_unit_test(pixels_go_to_planes_in_the_card_s_order_with_black_around),
    cmocka_unit_test(a_grey_picture_serves_all_three_channels),
};
RUN_TESTS(tests)
