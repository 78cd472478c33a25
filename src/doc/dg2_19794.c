/* ISO/IEC 19794-5 face records.
 *
 *   2005: "FAC" 0 "010" 0, length of the record (4), faces (2); per face its length (4), points
 * (2), 14 bytes on the face, points of 8 bytes, 12 bytes on the picture, the picture. 2011: "FAC" 0
 * "030" 0, length (4), representations (2), certification (1), semantics (2); per representation
 * its length (4), time and device (14), quality blocks (1 + 5 each), points (2), 15 bytes on the
 * face, points of 8 bytes, 11 bytes on the picture, length of the picture (4), the picture, then
 * perhaps a 3D part.
 *
 * Chips in use have lengths that are a few bytes off, so that a length is believed only where it
 * fits; otherwise the last picture reaches to the end of the block. */
#include "doc/dg2_record.h"

#include <string.h>

enum { POINT_BYTES = 8, QUALITY_BYTES = 5 };

struct record {
    struct lw_cursor c;
    size_t at; /* offset of the block in the file */
    bool year_2011;
    bool lengths_differ;
    uint16_t faces;
};

static int cut(const struct record *r, const char *what, struct lw_why *why)
{
    const size_t at = r->at + r->c.pos;
    return lw_why_set(why, LW_ETRUNC, (int64_t)at, "byte %zu: the face record ends within its %s",
                      at, what);
}

static int read_header(struct record *r, struct lw_why *why)
{
    struct lw_span version;
    uint32_t length = 0;
    lw_cursor_skip(&r->c, 4);
    if (lw_cursor_take(&r->c, 4, &version) < 0 || lw_cursor_be32(&r->c, &length) < 0 ||
        lw_cursor_be16(&r->c, &r->faces) < 0)
        return cut(r, "header", why);
    r->year_2011 = memcmp(version.data, "030", 4) == 0;
    if (!r->year_2011 && memcmp(version.data, "010", 4) != 0)
        return lw_why_set(why, LW_EUNSUP, (int64_t)r->at + 4,
                          "byte %zu: a face record of a version that is neither 010 nor 030",
                          r->at + 4);
    if (r->year_2011 && lw_cursor_skip(&r->c, 3) < 0)
        return cut(r, "header", why);
    r->lengths_differ = length != r->c.n;
    return LW_OK;
}

/* Skip what stands before the picture; said_width and said_height are filled. */
static int read_face_2005(struct lw_cursor *c, struct lw_face_picture *p)
{
    uint16_t points, width, height;
    if (lw_cursor_be16(c, &points) < 0 || lw_cursor_skip(c, 14) < 0 ||
        lw_cursor_skip(c, (size_t)points * POINT_BYTES) < 0 || lw_cursor_skip(c, 2) < 0 ||
        lw_cursor_be16(c, &width) < 0 || lw_cursor_be16(c, &height) < 0 || lw_cursor_skip(c, 6) < 0)
        return LW_ETRUNC;
    p->said_width = width;
    p->said_height = height;
    return LW_OK;
}

static int read_face_2011(struct lw_cursor *c, struct lw_face_picture *p, uint32_t *picture_n)
{
    uint16_t points, width, height;
    uint8_t qualities;
    if (lw_cursor_skip(c, 14) < 0 || lw_cursor_u8(c, &qualities) < 0 ||
        lw_cursor_skip(c, (size_t)qualities * QUALITY_BYTES) < 0 ||
        lw_cursor_be16(c, &points) < 0 || lw_cursor_skip(c, 15) < 0 ||
        lw_cursor_skip(c, (size_t)points * POINT_BYTES) < 0 || lw_cursor_skip(c, 2) < 0 ||
        lw_cursor_be16(c, &width) < 0 || lw_cursor_be16(c, &height) < 0 ||
        lw_cursor_skip(c, 5) < 0 || lw_cursor_be32(c, picture_n) < 0)
        return LW_ETRUNC;
    p->said_width = width;
    p->said_height = height;
    return LW_OK;
}

/* The face that starts at the cursor; last: it may reach to the end of the block. */
static int read_face(struct record *r, struct lw_face_picture *p, bool last, struct lw_why *why)
{
    const size_t start = r->c.pos;
    uint32_t length = 0, picture_n = 0;
    *p = (struct lw_face_picture){.format = r->year_2011 ? LW_FACE_19794_2011 : LW_FACE_19794_2005};
    int e = lw_cursor_be32(&r->c, &length);
    if (e == LW_OK)
        e = r->year_2011 ? read_face_2011(&r->c, p, &picture_n) : read_face_2005(&r->c, p);
    if (e < 0)
        return cut(r, "description of a face", why);

    const size_t head = r->c.pos - start, left = lw_cursor_left(&r->c);
    bool fits = length >= head && length - head <= left;
    size_t n = fits ? length - head : left;
    if (r->year_2011) {
        fits = fits && picture_n <= n;
        n = picture_n <= n ? picture_n : n;
    }
    p->lengths_differ = r->lengths_differ || !fits;
    if (!fits && !last)
        return lw_why_set(why, LW_EFORMAT, (int64_t)(r->at + start),
                          "byte %zu: a face of %u bytes, and another behind it, do not fit",
                          r->at + start, length);
    p->at = r->at + r->c.pos;
    lw_cursor_take(&r->c, n, &p->bytes);
    if (fits)
        lw_cursor_seek(&r->c, start + length);
    return LW_OK;
}

int lw_19794_parse(struct lw_dg2 *out, struct lw_span block, size_t at, struct lw_why *why)
{
    struct record r = {.c = lw_cursor_over(block), .at = at};
    int e = read_header(&r, why);
    if (e < 0)
        return e;
    if (r.faces == 0)
        return lw_why_set(why, LW_EFORMAT, (int64_t)at, "byte %zu: a face record without faces",
                          at);
    for (unsigned i = 0; i < r.faces; i++) {
        struct lw_face_picture p;
        e = read_face(&r, &p, i + 1 == r.faces, why);
        if (e < 0) {
            out->left_out += r.faces - i;
            return out->n > 0 ? LW_OK : e;
        }
        lw_dg2_add(out, &p);
    }
    return LW_OK;
}
