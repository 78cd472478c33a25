/* eval/ablation.h - what single steps of a chain are worth: the same vehicles with all of them and
 * with one left out. Pure. */
#ifndef LW_EVAL_ABLATION_H
#define LW_EVAL_ABLATION_H

#include "base/strbuf.h"
#include "eval/crossings.h"

/* A rate with the step minus the rate without it. */
struct lw_gain {
    double value, low, high; /* NaN where there is nothing to count */
    size_t up, down;         /* vehicles in which the step raised and lowered the count */
};

struct lw_ablation {
    const char *name;  /* of the step, as the command line has it */
    const char *about; /* what was left out, one phrase */
    struct lw_rate without[LW_CROSSING_RATES];
    struct lw_gain gain[LW_CROSSING_RATES];
    double cpu_ms_per_vehicle, answer_p95_ms; /* without the step */
};

/* Fills without and gain from the same n vehicles, in the same order. Intervals: vehicles drawn
 * with replacement 2000 times, both ways of working from the same draw; no vehicle that differs
 * gives an interval of no width. */
int lw_ablation_weigh(struct lw_ablation *a, const struct lw_vehicle_score *whole,
                      const struct lw_vehicle_score *without, size_t n);

/* The whole chain, which the rows are held against. */
struct lw_ablated {
    const struct lw_rate *rates;
    double cpu_ms_per_vehicle, answer_p95_ms;
    const struct lw_ablation *rows;
    size_t n;
};

/* {"step_name": {"left_out", rate: {"without", "difference"}, ...}, ...} */
void lw_ablated_put_json(struct lw_strbuf *b, const struct lw_ablated *a);
void lw_ablated_put_text(struct lw_strbuf *b, const struct lw_ablated *a);
/* Section of a report: table and picture. */
void lw_ablated_put_html(struct lw_strbuf *b, const struct lw_ablated *a);

/* --- pictures (ablation_plot.c) --- */
/* All steps: the differences with their intervals. alone: a file of its own, else part of a page.
 */
void lw_ablated_put_plot(struct lw_strbuf *b, const struct lw_ablated *a, bool alone);
/* One step: the main rates with it and without it. A file of its own. */
void lw_ablation_put_picture(struct lw_strbuf *b, const struct lw_ablated *a, size_t row);

/* "+3.4 [+0.7, +6.1]" in percentage points, "0" where no vehicle differs, "-" where there is
 * nothing to count. */
enum { LW_GAIN_TEXT = 64 };
void lw_gain_print(char out[LW_GAIN_TEXT], const struct lw_gain *g);

#endif
