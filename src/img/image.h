/* img/image.h - pixels in memory.
 * Shared between threads by reference: the count is atomic, the pixels of an image that more than
 * one thread holds are not written any more. */
#ifndef LW_IMG_IMAGE_H
#define LW_IMG_IMAGE_H

#include <stdatomic.h>

#include "base/base.h"

enum lw_pixfmt {
    LW_PIX_GRAY8 = 1, /* one byte a pixel */
    LW_PIX_RGB8 = 3   /* three bytes a pixel, R first; the value is the bytes per pixel */
};

/* Top row first, upright (EXIF orientation already applied). */
struct lw_image {
    enum lw_pixfmt fmt;
    int width, height; /* pixels, 1..LW_IMAGE_SIDE_MAX */
    size_t stride;     /* bytes from row to row, a multiple of 64 for owned pixels */
    uint8_t *data;     /* height * stride bytes, 64-byte aligned */
    atomic_uint ref;   /* owners */
};

enum { LW_IMAGE_SIDE_MAX = 32768 };
#define LW_IMAGE_BYTES_MAX (512 * LW_MIB)

/* Pixels are zero. LW_EINVAL, LW_ELIMIT (side or bytes over the maximum), LW_ENOMEM. */
int lw_image_new(struct lw_image **out, enum lw_pixfmt fmt, int width, int height);
struct lw_image *lw_image_ref(struct lw_image *im); /* returns im; NULL-safe */
void lw_image_unref(struct lw_image **im);          /* NULL-safe, sets *im to NULL */
#define lw_image_free lw_image_unref                /* for LW_AUTO(lw_image) */

static inline uint8_t *lw_image_row(struct lw_image *im, int y)
{
    return im->data + (size_t)y * im->stride;
}
static inline const uint8_t *lw_image_crow(const struct lw_image *im, int y)
{
    return im->data + (size_t)y * im->stride;
}

/* A rectangle in pixels of the image it belongs to; x, y is the top left corner. */
struct lw_rect {
    float x, y, w, h;
};
struct lw_point {
    float x, y;
};
/* Intersection over union, 0..1; 0 when either is empty. */
float lw_rect_iou(const struct lw_rect *a, const struct lw_rect *b);
/* Share of the smaller one that lies on the other, 0..1; 0 when either is empty. */
float lw_rect_covered(const struct lw_rect *a, const struct lw_rect *b);

#endif
