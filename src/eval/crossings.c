#include "eval/crossings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cross/assign.h"
#include "img/image.h"

const char *lw_stage_name(enum lw_stage s)
{
    static const char *const names[LW_STAGES] = {"seated", "detected", "validated", "compared",
                                                 "verified"};
    return names[s];
}

const char *lw_crossing_rate_name(enum lw_crossing_rate r)
{
    static const char *const names[LW_CROSSING_RATES] = {"capture_rate",
                                                         "1",
                                                         "2",
                                                         "3",
                                                         "vehicle_completeness",
                                                         "vehicle_completeness_one_camera",
                                                         "true_verification_rate",
                                                         "vehicle_verified_rate",
                                                         "vehicle_verified_rate_documented",
                                                         "false_verification_rate",
                                                         "undeclared_detected",
                                                         "phantom_rate"};
    return names[r];
}

static float overlap(const struct lw_best_shot *shot, const struct lw_truth_box *boxes, size_t n)
{
    const struct lw_rect a = {shot->box[0], shot->box[1], shot->box[2], shot->box[3]};
    float best = 0;
    for (size_t i = 0; i < n; i++)
        if (boxes[i].camera == shot->camera && boxes[i].frame == shot->frame) {
            const struct lw_rect b = {boxes[i].x, boxes[i].y, boxes[i].w, boxes[i].h};
            best = lw_maxf(best, lw_rect_iou(&a, &b));
        }
    return best;
}

/* The truth person that a shot shows, -1 nobody; *iou of the overlap. */
static int person_in(const struct lw_best_shot *shot, const struct lw_truth *truth, float *iou)
{
    int who = -1;
    *iou = 0;
    for (size_t i = 0; i < truth->n_occupants; i++) {
        float x = overlap(shot, truth->occupants[i].boxes, truth->occupants[i].n_boxes);
        if (x >= LW_SCORE_IOU && x > *iou) {
            *iou = x;
            who = (int)i;
        }
    }
    return who;
}

static bool good_enough(const struct lw_occupant *o, const struct lw_best_shot *shot)
{
    return o->captured && shot->inter_eye_px >= LW_SCORE_INTER_EYE_PX;
}

/* How well each answered occupant stands for each person: NaN not at all. The weights put captures
 * before pairs and pairs before overlap. */
static const float CAPTURE_WORTH = 64, PAIR_WORTH = 2;

struct fit {
    float score[LW_OCCUPANTS_MAX * LW_OCCUPANTS_MAX];
    size_t rows, cols;
};

static void find_fit(struct fit *f, const struct lw_truth *truth, const struct lw_outcome *outcome)
{
    f->rows = outcome->n_occupants;
    f->cols = truth->n_occupants;
    for (size_t i = 0; i < LW_COUNT(f->score); i++)
        f->score[i] = NAN;
    for (size_t a = 0; a < f->rows; a++) {
        const struct lw_occupant *o = &outcome->occupants[a];
        for (size_t s = 0; s < o->n_shots; s++) {
            float iou;
            int who = person_in(&o->shots[s], truth, &iou);
            if (who < 0)
                continue;
            float *at = &f->score[a * f->cols + (size_t)who];
            float worth = iou + (good_enough(o, &o->shots[s]) ? CAPTURE_WORTH : PAIR_WORTH);
            if (!(*at >= worth))
                *at = worth;
        }
    }
}

static bool shows_distractor(const struct lw_occupant *o, const struct lw_truth *truth)
{
    for (size_t s = 0; s < o->n_shots; s++)
        for (size_t d = 0; d < truth->n_distractors; d++)
            if (overlap(&o->shots[s], truth->distractors[d].boxes, truth->distractors[d].n_boxes) >=
                LW_SCORE_IOU)
                return true;
    return false;
}

static bool answered_opted_out(const struct lw_occupant *o)
{
    return o->reasons & (1u << LW_REASON_OPTED_OUT);
}

/* Answered occupants who stand for nobody. One who opted out shows no shots to tell by. */
static void count_phantoms(struct lw_vehicle_score *v, const struct fit *f,
                           const struct lw_truth *truth, const struct lw_outcome *outcome)
{
    for (size_t a = 0; a < f->rows; a++) {
        const struct lw_occupant *o = &outcome->occupants[a];
        bool meets = false;
        if (v->person_of[a] >= 0 || answered_opted_out(o))
            continue;
        for (size_t c = 0; c < f->cols; c++)
            meets |= !isnan(f->score[a * f->cols + c]);
        v->phantoms++;
        v->duplicates += meets;
        v->phantoms_on_distractors += !meets && shows_distractor(o, truth);
    }
}

static bool opted_out(const struct lw_bundle *bundle, int document)
{
    return document >= 0 && bundle->documents[document].opted_out;
}

static void describe_truth(struct lw_person_score *p, const struct lw_truth_occupant *t,
                           const struct lw_bundle *bundle)
{
    p->answered = -1;
    p->row = t->seat[0] - '0';
    p->side = t->seat[1];
    p->opted_out = opted_out(bundle, t->document) || opted_out(bundle, t->claims);
    p->documented = t->document >= 0;
    p->undeclared = t->document < 0 && t->claims < 0;
    p->truth_frames = (int64_t)t->n_boxes;
    for (size_t i = 0; i < t->n_boxes; i++) {
        p->truth_height_px = lw_maxf(p->truth_height_px, t->boxes[i].h);
        p->truth_visible = lw_maxf(p->truth_visible, t->boxes[i].visible);
        p->truth_cameras |= 1u << t->boxes[i].camera;
    }
}

/* What the answered occupant who stands for the person says of them. */
static void describe_answer(struct lw_person_score *p, const struct lw_truth_occupant *t,
                            const struct lw_occupant *o)
{
    for (size_t s = 0; s < o->n_shots; s++) {
        float iou = overlap(&o->shots[s], t->boxes, t->n_boxes);
        bool good = iou >= LW_SCORE_IOU && good_enough(o, &o->shots[s]);
        if (good)
            p->shot_cameras |= 1u << o->shots[s].camera;
        if (iou > p->iou && (good || !p->captured)) {
            p->iou = iou;
            p->inter_eye_px = o->shots[s].inter_eye_px;
        }
        p->captured |= good;
    }
    p->answered_verified = o->decision == LW_VERIFIED;
    p->verified =
        p->captured && p->documented && p->answered_verified && o->document == t->document;
    p->stage = p->verified                   ? LW_STAGE_VERIFIED
               : p->captured && o->has_score ? LW_STAGE_COMPARED
               : p->captured                 ? LW_STAGE_VALIDATED
                                             : LW_STAGE_DETECTED;
}

static void count(struct lw_vehicle_score *v, enum lw_crossing_rate r, bool yes)
{
    v->of[r]++;
    v->n[r] += yes;
}

static void count_people(struct lw_vehicle_score *v)
{
    bool any = false, all_captured = true, all_verified = true, all_documented = true;
    for (size_t i = 0; i < v->n_people; i++) {
        const struct lw_person_score *p = &v->people[i];
        if (p->opted_out)
            continue;
        any = true;
        all_captured &= p->captured;
        all_verified &= p->verified;
        all_documented &= p->documented;
        count(v, LW_RATE_CAPTURE, p->captured);
        if (p->row >= 1 && p->row <= 3)
            count(v, (enum lw_crossing_rate)(LW_RATE_CAPTURE_ROW1 + p->row - 1), p->captured);
        if (p->documented)
            count(v, LW_RATE_TRUE_VERIFICATION, p->verified);
        if (p->undeclared)
            count(v, LW_RATE_UNDECLARED, p->captured && !p->answered_verified);
    }
    count(v, LW_RATE_PHANTOM, v->phantoms > 0);
    if (!any)
        return;
    count(v, LW_RATE_VEHICLE_COMPLETENESS, all_captured);
    if (v->one_camera)
        count(v, LW_RATE_VEHICLE_COMPLETENESS_ONE, all_captured);
    count(v, LW_RATE_VEHICLE_VERIFIED, all_verified);
    if (all_documented)
        count(v, LW_RATE_VEHICLE_VERIFIED_DOCUMENTED, all_verified);
}

int lw_vehicle_score(struct lw_vehicle_score *out, const struct lw_bundle *bundle,
                     const struct lw_truth *truth, const struct lw_outcome *outcome,
                     struct lw_why *why)
{
    if (truth->n_occupants > LW_OCCUPANTS_MAX)
        return lw_why_set(why, LW_ELIMIT, -1, "truth has %zu occupants, %d are scored",
                          truth->n_occupants, LW_OCCUPANTS_MAX);
    struct fit fit;
    struct lw_vehicle_score v = {.n_people = truth->n_occupants};
    memcpy(v.id, bundle->id, sizeof(v.id));
    memcpy(v.condition, truth->condition, sizeof(v.condition));
    v.one_camera = bundle->n_cameras == 1 && bundle->cameras[0].view == LW_VIEW_WINDSHIELD;
    for (size_t i = 0; i < truth->n_occupants; i++)
        describe_truth(&v.people[i], &truth->occupants[i], bundle);
    find_fit(&fit, truth, outcome);
    for (size_t a = 0; a < LW_OCCUPANTS_MAX; a++)
        v.person_of[a] = -1;
    int r = lw_assign(fit.score, fit.rows, fit.cols, 0, v.person_of);
    if (r < 0)
        return lw_why_set(why, r, -1, "the answer cannot be assigned to the truth");
    for (size_t a = 0; a < fit.rows; a++)
        if (v.person_of[a] >= 0) {
            struct lw_person_score *p = &v.people[v.person_of[a]];
            p->answered = (int)a;
            describe_answer(p, &truth->occupants[v.person_of[a]], &outcome->occupants[a]);
        }
    count_phantoms(&v, &fit, truth, outcome);
    count_people(&v);
    *out = v;
    return LW_OK;
}

void lw_vehicle_add_claim(struct lw_vehicle_score *v, bool verified)
{
    count(v, LW_RATE_FALSE_VERIFICATION, verified);
}
