/* cross/decide.h - from occupants' scores to decisions and reasons (design section 7); pure. */
#ifndef LW_CROSS_DECIDE_H
#define LW_CROSS_DECIDE_H

#include "cross/outcome.h"

/* One occupant as capture left it. */
struct lw_candidate {
    bool captured;            /* false: seen, but no shot met the requirements */
    uint32_t quality_reasons; /* what kept it from being captured, bits of enum lw_reason */
    uint32_t hints;           /* of a captured one: what makes its best shot hard to compare */
    uint32_t apart; /* bits of candidates who are somebody else for sure: seen in one frame */
    float score[LW_BUNDLE_DOCUMENTS_MAX]; /* per document; NaN: not compared */
};

struct lw_decide_opts {
    float threshold; /* similarity at the policy's FMR */
    float margin;    /* an assignment worse by at most this much fits, too: default 0 (off) */
};

/* Two candidates: with a margin, who is verified becomes a referral when another assignment of all
 * occupants to all documents is as good within the margin and gives them another document, or gives
 * their document to somebody who is somebody else for sure, all of it above the threshold.
 * Fill decision, document, score and reasons of occupants[i] from candidates[i], and the status of
 * each document and the crossing's outcome. out->n_occupants, shots, seats and findings are the
 * caller's; documents come from the bundle. Opted-out documents are never assigned; up to their
 * number, left-over occupants become opted_out with no shots and no score. */
int lw_decide(struct lw_outcome *out, const struct lw_bundle *bundle,
              const struct lw_candidate *candidates, const struct lw_decide_opts *opts);

#endif
