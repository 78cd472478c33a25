#include "check.h"

#include "track/bracket.h"

static int last_of(const float *tone, int n)
{
    struct lw_bracket b = {0};
    int r = 0;
    for (int i = 0; i < n; i++)
        r = lw_bracket_take(&b, i, tone[i]);
    return r;
}

static void cycles_of_two_and_three_are_told(void **state)
{
    LW_UNUSED(state);
    static const float two[] = {40, 90, 41, 88, 42, 91, 40},
                       three[] = {60, 20, 120, 61, 21, 118, 60};
    CHECK(last_of(two, 7) == 2 && last_of(three, 7) == 3);
    CHECK(last_of(three, 6) == 0); /* not yet */
}

static void light_that_changes_or_flickers_is_no_cycle(void **state)
{
    LW_UNUSED(state);
    static const float even[] = {60, 61, 60, 62, 60, 61, 60},
                       tunnel[] = {90, 88, 40, 20, 20, 45, 90};
    static const float flicker[] = {60, 68, 60, 68, 60, 68, 60};
    CHECK(last_of(even, 7) == 0 && last_of(tunnel, 7) == 0 && last_of(flicker, 7) == 0);
}

static void a_gap_begins_anew(void **state)
{
    LW_UNUSED(state);
    struct lw_bracket b = {0};
    for (int i = 0; i < 20; i++)
        CHECK((lw_bracket_take(&b, i, i % 2 ? 90 : 40) == 2) == (i >= LW_BRACKET_SEEN - 1));
    CHECK(lw_bracket_take(&b, 22, 40) == 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(cycles_of_two_and_three_are_told),
    cmocka_unit_test(light_that_changes_or_flickers_is_no_cycle),
    cmocka_unit_test(a_gap_begins_anew),
};
RUN_TESTS(tests)
