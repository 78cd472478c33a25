#include "check.h"

#include "base/parallel.h"
#include "img/image.h"

static void new_pixels_are_zero_and_rows_are_aligned(void **state)
{
    LW_UNUSED(state);
    struct lw_image *im = NULL;
    CHECK(lw_image_new(&im, LW_PIX_RGB8, 33, 7) == LW_OK);
    CHECK(im->stride == 128 && ((uintptr_t)im->data & 63) == 0);
    for (int y = 0; y < 7; y++)
        for (int x = 0; x < 99; x++)
            CHECK(lw_image_row(im, y)[x] == 0);
    lw_image_unref(&im);
    CHECK(im == NULL);
    lw_image_unref(&im);
}

static void impossible_sizes_are_refused_before_allocation(void **state)
{
    LW_UNUSED(state);
    struct lw_image *im = NULL;
    CHECK(lw_image_new(&im, LW_PIX_RGB8, 0, 5) == LW_EINVAL);
    CHECK(lw_image_new(&im, LW_PIX_RGB8, 5, -1) == LW_EINVAL);
    CHECK(lw_image_new(&im, (enum lw_pixfmt)2, 5, 5) == LW_EINVAL);
    CHECK(lw_image_new(&im, LW_PIX_GRAY8, LW_IMAGE_SIDE_MAX + 1, 1) == LW_ELIMIT);
    CHECK(lw_image_new(&im, LW_PIX_RGB8, 30000, 30000) == LW_ELIMIT);
    CHECK(im == NULL);
}

static int take_and_drop(void *ctx, size_t i, unsigned worker)
{
    LW_UNUSED(i);
    LW_UNUSED(worker);
    struct lw_image *mine = lw_image_ref(ctx);
    lw_image_unref(&mine);
    return mine == NULL ? LW_OK : LW_EINVAL;
}

static void references_from_several_threads_are_counted(void **state)
{
    LW_UNUSED(state);
    struct lw_image *im = NULL;
    CHECK(lw_image_new(&im, LW_PIX_GRAY8, 4, 4) == LW_OK);
    CHECK(lw_parallel(20000, 4, take_and_drop, im) == LW_OK);
    CHECK(atomic_load(&im->ref) == 1);
    CHECK(lw_image_ref(NULL) == NULL);
    lw_image_unref(&im);
}

static void iou_of_known_rectangles(void **state)
{
    LW_UNUSED(state);
    struct lw_rect a = {0, 0, 10, 10}, half = {5, 0, 10, 10}, away = {10, 0, 5, 5},
                   flat = {2, 2, 0, 4};
    assert_float_equal(lw_rect_iou(&a, &a), 1.0f, 1e-6);
    assert_float_equal(lw_rect_iou(&a, &half), 50.0f / 150.0f, 1e-6);
    CHECK(lw_rect_iou(&a, &away) == 0 && lw_rect_iou(&a, &flat) == 0 &&
          lw_rect_iou(&flat, &flat) == 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(new_pixels_are_zero_and_rows_are_aligned),
    cmocka_unit_test(impossible_sizes_are_refused_before_allocation),
    cmocka_unit_test(references_from_several_threads_are_counted),
    cmocka_unit_test(iou_of_known_rectangles),
};
RUN_TESTS(tests)
