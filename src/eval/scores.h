/* eval/scores.h - the scores of an evaluation, sorted, and what they say: FMR, FNMR, thresholds.
 *
 * Words as in ISO/IEC 19795-1. A genuine (mated) comparison is of two pictures of one person, an
 * impostor (non-mated) one of two people; a match is score >= threshold. A comparison in which a
 * face was not acquired has no score and counts as a non-match: it stays in both denominators, so
 * that what is called FMR and FNMR here includes failures to acquire (in the standard's stricter
 * words: FAR and FRR of a one-attempt transaction). */
#ifndef LW_EVAL_SCORES_H
#define LW_EVAL_SCORES_H

#include "base/base.h"

/* One comparison made. a and b are what the evaluation compared (photo numbers, or the number of
 * the pair twice); bootstrap.h finds in them who is behind a comparison. */
struct lw_comparison {
    float score; /* finite */
    uint32_t a, b;
};

/* All genuine scores are kept, and of the impostor scores the highest n_top; those below them are
 * only counted, in equal bins from bins_low to bins_high. */
struct lw_scores {
    int64_t genuine, impostor;     /* comparisons, those without a score included */
    size_t n_genuine, n_top;       /* kept, by falling score */
    struct lw_comparison *matches; /* genuine; owned */
    struct lw_comparison *top;     /* impostor; owned */
    int64_t below;                 /* impostor comparisons with a score that only a bin counted */
    float bins_low, bins_high; /* bins_high: all of `top` is >= it, all of `below` is below it */
    size_t n_bins;             /* 0 where nothing is below */
    int64_t *bins;             /* owned */
};

/* The bin of a score below bins_high; the first one also holds all that is below bins_low. */
static inline size_t lw_scores_bin(const struct lw_scores *s, float score)
{
    float at = (score - s->bins_low) * ((float)s->n_bins / (s->bins_high - s->bins_low));
    return at <= 0 ? 0 : at >= (float)s->n_bins ? s->n_bins - 1 : (size_t)at;
}
void lw_scores_clear(struct lw_scores *s);

/* By falling score, equal scores in the order they had. */
int lw_comparisons_sort(struct lw_comparison *v, size_t n);

/* How many scores are >= threshold. For impostor scores in the bins: whole bins whose lower edge is
 * >= threshold, so the answer may be too small by one bin below bins_high. */
int64_t lw_scores_genuine_at(const struct lw_scores *s, double threshold);
int64_t lw_scores_impostor_at(const struct lw_scores *s, double threshold);

/* The smallest float threshold at which at most `allowed` impostor comparisons match: the number
 * next above the impostor score that must not. In the bins: the edge of a bin, at most one bin
 * width above it. -INFINITY where every threshold will do. */
float lw_scores_threshold(const struct lw_scores *s, int64_t allowed);

/* The whole number of impostor comparisons that may match at this FMR. */
int64_t lw_scores_allowed(const struct lw_scores *s, double fmr);

#endif
