#include "kits.h"

#include <math.h>

static struct lw_matcher *open_fake(const char *config)
{
    struct lw_matcher *m = NULL;
    struct lw_why why = {0};
    const char *library = getenv("LW_TEST_MATCHER");
    assert_non_null(library);
    if (lw_matcher_open(&m, &(struct lw_matcher_opts){.library = library, .config = config}, &why))
        fail_msg("%s", why.text);
    return m;
}

static struct lw_template *template_of(struct lw_matcher *m, uint8_t r, uint8_t g, uint8_t b)
{
    LW_AUTO(lw_image) im = NULL;
    struct lw_template *t = NULL;
    struct lw_why why = {0};
    const struct lw_face face = {.box = {2, 2, 4, 4}, .quality = 60};
    CHECK(lw_image_new(&im, LW_PIX_RGB8, 8, 8) == LW_OK);
    for (int y = 0; y < 8; y++)
        for (int x = 0; x < 8; x++)
            memcpy(lw_image_row(im, y) + 3 * x, (uint8_t[]){r, g, b}, 3);
    if (lw_matcher_extract(m, im, &face, &t, &why) < 0)
        fail_msg("%s", why.text);
    return t;
}

static void another_matcher_comes_through_the_door(void **state)
{
    LW_UNUSED(state);
    LW_AUTO(lw_matcher) m = open_fake(NULL);
    LW_AUTO(lw_template) red = template_of(m, 255, 0, 0);
    LW_AUTO(lw_template) rose = template_of(m, 255, 51, 0);
    float score = 0, threshold = 0;
    struct lw_why why = {0};
    assert_string_equal(lw_matcher_model(m), "fake-colour-1");
    assert_string_equal(red->model, "fake-colour-1");
    CHECK(red->quality == 60 && red->n == 12 && lw_matcher_unit_vector_dim(m) == 0);
    CHECK(lw_matcher_compare(m, red, rose, &score, &why) == LW_OK && fabsf(score - 0.8f) < 1e-5f);
    CHECK(fabs(lw_matcher_fmr_at(m, LW_COMPARED_STILLS, score) - 0.1) < 1e-5);
    CHECK(lw_matcher_threshold_at(m, LW_COMPARED_STILLS, 0.001, &threshold, &why) == LW_OK &&
          threshold == 0.95f);
    CHECK(lw_matcher_threshold_at(m, LW_COMPARED_STILLS, 0.0001, &threshold, &why) == LW_EUNSUP);
    CHECK(strstr(why.text, "0.0001") && strstr(why.text, "0.001"));
}

static void templates_of_two_models_are_never_compared(void **state)
{
    LW_UNUSED(state);
    LW_AUTO(lw_matcher) m = open_fake(NULL);
    LW_AUTO(lw_template) own = template_of(m, 255, 0, 0);
    LW_AUTO(lw_template) other = NULL;
    LW_AUTO(lw_template) shorter = NULL;
    LW_AUTO(lw_template) fused = NULL;
    float score = 7;
    struct lw_why why = {0};
    CHECK(lw_template_new(&other, "fake-colour-2", 12) == LW_OK);
    CHECK(lw_matcher_compare(m, own, other, &score, &why) == LW_EINVAL && score == 7);
    CHECK(strstr(why.text, "fake-colour-2") && strstr(why.text, "fake-colour-1"));
    CHECK(lw_matcher_compare(m, other, own, &score, &why) == LW_EINVAL && score == 7);
    CHECK(lw_template_new(&shorter, "fake-colour-1", 8) == LW_OK);
    CHECK(lw_matcher_compare(m, own, shorter, &score, &why) == LW_EINVAL && score == 7);
    CHECK(lw_matcher_fuse(m, (const struct lw_template *const[]){own}, (float[]){1}, 1, &fused,
                          &why) == LW_EUNSUP);
}

static void the_built_in_matcher_refuses_templates_of_a_loaded_one(void **state)
{
    LW_UNUSED(state);
    NEED_DIR(models, "LW_TEST_MODELS");
    NEED_DIR(cards, "LW_TEST_CARDS");
    LW_AUTO(lw_matcher) fake = open_fake(NULL);
    LW_AUTO(lw_matcher) own = NULL;
    LW_AUTO(lw_template) t = template_of(fake, 1, 2, 3);
    LW_AUTO(lw_template) fused = NULL;
    float score;
    struct lw_why why = {0};
    const struct lw_matcher_opts opts = {.cards_dir = cards, .models_dir = models};
    CHECK(lw_matcher_open(&own, &opts, &why) == LW_OK);
    CHECK(lw_matcher_unit_vector_dim(own) == 512);
    CHECK(lw_matcher_compare(own, t, t, &score, &why) == LW_EINVAL);
    CHECK(lw_matcher_fuse(own, (const struct lw_template *const[]){t}, (float[]){1}, 1, &fused,
                          &why) == LW_EINVAL);
}

static void refused_with(const char *library, const char *config, const char *says)
{
    LW_AUTO(lw_matcher) m = NULL;
    struct lw_why why = {0};
    const struct lw_matcher_opts opts = {.library = library, .config = config};
    CHECK(lw_matcher_open(&m, &opts, &why) < 0 && m == NULL);
    if (!strstr(why.text, says) || strchr(why.text, '\n'))
        fail_msg("\"%s\" does not say \"%s\" in one line", why.text, says);
}

static void a_matcher_that_breaks_a_rule_is_refused_with_its_name(void **state)
{
    LW_UNUSED(state);
    const char *fake = getenv("LW_TEST_MATCHER"), *old = getenv("LW_TEST_OLD_MATCHER");
    CHECK(fake && old);
    refused_with("/nowhere/matcher.so", "", "/nowhere/matcher.so");
    refused_with("/etc/passwd", "", "/etc/passwd");
    refused_with("libm.so.6", "", "does not export lw_matcher_entry()");
    refused_with(old, "", "built for matcher ABI 99, not 2");
    refused_with(fake, "refuse", "no licence?for this host");
    refused_with(fake, "bad-id", "model id");
    refused_with(fake, "huge", "65537 bytes");
    refused_with(fake, "rising", "calibration row 1");
    refused_with(fake, "odd-dim", "not 4 floats");
}

static void failures_inside_a_matcher_are_faults_with_a_reason(void **state)
{
    LW_UNUSED(state);
    LW_AUTO(lw_matcher) blind = open_fake("blind");
    LW_AUTO(lw_matcher) nan = open_fake("nan");
    LW_AUTO(lw_template) t = template_of(nan, 1, 2, 3);
    LW_AUTO(lw_template) none = NULL;
    LW_AUTO(lw_image) im = NULL;
    float score;
    struct lw_why why = {0};
    CHECK(lw_image_new(&im, LW_PIX_RGB8, 8, 8) == LW_OK);
    CHECK(lw_matcher_extract(blind, im, &(struct lw_face){0}, &none, &why) < 0 && !none);
    CHECK(strstr(why.text, "no face in sight"));
    CHECK(lw_matcher_compare(nan, t, t, &score, &why) < 0);
}

static void an_uncalibrated_matcher_claims_no_rate(void **state)
{
    LW_UNUSED(state);
    LW_AUTO(lw_matcher) m = open_fake("uncalibrated");
    float threshold;
    struct lw_why why = {0};
    CHECK(isnan(lw_matcher_fmr_at(m, LW_COMPARED_STILLS, 0.9f)));
    CHECK(lw_matcher_threshold_at(m, LW_COMPARED_STILLS, 0.1, &threshold, &why) == LW_EUNSUP);
    CHECK(strstr(why.text, "not calibrated"));
}

static struct lw_template *unit_template(const char *model, size_t axis)
{
    struct lw_template *t = NULL;
    CHECK(lw_template_new(&t, model, 512 * sizeof(float)) == LW_OK);
    const float one = 1;
    memcpy(t->data + axis * sizeof(float), &one, sizeof(one));
    t->quality = 20.0f * (float)(axis + 1);
    return t;
}

static void fusion_weighs_and_keeps_unit_length(void **state)
{
    LW_UNUSED(state);
    NEED_DIR(models, "LW_TEST_MODELS");
    NEED_DIR(cards, "LW_TEST_CARDS");
    LW_AUTO(lw_matcher) m = NULL;
    struct lw_why why = {0};
    const struct lw_matcher_opts opts = {.cards_dir = cards, .models_dir = models};
    CHECK(lw_matcher_open(&m, &opts, &why) == LW_OK);
    LW_AUTO(lw_template) a = unit_template(lw_matcher_model(m), 0);
    LW_AUTO(lw_template) b = unit_template(lw_matcher_model(m), 1);
    LW_AUTO(lw_template) f = NULL;
    LW_AUTO(lw_template) none = NULL;
    const struct lw_template *const both[] = {a, b};
    float s;
    CHECK(lw_matcher_fuse(m, both, (float[]){3, 4}, 2, &f, &why) == LW_OK);
    CHECK(lw_matcher_compare(m, f, a, &s, &why) == LW_OK && fabsf(s - 0.6f) < 1e-6f);
    CHECK(lw_matcher_compare(m, f, b, &s, &why) == LW_OK && fabsf(s - 0.8f) < 1e-6f);
    CHECK(lw_matcher_compare(m, f, f, &s, &why) == LW_OK && fabsf(s - 1) < 1e-6f);
    CHECK(fabsf(f->quality - (3 * 20 + 4 * 40) / 7.0f) < 1e-4f);
    CHECK(lw_matcher_fuse(m, both, (float[]){1, 0}, 2, &none, &why) == LW_EINVAL);
    CHECK(lw_matcher_fuse(m, both, (float[]){1, NAN}, 2, &none, &why) == LW_EINVAL);
    CHECK(lw_matcher_fuse(m, both, (float[]){1, 1}, 0, &none, &why) == LW_EINVAL && !none);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(another_matcher_comes_through_the_door),
    cmocka_unit_test(templates_of_two_models_are_never_compared),
    cmocka_unit_test(the_built_in_matcher_refuses_templates_of_a_loaded_one),
    cmocka_unit_test(a_matcher_that_breaks_a_rule_is_refused_with_its_name),
    cmocka_unit_test(failures_inside_a_matcher_are_faults_with_a_reason),
    cmocka_unit_test(an_uncalibrated_matcher_claims_no_rate),
    cmocka_unit_test(fusion_weighs_and_keeps_unit_length),
};
RUN_TESTS(tests)
