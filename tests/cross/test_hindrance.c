#include "check.h"

#include "cross/hindrance.h"

#define BIT(r) (1u << LW_REASON_##r)

static const struct lw_requirements verify = {.name = "verify", .inter_eye_px = 20, .quality = 30};

/* A face that nothing is wrong with. */
static struct lw_face clear_face(void)
{
    struct lw_face f = {.inter_eye_px = 40, .quality = 70, .score = 0.99f, .posed = true};
    for (int c = 0; c < LW_Q_COMPONENTS; c++)
        f.components[c] = (struct lw_component_value){.native = 0, .scalar = 50};
    f.components[LW_Q_LUMINANCE_MEAN].native = 0.15;
    f.components[LW_Q_GLASS_VEIL].native = 0.3;
    f.components[LW_Q_OCCLUSION].native = 0.2;
    f.components[LW_Q_INTER_EYE_DISTANCE].native = 40;
    return f;
}

static uint32_t why(const struct lw_face *f)
{
    return lw_reasons_not_captured(&f, 1, &verify);
}

static void a_clear_face_has_no_hindrance(void **state)
{
    LW_UNUSED(state);
    const struct lw_face f = clear_face();
    assert_int_equal(lw_hindrances(&f), 0);
}

static void each_hindrance_is_told_by_its_component(void **state)
{
    LW_UNUSED(state);
    struct lw_face f = clear_face();
    f.components[LW_Q_LUMINANCE_MEAN].native = 0.005;
    assert_int_equal(lw_hindrances(&f), BIT(TOO_DARK));
    f.components[LW_Q_LUMINANCE_MEAN].native = 0.5;
    assert_int_equal(lw_hindrances(&f), BIT(GLARE));
    f = clear_face();
    f.components[LW_Q_GLASS_VEIL].native = 0.9;
    assert_int_equal(lw_hindrances(&f), BIT(GLARE));
    f = clear_face();
    f.components[LW_Q_OVER_EXPOSURE_PREVENTION].native = 0.1;
    assert_int_equal(lw_hindrances(&f), BIT(GLARE));
    f = clear_face();
    f.components[LW_Q_OCCLUSION].native = 0.7;
    assert_int_equal(lw_hindrances(&f), BIT(OCCLUDED));
    f = clear_face();
    f.yaw_deg = -70;
    assert_int_equal(lw_hindrances(&f), BIT(TURNED_AWAY));
    f = clear_face();
    f.pitch_deg = 40;
    assert_int_equal(lw_hindrances(&f), BIT(TURNED_AWAY));
}

static void what_could_not_be_assessed_is_no_hindrance(void **state)
{
    LW_UNUSED(state);
    struct lw_face f = clear_face();
    for (int c = 0; c < LW_Q_COMPONENTS; c++)
        f.components[c] = (struct lw_component_value){.native = -1, .scalar = -1};
    assert_int_equal(lw_hindrances(&f), 0);
    f.posed = false; /* a head that fits no landmarks is not facing us */
    assert_int_equal(lw_hindrances(&f), BIT(TURNED_AWAY));
}

static void few_pixels_are_too_small_unless_the_head_is_turned(void **state)
{
    LW_UNUSED(state);
    struct lw_face f = clear_face();
    f.inter_eye_px = 15;
    f.components[LW_Q_INTER_EYE_DISTANCE].native = 15;
    assert_int_equal(why(&f), BIT(TOO_SMALL));
    f.yaw_deg = 65;
    f.components[LW_Q_INTER_EYE_DISTANCE].native = 35;
    assert_int_equal(why(&f), BIT(TURNED_AWAY));
}

static void a_bad_shot_gets_its_hindrance_as_reason(void **state)
{
    LW_UNUSED(state);
    struct lw_face f = clear_face();
    f.quality = 12;
    assert_int_equal(why(&f), BIT(TOO_SMALL)); /* blurred: nearer helps */
    f.components[LW_Q_LUMINANCE_MEAN].native = 0.001;
    f.components[LW_Q_OCCLUSION].native = 0.9;
    assert_int_equal(why(&f), BIT(TOO_DARK) | BIT(OCCLUDED));
}

static void what_holds_for_the_best_shot_alone_is_told_and_for_all_too(void **state)
{
    LW_UNUSED(state);
    struct lw_face dark = clear_face(), small = clear_face();
    const struct lw_face *faces[] = {&small, &dark};
    dark.quality = small.quality = 10;
    dark.components[LW_Q_LUMINANCE_MEAN].native = 0.001;
    small.inter_eye_px = 10;
    assert_int_equal(lw_reasons_not_captured(faces, 2, &verify), BIT(TOO_SMALL));
    small.components[LW_Q_LUMINANCE_MEAN].native = 0.001;
    assert_int_equal(lw_reasons_not_captured(faces, 2, &verify), BIT(TOO_SMALL) | BIT(TOO_DARK));
}

static void without_a_shot_there_is_no_face(void **state)
{
    LW_UNUSED(state);
    assert_int_equal(lw_reasons_not_captured(NULL, 0, &verify), BIT(NO_FACE));
}

static void every_reason_and_status_has_an_advice(void **state)
{
    LW_UNUSED(state);
    for (int i = 0; i < LW_REASONS; i++)
        CHECK(strlen(lw_reason_advice((enum lw_reason)i)) > 20);
    CHECK(!*lw_document_status_advice(LW_DOC_MATCHED));
    CHECK(strlen(lw_document_status_advice(LW_DOC_NOT_SEEN)) > 20);
    CHECK(strlen(lw_document_status_advice(LW_DOC_MISMATCH)) > 20);
    CHECK(strlen(lw_document_status_advice(LW_DOC_OPTED_OUT)) > 20);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_clear_face_has_no_hindrance),
    cmocka_unit_test(each_hindrance_is_told_by_its_component),
    cmocka_unit_test(what_could_not_be_assessed_is_no_hindrance),
    cmocka_unit_test(few_pixels_are_too_small_unless_the_head_is_turned),
    cmocka_unit_test(a_bad_shot_gets_its_hindrance_as_reason),
    cmocka_unit_test(what_holds_for_the_best_shot_alone_is_told_and_for_all_too),
    cmocka_unit_test(without_a_shot_there_is_no_face),
    cmocka_unit_test(every_reason_and_status_has_an_advice),
};
RUN_TESTS(tests)
