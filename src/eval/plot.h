/* eval/plot.h - plots as SVG text inside an HTML page. Colours are the page's CSS variables
 * (eval/html.h), so that they follow the reader's light or dark setting. */
#ifndef LW_EVAL_PLOT_H
#define LW_EVAL_PLOT_H

#include "base/strbuf.h"

enum lw_scale {
    LW_SCALE_LINEAR,
    LW_SCALE_LOG,
    LW_SCALE_PROBIT /* normal deviate, as DET curves have it; 0 < value < 1 */
};

struct lw_axis {
    enum lw_scale scale;
    double low, high; /* low < high; beyond them curves are cut off */
    const char *label;
    bool percent; /* ticks are shares: 0.01 is written "1 %" */
};

enum lw_curve_kind {
    LW_CURVE_LINE,
    LW_CURVE_DASHED, /* a help line, without a place in the legend */
    LW_CURVE_AREA    /* filled down to the axis */
};

struct lw_curve {
    const char *label; /* NULL: not in the legend */
    enum lw_curve_kind kind;
    unsigned colour; /* 0..3: --c0 ... --c3 */
    size_t n;
    const double *x, *y; /* NaN breaks the line */
};

struct lw_mark {
    double x, y;       /* y NaN: a line from bottom to top */
    const char *label; /* beside it; NULL: none */
    const char *hint;  /* shown when the pointer rests on it; NULL: none */
    unsigned colour;
};

struct lw_band {
    size_t n; /* 0: none */
    const double *x, *low, *high;
    unsigned colour;
};

struct lw_plot {
    const char *title; /* also what a screen reader says */
    struct lw_axis x, y;
    size_t n_curves, n_marks;
    const struct lw_curve *curves;
    const struct lw_mark *marks;
    struct lw_band band;
};

void lw_plot_put(struct lw_strbuf *b, const struct lw_plot *p);

/* The normal deviate: z with P(Z <= z) = p; -8.3 and 8.3 at the ends. */
double lw_probit(double p);

#endif
