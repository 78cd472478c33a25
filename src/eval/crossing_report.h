/* eval/crossing_report.h - the result of `eval crossings`, told as JSON, CSV, a table and a page.
 */
#ifndef LW_EVAL_CROSSING_REPORT_H
#define LW_EVAL_CROSSING_REPORT_H

#include "eval/ablation.h"

struct lw_image; /* img/image.h */

/* One vehicle, as measured. Borrowed. */
struct lw_measured {
    const char *folder; /* of the bundle */
    const struct lw_bundle *bundle;
    const struct lw_truth *truth;
    const struct lw_outcome *outcome;
    double answer_ms, wall_ms, cpu_ms;
};

struct lw_worst_frame {
    const char *camera;
    int64_t frame;
    struct lw_image *image; /* with the boxes drawn */
};
struct lw_worst {
    size_t vehicle;
    size_t n_frames;
    struct lw_worst_frame frames[LW_BUNDLE_CAMERAS_MAX];
};
enum { LW_WORST_SHOWN = 10 };

struct lw_crossing_report {
    size_t n;
    const struct lw_measured *measured;
    const struct lw_vehicle_score *scores, *oracle; /* oracle NULL: not computed */
    struct lw_rate rates[LW_CROSSING_RATES], oracle_rates[LW_CROSSING_RATES];
    size_t n_funnels;
    const struct lw_funnel *funnels;
    double answer_p50_ms, answer_p95_ms, cpu_ms_per_vehicle, wall_ms_per_vehicle;
    size_t n_worst;
    const struct lw_worst *worst;
    struct lw_ablated ablated;                   /* n 0: nothing was left out */
    const char *command, *data, *matcher, *made; /* for the page */
};

/* summary.json (design, section 8). */
int lw_crossing_report_put_json(struct lw_strbuf *b, const struct lw_crossing_report *r);
/* occupants.csv: one line for each truth occupant. */
void lw_crossing_report_put_csv(struct lw_strbuf *b, const struct lw_crossing_report *r);
/* vehicles.csv: one line for each vehicle, with its times. */
void lw_crossing_report_put_vehicles(struct lw_strbuf *b, const struct lw_crossing_report *r);
void lw_crossing_report_put_text(struct lw_strbuf *b, const struct lw_crossing_report *r);
int lw_crossing_report_put_html(struct lw_strbuf *b, const struct lw_crossing_report *r,
                                struct lw_why *why);

/* The vehicles that went worst, at most `most`, worst first: by occupants not captured, then by
 * documented ones not verified, then by phantoms. Vehicles where nothing went wrong are left out.
 * Returns the count. */
size_t lw_crossing_worst(size_t *out, size_t most, const struct lw_vehicle_score *v, size_t n);

/* The different conditions, in order of first use; at most `most`. Returns the count. */
size_t lw_crossing_conditions(const char **out, size_t most, const struct lw_vehicle_score *v,
                              size_t n);

/* A picture of the funnel: eval/funnel.c. */
void lw_funnel_put(struct lw_strbuf *b, const struct lw_funnel *f, size_t n);

bool lw_crossing_synthetic(const struct lw_crossing_report *r); /* is any bundle? */

#endif
