/* eval/claims.h - which false claims an evaluation makes: one occupant against one document that is
 * not theirs. Pure. */
#ifndef LW_EVAL_CLAIMS_H
#define LW_EVAL_CLAIMS_H

#include "eval/crossings.h"

/* One vehicle, as far as claims need it. Borrowed. */
struct lw_claim_vehicle {
    const struct lw_vehicle_score *score;
    const struct lw_truth *truth;
    size_t n_documents;
    bool usable[LW_BUNDLE_DOCUMENTS_MAX]; /* has a template */
};

struct lw_claim {
    uint32_t vehicle, occupant;    /* answered occupant of that vehicle */
    uint32_t of_vehicle, document; /* whose document */
};

/* Each answered occupant who stands for a person that has not opted out, against every usable
 * document: of the own manifest all but their own; of other vehicles those whose holder the truth
 * knows and who is another person. At most about cap claims: of those with swapped documents a
 * share is drawn with a fixed seed. *out is yours (free). */
int lw_claims_list(struct lw_claim **out, size_t *n_out, const struct lw_claim_vehicle *v, size_t n,
                   size_t cap);

#endif
