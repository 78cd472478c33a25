/* face/kit.h - detector, landmarks and matcher opened together, and the usual path from a picture
 * to faces and templates. Shared: several threads may use one kit. */
#ifndef LW_FACE_KIT_H
#define LW_FACE_KIT_H

#include "face/detector.h"
#include "face/face.h"
#include "face/matcher.h"

struct lw_facekit;

struct lw_facekit_opts {
    const char *cards_dir, *models_dir;
    struct lw_detector_opts detector;
    struct lw_matcher_opts matcher; /* cards_dir and models_dir are filled in */
    unsigned threads;               /* inside one network run, default 1 */
};

int lw_facekit_new(struct lw_facekit **out, const struct lw_facekit_opts *opts, struct lw_why *why);
void lw_facekit_free(struct lw_facekit **kit);
struct lw_detector *lw_facekit_detector(struct lw_facekit *kit);
struct lw_matcher *lw_facekit_matcher(struct lw_facekit *kit);

/* Landmarks, pose, quality components and quality for one detection. 1: described; 0: its landmarks
 * do not lie as in a face. Whether the detection is to be believed lw_detector_believes says. */
int lw_facekit_describe(struct lw_facekit *kit, const struct lw_image *image,
                        const struct lw_detection *det, struct lw_face *out, struct lw_why *why);

/* All faces of a still, by falling size weighted to the centre. *faces is yours (free); returns
 * the count, 0 when none. */
int lw_facekit_faces(struct lw_facekit *kit, const struct lw_image *image, struct lw_face **faces,
                     struct lw_why *why);

/* The face that a portrait is of (largest, weighted to the centre) and its template.
 * 1: found; 0: no usable face (a finding). */
int lw_facekit_portrait(struct lw_facekit *kit, const struct lw_image *image, struct lw_face *face,
                        struct lw_template **tmpl, struct lw_why *why);

#endif
