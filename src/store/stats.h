/* store/stats.h - counts without people: what `lanewise store stats` publishes
 * (docs/formats/stats.md). */
#ifndef LW_STORE_STATS_H
#define LW_STORE_STATS_H

#include "base/strbuf.h"
#include "cross/bundle.h"
#include "cross/outcome.h"

struct lw_stats_opts {
    const char *period; /* "2026-11" by days, "2026-11-23" by hours; UTC. NULL: the last month in
                         * which something was counted on a day that is over */
    int64_t threshold;  /* smaller counts are hidden, 3..1000, default 10 */
    int64_t now_utc_us; /* 0: what the clock says; periods that are not over are left out */
};
#define LW_STATS_DEFAULTS ((struct lw_stats_opts){.threshold = 10})

/* -1 is hidden. */
struct lw_stats_row {
    char period[24];         /* "2026-11-23", "2026-11-23T08", "" for the whole */
    char lane[LW_BUNDLE_ID]; /* "" for all lanes */
    int direction;           /* enum lw_direction, -1 for both */
    int64_t crossings, verified, referred, complete, incomplete;
    int64_t occupants, occupants_verified, occupants_referred, opted_out;
    int64_t mean_seconds; /* from opening to closing; -1 also where it is not known */
    /* Of all lanes only, else -1: */
    int64_t confirmed[LW_CLASS_UNKNOWN + 1]; /* verified people: departures or arrivals by class */
    int64_t reasons[LW_REASONS];             /* referred people; one may have several */
};

struct lw_stats {
    char period[12];
    bool over;      /* the whole period is over: only then are there rows for the whole */
    bool synthetic; /* some of the crossings were made by a simulator */
    bool by_lane;   /* false where rows by lane would have hidden nearly everything */
    int64_t hidden; /* counts */
    size_t n_rows;
    struct lw_stats_row *rows;
};

/* Reads the file and nothing else. LW_EINVAL for a period that is none or has not begun. */
int lw_store_stats(struct lw_stats **out, const char *path, const struct lw_stats_opts *opts,
                   struct lw_why *why);
void lw_stats_free(struct lw_stats **s);

#endif
