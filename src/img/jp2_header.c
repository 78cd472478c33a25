/* JPEG 2000 (ISO/IEC 15444-1), as box file (.jp2, Annex I) or bare codestream (.j2k, Annex A).
 * Boxes and main header are read here first: what the library would allocate grows with the image,
 * the number of tiles, components, layers and palette columns, so each has its limit. */
#include "img/kinds.h"

enum {
    SOC_BYTES = 2,
    M_SIZ = 0xff51,
    M_COD = 0xff52,
    M_COC = 0xff53,
    M_SOT = 0xff90,
    M_EOC = 0xffd9,
    COMPONENTS_MAX = 4,
    PRECISION_MAX = 16,
    LAYERS_MAX = 256
};

#define BOX(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (d))

static uint32_t divide_up(uint32_t a, uint32_t b)
{
    return (uint32_t)(((uint64_t)a + b - 1) / b);
}

/* A.5.1, table A.11: each component's depth and sub-sampling. */
static int read_components(struct lw_cursor *c, int n, struct lw_why *why)
{
    for (int i = 0; i < n; i++) {
        uint8_t depth, dx, dy;
        if (lw_cursor_u8(c, &depth) < 0 || lw_cursor_u8(c, &dx) < 0 || lw_cursor_u8(c, &dy) < 0)
            return lw_why_set(why, LW_EFORMAT, -1, "has a SIZ segment that is too short");
        if ((depth & 0x7f) + 1 > PRECISION_MAX)
            return lw_why_set(why, LW_EUNSUP, -1,
                              "has %d bits per sample, at most %d are supported",
                              (depth & 0x7f) + 1, PRECISION_MAX);
        if (dx < 1 || dy < 1 || dx > 4 || dy > 4 || (i == 0 && (dx != 1 || dy != 1)))
            return lw_why_set(why, LW_EUNSUP, -1, "has component %d sub-sampled by %d x %d", i, dx,
                              dy);
    }
    return LW_OK;
}

/* Samples have 32 bits; sides of 31 bits each could be more than fits. */
static int64_t bytes_of(int64_t pixels, int components)
{
    const int64_t each = 4 * (int64_t)components;
    return pixels > INT64_MAX / each ? INT64_MAX : pixels * each;
}

/* A.5.1: size of the reference grid, of the tiles, and the components. */
static int read_siz(struct lw_coded *out, struct lw_cursor c, struct lw_why *why)
{
    uint16_t profile, components;
    uint32_t x1, y1, x0, y0, tw, th, tx, ty;
    if (lw_cursor_be16(&c, &profile) < 0 || lw_cursor_be32(&c, &x1) < 0 ||
        lw_cursor_be32(&c, &y1) < 0 || lw_cursor_be32(&c, &x0) < 0 || lw_cursor_be32(&c, &y0) < 0 ||
        lw_cursor_be32(&c, &tw) < 0 || lw_cursor_be32(&c, &th) < 0 || lw_cursor_be32(&c, &tx) < 0 ||
        lw_cursor_be32(&c, &ty) < 0 || lw_cursor_be16(&c, &components) < 0)
        return lw_why_set(why, LW_EFORMAT, -1, "has a SIZ segment that is too short");
    if (x1 > INT32_MAX || y1 > INT32_MAX || x0 >= x1 || y0 >= y1 || tw == 0 || th == 0 || tx > x0 ||
        ty > y0)
        return lw_why_set(why, LW_EFORMAT, -1, "has an impossible image or tile size");
    if (components < 1 || components > COMPONENTS_MAX)
        return lw_why_set(why, LW_EUNSUP, -1, "has %d components", components);
    out->tiles = (int64_t)divide_up(x1 - tx, tw) * divide_up(y1 - ty, th);
    out->width = (int)(x1 - x0);
    out->height = (int)(y1 - y0);
    out->components = components == 2 ? 4 : components;
    out->work_bytes = bytes_of((int64_t)out->width * out->height, components);
    return read_components(&c, components, why);
}

/* A.6.1 and A.6.2: how many wavelet levels can be left out, and the number of layers. */
static int read_coding(struct lw_coded *out, struct lw_cursor c, bool is_coc, struct lw_why *why)
{
    uint8_t style, progression, transform, levels;
    uint16_t layers = 0;
    int r = is_coc ? lw_cursor_skip(&c, 2) /* component, style; components are few: one byte */
                   : lw_cursor_u8(&c, &style);
    if (r == LW_OK && !is_coc &&
        ((r = lw_cursor_u8(&c, &progression)) < 0 || (r = lw_cursor_be16(&c, &layers)) < 0))
        return lw_why_set(why, LW_EFORMAT, -1, "has a COD segment that is too short");
    if (r == LW_OK && !is_coc)
        r = lw_cursor_u8(&c, &transform);
    if (r < 0 || lw_cursor_u8(&c, &levels) < 0)
        return lw_why_set(why, LW_EFORMAT, -1, "has a COD or COC segment that is too short");
    if (layers > LAYERS_MAX)
        return lw_why_set(why, LW_ELIMIT, -1, "has %d layers, at most %d are read", layers,
                          LAYERS_MAX);
    out->halvings = lw_mini(out->halvings, levels);
    return LW_OK;
}

/* The main header of the codestream that begins at offset from (Annex A.3). */
static int read_codestream(struct lw_coded *out, struct lw_span bytes, size_t from,
                           struct lw_why *why)
{
    struct lw_cursor c = lw_cursor_over(bytes), body;
    uint16_t marker = 0, n = 0;
    int r = lw_cursor_seek(&c, from);
    if (r < 0 || lw_cursor_be16(&c, &marker) < 0)
        return lw_coded_truncated(bytes, why);
    if (marker != 0xff4f)
        return lw_why_set(why, LW_EFORMAT, (int64_t)from, "has no JPEG 2000 codestream");
    out->halvings = 32;
    while (r == LW_OK) {
        out->data = c.pos;
        if (lw_cursor_be16(&c, &marker) < 0 || (marker != M_SOT && lw_cursor_be16(&c, &n) < 0))
            return lw_coded_truncated(bytes, why);
        if ((out->components == 0) != (marker == M_SIZ))
            return lw_why_set(why, LW_EFORMAT, (int64_t)out->data, "has marker %04X out of place",
                              marker);
        if (marker == M_SOT)
            return LW_OK;
        if (n < 2)
            return lw_why_set(why, LW_EFORMAT, (int64_t)out->data, "has a segment without length");
        if (lw_cursor_sub(&c, n - 2u, &body) < 0)
            return lw_coded_truncated(bytes, why);
        if (marker == M_SIZ)
            r = read_siz(out, body, why);
        else if (marker == M_COD || marker == M_COC)
            r = read_coding(out, body, marker == M_COC, why);
    }
    return r;
}

int lw_j2k_header(struct lw_coded *out, struct lw_span bytes, struct lw_why *why)
{
    return read_codestream(out, bytes, 0, why);
}

/* I.4: length (0: up to the end, 1: in 64 bits), type. c is moved to the body. */
static int next_box(struct lw_cursor *c, uint32_t *type, size_t *body_bytes)
{
    uint32_t n, hi, lo;
    size_t begin = c->pos;
    if (lw_cursor_be32(c, &n) < 0 || lw_cursor_be32(c, type) < 0)
        return LW_ETRUNC;
    uint64_t whole = n;
    if (n == 1) {
        if (lw_cursor_be32(c, &hi) < 0 || lw_cursor_be32(c, &lo) < 0)
            return LW_ETRUNC;
        whole = (uint64_t)hi << 32 | lo;
    }
    size_t header = c->pos - begin;
    if (n == 0)
        whole = header + lw_cursor_left(c);
    if (whole < header)
        return LW_EFORMAT;
    if (whole - header > lw_cursor_left(c))
        return LW_ETRUNC;
    *body_bytes = (size_t)(whole - header);
    return LW_OK;
}

/* I.5.3: of the header boxes only the palette can blow up: one plane of pixels per column. */
static int read_jp2h(struct lw_cursor c, struct lw_why *why)
{
    uint32_t type;
    size_t n;
    while (lw_cursor_left(&c) > 0) {
        struct lw_cursor body;
        if (next_box(&c, &type, &n) < 0 || lw_cursor_sub(&c, n, &body) < 0)
            return lw_why_set(why, LW_EFORMAT, -1, "has a broken jp2h box");
        uint16_t entries;
        uint8_t columns;
        if (type != BOX('p', 'c', 'l', 'r'))
            continue;
        if (lw_cursor_be16(&body, &entries) < 0 || lw_cursor_u8(&body, &columns) < 0 ||
            columns > COMPONENTS_MAX)
            return lw_why_set(why, LW_EUNSUP, -1, "has a palette of an unsupported form");
    }
    return LW_OK;
}

int lw_jp2_header(struct lw_coded *out, struct lw_span bytes, struct lw_why *why)
{
    struct lw_cursor c = lw_cursor_over(bytes), body;
    uint32_t type = 0;
    size_t n = 0;
    for (;;) {
        int64_t at = (int64_t)c.pos;
        int r = next_box(&c, &type, &n);
        if (r == LW_EFORMAT)
            return lw_why_set(why, r, at, "has a box of impossible length");
        if (r < 0)
            return lw_coded_truncated(bytes, why);
        if (type == BOX('j', 'p', '2', 'c'))
            return read_codestream(out, bytes, c.pos, why);
        lw_cursor_sub(&c, n, &body); /* next_box saw that n bytes are there */
        if (type == BOX('j', 'p', '2', 'h') && (r = read_jp2h(body, why)) < 0)
            return r;
    }
}

/* A.4.2: tile-parts follow each other, each names its length, up to EOC. A last one may have length
 * 0, "up to the end": then only the library can tell. */
int lw_jp2_complete(struct lw_span bytes, size_t from, struct lw_why *why)
{
    struct lw_cursor c = lw_cursor_over(bytes);
    uint16_t marker, n, tile;
    uint32_t length;
    int r = lw_cursor_seek(&c, from);
    for (;;) {
        size_t begin = c.pos;
        if (r < 0 || lw_cursor_be16(&c, &marker) < 0)
            return lw_coded_truncated(bytes, why);
        if (marker == M_EOC)
            return LW_OK;
        if (marker != M_SOT)
            return lw_why_set(why, LW_EFORMAT, (int64_t)begin, "has marker %04X out of place",
                              marker);
        if (lw_cursor_be16(&c, &n) < 0 || lw_cursor_be16(&c, &tile) < 0 ||
            lw_cursor_be32(&c, &length) < 0)
            return lw_coded_truncated(bytes, why);
        if (length == 0)
            return LW_OK;
        if (length < 14)
            return lw_why_set(why, LW_EFORMAT, (int64_t)begin, "has a tile-part of %u bytes",
                              length);
        r = lw_cursor_seek(&c, begin + length);
    }
}
