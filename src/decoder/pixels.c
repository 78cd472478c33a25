#include "decoder/pixels.h"

#include <stdlib.h>
#include <string.h>

/* A system call for each row would take as long as decoding a small portrait does. */
enum { PIECE_BYTES = 128 * 1024 };

struct piece {
    uint8_t *bytes;
    size_t row; /* bytes */
    int rows;   /* that fit, at least 1 */
};

static int piece_init(struct piece *p, const struct lw_picture *size)
{
    p->row = lw_picture_row(size);
    p->rows = lw_mini(lw_maxi(1, (int)(PIECE_BYTES / p->row)), size->height);
    p->bytes = malloc(p->row * (size_t)p->rows);
    return p->bytes ? LW_OK : LW_ENOMEM;
}

int lw_pixels_send(const struct lw_link *l, const struct lw_image *im)
{
    const struct lw_picture size = {im->fmt, im->width, im->height};
    struct piece p;
    int r = piece_init(&p, &size);
    for (int y = 0; r == LW_OK && y < im->height; y += p.rows) {
        const int n = lw_mini(p.rows, im->height - y);
        for (int i = 0; i < n; i++)
            memcpy(p.bytes + (size_t)i * p.row, lw_image_crow(im, y + i), p.row);
        r = lw_link_send(l, p.bytes, p.row * (size_t)n);
    }
    free(p.bytes);
    return r;
}

int lw_pixels_receive(struct lw_image **out, const struct lw_link *l, const struct lw_picture *size)
{
    LW_AUTO(lw_image) im = NULL;
    struct piece p = {.bytes = NULL};
    int r = lw_image_new(&im, size->fmt, size->width, size->height);
    if (r == LW_OK)
        r = piece_init(&p, size);
    for (int y = 0; r == LW_OK && y < size->height; y += p.rows) {
        const int n = lw_mini(p.rows, size->height - y);
        r = lw_link_receive(l, p.bytes, p.row * (size_t)n);
        for (int i = 0; r == LW_OK && i < n; i++)
            memcpy(lw_image_row(im, y + i), p.bytes + (size_t)i * p.row, p.row);
    }
    free(p.bytes);
    if (r < 0)
        return r;
    *out = im;
    im = NULL; /* moved to the caller */
    return LW_OK;
}
