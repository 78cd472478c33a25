/* cross/cabins.h - where in each camera's picture people were seen, learnt from crossings
 * (docs/formats/cabins.md). Counts of places and nothing else. Pure. */
#ifndef LW_CROSS_CABINS_H
#define LW_CROSS_CABINS_H

#include "base/strbuf.h"
#include "cross/regions.h"

enum {
    LW_CABIN_COLUMNS = 32,
    LW_CABIN_ROWS = 18,
    LW_CABINS_MAX = 64,
    LW_CABINS_BYTES_MAX = 1 << 20,
    LW_CABIN_LEARNT = 30 /* crossings before it is used */
};

struct lw_cabin {
    char camera[LW_BUNDLE_ID];
    int64_t crossings;
    float seen[LW_CABIN_ROWS][LW_CABIN_COLUMNS]; /* 0..100: crossings, the old ones faded */
};

struct lw_cabins {
    size_t n;
    struct lw_cabin v[LW_CABINS_MAX];
};

/* Where people were in one crossing before one camera. */
struct lw_cabin_sight {
    bool any;
    bool seen[LW_CABIN_ROWS][LW_CABIN_COLUMNS];
};

int lw_cabins_parse(struct lw_cabins *out, struct lw_span json, struct lw_why *why);
void lw_cabins_print(struct lw_strbuf *b, const struct lw_cabins *c);

/* A face's box, in shares of the picture: it and its surroundings were part of the cabin. */
void lw_cabin_sight_add(struct lw_cabin_sight *s, float x, float y, float w, float h);
/* One crossing more of that camera; one in which nobody was seen teaches nothing. */
void lw_cabins_learn(struct lw_cabins *c, const char *camera, const struct lw_cabin_sight *s);

/* The camera's cabin; the whole picture while too little is known, or where it is nearly that. */
struct lw_region lw_cabins_region(const struct lw_cabins *c, const char *camera);

#endif
