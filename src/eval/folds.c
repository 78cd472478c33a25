#include "eval/folds.h"

#include <math.h>
#include <stdlib.h>

static int by_falling_score(const void *a, const void *b)
{
    const struct lw_trial *x = a, *y = b;
    return (x->score < y->score) - (x->score > y->score);
}

/* The next trial at or after i that takes part, n if none. */
static size_t next_scored(const struct lw_trial *t, size_t n, size_t i, uint8_t left_out)
{
    while (i < n && t[i].fold == left_out)
        i++;
    return i < n && t[i].score > -INFINITY ? i : n;
}

/* The best threshold on all trials but those of one fold. Going down, each genuine trial passed
 * adds a right decision and each impostor trial takes one away: the highest sum wins. */
static double best_threshold(const struct lw_trial *t, size_t n, uint8_t left_out)
{
    double best_t = INFINITY;
    int64_t right = 0, best = 0;
    for (size_t i = next_scored(t, n, 0, left_out); i < n;) {
        right += t[i].same ? 1 : -1;
        size_t next = next_scored(t, n, i + 1, left_out);
        bool between = next == n || t[next].score < t[i].score;
        if (between && right > best) {
            best = right;
            best_t = ((double)t[i].score + (double)t[next < n ? next : i].score) / 2;
        }
        i = next;
    }
    return best_t;
}

/* Right decisions on one fold. */
static int64_t count_right(const struct lw_trial *t, size_t n, uint8_t fold, double threshold,
                           int64_t *of)
{
    int64_t right = 0;
    *of = 0;
    for (size_t i = 0; i < n; i++)
        if (t[i].fold == fold) {
            right += ((double)t[i].score >= threshold) == t[i].same;
            ++*of;
        }
    return right;
}

/* 97.5 % quantile of Student's t with nine degrees of freedom. */
static const double T9 = 2.262157162740992;

static void widen_by_spread(struct lw_rate *r, const double accuracy[LW_FOLDS])
{
    double mean = 0, squares = 0;
    for (size_t f = 0; f < LW_FOLDS; f++)
        mean += accuracy[f] / LW_FOLDS;
    for (size_t f = 0; f < LW_FOLDS; f++)
        squares += (accuracy[f] - mean) * (accuracy[f] - mean);
    double half = T9 * sqrt(squares / (LW_FOLDS - 1) / LW_FOLDS);
    lw_rate_widen(r, fmax(0, r->value - half), fmin(1, r->value + half));
}

struct lw_rate lw_accuracy_10fold(struct lw_trial *trials, size_t n)
{
    double accuracy[LW_FOLDS];
    int64_t right = 0, of = 0;
    unsigned folds = 0;
    if (n)
        qsort(trials, n, sizeof(*trials), by_falling_score);
    for (uint8_t f = 0; f < LW_FOLDS; f++) {
        int64_t fold_of;
        int64_t fold_right = count_right(trials, n, f, best_threshold(trials, n, f), &fold_of);
        if (fold_of == 0)
            continue;
        accuracy[folds++] = (double)fold_right / (double)fold_of;
        right += fold_right;
        of += fold_of;
    }
    if (folds < 2)
        return lw_rate_of(0, 0);
    struct lw_rate r = lw_rate_of((double)right, (double)of);
    if (folds == LW_FOLDS)
        widen_by_spread(&r, accuracy);
    return r;
}
