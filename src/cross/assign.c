/* Best one-to-one assignment with a floor.
 *
 * Every row may take one column or stay alone. A pair is worth (score - floor), staying alone 0.
 * Worths become whole numbers (44 bits, far finer than a float), so that sums are exact and the
 * answer does not depend on the machine; one more unit for each pair lets a pair at exactly the
 * floor win over two that stay alone.
 *
 * The whole numbers go into a square assignment problem: each row gets a column of cost 0 of its
 * own kind ("alone"), each column likewise a row. It is solved row by row with shortest augmenting
 * paths and dual variables u, v (Kuhn 1955, Munkres 1957, Jonker and Volgenant 1987; O(n^3)). At
 * the end cost[r][c] - u[r] - v[c] >= 0, and = 0 for each pair of *every* best assignment, so among
 * equally good answers the one with the smallest row_to_col in lexicographic order ("alone" being
 * the largest) is found by walking over those tight pairs only. */
#include "cross/assign.h"

#include <math.h>
#include <string.h>

enum { SIDE_MAX = 2 * LW_ASSIGN_MAX, WORTH_BITS = 44 };

struct problem {
    size_t n; /* rows + columns of the caller: the side of the square */
    int64_t cost[SIDE_MAX][SIDE_MAX];
    int64_t u[SIDE_MAX], v[SIDE_MAX];
    int col_of[SIDE_MAX], row_of[SIDE_MAX]; /* -1: free */
};

static const int64_t forbidden = INT64_C(1) << 56; /* above 16 times the largest worth */

static bool allowed(float score, float floor)
{
    return isfinite(score) && score >= floor;
}

/* The power of two that brings the largest worth below 2^WORTH_BITS. */
static int scale_of(const float *score, size_t n, float floor)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        if (allowed(score[i], floor))
            most = fmax(most, (double)score[i] - (double)floor);
    int exponent = 0;
    frexp(most, &exponent);
    return WORTH_BITS - exponent;
}

static void load(struct problem *p, const float *score, size_t rows, size_t cols, float floor)
{
    int scale = scale_of(score, rows * cols, floor);
    p->n = rows + cols;
    memset(p->cost, 0, sizeof(p->cost));
    for (size_t r = 0; r < rows; r++) {
        for (size_t c = 0; c < cols; c++) {
            float s = score[r * cols + c];
            double worth = (double)s - (double)floor;
            p->cost[r][c] = forbidden;
            if (allowed(s, floor))
                p->cost[r][c] = -(llrint(ldexp(worth, scale)) * (LW_ASSIGN_MAX + 1) + 1);
        }
    }
    memset(p->u, 0, sizeof(p->u));
    memset(p->v, 0, sizeof(p->v));
    memset(p->col_of, 0xff, sizeof(p->col_of));
    memset(p->row_of, 0xff, sizeof(p->row_of));
}

/* Give row `start` a column over the shortest augmenting path and keep the duals feasible. */
static void augment(struct problem *p, size_t start)
{
    int64_t dist[SIDE_MAX];
    size_t from[SIDE_MAX]; /* the row before this column on the shortest path */
    bool done[SIDE_MAX] = {false};
    int64_t reached = 0;
    size_t row = start, best;
    for (size_t c = 0; c < p->n; c++)
        dist[c] = INT64_MAX;
    for (;;) {
        best = p->n;
        for (size_t c = 0; c < p->n; c++) {
            if (done[c])
                continue;
            int64_t d = reached + p->cost[row][c] - p->u[row] - p->v[c];
            if (d < dist[c]) {
                dist[c] = d;
                from[c] = row;
            }
            if (best == p->n || dist[c] < dist[best])
                best = c;
        }
        done[best] = true;
        reached = dist[best];
        if (p->row_of[best] < 0)
            break;
        row = (size_t)p->row_of[best];
    }
    p->u[start] += reached;
    for (size_t c = 0; c < p->n; c++) {
        if (!done[c] || c == best)
            continue;
        p->u[p->row_of[c]] += reached - dist[c];
        p->v[c] -= reached - dist[c];
    }
    for (size_t c = best;;) {
        size_t r = from[c];
        int next = p->col_of[r];
        p->col_of[r] = (int)c;
        p->row_of[c] = (int)r;
        if (r == start)
            break;
        c = (size_t)next;
    }
}

static bool tight(const struct problem *p, size_t r, size_t c)
{
    return p->cost[r][c] == p->u[r] + p->v[c];
}

/* Find row r another column over tight pairs, without touching columns in `taken`. In the full
 * square only the column that began it all is free, so the walk ends there or fails. */
static bool reseat(struct problem *p, size_t r, bool taken[SIDE_MAX])
{
    for (size_t c = 0; c < p->n; c++) {
        if (taken[c] || !tight(p, r, c))
            continue;
        taken[c] = true;
        if (p->row_of[c] < 0 || reseat(p, (size_t)p->row_of[c], taken)) {
            p->col_of[r] = (int)c;
            p->row_of[c] = (int)r;
            return true;
        }
    }
    return false;
}

/* Try to move row r to the lower column c, rows before r keeping theirs. */
static bool move_down(struct problem *p, size_t r, size_t c)
{
    bool taken[SIDE_MAX] = {false};
    for (size_t i = 0; i < r; i++)
        taken[p->col_of[i]] = true;
    if (taken[c] || !tight(p, r, c))
        return false;
    struct problem tried = *p;
    taken[c] = true;
    tried.row_of[tried.col_of[r]] = -1;
    tried.col_of[r] = (int)c;
    tried.row_of[c] = (int)r;
    if (!reseat(&tried, (size_t)p->row_of[c], taken))
        return false;
    *p = tried;
    return true;
}

static void prefer_low_indices(struct problem *p, size_t rows, size_t cols)
{
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < cols && (int)c < p->col_of[r]; c++)
            if (move_down(p, r, c))
                break;
}

int lw_assign(const float *score, size_t rows, size_t cols, float floor, int *row_to_col)
{
    if (rows > LW_ASSIGN_MAX || cols > LW_ASSIGN_MAX || !isfinite(floor))
        return LW_EINVAL;
    struct problem p;
    load(&p, score, rows, cols, floor);
    for (size_t r = 0; r < p.n; r++)
        augment(&p, r);
    prefer_low_indices(&p, rows, cols);
    int pairs = 0;
    for (size_t r = 0; r < rows; r++) {
        row_to_col[r] = p.col_of[r] < (int)cols ? p.col_of[r] : -1;
        pairs += row_to_col[r] >= 0;
    }
    return pairs;
}
