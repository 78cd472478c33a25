#include "base/strbuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void lw_strbuf_clear(struct lw_strbuf *b)
{
    free(b->s);
    *b = LW_STRBUF_INIT;
}

/* Room for extra more bytes and the final NUL. */
static bool reserve(struct lw_strbuf *b, size_t extra)
{
    if (b->err)
        return false;
    if (extra >= SIZE_MAX / 2 - b->n) {
        b->err = LW_ENOMEM;
        return false;
    }
    size_t need = b->n + extra + 1;
    if (need <= b->cap)
        return true;
    size_t cap = b->cap ? b->cap : 64;
    while (cap < need)
        cap *= 2;
    char *s = realloc(b->s, cap);
    if (!s) {
        b->err = LW_ENOMEM;
        return false;
    }
    b->s = s;
    b->cap = cap;
    return true;
}

void lw_strbuf_put(struct lw_strbuf *b, const void *bytes, size_t n)
{
    if (!reserve(b, n))
        return;
    if (n)
        memcpy(b->s + b->n, bytes, n);
    b->n += n;
    b->s[b->n] = '\0';
}

void lw_strbuf_puts(struct lw_strbuf *b, const char *s)
{
    lw_strbuf_put(b, s, strlen(s));
}

void lw_strbuf_putc(struct lw_strbuf *b, char c)
{
    lw_strbuf_put(b, &c, 1);
}

void lw_strbuf_vprintf(struct lw_strbuf *b, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    if (n >= 0 && reserve(b, (size_t)n)) {
        vsnprintf(b->s + b->n, (size_t)n + 1, fmt, again);
        b->n += (size_t)n;
    }
    va_end(again);
}

void lw_strbuf_printf(struct lw_strbuf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    lw_strbuf_vprintf(b, fmt, ap);
    va_end(ap);
}

static const char *html_escape(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void lw_strbuf_put_html(struct lw_strbuf *b, const char *s)
{
    for (; *s; s++) {
        const char *e = html_escape(*s);
        if (e)
            lw_strbuf_puts(b, e);
        else
            lw_strbuf_putc(b, *s);
    }
}

void lw_strbuf_put_base64(struct lw_strbuf *b, struct lw_span in)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (!reserve(b, (in.n + 2) / 3 * 4))
        return;
    char *o = b->s + b->n;
    for (size_t i = 0; i < in.n; i += 3) {
        size_t have = in.n - i;
        uint32_t v = (uint32_t)in.data[i] << 16;
        if (have > 1)
            v |= (uint32_t)in.data[i + 1] << 8;
        if (have > 2)
            v |= in.data[i + 2];
        *o++ = digits[v >> 18];
        *o++ = digits[(v >> 12) & 63];
        *o++ = have > 1 ? digits[(v >> 6) & 63] : '=';
        *o++ = have > 2 ? digits[v & 63] : '=';
    }
    b->n = (size_t)(o - b->s);
    *o = '\0';
}
