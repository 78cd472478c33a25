/* app/ablate.h - the same bundles again with single steps left out. */
#ifndef LW_APP_ABLATE_H
#define LW_APP_ABLATE_H

#include "app/lanes.h"
#include "eval/ablation.h"

struct lw_ablate {
    size_t n;
    size_t step[LW_STEPS]; /* index in lw_steps */
    struct lw_lane_pass *pass[LW_STEPS];
    struct lw_ablation rows[LW_STEPS];
};

/* list: NULL none, "" all of them, else names with commas between, each once. */
int lw_ablate_parse(struct lw_ablate *a, const char *list, struct lw_why *why);
int lw_ablate_begin(struct lw_ablate *a, size_t bundles);
void lw_ablate_clear(struct lw_ablate *a);

/* Bundle i once for each step, otherwise as opts say. */
int lw_ablate_run(struct lw_ablate *a, const struct lw_lanes *lanes, size_t i,
                  struct lw_facekit *kit, const struct lw_crossing_opts *opts, struct lw_why *why);
/* When all have run: fills rows. */
int lw_ablate_weigh(struct lw_ablate *a, const struct lw_lane_pass *whole,
                    const struct lw_lanes *lanes, struct lw_matcher *matcher, struct lw_why *why);

#endif
