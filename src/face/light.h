/* face/light.h - what the light on a face is like: native measures of ISO/IEC 29794-5 on the face
 * brought upright to a common size, and the veil that glass lays over it. Pure function.
 *
 * The face is all that the convex hull of the landmarks holds (jaw line to eyebrows, no forehead)
 * and the picture shows. Luminance is that of linear light, 0.2126 R + 0.7152 G + 0.0722 B, in 256
 * levels. */
#ifndef LW_FACE_LIGHT_H
#define LW_FACE_LIGHT_H

#include "face/face.h"

/* -1: could not assess. */
struct lw_light {
    double illumination_uniformity; /* overlap of the histograms of both cheeks, 0..1 */
    double mean, variance;          /* of the luminance, as parts of 1 */
    double under, over;             /* share of the face with level 0..25, 247..255 */
    double entropy;                 /* bits, 0..8 */
    double natural_colour;          /* distance of the cheeks' CIELAB a, b from skin; 0: inside, or
                                     * a picture without colour */
    double veil;                    /* luminance that the darkest 2 % of the face exceed, over the
                                     * mean: 0..1; lashes, nostrils and shadows hardly reflect, so
                                     * that what they seem to give is light from in between */
};

/* LW_ENOMEM; LW_EINVAL when the landmarks do not make a face. */
int lw_light_measure(struct lw_light *out, const struct lw_image *image,
                     const struct lw_point landmarks[LW_LANDMARKS]);

#endif
