#include "check.h"

#include <math.h>

#include "face/quality.h"

/* Computed outside this program with 50-digit arithmetic from the published formulas. */
static const char expected[] = "tests/golden/quality/expected.csv";

static void scalars_are_those_of_the_published_formulas(void **state)
{
    LW_UNUSED(state);
    FILE *f = fopen(expected, "r");
    CHECK(f != NULL);
    char line[128], name[64];
    double native;
    int scalar, rows = 0;
    CHECK(fgets(line, sizeof(line), f) && strcmp(line, "component,native,scalar\n") == 0);
    for (; fgets(line, sizeof(line), f); rows++) {
        CHECK(sscanf(line, "%63[^,],%lf,%d", name, &native, &scalar) == 3);
        enum lw_component c = lw_component_find(name);
        CHECK(c != LW_Q_COMPONENTS);
        if (lw_quality_scalar(c, native) != scalar)
            fail_msg("%s %.17g gives %d, not %d", name, native, lw_quality_scalar(c, native),
                     scalar);
    }
    fclose(f);
    assert_int_equal(rows, 329);
}

static void every_component_has_its_own_name(void **state)
{
    LW_UNUSED(state);
    for (int i = 0; i < LW_Q_COMPONENTS; i++)
        CHECK((int)lw_component_find(lw_component_name((enum lw_component)i)) == i);
    CHECK(lw_component_find("luminance") == LW_Q_COMPONENTS);
    CHECK(lw_component_find("") == LW_Q_COMPONENTS);
    assert_string_equal(lw_component_name(LW_Q_COMPONENTS), "unknown");
}

static void what_could_not_be_assessed_has_no_scalar(void **state)
{
    LW_UNUSED(state);
    for (int i = 0; i <= LW_Q_COMPONENTS; i++) {
        CHECK(lw_quality_scalar((enum lw_component)i, -1) == -1);
        CHECK(lw_quality_scalar((enum lw_component)i, NAN) == -1);
    }
}

static void our_own_measures_have_no_mapping(void **state)
{
    LW_UNUSED(state);
    CHECK(!lw_component_is_mapped(LW_Q_SHARPNESS) && !lw_component_is_mapped(LW_Q_COMPONENTS));
    CHECK(lw_quality_scalar(LW_Q_SHARPNESS, 0.5) == -1);
    CHECK(lw_quality_scalar(LW_Q_MOTION_BLUR, 0.5) == -1);
    CHECK(lw_quality_scalar(LW_Q_GLASS_VEIL, 0.5) == -1);
    CHECK(lw_component_is_mapped(LW_Q_HEAD_POSE_ROLL));
}

static void absurd_natives_stay_within_0_and_100(void **state)
{
    LW_UNUSED(state);
    static const double absurd[] = {-1e300, -7,    -0.01,    1e-300,   1.5,
                                    1e6,    1e300, INFINITY, -INFINITY};
    for (int c = 0; c < LW_Q_COMPONENTS; c++)
        for (size_t i = 0; i < LW_COUNT(absurd); i++) {
            int q = lw_quality_scalar((enum lw_component)c, absurd[i]);
            CHECK(q >= -1 && q <= 100);
        }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(scalars_are_those_of_the_published_formulas),
    cmocka_unit_test(every_component_has_its_own_name),
    cmocka_unit_test(what_could_not_be_assessed_has_no_scalar),
    cmocka_unit_test(our_own_measures_have_no_mapping),
    cmocka_unit_test(absurd_natives_stay_within_0_and_100),
};
RUN_TESTS(tests)
