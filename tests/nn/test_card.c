#include "cards.h"

#include <math.h>

static struct lw_span span_of(const char *s)
{
    return (struct lw_span){.data = (const uint8_t *)s, .n = strlen(s)};
}

static void a_card_is_read_to_the_last_field(void **state)
{
    LW_UNUSED(state);
    struct lw_card c;
    struct lw_why why = {0};
    CHECK(lw_card_parse(&c, span_of(good_card), &why) == LW_OK);
    assert_string_equal(c.id, "net-1");
    assert_string_equal(c.role, "embedding");
    assert_string_equal(c.file, "net.onnx");
    assert_string_equal(c.color, "BGR");
    CHECK(lw_card_channels(&c) == 3 && c.mean[2] == 3 && c.scale[2] == 0.125f);
    CHECK(c.io.n_inputs == 1 && c.io.inputs[0].ndim == 4 && c.io.inputs[0].dim[1] == 3);
    CHECK(c.io.n_outputs == 1 && c.io.outputs[0].dim[1] == -1);
    CHECK(c.n_parts == 1 && c.parts[0].node_end == 2 && c.parts[0].io.inputs[0].dim[3] == -1);
    CHECK(c.n_calibration == 3 && c.calibration[1].fmr == 0.01);
}

static void fused_templates_have_a_table_of_their_own(void **state)
{
    LW_UNUSED(state);
    LW_AUTO_STRBUF text = LW_STRBUF_INIT;
    struct lw_card c;
    struct lw_why why = {0};
    CHECK(lw_card_parse(&c, span_of(good_card), &why) == LW_OK && c.n_calibration_fused == 0);
    edit_card(&text, "\"calibration\":", "\"calibration_fused\":");
    CHECK(lw_card_parse(&c, lw_strbuf_span(&text), &why) == LW_OK);
    CHECK(c.n_calibration == 0 && c.n_calibration_fused == 3);
    CHECK(c.calibration_fused[1].fmr == 0.01);
}

static void each_broken_rule_is_named(void **state)
{
    LW_UNUSED(state);
    static const struct {
        const char *from, *to, *says;
    } rules[] = {
        {"\"version\":1", "\"version\":2", "\"version\""},
        {"\"role\"", "\"rolle\"", "unknown key \"rolle\""},
        {"\"id\":\"net-1\"", "\"id\":\"net 1\"", "\"id\""},
        {"\"id\":\"net-1\"", "\"id\":\"\"", "\"id\""},
        {"net.onnx", "../net.onnx", "\"file\""},
        {"0123456789abcdef", "0123456789ABCDEF", "\"sha256\""},
        {"0123456789abcdef", "", "\"sha256\""},
        {"BGR", "CMYK", "\"CMYK\""},
        {"\"mean\":[1,2,3]", "\"mean\":[1,2]", "\"mean\""},
        {"\"mean\":[1,2,3]", "\"mean\":[1,2,\"x\"]", "mean[2]"},
        {"[1,3,8,8]", "[1,3,8,8,1]", "inputs[0]: \"shape\""},
        {"[1,3,8,8]", "[1,3,0,8]", "a dimension is 0"},
        {"[1,3,8,8]", "[1,3,8,-2]", "a dimension must be"},
        {"\"nodes\":[0,2]", "\"nodes\":[2,2]", "parts[0]: nodes[1]"},
        {"[0.01,0.3]", "[0.2,0.3]", "calibration row 1"},
        {"[0.01,0.3]", "[0.01,0.1]", "calibration row 1"},
        {"[0.01,0.3]", "[0,0.3]", "calibration row 1"},
        {"[0.01,0.3]", "[0.01]", "calibration row 1"},
        {"\"impostor_pairs\":1000", "\"impostor_pairs\":0", "impostor_pairs"},
        {"\"command\":\"lanewise eval faces\",", "", "\"command\""},
    };
    LW_AUTO_STRBUF text = LW_STRBUF_INIT;
    for (size_t i = 0; i < LW_COUNT(rules); i++) {
        struct lw_card c = {.n_parts = 99};
        struct lw_why why = {0};
        edit_card(&text, rules[i].from, rules[i].to);
        CHECK(lw_card_parse(&c, lw_strbuf_span(&text), &why) < 0);
        if (!strstr(why.text, rules[i].says))
            fail_msg("\"%s\" does not name %s", why.text, rules[i].says);
        CHECK(c.n_parts == 99); /* the output is written on success only */
    }
}

static void every_shortened_card_is_refused(void **state)
{
    LW_UNUSED(state);
    struct lw_card c;
    for (size_t n = 0; n < strlen(good_card); n++)
        CHECK(lw_card_parse(&c, (struct lw_span){(const uint8_t *)good_card, n}, NULL) < 0);
}

static const struct lw_calibration_point rows[] = {{0.1, 0.2f}, {0.01, 0.3f}, {0.001, 0.4f}};

static void a_score_between_two_rows_is_interpolated_in_the_logarithm(void **state)
{
    LW_UNUSED(state);
    CHECK(fabs(lw_calibration_fmr_at(rows, 3, 0.3f) - 0.01) < 1e-9);
    CHECK(fabs(lw_calibration_fmr_at(rows, 3, 0.35f) - 0.0031622777) < 1e-8);
    float t = 0;
    CHECK(lw_calibration_threshold_at(rows, 3, 0.0031622777, &t) == LW_OK);
    CHECK(fabsf(t - 0.35f) < 1e-6f);
    CHECK(lw_calibration_threshold_at(rows, 3, 0.001, &t) == LW_OK && t == 0.4f);
}

static void beyond_the_table_nothing_is_claimed(void **state)
{
    LW_UNUSED(state);
    float t = 7;
    CHECK(lw_calibration_fmr_at(rows, 3, 0.9f) == 0.001); /* not less than was measured */
    CHECK(lw_calibration_fmr_at(rows, 3, 0.1f) == 1.0);
    CHECK(isnan(lw_calibration_fmr_at(rows, 0, 0.3f)));
    CHECK(isnan(lw_calibration_fmr_at(rows, 3, NAN)));
    CHECK(lw_calibration_threshold_at(rows, 3, 0.0009, &t) == LW_EUNSUP && t == 7);
    CHECK(lw_calibration_threshold_at(rows, 0, 0.1, &t) == LW_EUNSUP);
    CHECK(lw_calibration_threshold_at(rows, 3, NAN, &t) == LW_EUNSUP && t == 7);
    CHECK(lw_calibration_threshold_at(rows, 3, 0.5, &t) == LW_OK && t == 0.2f);
}

static void the_cards_that_are_shipped_are_good(void **state)
{
    LW_UNUSED(state);
    static const char *const roles[] = {"detector", "landmarks", "embedding"};
    NEED_DIR(cards, "LW_TEST_CARDS");
    for (size_t i = 0; i < LW_COUNT(roles); i++) {
        struct lw_card c;
        struct lw_why why = {0};
        char path[4096];
        snprintf(path, sizeof(path), "%s/%s.json", cards, roles[i]);
        if (lw_card_load(&c, path, &why) < 0)
            fail_msg("%s", why.text);
        assert_string_equal(c.role, roles[i]);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_card_is_read_to_the_last_field),
    cmocka_unit_test(fused_templates_have_a_table_of_their_own),
    cmocka_unit_test(each_broken_rule_is_named),
    cmocka_unit_test(every_shortened_card_is_refused),
    cmocka_unit_test(a_score_between_two_rows_is_interpolated_in_the_logarithm),
    cmocka_unit_test(beyond_the_table_nothing_is_claimed),
    cmocka_unit_test(the_cards_that_are_shipped_are_good),
};
RUN_TESTS(tests)
