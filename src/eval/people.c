#include "eval/people.h"

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"

static int put_trial(struct lw_trial *t, struct lw_matcher *m, const struct lw_photo *a,
                     const struct lw_photo *b, uint8_t fold)
{
    *t = (struct lw_trial){-INFINITY, a->person == b->person, fold};
    return a->tmpl && b->tmpl ? lw_matcher_compare(m, a->tmpl, b->tmpl, &t->score, NULL) : LW_OK;
}

struct fold {
    const struct lw_photos *photos;
    struct lw_matcher *matcher;
    size_t from, to; /* photos */
    uint8_t number;
};

/* All genuine comparisons of the fold to t (NULL: only counted). */
static int put_genuine(const struct fold *f, struct lw_trial *t, size_t *n)
{
    const struct lw_photo *v = f->photos->v;
    *n = 0;
    for (size_t i = f->from; i < f->to; i++)
        for (size_t j = i + 1; j < f->to && v[j].person == v[i].person; j++, ++*n)
            if (t && put_trial(&t[*n], f->matcher, &v[i], &v[j], f->number) < 0)
                return LW_EINVAL;
    return LW_OK;
}

/* n impostor comparisons drawn from the fold, none where it has one person only. */
static int put_impostors(const struct fold *f, struct lw_trial *t, size_t *n)
{
    const struct lw_photo *v = f->photos->v;
    const struct lw_rng seed = lw_rng_seed(2);
    struct lw_rng rng = lw_rng_fork(&seed, f->number);
    const uint32_t photos = (uint32_t)(f->to - f->from);
    if (photos == 0 || v[f->from].person == v[f->to - 1].person)
        *n = 0;
    for (size_t k = 0; k < *n;) {
        const struct lw_photo *a = &v[f->from + lw_rng_below(&rng, photos)];
        const struct lw_photo *b = &v[f->from + lw_rng_below(&rng, photos)];
        if (a->person == b->person)
            continue;
        if (put_trial(&t[k++], f->matcher, a, b, f->number) < 0)
            return LW_EINVAL;
    }
    return LW_OK;
}

static int put_fold(const struct fold *f, struct lw_trial *t, size_t *n)
{
    size_t genuine;
    int r = put_genuine(f, t, &genuine);
    *n = genuine;
    if (r == LW_OK)
        r = put_impostors(f, t + genuine, n);
    *n += genuine;
    return r;
}

static struct fold nth_fold(const struct lw_photos *p, struct lw_matcher *m, uint8_t number)
{
    struct fold f = {.photos = p, .matcher = m, .number = number};
    const size_t first = number * p->people / LW_FOLDS, next = (number + 1u) * p->people / LW_FOLDS;
    while (f.from < p->n && p->v[f.from].person < first)
        f.from++;
    for (f.to = f.from; f.to < p->n && p->v[f.to].person < next;)
        f.to++;
    return f;
}

int lw_compare_folds(struct lw_trial **trials, size_t *n, const struct lw_photos *p,
                     struct lw_matcher *m, struct lw_why *why)
{
    size_t total = 0, used = 0, count = 0;
    for (uint8_t k = 0; k < LW_FOLDS; k++) {
        const struct fold f = nth_fold(p, m, k);
        put_genuine(&f, NULL, &count);
        total += 2 * count;
    }
    struct lw_trial *t = calloc(total + 1, sizeof(*t));
    if (!t)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    int r = LW_OK;
    for (uint8_t k = 0; r == LW_OK && k < LW_FOLDS; k++) {
        const struct fold f = nth_fold(p, m, k);
        r = put_fold(&f, t + used, &count);
        used += count;
    }
    if (r < 0) {
        free(t);
        return lw_why_set(why, r, -1, "templates cannot be compared");
    }
    *trials = t;
    *n = used;
    return LW_OK;
}

int lw_people_init(struct lw_people *out, const struct lw_photos *p)
{
    struct lw_people q = {.of_photo = calloc(p->n + 1, sizeof(uint32_t)),
                          .genuine = calloc(p->people + 1, sizeof(uint32_t)),
                          .photos = calloc(p->people + 1, sizeof(uint32_t))};
    if (!q.of_photo || !q.genuine || !q.photos) {
        lw_people_clear(&q);
        return LW_ENOMEM;
    }
    for (size_t i = 0; i < p->n; i++) {
        uint32_t person = p->v[i].person;
        q.of_photo[i] = person;
        q.genuine[person] += q.photos[person]++;
    }
    q.units = (struct lw_units){.n = p->people,
                                .n_items = p->n,
                                .of_item = q.of_photo,
                                .genuine = q.genuine,
                                .photos = q.photos};
    *out = q;
    return LW_OK;
}

void lw_people_clear(struct lw_people *p)
{
    free(p->of_photo);
    free(p->genuine);
    free(p->photos);
    *p = (struct lw_people){0};
}
