/* eval/crossings.h - answers of the pipeline against the truth of a bundle (design, section 8);
 * pure.
 *
 * Who is who: a best shot belongs to the truth person whose box in that camera and frame it
 * overlaps most, if IoU is at least 0.3. An answered occupant stands for one person and a person
 * for one answered occupant (the assignment with most captures, then most pairs, then most
 * overlap). People whose document is opted out take part in that, and in nothing else: they leave
 * every denominator. */
#ifndef LW_EVAL_CROSSINGS_H
#define LW_EVAL_CROSSINGS_H

#include "cross/outcome.h"
#include "cross/truth.h"
#include "eval/rates.h"

#define LW_SCORE_IOU 0.3f
#define LW_SCORE_INTER_EYE_PX 20.0f

/* How far a documented occupant got; each step includes the ones before it. */
enum lw_stage {
    LW_STAGE_SEATED,    /* was there */
    LW_STAGE_DETECTED,  /* an answered occupant stands for the person */
    LW_STAGE_VALIDATED, /* captured: see enum lw_crossing_rate */
    LW_STAGE_COMPARED,  /* has a score against a document */
    LW_STAGE_VERIFIED,  /* as the own document */
    LW_STAGES
};
const char *lw_stage_name(enum lw_stage s);

enum lw_crossing_rate {
    LW_RATE_CAPTURE, /* of truth occupants */
    LW_RATE_CAPTURE_ROW1,
    LW_RATE_CAPTURE_ROW2,
    LW_RATE_CAPTURE_ROW3,
    LW_RATE_VEHICLE_COMPLETENESS,     /* vehicles with all occupants captured */
    LW_RATE_VEHICLE_COMPLETENESS_ONE, /* the same, of vehicles with the windshield camera alone */
    LW_RATE_TRUE_VERIFICATION,        /* of occupants who present their own document */
    LW_RATE_VEHICLE_VERIFIED,         /* vehicles with every occupant verified */
    LW_RATE_VEHICLE_VERIFIED_DOCUMENTED, /* the same, of vehicles where all present their own */
    LW_RATE_FALSE_VERIFICATION,          /* of claims on a document that is not theirs */
    LW_RATE_UNDECLARED, /* occupants without document or claim: captured, not verified */
    LW_RATE_PHANTOM,    /* vehicles with an answered occupant who stands for nobody */
    LW_CROSSING_RATES
};
const char *lw_crossing_rate_name(enum lw_crossing_rate r); /* key in summary.json */

/* One truth occupant. */
struct lw_person_score {
    int answered; /* index in the outcome, -1: nobody stands for them */
    int row;      /* 1..3 */
    char side;    /* L, C, R */
    bool opted_out, documented, undeclared;
    bool captured, verified;
    bool answered_verified; /* with whatever document */
    enum lw_stage stage;    /* the last step reached */
    uint32_t shot_cameras;  /* bits of the cameras whose best shots meet the requirements */
    float iou;              /* of the best shot, 0 without one */
    float inter_eye_px;     /* of that shot */
    float truth_height_px;  /* of the highest truth box */
    float truth_visible;    /* highest share not covered */
    int64_t truth_frames;   /* in how many frames of all cameras there is a truth box */
    uint32_t truth_cameras; /* bits of the cameras with a truth box */
};

struct lw_vehicle_score {
    char id[LW_BUNDLE_ID];
    char condition[LW_TRUTH_NAME];
    bool one_camera; /* the windshield camera alone */
    size_t n_people; /* truth occupants, opted-out ones included */
    struct lw_person_score people[LW_OCCUPANTS_MAX];
    int person_of[LW_OCCUPANTS_MAX]; /* of each answered occupant: truth index, -1 nobody */
    int phantoms;                    /* answered occupants who stand for nobody */
    int phantoms_on_distractors;     /* of them: on a poster, shirt, bystander ... */
    int duplicates;                  /* of them: on a person somebody else stands for already */
    double n[LW_CROSSING_RATES], of[LW_CROSSING_RATES];
};

/* Claims (LW_RATE_FALSE_VERIFICATION) are the caller's to add: eval/claims.h. LW_ELIMIT for more
 * than LW_OCCUPANTS_MAX truth occupants. */
int lw_vehicle_score(struct lw_vehicle_score *out, const struct lw_bundle *bundle,
                     const struct lw_truth *truth, const struct lw_outcome *outcome,
                     struct lw_why *why);
void lw_vehicle_add_claim(struct lw_vehicle_score *v, bool verified);

/* Rates of those vehicles whose condition is the given one (NULL: all), intervals by drawing
 * vehicles with replacement 2000 times, never narrower than Wilson's. */
int lw_crossing_rates(struct lw_rate out[LW_CROSSING_RATES], const struct lw_vehicle_score *v,
                      size_t n, const char *condition);

/* One bar of the funnel: documented occupants of a kind, and how many reached each stage. */
struct lw_funnel {
    char group[16];           /* "all", "row", "side", "camera", "condition" */
    char name[LW_TRUTH_NAME]; /* "2", "L", "front", "dusk" */
    struct lw_rate stage[LW_STAGES];
};
/* Of the camera bars, bundle cameras with one id in all vehicles fall together: ids[i] is the list
 * of ids of vehicle i. *out is yours (free); empty bars are left out. */
struct lw_camera_ids {
    size_t n;
    char id[LW_BUNDLE_CAMERAS_MAX][LW_BUNDLE_ID];
};
int lw_crossing_funnels(struct lw_funnel **out, size_t *n_out, const struct lw_vehicle_score *v,
                        const struct lw_camera_ids *ids, size_t n);

#endif
