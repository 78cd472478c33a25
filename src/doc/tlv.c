#include "doc/tlv.h"

#include <inttypes.h>
#include <stdio.h>

enum { LONG_TAG = 0x1f, CONSTRUCTED = 0x20, INDEFINITE = 0x80, TAG_BYTES = 4, LENGTH_BYTES = 4 };

/* What stands before the contents. */
struct head {
    uint32_t tag;
    bool constructed;
    bool indefinite;
    size_t length; /* 0 when indefinite */
};

int lw_tlv_open(struct lw_tlv_reader *r, struct lw_span bytes, struct lw_tlv_limits *limits,
                struct lw_why *why)
{
    if (bytes.n > limits->max_bytes)
        return lw_why_set(why, LW_ELIMIT, 0, "has %zu bytes, the limit is %zu", bytes.n,
                          limits->max_bytes);
    limits->seen = 0;
    *r = (struct lw_tlv_reader){.c = lw_cursor_over(bytes), .limits = limits};
    return LW_OK;
}

static int cut(struct lw_why *why, size_t at, const char *what)
{
    return lw_why_set(why, LW_ETRUNC, (int64_t)at, "byte %zu: the input ends within a %s", at,
                      what);
}

/* X.690 8.1.2. The interindustry tags 5F01 to 5F1E have numbers below 31 in two bytes, so that
 * only DER refuses those. */
static int read_tag(struct lw_cursor *c, bool der, size_t at, struct head *h, struct lw_why *why)
{
    uint8_t b;
    if (lw_cursor_u8(c, &b) < 0)
        return cut(why, at, "tag");
    h->tag = b;
    h->constructed = b & CONSTRUCTED;
    if ((b & LONG_TAG) != LONG_TAG)
        return LW_OK;
    uint32_t number = 0;
    for (int i = 1; i < TAG_BYTES; i++) {
        if (lw_cursor_u8(c, &b) < 0)
            return cut(why, at, "tag");
        h->tag = h->tag << 8 | b;
        number = number << 7 | (b & 0x7f);
        if (i == 1 && b == 0x80)
            return lw_why_set(why, LW_EFORMAT, (int64_t)at, "byte %zu: tag number starts with 0",
                              at);
        if (!(b & 0x80)) {
            if (der && number < LONG_TAG)
                return lw_why_set(why, LW_EFORMAT, (int64_t)at,
                                  "byte %zu: tag is longer than DER allows", at);
            return LW_OK;
        }
    }
    return lw_why_set(why, LW_ELIMIT, (int64_t)at, "byte %zu: tag has more than %d bytes", at,
                      TAG_BYTES);
}

/* X.690 8.1.3 and 10.1. */
static int read_length(struct lw_cursor *c, bool der, size_t at, struct head *h, struct lw_why *why)
{
    uint8_t b;
    if (lw_cursor_u8(c, &b) < 0)
        return cut(why, at, "length");
    h->indefinite = b == INDEFINITE;
    h->length = b;
    if (b < INDEFINITE)
        return LW_OK;
    h->length = 0;
    if (h->indefinite)
        return LW_OK;
    size_t n = b & 0x7fu;
    if (n > LENGTH_BYTES)
        return lw_why_set(why, LW_ELIMIT, (int64_t)at, "byte %zu: length has more than %d bytes",
                          at, LENGTH_BYTES);
    for (size_t i = 0; i < n; i++) {
        if (lw_cursor_u8(c, &b) < 0)
            return cut(why, at, "length");
        h->length = h->length << 8 | b;
    }
    if (der && (h->length < 0x80 || h->length >> (8 * (n - 1)) == 0))
        return lw_why_set(why, LW_EFORMAT, (int64_t)at,
                          "byte %zu: length is longer than DER allows", at);
    return LW_OK;
}

static int read_head(struct lw_cursor *c, bool der, size_t base, struct head *h, struct lw_why *why)
{
    size_t at = base + c->pos;
    int r = read_tag(c, der, at, h, why);
    if (r == LW_OK)
        r = read_length(c, der, at, h, why);
    if (r < 0)
        return r;
    if (h->indefinite && !h->constructed)
        return lw_why_set(why, LW_EFORMAT, (int64_t)at,
                          "byte %zu: a primitive element has an indefinite length", at);
    if (h->indefinite && der)
        return lw_why_set(why, LW_EFORMAT, (int64_t)at,
                          "byte %zu: indefinite length, which DER forbids", at);
    if (h->length > lw_cursor_left(c))
        return lw_why_set(why, LW_ETRUNC, (int64_t)at,
                          "byte %zu: element 0x%" PRIX32 " says %zu bytes, %zu are left", at,
                          h->tag, h->length, lw_cursor_left(c));
    return LW_OK;
}

static int too_deep(struct lw_why *why, size_t at, const struct lw_tlv_limits *limits)
{
    return lw_why_set(why, LW_ELIMIT, (int64_t)at, "byte %zu: nested deeper than %u levels", at,
                      limits->max_depth);
}

static int count_one(struct lw_why *why, size_t at, size_t *seen,
                     const struct lw_tlv_limits *limits)
{
    if (*seen >= limits->max_count)
        return lw_why_set(why, LW_ELIMIT, (int64_t)at, "byte %zu: more than %zu elements", at,
                          limits->max_count);
    ++*seen;
    return LW_OK;
}

/* Step c over the contents of an indefinite element and its end-of-contents. Only indefinite ones
 * are walked into, so that all scans together read each byte at most max_depth times. */
static int skip_indefinite(const struct lw_tlv_reader *r, struct lw_cursor *c, size_t at,
                           struct lw_why *why)
{
    unsigned depth = r->depth + 1;
    size_t seen = 0;
    for (;;) {
        if (depth > r->limits->max_depth)
            return too_deep(why, at, r->limits);
        struct head h;
        at = r->base + c->pos;
        int e = read_head(c, false, r->base, &h, why);
        if (e == LW_OK)
            e = count_one(why, at, &seen, r->limits);
        if (e < 0)
            return e;
        if (h.indefinite) {
            depth++;
        } else if (h.tag == 0) {
            if (h.length != 0)
                return lw_why_set(why, LW_EFORMAT, (int64_t)at,
                                  "byte %zu: end-of-contents is not empty", at);
            if (--depth == r->depth)
                return LW_OK;
        } else {
            lw_cursor_skip(c, h.length);
        }
    }
}

int lw_tlv_next(struct lw_tlv_reader *r, struct lw_tlv *out, struct lw_why *why)
{
    if (lw_cursor_left(&r->c) == 0)
        return 0;
    struct lw_cursor c = r->c;
    size_t start = c.pos, at = r->base + start;
    struct head h;
    int e = count_one(why, at, &r->limits->seen, r->limits);
    if (e == LW_OK)
        e = read_head(&c, r->limits->der, r->base, &h, why);
    if (e < 0)
        return e;
    if (h.tag == 0)
        return lw_why_set(why, LW_EFORMAT, (int64_t)at, "byte %zu: end-of-contents out of place",
                          at);
    size_t header = c.pos - start, length = h.length;
    if (h.indefinite) {
        e = skip_indefinite(r, &c, at, why);
        length = c.pos - start - header - 2;
    } else {
        e = lw_cursor_skip(&c, length);
    }
    if (e < 0)
        return e;
    const uint8_t *p = r->c.data + start;
    *out = (struct lw_tlv){.tag = h.tag,
                           .constructed = h.constructed,
                           .indefinite = h.indefinite,
                           .at = at,
                           .header = header,
                           .value = {p + header, length},
                           .whole = {p, c.pos - start}};
    r->c = c;
    return 1;
}

int lw_tlv_expect(struct lw_tlv_reader *r, uint32_t tag, struct lw_tlv *out, struct lw_why *why)
{
    struct lw_tlv_reader ahead = *r;
    struct lw_tlv t;
    size_t at = r->base + r->c.pos;
    int e = lw_tlv_next(&ahead, &t, why);
    if (e < 0)
        return e;
    if (e == 0)
        return lw_why_set(why, LW_ETRUNC, (int64_t)at, "byte %zu: element 0x%" PRIX32 " is missing",
                          at, tag);
    if (t.tag != tag)
        return lw_why_set(why, LW_EFORMAT, (int64_t)at,
                          "byte %zu: element 0x%" PRIX32 " stands where 0x%" PRIX32 " belongs", at,
                          t.tag, tag);
    *out = t;
    *r = ahead;
    return LW_OK;
}

int lw_tlv_accept(struct lw_tlv_reader *r, uint32_t tag, struct lw_tlv *out, struct lw_why *why)
{
    struct lw_tlv_reader ahead = *r;
    struct lw_tlv t;
    int e = lw_tlv_next(&ahead, &t, why);
    if (e <= 0 || t.tag != tag)
        return e < 0 ? e : 0;
    *out = t;
    *r = ahead;
    return 1;
}

int lw_tlv_find(struct lw_tlv_reader *r, uint32_t tag, struct lw_tlv *out, struct lw_why *why)
{
    struct lw_tlv t;
    int e;
    while ((e = lw_tlv_next(r, &t, why)) == 1)
        if (t.tag == tag) {
            *out = t;
            return 1;
        }
    return e;
}

int lw_tlv_unwrap(const struct lw_tlv_reader *r, const struct lw_tlv *t,
                  struct lw_tlv_reader *child, struct lw_why *why)
{
    if (r->depth >= r->limits->max_depth)
        return too_deep(why, t->at, r->limits);
    *child = (struct lw_tlv_reader){.c = lw_cursor_over(t->value),
                                    .base = t->at + t->header,
                                    .depth = r->depth + 1,
                                    .limits = r->limits};
    return LW_OK;
}

int lw_tlv_enter(const struct lw_tlv_reader *r, const struct lw_tlv *t, struct lw_tlv_reader *child,
                 struct lw_why *why)
{
    if (!t->constructed)
        return lw_why_set(why, LW_EFORMAT, (int64_t)t->at,
                          "byte %zu: element 0x%" PRIX32 " has no elements inside", t->at, t->tag);
    return lw_tlv_unwrap(r, t, child, why);
}

int lw_tlv_end(const struct lw_tlv_reader *r, struct lw_why *why)
{
    if (lw_cursor_left(&r->c) == 0)
        return LW_OK;
    size_t at = r->base + r->c.pos;
    return lw_why_set(why, LW_EFORMAT, (int64_t)at, "byte %zu: %zu bytes too many", at,
                      lw_cursor_left(&r->c));
}

int lw_tlv_header(struct lw_span start, uint32_t *tag, size_t *header, size_t *length)
{
    struct lw_cursor c = lw_cursor_over(start);
    struct head h;
    int r = read_tag(&c, false, 0, &h, NULL);
    if (r == LW_OK)
        r = read_length(&c, false, 0, &h, NULL);
    if (r == LW_OK && h.indefinite)
        r = LW_EUNSUP;
    if (r < 0)
        return r;
    *tag = h.tag;
    *header = c.pos;
    *length = h.length;
    return LW_OK;
}

int lw_tlv_uint(const struct lw_tlv *t, uint64_t *out, struct lw_why *why)
{
    const uint8_t *p = t->value.data;
    size_t n = t->value.n;
    if (n == 0 || (n > 1 && p[0] == 0 && p[1] < 0x80))
        return lw_why_set(why, LW_EFORMAT, (int64_t)t->at, "byte %zu: not a shortest integer",
                          t->at);
    if (p[0] >= 0x80)
        return lw_why_set(why, LW_EFORMAT, (int64_t)t->at, "byte %zu: a negative integer", t->at);
    if (n > 9 || (n == 9 && p[0] != 0))
        return lw_why_set(why, LW_ELIMIT, (int64_t)t->at, "byte %zu: integer of %zu bytes", t->at,
                          n);
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++)
        v = v << 8 | p[i];
    *out = v;
    return LW_OK;
}

/* One base-128 number; false: cut off, with leading zeros, or above 2^63. */
static bool read_arc(struct lw_cursor *c, uint64_t *arc)
{
    uint8_t b;
    *arc = 0;
    for (int i = 0; lw_cursor_u8(c, &b) == LW_OK; i++) {
        if (i == 9 || (i == 0 && b == 0x80))
            return false;
        *arc = *arc << 7 | (b & 0x7f);
        if (!(b & 0x80))
            return true;
    }
    return false;
}

static int bad_oid(const struct lw_tlv *t, struct lw_why *why)
{
    return lw_why_set(why, LW_EFORMAT, (int64_t)t->at, "byte %zu: not an object identifier", t->at);
}

int lw_tlv_oid_print(char *out, size_t n, const struct lw_tlv *t, struct lw_why *why)
{
    struct lw_cursor c = lw_cursor_over(t->value);
    uint64_t arc;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    if (!read_arc(&c, &arc))
        return bad_oid(t, why);
    uint64_t root = arc < 80 ? arc / 40 : 2;
    lw_strbuf_printf(&b, "%" PRIu64 ".%" PRIu64, root, arc - 40 * root);
    while (lw_cursor_left(&c) > 0 && b.n < n) {
        if (!read_arc(&c, &arc))
            return bad_oid(t, why);
        lw_strbuf_printf(&b, ".%" PRIu64, arc);
    }
    if (lw_strbuf_err(&b))
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    if (b.n >= n)
        return lw_why_set(why, LW_ELIMIT, (int64_t)t->at,
                          "byte %zu: object identifier of more than %zu characters", t->at, n);
    snprintf(out, n, "%s", lw_strbuf_peek(&b));
    return LW_OK;
}

void lw_tlv_put_header(struct lw_strbuf *b, uint32_t tag, size_t length)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        if (tag >> shift || shift == 0)
            lw_strbuf_putc(b, (char)(tag >> shift & 0xff));
    if (length < 0x80) {
        lw_strbuf_putc(b, (char)length);
        return;
    }
    unsigned n = 1;
    while (n < sizeof(length) && length >> (8 * n))
        n++;
    lw_strbuf_putc(b, (char)(0x80 | n));
    while (n-- > 0)
        lw_strbuf_putc(b, (char)(length >> (8 * n) & 0xff));
}

void lw_tlv_put(struct lw_strbuf *b, uint32_t tag, struct lw_span value)
{
    lw_tlv_put_header(b, tag, value.n);
    lw_strbuf_put(b, value.data, value.n);
}
