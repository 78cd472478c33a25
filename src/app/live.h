/* app/live.h - how an answer grows while the vehicle stands there, a line for each change. */
#ifndef LW_APP_LIVE_H
#define LW_APP_LIVE_H

#include <stdio.h>

#include "app/crossing.h"

struct lw_live {
    FILE *out;
    char last[1024]; /* what was said last; start with "" */
};

/* As lw_crossing_opts.tell, with a struct lw_live for ctx: one line "0.8 s  1L verified d1, 2R
 * turned_away" whenever that differs from the line before. */
void lw_live_tell(void *ctx, const struct lw_crossing_result *r, int64_t t_ns);

#endif
