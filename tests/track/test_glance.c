#include "check.h"

#include "base/rng.h"
#include "track/glance.h"

enum { W = 480, H = 270, FRAME_NS = 100 * LW_MS };

/* A room with a bright square at x, and sensor noise; level is the room's; `view` shifts what
 * stands in it, as when the vehicle drives. */
static struct lw_image *view(int x, int level, int noise, uint64_t seed, int shift)
{
    struct lw_image *im = NULL;
    struct lw_rng rng = lw_rng_seed(seed);
    CHECK(lw_image_new(&im, LW_PIX_RGB8, W, H) == LW_OK);
    for (int y = 0; y < H; y++) {
        uint8_t *p = lw_image_row(im, y);
        for (int i = 0; i < 3 * W; i++) {
            const bool on = i / 3 >= x && i / 3 < x + 24 && y >= 100 && y < 130;
            int v = level * (on ? 3 : 1 + (i / 3 + y) / 400) + level * y / H;
            v += shift ? level * ((i / 3 + shift) / 40 % 2) : 0;
            if (noise)
                v += (int)lw_rng_below(&rng, (uint32_t)(2 * noise + 1)) - noise;
            p[i] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
        }
    }
    return im;
}

static struct lw_image *scene(int x, int level, int noise, uint64_t seed)
{
    return view(x, level, noise, seed, 0);
}

static int take(struct lw_glance *g, struct lw_image *im, int64_t frame)
{
    const int r = lw_glance_take(g, im, frame, frame * FRAME_NS);
    lw_image_unref(&im);
    return r;
}

static struct lw_glance *glance(void)
{
    struct lw_glance *g = NULL;
    CHECK(lw_glance_new(&g, NULL) == LW_OK);
    return g;
}

static void check_health(struct lw_glance **g, const char *words)
{
    struct lw_camera_health h;
    char text[LW_HEALTH_TEXT];
    lw_glance_health(*g, &h);
    CHECK(lw_health_print(text, &h) == (int)strlen(text));
    if (*words ? strstr(text, words) == NULL : *text)
        fail_msg("\"%s\" instead of \"%s\"", text, words);
    lw_glance_free(g);
    CHECK(*g == NULL);
}

static void what_moves_is_looked_at_in_every_frame(void **state)
{
    LW_UNUSED(state);
    struct lw_glance *g = glance();
    for (int i = 0; i < 30; i++)
        CHECK(take(g, scene(20 + 6 * i, 60, 8, (uint64_t)i), i) == 1);
    check_health(&g, "");
}

static void a_lane_in_which_only_noise_moves_is_looked_at_once_a_second(void **state)
{
    LW_UNUSED(state);
    struct lw_glance *g = glance();
    struct lw_camera_health h;
    for (int i = 0; i < 100; i++)
        CHECK(take(g, scene(200, 60, 12, (uint64_t)i), i) >= 0);
    lw_glance_health(g, &h);
    CHECK(h.frames == 100 && h.looked_at >= 5 + 9 && h.looked_at <= 5 + 10);
    check_health(&g, ""); /* noise says that the camera lives */
}

/* A head that turns slowly: a pixel a frame, against the last look it adds up. */
static void slow_motion_adds_up_and_wakes(void **state)
{
    LW_UNUSED(state);
    struct lw_glance *g = glance();
    for (int i = 0; i < 9; i++)
        take(g, scene(200, 60, 4, (uint64_t)i), i);
    CHECK(take(g, scene(200, 60, 4, 9), 9) == 0);
    int woke = -1;
    for (int i = 10; i < 14 && woke < 0; i++)
        if (take(g, scene(200 + (i - 9), 60, 4, (uint64_t)i), i) == 1)
            woke = i;
    CHECK(woke > 0 && woke <= 12);
    lw_glance_free(&g);
}

static void a_dark_cabin_s_small_motion_wakes_through_the_noise(void **state)
{
    LW_UNUSED(state);
    struct lw_glance *g = glance();
    for (int i = 0; i < 9; i++)
        take(g, scene(200, 20, 10, (uint64_t)i), i);
    CHECK(take(g, scene(200, 20, 10, 9), 9) == 0);
    CHECK(take(g, scene(204, 20, 10, 10), 10) == 1);
    lw_glance_free(&g);
}

static void a_black_camera_is_told_from_an_empty_lane(void **state)
{
    LW_UNUSED(state);
    struct lw_glance *g = glance();
    for (int i = 0; i < 20; i++)
        take(g, scene(200, 1, 1, (uint64_t)i), i);
    check_health(&g, "black: no light in 20 of 20 frames");
    g = glance(); /* however few stills there are */
    for (int i = 0; i < 2; i++)
        take(g, scene(200, 1, 1, (uint64_t)i), i);
    check_health(&g, "black: no light in 2 of 2 frames");
    g = glance();
    for (int i = 0; i < 20; i++) /* a night with a little light */
        take(g, scene(200, 14, 4, (uint64_t)i), i);
    check_health(&g, "");
}

static struct lw_image *even(uint8_t level)
{
    struct lw_image *im = NULL;
    CHECK(lw_image_new(&im, LW_PIX_RGB8, W, H) == LW_OK);
    for (int y = 0; y < H; y++)
        memset(lw_image_row(im, y), level, 3 * W);
    return im;
}

/* One frame in three shows the lane, two are too dark: the camera sees. */
static void a_camera_that_brackets_its_exposures_is_not_black(void **state)
{
    LW_UNUSED(state);
    struct lw_glance *g = glance();
    for (int f = 0; f < 21; f++)
        CHECK(take(g, scene(60 + 4 * f, f % 3 ? 1 : 60, 1, (uint64_t)f), f) >= 0);
    check_health(&g, "");
}

static void a_covered_camera_is_blank(void **state)
{
    LW_UNUSED(state);
    struct lw_glance *g = glance();
    for (int i = 0; i < 10; i++)
        take(g, i < 5 ? scene(20 * i, 60, 5, (uint64_t)i) : even(90), i);
    check_health(&g, "blank: one even tone in 5 of 10 frames");
}

static void a_frozen_picture_is_told(void **state)
{
    LW_UNUSED(state);
    struct lw_glance *g = glance();
    for (int i = 0; i < 12; i++)
        take(g, scene(200, 60, 8, 1), i);
    check_health(&g, "frozen: the same picture from frame 0 to 11");
    g = glance();
    for (int i = 0; i < 25; i++) /* in full motion, then the same to the end */
        take(g, view(200, 60, 3, i < 10 ? (uint64_t)i : 9, i < 10 ? 8 * i + 1 : 73), i);
    check_health(&g, "frozen: the same picture from frame 9 to 24");
}

static void a_lane_that_stood_still_before_it_moved_was_not_frozen(void **state)
{
    LW_UNUSED(state);
    struct lw_glance *g = glance();
    for (int i = 0; i < 20; i++) /* without any noise */
        take(g, view(200, 60, 0, 1, i < 12 ? 1 : 8 * (i - 11)), i);
    check_health(&g, "");
}

static void light_that_changes_everywhere_wakes(void **state)
{
    LW_UNUSED(state);
    struct lw_glance *g = glance();
    for (int i = 0; i < 9; i++)
        take(g, scene(200, 40, 4, (uint64_t)i), i);
    CHECK(take(g, scene(200, 40, 4, 9), 9) == 0);
    CHECK(take(g, scene(200, 60, 4, 10), 10) == 1);
    lw_glance_free(&g);
}

static void a_few_equal_frames_are_not_frozen(void **state)
{
    LW_UNUSED(state);
    struct lw_glance *g = glance();
    take(g, scene(200, 60, 8, 1), 0);
    check_health(&g, "");
    g = glance();
    for (int i = 0; i < 20; i++) /* a stutter of five frames */
        take(g, scene(i < 8 || i > 12 ? 20 * i : 160, 60, 8, i < 8 || i > 12 ? (uint64_t)i : 8), i);
    check_health(&g, "");
}

/* A vehicle that comes to stand slows down first; if the picture is without noise then, it rests.
 */
static void a_vehicle_that_stops_is_not_a_frozen_camera(void **state)
{
    LW_UNUSED(state);
    struct lw_glance *g = glance();
    for (int i = 0; i < 30; i++)
        take(g, view(200, 60, 0, 1, 1 + (i < 12 ? (i * (24 - i)) / 2 : 72)), i);
    check_health(&g, "");
}

static void pictures_of_another_size_and_bad_options_are_refused(void **state)
{
    LW_UNUSED(state);
    struct lw_glance *g = glance();
    struct lw_image *small = NULL, *gray = NULL;
    CHECK(take(g, scene(0, 60, 0, 1), 0) == 1);
    CHECK(lw_image_new(&small, LW_PIX_RGB8, 16, 16) == LW_OK);
    CHECK(lw_glance_take(g, small, 1, FRAME_NS) == LW_EINVAL);
    CHECK(lw_image_new(&gray, LW_PIX_GRAY8, W, H) == LW_OK);
    CHECK(lw_glance_take(g, gray, 1, FRAME_NS) == LW_EINVAL);
    lw_image_unref(&gray);
    lw_glance_free(&g);
    g = glance();
    CHECK(lw_glance_take(g, small, 0, 0) == 1); /* smaller than the grid */
    CHECK(lw_glance_take(g, small, 1, FRAME_NS) >= 0);
    lw_image_unref(&small);
    lw_glance_free(&g);
    struct lw_glance_opts o = LW_GLANCE_DEFAULTS;
    o.change = 0;
    CHECK(lw_glance_new(&g, &o) == LW_EINVAL && g == NULL);
    o = LW_GLANCE_DEFAULTS;
    o.looks = -1;
    CHECK(lw_glance_new(&g, &o) == LW_EINVAL);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_moves_is_looked_at_in_every_frame),
    cmocka_unit_test(a_lane_in_which_only_noise_moves_is_looked_at_once_a_second),
    cmocka_unit_test(slow_motion_adds_up_and_wakes),
    cmocka_unit_test(a_dark_cabin_s_small_motion_wakes_through_the_noise),
    cmocka_unit_test(a_black_camera_is_told_from_an_empty_lane),
    cmocka_unit_test(a_camera_that_brackets_its_exposures_is_not_black),
    cmocka_unit_test(a_covered_camera_is_blank),
    cmocka_unit_test(a_frozen_picture_is_told),
    cmocka_unit_test(a_lane_that_stood_still_before_it_moved_was_not_frozen),
    cmocka_unit_test(light_that_changes_everywhere_wakes),
    cmocka_unit_test(a_few_equal_frames_are_not_frozen),
    cmocka_unit_test(a_vehicle_that_stops_is_not_a_frozen_camera),
    cmocka_unit_test(pictures_of_another_size_and_bad_options_are_refused),
};
RUN_TESTS(tests)
