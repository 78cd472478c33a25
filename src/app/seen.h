/* app/seen.h - the kept shots of one person, from one camera or several: fused to one template,
 * compared with the documents, told as an occupant. */
#ifndef LW_APP_SEEN_H
#define LW_APP_SEEN_H

#include "app/watch.h"
#include "cross/decide.h"
#include "face/requirements.h"

enum { LW_SEEN_SHOTS_MAX = 48 };

struct lw_seen {
    size_t n;
    struct lw_shot *shots[LW_SEEN_SHOTS_MAX]; /* best first; borrowed */
    int camera[LW_SEEN_SHOTS_MAX];
};

/* To its place by weight; the least one makes room where all are taken. */
void lw_seen_add(struct lw_seen *s, struct lw_shot *shot, int camera);

struct lw_seen_opts {
    bool best_alone;    /* only the best shot speaks, default false */
    bool equal_weights; /* instead of what each shot is worth, default false */
};
/* One template of the shots that have one; *out stays NULL where none has. */
int lw_seen_fuse(const struct lw_seen *s, struct lw_matcher *matcher,
                 const struct lw_seen_opts *opts, struct lw_template **out);

/* Similarity to each document; NaN where either template is NULL. */
int lw_seen_compare(const struct lw_template *fused, struct lw_template *const *documents, size_t n,
                    struct lw_matcher *matcher, float *score);

/* Best shots of the occupant, those that meet the requirements in effect first; whether there is
 * one, and if not, why. *s is put into that order. */
void lw_seen_tell(struct lw_seen *s, const struct lw_requirement_set *requirements,
                  struct lw_occupant *o, struct lw_candidate *c);

#endif
