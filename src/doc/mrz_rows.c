/* Rows of marks. From every mark and each near neighbour of about its size a walk begins, in both
 * directions, with the step between the two: the next mark must lie one step on, or two or three
 * where some are missing. The step follows what is found, so that bent and tapering rows are
 * followed too. A machine readable zone gives 30 to 44 hits; other print is spaced unevenly and
 * ends soon. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "doc/mrz_marks.h"

enum { NEAR_MAX = 8 };
static const float UNEVEN_MOST = 0.22f;

/* Marks by squares of the plane. */
struct plane {
    const struct lw_marks *marks;
    float square;
    int w, h;
    int *first; /* of each square; one more than squares */
    uint16_t *sorted;
};

static void plane_clear(struct plane *p)
{
    free(p->first);
    free(p->sorted);
}

static int square_of(const struct plane *p, float x, float y)
{
    const int sx = lw_mini(lw_maxi((int)(x / p->square), 0), p->w - 1);
    const int sy = lw_mini(lw_maxi((int)(y / p->square), 0), p->h - 1);
    return sy * p->w + sx;
}

static int plane_init(struct plane *p, const struct lw_marks *marks)
{
    float right = 1, bottom = 1;
    for (size_t i = 0; i < marks->n; i++) {
        right = lw_maxf(right, marks->v[i].x);
        bottom = lw_maxf(bottom, marks->v[i].y);
    }
    *p = (struct plane){.marks = marks, .square = 24};
    p->w = (int)(right / p->square) + 1;
    p->h = (int)(bottom / p->square) + 1;
    const size_t squares = (size_t)p->w * (size_t)p->h;
    p->first = calloc(squares + 2, sizeof(*p->first));
    p->sorted = calloc(marks->n + 1, sizeof(*p->sorted));
    if (!p->first || !p->sorted) {
        plane_clear(p);
        return LW_ENOMEM;
    }
    for (size_t i = 0; i < marks->n; i++)
        p->first[square_of(p, marks->v[i].x, marks->v[i].y) + 2]++;
    for (size_t i = 2; i < squares + 2; i++)
        p->first[i] += p->first[i - 1];
    for (size_t i = 0; i < marks->n; i++)
        p->sorted[p->first[square_of(p, marks->v[i].x, marks->v[i].y) + 1]++] = (uint16_t)i;
    return LW_OK;
}

static float side_of(const struct lw_mark *m)
{
    return lw_maxf(m->w, m->h);
}

/* The mark nearest to a place and within reach of it, of about this size; -1 where none is. */
static int nearest(const struct plane *p, float x, float y, float reach, float side)
{
    const int x0 = lw_maxi((int)((x - reach) / p->square), 0);
    const int y0 = lw_maxi((int)((y - reach) / p->square), 0);
    const int x1 = lw_mini((int)((x + reach) / p->square), p->w - 1);
    const int y1 = lw_mini((int)((y + reach) / p->square), p->h - 1);
    float best = reach * reach;
    int found = -1;
    for (int sy = y0; sy <= y1; sy++)
        for (int sx = x0; sx <= x1; sx++)
            for (int k = p->first[sy * p->w + sx]; k < p->first[sy * p->w + sx + 1]; k++) {
                const struct lw_mark *m = &p->marks->v[p->sorted[k]];
                const float dx = m->x - x, dy = m->y - y, d = dx * dx + dy * dy;
                const float ratio = side_of(m) / side;
                if (d < best && ratio > 0.6f && ratio < 1.6f) {
                    best = d;
                    found = p->sorted[k];
                }
            }
    return found;
}

/* The nearest marks that may stand beside mark i in a row. */
static size_t neighbours(const struct plane *p, size_t i, int out[NEAR_MAX])
{
    const struct lw_mark *m = &p->marks->v[i];
    const float side = side_of(m), reach = 1.9f * side;
    float far[NEAR_MAX];
    size_t n = 0;
    const int x0 = lw_maxi((int)((m->x - reach) / p->square), 0);
    const int y0 = lw_maxi((int)((m->y - reach) / p->square), 0);
    const int x1 = lw_mini((int)((m->x + reach) / p->square), p->w - 1);
    const int y1 = lw_mini((int)((m->y + reach) / p->square), p->h - 1);
    for (int sy = y0; sy <= y1; sy++)
        for (int sx = x0; sx <= x1; sx++)
            for (int k = p->first[sy * p->w + sx]; k < p->first[sy * p->w + sx + 1]; k++) {
                const int j = p->sorted[k];
                const struct lw_mark *o = &p->marks->v[j];
                const float d = hypotf(o->x - m->x, o->y - m->y), ratio = side_of(o) / side;
                if (d < 0.6f * side || d > reach || ratio < 0.6f || ratio > 1.6f)
                    continue;
                if (n == NEAR_MAX && far[n - 1] <= d)
                    continue;
                size_t at = n < NEAR_MAX ? n++ : NEAR_MAX - 1;
                for (; at > 0 && far[at - 1] > d; at--) {
                    far[at] = far[at - 1];
                    out[at] = out[at - 1];
                }
                far[at] = d;
                out[at] = j;
            }
    return n;
}

/* A walk: what was found so far and where it goes on. */
struct walk {
    float x, y, dx, dy, side;
    int column;
};

/* One step on, or up to three; false where the row ends. */
static bool walk_on(struct walk *w, const struct plane *p, int *found)
{
    const float step = hypotf(w->dx, w->dy);
    for (int k = 1; k <= 3; k++) {
        const float n = (float)k;
        *found =
            nearest(p, w->x + n * w->dx, w->y + n * w->dy, (0.25f + 0.07f * n) * step, w->side);
        if (*found < 0)
            continue;
        const struct lw_mark *m = &p->marks->v[*found];
        const float gain = 0.2f;
        w->dx += gain * ((m->x - w->x) / n - w->dx);
        w->dy += gain * ((m->y - w->y) / n - w->dy);
        w->x = m->x;
        w->y = m->y;
        w->side += 0.2f * (side_of(m) - w->side);
        w->column += k;
        return true;
    }
    return false;
}

/* Least squares: column -> place. */
static void fit(struct lw_row *r, const struct lw_marks *marks)
{
    double sk = 0, skk = 0, sx = 0, sy = 0, skx = 0, sky = 0;
    const double n = (double)r->n;
    for (size_t i = 0; i < r->n; i++) {
        const struct lw_mark *m = &marks->v[r->mark[i]];
        const double k = r->column[i], x = (double)m->x, y = (double)m->y;
        sk += k;
        skk += k * k;
        sx += x;
        sy += y;
        skx += k * x;
        sky += k * y;
    }
    const double d = n * skk - sk * sk;
    r->dx = (float)((n * skx - sk * sx) / d);
    r->dy = (float)((n * sky - sk * sy) / d);
    r->x = (float)((sx - (double)r->dx * sk) / n);
    r->y = (float)((sy - (double)r->dy * sk) / n);
}

/* How much the steps differ from the straight line's, in columns: marks of a monospaced script sit
 * off the middle of their cells by a tenth, proportional print by a third. */
static float unevenness(const struct lw_row *r, const struct lw_marks *marks)
{
    const float step2 = r->dx * r->dx + r->dy * r->dy;
    double squares = 0;
    for (size_t i = 1; i < r->n; i++) {
        const struct lw_mark *a = &marks->v[r->mark[i - 1]], *b = &marks->v[r->mark[i]];
        const float k = (float)(r->column[i] - r->column[i - 1]);
        const float ex = (b->x - a->x) / k - r->dx, ey = (b->y - a->y) / k - r->dy;
        squares += (double)((ex * ex + ey * ey) / step2);
    }
    return (float)sqrt(squares / (double)(r->n - 1));
}

/* Walk both ways from the step i -> j. */
static void gather(struct lw_row *r, const struct plane *p, int i, int j)
{
    const struct lw_mark *a = &p->marks->v[i], *b = &p->marks->v[j];
    const float side = 0.5f * (side_of(a) + side_of(b));
    struct walk back = {a->x, a->y, a->x - b->x, a->y - b->y, side, 0};
    struct walk on = {b->x, b->y, b->x - a->x, b->y - a->y, side, 1};
    int before[LW_ROW_MARKS], columns[LW_ROW_MARKS], found;
    size_t n = 0;
    while (n < LW_ROW_MARKS - 2 && walk_on(&back, p, &found)) {
        before[n] = found;
        columns[n++] = back.column;
    }
    const int shift = back.column;
    r->n = 0;
    for (size_t k = n; k-- > 0;) {
        r->mark[r->n] = (uint16_t)before[k];
        r->column[r->n++] = shift - columns[k];
    }
    r->mark[r->n] = (uint16_t)i;
    r->column[r->n++] = shift;
    r->mark[r->n] = (uint16_t)j;
    r->column[r->n++] = shift + 1;
    while (r->n < LW_ROW_MARKS && walk_on(&on, p, &found)) {
        r->mark[r->n] = (uint16_t)found;
        r->column[r->n++] = shift + on.column;
    }
}

/* Keep the longest. */
static size_t keep(struct lw_row rows[LW_ROWS_MAX], size_t n, const struct lw_row *r)
{
    if (n == LW_ROWS_MAX && rows[n - 1].n >= r->n)
        return n;
    size_t at = n < LW_ROWS_MAX ? n++ : n - 1;
    for (; at > 0 && rows[at - 1].n < r->n; at--)
        rows[at] = rows[at - 1];
    rows[at] = *r;
    return n;
}

size_t lw_rows_find(struct lw_row rows[LW_ROWS_MAX], const struct lw_marks *marks, size_t min_marks,
                    float max_turn_deg)
{
    const float slope = max_turn_deg >= 90 ? 1e9f : tanf(max_turn_deg * 3.14159265f / 180);
    struct plane p;
    size_t n = 0;
    LW_AUTO_MEM(uint8_t) used = calloc(marks->n + 1, 1);
    if (!used || plane_init(&p, marks) < 0)
        return 0;
    for (size_t i = 0; i < marks->n; i++) {
        int near[NEAR_MAX];
        const size_t n_near = used[i] ? 0 : neighbours(&p, i, near);
        for (size_t k = 0; k < n_near && !used[i]; k++) {
            const float dx = marks->v[near[k]].x - marks->v[i].x;
            const float dy = marks->v[near[k]].y - marks->v[i].y;
            struct lw_row r;
            if (used[near[k]] || dx < 0 || (dx == 0 && dy < 0) || fabsf(dy) > slope * dx + 1e-6f)
                continue;
            gather(&r, &p, (int)i, near[k]);
            if (r.n < min_marks)
                continue;
            fit(&r, marks);
            if (unevenness(&r, marks) > UNEVEN_MOST)
                continue;
            for (size_t m = 0; m < r.n; m++)
                used[r.mark[m]] = 1;
            n = keep(rows, n, &r);
        }
    }
    plane_clear(&p);
    return n;
}
