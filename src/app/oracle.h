/* app/oracle.h - the answer with the truth boxes in place of detection and tracking: what these
 * data and these networks allow. For evaluations only. */
#ifndef LW_APP_ORACLE_H
#define LW_APP_ORACLE_H

#include "app/crossing.h"
#include "cross/truth.h"

struct lw_oracle_opts {
    float threshold;  /* similarity at the policy's FMR */
    unsigned threads; /* cameras at a time */
    const struct lw_requirement_set *requirements;
};

/* documents: templates of the bundle's portraits (NULL: none), as lw_crossing_result has them. Each
 * truth occupant's best shots of all cameras are fused and compared as the pipeline does it;
 * answered occupants are the truth occupants of whom there is a shot, in their order. The result
 * has an outcome and templates of occupants, and nothing else. */
int lw_oracle_run(struct lw_crossing_result **out, struct lw_facekit *kit, const char *dir,
                  const struct lw_bundle *bundle, const struct lw_truth *truth,
                  struct lw_template *const *documents, const struct lw_oracle_opts *opts,
                  struct lw_why *why);

#endif
