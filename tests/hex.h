/* tests/hex.h - byte strings as standards print them: hexadecimal, spaces anywhere. */
#ifndef LW_TESTS_HEX_H
#define LW_TESTS_HEX_H

#include "base/base.h"
#include "check.h"

struct hex {
    size_t n;
    uint8_t bytes[2048];
};

static inline int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

/* Fails the test on anything that is no hexadecimal text. */
static inline struct hex unhex(const char *s)
{
    struct hex h = {0};
    int high = -1;
    for (; *s; s++) {
        if (*s == ' ')
            continue;
        int d = hex_digit(*s);
        CHECK(d >= 0 && h.n < sizeof(h.bytes));
        if (high >= 0)
            h.bytes[h.n++] = (uint8_t)(high << 4 | d);
        high = high >= 0 ? -1 : d;
    }
    CHECK(high < 0);
    return h;
}

static inline struct lw_span hex_span(const struct hex *h)
{
    return (struct lw_span){h->bytes, h->n};
}
/* A span over text that lives until the end of the enclosing block. */
#define HEX(s) hex_span(&(const struct hex[]){unhex(s)}[0])

static inline void check_hex(struct lw_span got, const char *want)
{
    struct hex w = unhex(want);
    assert_int_equal(got.n, w.n);
    assert_memory_equal(got.data, w.bytes, w.n);
}

#endif
