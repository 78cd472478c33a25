/* cross/decide.h - from occupants' scores to decisions and reasons (design section 7); pure. */
#ifndef LW_CROSS_DECIDE_H
#define LW_CROSS_DECIDE_H

#include "cross/outcome.h"

/* One occupant as capture left it. */
struct lw_candidate {
    bool captured;            /* false: seen, but no shot met the requirements */
    uint32_t quality_reasons; /* what kept it from being captured, bits of enum lw_reason */
    float score[LW_BUNDLE_DOCUMENTS_MAX]; /* per document; NaN: not compared */
};

struct lw_decide_opts {
    float threshold; /* similarity at the policy's FMR */
    float margin;    /* a second document this close also fits: two_candidates, default 0 (off) */
};

/* Fill decision, document, score and reasons of occupants[i] from candidates[i], and the status of
 * each document and the crossing's outcome. out->n_occupants, shots, seats and findings are the
 * caller's; documents come from the bundle. Opted-out documents are never assigned; up to their
 * number, left-over occupants become opted_out with no shots and no score. */
int lw_decide(struct lw_outcome *out, const struct lw_bundle *bundle,
              const struct lw_candidate *candidates, const struct lw_decide_opts *opts);

#endif
