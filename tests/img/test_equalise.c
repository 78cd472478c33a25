#include "check.h"

#include "img/equalise.h"

enum { W = 96, H = 72 };

static struct lw_image *grey_ramp(int low, int high)
{
    struct lw_image *im = NULL;
    CHECK(lw_image_new(&im, LW_PIX_RGB8, W, H) == LW_OK);
    for (int y = 0; y < H; y++)
        for (int x = 0; x < 3 * W; x++)
            lw_image_row(im, y)[x] = (uint8_t)(low + (high - low) * (x / 3) / (W - 1));
    return im;
}

static int spread(const struct lw_image *im)
{
    int least = 255, most = 0;
    for (int y = 0; y < H; y++)
        for (int x = 0; x < 3 * W; x++) {
            least = lw_mini(least, lw_image_crow(im, y)[x]);
            most = lw_maxi(most, lw_image_crow(im, y)[x]);
        }
    return most - least;
}

static void a_faint_picture_gains_contrast_and_keeps_its_order(void **state)
{
    LW_UNUSED(state);
    const struct lw_equalise_opts one = {.tiles_x = 1, .tiles_y = 1, .clip = 4};
    LW_AUTO(lw_image) im = grey_ramp(60, 90);
    CHECK(lw_image_equalise(im, &one) == LW_OK);
    CHECK(spread(im) > 60);
    for (int x = 1; x < W; x++)
        CHECK(lw_image_crow(im, 0)[3 * x] >= lw_image_crow(im, 0)[3 * (x - 1)]);
}

static void a_small_limit_raises_less(void **state)
{
    LW_UNUSED(state);
    struct lw_equalise_opts opts = {.tiles_x = 1, .tiles_y = 1, .clip = 1};
    LW_AUTO(lw_image) little = grey_ramp(60, 90);
    LW_AUTO(lw_image) much = grey_ramp(60, 90);
    CHECK(lw_image_equalise(little, &opts) == LW_OK);
    opts.clip = 8;
    CHECK(lw_image_equalise(much, &opts) == LW_OK);
    CHECK(spread(little) < spread(much));
}

static void one_even_grey_shows_no_tile(void **state)
{
    LW_UNUSED(state);
    LW_AUTO(lw_image) im = grey_ramp(77, 77);
    CHECK(lw_image_equalise(im, NULL) == LW_OK);
    CHECK(spread(im) == 0);
}

static void colours_move_together(void **state)
{
    LW_UNUSED(state);
    LW_AUTO(lw_image) im = grey_ramp(60, 120);
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            lw_image_row(im, y)[3 * x] = (uint8_t)(lw_image_row(im, y)[3 * x] + 20);
    CHECK(lw_image_equalise(im, NULL) == LW_OK);
    int kept = 0;
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            const uint8_t *p = lw_image_crow(im, y) + 3 * x;
            kept += p[0] == 255 || p[1] == 0 || p[0] - p[1] == 20;
        }
    CHECK(kept == W * H);
}

static void what_does_not_fit_is_refused(void **state)
{
    LW_UNUSED(state);
    const struct lw_equalise_opts bad[] = {{0, 1, 2}, {1, 33, 2}, {1, 1, 0.5f}, {1, 1, 257}};
    LW_AUTO(lw_image) im = grey_ramp(0, 255);
    LW_AUTO(lw_image) grey = NULL;
    LW_AUTO(lw_image) tiny = NULL;
    for (size_t i = 0; i < LW_COUNT(bad); i++)
        CHECK(lw_image_equalise(im, &bad[i]) == LW_EINVAL);
    CHECK(lw_image_new(&grey, LW_PIX_GRAY8, W, H) == LW_OK);
    CHECK(lw_image_equalise(grey, NULL) == LW_EUNSUP);
    CHECK(lw_image_new(&tiny, LW_PIX_RGB8, 8, 8) == LW_OK);
    CHECK(lw_image_equalise(tiny, NULL) == LW_EINVAL); /* less than a pixel a tile */
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_faint_picture_gains_contrast_and_keeps_its_order),
    cmocka_unit_test(a_small_limit_raises_less),
    cmocka_unit_test(one_even_grey_shows_no_tile),
    cmocka_unit_test(colours_move_together),
    cmocka_unit_test(what_does_not_fit_is_refused),
};
RUN_TESTS(tests)
