#include "decoder/wire.h"

#include <string.h>

static void fail(struct lw_wire *w)
{
    if (w->err == LW_OK)
        w->err = LW_EFORMAT;
}

static void put(struct lw_wire *w, uint64_t x, size_t n)
{
    for (size_t i = 0; i < n; i++, x >>= 8)
        lw_strbuf_putc(w->out, (char)(uint8_t)x);
}

/* n bytes, the least first; 0 after a fault. */
static uint64_t get(struct lw_wire *w, size_t n)
{
    struct lw_span s;
    uint64_t x = 0;
    if (w->err < 0 || lw_cursor_take(&w->in, n, &s) < 0) {
        fail(w);
        return 0;
    }
    for (size_t i = n; i > 0; i--)
        x = x << 8 | s.data[i - 1];
    return x;
}

uint32_t lw_wire_u32(struct lw_wire *w, uint32_t x, uint32_t max)
{
    if (!lw_wire_reads(w)) {
        put(w, x, 4);
        return x;
    }
    uint32_t got = (uint32_t)get(w, 4);
    if (got <= max)
        return got;
    fail(w);
    return 0;
}

int lw_wire_int(struct lw_wire *w, int x, int min, int max)
{
    const int64_t got = lw_wire_i64(w, x);
    if (got >= min && got <= max)
        return (int)got;
    fail(w);
    return 0;
}

int64_t lw_wire_i64(struct lw_wire *w, int64_t x)
{
    if (!lw_wire_reads(w)) {
        put(w, (uint64_t)x, 8);
        return x;
    }
    return (int64_t)get(w, 8);
}

float lw_wire_float(struct lw_wire *w, float x, float min, float max)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof(bits));
    bits = lw_wire_u32(w, bits, UINT32_MAX);
    memcpy(&x, &bits, sizeof(x));
    if (x >= min && x <= max)
        return x;
    fail(w);
    return min;
}

size_t lw_wire_size(struct lw_wire *w, size_t x, size_t max)
{
    if (x > UINT32_MAX || max > UINT32_MAX)
        fail(w);
    return lw_wire_u32(w, (uint32_t)x, (uint32_t)max);
}

bool lw_wire_bool(struct lw_wire *w, bool x)
{
    return lw_wire_u32(w, x, 1) != 0;
}

static bool control(uint8_t c)
{
    return c < 0x20 || c == 0x7f;
}

static void put_text(struct lw_wire *w, const char *s, size_t cap)
{
    const size_t n = strnlen(s, cap - 1);
    put(w, n, 4);
    for (size_t i = 0; i < n; i++)
        lw_strbuf_putc(w->out, control((uint8_t)s[i]) ? '?' : s[i]);
}

static bool plain(struct lw_span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (control(s.data[i]))
            return false;
    return true;
}

void lw_wire_text(struct lw_wire *w, char *s, size_t cap)
{
    if (!lw_wire_reads(w)) {
        put_text(w, s, cap);
        return;
    }
    const struct lw_span got = lw_wire_bytes(w, (struct lw_span){NULL, 0}, cap - 1);
    memset(s, 0, cap);
    if (!plain(got))
        fail(w);
    else if (got.n)
        memcpy(s, got.data, got.n);
}

static bool in_a_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

void lw_wire_word(struct lw_wire *w, char *s, size_t cap)
{
    lw_wire_text(w, s, cap);
    for (const char *c = s; *c; c++)
        if (!in_a_word(*c))
            fail(w);
}

struct lw_span lw_wire_bytes(struct lw_wire *w, struct lw_span bytes, size_t max)
{
    struct lw_span got = {NULL, 0};
    const size_t n = lw_wire_size(w, bytes.n, max);
    if (!lw_wire_reads(w)) {
        lw_strbuf_put(w->out, bytes.data, n);
        return bytes;
    }
    if (w->err < 0 || lw_cursor_take(&w->in, n, &got) < 0)
        fail(w);
    return got;
}

int lw_wire_end(const struct lw_wire *w)
{
    if (!lw_wire_reads(w))
        return w->err < 0 ? w->err : lw_strbuf_err(w->out);
    return w->err == LW_OK && lw_cursor_left(&w->in) > 0 ? LW_EFORMAT : w->err;
}
