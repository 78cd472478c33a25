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

static void the_median_of_the_tracks_is_the_passing_speed(void **state)
{
    LW_UNUSED(state);
    const struct lw_group_track t[] = {passing(0, -2), passing(1, -2.4f), passing(2, 9)};
    CHECK(fabsf(lw_passing_speed(t, 3, 1) + 2) < 1e-3f);
    CHECK(fabsf(lw_passing_speed(t, 2, 1) + 2.2f) < 1e-3f);
    CHECK(isnan(lw_passing_speed(t, 3, 0)) && isnan(lw_passing_speed(t, 0, 1)));
}

static void swapped_side_cameras_pass_the_wrong_way(void **state)
{
    LW_UNUSED(state);
    const struct lw_group_track left = passing(0, -2), right = passing(1, 2);
    CHECK(lw_passing_angle(&left, 1, 1, LW_ANGLE_LEFT) == LW_ANGLE_LEFT);
    CHECK(lw_passing_angle(&left, 1, 1, LW_ANGLE_RIGHT) == LW_ANGLE_LEFT);
    CHECK(lw_passing_angle(&right, 1, 1, LW_ANGLE_LEFT) == LW_ANGLE_RIGHT);
}

static void slow_short_or_other_views_say_nothing(void **state)
{
    LW_UNUSED(state);
    struct lw_group_track t = passing(0, 0.7f);
    CHECK(lw_passing_angle(&t, 1, 1, LW_ANGLE_LEFT) == LW_ANGLE_LEFT);
    t = passing(0, 3);
    CHECK(lw_passing_angle(&t, 1, 1, LW_ANGLE_FRONT) == LW_ANGLE_FRONT);
    CHECK(lw_passing_angle(&t, 1, 1, LW_ANGLE_BOOTH) == LW_ANGLE_BOOTH);
    t.n_steps = 3;
    CHECK(lw_passing_angle(&t, 1, 1, LW_ANGLE_LEFT) == LW_ANGLE_LEFT);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_median_of_the_tracks_is_the_passing_speed),
    cmocka_unit_test(swapped_side_cameras_pass_the_wrong_way),
    cmocka_unit_test(slow_short_or_other_views_say_nothing),
};
RUN_TESTS(tests)
