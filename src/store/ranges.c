#include "store/ranges.h"

#include <errno.h>
#include <stdlib.h>

void lw_ranges_clear(struct lw_ranges *r)
{
    free(r->v);
    *r = (struct lw_ranges){0};
}

int lw_ranges_add(struct lw_ranges *r, int64_t first, int64_t last)
{
    if (r->n > 0 && r->v[r->n - 1].last + 1 == first) { /* mostly they come in order */
        r->v[r->n - 1].last = last;
        return LW_OK;
    }
    if (r->n == r->cap) {
        size_t cap = r->cap ? 2 * r->cap : 64;
        struct lw_range *v = realloc(r->v, cap * sizeof(*v));
        if (!v)
            return LW_ENOMEM;
        r->v = v;
        r->cap = cap;
    }
    r->v[r->n++] = (struct lw_range){first, last};
    return LW_OK;
}

static bool number(const char **s, int64_t *x)
{
    char *end;
    if (**s < '1' || **s > '9')
        return false;
    errno = 0;
    *x = strtoll(*s, &end, 10);
    *s = end;
    return errno == 0 && *x < INT64_MAX;
}

int lw_ranges_parse(struct lw_ranges *r, const char *text)
{
    for (const char *s = text;; s++) {
        int64_t first, last;
        if (!number(&s, &first))
            return LW_EFORMAT;
        last = first;
        if (*s == '-') {
            s++;
            if (!number(&s, &last) || last <= first)
                return LW_EFORMAT;
        }
        int e = lw_ranges_add(r, first, last);
        if (e < 0)
            return e;
        if (*s == '\0')
            return LW_OK;
        if (*s != ',')
            return LW_EFORMAT;
    }
}

static int by_first(const void *a, const void *b)
{
    const struct lw_range *x = a, *y = b;
    return (x->first > y->first) - (x->first < y->first);
}

void lw_ranges_settle(struct lw_ranges *r)
{
    size_t kept = 0;
    if (r->n == 0)
        return;
    qsort(r->v, r->n, sizeof(*r->v), by_first);
    for (size_t i = 1; i < r->n; i++) {
        struct lw_range *last = &r->v[kept];
        if (r->v[i].first > last->last + 1)
            r->v[++kept] = r->v[i];
        else if (r->v[i].last > last->last)
            last->last = r->v[i].last;
    }
    r->n = kept + 1;
}

bool lw_ranges_has(const struct lw_ranges *r, int64_t x)
{
    size_t low = 0, high = r->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (r->v[mid].last < x)
            low = mid + 1;
        else
            high = mid;
    }
    return low < r->n && r->v[low].first <= x;
}

void lw_ranges_print(struct lw_strbuf *b, const struct lw_ranges *r)
{
    for (size_t i = 0; i < r->n; i++) {
        lw_strbuf_printf(b, "%s%jd", i ? "," : "", (intmax_t)r->v[i].first);
        if (r->v[i].last > r->v[i].first)
            lw_strbuf_printf(b, "-%jd", (intmax_t)r->v[i].last);
    }
}
