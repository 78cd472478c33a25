/* nn/card.h - model cards: what a network file is, to the last byte.
 * Format: docs/formats/model-card.md. A mismatch is a start-up fault naming both values. */
#ifndef LW_NN_CARD_H
#define LW_NN_CARD_H

#include "base/base.h"

enum { LW_CARD_TENSORS = 4, LW_CARD_DIMS = 4, LW_CARD_POINTS = 64, LW_CARD_PARTS = 4 };

struct lw_tensor_spec {
    char name[48];
    int ndim;
    int64_t dim[LW_CARD_DIMS]; /* -1: free */
};

/* One row of the calibration table: at this threshold the measured FMR is at most fmr. */
struct lw_calibration_point {
    double fmr;
    float threshold;
};

/* What goes into a network or a part of one, and what comes out of it. */
struct lw_card_io {
    size_t n_inputs, n_outputs;
    struct lw_tensor_spec inputs[LW_CARD_TENSORS], outputs[LW_CARD_TENSORS];
};

/* A part of the graph that can be run on its own: see nn/cut.h. */
struct lw_card_part {
    char name[24];
    int64_t node_first, node_end; /* nodes of the file's list, from first up to before end */
    struct lw_card_io io;
};

struct lw_card {
    char id[64];             /* model id, stored with every template and score */
    char role[24];           /* detector landmarks embedding pose liveness */
    char file[64];           /* network file in the model folder */
    char sha256[65];         /* of that file */
    char color[8];           /* RGB BGR GRAY */
    float mean[3], scale[3]; /* input = (byte - mean) * scale, per channel in that order */
    char licence[64];
    char source[128]; /* package and version */
    struct lw_card_io io;
    size_t n_parts;
    struct lw_card_part parts[LW_CARD_PARTS];
    size_t n_calibration; /* 0 where the role has none; falling fmr, rising threshold */
    struct lw_calibration_point calibration[LW_CARD_POINTS];
    size_t n_calibration_fused; /* the same for templates fused of a passage; 0: not measured */
    struct lw_calibration_point calibration_fused[LW_CARD_POINTS];
};

/* Parse the JSON text of a card; unknown keys are refused. */
int lw_card_parse(struct lw_card *out, struct lw_span json, struct lw_why *why);
/* The same from a file of at most 256 KiB; why names the path. */
int lw_card_load(struct lw_card *out, const char *path, struct lw_why *why);

/* Channels that the card's colour order has: 1 or 3. */
int lw_card_channels(const struct lw_card *card);

/* Rows by falling fmr and rising threshold, fmr in (0, 1]: LW_OK, else LW_EFORMAT naming the row.
 */
int lw_calibration_check(const struct lw_calibration_point *rows, size_t n, struct lw_why *why);

/* The FMR at which a score would just match, by log-linear interpolation between table rows;
 * clamped to the ends of the table ([smallest measured FMR, 1]). NaN without a table. */
double lw_calibration_fmr_at(const struct lw_calibration_point *rows, size_t n, float score);
/* The threshold for an FMR; beyond the table's end LW_EUNSUP: it was not measured there. */
int lw_calibration_threshold_at(const struct lw_calibration_point *rows, size_t n, double fmr,
                                float *threshold);

#endif
