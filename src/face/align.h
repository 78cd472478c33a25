/* face/align.h - from landmarks to the upright 112 x 112 face that embedding networks read.
 * The five points and their places are those of ArcFace (Deng and others, 2019). Pure. */
#ifndef LW_FACE_ALIGN_H
#define LW_FACE_ALIGN_H

#include "face/face.h"
#include "img/geom.h"

enum { LW_ALIGN_POINTS = 5, LW_ALIGN_SIDE = 112 };

/* Eye, eye, nose tip, mouth corner, mouth corner in a picture of LW_ALIGN_SIDE; image left first.
 */
extern const struct lw_point lw_align_template[LW_ALIGN_POINTS];

/* The same five of a face with 68 landmarks. */
void lw_align_five(const struct lw_point landmarks[LW_LANDMARKS],
                   struct lw_point five[LW_ALIGN_POINTS]);

/* The similarity that takes pixels of the aligned picture to the source; it brings the five points
 * to the template with least squared error there. LW_EINVAL when the points do not span a face. */
int lw_align_fit(struct lw_affine *out, const struct lw_point five[LW_ALIGN_POINTS]);

/* The aligned picture, LW_ALIGN_SIDE square, in the format of the source. */
int lw_align_face(struct lw_image **out, const struct lw_image *src,
                  const struct lw_point five[LW_ALIGN_POINTS]);

#endif
