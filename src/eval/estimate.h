/* eval/estimate.h - FNMR at FMR, EER and AUC of an evaluation, with bootstrap intervals.
 *
 * Comparisons of one person's pictures resemble each other, so that the intervals come from drawing
 * units (people, say) with replacement, not comparisons: a comparison within unit u then counts
 * w[u] times, one between u and v w[u] * w[v] times, w being how often each was drawn. The
 * threshold is found anew in each replicate: its uncertainty is part of the interval. Rates that
 * are counts also get Wilson's interval, and the wider end is reported: a bootstrap of no errors
 * knows nothing of its own width. */
#ifndef LW_EVAL_ESTIMATE_H
#define LW_EVAL_ESTIMATE_H

#include "eval/rates.h"
#include "eval/scores.h"

/* Who is behind the comparisons. */
struct lw_units {
    size_t n;                 /* units; 0 is refused */
    size_t n_items;           /* what lw_comparison.a and .b count */
    const uint32_t *of_item;  /* unit of each item; an impostor comparison that lies within one unit
                               * has a == b */
    const uint32_t *genuine;  /* genuine comparisons within each unit */
    const uint32_t *impostor; /* impostor comparisons within each unit, NULL: none */
    const uint32_t *photos;   /* impostor comparisons between units u, v: photos[u] * photos[v];
                               * NULL: none */
};

enum { LW_FMR_TARGETS = 5, LW_BAND_POINTS = 25 };
extern const double lw_fmr_targets[LW_FMR_TARGETS];           /* falling: 0.1 ... 0.0001 */
extern const char *const lw_fmr_target_names[LW_FMR_TARGETS]; /* "0.1" ... as summary.json has it */

struct lw_estimate_opts {
    unsigned replicates; /* of the bootstrap, 0..10000, default 500 */
    uint64_t seed;       /* default 1: the same data give the same intervals */
    unsigned threads;    /* 1..64, default 1 */
};
#define LW_ESTIMATE_DEFAULTS ((struct lw_estimate_opts){.replicates = 500, .seed = 1, .threads = 1})

struct lw_estimates {
    /* Mean of FMR and FNMR at the threshold where they differ least. n of: two decisions for each
     * of the genuine x impostor combinations, n of them wrong. */
    struct lw_rate eer;
    float eer_threshold;
    /* Share of the genuine x impostor combinations in which the genuine score is the higher one;
     * equal ones count half, no score is lower than any score (Mann and Whitney's statistic). */
    struct lw_rate auc;
    struct lw_rate fnmr[LW_FMR_TARGETS];   /* of genuine comparisons */
    float threshold[LW_FMR_TARGETS];       /* NaN without impostor comparisons */
    int64_t false_matches[LW_FMR_TARGETS]; /* at that threshold */
    double band_fmr[LW_BAND_POINTS];       /* falling, for plots: pointwise 95 % band of FNMR */
    double band_low[LW_BAND_POINTS], band_high[LW_BAND_POINTS];
};

/* Rates without a comparison behind them have the value NaN. LW_EINVAL, LW_ENOMEM. */
int lw_estimate(struct lw_estimates *out, const struct lw_scores *scores,
                const struct lw_units *units, const struct lw_estimate_opts *opts);

#endif
