/* app/bench_crossings.h - whole crossings, ours and a plain peer's in turns: what they cost and
 * what they find. */
#ifndef LW_APP_BENCH_CROSSINGS_H
#define LW_APP_BENCH_CROSSINGS_H

#include "app/bench.h"
#include "app/lanes.h"

struct lw_bench_way {
    struct lw_lane_times times; /* the peer has no answer times */
    struct lw_rate rates[LW_CROSSING_RATES];
};

struct lw_bench_crossings {
    size_t vehicles;
    bool synthetic;
    unsigned threads;
    struct lw_bench_way ours, peer;
    double cpu_ratio; /* the peer's CPU time a vehicle, in ours */
    /* Passages of three cameras: seconds filmed in a second of work, and the answer. */
    size_t three_cameras;
    double realtime_mean, realtime_least, three_answer_p95_ms;
};

/* Bundles with truth in opts->data, or drawn for this run from the sample photographs. LW_ENOTFOUND
 * where those are missing. */
int lw_bench_crossings_run(struct lw_bench_crossings *out, const struct lw_bench_opts *opts,
                           struct lw_why *why);
void lw_bench_crossings_put_json(struct lw_strbuf *b, const struct lw_bench_crossings *c);
void lw_bench_crossings_put_text(struct lw_strbuf *b, const struct lw_bench_crossings *c);

#endif
