#include "eval/curves.h"

#include <math.h>
#include <stdlib.h>

void lw_tradeoff_clear(struct lw_tradeoff *t)
{
    free(t->fmr);
    free(t->fnmr);
    free(t->tmr);
    *t = (struct lw_tradeoff){0};
}

static int64_t next_count(int64_t n)
{
    return n < 10 ? n + 1 : (int64_t)ceil((double)n * 1.06);
}

int lw_tradeoff_init(struct lw_tradeoff *out, const struct lw_scores *s)
{
    struct lw_tradeoff t = {0};
    size_t n = 0;
    for (int64_t k = 1; k <= s->impostor; k = next_count(k))
        n++;
    t.fmr = calloc(n + 1, sizeof(double));
    t.fnmr = calloc(n + 1, sizeof(double));
    t.tmr = calloc(n + 1, sizeof(double));
    if (!t.fmr || !t.fnmr || !t.tmr) {
        lw_tradeoff_clear(&t);
        return LW_ENOMEM;
    }
    t.n = n;
    for (int64_t k = 1; n > 0; k = next_count(k)) {
        n--;
        int64_t matched = lw_scores_genuine_at(s, (double)lw_scores_threshold(s, k));
        t.fmr[n] = (double)k / (double)s->impostor;
        t.tmr[n] = s->genuine ? (double)matched / (double)s->genuine : NAN;
        t.fnmr[n] = 1 - t.tmr[n];
    }
    *out = t;
    return LW_OK;
}

static void find_range(struct lw_histogram *h, const struct lw_scores *s)
{
    h->low = INFINITY;
    h->high = -INFINITY;
    if (s->n_genuine) {
        h->low = (double)s->matches[s->n_genuine - 1].score;
        h->high = (double)s->matches[0].score;
    }
    if (s->n_top) {
        h->low = fmin(h->low, (double)s->top[s->n_top - 1].score);
        h->high = fmax(h->high, (double)s->top[0].score);
    }
    if (s->n_bins)
        h->low = fmin(h->low, (double)s->bins_low);
    if (!(h->low < h->high)) { /* no scores, or all alike */
        h->low = isfinite(h->low) ? h->low - 0.5 : 0;
        h->high = h->low + 1;
    }
}

static size_t bar_of(const struct lw_histogram *h, double score)
{
    double at = (score - h->low) / (h->high - h->low) * LW_HISTOGRAM_BARS;
    return at < 0 ? 0 : at >= LW_HISTOGRAM_BARS ? LW_HISTOGRAM_BARS - 1 : (size_t)at;
}

static void count_scores(struct lw_histogram *h, const struct lw_scores *s, double *genuine,
                         double *impostor)
{
    for (size_t i = 0; i < s->n_genuine; i++)
        genuine[bar_of(h, (double)s->matches[i].score)]++;
    for (size_t i = 0; i < s->n_top; i++)
        impostor[bar_of(h, (double)s->top[i].score)]++;
    for (size_t i = 0; i < s->n_bins; i++) {
        double width = (double)(s->bins_high - s->bins_low) / (double)s->n_bins;
        double centre = (double)s->bins_low + ((double)i + 0.5) * width;
        impostor[bar_of(h, centre)] += (double)s->bins[i];
    }
}

static void put_bar(struct lw_histogram *h, size_t bar, double genuine, double impostor,
                    const struct lw_scores *s)
{
    double width = (h->high - h->low) / LW_HISTOGRAM_BARS;
    double g = s->n_genuine ? genuine / (double)s->n_genuine : 0;
    double i = s->n_top ? impostor / (double)((int64_t)s->n_top + s->below) : 0;
    for (size_t side = 0; side < 2; side++) {
        size_t at = 2 * bar + side;
        h->x[at] = h->low + width * (double)(bar + side);
        h->genuine[at] = g;
        h->impostor[at] = i;
        h->genuine_count[at] = genuine > 0 ? genuine : 0.5;
        h->impostor_count[at] = impostor > 0 ? impostor : 0.5;
    }
    h->genuine_most = fmax(h->genuine_most, g);
    h->impostor_most = fmax(h->impostor_most, i);
}

void lw_histogram_fill(struct lw_histogram *h, const struct lw_scores *s)
{
    double genuine[LW_HISTOGRAM_BARS] = {0}, impostor[LW_HISTOGRAM_BARS] = {0};
    *h = (struct lw_histogram){0};
    find_range(h, s);
    count_scores(h, s, genuine, impostor);
    for (size_t bar = 0; bar < LW_HISTOGRAM_BARS; bar++)
        put_bar(h, bar, genuine[bar], impostor[bar], s);
}
