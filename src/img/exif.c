#include "img/geom.h"
#include "img/kinds.h"

enum { TAG_ORIENTATION = 0x0112, TYPE_SHORT = 3, TIFF_MAGIC = 42 };

struct tiff {
    struct lw_cursor c;
    bool big_endian;
};

static int u16(struct tiff *t, uint16_t *v)
{
    return t->big_endian ? lw_cursor_be16(&t->c, v) : lw_cursor_le16(&t->c, v);
}

static int u32(struct tiff *t, uint32_t *v)
{
    return t->big_endian ? lw_cursor_be32(&t->c, v) : lw_cursor_le32(&t->c, v);
}

/* TIFF 6.0, image file header: byte order, 42, offset of the first directory. */
static int open_directory(struct tiff *t, uint16_t *entries)
{
    uint16_t order = 0, magic = 0;
    uint32_t offset = 0;
    int r = lw_cursor_be16(&t->c, &order);
    if (r < 0 || (order != 0x4949 && order != 0x4d4d))
        return LW_EFORMAT;
    t->big_endian = order == 0x4d4d;
    if (u16(t, &magic) < 0 || magic != TIFF_MAGIC || u32(t, &offset) < 0)
        return LW_EFORMAT;
    if ((r = lw_cursor_seek(&t->c, offset)) < 0)
        return r;
    return u16(t, entries);
}

int lw_exif_orientation(struct lw_span bytes)
{
    struct tiff t = {.c = lw_cursor_over(bytes)};
    uint16_t entries = 0, tag, type, value;
    uint32_t count;
    if (open_directory(&t, &entries) < 0)
        return 1;
    for (unsigned i = 0; i < entries; i++) {
        size_t next = t.c.pos + 12;
        if (u16(&t, &tag) < 0 || u16(&t, &type) < 0 || u32(&t, &count) < 0 || u16(&t, &value) < 0)
            return 1;
        if (tag == TAG_ORIENTATION)
            return type == TYPE_SHORT && count == 1 && value >= 1 && value <= 8 ? value : 1;
        if (lw_cursor_seek(&t.c, next) < 0)
            return 1;
    }
    return 1;
}

/* For each orientation: does x of the upright picture run along y of the stored one, and which of
 * the stored axes run backwards. */
static const struct turn {
    bool swap, flip_x, flip_y;
} turns[9] = {[1] = {false, false, false}, [2] = {false, true, false}, [3] = {false, true, true},
              [4] = {false, false, true},  [5] = {true, false, false}, [6] = {true, false, true},
              [7] = {true, true, true},    [8] = {true, true, false}};

int lw_image_upright(struct lw_image **out, const struct lw_image *stored, int orientation)
{
    if (orientation < 1 || orientation > 8)
        return LW_EINVAL;
    const struct turn *t = &turns[orientation];
    int w = t->swap ? stored->height : stored->width, h = t->swap ? stored->width : stored->height;
    size_t bytes = (size_t)stored->fmt;
    struct lw_image *dst;
    int r = lw_image_new(&dst, stored->fmt, w, h);
    if (r < 0)
        return r;
    for (int y = 0; y < h; y++) {
        uint8_t *d = lw_image_row(dst, y);
        for (int x = 0; x < w; x++, d += bytes) {
            int sx = t->swap ? y : x, sy = t->swap ? x : y;
            sx = t->flip_x ? stored->width - 1 - sx : sx;
            sy = t->flip_y ? stored->height - 1 - sy : sy;
            const uint8_t *s = lw_image_crow(stored, sy) + (size_t)sx * bytes;
            for (size_t c = 0; c < bytes; c++)
                d[c] = s[c];
        }
    }
    *out = dst;
    return LW_OK;
}
