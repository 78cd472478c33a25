#include "check.h"

#include <math.h>

#include "face/requirements.h"

/* A face that meets anything that is asked below. */
static struct lw_face good_face(void)
{
    struct lw_face f = {.inter_eye_px = 130, .quality = 80, .posed = true};
    for (int c = 0; c < LW_Q_COMPONENTS; c++)
        f.components[c] = (struct lw_component_value){.native = 0.5, .scalar = 60};
    return f;
}

static struct lw_requirements table_with(struct lw_bound b)
{
    return (struct lw_requirements){.name = "t",
                                    .portrait_w = 480,
                                    .portrait_h = 760,
                                    .inter_eye_px = 20,
                                    .quality = 30,
                                    .n_bounds = 1,
                                    .bounds = {b}};
}

static const struct lw_bound within = {.component = LW_Q_HEAD_POSE_YAW, .min = -5, .max = 5};

static void what_meets_everything_is_met(void **state)
{
    LW_UNUSED(state);
    const struct lw_requirements t = table_with(within);
    const struct lw_face f = good_face();
    CHECK(lw_requirements_unmet(&t, &f) == 0);
}

static void each_thing_that_is_not_met_has_its_bit(void **state)
{
    LW_UNUSED(state);
    const struct lw_requirements t = table_with(within);
    struct lw_face f = good_face();
    f.inter_eye_px = 119; /* 476 x 754 pixels */
    CHECK(lw_requirements_unmet(&t, &f) == 1u << LW_UNMET_PORTRAIT);
    f.inter_eye_px = 19;
    CHECK(lw_requirements_unmet(&t, &f) == (1u << LW_UNMET_PORTRAIT | 1u << LW_UNMET_INTER_EYE));
    f = good_face();
    f.quality = 29.9f;
    CHECK(lw_requirements_unmet(&t, &f) == 1u << LW_UNMET_QUALITY);
    f.quality = NAN;
    CHECK(lw_requirements_unmet(&t, &f) == 1u << LW_UNMET_QUALITY);
    f = good_face();
    f.components[LW_Q_HEAD_POSE_YAW].native = -5.1;
    CHECK(lw_requirements_unmet(&t, &f) == 1u << LW_UNMET_BOUNDS);
}

static void a_scalar_bound_asks_for_the_published_mapping(void **state)
{
    LW_UNUSED(state);
    const struct lw_requirements t = table_with((struct lw_bound){
        .component = LW_Q_LUMINANCE_MEAN, .min = -INFINITY, .max = INFINITY, .scalar_min = 61});
    struct lw_face f = good_face();
    CHECK(lw_requirements_unmet(&t, &f) == 1u << LW_UNMET_BOUNDS);
    f.components[LW_Q_LUMINANCE_MEAN].scalar = 61;
    CHECK(lw_requirements_unmet(&t, &f) == 0);
}

static void what_could_not_be_assessed_fails_only_where_that_is_asked(void **state)
{
    LW_UNUSED(state);
    struct lw_bound b = {.component = LW_Q_OCCLUSION, .min = 0, .max = 1};
    struct lw_requirements t = table_with(b);
    struct lw_face f = good_face();
    f.components[LW_Q_OCCLUSION] = (struct lw_component_value){.native = -1, .scalar = -1};
    CHECK(lw_requirements_unmet(&t, &f) == 0);
    t.bounds[0].assessed = true;
    CHECK(lw_requirements_unmet(&t, &f) == 1u << LW_UNMET_BOUNDS);
}

static void a_set_tells_which_tables_are_met(void **state)
{
    LW_UNUSED(state);
    struct lw_requirement_set set = lw_requirements_least;
    struct lw_face f = good_face();
    set.v[set.n++] = table_with(within);
    CHECK(lw_requirements_met(&set, &f) == 3);
    f.inter_eye_px = 20;
    CHECK(lw_requirements_met(&set, &f) == 1);
    f.inter_eye_px = 19.9f;
    CHECK(lw_requirements_met(&set, &f) == 0);
    CHECK(lw_requirements_find(&set, "verify") == 0 && lw_requirements_find(&set, "t") == 1);
    CHECK(lw_requirements_find(&set, "") == -1);
}

static void crop_components_never_gate(void **state)
{
    LW_UNUSED(state);
    CHECK(!lw_component_gates(LW_Q_HEAD_SIZE) && !lw_component_gates(LW_Q_LEFTWARD_CROP));
    CHECK(!lw_component_gates(LW_Q_MARGIN_BELOW) && !lw_component_gates(LW_Q_COMPONENTS));
    CHECK(lw_component_gates(LW_Q_OCCLUSION) && lw_component_gates(LW_Q_HEAD_POSE_ROLL));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_meets_everything_is_met),
    cmocka_unit_test(each_thing_that_is_not_met_has_its_bit),
    cmocka_unit_test(a_scalar_bound_asks_for_the_published_mapping),
    cmocka_unit_test(what_could_not_be_assessed_fails_only_where_that_is_asked),
    cmocka_unit_test(a_set_tells_which_tables_are_met),
    cmocka_unit_test(crop_components_never_gate),
};
RUN_TESTS(tests)
