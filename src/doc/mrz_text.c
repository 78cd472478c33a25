#include "doc/mrz_text.h"

#include <stdlib.h>
#include <string.h>

enum { SLACK = 2 }; /* a line this much too short or too long still says what it was meant to be */

static bool white(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\v' || c == '\f';
}

static bool line_end(uint8_t c)
{
    return c == '\n' || c == '\r';
}

static size_t skip_mark(struct lw_span text, size_t pos)
{
    static const uint8_t mark[] = {0xef, 0xbb, 0xbf}; /* UTF-8 byte order mark */
    return pos == 0 && text.n >= 3 && memcmp(text.data, mark, 3) == 0 ? 3 : pos;
}

/* Length of the character at pos: a lead byte takes its continuation bytes along. */
static size_t character(struct lw_span text, size_t pos)
{
    size_t n = 1;
    if (text.data[pos] >= 0xc0)
        while (n < 4 && pos + n < text.n && (text.data[pos + n] & 0xc0) == 0x80)
            n++;
    return n;
}

static void append(struct lw_mrz_line *line, uint8_t c, size_t pos)
{
    if (line->n < LW_MRZ_LINE_BYTES) {
        line->c[line->n] = (char)(c >= 0x80 ? '?' : c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
        line->offset[line->n] = pos;
    }
    line->n++;
}

/* One line, blank or not; *pos moves behind its line end. */
static int read_line(struct lw_mrz_line *line, struct lw_span text, size_t *pos, struct lw_why *why)
{
    size_t p = skip_mark(text, *pos);
    line->n = 0;
    line->end = p;
    while (p < text.n && !line_end(text.data[p])) {
        const uint8_t c = text.data[p];
        if (!white(c) && (c < 0x20 || c == 0x7f))
            return lw_why_set(why, LW_EFORMAT, (int64_t)p,
                              "byte %zu: 0x%02x is no character of a text", p, c);
        const size_t n = character(text, p);
        if (!white(c)) {
            append(line, c, p);
            line->end = p + n;
        }
        p += n;
    }
    if (p < text.n)
        p += text.data[p] == '\r' && p + 1 < text.n && text.data[p + 1] == '\n' ? 2 : 1;
    *pos = p;
    return LW_OK;
}

/* Lines that a MRZ has whose first line is n characters long, 0 if there is none. */
static size_t lines_for(size_t n, size_t slack)
{
    static const struct {
        size_t columns, lines;
    } known[] = {{30, 3}, {36, 2}, {44, 2}, {72, 1}, {88, 1}, {90, 1}};
    for (size_t i = 0; i < LW_COUNT(known); i++)
        if (n + slack >= known[i].columns && n <= known[i].columns + slack)
            return known[i].lines;
    return 0;
}

/* How many lines at pos belong together. Looks at most one line past a MRZ, so that a long text is
 * not read again and again. */
static int measure(size_t *take, struct lw_span text, size_t pos, struct lw_why *why)
{
    struct lw_mrz_line line;
    size_t length[LW_MRZ_LINES + 1] = {0};
    size_t n = 0;
    while (n < LW_COUNT(length) && pos < text.n) {
        int r = read_line(&line, text, &pos, why);
        if (r < 0)
            return r;
        if (line.n == 0)
            break;
        length[n++] = line.n;
    }
    size_t want = lines_for(length[0], 0);
    bool even = want > 0 && want <= n;
    for (size_t i = 1; even && i < want; i++)
        even = length[i] == length[0];
    if (even)
        *take = want;
    else if (n <= LW_MRZ_LINES)
        *take = n;
    else
        *take = want ? want : lines_for(length[0], SLACK);
    if (*take == 0)
        *take = SIZE_MAX; /* up to the next blank line */
    return LW_OK;
}

static int skip_blank(struct lw_span text, size_t *pos, struct lw_why *why)
{
    struct lw_mrz_line line;
    for (size_t next = *pos; *pos < text.n; *pos = next) {
        int r = read_line(&line, text, &next, why);
        if (r < 0 || line.n > 0)
            return r;
    }
    return LW_OK;
}

int lw_mrz_lines_read(struct lw_mrz_lines *out, struct lw_span text, size_t *pos, bool many,
                      struct lw_why *why)
{
    struct lw_mrz_line line;
    size_t take = SIZE_MAX;
    out->n = 0;
    int r = skip_blank(text, pos, why);
    if (r == LW_OK && many && *pos < text.n)
        r = measure(&take, text, *pos, why);
    while (r == LW_OK && out->n < take && *pos < text.n) {
        r = read_line(&line, text, pos, why);
        if (r == LW_OK && line.n > 0) {
            if (out->n < LW_MRZ_LINES)
                out->v[out->n] = line;
            out->n++;
        } else if (many) {
            break;
        }
    }
    return r;
}

static void move(struct lw_mrz_line *to, const struct lw_mrz_line *from, size_t first, size_t n)
{
    to->n = n;
    for (size_t i = 0; i < n; i++) {
        to->c[i] = from->c[first + i];
        to->offset[i] = from->offset[first + i];
    }
    to->end = first + n < from->n ? to->offset[n - 1] + 1 : from->end;
}

/* 72 = 2 x 36, 88 = 2 x 44, 90 = 3 x 30. */
static void split(struct lw_mrz_lines *t)
{
    const struct lw_mrz_line whole = t->v[0];
    if (t->n != 1 || (whole.n != 72 && whole.n != 88 && whole.n != 90))
        return;
    t->n = whole.n == 90 ? 3 : 2;
    for (size_t i = 0; i < t->n; i++)
        move(&t->v[i], &whole, i * (whole.n / t->n), whole.n / t->n);
}

static size_t distance(const struct lw_mrz_lines *t, size_t lines, size_t columns)
{
    size_t d = t->n > lines ? 8 * (t->n - lines) : 8 * (lines - t->n);
    for (size_t i = 0; i < t->n && i < lines; i++)
        d += t->v[i].n > columns ? t->v[i].n - columns : columns - t->v[i].n;
    return d;
}

static bool starts_with(const struct lw_mrz_line *line, const char *s)
{
    return line->n >= strlen(s) && memcmp(line->c, s, strlen(s)) == 0;
}

enum lw_mrz_format lw_mrz_lines_format(struct lw_mrz_lines *t)
{
    enum { FAR = 12 };
    split(t);
    if (t->n < 2) /* half of a MRZ may be half of several */
        return LW_MRZ_UNKNOWN;
    const size_t td1 = distance(t, 3, 30), td2 = distance(t, 2, 36), td3 = distance(t, 2, 44);
    if (td1 > FAR && td2 > FAR && td3 > FAR)
        return LW_MRZ_UNKNOWN;
    if (td1 <= td2 && td1 <= td3)
        return LW_MRZ_TD1;
    const bool visa = starts_with(&t->v[0], "V");
    if (td3 <= td2)
        return visa ? LW_MRZ_MRV_A : LW_MRZ_TD3;
    if (visa)
        return LW_MRZ_MRV_B;
    return starts_with(&t->v[0], "IDFRA") ? LW_MRZ_ID_FRA : LW_MRZ_TD2;
}
