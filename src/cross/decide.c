/* Decisions of one crossing, in this order:
 *   1. captured occupants and documents that did not opt out are assigned one to one, jointly,
 *      none below the threshold: verified;
 *   2. as many occupants as documents opted out are taken from what is left over. Captured ones
 * come first, those that resemble the documents still open least: somebody who nearly fits an open
 *      document is more likely its owner than the person who declined. Then ones that were seen but
 *      not captured. They keep no picture and no score;
 *   3. captured occupants still left over are paired with open documents (the best sum of scores):
 *      both are a mismatch. Beyond those, extra_person or no_document;
 *   4. occupants not captured get what kept them from it. */
#include "cross/decide.h"

#include <math.h>
#include <string.h>

#include "cross/assign.h"

_Static_assert((int)LW_OCCUPANTS_MAX <= (int)LW_ASSIGN_MAX, "every occupant fits the assignment");
_Static_assert((int)LW_BUNDLE_DOCUMENTS_MAX <= (int)LW_ASSIGN_MAX,
               "every document fits the assignment");

enum { QUALITY_REASONS = (1u << (LW_REASON_GLARE + 1)) - 1 };

struct table {
    struct lw_outcome *out;
    const struct lw_bundle *bundle;
    const struct lw_candidate *candidates;
    const struct lw_decide_opts *opts;
    int owner[LW_BUNDLE_DOCUMENTS_MAX]; /* occupant verified against it, or -1 */
    bool left[LW_OCCUPANTS_MAX];        /* captured, and without an answer yet */
};

static float score_of(const struct table *t, size_t occupant, size_t document)
{
    if (!t->candidates[occupant].captured || t->bundle->documents[document].opted_out)
        return NAN;
    return t->candidates[occupant].score[document];
}

static bool open_document(const struct table *t, size_t d)
{
    return t->owner[d] < 0 && !t->bundle->documents[d].opted_out;
}

/* The best score of an occupant against the documents that did not opt out, open ones only on
 * request; NaN where nothing was compared. */
static float best_score(const struct table *t, size_t occupant, bool open_only)
{
    float best = NAN;
    for (size_t d = 0; d < t->bundle->n_documents; d++) {
        if (t->bundle->documents[d].opted_out || (open_only && !open_document(t, d)))
            continue;
        best = fmaxf(best, t->candidates[occupant].score[d]); /* fmaxf skips NaN */
    }
    return best;
}

/* Everybody starts as a referral with the best score seen. */
static void reset(struct table *t)
{
    for (size_t i = 0; i < t->out->n_occupants; i++) {
        struct lw_occupant *o = &t->out->occupants[i];
        float best = best_score(t, i, false);
        o->decision = LW_REFERRAL;
        o->document = -1;
        o->reasons = 0;
        o->captured = t->candidates[i].captured;
        o->hints = 0;
        o->has_score = isfinite(best);
        o->score = o->has_score ? best : 0.0f;
        t->left[i] = o->captured;
    }
    t->out->n_documents = t->bundle->n_documents;
    for (size_t d = 0; d < t->bundle->n_documents; d++) {
        bool opted_out = t->bundle->documents[d].opted_out;
        t->out->documents[d].status = opted_out ? LW_DOC_OPTED_OUT : LW_DOC_NOT_SEEN;
        t->owner[d] = -1;
    }
}

static void verify(struct table *t, size_t occupant, size_t document)
{
    struct lw_occupant *o = &t->out->occupants[occupant];
    t->left[occupant] = false;
    o->decision = LW_VERIFIED;
    o->document = (int)document;
    o->has_score = true;
    o->score = score_of(t, occupant, document);
    t->out->documents[document].status = LW_DOC_MATCHED;
}

/* What the officer has to tell apart: several people, or several documents, that fit each other. */
static void leave_to_officer(struct table *t, size_t occupant)
{
    t->left[occupant] = false;
    t->out->occupants[occupant].reasons |= 1u << LW_REASON_TWO_CANDIDATES;
}

struct scores {
    size_t rows, cols;
    float v[LW_OCCUPANTS_MAX * LW_BUNDLE_DOCUMENTS_MAX];
};

static double total(const struct scores *s, const int *col, float floor)
{
    double sum = 0;
    for (size_t i = 0; i < s->rows; i++)
        if (col[i] >= 0)
            sum += (double)s->v[i * s->cols + (size_t)col[i]] - (double)floor;
    return sum;
}

/* Somebody who takes over the document of `occupant`, and is not that person seen twice; -1. */
static int successor(const struct table *t, const int *other, size_t occupant, int document)
{
    for (size_t j = 0; j < t->out->n_occupants; j++)
        if (j != occupant && other[j] == document && t->candidates[j].apart & 1u << occupant)
            return (int)j;
    return -1;
}

/* Is there an assignment without this pair that is as good within the margin? Whoever it gives this
 * document without having had one is left to the officer, too. */
static int is_ambiguous(struct table *t, const struct scores *s, const int *col, size_t occupant)
{
    struct scores without = *s;
    int other[LW_ASSIGN_MAX];
    float *pair = &without.v[occupant * s->cols + (size_t)col[occupant]];
    const float given_up = *pair;
    *pair = NAN;
    int r = lw_assign(without.v, s->rows, s->cols, t->opts->threshold, other);
    if (r < 0)
        return r;
    const int next = successor(t, other, occupant, col[occupant]);
    if (other[occupant] < 0 && next < 0) /* only worse: without a document, nobody else has it */
        return 0;
    double lost = total(s, col, t->opts->threshold) - total(&without, other, t->opts->threshold);
    if (other[occupant] < 0 && col[next] < 0) /* one document, two people */
        lost = (double)given_up - (double)s->v[(size_t)next * s->cols + (size_t)col[occupant]];
    if (lost > (double)t->opts->margin)
        return 0;
    if (next >= 0 && col[next] < 0)
        leave_to_officer(t, (size_t)next);
    return 1;
}

static void take_scores(struct scores *s, const struct table *t)
{
    *s = (struct scores){.rows = t->out->n_occupants, .cols = t->bundle->n_documents};
    for (size_t i = 0; i < s->rows; i++)
        for (size_t d = 0; d < s->cols; d++)
            s->v[i * s->cols + d] = score_of(t, i, d);
}

static int match(struct table *t)
{
    struct scores s;
    int col[LW_ASSIGN_MAX];
    take_scores(&s, t);
    int r = lw_assign(s.v, s.rows, s.cols, t->opts->threshold, col);
    for (size_t i = 0; i < s.rows && r >= 0; i++) {
        if (col[i] < 0)
            continue;
        t->owner[col[i]] = (int)i; /* an answer with two candidates closes the document, too */
        r = t->opts->margin > 0 ? is_ambiguous(t, &s, col, i) : 0;
        if (r > 0) {
            leave_to_officer(t, i);
            t->out->documents[col[i]].status = LW_DOC_MISMATCH;
        } else if (r == 0) {
            verify(t, i, (size_t)col[i]);
        }
    }
    return r < 0 ? r : LW_OK;
}

static void opt_out(struct lw_occupant *o)
{
    o->reasons = 1u << LW_REASON_OPTED_OUT;
    o->captured = false;
    o->hints = 0;
    o->has_score = false;
    o->score = 0.0f;
    o->n_shots = 0;
    memset(o->shots, 0, sizeof(o->shots));
}

/* The left-over occupant to take for one who opted out, or -1; see the top of this file. */
static int likeliest_to_have_opted_out(const struct table *t)
{
    int found = -1;
    float least = INFINITY;
    for (size_t i = 0; i < t->out->n_occupants; i++) {
        if (!t->left[i])
            continue;
        float best = best_score(t, i, true);
        float s = isnan(best) ? -INFINITY : best;
        if (found < 0 || s < least) {
            found = (int)i;
            least = s;
        }
    }
    for (size_t i = 0; found < 0 && i < t->out->n_occupants; i++)
        if (!t->candidates[i].captured && !t->out->occupants[i].reasons)
            found = (int)i;
    return found;
}

static void set_opted_out(struct table *t)
{
    for (size_t d = 0; d < t->bundle->n_documents; d++) {
        int i = t->bundle->documents[d].opted_out ? likeliest_to_have_opted_out(t) : -1;
        if (i < 0)
            continue;
        opt_out(&t->out->occupants[i]);
        t->left[i] = false;
    }
}

static void mismatch(struct table *t, size_t occupant, size_t document)
{
    t->out->occupants[occupant].reasons = 1u << LW_REASON_MISMATCH;
    t->out->documents[document].status = LW_DOC_MISMATCH;
    t->owner[document] = (int)occupant;
    t->left[occupant] = false;
}

/* Pair who is left over with what is still open, so that each says which document was not theirs:
 * compared pairs by the best sum of scores, then the rest in order. */
static int set_mismatches(struct table *t)
{
    size_t rows = t->out->n_occupants, cols = t->bundle->n_documents;
    float score[LW_OCCUPANTS_MAX * LW_BUNDLE_DOCUMENTS_MAX] = {0};
    int col[LW_ASSIGN_MAX];
    float lowest = t->opts->threshold;
    for (size_t i = 0; i < rows; i++) {
        for (size_t d = 0; d < cols; d++) {
            float s = t->left[i] && open_document(t, d) ? score_of(t, i, d) : NAN;
            score[i * cols + d] = s;
            lowest = isfinite(s) ? fminf(lowest, s) : lowest;
        }
    }
    int r = lw_assign(score, rows, cols, lowest, col);
    if (r < 0)
        return r;
    for (size_t i = 0; i < rows; i++)
        if (col[i] >= 0)
            mismatch(t, i, (size_t)col[i]);
    for (size_t i = 0; i < rows; i++)
        for (size_t d = 0; t->left[i] && d < cols; d++)
            if (open_document(t, d))
                mismatch(t, i, d);
    return LW_OK;
}

static void set_remaining(struct table *t)
{
    bool extra = t->out->n_occupants > t->bundle->n_documents;
    for (size_t i = 0; i < t->out->n_occupants; i++) {
        struct lw_occupant *o = &t->out->occupants[i];
        uint32_t quality = t->candidates[i].quality_reasons & QUALITY_REASONS;
        if (o->decision == LW_VERIFIED)
            continue;
        if (o->captured)
            o->hints = t->candidates[i].hints & QUALITY_REASONS;
        if (o->reasons)
            continue;
        if (t->left[i])
            o->reasons = 1u << (extra ? LW_REASON_EXTRA_PERSON : LW_REASON_NO_DOCUMENT);
        else
            o->reasons = quality ? quality : 1u << LW_REASON_NO_FACE;
    }
}

static bool all_verified(const struct lw_outcome *out)
{
    for (size_t i = 0; i < out->n_occupants; i++)
        if (out->occupants[i].decision != LW_VERIFIED)
            return false;
    for (size_t d = 0; d < out->n_documents; d++)
        if (out->documents[d].status != LW_DOC_MATCHED)
            return false;
    return out->n_occupants > 0; /* an empty vehicle verifies nobody */
}

int lw_decide(struct lw_outcome *out, const struct lw_bundle *bundle,
              const struct lw_candidate *candidates, const struct lw_decide_opts *opts)
{
    struct table t = {.out = out, .bundle = bundle, .candidates = candidates, .opts = opts};
    if (out->n_occupants > LW_OCCUPANTS_MAX || bundle->n_documents > LW_BUNDLE_DOCUMENTS_MAX ||
        !isfinite(opts->threshold) || !(opts->margin >= 0))
        return LW_EINVAL;
    reset(&t);
    int r = match(&t);
    if (r < 0)
        return r;
    set_opted_out(&t);
    if ((r = set_mismatches(&t)) < 0)
        return r;
    set_remaining(&t);
    out->verified = all_verified(out);
    return LW_OK;
}
