/* A portrait and earlier templates as one reference: the score is the mean of the similarities. */
#include "check.h"

#include <math.h>

#include "base/rng.h"
#include "face/reference.h"

enum { DIM = 512, PARTS = 3 };

static struct lw_matcher *open_matcher(void)
{
    struct lw_matcher *m = NULL;
    const struct lw_matcher_opts opts = {.cards_dir = test_dir("LW_TEST_CARDS"),
                                         .models_dir = test_dir("LW_TEST_MODELS"),
                                         .threads = 1};
    CHECK(opts.cards_dir && opts.models_dir && lw_matcher_open(&m, &opts, NULL) == LW_OK);
    return m;
}

/* A unit vector: a person's own, and noise `spread` times as strong. */
static struct lw_template *make(const struct lw_matcher *m, uint32_t person, double spread,
                                uint64_t seed)
{
    struct lw_template *t = NULL;
    struct lw_rng own = lw_rng_seed(person), noise = lw_rng_seed(1000 + seed);
    double sum = 0;
    CHECK(lw_template_new(&t, lw_matcher_model(m), DIM * sizeof(float)) == LW_OK);
    float *v = (float *)(void *)t->data;
    for (size_t k = 0; k < DIM; k++) {
        v[k] = (float)(lw_rng_gauss(&own) + spread * lw_rng_gauss(&noise));
        sum += (double)v[k] * (double)v[k];
    }
    for (size_t k = 0; k < DIM; k++)
        v[k] /= (float)sqrt(sum);
    t->quality = (float)(30 + 20 * (seed % 3));
    return t;
}

struct stage {
    struct lw_matcher *m;
    struct lw_template *portrait, *earlier[PARTS], *probe;
};

static struct stage begin(void)
{
    struct stage s = {.m = open_matcher()};
    s.portrait = make(s.m, 1, 0.7, 0);
    for (unsigned i = 0; i < PARTS; i++)
        s.earlier[i] = make(s.m, 1, 0.7, 1 + i);
    s.probe = make(s.m, 1, 0.7, 9);
    return s;
}

static void end(struct stage *s)
{
    lw_template_free(&s->portrait);
    for (unsigned i = 0; i < PARTS; i++)
        lw_template_free(&s->earlier[i]);
    lw_template_free(&s->probe);
    lw_matcher_free(&s->m);
}

static int join(struct stage *s, struct lw_reference *out, float agree)
{
    const struct lw_reference_parts parts = {.portrait = s->portrait,
                                             .earlier =
                                                 (const struct lw_template *const *)s->earlier,
                                             .n = PARTS};
    return lw_reference_join(out, s->m, &parts, agree, NULL);
}

static float similarity(struct stage *s, const struct lw_template *t)
{
    float score = NAN;
    CHECK(lw_matcher_compare(s->m, t, s->probe, &score, NULL) == LW_OK);
    return score;
}

static void the_score_is_the_mean_of_the_similarities_by_quality(void **state)
{
    LW_UNUSED(state);
    struct stage s = begin();
    struct lw_reference ref = {.tmpl = NULL};
    CHECK(join(&s, &ref, 0.1f) == 1);
    double sum = (double)s.portrait->quality * (double)similarity(&s, s.portrait);
    double weights = (double)s.portrait->quality;
    for (unsigned i = 0; i < PARTS; i++) {
        sum += (double)s.earlier[i]->quality * (double)similarity(&s, s.earlier[i]);
        weights += (double)s.earlier[i]->quality;
    }
    CHECK(fabs((double)(similarity(&s, ref.tmpl) * ref.unity) - sum / weights) < 1e-5);
    CHECK(ref.unity > 0.7f && ref.unity < 0.95f);
    lw_template_free(&ref.tmpl);
    end(&s);
}

static void one_part_alone_counts_as_it_is(void **state)
{
    LW_UNUSED(state);
    struct stage s = begin();
    struct lw_reference ref = {.tmpl = NULL};
    const struct lw_reference_parts parts = {
        .earlier = (const struct lw_template *const *)s.earlier, .n = 1};
    CHECK(lw_reference_join(&ref, s.m, &parts, 0.9f, NULL) == 1);
    CHECK(fabsf(ref.unity - 1) < 1e-5f);
    CHECK(fabsf(similarity(&s, ref.tmpl) - similarity(&s, s.earlier[0])) < 1e-5f);
    lw_template_free(&ref.tmpl);
    end(&s);
}

static void templates_of_somebody_else_are_not_joined(void **state)
{
    LW_UNUSED(state);
    struct stage s = begin();
    struct lw_reference ref = {.tmpl = NULL};
    lw_template_free(&s.portrait);
    s.portrait = make(s.m, 2, 0.7, 0);
    CHECK(join(&s, &ref, 0.3f) == 0 && !ref.tmpl);
    CHECK(join(&s, &ref, NAN) == 0 && !ref.tmpl);
    end(&s);
}

static void none_and_too_many_are_refused(void **state)
{
    LW_UNUSED(state);
    struct stage s = begin();
    struct lw_reference ref = {.tmpl = NULL};
    struct lw_why why;
    const struct lw_template *many[LW_REFERENCE_PARTS_MAX];
    for (size_t i = 0; i < LW_REFERENCE_PARTS_MAX; i++)
        many[i] = s.earlier[0];
    struct lw_reference_parts parts = {.portrait = s.portrait, .earlier = many, .n = 0};
    CHECK(lw_reference_join(&ref, s.m, &parts, 0, &why) == LW_EINVAL);
    parts.n = LW_REFERENCE_PARTS_MAX;
    CHECK(lw_reference_join(&ref, s.m, &parts, 0, &why) == LW_EINVAL && !ref.tmpl);
    end(&s);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_score_is_the_mean_of_the_similarities_by_quality),
    cmocka_unit_test(one_part_alone_counts_as_it_is),
    cmocka_unit_test(templates_of_somebody_else_are_not_joined),
    cmocka_unit_test(none_and_too_many_are_refused),
};

RUN_TESTS(tests)
