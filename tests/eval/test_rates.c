#include "check.h"

#include <math.h>

#include "base/json.h"
#include "eval/rates.h"

static bool near(double a, double b)
{
    return fabs(a - b) < 1e-10;
}

/* scipy.stats.binomtest(n, of).proportion_ci(0.95, 'wilson') */
static void intervals_are_those_of_wilson(void **state)
{
    static const double table[][4] = {
        {0, 1000, 0.000000000000, 0.003826758486}, {12, 3000, 0.002289680812, 0.006978937123},
        {50, 100, 0.403831530366, 0.596168469634}, {7, 7, 0.645669564933, 1.000000000000},
        {1, 3, 0.061491944720, 0.792340399198},
    };
    LW_UNUSED(state);
    for (size_t i = 0; i < LW_COUNT(table); i++) {
        struct lw_rate r = lw_rate_of(table[i][0], table[i][1]);
        CHECK(near(r.value, table[i][0] / table[i][1]));
        CHECK(near(r.low, table[i][2]) && near(r.high, table[i][3]));
    }
}

static void a_rate_of_nothing_has_no_value(void **state)
{
    LW_UNUSED(state);
    struct lw_rate r = lw_rate_of(0, 0);
    CHECK(isnan(r.value) && isnan(r.low) && isnan(r.high));
    lw_rate_widen(&r, 0, 1);
    CHECK(isnan(r.low));
}

static void widening_never_narrows(void **state)
{
    LW_UNUSED(state);
    struct lw_rate r = lw_rate_of(50, 100);
    lw_rate_widen(&r, 0.45, 0.7);
    CHECK(near(r.low, 0.403831530366) && near(r.high, 0.7));
    lw_rate_widen(&r, NAN, NAN);
    CHECK(near(r.high, 0.7));
}

/* numpy.quantile([5, 1, 4, 2, 3, 9, 7], [0.025, 0.975]) */
static void percentiles_lie_between_neighbours(void **state)
{
    LW_UNUSED(state);
    double v[] = {5, 1, 4, 2, 3, 9, 7}, low, high;
    lw_percentile_interval(v, LW_COUNT(v), &low, &high);
    CHECK(near(low, 1.15) && near(high, 8.7));
    lw_percentile_interval(v, 0, &low, &high);
    CHECK(isnan(low) && isnan(high));
}

static void the_json_form_has_value_n_of_and_ci95(void **state)
{
    LW_UNUSED(state);
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_rate r = {.value = 0.25, .n = 1000000, .of = 4000000, .low = 0.125, .high = 0.5};
    lw_rate_put_json(&b, &r);
    assert_string_equal(lw_strbuf_peek(&b), "{\"value\": 0.25, \"n\": 1000000, \"of\": 4000000, "
                                            "\"ci95\": [0.125, 0.5]}");
    lw_strbuf_clear(&b);
    r = lw_rate_of(0, 0);
    lw_rate_put_json(&b, &r);
    assert_string_equal(lw_strbuf_peek(&b),
                        "{\"value\": null, \"n\": 0, \"of\": 0, \"ci95\": [null, null]}");
}

static void percent_text_has_the_digits_that_the_interval_deserves(void **state)
{
    char text[LW_RATE_TEXT];
    LW_UNUSED(state);
    lw_rate_print(text,
                  &(struct lw_rate){.value = 0.6, .n = 36, .of = 60, .low = 0.467, .high = 0.717});
    assert_string_equal(text, "60.0 % [46.7, 71.7]");
    lw_rate_print(text, &(struct lw_rate){0.0107, 86, 8101, 0.0086, 0.0133});
    assert_string_equal(text, "1.07 % [0.86, 1.33]");
    lw_rate_print(text, &(struct lw_rate){.value = NAN});
    assert_string_equal(text, "-");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(intervals_are_those_of_wilson),
    cmocka_unit_test(a_rate_of_nothing_has_no_value),
    cmocka_unit_test(widening_never_narrows),
    cmocka_unit_test(percentiles_lie_between_neighbours),
    cmocka_unit_test(the_json_form_has_value_n_of_and_ci95),
    cmocka_unit_test(percent_text_has_the_digits_that_the_interval_deserves),
};
RUN_TESTS(tests)
