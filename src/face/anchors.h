/* face/anchors.h - the detector's raw output to boxes. Pure.
 *
 * The network answers at fixed places: on four grids of cells 8, 16, 32 and 64 pixels wide, with
 * two or three square anchors of fixed size in each cell. For each anchor it gives the probability
 * of a face and four numbers that shift and stretch the anchor to the face. */
#ifndef LW_FACE_ANCHORS_H
#define LW_FACE_ANCHORS_H

#include "face/detector.h"

enum { LW_ANCHOR_LEVELS = 4, LW_ANCHOR_ALIGN = 64, LW_ANCHOR_LARGEST = 256 };

struct lw_anchor_level {
    int stride; /* pixels from cell to cell */
    int n_sizes;
    int sizes[3]; /* anchor width = height, pixels */
    float row_px; /* pixels from row to row that the network was trained with, see anchors.c */
};
extern const struct lw_anchor_level lw_anchor_levels[LW_ANCHOR_LEVELS];

/* Anchors of an input of w x h pixels, both multiples of LW_ANCHOR_ALIGN. */
size_t lw_anchor_count(int w, int h);

/* Anchor (cx, cy, side) and the network's four numbers to a box in input pixels. */
struct lw_rect lw_anchor_decode(float cx, float cy, float side, const float loc[4]);

/* Decode all with probability >= threshold into out (at most max, the first ones met); scores are
 * pairs (background, face), locs quadruples, in the network's order. Returns how many. Boxes are
 * in input pixels, with the correction for the trained row spacing. */
size_t lw_anchors_decode(const float *scores, const float *locs, int w, int h, float threshold,
                         struct lw_detection *out, size_t max);

#endif
