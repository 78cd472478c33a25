/* face/detector.h - boxes of faces in a picture.
 * Shared: several threads may call it on one detector. */
#ifndef LW_FACE_DETECTOR_H
#define LW_FACE_DETECTOR_H

#include "img/image.h"

struct lw_detector;
struct lw_nn_opts;

struct lw_detection {
    struct lw_rect box; /* image pixels, forehead to chin, w/h about 0.72 */
    float score;        /* 0..1 */
};

struct lw_detector_opts {
    float threshold;    /* keep scores >= this, 0.05..0.99, default 0.7 */
    float nms_iou;      /* boxes that overlap more are one face, 0.1..0.9, default 0.4 */
    float min_h_px;     /* ignore boxes lower than this in the frame, default 12 */
    int strip_rows;     /* rows of network input per run (bounds memory), multiple of 64,
                         * 0: whole image at once, default 256 */
    unsigned max_faces; /* best ones kept, 1..1024, default 256 */
};
#define LW_DETECTOR_DEFAULTS                                                                       \
    ((struct lw_detector_opts){.threshold = 0.7f,                                                  \
                               .nms_iou = 0.4f,                                                    \
                               .min_h_px = 12.0f,                                                  \
                               .strip_rows = 256,                                                  \
                               .max_faces = 256})

/* models_dir holds the networks, cards_dir their cards. opts, nn may be NULL for defaults. */
int lw_detector_new(struct lw_detector **out, const char *cards_dir, const char *models_dir,
                    const struct lw_detector_opts *opts, const struct lw_nn_opts *nn,
                    struct lw_why *why);
void lw_detector_free(struct lw_detector **d);

/* One pass: the region (NULL: all) of the image, resized by scale (0.05..4; 1: native), boxes in
 * image pixels by falling score. *found is yours (free); returns the count. */
int lw_detector_pass(struct lw_detector *d, const struct lw_image *image,
                     const struct lw_rect *region, float scale, struct lw_detection **found,
                     struct lw_why *why);
/* The same with a threshold of its own, 0.05..0.99. */
int lw_detector_pass_over(struct lw_detector *d, const struct lw_image *image,
                          const struct lw_rect *region, float scale, float threshold,
                          struct lw_detection **found, struct lw_why *why);
const struct lw_detector_opts *lw_detector_peek_opts(const struct lw_detector *d);

/* A closer look at one box: the same network over its surroundings, shrunk or enlarged to the sizes
 * that it knows best. *confidence, 0..1: the best score of a box in the same place. Faces score
 * over 0.5 here, cloth and hands that the full pass took for a face under 0.15. */
int lw_detector_confirm(struct lw_detector *d, const struct lw_image *image,
                        const struct lw_rect *box, float *confidence, struct lw_why *why);

/* Stills: native pass, reduced passes for faces larger than the largest anchor, and, when nothing
 * is found, bordered, enlarged and lower-threshold retries (face/find.c); doubtful ones are looked
 * at closer and dropped if not confirmed. From 20 px to the whole picture. *found is yours (free);
 * returns the count. */
int lw_detector_find(struct lw_detector *d, const struct lw_image *image,
                     struct lw_detection **found, struct lw_why *why);

/* Is this detection to be taken for a face? 1 when its score leaves no doubt or a closer look
 * confirms it, 0 when not, or a fault. */
int lw_detector_believes(struct lw_detector *d, const struct lw_image *image,
                         const struct lw_detection *det, struct lw_why *why);

/* Non-maximum suppression in place by falling score; returns how many stay. */
size_t lw_detection_nms(struct lw_detection *v, size_t n, float iou);

#endif
