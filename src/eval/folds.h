/* eval/folds.h - verification accuracy in ten folds: the threshold is chosen on nine of them and
 * applied to the tenth, so that no comparison takes part in choosing its own threshold. */
#ifndef LW_EVAL_FOLDS_H
#define LW_EVAL_FOLDS_H

#include "eval/rates.h"

enum { LW_FOLDS = 10 };

struct lw_trial {
    float score; /* -INFINITY: a face was not acquired, never a match */
    bool same;
    uint8_t fold; /* 0..LW_FOLDS-1 */
};

/* Share of right decisions over all folds (with folds of one size: the mean of their accuracies).
 * The threshold of a fold is the one with the most right decisions on the others: halfway between
 * two neighbouring scores, the highest where several are equally good. The interval is the wider of
 * Wilson's and of Student's t over the ten accuracies. NaN where fewer than two folds have trials.
 * Sorts the trials. */
struct lw_rate lw_accuracy_10fold(struct lw_trial *trials, size_t n);

#endif
