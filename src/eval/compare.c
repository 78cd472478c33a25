#include "eval/compare.h"

#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "base/rng.h"
#include "eval/similarity.h"

/* A growing list of comparisons. */
struct list {
    struct lw_comparison *v;
    size_t n, cap;
};

static int list_put(struct list *l, float score, uint32_t a, uint32_t b)
{
    if (l->n == l->cap) {
        size_t cap = l->cap ? 2 * l->cap : 4096;
        struct lw_comparison *v = realloc(l->v, cap * sizeof(*v));
        if (!v)
            return LW_ENOMEM;
        l->v = v;
        l->cap = cap;
    }
    l->v[l->n++] = (struct lw_comparison){score, a, b};
    return LW_OK;
}

/* What one thread found. */
enum kind { GENUINE, IMPOSTOR, KINDS };
struct share {
    struct list kept[KINDS];
    int64_t *bins, below;
    char pad[64]; /* shares do not lie in one cache line */
};

struct comparing {
    const struct lw_photos *photos;
    struct lw_matcher *matcher;
    uint32_t *acquired;    /* the photos with a template, in order */
    size_t n;              /* of them */
    size_t *end;           /* for each of them: the first one of the next person */
    bool bin;              /* false: every score is kept */
    struct lw_scores form; /* bins_low, bins_high, n_bins as the result will have them */
    struct share *shares;
    unsigned threads;
};

/* Impostor scores of row i against columns j0 and on. */
static int take_impostors(const struct comparing *c, struct share *s, size_t i, size_t j0,
                          const float *score, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        if (c->bin && score[k] < c->form.bins_high) {
            s->bins[lw_scores_bin(&c->form, score[k])]++;
            s->below++;
        } else if (list_put(&s->kept[IMPOSTOR], score[k], c->acquired[i], c->acquired[j0 + k]) <
                   0) {
            return LW_ENOMEM;
        }
    }
    return LW_OK;
}

static int take_scores(void *ctx, unsigned worker, size_t i, size_t j0, const float *score,
                       size_t n)
{
    const struct comparing *c = ctx;
    struct share *s = &c->shares[worker];
    size_t k = 0;
    for (; k < n && j0 + k < c->end[i]; k++)
        if (list_put(&s->kept[GENUINE], score[k], c->acquired[i], c->acquired[j0 + k]) < 0)
            return LW_ENOMEM;
    return take_impostors(c, s, i, j0 + k, score + k, n - k);
}

static const struct lw_template *template_of(const struct comparing *c, size_t i)
{
    return c->photos->v[c->acquired[i]].tmpl;
}

/* One row through the matcher's own compare(). */
static int compare_row(void *ctx, size_t i, unsigned worker)
{
    const struct comparing *c = ctx;
    enum { RUN = 256 };
    float score[RUN];
    for (size_t j0 = i + 1; j0 < c->n; j0 += RUN) {
        size_t n = c->n - j0 < RUN ? c->n - j0 : RUN;
        for (size_t k = 0; k < n; k++) {
            int r = lw_matcher_compare(c->matcher, template_of(c, i), template_of(c, j0 + k),
                                       &score[k], NULL);
            if (r < 0)
                return r;
        }
        int r = take_scores(ctx, worker, i, j0, score, n);
        if (r < 0)
            return r;
    }
    return LW_OK;
}

static int compare_vectors(struct comparing *c, size_t dim)
{
    LW_AUTO(lw_simset) set = NULL;
    LW_AUTO_MEM(float) v = malloc((c->n * dim + 1) * sizeof(*v));
    if (!v)
        return LW_ENOMEM;
    for (size_t i = 0; i < c->n; i++)
        memcpy(v + i * dim, template_of(c, i)->data, dim * sizeof(*v));
    int r = lw_simset_new(&set, &(struct lw_vectors){v, c->n, dim, dim}, NULL);
    lw_wipe(v, c->n * dim * sizeof(*v));
    return r < 0 ? r : lw_simset_all(set, c->threads, take_scores, c);
}

static int compare_all(struct comparing *c)
{
    size_t dim = lw_matcher_unit_vector_dim(c->matcher);
    return dim ? compare_vectors(c, dim) : lw_parallel(c->n, c->threads, compare_row, c);
}

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Where to cut, from a sample of the impostor scores: about `share` of them lie above. */
static int choose_bins(struct comparing *c, double share)
{
    enum { SAMPLE = 200000 };
    struct lw_rng rng = lw_rng_seed(1);
    LW_AUTO_MEM(float) v = malloc(SAMPLE * sizeof(*v));
    size_t n = 0;
    if (!v)
        return LW_ENOMEM;
    while (n < SAMPLE) {
        size_t i = lw_rng_below(&rng, (uint32_t)c->n), j = lw_rng_below(&rng, (uint32_t)c->n);
        if (c->photos->v[c->acquired[i]].person == c->photos->v[c->acquired[j]].person)
            continue;
        int r = lw_matcher_compare(c->matcher, template_of(c, i), template_of(c, j), &v[n++], NULL);
        if (r < 0)
            return r;
    }
    qsort(v, n, sizeof(*v), by_value);
    size_t cut = (size_t)((1 - share) * (double)n);
    c->form.bins_low = v[0];
    c->form.bins_high = v[cut < n ? cut : n - 1];
    c->form.n_bins = LW_COMPARE_BINS;
    c->bin = c->form.bins_high > c->form.bins_low;
    return LW_OK;
}

static void comparing_clear(struct comparing *c)
{
    for (unsigned i = 0; c->shares && i < c->threads; i++) {
        for (size_t k = 0; k < KINDS; k++)
            free(c->shares[i].kept[k].v);
        free(c->shares[i].bins);
    }
    free(c->shares);
    free(c->acquired);
    free(c->end);
}

static int comparing_init(struct comparing *c)
{
    const struct lw_photos *p = c->photos;
    c->acquired = calloc(p->n + 1, sizeof(*c->acquired));
    c->end = calloc(p->n + 1, sizeof(*c->end));
    c->shares = calloc(c->threads, sizeof(*c->shares));
    if (!c->acquired || !c->end || !c->shares)
        return LW_ENOMEM;
    for (size_t i = 0; i < p->n; i++)
        if (p->v[i].tmpl)
            c->acquired[c->n++] = (uint32_t)i;
    for (size_t i = c->n; i-- > 0;) {
        bool last = i + 1 == c->n || p->v[c->acquired[i]].person != p->v[c->acquired[i + 1]].person;
        c->end[i] = last ? i + 1 : c->end[i + 1];
    }
    for (unsigned i = 0; i < c->threads; i++) {
        c->shares[i].bins = calloc(LW_COMPARE_BINS, sizeof(int64_t));
        if (!c->shares[i].bins)
            return LW_ENOMEM;
    }
    return LW_OK;
}

/* Put the threads' lists into one, sorted. */
static int gather(struct comparing *c, enum kind kind, struct lw_comparison **out, size_t *n)
{
    size_t total = 0;
    for (unsigned i = 0; i < c->threads; i++)
        total += c->shares[i].kept[kind].n;
    struct lw_comparison *v = malloc((total + 1) * sizeof(*v));
    if (!v)
        return LW_ENOMEM;
    *out = v;
    *n = total;
    for (unsigned i = 0; i < c->threads; i++) {
        struct list *l = &c->shares[i].kept[kind];
        if (l->n)
            memcpy(v, l->v, l->n * sizeof(*v));
        v += l->n;
        free(l->v);
        *l = (struct list){0};
    }
    return lw_comparisons_sort(*out, total);
}

static int finish(struct comparing *c, struct lw_scores *s)
{
    int r = gather(c, GENUINE, &s->matches, &s->n_genuine);
    if (r == LW_OK)
        r = gather(c, IMPOSTOR, &s->top, &s->n_top);
    if (r < 0 || !c->bin)
        return r;
    s->bins_low = c->form.bins_low;
    s->bins_high = c->form.bins_high;
    s->n_bins = LW_COMPARE_BINS;
    s->bins = c->shares[0].bins;
    c->shares[0].bins = NULL;
    s->below = c->shares[0].below;
    for (unsigned i = 1; i < c->threads; i++) {
        s->below += c->shares[i].below;
        for (size_t b = 0; b < s->n_bins; b++)
            s->bins[b] += c->shares[i].bins[b];
    }
    return LW_OK;
}

static void count_comparisons(struct lw_scores *s, const struct lw_photos *p)
{
    int64_t n = (int64_t)p->n, of_person = 0;
    for (size_t i = 0; i < p->n; i++) {
        of_person = i > 0 && p->v[i].person == p->v[i - 1].person ? of_person + 1 : 0;
        s->genuine += of_person;
    }
    s->impostor = n * (n - 1) / 2 - s->genuine;
}

static int run(struct comparing *c, struct lw_scores *s, size_t keep)
{
    int r = comparing_init(c);
    bool several_people = c->n > 0 && c->end[0] < c->n;
    if (r == LW_OK && s->impostor > (int64_t)keep && several_people)
        r = choose_bins(c, (double)keep / (double)s->impostor);
    if (r == LW_OK)
        r = compare_all(c);
    return r == LW_OK ? finish(c, s) : r;
}

int lw_compare_photos(struct lw_scores *out, const struct lw_photos *p, struct lw_matcher *m,
                      const struct lw_compare_opts *opts, struct lw_why *why)
{
    const struct lw_compare_opts defaults = LW_COMPARE_DEFAULTS;
    if (!opts)
        opts = &defaults;
    if (opts->threads < 1 || opts->threads > 64 || opts->keep < 1000)
        return lw_why_set(why, LW_EINVAL, -1, "options out of range");
    struct lw_scores s = {0};
    struct comparing c = {.photos = p, .matcher = m, .threads = opts->threads};
    count_comparisons(&s, p);
    int r = run(&c, &s, opts->keep);
    comparing_clear(&c);
    if (r < 0) {
        lw_scores_clear(&s);
        return lw_why_set(why, r, -1, "templates cannot be compared: %s", lw_err_name(r));
    }
    *out = s;
    return LW_OK;
}
