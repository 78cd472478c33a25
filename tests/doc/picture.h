/* tests/doc/picture.h - small pictures for test documents. */
#ifndef LW_TESTS_DOC_PICTURE_H
#define LW_TESTS_DOC_PICTURE_H

#include "check.h"

#include "base/file.h"
#include "img/codec.h"
#include "img/image.h"

struct picture {
    uint8_t *data;
    size_t n;
    int width, height;
};

static inline struct lw_span picture_span(const struct picture *p)
{
    return (struct lw_span){p->data, p->n};
}

/* A JPEG with a colour ramp. */
static inline struct picture picture_jpeg(int width, int height)
{
    struct picture p = {.width = width, .height = height};
    struct lw_image *im = NULL;
    CHECK(lw_image_new(&im, LW_PIX_RGB8, width, height) == LW_OK);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < 3 * width; x++)
            lw_image_row(im, y)[x] = (uint8_t)(x * 2 + y * 3);
    CHECK(lw_image_encode_jpeg(im, 90, &p.data, &p.n, NULL) == LW_OK);
    lw_image_unref(&im);
    return p;
}

/* The JPEG 2000 of 16 x 12 pixels that the picture decoders are tested with. */
static inline struct picture picture_jp2(void)
{
    struct picture p = {.width = 16, .height = 12};
    CHECK(lw_file_read("tests/fuzz/corpus/image/rgb.jp2", LW_MIB, &p.data, &p.n, NULL) == LW_OK);
    return p;
}

#endif
