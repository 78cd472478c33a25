#include "check.h"

#include <math.h>

#include "img/geom.h"
#include "img/pictures.h"

/* What resize promises, written the slow way: the mean of the covered area along an axis that
 * shrinks, linear interpolation between centres along one that grows. */
static double weight(int n_src, int n_dst, int i, int s)
{
    double scale = (double)n_src / n_dst;
    if (n_src > n_dst) {
        double covered = fmin(s + 1, (i + 1) * scale) - fmax(s, i * scale);
        return covered > 0 ? covered / scale : 0;
    }
    double at = fmin(fmax((i + 0.5) * scale - 0.5, 0), n_src - 1);
    double d = fabs(at - s);
    return d < 1 ? 1 - d : 0;
}

static double resized(const struct lw_image *src, int w, int h, int x, int y, int c)
{
    double sum = 0;
    for (int sy = 0; sy < src->height; sy++) {
        double wy = weight(src->height, h, y, sy);
        for (int sx = 0; wy > 0 && sx < src->width; sx++)
            sum +=
                wy * weight(src->width, w, x, sx) * lw_image_crow(src, sy)[sx * (int)src->fmt + c];
    }
    return sum;
}

static double worst_resize_error(enum lw_pixfmt fmt, int sw, int sh, int w, int h)
{
    struct lw_image *src = noise_picture(fmt, sw, sh, 1), *dst = NULL;
    assert_int_equal(lw_image_resize(&dst, src, w, h), LW_OK);
    double worst = 0;
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++)
            for (int c = 0; c < (int)fmt; c++)
                worst = fmax(worst, fabs(resized(src, w, h, x, y, c) -
                                         lw_image_crow(dst, y)[x * (int)fmt + c]));
    lw_image_unref(&src);
    lw_image_unref(&dst);
    return worst;
}

static void resize_agrees_with_the_definition(void **state)
{
    LW_UNUSED(state);
    static const int sizes[][4] = {
        {40, 30, 20, 15}, {40, 32, 10, 8}, {41, 33, 20, 16}, {64, 48, 17, 47}, {20, 20, 41, 33},
        {30, 9, 7, 21},   {1, 1, 5, 5},    {5, 5, 1, 1},     {37, 1, 5, 3},    {100, 100, 99, 101}};
    for (size_t i = 0; i < LW_COUNT(sizes); i++) {
        const int *s = sizes[i];
        CHECK(worst_resize_error(LW_PIX_RGB8, s[0], s[1], s[2], s[3]) < 0.51);
        CHECK(worst_resize_error(LW_PIX_GRAY8, s[0], s[1], s[2], s[3]) < 0.51);
    }
}

static void resize_to_the_same_size_copies(void **state)
{
    LW_UNUSED(state);
    struct lw_image *src = noise_picture(LW_PIX_RGB8, 31, 17, 2), *dst = NULL;
    CHECK(lw_image_resize(&dst, src, 31, 17) == LW_OK && picture_distance(src, dst) == 0);
    lw_image_unref(&dst);
    CHECK(lw_image_resize(&dst, src, 0, 17) == LW_EINVAL && dst == NULL);
    lw_image_unref(&src);
}

static void crop_outside_repeats_the_border(void **state)
{
    LW_UNUSED(state);
    static const int rects[][4] = {{2, 3, 5, 4},   {-3, -2, 20, 20}, {-9, 0, 4, 4},
                                   {50, 50, 3, 3}, {8, 5, 9, 9},     {-1, -1, 1, 1}};
    struct lw_image *src = noise_picture(LW_PIX_RGB8, 11, 9, 3), *dst = NULL;
    for (size_t i = 0; i < LW_COUNT(rects); i++) {
        const int *r = rects[i];
        CHECK(lw_image_crop(&dst, src, r[0], r[1], r[2], r[3]) == LW_OK);
        for (int y = 0; y < r[3]; y++)
            for (int x = 0; x < r[2]; x++) {
                int sx = lw_mini(lw_maxi(r[0] + x, 0), 10), sy = lw_mini(lw_maxi(r[1] + y, 0), 8);
                CHECK(memcmp(lw_image_crow(dst, y) + 3 * x, lw_image_crow(src, sy) + 3 * sx, 3) ==
                      0);
            }
        lw_image_unref(&dst);
    }
    lw_image_unref(&src);
}

static void gray_is_the_rounded_weighted_sum(void **state)
{
    LW_UNUSED(state);
    struct lw_image *src = noise_picture(LW_PIX_RGB8, 64, 64, 4), *gray = NULL, *rgb = NULL;
    CHECK(lw_image_to_gray(&gray, src) == LW_OK && gray->fmt == LW_PIX_GRAY8);
    CHECK(lw_image_to_rgb(&rgb, gray) == LW_OK && rgb->fmt == LW_PIX_RGB8);
    for (int y = 0; y < 64; y++)
        for (int x = 0; x < 64; x++) {
            const uint8_t *p = lw_image_crow(src, y) + 3 * x, *q = lw_image_crow(rgb, y) + 3 * x;
            long want = lround(0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2] + 1e-9);
            assert_int_equal(lw_image_crow(gray, y)[x], want);
            CHECK(q[0] == want && q[1] == want && q[2] == want);
        }
    lw_image_unref(&src);
    lw_image_unref(&gray);
    lw_image_unref(&rgb);
}

static struct lw_affine similarity(float scale, float angle, float x, float y)
{
    float a = scale * cosf(angle), b = scale * sinf(angle);
    return (struct lw_affine){a, -b, x, b, a, y};
}

static struct lw_point apply(const struct lw_affine *A, struct lw_point p)
{
    return (struct lw_point){A->a * p.x + A->b * p.y + A->c, A->d * p.x + A->e * p.y + A->f};
}

static void similarity_that_made_the_points_is_found_again(void **state)
{
    LW_UNUSED(state);
    const struct lw_point from[] = {{38, 51}, {73, 52}, {56, 71}, {41, 92}, {70, 92}};
    struct lw_affine A = similarity(2.5f, 0.7f, -40, 300), got;
    struct lw_point to[5];
    for (int i = 0; i < 5; i++)
        to[i] = apply(&A, from[i]);
    CHECK(lw_similarity_fit(&got, from, to, 5) == LW_OK);
    assert_float_equal(got.a, A.a, 1e-5);
    assert_float_equal(got.b, A.b, 1e-5);
    assert_float_equal(got.c, A.c, 1e-2);
    assert_float_equal(got.d, A.d, 1e-5);
    assert_float_equal(got.e, A.e, 1e-5);
    assert_float_equal(got.f, A.f, 1e-2);
}

static double residual(const struct lw_affine *A, const struct lw_point *from,
                       const struct lw_point *to, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        struct lw_point p = apply(A, from[i]);
        sum += (p.x - to[i].x) * (p.x - to[i].x) + (p.y - to[i].y) * (p.y - to[i].y);
    }
    return sum;
}

/* A mirrored set cannot be met; the best similarity still beats all its neighbours. */
static void similarity_has_the_least_squared_error_and_never_mirrors(void **state)
{
    LW_UNUSED(state);
    const struct lw_point from[] = {{0, 0}, {10, 0}, {10, 6}, {2, 9}};
    const struct lw_point to[] = {{100, 3}, {81, 5}, {80, 14}, {97, 22}};
    struct lw_affine A;
    CHECK(lw_similarity_fit(&A, from, to, 4) == LW_OK);
    CHECK(A.a == A.e && A.b == -A.d);
    double best = residual(&A, from, to, 4);
    for (int k = 0; k < 8; k++) {
        struct lw_affine B = A;
        float d = k & 1 ? 0.01f : -0.01f;
        B.a += k / 2 == 0 ? d : 0;
        B.e = B.a;
        B.d += k / 2 == 1 ? d : 0;
        B.b = -B.d;
        B.c += k / 2 == 2 ? d : 0;
        B.f += k / 2 == 3 ? d : 0;
        CHECK(residual(&B, from, to, 4) > best);
    }
}

static void similarity_of_a_single_place_is_refused(void **state)
{
    LW_UNUSED(state);
    const struct lw_point same[] = {{3, 4}, {3, 4}, {3, 4}}, good[] = {{0, 0}, {1, 0}, {0, 1}};
    struct lw_affine A;
    CHECK(lw_similarity_fit(&A, same, good, 3) == LW_EINVAL);
    CHECK(lw_similarity_fit(&A, good, same, 3) == LW_EINVAL);
    CHECK(lw_similarity_fit(&A, good, good, 1) == LW_EINVAL);
    CHECK(lw_similarity_fit(&A, good, good, 2) == LW_OK);
}

static void identity_warp_copies_and_a_shift_moves(void **state)
{
    LW_UNUSED(state);
    struct lw_image *src = noise_picture(LW_PIX_RGB8, 40, 30, 5), *dst = NULL, *crop = NULL;
    const struct lw_affine identity = {1, 0, 0, 0, 1, 0}, shift = {1, 0, 7, 0, 1, -4};
    CHECK(lw_image_warp(&dst, src, &identity, 40, 30, 0) == LW_OK);
    CHECK(picture_distance(src, dst) == 0);
    lw_image_unref(&dst);
    CHECK(lw_image_warp(&dst, src, &shift, 50, 50, 2.0f) == LW_OK);
    CHECK(lw_image_crop(&crop, src, 7, -4, 50, 50) == LW_OK);
    CHECK(picture_distance(crop, dst) == 0);
    lw_image_unref(&dst);
    lw_image_unref(&crop);
    lw_image_unref(&src);
}

static void warp_interpolates_between_pixel_centres(void **state)
{
    LW_UNUSED(state);
    struct lw_image *src = NULL, *dst = NULL;
    CHECK(lw_image_new(&src, LW_PIX_GRAY8, 2, 2) == LW_OK);
    lw_image_row(src, 0)[0] = 0;
    lw_image_row(src, 0)[1] = 100;
    lw_image_row(src, 1)[0] = 40;
    lw_image_row(src, 1)[1] = 200;
    const struct lw_affine A = {0.25f, 0, 0, 0, 0.5f, 0};
    CHECK(lw_image_warp(&dst, src, &A, 5, 3, 0) == LW_OK);
    CHECK(lw_image_row(dst, 0)[1] == 25 && lw_image_row(dst, 0)[4] == 100);
    CHECK(lw_image_row(dst, 1)[0] == 20 && lw_image_row(dst, 1)[2] == 85);
    CHECK(lw_image_row(dst, 2)[4] == 200);
    lw_image_unref(&src);
    lw_image_unref(&dst);
}

/* A fine stripe pattern must turn into its mean when it is warped to a fifth; a smooth picture must
 * stay where it was. */
static void shrinking_warp_averages_and_does_not_move(void **state)
{
    LW_UNUSED(state);
    struct lw_image *stripes = NULL, *ramp = ramp_picture(400, 300), *dst = NULL, *want = NULL;
    CHECK(lw_image_new(&stripes, LW_PIX_GRAY8, 400, 300) == LW_OK);
    for (int y = 0; y < 300; y++)
        for (int x = 0; x < 400; x++)
            lw_image_row(stripes, y)[x] = (x & 1) ? 200 : 100;
    struct lw_affine A = similarity(5.0f, 0.3f, 120, 60);
    CHECK(lw_image_warp(&dst, stripes, &A, 40, 30, 2.0f) == LW_OK);
    for (int y = 0; y < 30; y++)
        for (int x = 0; x < 40; x++)
            CHECK(abs(lw_image_row(dst, y)[x] - 150) <= 12);
    lw_image_unref(&dst);
    CHECK(lw_image_warp(&dst, ramp, &A, 40, 30, 2.0f) == LW_OK);
    CHECK(lw_image_warp(&want, ramp, &A, 40, 30, 0) == LW_OK);
    CHECK(picture_distance(dst, want) <= 2);
    lw_image_unref(&dst);
    lw_image_unref(&want);
    lw_image_unref(&ramp);
    lw_image_unref(&stripes);
}

static void absurd_warps_are_refused_or_harmless(void **state)
{
    LW_UNUSED(state);
    struct lw_image *src = noise_picture(LW_PIX_RGB8, 9, 9, 6), *dst = NULL;
    struct lw_affine bad = {NAN, 0, 0, 0, 1, 0}, huge = {1e8f, 0, -1e8f, 0, 1e8f, 1e8f};
    CHECK(lw_image_warp(&dst, src, &bad, 4, 4, 2.0f) == LW_EINVAL && dst == NULL);
    bad.a = INFINITY;
    CHECK(lw_image_warp(&dst, src, &bad, 4, 4, 2.0f) == LW_EINVAL && dst == NULL);
    CHECK(lw_image_warp(&dst, src, &huge, 4, 4, 2.0f) == LW_OK);
    lw_image_unref(&dst);
    lw_image_unref(&src);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(resize_agrees_with_the_definition),
    cmocka_unit_test(resize_to_the_same_size_copies),
    cmocka_unit_test(crop_outside_repeats_the_border),
    cmocka_unit_test(gray_is_the_rounded_weighted_sum),
    cmocka_unit_test(similarity_that_made_the_points_is_found_again),
    cmocka_unit_test(similarity_has_the_least_squared_error_and_never_mirrors),
    cmocka_unit_test(similarity_of_a_single_place_is_refused),
    cmocka_unit_test(identity_warp_copies_and_a_shift_moves),
    cmocka_unit_test(warp_interpolates_between_pixel_centres),
    cmocka_unit_test(shrinking_warp_averages_and_does_not_move),
    cmocka_unit_test(absurd_warps_are_refused_or_harmless),
};
RUN_TESTS(tests)
