/* base/strbuf.h - a growing, always NUL-terminated byte string; one owner, no locks.
 * The first failed allocation sticks: later calls do nothing and lw_strbuf_err() says LW_ENOMEM,
 * so that a writer checks once at the end. */
#ifndef LW_BASE_STRBUF_H
#define LW_BASE_STRBUF_H

#include <stdarg.h>

#include "base/base.h"

struct lw_strbuf {
    char *s; /* NULL or NUL-terminated */
    size_t n;
    size_t cap;
    int err;
};
#define LW_STRBUF_INIT ((struct lw_strbuf){.s = NULL, .n = 0, .cap = 0, .err = 0})
#define LW_AUTO_STRBUF __attribute__((cleanup(lw_strbuf_clear))) struct lw_strbuf

void lw_strbuf_clear(struct lw_strbuf *b); /* frees; reusable afterwards */
void lw_strbuf_put(struct lw_strbuf *b, const void *bytes, size_t n);
void lw_strbuf_puts(struct lw_strbuf *b, const char *s);
void lw_strbuf_putc(struct lw_strbuf *b, char c);
void lw_strbuf_printf(struct lw_strbuf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void lw_strbuf_vprintf(struct lw_strbuf *b, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));
/* Text safe inside HTML elements and double-quoted attributes. */
void lw_strbuf_put_html(struct lw_strbuf *b, const char *s);
/* Base64 with padding, for data: URLs. */
void lw_strbuf_put_base64(struct lw_strbuf *b, struct lw_span bytes);
static inline int lw_strbuf_err(const struct lw_strbuf *b)
{
    return b->err;
}
/* The text, "" when empty; borrowed, valid until the next non-const call. */
static inline const char *lw_strbuf_peek(const struct lw_strbuf *b)
{
    return b->s ? b->s : "";
}
static inline struct lw_span lw_strbuf_span(const struct lw_strbuf *b)
{
    return (struct lw_span){.data = (const uint8_t *)lw_strbuf_peek(b), .n = b->n};
}

#endif
