#include "check.h"

#include "base/rng.h"
#include "store/suppress.h"

/* A table of rows x cols with both margins and the grand total, cells in row order. */
enum { ROWS_MAX = 6, COLS_MAX = 6, CELLS = (ROWS_MAX + 1) * (COLS_MAX + 1) };
struct grid {
    size_t rows, cols;
    int64_t value[CELLS];
    bool hidden[CELLS];
    size_t parts[4 * CELLS];
    struct lw_table_line lines[ROWS_MAX + COLS_MAX + 2];
    size_t n_lines;
};

static size_t at(const struct grid *g, size_t r, size_t c)
{
    return r * (g->cols + 1) + c;
}

static void set_up(struct grid *g, size_t rows, size_t cols, const int64_t *inner)
{
    size_t *p = g->parts;
    memset(g, 0, sizeof(*g));
    g->rows = rows;
    g->cols = cols;
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < cols; c++) {
            int64_t v = inner[r * cols + c];
            g->value[at(g, r, c)] = v;
            g->value[at(g, r, cols)] += v;
            g->value[at(g, rows, c)] += v;
            g->value[at(g, rows, cols)] += v;
        }
    for (size_t r = 0; r <= rows; r++) {
        g->lines[g->n_lines++] = (struct lw_table_line){at(g, r, cols), cols, p};
        for (size_t c = 0; c < cols; c++)
            *p++ = at(g, r, c);
    }
    for (size_t c = 0; c <= cols; c++) {
        g->lines[g->n_lines++] = (struct lw_table_line){at(g, rows, c), rows, p};
        for (size_t r = 0; r < rows; r++)
            *p++ = at(g, r, c);
    }
}

static int suppress(struct grid *g, int64_t threshold)
{
    const struct lw_table t = {.n = (g->rows + 1) * (g->cols + 1),
                               .value = g->value,
                               .hidden = g->hidden,
                               .n_lines = g->n_lines,
                               .lines = g->lines};
    return lw_suppress(&t, threshold);
}

static void large_counts_and_zeros_are_shown(void **state)
{
    LW_UNUSED(state);
    struct grid g;
    set_up(&g, 2, 2, (const int64_t[]){10, 0, 25, 11});
    CHECK(suppress(&g, 10) == 0);
}

static void a_small_count_takes_others_with_it(void **state)
{
    LW_UNUSED(state);
    struct grid g;
    set_up(&g, 3, 3, (const int64_t[]){3, 40, 50, 60, 20, 30, 70, 80, 90});
    int n = suppress(&g, 10);
    CHECK(g.hidden[at(&g, 0, 0)]);
    CHECK(n == 4); /* a rectangle: the smallest that protects one inner cell */
    CHECK(!g.hidden[at(&g, 3, 3)]);
}

static void hidden_parts_never_add_up_to_a_small_count(void **state)
{
    LW_UNUSED(state);
    struct grid g;
    set_up(&g, 1, 4, (const int64_t[]){1, 2, 30, 40});
    suppress(&g, 10);
    int64_t sum = 0;
    for (size_t c = 0; c < 4; c++)
        sum += g.hidden[c] ? g.value[c] : 0;
    CHECK(g.hidden[0] && g.hidden[1] && (sum >= 10 || g.hidden[at(&g, 0, 4)]));
}

static void a_lonely_small_count_hides_its_totals(void **state)
{
    LW_UNUSED(state);
    struct grid g;
    set_up(&g, 2, 2, (const int64_t[]){4, 0, 0, 0});
    suppress(&g, 10);
    CHECK(g.hidden[at(&g, 0, 0)] && g.hidden[at(&g, 0, 2)] && g.hidden[at(&g, 2, 0)]);
    CHECK(g.hidden[at(&g, 2, 2)] && !g.hidden[at(&g, 1, 1)]);
}

/* All tables of non-negative whole numbers that agree with what is shown: for each hidden cell the
 * smallest and largest value. What an outsider can find out by trying everything. */
struct attack {
    const struct grid *g;
    int64_t guess[CELLS], low[CELLS], high[CELLS];
    int64_t bound;
};

static bool agrees(struct attack *a)
{
    const struct grid *g = a->g;
    int64_t all = 0;
    for (size_t r = 0; r <= g->rows; r++)
        a->guess[at(g, r, g->cols)] = 0;
    for (size_t c = 0; c < g->cols; c++) {
        int64_t sum = 0;
        for (size_t r = 0; r < g->rows; r++) {
            sum += a->guess[at(g, r, c)];
            a->guess[at(g, r, g->cols)] += a->guess[at(g, r, c)];
        }
        a->guess[at(g, g->rows, c)] = sum;
        all += sum;
    }
    a->guess[at(g, g->rows, g->cols)] = all;
    for (size_t i = 0; i < (g->rows + 1) * (g->cols + 1); i++)
        if (!g->hidden[i] && a->guess[i] != g->value[i])
            return false;
    return true;
}

static void try_cells(struct attack *a, size_t i)
{
    const struct grid *g = a->g;
    if (i == g->rows * g->cols) {
        for (size_t k = 0; agrees(a) && k < CELLS; k++) {
            a->low[k] = a->guess[k] < a->low[k] ? a->guess[k] : a->low[k];
            a->high[k] = a->guess[k] > a->high[k] ? a->guess[k] : a->high[k];
        }
        return;
    }
    size_t cell = at(g, i / g->cols, i % g->cols);
    int64_t from = g->hidden[cell] ? 0 : g->value[cell];
    int64_t to = g->hidden[cell] ? a->bound : g->value[cell];
    for (a->guess[cell] = from; a->guess[cell] <= to; a->guess[cell]++) {
        int64_t v = a->guess[cell];
        try_cells(a, i + 1);
        a->guess[cell] = v;
    }
}

static void trying_everything_gives_no_small_count_away(void **state)
{
    LW_UNUSED(state);
    struct lw_rng rng = lw_rng_seed(17);
    int attacked = 0;
    for (int round = 0; round < 400; round++) {
        struct grid g;
        int64_t inner[6];
        size_t rows = 1 + lw_rng_below(&rng, 2), cols = 2 + lw_rng_below(&rng, 2);
        for (size_t i = 0; i < rows * cols; i++)
            inner[i] = lw_rng_below(&rng, 3) ? (int64_t)lw_rng_below(&rng, 8) : 0;
        set_up(&g, rows, cols, inner);
        CHECK(suppress(&g, 3) >= 0);
        struct attack a = {.g = &g, .bound = 12};
        for (size_t i = 0; i < CELLS; i++) {
            a.low[i] = INT64_MAX;
            a.high[i] = -1;
        }
        try_cells(&a, 0);
        for (size_t i = 0; i < (rows + 1) * (cols + 1); i++) {
            bool small = g.value[i] > 0 && g.value[i] < 3;
            CHECK(!small || g.hidden[i]);
            if (small && a.low[i] == a.high[i])
                fail_msg("cell %zu of a %zux%zu table is %jd", i, rows, cols, (intmax_t)a.low[i]);
            attacked += small;
        }
    }
    CHECK(attacked > 500);
}

static void cells_that_come_in_hidden_are_protected_too(void **state)
{
    LW_UNUSED(state);
    struct grid g;
    set_up(&g, 2, 2, (const int64_t[]){20, 30, 40, 50});
    g.hidden[at(&g, 0, 2)] = true; /* a total that another table hides */
    suppress(&g, 10);
    CHECK(g.hidden[at(&g, 0, 0)] || g.hidden[at(&g, 0, 1)]);
    CHECK(g.hidden[at(&g, 1, 2)] || g.hidden[at(&g, 2, 2)]);
}

static void a_total_that_is_shown_elsewhere_is_worked_around_or_refused(void **state)
{
    LW_UNUSED(state);
    struct grid g;
    bool shown[CELLS] = {false};
    set_up(&g, 1, 3, (const int64_t[]){4, 20, 30});
    shown[at(&g, 0, 3)] = true;
    const struct lw_table t = {.n = 4,
                               .value = g.value,
                               .hidden = g.hidden,
                               .shown = shown,
                               .n_lines = 1,
                               .lines = g.lines};
    CHECK(lw_suppress(&t, 10) == 2 && g.hidden[0] && g.hidden[1] && !g.hidden[3]);
    set_up(&g, 1, 3, (const int64_t[]){0, 20, 0});
    g.hidden[1] = true; /* for another reason; its total says it all */
    CHECK(lw_suppress(&t, 10) == LW_ELIMIT);
}

static void too_fine_a_table_is_refused(void **state)
{
    LW_UNUSED(state);
    enum { N = 1000 };
    static int64_t value[N + 1];
    static bool hidden[N + 1];
    static size_t parts[N];
    for (size_t i = 0; i < N; i++) {
        value[i] = 1;
        parts[i] = i;
    }
    value[N] = N;
    const struct lw_table_line line = {N, N, parts};
    const struct lw_table t = {
        .n = N + 1, .value = value, .hidden = hidden, .n_lines = 1, .lines = &line};
    CHECK(lw_suppress(&t, 10) == LW_ELIMIT);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(large_counts_and_zeros_are_shown),
    cmocka_unit_test(a_small_count_takes_others_with_it),
    cmocka_unit_test(hidden_parts_never_add_up_to_a_small_count),
    cmocka_unit_test(a_lonely_small_count_hides_its_totals),
    cmocka_unit_test(trying_everything_gives_no_small_count_away),
    cmocka_unit_test(cells_that_come_in_hidden_are_protected_too),
    cmocka_unit_test(a_total_that_is_shown_elsewhere_is_worked_around_or_refused),
    cmocka_unit_test(too_fine_a_table_is_refused),
};
RUN_TESTS(tests)
