#include "img/qr.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <qrencode.h>

enum { MARGIN = 4 };

struct lw_qr {
    QRcode *code;
};

int lw_qr_new(struct lw_qr **out, const char *text, struct lw_why *why)
{
    struct lw_qr *q = calloc(1, sizeof(*q));
    if (!q)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    q->code = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
    if (!q->code) {
        const bool memory = errno == ENOMEM;
        free(q);
        return memory ? lw_why_set(why, LW_ENOMEM, -1, "no memory")
                      : lw_why_set(why, LW_ELIMIT, -1, "no QR code holds %zu characters",
                                   strlen(text));
    }
    *out = q;
    return LW_OK;
}

void lw_qr_free(struct lw_qr **q)
{
    if (!*q)
        return;
    QRcode_free((*q)->code);
    free(*q);
    *q = NULL;
}

int lw_qr_modules(const struct lw_qr *q)
{
    return q->code->width;
}

bool lw_qr_dark(const struct lw_qr *q, int x, int y)
{
    return q->code->data[y * q->code->width + x] & 1;
}

int lw_qr_image(struct lw_image **out, const struct lw_qr *q, int scale, struct lw_why *why)
{
    const int n = lw_qr_modules(q), side = (n + 2 * MARGIN) * scale;
    struct lw_image *im = NULL;
    if (scale < 1 || scale > 64)
        return lw_why_set(why, LW_EINVAL, -1, "%d pixels for each module of a QR code", scale);
    int r = lw_image_new(&im, LW_PIX_GRAY8, side, side);
    if (r < 0)
        return lw_why_set(why, r, -1, "no memory");
    for (int y = 0; y < side; y++) {
        const int v = y / scale - MARGIN;
        uint8_t *row = lw_image_row(im, y);
        memset(row, 255, (size_t)side);
        for (int x = 0; v >= 0 && v < n && x < n * scale; x++)
            if (lw_qr_dark(q, x / scale, v))
                row[x + MARGIN * scale] = 0;
    }
    *out = im;
    return LW_OK;
}

/* One path; runs of dark modules in a row are one rectangle. */
void lw_qr_put_svg(struct lw_strbuf *b, const struct lw_qr *q)
{
    const int n = lw_qr_modules(q), side = n + 2 * MARGIN;
    lw_strbuf_printf(b,
                     "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
                     "shape-rendering=\"crispEdges\">\n<rect width=\"%d\" height=\"%d\" "
                     "fill=\"#fff\"/>\n<path d=\"",
                     side, side, side, side);
    for (int y = 0; y < n; y++)
        for (int x = 0, run; x < n; x += run) {
            for (run = 1; x + run < n && lw_qr_dark(q, x + run, y) == lw_qr_dark(q, x, y);)
                run++;
            if (lw_qr_dark(q, x, y))
                lw_strbuf_printf(b, "M%d %dh%dv1h-%dz", x + MARGIN, y + MARGIN, run, run);
        }
    lw_strbuf_puts(b, "\"/>\n</svg>\n");
}
