/* Claims with earlier templates beside the portrait: counted, and their false match rate held. */
#include "check.h"

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "eval/references.h"

/* People differ in few directions, so that strangers resemble each other by chance as often as a
 * test needs; photographs of one person differ in more, which fusing takes out. */
enum { DIM = 512, DIRECTIONS = 12, NOISE = 48, PEOPLE = 90, PHOTOS = 3, ITEMS = PEOPLE * PHOTOS };

static struct lw_matcher *open_matcher(void)
{
    struct lw_matcher *m = NULL;
    const struct lw_matcher_opts opts = {.cards_dir = test_dir("LW_TEST_CARDS"),
                                         .models_dir = test_dir("LW_TEST_MODELS"),
                                         .threads = 1};
    CHECK(opts.cards_dir && opts.models_dir && lw_matcher_open(&m, &opts, NULL) == LW_OK);
    return m;
}

static struct lw_template *make_template(const struct lw_matcher *m, uint32_t person,
                                         struct lw_rng *noise)
{
    struct lw_template *t = NULL;
    struct lw_rng own = lw_rng_seed(person);
    double sum = 0;
    CHECK(lw_template_new(&t, lw_matcher_model(m), DIM * sizeof(float)) == LW_OK);
    float *v = (float *)(void *)t->data;
    for (size_t k = 0; k < NOISE; k++) {
        const double person_k = k < DIRECTIONS ? lw_rng_gauss(&own) : 0;
        v[k] = (float)(person_k + 0.4 * lw_rng_gauss(noise));
        sum += (double)v[k] * (double)v[k];
    }
    for (size_t k = 0; k < DIM; k++)
        v[k] = k < NOISE ? v[k] / (float)sqrt(sum) : 0;
    t->quality = 50;
    return t;
}

struct crowd {
    struct lw_matcher *m;
    struct lw_template *t[ITEMS];
    struct lw_reference_item items[ITEMS];
};

static struct crowd *gather(void)
{
    struct crowd *c = calloc(1, sizeof(*c));
    struct lw_rng noise = lw_rng_seed(77);
    CHECK(c);
    c->m = open_matcher();
    for (uint32_t i = 0; i < ITEMS; i++) {
        c->t[i] = make_template(c->m, i / PHOTOS, &noise);
        c->items[i] = (struct lw_reference_item){.tmpl = c->t[i],
                                                 .person = i / PHOTOS,
                                                 .passage = i,
                                                 .portrait = true,
                                                 .earlier = true,
                                                 .probe = true};
    }
    return c;
}

static void disperse(struct crowd *c)
{
    for (size_t i = 0; i < ITEMS; i++)
        lw_template_free(&c->t[i]);
    lw_matcher_free(&c->m);
    free(c);
}

static void measure(struct crowd *c, struct lw_references_report *out)
{
    struct lw_why why = {0};
    const struct lw_references_opts opts = {.most = 3, .threads = 2};
    if (lw_references_measure(out, c->items, ITEMS, PEOPLE, c->m, &opts, &why) < 0)
        fail_msg("%s", why.text);
}

static void every_claim_is_tried_by_everybody_else_once(void **state)
{
    LW_UNUSED(state);
    struct crowd *c = gather();
    struct lw_references_report r;
    measure(c, &r);
    CHECK(r.n == 2); /* nobody has three earlier ones beside a portrait */
    for (size_t k = 0; k < 2; k++) {
        const struct lw_reference_row *row = &r.rows[k];
        CHECK(row->earlier == k + 1 && row->claims == ITEMS && row->people == PEOPLE);
        for (size_t f = 0; f < LW_REFERENCE_FMRS; f++) {
            CHECK(row->rules[LW_RULE_MEAN].fmr[f].of == (double)ITEMS * (ITEMS - PHOTOS));
            CHECK(row->rules[LW_RULE_MEAN].fnmr[f].of == (double)ITEMS * (PHOTOS - 2 - (double)k));
        }
    }
    disperse(c);
}

/* With thresholds that this crowd's strangers pass now and then. */
static void a_claim_with_earlier_photos_keeps_its_false_match_rate(void **state)
{
    LW_UNUSED(state);
    struct crowd *c = gather();
    struct lw_references_report r;
    measure(c, &r);
    for (size_t k = 0; k < r.n; k++)
        for (size_t f = 0; f < LW_REFERENCE_FMRS; f++) {
            const struct lw_reference_rates *rules = r.rows[k].rules;
            CHECK(rules[LW_RULE_PORTRAIT].fmr[f].n > 100);
            CHECK(rules[LW_RULE_MEAN].fmr[f].value <= rules[LW_RULE_PORTRAIT].fmr[f].value);
            CHECK(rules[LW_RULE_FUSED].fmr[f].value > rules[LW_RULE_PORTRAIT].fmr[f].value);
            CHECK(rules[LW_RULE_BEST].fmr[f].value > rules[LW_RULE_FUSED].fmr[f].value);
            CHECK(rules[LW_RULE_MEAN].fmr[f].low <= rules[LW_RULE_MEAN].fmr[f].value &&
                  rules[LW_RULE_MEAN].fmr[f].high >= rules[LW_RULE_MEAN].fmr[f].value);
        }
    disperse(c);
}

static void a_passage_never_tries_what_it_is_part_of(void **state)
{
    LW_UNUSED(state);
    struct crowd *c = gather();
    struct lw_references_report r;
    for (uint32_t i = 0; i < ITEMS; i++)
        c->items[i].passage = i % PHOTOS; /* all first photos are of one passage, and so on */
    measure(c, &r);
    CHECK(r.n == 2);
    CHECK(r.rows[0].rules[LW_RULE_MEAN].fmr[0].of == (double)ITEMS * (PEOPLE - 1));
    CHECK(r.rows[1].rules[LW_RULE_MEAN].fmr[0].of == 0 &&
          isnan(r.rows[1].rules[LW_RULE_MEAN].fmr[0].value));
    disperse(c);
}

static void a_probe_without_a_face_is_missed_and_never_passes(void **state)
{
    LW_UNUSED(state);
    struct crowd *c = gather();
    struct lw_references_report with, without;
    measure(c, &with);
    c->items[2].tmpl = NULL; /* of the first person, who then has two */
    measure(c, &without);
    const struct lw_rate *fmr = &without.rows[0].rules[LW_RULE_MEAN].fmr[2];
    const struct lw_rate *fnmr = &without.rows[0].rules[LW_RULE_MEAN].fnmr[2];
    CHECK(without.rows[0].claims == ITEMS - 1 && without.rows[1].claims == ITEMS - PHOTOS);
    CHECK(fmr->of == (double)(ITEMS - 1) * (ITEMS - PHOTOS));
    CHECK(fmr->n < with.rows[0].rules[LW_RULE_MEAN].fmr[2].n);
    CHECK(fnmr->n >= 2); /* both claims of that person miss the third photo */
    disperse(c);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_claim_is_tried_by_everybody_else_once),
    cmocka_unit_test(a_claim_with_earlier_photos_keeps_its_false_match_rate),
    cmocka_unit_test(a_passage_never_tries_what_it_is_part_of),
    cmocka_unit_test(a_probe_without_a_face_is_missed_and_never_passes),
};
RUN_TESTS(tests)
