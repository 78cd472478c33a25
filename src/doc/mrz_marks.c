#include "doc/mrz_marks.h"

#include <leptonica/allheaders.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { MARKS_MAX = 12000 }; /* a page has 3,000; what has more is texture */

void lw_marks_clear(struct lw_marks *m)
{
    free(m->v);
    *m = (struct lw_marks){.n = 0};
}

static void silence(void)
{
    setMsgSeverity(L_SEVERITY_NONE);
}

/* Leptonica keeps rows of 32-bit words, first pixel in the highest byte. */
static PIX *pix_of(const struct lw_image *gray)
{
    PIX *p = pixCreateNoInit(gray->width, gray->height, 8);
    if (!p)
        return NULL;
    const size_t words = (size_t)pixGetWpl(p);
    uint32_t *data = pixGetData(p);
    for (int y = 0; y < gray->height; y++) {
        uint32_t *row = data + (size_t)y * words;
        row[words - 1] = 0;
        memcpy(row, lw_image_crow(gray, y), (size_t)gray->width);
    }
    pixEndianByteSwap(p);
    return p;
}

/* Dark where the pixel is under 7/8 of the mean around it (Bradley and Roth, 2007). */
static PIX *by_mean(PIX *gray, int reach)
{
    enum { SHARE = 224, WHOLE = 256 };
    PIX *mean = pixBlockconvGray(gray, NULL, reach, reach);
    PIX *dark = mean ? pixCreate(pixGetWidth(gray), pixGetHeight(gray), 1) : NULL;
    const size_t words = (size_t)pixGetWpl(gray);
    for (int y = 0; dark && y < pixGetHeight(gray); y++) {
        const l_uint32 *g = pixGetData(gray) + (size_t)y * words;
        const l_uint32 *m = pixGetData(mean) + (size_t)y * words;
        l_uint32 *d = pixGetData(dark) + (size_t)y * (size_t)pixGetWpl(dark);
        for (size_t w = 0; w < words; w++) {
            l_uint32 bits = 0; /* of four pixels, first one highest */
            for (int shift = 24; shift >= 0; shift -= 8)
                bits = bits << 1 | ((g[w] >> shift & 255) * WHOLE < (m[w] >> shift & 255) * SHARE);
            d[w / 8] |= bits << (28 - 4 * (w % 8));
        }
    }
    if (dark)
        pixSetPadBits(dark, 0);
    pixDestroy(&mean);
    return dark;
}

static PIX *by_contrast(PIX *gray, int reach)
{
    enum { LEAST = 30, THRESHOLD = 110 };
    const int tile = lw_maxi(reach * 2, 10);
    PIX *even = pixContrastNorm(NULL, gray, tile, tile, LEAST, 1, 1);
    PIX *dark = even ? pixThresholdToBinary(even, THRESHOLD) : NULL;
    pixDestroy(&even);
    return dark;
}

static PIX *by_sauvola(PIX *gray, int reach)
{
    PIX *dark = NULL;
    if (pixSauvolaBinarizeTiled(gray, reach, 0.25f, 1, 1, NULL, &dark) != 0)
        return NULL;
    return dark;
}

/* Its components as marks. */
static int collect(struct lw_marks *out, PIX *dark, float min_px, float max_px)
{
    BOXA *boxes = pixConnCompBB(dark, 8);
    const int n = boxes ? boxaGetCount(boxes) : 0;
    struct lw_mark *v = calloc((size_t)lw_maxi(lw_mini(n, MARKS_MAX), 1), sizeof(*v));
    size_t k = 0;
    for (int i = 0; v && i < n && k < MARKS_MAX; i++) {
        int x, y, w, h;
        boxaGetBoxGeometry(boxes, i, &x, &y, &w, &h);
        const float side = (float)lw_maxi(w, h);
        if (side >= min_px && side <= max_px)
            v[k++] = (struct lw_mark){.x = (float)x + 0.5f * (float)(w - 1),
                                      .y = (float)y + 0.5f * (float)(h - 1),
                                      .w = (float)w,
                                      .h = (float)h};
    }
    boxaDestroy(&boxes);
    if (!v)
        return LW_ENOMEM;
    *out = (struct lw_marks){.n = k, .v = v};
    return LW_OK;
}

int lw_marks_find(struct lw_marks *out, const struct lw_image *gray, enum lw_marks_by by, int reach,
                  float min_px, float max_px)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    const int side = lw_mini(gray->width, gray->height);
    if (gray->fmt != LW_PIX_GRAY8)
        return LW_EINVAL;
    pthread_once(&once, silence);
    *out = (struct lw_marks){.n = 0};
    if (side < 16)
        return LW_OK;
    reach = lw_maxi(2, lw_mini(reach, side / 2 - 2));
    PIX *p = pix_of(gray), *dark = NULL;
    if (p)
        dark = by == LW_MARKS_BY_MEAN       ? by_mean(p, reach)
               : by == LW_MARKS_BY_CONTRAST ? by_contrast(p, reach)
                                            : by_sauvola(p, reach);
    const int r = dark ? collect(out, dark, min_px, max_px) : LW_ENOMEM;
    pixDestroy(&p);
    pixDestroy(&dark);
    return r;
}
