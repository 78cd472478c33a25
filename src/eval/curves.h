/* eval/curves.h - what the plots of a verification draw: FNMR against FMR, and score histograms. */
#ifndef LW_EVAL_CURVES_H
#define LW_EVAL_CURVES_H

#include "eval/scores.h"

/* Points of the trade-off by falling FMR; x and y go to plots as they are. Owned. */
struct lw_tradeoff {
    size_t n;
    double *fmr, *fnmr, *tmr; /* tmr = 1 - fnmr */
};
/* One point for each number of false matches up to ten, then about forty a decade. */
int lw_tradeoff_init(struct lw_tradeoff *out, const struct lw_scores *s);
void lw_tradeoff_clear(struct lw_tradeoff *t);

enum { LW_HISTOGRAM_BARS = 80 };

/* Both kinds of scores in bars of one width, as outlines that plots can fill: two points a bar. */
struct lw_histogram {
    double low, high;
    double genuine_most, impostor_most;          /* highest bar, share of its kind */
    double x[2 * LW_HISTOGRAM_BARS];             /* edges */
    double genuine[2 * LW_HISTOGRAM_BARS];       /* share of the genuine scores */
    double impostor[2 * LW_HISTOGRAM_BARS];      /* share of the impostor scores */
    double genuine_count[2 * LW_HISTOGRAM_BARS]; /* comparisons; 0.5 for none: for a log axis */
    double impostor_count[2 * LW_HISTOGRAM_BARS];
};
void lw_histogram_fill(struct lw_histogram *h, const struct lw_scores *s);

#endif
