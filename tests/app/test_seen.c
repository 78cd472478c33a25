#include "check.h"

#include <math.h>

#include "app/seen.h"
#include "app/steps.h"

static struct lw_shot shot(float worth, float inter_eye_px)
{
    struct lw_shot s = {.worth = worth, .face = {.posed = true, .inter_eye_px = inter_eye_px}};
    s.face.components[LW_Q_LUMINANCE_MEAN].native = 0.2; /* by day */
    return s;
}

static void shots_stand_by_worth_with_their_cameras(void **state)
{
    LW_UNUSED(state);
    struct lw_shot a = shot(1, 30), b = shot(5, 30), c = shot(3, 30);
    struct lw_seen s = {0};
    lw_seen_add(&s, &a, 0);
    lw_seen_add(&s, &b, 1);
    lw_seen_add(&s, &c, 2);
    CHECK(s.n == 3 && s.shots[0] == &b && s.shots[1] == &c && s.shots[2] == &a);
    CHECK(s.camera[0] == 1 && s.camera[1] == 2 && s.camera[2] == 0);
}

static void the_least_shot_makes_room_and_a_lesser_one_is_not_taken(void **state)
{
    LW_UNUSED(state);
    struct lw_shot all[LW_SEEN_SHOTS_MAX], better = shot(100, 30), worse = shot(0.5f, 30);
    struct lw_seen s = {0};
    for (int i = 0; i < LW_SEEN_SHOTS_MAX; i++) {
        all[i] = shot((float)(i + 1), 30);
        lw_seen_add(&s, &all[i], 0);
    }
    lw_seen_add(&s, &worse, 1);
    CHECK(s.n == LW_SEEN_SHOTS_MAX && s.shots[s.n - 1] == &all[0]);
    lw_seen_add(&s, &better, 2);
    CHECK(s.n == LW_SEEN_SHOTS_MAX && s.shots[0] == &better && s.camera[0] == 2);
    CHECK(s.shots[s.n - 1] == &all[1]);
}

static void eyes_closer_than_twenty_pixels_are_no_capture(void **state)
{
    LW_UNUSED(state);
    struct lw_shot near = shot(1, 19.9f), far = shot(0.5f, 20.0f);
    struct lw_seen s = {0};
    struct lw_occupant o = {0};
    struct lw_candidate c = {0};
    lw_seen_tell(&s, &lw_requirements_least, &o, &c);
    CHECK(!c.captured && c.quality_reasons == 1u << LW_REASON_NO_FACE && o.n_shots == 0);
    lw_seen_add(&s, &near, 0);
    lw_seen_tell(&s, &lw_requirements_least, &o, &c);
    CHECK(!c.captured && c.quality_reasons == 1u << LW_REASON_TOO_SMALL && o.n_shots == 1);
    lw_seen_add(&s, &far, 0);
    o = (struct lw_occupant){0};
    lw_seen_tell(&s, &lw_requirements_least, &o, &c);
    CHECK(c.captured && o.n_shots == 2);
    CHECK(o.shots[0].inter_eye_px == 20.0f && o.shots[0].meets == 1 && o.shots[1].meets == 0);
    CHECK(s.shots[0] == &far); /* what meets the requirements comes first, whatever it is worth */
}

static void every_step_has_a_name_and_a_switch_of_its_own(void **state)
{
    LW_UNUSED(state);
    for (size_t i = 0; i < LW_STEPS; i++) {
        const struct lw_steps_off off = lw_steps_without(i);
        const char *name = lw_steps[i].name;
        size_t on = 0;
        for (size_t k = 0; k < sizeof(off); k++)
            on += ((const char *)&off)[k] != 0;
        CHECK(on == 1 && lw_steps[i].at < sizeof(off));
        CHECK(lw_step_find((struct lw_span){(const uint8_t *)name, strlen(name)}) == (int)i);
        CHECK(lw_step_find((struct lw_span){(const uint8_t *)name, strlen(name) - 1}) < 0);
    }
    CHECK(sizeof(struct lw_steps_off) == LW_STEPS);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(shots_stand_by_worth_with_their_cameras),
    cmocka_unit_test(the_least_shot_makes_room_and_a_lesser_one_is_not_taken),
    cmocka_unit_test(eyes_closer_than_twenty_pixels_are_no_capture),
    cmocka_unit_test(every_step_has_a_name_and_a_switch_of_its_own),
};
RUN_TESTS(tests)
