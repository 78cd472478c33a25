#include "eval/scores.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void lw_scores_clear(struct lw_scores *s)
{
    free(s->matches);
    free(s->top);
    free(s->bins);
    *s = (struct lw_scores){0};
}

/* Floats as unsigned numbers in falling order: negative ones have their bits in reverse order. */
static uint32_t falling_key(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof(u));
    return u & 0x80000000u ? u : ~(u | 0x80000000u);
}

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS };

/* One stable pass of a radix sort. */
static void sort_by_digit(const struct lw_comparison *from, struct lw_comparison *to, size_t n,
                          unsigned shift)
{
    size_t start[DIGITS] = {0};
    for (size_t i = 0; i < n; i++)
        start[falling_key(from[i].score) >> shift & (DIGITS - 1)]++;
    size_t sum = 0;
    for (size_t d = 0; d < DIGITS; d++) {
        size_t count = start[d];
        start[d] = sum;
        sum += count;
    }
    for (size_t i = 0; i < n; i++)
        to[start[falling_key(from[i].score) >> shift & (DIGITS - 1)]++] = from[i];
}

int lw_comparisons_sort(struct lw_comparison *v, size_t n)
{
    if (n < 2)
        return LW_OK;
    struct lw_comparison *other = malloc(n * sizeof(*other));
    if (!other)
        return LW_ENOMEM;
    sort_by_digit(v, other, n, 0);
    sort_by_digit(other, v, n, DIGIT_BITS);
    sort_by_digit(v, other, n, 2 * DIGIT_BITS);
    memcpy(v, other, n * sizeof(*v));
    free(other);
    return LW_OK;
}

/* How many of v, by falling score, are >= threshold. */
static size_t count_from(const struct lw_comparison *v, size_t n, double threshold)
{
    size_t lo = 0, hi = n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if ((double)v[mid].score >= threshold)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

int64_t lw_scores_genuine_at(const struct lw_scores *s, double threshold)
{
    return (int64_t)count_from(s->matches, s->n_genuine, threshold);
}

/* The smallest score that falls into this bin or a higher one. */
static float bin_edge(const struct lw_scores *s, size_t bin)
{
    if (bin == s->n_bins)
        return s->bins_high;
    float width = (s->bins_high - s->bins_low) / (float)s->n_bins;
    float x = s->bins_low + width * (float)bin;
    /* A rounding error away at most. */
    while (lw_scores_bin(s, x) >= bin)
        x = nextafterf(x, -INFINITY);
    while (lw_scores_bin(s, x) < bin)
        x = nextafterf(x, INFINITY);
    return x;
}

int64_t lw_scores_impostor_at(const struct lw_scores *s, double threshold)
{
    int64_t n = (int64_t)count_from(s->top, s->n_top, threshold);
    for (size_t bin = s->n_bins; bin-- > 1 && (double)bin_edge(s, bin) >= threshold;)
        n += s->bins[bin];
    return n;
}

float lw_scores_threshold(const struct lw_scores *s, int64_t allowed)
{
    if (allowed < (int64_t)s->n_top)
        return nextafterf(s->top[allowed].score, INFINITY);
    int64_t n = (int64_t)s->n_top;
    if (allowed >= n + s->below)
        return -INFINITY;
    size_t bin = s->n_bins;
    while (bin > 1 && n + s->bins[bin - 1] <= allowed)
        n += s->bins[--bin];
    return bin_edge(s, bin);
}

int64_t lw_scores_allowed(const struct lw_scores *s, double fmr)
{
    /* 0.0001 is a little off as a double: 0.0001 of 30,000 must be 3. */
    return (int64_t)floor(fmr * (double)s->impostor * (1 + 1e-12) + 1e-9);
}
