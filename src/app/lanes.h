/* app/lanes.h - bundles with truth, and what one way of working makes of them: the ground that
 * evaluations, ablations and benchmarks of whole crossings share. */
#ifndef LW_APP_LANES_H
#define LW_APP_LANES_H

#include "app/crossing.h"
#include "cross/truth.h"
#include "eval/crossings.h"

struct lw_lane_bundle {
    char *dir;  /* to open */
    char *name; /* folder's name */
    struct lw_truth *truth;
};
struct lw_lanes {
    size_t n;
    struct lw_lane_bundle *v;
};
/* Every folder in dir is a bundle with truth; files beside them (a read-me) are left out. All
 * truths are read and checked. */
int lw_lanes_open(struct lw_lanes **out, const char *dir, struct lw_why *why);
void lw_lanes_free(struct lw_lanes **l);

/* One way through all of them; entries are filled one by one, so that two ways can take turns. */
struct lw_lane_pass {
    size_t n;
    struct lw_crossing_result **results; /* NULL until run; owned */
    struct lw_vehicle_score *scores;
    double *cpu_ms;
};
int lw_lane_pass_new(struct lw_lane_pass **out, size_t n);
void lw_lane_pass_free(struct lw_lane_pass **p);

/* Run bundle i as `lanewise cross` does, and score it. */
int lw_lane_pass_run(struct lw_lane_pass *p, const struct lw_lanes *lanes, size_t i,
                     struct lw_facekit *kit, const struct lw_crossing_opts *opts,
                     struct lw_why *why);
/* Score an answer that was made elsewhere; *result is taken. */
int lw_lane_pass_take(struct lw_lane_pass *p, const struct lw_lanes *lanes, size_t i,
                      struct lw_crossing_result **result, struct lw_why *why);

/* When all have run: every occupant against documents that are not theirs (eval/claims.h). The
 * templates of the documents, and the threshold, are those of `papers`, which may be p. */
int lw_lane_pass_claims(struct lw_lane_pass *p, const struct lw_lane_pass *papers,
                        const struct lw_lanes *lanes, struct lw_matcher *matcher,
                        struct lw_why *why);

struct lw_lane_times {
    double answer_p50_ms, answer_p95_ms, cpu_ms_per_vehicle, wall_ms_per_vehicle;
};
int lw_lane_pass_times(struct lw_lane_times *out, const struct lw_lane_pass *p);

#endif
