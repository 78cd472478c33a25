#include "doc/c40.h"

#include <string.h>

/* The values 0 to 2 shift to sets that are not used; 0 also fills the last pair of bytes. */
static const char set[] = "\1\1\1 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

enum { UNLATCH = 0xfe };

/* One pair: up to three characters; their number, or LW_EFORMAT. last: the pair that may be filled
 * up. */
static int decode_pair(char out[3], const uint8_t pair[2], bool last)
{
    if (pair[0] == UNLATCH) { /* one character, plus one, as it is in ASCII */
        out[0] = (char)(pair[1] - 1);
        return last && pair[1] > 1 && strchr(set + 3, out[0]) ? 1 : LW_EFORMAT;
    }
    const int v = pair[0] * 256 + pair[1] - 1;
    if (v < 0 || v >= 64000)
        return LW_EFORMAT;
    const int value[3] = {v / 1600, v / 40 % 40, v % 40};
    const int n = last && value[2] == 0 ? 2 : 3;
    for (int i = 0; i < n; i++) {
        if (value[i] < 3)
            return LW_EFORMAT;
        out[i] = set[value[i]];
    }
    return n;
}

int lw_c40_decode(char *out, size_t cap, struct lw_span bytes)
{
    size_t n = 0;
    if (bytes.n % 2 != 0)
        return LW_EFORMAT;
    for (size_t i = 0; i < bytes.n; i += 2) {
        char c[3];
        const int got = decode_pair(c, bytes.data + i, i + 2 == bytes.n);
        if (got < 0)
            return got;
        if (n + (size_t)got >= cap)
            return LW_ELIMIT;
        memcpy(out + n, c, (size_t)got);
        n += (size_t)got;
    }
    out[n] = '\0';
    return (int)n;
}

static int value_of(char c)
{
    const char *at = c ? strchr(set + 3, c == '<' ? ' ' : c) : NULL;
    return at ? (int)(at - set) : LW_EINVAL;
}

static void put_pair(struct lw_strbuf *b, int v)
{
    lw_strbuf_putc(b, (char)(v / 256));
    lw_strbuf_putc(b, (char)(v % 256));
}

int lw_c40_put(struct lw_strbuf *b, const char *text)
{
    const size_t n = strlen(text);
    for (size_t i = 0; i < n; i++)
        if (value_of(text[i]) < 0)
            return LW_EINVAL;
    for (size_t i = 0; i < n; i += 3) {
        const int u1 = value_of(text[i]), u2 = i + 1 < n ? value_of(text[i + 1]) : 0;
        const int u3 = i + 2 < n ? value_of(text[i + 2]) : 0;
        put_pair(b, i + 1 < n ? 1600 * u1 + 40 * u2 + u3 + 1 : UNLATCH * 256 + set[u1] + 1);
    }
    return lw_strbuf_err(b);
}
