/* app/bench_baseline.h - the ratios of an earlier benchmark: bench/baseline.csv. Ratios to a peer
 * measured in the same run carry over to another machine, times do not. */
#ifndef LW_APP_BENCH_BASELINE_H
#define LW_APP_BENCH_BASELINE_H

#include "base/base.h"

enum { LW_BASELINE_ROWS = 64, LW_BASELINE_TEXT = 96 };

struct lw_baseline {
    size_t n;
    struct {
        char name[LW_BASELINE_TEXT], peer[LW_BASELINE_TEXT];
        double ratio;
    } rows[LW_BASELINE_ROWS];
};

/* CSV with the header name,peer,ratio; fields as in docs/formats/pairs-csv.md. why names the line.
 */
int lw_baseline_parse(struct lw_baseline *out, struct lw_span text, struct lw_why *why);

/* The earlier ratio of this stage to this peer, NaN where there is none. */
double lw_baseline_ratio(const struct lw_baseline *b, const char *name, const char *peer);

#endif
