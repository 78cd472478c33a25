#include "doc/armour.h"

#include <string.h>

#define PEM_BEGIN "-----BEGIN "
#define PEM_END "-----END "

static bool at_word(struct lw_span line, const char *word)
{
    return line.n >= strlen(word) && memcmp(line.data, word, strlen(word)) == 0;
}

/* The line at *pos without its end; *pos moves behind it. */
static struct lw_span take_line(struct lw_span text, size_t *pos)
{
    const size_t start = *pos;
    const uint8_t *end = memchr(text.data + start, '\n', text.n - start);
    size_t n = end ? (size_t)(end - text.data) - start : text.n - start;
    *pos = end ? start + n + 1 : text.n;
    if (n > 0 && text.data[start + n - 1] == '\r')
        n--;
    return (struct lw_span){text.data + start, n};
}

enum lw_armour lw_armour_sniff(struct lw_span text)
{
    enum { LINES = 64 };
    size_t pos = 0;
    for (int i = 0; i < LINES && pos < text.n; i++) {
        const struct lw_span line = take_line(text, &pos);
        if (at_word(line, PEM_BEGIN))
            return LW_ARMOUR_PEM;
        if (at_word(line, "dn:") || at_word(line, "version: 1"))
            return LW_ARMOUR_LDIF;
    }
    return LW_ARMOUR_NONE;
}

/* Base64 that arrives in pieces. */
struct base64 {
    uint32_t bits;
    unsigned n; /* characters of the group so far */
    unsigned padding;
};

static int digit_of(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static bool base64_feed(struct base64 *b, struct lw_span s, struct lw_strbuf *out)
{
    for (size_t i = 0; i < s.n; i++) {
        const uint8_t c = s.data[i];
        const int d = digit_of(c);
        if (c == ' ' || c == '\t')
            continue;
        if ((d < 0 && c != '=') || (d >= 0 && b->padding > 0) || b->padding > 2)
            return false;
        b->bits = b->bits << 6 | (uint32_t)(d < 0 ? 0 : d);
        b->padding += d < 0;
        if (++b->n < 4)
            continue;
        for (unsigned k = 0; k + b->padding < 3; k++)
            lw_strbuf_putc(out, (char)(b->bits >> (16 - 8 * k) & 0xff));
        b->n = 0;
        b->bits = 0;
    }
    return true;
}

static int broken(struct lw_why *why, size_t at, const char *what)
{
    return lw_why_set(why, LW_EFORMAT, (int64_t)at, "byte %zu: %s", at, what);
}

static void take_label(char label[LW_ARMOUR_LABEL], const uint8_t *s, size_t n)
{
    size_t k = 0;
    for (size_t i = 0; i < n && k + 1 < LW_ARMOUR_LABEL; i++)
        label[k++] = (char)(s[i] >= 'A' && s[i] <= 'Z' ? s[i] - 'A' + 'a' : s[i]);
    label[k] = '\0';
}

static int next_pem(struct lw_span text, size_t *pos, char label[LW_ARMOUR_LABEL],
                    struct lw_strbuf *out, struct lw_why *why)
{
    struct base64 b = {.n = 0};
    bool inside = false;
    const size_t skip = strlen(PEM_BEGIN);
    while (*pos < text.n) {
        const size_t at = *pos;
        const struct lw_span line = take_line(text, pos);
        if (at_word(line, PEM_BEGIN) && !inside) {
            inside = true;
            take_label(label, line.data + skip, line.n >= skip + 5 ? line.n - skip - 5 : 0);
        } else if (at_word(line, PEM_END) && inside) {
            return b.n == 0 ? 1 : broken(why, at, "base64 that ends too early");
        } else if (inside && !base64_feed(&b, line, out)) {
            return broken(why, at, "a line that is no base64");
        }
    }
    return inside ? broken(why, text.n, "PEM without its END line") : 0;
}

/* One attribute may be folded: a line that begins with a space goes on (RFC 2849, note 2). */
static int next_ldif(struct lw_span text, size_t *pos, char label[LW_ARMOUR_LABEL],
                     struct lw_strbuf *out, struct lw_why *why)
{
    struct base64 b = {.n = 0};
    while (*pos < text.n) {
        const size_t at = *pos;
        const struct lw_span line = take_line(text, pos);
        const uint8_t *colon = line.n ? memchr(line.data, ':', line.n) : NULL;
        const size_t name = colon ? (size_t)(colon - line.data) : 0;
        if (!colon || name + 1 >= line.n || colon[1] != ':' || line.data[0] == ' ')
            continue;
        const uint8_t *option = memchr(line.data, ';', name);
        take_label(label, line.data, option ? (size_t)(option - line.data) : name);
        struct lw_span rest = {colon + 2, line.n - name - 2};
        while (base64_feed(&b, rest, out)) {
            if (*pos >= text.n || text.data[*pos] != ' ')
                return b.n == 0 ? 1 : broken(why, at, "base64 that ends too early");
            rest = take_line(text, pos);
        }
        return broken(why, at, "an attribute that is no base64");
    }
    return 0;
}

int lw_armour_next(enum lw_armour kind, struct lw_span text, size_t *pos,
                   char label[LW_ARMOUR_LABEL], struct lw_strbuf *out, struct lw_why *why)
{
    out->n = 0;
    int r = kind == LW_ARMOUR_PEM ? next_pem(text, pos, label, out, why)
                                  : next_ldif(text, pos, label, out, why);
    return r == 1 && lw_strbuf_err(out) < 0 ? lw_why_set(why, LW_ENOMEM, -1, "no memory") : r;
}
