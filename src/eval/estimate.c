/* One walk down both score lists gives everything. For the genuine score j, counted from the top,
 *
 *     gt[j], ge[j]   weight of the impostor scores above it, and at or above it
 *     M[j]           weight of the genuine scores down to and including it
 *
 * Then genuine comparison j is still matched at FMR f exactly if ge[j] <= f * W_impostor; AUC is
 * the sum of w[j] * (W_impostor - (gt[j] + ge[j]) / 2); and EER lies where ge / W_impostor passes
 * 1 - M / W_genuine. With all weights 1 that is the estimate, with drawn weights one replicate.
 * Where impostor scores are in bins only, those in the bin of a genuine score count half. */
#include "eval/estimate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "base/rng.h"

const double lw_fmr_targets[LW_FMR_TARGETS] = {0.1, 0.01, 0.001, 0.0005, 0.0001};
const char *const lw_fmr_target_names[LW_FMR_TARGETS] = {"0.1", "0.01", "0.001", "0.0005",
                                                         "0.0001"};

/* The FMRs at which a walk reads FNMR: the targets, then the band. */
enum { GRID = LW_FMR_TARGETS + LW_BAND_POINTS };

/* Where a genuine score stands among the impostor scores; the same in every replicate. */
struct place {
    size_t gt, ge; /* how many of the kept ones are above, at or above */
    double rest;   /* share of the binned ones that is above, half of its own bin included */
};

struct walk {
    const struct lw_scores *s;
    const struct lw_units *units;
    const struct place *places; /* one for each kept genuine score */
    double fmr[GRID];
    uint8_t falling[GRID]; /* indices of fmr by falling value */
};

struct outcome {
    double auc;
    double eer, eer_fmr, eer_fnmr; /* the mean, and the two that it is the mean of */
    float eer_threshold;
    double fnmr[GRID];
};

/* How often each unit was drawn, and with it each item. */
struct draw {
    uint32_t *unit, *item;
};

struct totals {
    double genuine, impostor;
};

static struct totals weigh_all(const struct lw_units *u, const uint32_t *w)
{
    struct totals t = {0, 0};
    double sum = 0, squares = 0;
    for (size_t i = 0; i < u->n; i++) {
        t.genuine += (double)w[i] * u->genuine[i];
        if (u->impostor)
            t.impostor += (double)w[i] * u->impostor[i];
        if (u->photos) {
            double p = (double)w[i] * u->photos[i];
            sum += p;
            squares += p * p;
        }
    }
    t.impostor += (sum * sum - squares) / 2;
    return t;
}

/* How far down the walk is: impostor scores passed, and the weights of what matches there. */
struct position {
    size_t at;
    double false_matches, matches;
};

static void pass(const struct walk *k, const uint32_t *item, struct position *p, size_t to)
{
    uint64_t sum = 0;
    for (; p->at < to; p->at++) {
        const struct lw_comparison *c = &k->s->top[p->at];
        sum += c->a == c->b ? item[c->a] : (uint64_t)item[c->a] * item[c->b];
    }
    p->false_matches += (double)sum;
}

/* Keeps the threshold at which FMR and FNMR differ least. */
struct crossing {
    const struct totals *all;
    double least;
    bool done; /* FMR has reached FNMR: lower thresholds are worse */
    struct outcome *out;
};

static void offer(struct crossing *x, double false_matches, double matches, float threshold)
{
    double fmr = false_matches / x->all->impostor;
    double fnmr = 1 - matches / x->all->genuine;
    if (fabs(fmr - fnmr) < x->least) {
        x->least = fabs(fmr - fnmr);
        x->out->eer_fmr = fmr;
        x->out->eer_fnmr = fnmr;
        x->out->eer_threshold = threshold;
    }
    x->done = fmr >= fnmr;
}

/* Move on to the impostor score `to`, above the next genuine one. FMR only grows on the way, so
 * that the last threshold is the best one unless FMR passes FNMR before it. */
static void advance(struct crossing *x, const struct walk *k, const uint32_t *item,
                    struct position *p, size_t to)
{
    struct position step = *p;
    if (to == p->at)
        return;
    pass(k, item, p, to);
    if (x->done)
        return;
    if (p->false_matches / x->all->impostor < 1 - p->matches / x->all->genuine) {
        offer(x, p->false_matches, p->matches, k->s->top[to - 1].score);
        return;
    }
    while (step.at < to && !x->done) {
        float score = k->s->top[step.at].score;
        size_t next = step.at + 1;
        while (next < to && k->s->top[next].score == score)
            next++;
        pass(k, item, &step, next);
        offer(x, step.false_matches, step.matches, score);
    }
}

/* Weight of the binned impostor scores: theirs is not known one by one. */
static double binned_weight(const struct lw_scores *s, const struct totals *all, double kept)
{
    return (all->impostor - kept) * (double)s->below / (double)(s->impostor - (int64_t)s->n_top);
}

/* The weight of false matches that the i-th largest FMR allows. */
static double fmr_weight(const struct walk *k, size_t i, const struct totals *all)
{
    return k->fmr[k->falling[i]] * all->impostor * (1 + 1e-12);
}

static void walk_down(const struct walk *k, const struct draw *w, struct outcome *out)
{
    const struct lw_scores *s = k->s;
    const struct totals all = weigh_all(k->units, w->unit);
    struct position p = {0, 0, 0};
    struct crossing x = {.all = &all, .least = INFINITY, .out = out};
    double matched_at[GRID], wins = 0, above = 0;
    size_t open = GRID; /* the FMRs that thresholds further down may still keep */
    offer(&x, 0, 0, INFINITY);
    for (size_t j = 0; j < s->n_genuine; j++) {
        const struct place *place = &k->places[j];
        if (j == 0 || s->matches[j - 1].score > s->matches[j].score) {
            advance(&x, k, w->item, &p, place->gt);
            above = p.false_matches;
        }
        pass(k, w->item, &p, place->ge);
        double from = p.false_matches;
        if (place->rest > 0) {
            from += place->rest * binned_weight(s, &all, p.false_matches);
            above = from;
        }
        double weight = w->unit[k->units->of_item[s->matches[j].a]];
        for (; open > 0 && from > fmr_weight(k, open - 1, &all); open--)
            matched_at[k->falling[open - 1]] = p.matches;
        p.matches += weight;
        wins += weight * (all.impostor - (above + from) / 2);
        bool last_of_equals =
            j + 1 == s->n_genuine || s->matches[j + 1].score < s->matches[j].score;
        if (!x.done && last_of_equals)
            offer(&x, from, p.matches, s->matches[j].score);
    }
    for (; open > 0; open--)
        matched_at[k->falling[open - 1]] = p.matches;
    advance(&x, k, w->item, &p, s->n_top);
    double unscored = (double)(s->impostor - (int64_t)s->n_top - s->below) / (double)s->impostor;
    wins += (all.genuine - p.matches) * all.impostor * unscored / 2;
    out->auc = wins / (all.genuine * all.impostor);
    out->eer = (out->eer_fmr + out->eer_fnmr) / 2;
    for (size_t g = 0; g < GRID; g++)
        out->fnmr[g] = 1 - matched_at[g] / all.genuine;
}

static size_t count_top(const struct lw_scores *s, float score, bool or_equal)
{
    size_t lo = 0, hi = s->n_top;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (s->top[mid].score > score || (or_equal && s->top[mid].score == score))
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static void place_in_bins(const struct lw_scores *s, float score, struct place *p)
{
    int64_t above = 0;
    size_t bin = lw_scores_bin(s, score);
    for (size_t i = bin + 1; i < s->n_bins; i++)
        above += s->bins[i];
    p->rest = ((double)above + (double)s->bins[bin] / 2) / (double)(s->below ? s->below : 1);
}

static int find_places(const struct lw_scores *s, struct place **out)
{
    struct place *places = calloc(s->n_genuine + 1, sizeof(*places));
    if (!places)
        return LW_ENOMEM;
    for (size_t j = 0; j < s->n_genuine; j++) {
        float score = s->matches[j].score;
        places[j].gt = count_top(s, score, false);
        places[j].ge = count_top(s, score, true);
        if (s->n_bins && score < s->bins_high)
            place_in_bins(s, score, &places[j]);
    }
    *out = places;
    return LW_OK;
}

struct bootstrap {
    const struct walk *walk;
    struct lw_rng rng;
    struct draw *draws;       /* one for each worker */
    struct outcome *outcomes; /* one for each replicate */
};

static void draw_units(const struct lw_units *u, struct lw_rng rng, struct draw *d)
{
    memset(d->unit, 0, u->n * sizeof(*d->unit));
    for (size_t i = 0; i < u->n; i++)
        d->unit[lw_rng_below(&rng, (uint32_t)u->n)]++;
    for (size_t i = 0; i < u->n_items; i++)
        d->item[i] = d->unit[u->of_item[i]];
}

static int run_replicate(void *ctx, size_t i, unsigned worker)
{
    struct bootstrap *b = ctx;
    struct draw *d = &b->draws[worker];
    draw_units(b->walk->units, lw_rng_fork(&b->rng, i), d);
    walk_down(b->walk, d, &b->outcomes[i]);
    return LW_OK;
}

static void draws_clear(struct draw *d, unsigned n)
{
    for (unsigned i = 0; d && i < n; i++) {
        free(d[i].unit);
        free(d[i].item);
    }
    free(d);
}

/* n draws in which every unit counts once. */
static int draws_new(struct draw **out, unsigned n, const struct lw_units *u)
{
    struct draw *d = calloc(n, sizeof(*d));
    for (unsigned i = 0; d && i < n; i++) {
        d[i].unit = calloc(u->n + 1, sizeof(uint32_t));
        d[i].item = calloc(u->n_items + 1, sizeof(uint32_t));
        if (!d[i].unit || !d[i].item) {
            draws_clear(d, n);
            return LW_ENOMEM;
        }
        for (size_t k = 0; k < u->n; k++)
            d[i].unit[k] = 1;
        for (size_t k = 0; k < u->n_items; k++)
            d[i].item[k] = 1;
    }
    *out = d;
    return d ? LW_OK : LW_ENOMEM;
}

/* The 95 % interval of one number of the outcomes; replicates without any comparison of a kind have
 * no number. */
static void interval_of(const struct outcome *o, size_t n, size_t offset, double *scratch,
                        double *low, double *high)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        double x = *(const double *)(const void *)((const char *)&o[i] + offset);
        if (isfinite(x))
            scratch[kept++] = x;
    }
    lw_percentile_interval(scratch, kept, low, high);
}

static void set_points(struct lw_estimates *out, const struct lw_scores *s, const struct outcome *o)
{
    const double g = (double)s->genuine, i = (double)s->impostor;
    out->eer = lw_rate_of(round(o->eer_fmr * i) * g + round(o->eer_fnmr * g) * i, 2 * g * i);
    out->auc = lw_rate_of(round(2 * o->auc * g * i) / 2, g * i);
    out->eer_threshold = o->eer_threshold;
    for (size_t t = 0; t < LW_FMR_TARGETS; t++) {
        bool known = s->impostor > 0;
        out->fnmr[t] = known ? lw_rate_of(round(o->fnmr[t] * g), g) : lw_rate_of(0, 0);
        out->threshold[t] =
            known ? lw_scores_threshold(s, lw_scores_allowed(s, lw_fmr_targets[t])) : NAN;
        out->false_matches[t] = known ? lw_scores_impostor_at(s, (double)out->threshold[t]) : 0;
    }
}

/* EER and AUC are no counts: Wilson's interval stands in only where all replicates are the same,
 * and then as if the rarer kind of comparison were all there is. */
static void set_interval(struct lw_rate *r, double low, double high, int64_t rarer)
{
    if (!(low < high)) {
        struct lw_rate w = lw_rate_of(r->value * (double)rarer, (double)rarer);
        low = w.low;
        high = w.high;
    }
    r->low = low;
    r->high = high;
}

static void set_intervals(struct lw_estimates *out, const struct lw_scores *s,
                          const struct outcome *o, size_t n, double *scratch)
{
    double low, high;
    int64_t rarer = s->genuine < s->impostor ? s->genuine : s->impostor;
    interval_of(o, n, offsetof(struct outcome, eer), scratch, &low, &high);
    set_interval(&out->eer, low, high, rarer);
    interval_of(o, n, offsetof(struct outcome, auc), scratch, &low, &high);
    set_interval(&out->auc, low, high, rarer);
    for (size_t g = 0; g < GRID; g++) {
        interval_of(o, n, offsetof(struct outcome, fnmr) + g * sizeof(double), scratch, &low,
                    &high);
        if (g < LW_FMR_TARGETS) {
            lw_rate_widen(&out->fnmr[g], low, high);
        } else {
            out->band_low[g - LW_FMR_TARGETS] = low;
            out->band_high[g - LW_FMR_TARGETS] = high;
        }
    }
}

/* From 0.3 down to one false match, in equal steps of the logarithm. */
static void set_grid(struct walk *k, struct lw_estimates *out)
{
    const double first = 0.3;
    double last = fmin(first, fmax(1 / fmax(1, (double)k->s->impostor), 1e-7));
    for (size_t g = 0; g < LW_FMR_TARGETS; g++)
        k->fmr[g] = lw_fmr_targets[g];
    for (size_t g = 0; g < LW_BAND_POINTS; g++) {
        double share = (double)g / (LW_BAND_POINTS - 1);
        out->band_fmr[g] = first * pow(last / first, share);
        k->fmr[LW_FMR_TARGETS + g] = out->band_fmr[g];
    }
    for (uint8_t i = 0; i < GRID; i++) {
        size_t at = i;
        for (; at > 0 && k->fmr[k->falling[at - 1]] < k->fmr[i]; at--)
            k->falling[at] = k->falling[at - 1];
        k->falling[at] = i;
    }
}

static int estimate(struct lw_estimates *out, struct bootstrap *b,
                    const struct lw_estimate_opts *opts)
{
    const struct walk *k = b->walk;
    struct outcome point = {0};
    double *scratch = calloc(opts->replicates + 1, sizeof(*scratch));
    b->outcomes = calloc(opts->replicates + 1, sizeof(*b->outcomes));
    int r = scratch && b->outcomes ? draws_new(&b->draws, opts->threads, k->units) : LW_ENOMEM;
    if (r == LW_OK) {
        walk_down(k, &b->draws[0], &point);
        r = lw_parallel(opts->replicates, opts->threads, run_replicate, b);
    }
    if (r == LW_OK) {
        set_points(out, k->s, &point);
        set_intervals(out, k->s, b->outcomes, opts->replicates, scratch);
    }
    draws_clear(b->draws, opts->threads);
    free(b->outcomes);
    free(scratch);
    return r;
}

int lw_estimate(struct lw_estimates *out, const struct lw_scores *scores,
                const struct lw_units *units, const struct lw_estimate_opts *opts)
{
    const struct lw_estimate_opts defaults = LW_ESTIMATE_DEFAULTS;
    if (!opts)
        opts = &defaults;
    if (units->n == 0 || opts->threads < 1 || opts->threads > 64 || opts->replicates > 10000)
        return LW_EINVAL;
    struct lw_estimates e = {0};
    struct place *places = NULL;
    int r = find_places(scores, &places);
    if (r < 0)
        return r;
    struct walk walk = {.s = scores, .units = units, .places = places};
    struct bootstrap b = {.walk = &walk, .rng = lw_rng_seed(opts->seed)};
    set_grid(&walk, &e);
    r = estimate(&e, &b, opts);
    free(places);
    if (r == LW_OK)
        *out = e;
    return r;
}
