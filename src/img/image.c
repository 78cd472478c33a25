#include "img/image.h"

#include <stdlib.h>
#include <string.h>

enum { ALIGN = 64 };

int lw_image_new(struct lw_image **out, enum lw_pixfmt fmt, int width, int height)
{
    if ((fmt != LW_PIX_GRAY8 && fmt != LW_PIX_RGB8) || width < 1 || height < 1)
        return LW_EINVAL;
    if (width > LW_IMAGE_SIDE_MAX || height > LW_IMAGE_SIDE_MAX)
        return LW_ELIMIT;
    size_t stride = ((size_t)width * (size_t)fmt + ALIGN - 1) / ALIGN * ALIGN;
    if (stride * (size_t)height > LW_IMAGE_BYTES_MAX)
        return LW_ELIMIT;

    /* Colour conversion stores whole vectors, past the end of a row by less than ALIGN bytes: they
     * may run into the next row, which follows, and after the last one there is room. */
    struct lw_image *im = malloc(sizeof(*im));
    uint8_t *data = im ? aligned_alloc(ALIGN, stride * (size_t)height + ALIGN) : NULL;
    if (!data) {
        free(im);
        return LW_ENOMEM;
    }
    memset(data, 0, stride * (size_t)height);
    im->fmt = fmt;
    im->width = width;
    im->height = height;
    im->stride = stride;
    im->data = data;
    atomic_init(&im->ref, 1);
    *out = im;
    return LW_OK;
}

struct lw_image *lw_image_ref(struct lw_image *im)
{
    if (im)
        atomic_fetch_add_explicit(&im->ref, 1, memory_order_relaxed);
    return im;
}

void lw_image_unref(struct lw_image **im)
{
    if (!im || !*im)
        return;
    /* acq_rel: what other owners read or wrote happens before the pixels go away */
    if (atomic_fetch_sub_explicit(&(*im)->ref, 1, memory_order_acq_rel) == 1) {
        free((*im)->data);
        free(*im);
    }
    *im = NULL;
}

static float overlap(const struct lw_rect *a, const struct lw_rect *b)
{
    const float w = lw_minf(a->x + a->w, b->x + b->w) - lw_maxf(a->x, b->x);
    const float h = lw_minf(a->y + a->h, b->y + b->h) - lw_maxf(a->y, b->y);
    return w > 0 && h > 0 && a->w > 0 && a->h > 0 && b->w > 0 && b->h > 0 ? w * h : 0.0f;
}

float lw_rect_iou(const struct lw_rect *a, const struct lw_rect *b)
{
    const float both = overlap(a, b);
    return both > 0 ? both / (a->w * a->h + b->w * b->h - both) : 0.0f;
}

float lw_rect_covered(const struct lw_rect *a, const struct lw_rect *b)
{
    const float both = overlap(a, b);
    return both > 0 ? both / lw_minf(a->w * a->h, b->w * b->h) : 0.0f;
}
