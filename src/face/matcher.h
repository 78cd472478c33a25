/* face/matcher.h - a matcher loaded through the door of lanewise/matcher.h.
 * Shared: extract, compare and fuse may be called by several threads. */
#ifndef LW_FACE_MATCHER_H
#define LW_FACE_MATCHER_H

#include "face/face.h"
#include "face/template.h"

struct lw_matcher;

struct lw_matcher_opts {
    const char *library; /* path of a shared object; NULL: the built-in ONNX matcher */
    const char *config;  /* handed to its open; NULL: "" */
    const char *cards_dir, *models_dir; /* for the built-in one */
    unsigned threads;                   /* inside one extract of the built-in one, default 1 */
};

int lw_matcher_open(struct lw_matcher **out, const struct lw_matcher_opts *opts,
                    struct lw_why *why);
void lw_matcher_close(struct lw_matcher **m);
#define lw_matcher_free lw_matcher_close

const char *lw_matcher_model(const struct lw_matcher *m);
uint32_t lw_matcher_unit_vector_dim(const struct lw_matcher *m); /* 0: opaque templates */

int lw_matcher_extract(struct lw_matcher *m, const struct lw_image *image,
                       const struct lw_face *face, struct lw_template **out, struct lw_why *why);
/* LW_EINVAL when a model id differs from the matcher's: never compared. */
int lw_matcher_compare(struct lw_matcher *m, const struct lw_template *a,
                       const struct lw_template *b, float *score, struct lw_why *why);
/* Weighted by quality. LW_EUNSUP where the matcher does not offer it. */
int lw_matcher_fuse(struct lw_matcher *m, const struct lw_template *const *t, const float *weights,
                    size_t n, struct lw_template **out, struct lw_why *why);

/* What was compared: two stills, or a template fused of shots of a passage with that of a still. A
 * matcher that has no table for the latter has one for both. */
enum lw_compared { LW_COMPARED_STILLS, LW_COMPARED_FUSED };

/* FMR at which this score would just match: log-linear between the table's rows, clamped to its
 * ends; NaN for an uncalibrated matcher. */
double lw_matcher_fmr_at(const struct lw_matcher *m, enum lw_compared what, float score);
/* The smallest FMR that the calibration claims; NaN for an uncalibrated matcher. */
double lw_matcher_smallest_fmr(const struct lw_matcher *m, enum lw_compared what);
/* Smallest threshold with at most that FMR; where the table of fused templates ends before it, that
 * of stills, which is stricter. LW_EUNSUP when that does not reach it either. */
int lw_matcher_threshold_at(const struct lw_matcher *m, enum lw_compared what, double fmr,
                            float *threshold, struct lw_why *why);

#endif
