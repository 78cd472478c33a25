/* eval/people.h - what the statistics must know of the people in a set of photographs: who is
 * behind a comparison, and ten folds that share nobody. */
#ifndef LW_EVAL_PEOPLE_H
#define LW_EVAL_PEOPLE_H

#include "eval/estimate.h"
#include "eval/folds.h"
#include "eval/photos.h"

/* Ten folds of people, in order. Of each fold: all genuine comparisons and as many impostor ones,
 * drawn with a fixed seed, so that right decisions of both kinds weigh the same as in a list of
 * pairs; comparisons between folds take no part. *trials is yours (free); returns the count in *n.
 */
int lw_compare_folds(struct lw_trial **trials, size_t *n, const struct lw_photos *p,
                     struct lw_matcher *m, struct lw_why *why);

/* The people behind the comparisons, for lw_estimate. */
struct lw_people {
    struct lw_units units;
    uint32_t *of_photo, *genuine, *photos; /* owned */
};
int lw_people_init(struct lw_people *out, const struct lw_photos *p);
void lw_people_clear(struct lw_people *p);

#endif
