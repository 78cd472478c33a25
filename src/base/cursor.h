/* base/cursor.h - the only way outside bytes are read: nothing here can pass the end. */
#ifndef LW_BASE_CURSOR_H
#define LW_BASE_CURSOR_H

#include "base/base.h"

struct lw_cursor {
    const uint8_t *data; /* borrowed */
    size_t n;            /* bytes in all */
    size_t pos;          /* next byte, 0..n */
};

static inline struct lw_cursor lw_cursor_over(struct lw_span s)
{
    return (struct lw_cursor){.data = s.data, .n = s.n, .pos = 0};
}
static inline size_t lw_cursor_left(const struct lw_cursor *c)
{
    return c->n - c->pos;
}

/* Each returns LW_OK and moves on, or LW_ETRUNC and leaves cursor and output as they were. */
int lw_cursor_u8(struct lw_cursor *c, uint8_t *out);
int lw_cursor_be16(struct lw_cursor *c, uint16_t *out);
int lw_cursor_be32(struct lw_cursor *c, uint32_t *out);
int lw_cursor_le16(struct lw_cursor *c, uint16_t *out);
int lw_cursor_le32(struct lw_cursor *c, uint32_t *out);
int lw_cursor_take(struct lw_cursor *c, size_t n, struct lw_span *out); /* borrow n bytes */
int lw_cursor_skip(struct lw_cursor *c, size_t n);
int lw_cursor_seek(struct lw_cursor *c, size_t pos); /* absolute; pos == n is allowed */
/* A cursor over the next n bytes, which this one steps over. */
int lw_cursor_sub(struct lw_cursor *c, size_t n, struct lw_cursor *out);

#endif
