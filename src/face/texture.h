/* face/texture.h - how sharp a face is at the size at which it is compared. Pure function.
 *
 * Measured on the upright grey face of 112 x 112 pixels that the networks see, from eyebrows to
 * chin: what a picture holds beyond that size does not help, what it lacks does harm. */
#ifndef LW_FACE_TEXTURE_H
#define LW_FACE_TEXTURE_H

#include "face/face.h"

/* Both 0..1, or -1 where the face has no contrast to measure them by. */
struct lw_texture {
    double sharpness;   /* share of the grey steps from pixel to pixel that a blur takes away, mean
                         * of four directions, times C / (C + 12 N) with the variances of contrast
                         * and noise: 0 nothing but blur or noise, 0.45 a good photograph */
    double motion_blur; /* 1 - least / largest of the four: 0 as sharp every way, 1 smeared */
};

/* LW_ENOMEM; LW_EINVAL when the landmarks do not make a face. */
int lw_texture_measure(struct lw_texture *out, const struct lw_image *image,
                       const struct lw_point landmarks[LW_LANDMARKS]);

#endif
