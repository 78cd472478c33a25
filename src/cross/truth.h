/* cross/truth.h - the truth part of crossing.json, read by eval alone (docs/formats). */
#ifndef LW_CROSS_TRUTH_H
#define LW_CROSS_TRUTH_H

#include "cross/bundle.h"

enum {
    LW_TRUTH_PEOPLE_MAX = 64, /* occupants, and distractors, of one vehicle */
    LW_TRUTH_NAME = 64        /* bytes of a person, kind or condition with NUL; UTF-8 */
};

struct lw_truth_box {
    int camera;    /* index in the bundle */
    int64_t frame; /* from 0 */
    float x, y, w, h;
    float visible; /* share not covered, 0..1; 1 where not given */
};

struct lw_truth_occupant {
    char person[LW_TRUTH_NAME];
    char seat[4];
    int document; /* index in the bundle, -1: null */
    int claims;   /* index, -1: none */
    size_t n_boxes;
    struct lw_truth_box *boxes;
};

struct lw_truth_distractor {
    char kind[LW_TRUTH_NAME];
    size_t n_boxes;
    struct lw_truth_box *boxes;
};

struct lw_truth {
    size_t n_occupants, n_distractors;
    struct lw_truth_occupant *occupants;
    struct lw_truth_distractor *distractors;
    char condition[LW_TRUTH_NAME]; /* "" where absent */
};

/* bundle is what lw_bundle_parse made of the same text. LW_ENOTFOUND when there is no truth. */
int lw_truth_parse(struct lw_truth **out, struct lw_span json, const struct lw_bundle *bundle,
                   struct lw_why *why);
void lw_truth_free(struct lw_truth **t);

#endif
