#include "base/cursor.h"

int lw_cursor_take(struct lw_cursor *c, size_t n, struct lw_span *out)
{
    if (n > lw_cursor_left(c))
        return LW_ETRUNC;
    *out = (struct lw_span){.data = c->data ? c->data + c->pos : NULL, .n = n};
    c->pos += n;
    return LW_OK;
}

int lw_cursor_skip(struct lw_cursor *c, size_t n)
{
    struct lw_span ignored;
    return lw_cursor_take(c, n, &ignored);
}

int lw_cursor_seek(struct lw_cursor *c, size_t pos)
{
    if (pos > c->n)
        return LW_ETRUNC;
    c->pos = pos;
    return LW_OK;
}

int lw_cursor_sub(struct lw_cursor *c, size_t n, struct lw_cursor *out)
{
    struct lw_span s;
    int r = lw_cursor_take(c, n, &s);
    if (r < 0)
        return r;
    *out = lw_cursor_over(s);
    return LW_OK;
}

int lw_cursor_u8(struct lw_cursor *c, uint8_t *out)
{
    struct lw_span s;
    int r = lw_cursor_take(c, 1, &s);
    if (r < 0)
        return r;
    *out = s.data[0];
    return LW_OK;
}

static uint32_t big_endian(struct lw_span s)
{
    uint32_t v = 0;
    for (size_t i = 0; i < s.n; i++)
        v = (v << 8) | s.data[i];
    return v;
}

static uint32_t little_endian(struct lw_span s)
{
    uint32_t v = 0;
    for (size_t i = s.n; i > 0; i--)
        v = (v << 8) | s.data[i - 1];
    return v;
}

int lw_cursor_be16(struct lw_cursor *c, uint16_t *out)
{
    struct lw_span s;
    int r = lw_cursor_take(c, 2, &s);
    if (r < 0)
        return r;
    *out = (uint16_t)big_endian(s);
    return LW_OK;
}

int lw_cursor_be32(struct lw_cursor *c, uint32_t *out)
{
    struct lw_span s;
    int r = lw_cursor_take(c, 4, &s);
    if (r < 0)
        return r;
    *out = big_endian(s);
    return LW_OK;
}

int lw_cursor_le16(struct lw_cursor *c, uint16_t *out)
{
    struct lw_span s;
    int r = lw_cursor_take(c, 2, &s);
    if (r < 0)
        return r;
    *out = (uint16_t)little_endian(s);
    return LW_OK;
}

int lw_cursor_le32(struct lw_cursor *c, uint32_t *out)
{
    struct lw_span s;
    int r = lw_cursor_take(c, 4, &s);
    if (r < 0)
        return r;
    *out = little_endian(s);
    return LW_OK;
}
