#include "check.h"

#include "img/exposures.h"

enum { W = 160, H = 96 };

/* A scene of a dark and a bright half, each with a pattern, seen at that exposure. */
static struct lw_image *scene(float exposure)
{
    struct lw_image *im = NULL;
    CHECK(lw_image_new(&im, LW_PIX_RGB8, W, H) == LW_OK);
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            const float light = (x < W / 2 ? 8.0f : 300.0f) * ((x / 8 + y / 8) % 2 ? 1.5f : 1.0f);
            const uint8_t v = (uint8_t)lw_clampf(exposure * light, 0, 255);
            memset(lw_image_row(im, y) + 3 * x, v, 3);
        }
    return im;
}

/* How far apart the fields of the pattern are, in levels, about the middle of that half. */
static int pattern(const struct lw_image *im, int half)
{
    const uint8_t *row = lw_image_crow(im, 44);
    const int x = half * W / 2 + 36;
    return abs(row[3 * x] - row[3 * (x + 8)]);
}

static void dark_and_bright_parts_are_both_to_be_seen(void **state)
{
    LW_UNUSED(state);
    struct lw_image *frames[2] = {scene(8), scene(0.4f)}, *out = NULL;
    CHECK(pattern(frames[0], 0) > 25 && pattern(frames[0], 1) == 0); /* the bright half is white */
    CHECK(pattern(frames[1], 0) < 3 && pattern(frames[1], 1) > 50);  /* the dark half is black */
    CHECK(lw_image_fuse_exposures(&out, frames, 2) == LW_OK);
    CHECK(pattern(out, 0) > 15 && pattern(out, 1) > 30);
    lw_image_unref(&out);
    for (int i = 0; i < 2; i++)
        lw_image_unref(&frames[i]);
}

/* Pyramids that are taken apart and put together again lose nothing. */
static void equal_frames_stay_as_they_are(void **state)
{
    LW_UNUSED(state);
    struct lw_image *frames[3] = {scene(2), scene(2), scene(2)}, *out = NULL;
    CHECK(lw_image_fuse_exposures(&out, frames, 3) == LW_OK);
    for (int y = 0; y < H; y++)
        for (int x = 0; x < 3 * W; x++)
            CHECK(abs(lw_image_crow(out, y)[x] - lw_image_crow(frames[0], y)[x]) <= 1);
    lw_image_unref(&out);
    for (int i = 0; i < 3; i++)
        lw_image_unref(&frames[i]);
}

static void frames_of_other_sizes_or_too_many_are_refused(void **state)
{
    LW_UNUSED(state);
    struct lw_image *frames[LW_EXPOSURES_MAX + 1] = {NULL}, *out = NULL;
    for (int i = 0; i <= LW_EXPOSURES_MAX; i++)
        frames[i] = scene(1);
    CHECK(lw_image_fuse_exposures(&out, frames, 1) == LW_EINVAL);
    CHECK(lw_image_fuse_exposures(&out, frames, LW_EXPOSURES_MAX + 1) == LW_EINVAL);
    lw_image_unref(&frames[1]);
    CHECK(lw_image_new(&frames[1], LW_PIX_RGB8, W, H - 1) == LW_OK);
    CHECK(lw_image_fuse_exposures(&out, frames, 2) == LW_EINVAL && !out);
    for (int i = 0; i <= LW_EXPOSURES_MAX; i++)
        lw_image_unref(&frames[i]);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(dark_and_bright_parts_are_both_to_be_seen),
    cmocka_unit_test(equal_frames_stay_as_they_are),
    cmocka_unit_test(frames_of_other_sizes_or_too_many_are_refused),
};
RUN_TESTS(tests)
