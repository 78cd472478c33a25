/* eval/compare.h - all photographs against all: the scores of a whole data set, in bounded memory.
 * Matchers whose templates are unit vectors go through eval/similarity.h, others through their own
 * compare(). */
#ifndef LW_EVAL_COMPARE_H
#define LW_EVAL_COMPARE_H

#include "eval/photos.h"
#include "eval/scores.h"

enum {
    LW_COMPARE_KEPT = 8000000, /* default of keep: about 100 MB */
    LW_COMPARE_BINS = 65536
};

struct lw_compare_opts {
    unsigned threads; /* 1..64, default 1 */
    size_t keep; /* about so many of the highest impostor scores are kept, the others counted in
                  * LW_COMPARE_BINS bins; 1000 or more */
};
#define LW_COMPARE_DEFAULTS ((struct lw_compare_opts){.threads = 1, .keep = LW_COMPARE_KEPT})

/* Every photograph against every other; a and b of a comparison are photo indices, a < b. The
 * photos must be in order of their people (as lw_photos_list gives them). */
int lw_compare_photos(struct lw_scores *out, const struct lw_photos *p, struct lw_matcher *m,
                      const struct lw_compare_opts *opts, struct lw_why *why);

#endif
