/* cross/truth.h - the truth part of crossing.json, read by eval alone (docs/formats). */
#ifndef LW_CROSS_TRUTH_H
#define LW_CROSS_TRUTH_H

#include "cross/bundle.h"

struct lw_truth_box {
    int camera;    /* index in the bundle */
    int64_t frame; /* from 0 */
    float x, y, w, h;
    float visible; /* share not covered, 0..1; 1 where not given */
};

struct lw_truth_occupant {
    char person[LW_BUNDLE_ID];
    char seat[4];
    int document; /* index in the bundle, -1: null */
    int claims;   /* index, -1: none */
    size_t n_boxes;
    struct lw_truth_box *boxes;
};

struct lw_truth_distractor {
    char kind[LW_BUNDLE_ID];
    size_t n_boxes;
    struct lw_truth_box *boxes;
};

struct lw_truth {
    size_t n_occupants, n_distractors;
    struct lw_truth_occupant *occupants;
    struct lw_truth_distractor *distractors;
    char condition[LW_BUNDLE_ID]; /* "" where absent */
};

/* LW_ENOTFOUND when there is no truth. */
int lw_truth_parse(struct lw_truth **out, struct lw_span json, const struct lw_bundle *bundle,
                   struct lw_why *why);
void lw_truth_free(struct lw_truth **t);

#endif
