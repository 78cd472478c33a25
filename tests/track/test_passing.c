#include "check.h"

#include <math.h>

#include "track/passing.h"

enum { STEPS = 8 };

static struct lw_track_step steps[3][STEPS];

/* A track of camera 1 that moves by that many head heights a second. */
static struct lw_group_track passing(int which, float heads_per_s)
{
    for (int i = 0; i < STEPS; i++)
        steps[which][i] =
            (struct lw_track_step){.frame = i,
                                   .t_ns = i * 100 * LW_MS,
                                   .box = {500 + heads_per_s * 60 * 0.1f * (float)i, 300, 45, 60}};
    return (struct lw_group_track){.camera = 1, .n_steps = STEPS, .steps = steps[which]};
}

static struct lw_passing measure(const struct lw_group_track *t, size_t n)
{
    struct lw_passing p;
    lw_passing_measure(&p, t, n, 1);
    return p;
}

static void the_median_of_the_tracks_is_the_passing_speed(void **state)
{
    LW_UNUSED(state);
    const struct lw_group_track t[] = {passing(0, -2), passing(1, -2.4f), passing(2, 9)};
    CHECK(fabsf(measure(t, 3).speed + 2) < 1e-3f && measure(t, 3).n == 3);
    CHECK(fabsf(measure(t, 2).speed + 2.2f) < 1e-3f);
    CHECK(measure(t, 0).n == 0 && !measure(t, 0).steady);
}

/* What is made of a camera that stands alone. */
static enum lw_angle alone(const struct lw_group_track *t, enum lw_angle expected)
{
    const struct lw_passing p = measure(t, 1);
    return lw_passing_angle(&p, &expected, 1, 0);
}

static void swapped_side_cameras_pass_the_wrong_way(void **state)
{
    LW_UNUSED(state);
    const struct lw_group_track left = passing(0, -2), right = passing(1, 2);
    CHECK(alone(&left, LW_ANGLE_LEFT) == LW_ANGLE_LEFT);
    CHECK(alone(&left, LW_ANGLE_RIGHT) == LW_ANGLE_LEFT);
    CHECK(alone(&right, LW_ANGLE_LEFT) == LW_ANGLE_RIGHT);
}

static void slow_short_or_other_views_say_nothing(void **state)
{
    LW_UNUSED(state);
    struct lw_group_track t = passing(0, 0.7f);
    CHECK(alone(&t, LW_ANGLE_LEFT) == LW_ANGLE_LEFT);
    t = passing(0, 3);
    CHECK(alone(&t, LW_ANGLE_BOOTH) == LW_ANGLE_BOOTH);
    t.n_steps = 3;
    CHECK(alone(&t, LW_ANGLE_LEFT) == LW_ANGLE_LEFT);
}

static void a_side_view_in_the_windshields_place_passes_by(void **state)
{
    LW_UNUSED(state);
    struct lw_group_track t = passing(0, -2);
    CHECK(alone(&t, LW_ANGLE_FRONT) == LW_ANGLE_LEFT);
    t = passing(0, 2);
    CHECK(alone(&t, LW_ANGLE_FRONT) == LW_ANGLE_RIGHT);
    t = passing(0, 1.3f);
    CHECK(alone(&t, LW_ANGLE_FRONT) == LW_ANGLE_FRONT);
    /* A driver who leans over and back passes as fast, for a moment. */
    t = passing(0, 2);
    for (int i = 4; i < STEPS; i++)
        steps[0][i].box.x = steps[0][4].box.x;
    CHECK(alone(&t, LW_ANGLE_FRONT) == LW_ANGLE_FRONT);
}

static void a_windshield_view_in_a_side_place_shows_once_the_vehicle_moves(void **state)
{
    LW_UNUSED(state);
    struct lw_group_track t = passing(0, 0.2f);
    for (int i = 0; i < STEPS; i++)
        steps[0][i].box.h *= 1 + 0.01f * (float)i;
    const struct lw_group_track side = passing(1, -2), still = passing(2, 0);
    const struct lw_passing swapped[] = {measure(&side, 1), measure(&t, 1)};
    const struct lw_passing standing[] = {measure(&still, 1), measure(&t, 1)};
    const enum lw_angle expected[] = {LW_ANGLE_FRONT, LW_ANGLE_LEFT};
    CHECK(lw_passing_angle(swapped, expected, 2, 0) == LW_ANGLE_LEFT);
    CHECK(lw_passing_angle(swapped, expected, 2, 1) == LW_ANGLE_FRONT);
    CHECK(lw_passing_angle(standing, expected, 2, 1) == LW_ANGLE_LEFT);
    CHECK(alone(&t, LW_ANGLE_LEFT) == LW_ANGLE_LEFT);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_median_of_the_tracks_is_the_passing_speed),
    cmocka_unit_test(swapped_side_cameras_pass_the_wrong_way),
    cmocka_unit_test(slow_short_or_other_views_say_nothing),
    cmocka_unit_test(a_side_view_in_the_windshields_place_passes_by),
    cmocka_unit_test(a_windshield_view_in_a_side_place_shows_once_the_vehicle_moves),
};
RUN_TESTS(tests)
