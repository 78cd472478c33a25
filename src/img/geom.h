/* img/geom.h - resize, crop, warp, and the similarity transform.
 * (x, y) names the centre of pixel (x, y), as face landmark templates do. */
#ifndef LW_IMG_GEOM_H
#define LW_IMG_GEOM_H

#include "img/image.h"

/* New image of width x height: area average where it shrinks, bilinear where it grows. */
int lw_image_resize(struct lw_image **out, const struct lw_image *src, int width, int height);

/* The rectangle rounded to whole pixels, replicating the border where it leaves src. */
int lw_image_crop(struct lw_image **out, const struct lw_image *src, int x, int y, int w, int h);

/* 0.299 R + 0.587 G + 0.114 B, rounded. A grey image is copied. */
int lw_image_to_gray(struct lw_image **out, const struct lw_image *src);
int lw_image_to_rgb(struct lw_image **out, const struct lw_image *src);

/* src = A dst: x_src = a*x + b*y + c, y_src = d*x + e*y + f. */
struct lw_affine {
    float a, b, c, d, e, f;
};

/* The similarity (rotation, scale, shift: 4 degrees of freedom, no mirror) that takes from[] to
 * to[] with least squared error (Umeyama 1991, without the reflection case). n >= 2 distinct
 * points, else LW_EINVAL. */
int lw_similarity_fit(struct lw_affine *out, const struct lw_point *from, const struct lw_point *to,
                      size_t n);

/* dst(x, y) = src(A (x, y)), bilinear, border replicated; dst has the size and format asked for
 * (format of src). When A shrinks by more than `antialias` (e.g. 2.0) src is area-shrunk first. */
int lw_image_warp(struct lw_image **out, const struct lw_image *src, const struct lw_affine *A,
                  int width, int height, float antialias);

#endif
