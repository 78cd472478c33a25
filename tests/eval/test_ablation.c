#include "check.h"

#include <math.h>
#include <stdlib.h>

#include "eval/ablation.h"

enum { VEHICLES = 40 };

static struct lw_vehicle_score *vehicles(double complete, int lost_from)
{
    struct lw_vehicle_score *v = calloc(VEHICLES, sizeof(*v));
    assert_non_null(v);
    for (int i = 0; i < VEHICLES; i++) {
        v[i].of[LW_RATE_VEHICLE_COMPLETENESS] = 1;
        v[i].n[LW_RATE_VEHICLE_COMPLETENESS] = i < lost_from ? complete : 0;
    }
    return v;
}

static void a_difference_is_the_one_of_the_rates_and_its_interval_is_paired(void **state)
{
    LW_UNUSED(state);
    struct lw_vehicle_score *whole = vehicles(1, 36), *without = vehicles(1, 30);
    struct lw_ablation a = {.name = "x"};
    CHECK(lw_ablation_weigh(&a, whole, without, VEHICLES) == LW_OK);
    const struct lw_gain *g = &a.gain[LW_RATE_VEHICLE_COMPLETENESS];
    CHECK(fabs(g->value - 0.15) < 1e-9 && g->up == 6 && g->down == 0);
    /* Six of forty differ, all one way: a paired interval stays above none and is that of the share
     * 6/40, sd sqrt(0.15 * 0.85 / 40) = 0.056; an unpaired one would reach far below none. */
    CHECK(g->low > 0.02 && g->low < 0.08 && g->high > 0.22 && g->high < 0.30);
    CHECK(a.without[LW_RATE_VEHICLE_COMPLETENESS].n == 30);
    free(whole);
    free(without);
}

static void no_vehicle_that_differs_is_a_difference_of_none(void **state)
{
    LW_UNUSED(state);
    struct lw_vehicle_score *whole = vehicles(1, 36);
    struct lw_ablation a = {.name = "x"};
    char text[LW_GAIN_TEXT];
    CHECK(lw_ablation_weigh(&a, whole, whole, VEHICLES) == LW_OK);
    lw_gain_print(text, &a.gain[LW_RATE_VEHICLE_COMPLETENESS]);
    assert_string_equal(text, "0");
    lw_gain_print(text, &a.gain[LW_RATE_UNDECLARED]); /* nothing to count */
    assert_string_equal(text, "-");
    free(whole);
}

static void a_step_that_harms_is_told_with_its_sign(void **state)
{
    LW_UNUSED(state);
    struct lw_vehicle_score *whole = vehicles(1, 20), *without = vehicles(1, 30);
    struct lw_ablation a = {.name = "x"};
    char text[LW_GAIN_TEXT];
    CHECK(lw_ablation_weigh(&a, whole, without, VEHICLES) == LW_OK);
    const struct lw_gain *g = &a.gain[LW_RATE_VEHICLE_COMPLETENESS];
    lw_gain_print(text, g);
    CHECK(g->down == 10 && g->up == 0 && g->high < 0 && strncmp(text, "-25.0 [-", 8) == 0);
    free(whole);
    free(without);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_difference_is_the_one_of_the_rates_and_its_interval_is_paired),
    cmocka_unit_test(no_vehicle_that_differs_is_a_difference_of_none),
    cmocka_unit_test(a_step_that_harms_is_told_with_its_sign),
};
RUN_TESTS(tests)
