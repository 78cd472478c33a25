#include "check.h"

#include <math.h>

#include "cross/decide.h"

/* A vehicle written as a table: who is captured, and the score against each document. */
struct vehicle {
    struct lw_bundle bundle;
    struct lw_candidate candidates[LW_OCCUPANTS_MAX];
    struct lw_decide_opts opts;
    struct lw_outcome out;
};

#define BIT(r) (1u << LW_REASON_##r)

static struct vehicle *vehicle_new(size_t occupants, size_t documents)
{
    struct vehicle *v = calloc(1, sizeof(*v));
    assert_non_null(v);
    v->opts = (struct lw_decide_opts){.threshold = 0.4f};
    v->bundle.n_documents = documents;
    v->out.n_occupants = occupants;
    for (size_t i = 0; i < occupants; i++) {
        v->candidates[i].captured = true;
        v->out.occupants[i].n_shots = 2;
        v->out.occupants[i].shots[0].quality = 80;
        for (size_t d = 0; d < LW_BUNDLE_DOCUMENTS_MAX; d++)
            v->candidates[i].score[d] = 0.1f;
    }
    return v;
}

static int decide(struct vehicle *v)
{
    return lw_decide(&v->out, &v->bundle, v->candidates, &v->opts);
}

static void check_referral(const struct vehicle *v, size_t i, uint32_t reasons)
{
    const struct lw_occupant *o = &v->out.occupants[i];
    assert_int_equal(o->decision, LW_REFERRAL);
    assert_int_equal(o->document, -1);
    assert_int_equal(o->reasons, reasons);
    CHECK(!v->out.verified);
}

static void everybody_with_their_document_is_verified(void **state)
{
    LW_UNUSED(state);
    struct vehicle *v = vehicle_new(2, 2);
    v->candidates[0].score[1] = 0.7f;
    v->candidates[1].score[0] = 0.4f; /* exactly the threshold is a match */
    CHECK(decide(v) == LW_OK && v->out.verified);
    CHECK(v->out.occupants[0].decision == LW_VERIFIED && v->out.occupants[0].document == 1);
    CHECK(v->out.occupants[0].has_score && v->out.occupants[0].score == 0.7f);
    CHECK(v->out.occupants[1].document == 0 && v->out.occupants[1].reasons == 0);
    CHECK(v->out.n_documents == 2 && v->out.documents[0].status == LW_DOC_MATCHED);
    CHECK(v->out.documents[1].status == LW_DOC_MATCHED);
    free(v);
}

static void somebody_elses_document_is_a_mismatch_on_both_sides(void **state)
{
    LW_UNUSED(state);
    struct vehicle *v = vehicle_new(2, 2);
    v->candidates[0].score[0] = 0.7f;
    v->candidates[1].score[1] = 0.2f;
    CHECK(decide(v) == LW_OK);
    check_referral(v, 1, BIT(MISMATCH));
    CHECK(v->out.occupants[1].has_score && v->out.occupants[1].score == 0.2f);
    CHECK(v->out.documents[0].status == LW_DOC_MATCHED);
    CHECK(v->out.documents[1].status == LW_DOC_MISMATCH);
    free(v);
}

static void one_left_over_person_spoils_one_document_only(void **state)
{
    LW_UNUSED(state);
    struct vehicle *v = vehicle_new(1, 3);
    v->candidates[0].score[1] = 0.3f;
    CHECK(decide(v) == LW_OK);
    check_referral(v, 0, BIT(MISMATCH));
    CHECK(v->out.documents[0].status == LW_DOC_NOT_SEEN);
    CHECK(v->out.documents[1].status == LW_DOC_MISMATCH);
    CHECK(v->out.documents[2].status == LW_DOC_NOT_SEEN);
    free(v);
}

static void beyond_the_open_documents_more_people_than_documents_are_extra(void **state)
{
    LW_UNUSED(state);
    struct vehicle *v = vehicle_new(3, 2);
    v->candidates[0].score[0] = 0.7f;
    v->candidates[1].score[1] = 0.1f;
    v->candidates[2].score[1] = 0.3f;
    CHECK(decide(v) == LW_OK);
    check_referral(v, 1, BIT(EXTRA_PERSON));
    check_referral(v, 2, BIT(MISMATCH));
    CHECK(v->out.documents[1].status == LW_DOC_MISMATCH);
    free(v);
}

static void without_more_people_than_documents_it_is_no_document(void **state)
{
    LW_UNUSED(state);
    /* The second document fits both people: one of them has none. The third opted out. */
    struct vehicle *v = vehicle_new(2, 2);
    v->bundle.documents[1].opted_out = true;
    v->candidates[0].score[0] = 0.7f;
    CHECK(decide(v) == LW_OK);
    check_referral(v, 1, BIT(OPTED_OUT));
    v->bundle.n_documents = 1;
    v->out.n_occupants = 2;
    CHECK(decide(v) == LW_OK);
    check_referral(v, 1, BIT(EXTRA_PERSON));
    free(v);
}

static void a_document_without_a_face_is_not_seen(void **state)
{
    LW_UNUSED(state);
    struct vehicle *v = vehicle_new(1, 2);
    v->candidates[0].score[0] = 0.7f;
    CHECK(decide(v) == LW_OK && !v->out.verified);
    CHECK(v->out.occupants[0].decision == LW_VERIFIED);
    CHECK(v->out.documents[1].status == LW_DOC_NOT_SEEN);
    free(v);
}

static void an_empty_vehicle_sees_no_document_and_is_a_referral(void **state)
{
    LW_UNUSED(state);
    struct vehicle *v = vehicle_new(0, 3);
    v->bundle.documents[1].opted_out = true;
    CHECK(decide(v) == LW_OK && !v->out.verified);
    CHECK(v->out.documents[0].status == LW_DOC_NOT_SEEN);
    CHECK(v->out.documents[1].status == LW_DOC_OPTED_OUT);
    CHECK(v->out.documents[2].status == LW_DOC_NOT_SEEN);
    v->bundle.n_documents = 0;
    CHECK(decide(v) == LW_OK && !v->out.verified && v->out.n_documents == 0);
    free(v);
}

static void somebody_seen_but_not_captured_gets_the_quality_reasons(void **state)
{
    LW_UNUSED(state);
    struct vehicle *v = vehicle_new(2, 1);
    for (size_t i = 0; i < 2; i++)
        v->candidates[i] = (struct lw_candidate){.score = {NAN}};
    v->candidates[0].quality_reasons = BIT(TOO_DARK) | BIT(TURNED_AWAY) | BIT(MISMATCH);
    CHECK(decide(v) == LW_OK);
    check_referral(v, 0, BIT(TOO_DARK) | BIT(TURNED_AWAY));
    check_referral(v, 1, BIT(NO_FACE)); /* a referral never goes without a reason */
    CHECK(!v->out.occupants[0].has_score && !v->out.occupants[0].captured);
    CHECK(v->out.documents[0].status == LW_DOC_NOT_SEEN);
    free(v);
}

static void somebody_not_captured_is_never_verified(void **state)
{
    LW_UNUSED(state);
    struct vehicle *v = vehicle_new(1, 1);
    v->candidates[0].captured = false;
    v->candidates[0].quality_reasons = BIT(TOO_SMALL);
    v->candidates[0].score[0] = 0.9f;
    CHECK(decide(v) == LW_OK);
    check_referral(v, 0, BIT(TOO_SMALL));
    free(v);
}

static void people_who_were_never_compared_are_referred(void **state)
{
    LW_UNUSED(state);
    struct vehicle *v = vehicle_new(2, 1);
    v->candidates[0].score[0] = NAN;
    v->candidates[1].score[0] = NAN;
    CHECK(decide(v) == LW_OK);
    check_referral(v, 0, BIT(MISMATCH));
    check_referral(v, 1, BIT(EXTRA_PERSON));
    CHECK(!v->out.occupants[0].has_score);
    CHECK(v->out.documents[0].status == LW_DOC_MISMATCH);
    free(v);
}

static void a_document_that_opted_out_is_never_assigned(void **state)
{
    LW_UNUSED(state);
    struct vehicle *v = vehicle_new(1, 1);
    v->bundle.documents[0].opted_out = true;
    v->candidates[0].score[0] = 0.9f; /* must not exist, and must not count */
    CHECK(decide(v) == LW_OK);
    check_referral(v, 0, BIT(OPTED_OUT));
    CHECK(!v->out.occupants[0].has_score && v->out.occupants[0].n_shots == 0);
    CHECK(v->out.occupants[0].shots[0].quality == 0);
    CHECK(v->out.documents[0].status == LW_DOC_OPTED_OUT);
    free(v);
}

static void who_resembles_an_open_document_least_is_taken_as_opted_out(void **state)
{
    LW_UNUSED(state);
    struct vehicle *v = vehicle_new(3, 3);
    v->bundle.documents[2].opted_out = true;
    v->candidates[0].score[0] = 0.7f;
    v->candidates[1].score[1] = 0.35f; /* nearly its own: stays a mismatch, pictures kept */
    v->candidates[2].score[1] = 0.05f;
    CHECK(decide(v) == LW_OK);
    check_referral(v, 1, BIT(MISMATCH));
    check_referral(v, 2, BIT(OPTED_OUT));
    CHECK(v->out.occupants[1].n_shots == 2 && v->out.occupants[2].n_shots == 0);
    CHECK(v->out.documents[1].status == LW_DOC_MISMATCH);
    CHECK(v->out.documents[2].status == LW_DOC_OPTED_OUT);
    free(v);
}

static void no_more_people_are_opted_out_than_documents(void **state)
{
    LW_UNUSED(state);
    struct vehicle *v = vehicle_new(4, 2);
    v->bundle.documents[1].opted_out = true;
    v->candidates[2].score[0] = 0.8f;
    CHECK(decide(v) == LW_OK);
    check_referral(v, 0, BIT(OPTED_OUT)); /* equals: the first */
    check_referral(v, 1, BIT(EXTRA_PERSON));
    check_referral(v, 3, BIT(EXTRA_PERSON));
    CHECK(v->out.occupants[2].decision == LW_VERIFIED);
    free(v);
}

static void captured_people_opt_out_before_those_not_captured(void **state)
{
    LW_UNUSED(state);
    struct vehicle *v = vehicle_new(2, 2);
    v->bundle.documents[0].opted_out = true;
    v->bundle.documents[1].opted_out = true;
    v->candidates[0].captured = false;
    v->candidates[0].quality_reasons = BIT(GLARE);
    CHECK(decide(v) == LW_OK);
    check_referral(v, 0, BIT(OPTED_OUT)); /* two opted out: both are taken */
    check_referral(v, 1, BIT(OPTED_OUT));
    v->bundle.documents[1].opted_out = false;
    CHECK(decide(v) == LW_OK);
    check_referral(v, 0, BIT(GLARE));
    check_referral(v, 1, BIT(OPTED_OUT));
    CHECK(v->out.documents[1].status == LW_DOC_NOT_SEEN);
    free(v);
}

static void a_margin_asks_the_officer_between_two_fitting_documents(void **state)
{
    LW_UNUSED(state);
    struct vehicle *v = vehicle_new(1, 2);
    v->candidates[0].score[0] = 0.62f;
    v->candidates[0].score[1] = 0.60f;
    CHECK(decide(v) == LW_OK && v->out.occupants[0].document == 0);
    v->opts.margin = 0.05f;
    CHECK(decide(v) == LW_OK);
    check_referral(v, 0, BIT(TWO_CANDIDATES));
    CHECK(v->out.documents[0].status == LW_DOC_MISMATCH);
    CHECK(v->out.documents[1].status == LW_DOC_NOT_SEEN);
    v->candidates[0].score[1] = 0.39f; /* below the threshold it is no candidate */
    v->opts.margin = 0.5f;
    CHECK(decide(v) == LW_OK && v->out.occupants[0].document == 0);
    free(v);
}

/* Two people who both fit both documents; who is who depends on little. */
static void a_pair_that_could_be_swapped_is_left_to_the_officer(void **state)
{
    LW_UNUSED(state);
    struct vehicle *v = vehicle_new(2, 2);
    v->candidates[0].score[0] = 0.62f;
    v->candidates[0].score[1] = 0.60f;
    v->candidates[1].score[0] = 0.58f;
    v->candidates[1].score[1] = 0.61f;
    v->opts.margin = 0.08f;
    CHECK(decide(v) == LW_OK);
    check_referral(v, 0, BIT(TWO_CANDIDATES));
    check_referral(v, 1, BIT(TWO_CANDIDATES));
    CHECK(v->out.documents[0].status == LW_DOC_MISMATCH);
    CHECK(v->out.documents[1].status == LW_DOC_MISMATCH);
    v->candidates[0].score[1] = 0.5f; /* swapping would cost 0.15: no doubt */
    CHECK(decide(v) == LW_OK && v->out.verified);
    free(v);
}

static void two_people_for_one_document_are_left_to_the_officer(void **state)
{
    LW_UNUSED(state);
    struct vehicle *v = vehicle_new(2, 1);
    v->candidates[0].score[0] = 0.62f;
    v->candidates[1].score[0] = 0.60f;
    v->candidates[0].apart = 1u << 1;
    v->candidates[1].apart = 1u << 0;
    v->opts.margin = 0.08f;
    CHECK(decide(v) == LW_OK);
    check_referral(v, 0, BIT(TWO_CANDIDATES));
    check_referral(v, 1, BIT(TWO_CANDIDATES));
    CHECK(v->out.documents[0].status == LW_DOC_MISMATCH);
    v->candidates[1].score[0] = 0.5f; /* fits, but far less */
    CHECK(decide(v) == LW_OK && v->out.occupants[0].decision == LW_VERIFIED);
    check_referral(v, 1, BIT(EXTRA_PERSON));
    free(v);
}

/* Never in one frame and the same document: most likely one person whom two cameras saw. */
static void one_person_seen_twice_is_not_two_candidates(void **state)
{
    LW_UNUSED(state);
    struct vehicle *v = vehicle_new(2, 1);
    v->candidates[0].score[0] = 0.62f;
    v->candidates[1].score[0] = 0.60f;
    v->opts.margin = 0.08f;
    CHECK(decide(v) == LW_OK);
    CHECK(v->out.occupants[0].decision == LW_VERIFIED && v->out.occupants[0].document == 0);
    check_referral(v, 1, BIT(EXTRA_PERSON));
    free(v);
}

static void hints_stand_beside_the_reasons_of_captured_people_only(void **state)
{
    LW_UNUSED(state);
    struct vehicle *v = vehicle_new(3, 2);
    v->bundle.documents[1].opted_out = true;
    for (size_t i = 0; i < 3; i++)
        v->candidates[i].hints = BIT(GLARE) | BIT(MISMATCH);
    v->candidates[0].score[0] = 0.3f;
    v->candidates[2].captured = false;
    v->candidates[2].quality_reasons = BIT(TOO_SMALL);
    CHECK(decide(v) == LW_OK);
    check_referral(v, 0, BIT(MISMATCH));
    check_referral(v, 1, BIT(OPTED_OUT));
    check_referral(v, 2, BIT(TOO_SMALL));
    CHECK(v->out.occupants[0].hints == BIT(GLARE));
    CHECK(v->out.occupants[1].hints == 0 && v->out.occupants[2].hints == 0);
    v->candidates[0].score[0] = 0.9f;
    CHECK(decide(v) == LW_OK && v->out.occupants[0].hints == 0); /* verified: nothing to say */
    free(v);
}

static void deciding_twice_gives_the_same_answer(void **state)
{
    LW_UNUSED(state);
    struct vehicle *v = vehicle_new(5, 4);
    v->bundle.documents[3].opted_out = true;
    v->candidates[0].score[2] = 0.8f;
    v->candidates[3].score[0] = 0.5f;
    CHECK(decide(v) == LW_OK);
    struct lw_outcome first = v->out;
    CHECK(decide(v) == LW_OK);
    assert_memory_equal(&first, &v->out, sizeof(first));
    free(v);
}

static void sizes_and_options_out_of_range_are_refused(void **state)
{
    LW_UNUSED(state);
    struct vehicle *v = vehicle_new(1, 1);
    v->opts.threshold = NAN;
    CHECK(decide(v) == LW_EINVAL);
    v->opts.threshold = 0.4f;
    v->opts.margin = -1;
    CHECK(decide(v) == LW_EINVAL);
    v->opts.margin = 0;
    v->out.n_occupants = LW_OCCUPANTS_MAX + 1;
    CHECK(decide(v) == LW_EINVAL);
    free(v);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(everybody_with_their_document_is_verified),
    cmocka_unit_test(somebody_elses_document_is_a_mismatch_on_both_sides),
    cmocka_unit_test(one_left_over_person_spoils_one_document_only),
    cmocka_unit_test(beyond_the_open_documents_more_people_than_documents_are_extra),
    cmocka_unit_test(without_more_people_than_documents_it_is_no_document),
    cmocka_unit_test(a_document_without_a_face_is_not_seen),
    cmocka_unit_test(an_empty_vehicle_sees_no_document_and_is_a_referral),
    cmocka_unit_test(somebody_seen_but_not_captured_gets_the_quality_reasons),
    cmocka_unit_test(somebody_not_captured_is_never_verified),
    cmocka_unit_test(people_who_were_never_compared_are_referred),
    cmocka_unit_test(a_document_that_opted_out_is_never_assigned),
    cmocka_unit_test(who_resembles_an_open_document_least_is_taken_as_opted_out),
    cmocka_unit_test(no_more_people_are_opted_out_than_documents),
    cmocka_unit_test(captured_people_opt_out_before_those_not_captured),
    cmocka_unit_test(a_margin_asks_the_officer_between_two_fitting_documents),
    cmocka_unit_test(a_pair_that_could_be_swapped_is_left_to_the_officer),
    cmocka_unit_test(two_people_for_one_document_are_left_to_the_officer),
    cmocka_unit_test(one_person_seen_twice_is_not_two_candidates),
    cmocka_unit_test(hints_stand_beside_the_reasons_of_captured_people_only),
    cmocka_unit_test(deciding_twice_gives_the_same_answer),
    cmocka_unit_test(sizes_and_options_out_of_range_are_refused),
};
RUN_TESTS(tests)
