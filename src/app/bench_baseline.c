#include "app/bench_baseline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int refuse(struct lw_why *why, unsigned line, const char *rule)
{
    return lw_why_set(why, LW_EFORMAT, -1, "line %u: %s", line, rule);
}

/* One field of a line that ends in NUL; *at moves behind its comma. NULL where it is too long or
 * its quotes are wrong. Quotes inside a quoted field are not needed here and refused. */
static const char *take_field(const char **at, char out[LW_BASELINE_TEXT])
{
    const char *s = *at;
    bool quoted = *s == '"';
    size_t n = strcspn(s += quoted, quoted ? "\"" : ",\"");
    if (n >= LW_BASELINE_TEXT || (quoted && s[n] != '"'))
        return NULL;
    memcpy(out, s, n);
    out[n] = '\0';
    s += n + quoted;
    if (*s && *s != ',')
        return NULL;
    *at = *s ? s + 1 : s;
    return out;
}

static int parse_row(struct lw_baseline *b, const char *line, unsigned number, struct lw_why *why)
{
    char name[LW_BASELINE_TEXT], peer[LW_BASELINE_TEXT], ratio[LW_BASELINE_TEXT], *end;
    if (!take_field(&line, name) || !take_field(&line, peer) || !take_field(&line, ratio) || *line)
        return refuse(why, number, "is not name,peer,ratio");
    if (number == 1)
        return strcmp(name, "name") == 0 && strcmp(peer, "peer") == 0 && strcmp(ratio, "ratio") == 0
                   ? LW_OK
                   : refuse(why, number, "the header is not name,peer,ratio");
    double x = strtod(ratio, &end);
    if (end == ratio || *end || !(x > 0 && x < 1e6))
        return refuse(why, number, "the ratio is no number above 0");
    if (b->n == LW_BASELINE_ROWS)
        return refuse(why, number, "more rows than are allowed");
    memcpy(b->rows[b->n].name, name, sizeof(name));
    memcpy(b->rows[b->n].peer, peer, sizeof(peer));
    b->rows[b->n++].ratio = x;
    return LW_OK;
}

int lw_baseline_parse(struct lw_baseline *out, struct lw_span text, struct lw_why *why)
{
    struct lw_baseline b = {0};
    unsigned number = 0;
    for (size_t at = 0; at < text.n;) {
        char line[3 * LW_BASELINE_TEXT];
        size_t n = 0;
        while (at + n < text.n && text.data[at + n] != '\n')
            n++;
        number++;
        if (n >= sizeof(line) || memchr(text.data + at, '\0', n))
            return refuse(why, number, "too long, or not text");
        memcpy(line, text.data + at, n);
        line[n] = '\0';
        if (n && line[n - 1] == '\r')
            line[n - 1] = '\0';
        int r = parse_row(&b, line, number, why);
        if (r < 0)
            return r;
        at += n + 1;
    }
    if (number == 0)
        return refuse(why, 1, "the header is not name,peer,ratio");
    *out = b;
    return LW_OK;
}

double lw_baseline_ratio(const struct lw_baseline *b, const char *name, const char *peer)
{
    for (size_t i = 0; i < b->n; i++)
        if (strcmp(b->rows[i].name, name) == 0 && strcmp(b->rows[i].peer, peer) == 0)
            return b->rows[i].ratio;
    return NAN;
}
