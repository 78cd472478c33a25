#include "store/suppress.h"

#include <stdlib.h>
#include <string.h>

#define PRIME UINT64_C(2147483647) /* 2^31 - 1: products fit into 64 bits */
#define NONE SIZE_MAX

struct work {
    const struct lw_table *t;
    int64_t threshold;
    size_t n_hidden;
};

static void hide(struct work *w, size_t cell)
{
    w->n_hidden += !w->t->hidden[cell];
    w->t->hidden[cell] = true;
}

static bool can_hide(const struct lw_table *t, size_t cell)
{
    return !t->hidden[cell] && t->value[cell] > 0 && !(t->shown && t->shown[cell]);
}

/* The cell of a line to hide next: the smallest part that is shown and not 0, else the total. */
static size_t next_to_hide(const struct lw_table *t, const struct lw_table_line *l)
{
    size_t best = NONE;
    for (size_t i = 0; i < l->n; i++) {
        size_t c = l->parts[i];
        if (can_hide(t, c) && (best == NONE || t->value[c] < t->value[best]))
            best = c;
    }
    if (best == NONE && can_hide(t, l->total))
        best = l->total;
    return best;
}

/* Does this line give something away on its own? */
static bool line_tells(const struct work *w, const struct lw_table_line *l)
{
    const struct lw_table *t = w->t;
    size_t hidden = t->hidden[l->total];
    int64_t sum = 0;
    for (size_t i = 0; i < l->n; i++) {
        if (!t->hidden[l->parts[i]])
            continue;
        hidden++;
        sum += t->value[l->parts[i]];
    }
    if (hidden == 1)
        return true;
    return hidden > 1 && !t->hidden[l->total] && sum > 0 && sum < w->threshold;
}

/* One walk over all lines; true when something was hidden. */
static bool hide_in_lines(struct work *w)
{
    bool any = false;
    for (size_t i = 0; i < w->t->n_lines; i++) {
        const struct lw_table_line *l = &w->t->lines[i];
        while (line_tells(w, l)) {
            size_t cell = next_to_hide(w->t, l);
            if (cell == NONE)
                break;
            hide(w, cell);
            any = true;
        }
    }
    return any;
}

/* --- elimination over the hidden cells, modulo a prime --- */

static uint64_t power(uint64_t x, uint64_t e)
{
    uint64_t r = 1;
    for (; e; e >>= 1, x = x * x % PRIME)
        if (e & 1)
            r = r * x % PRIME;
    return r;
}

struct system {
    size_t n;        /* unknowns */
    uint64_t *rows;  /* n rows of n: row i has its first entry, 1, at i; rows without are empty */
    bool *used;      /* row i is there */
    size_t *unknown; /* cell -> unknown, or NONE */
    size_t *cell;    /* unknown -> cell */
    uint64_t *one;   /* scratch row */
};

static void subtract(uint64_t *row, const uint64_t *other, uint64_t factor, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (other[i])
            row[i] = (row[i] + (PRIME - factor) * other[i]) % PRIME;
}

static void add_equation(struct system *s, uint64_t *row)
{
    for (size_t i = 0; i < s->n; i++) {
        if (!row[i])
            continue;
        if (s->used[i]) {
            subtract(row, &s->rows[i * s->n], row[i], s->n);
            continue;
        }
        uint64_t inverse = power(row[i], PRIME - 2);
        for (size_t k = 0; k < s->n; k++)
            s->rows[i * s->n + k] = row[k] * inverse % PRIME;
        s->used[i] = true;
        return;
    }
}

/* Upwards, so that each row has entries only at its own place and at free unknowns. */
static void back_substitute(struct system *s)
{
    for (size_t i = s->n; i-- > 0;) {
        if (!s->used[i])
            continue;
        for (size_t above = 0; above < i; above++) {
            uint64_t *row = &s->rows[above * s->n];
            if (s->used[above] && row[i])
                subtract(row, &s->rows[i * s->n], row[i], s->n);
        }
    }
}

static bool determined(const struct system *s, size_t unknown)
{
    if (!s->used[unknown])
        return false;
    for (size_t k = 0; k < s->n; k++)
        if (k != unknown && s->rows[unknown * s->n + k])
            return false;
    return true;
}

static void system_clear(struct system *s)
{
    free(s->rows);
    free(s->used);
    free(s->unknown);
    free(s->cell);
    free(s->one);
}

static int system_make(struct system *s, const struct work *w)
{
    size_t n = w->n_hidden;
    *s = (struct system){.n = n,
                         .rows = calloc(n * n + 1, sizeof(uint64_t)),
                         .used = calloc(n + 1, sizeof(bool)),
                         .unknown = malloc((w->t->n + 1) * sizeof(size_t)),
                         .cell = malloc((n + 1) * sizeof(size_t)),
                         .one = malloc((n + 1) * sizeof(uint64_t))};
    if (!s->rows || !s->used || !s->unknown || !s->cell || !s->one)
        return LW_ENOMEM;
    size_t u = 0;
    for (size_t c = 0; c < w->t->n; c++) {
        s->unknown[c] = w->t->hidden[c] ? u : NONE;
        if (w->t->hidden[c])
            s->cell[u++] = c;
    }
    return LW_OK;
}

static void fill_equations(struct system *s, const struct work *w)
{
    for (size_t i = 0; i < w->t->n_lines; i++) {
        const struct lw_table_line *l = &w->t->lines[i];
        memset(s->one, 0, s->n * sizeof(uint64_t));
        for (size_t k = 0; k < l->n; k++)
            if (s->unknown[l->parts[k]] != NONE)
                s->one[s->unknown[l->parts[k]]] = 1;
        if (s->unknown[l->total] != NONE)
            s->one[s->unknown[l->total]] = PRIME - 1;
        add_equation(s, s->one);
    }
    back_substitute(s);
}

/* Hide a neighbour of a cell that follows from what is shown. */
static bool protect(struct work *w, size_t cell)
{
    size_t best = NONE;
    for (size_t i = 0; i < w->t->n_lines; i++) {
        const struct lw_table_line *l = &w->t->lines[i];
        bool on_it = l->total == cell;
        for (size_t k = 0; k < l->n; k++)
            on_it = on_it || l->parts[k] == cell;
        size_t next = on_it ? next_to_hide(w->t, l) : NONE;
        if (next != NONE && (best == NONE || w->t->value[next] < w->t->value[best]))
            best = next;
    }
    if (best == NONE)
        return false;
    hide(w, best);
    return true;
}

/* 1: something more was hidden, 0: nothing follows from what is shown; LW_ELIMIT: something does,
 * and nothing is left to hide. */
static int hide_what_follows(struct work *w)
{
    struct system s;
    bool stuck = false;
    int r = system_make(&s, w);
    if (r == LW_OK) {
        fill_equations(&s, w);
        for (size_t u = 0; u < s.n; u++) {
            if (w->t->value[s.cell[u]] == 0 || !determined(&s, u))
                continue;
            if (protect(w, s.cell[u]))
                r = 1;
            else
                stuck = true;
        }
    }
    system_clear(&s);
    return r == LW_OK && stuck ? LW_ELIMIT : r;
}

/* Lines that could not be protected: with cells that are shown elsewhere there may be some. */
static bool any_line_tells(const struct work *w)
{
    for (size_t i = 0; i < w->t->n_lines; i++) {
        const struct lw_table_line *l = &w->t->lines[i];
        bool positive = w->t->hidden[l->total] && w->t->value[l->total] > 0;
        for (size_t k = 0; k < l->n; k++)
            positive = positive || (w->t->hidden[l->parts[k]] && w->t->value[l->parts[k]] > 0);
        if (positive && line_tells(w, l))
            return true;
    }
    return false;
}

int lw_suppress(const struct lw_table *t, int64_t threshold)
{
    struct work w = {.t = t, .threshold = threshold};
    for (size_t i = 0; i < t->n; i++) {
        w.n_hidden += t->hidden[i];
        if (t->value[i] > 0 && t->value[i] < threshold && !t->hidden[i])
            hide(&w, i);
    }
    for (int r = 1; r != 0;) {
        while (hide_in_lines(&w))
            ;
        if (w.n_hidden > LW_SUPPRESS_HIDDEN_MAX)
            return LW_ELIMIT;
        if ((r = hide_what_follows(&w)) < 0)
            return r;
    }
    return any_line_tells(&w) ? LW_ELIMIT : (int)w.n_hidden;
}
