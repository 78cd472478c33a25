#include "app/lanes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "eval/claims.h"

enum { CLAIMS_MAX = 100000, BUNDLES_MAX = 20000 };

static int no_memory(struct lw_why *why)
{
    return lw_why_set(why, LW_ENOMEM, -1, "no memory");
}

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* ---- the bundles ---- */

void lw_lanes_free(struct lw_lanes **l)
{
    if (!*l)
        return;
    for (size_t i = 0; i < (*l)->n; i++) {
        free((*l)->v[i].dir);
        free((*l)->v[i].name);
        lw_truth_free(&(*l)->v[i].truth);
    }
    free((*l)->v);
    free(*l);
    *l = NULL;
}

static int read_truth(struct lw_lane_bundle *v, struct lw_why *why)
{
    LW_AUTO_MEM(char) path = NULL;
    LW_AUTO_MEM(uint8_t) text = NULL;
    struct lw_bundle bundle;
    size_t n;
    if (asprintf(&path, "%s/crossing.json", v->dir) < 0)
        return no_memory(why);
    int r = lw_file_read(path, LW_BUNDLE_JSON_BYTES_MAX, &text, &n, why);
    if (r >= 0)
        r = lw_bundle_parse(&bundle, (struct lw_span){text, n}, why);
    if (r >= 0)
        r = lw_truth_parse(&v->truth, (struct lw_span){text, n}, &bundle, why);
    if (r < 0)
        lw_why_prefix(why, "%s", path);
    return r;
}

static int add_bundle(struct lw_lanes *l, const char *dir, const char *name, struct lw_why *why)
{
    LW_AUTO_MEM(char) path = NULL;
    if (asprintf(&path, "%s/%s", dir, name) < 0)
        return no_memory(why);
    if (!is_folder(path))
        return LW_OK;
    struct lw_lane_bundle *v = &l->v[l->n++];
    v->name = strdup(name);
    v->dir = path;
    path = NULL;
    return v->name ? read_truth(v, why) : no_memory(why);
}

int lw_lanes_open(struct lw_lanes **out, const char *dir, struct lw_why *why)
{
    struct lw_names names = {0};
    LW_AUTO(lw_lanes) l = calloc(1, sizeof(*l));
    if (!l)
        return no_memory(why);
    int r = lw_names_list(&names, dir, BUNDLES_MAX, why);
    if (r < 0) {
        lw_why_prefix(why, "%s", dir);
        return r;
    }
    l->v = calloc(names.n + 1, sizeof(*l->v));
    if (!l->v)
        r = no_memory(why);
    for (size_t i = 0; r >= 0 && i < names.n; i++)
        r = add_bundle(l, dir, names.v[i], why);
    lw_names_clear(&names);
    if (r >= 0 && l->n == 0)
        r = lw_why_set(why, LW_EFORMAT, -1, "%s: has no folder DIR/bundle/crossing.json", dir);
    if (r < 0)
        return r;
    *out = l;
    l = NULL;
    return LW_OK;
}

/* ---- one way through them ---- */

int lw_lane_pass_new(struct lw_lane_pass **out, size_t n)
{
    LW_AUTO(lw_lane_pass) p = calloc(1, sizeof(*p));
    if (!p)
        return LW_ENOMEM;
    p->results = calloc(n + 1, sizeof(struct lw_crossing_result *));
    p->scores = calloc(n + 1, sizeof(*p->scores));
    p->cpu_ms = calloc(n + 1, sizeof(*p->cpu_ms));
    if (!p->results || !p->scores || !p->cpu_ms)
        return LW_ENOMEM;
    p->n = n;
    *out = p;
    p = NULL;
    return LW_OK;
}

void lw_lane_pass_free(struct lw_lane_pass **p)
{
    if (!*p)
        return;
    for (size_t i = 0; i < (*p)->n; i++)
        lw_crossing_result_free(&(*p)->results[i]);
    free((*p)->results);
    free((*p)->scores);
    free((*p)->cpu_ms);
    free(*p);
    *p = NULL;
}

int lw_lane_pass_take(struct lw_lane_pass *p, const struct lw_lanes *lanes, size_t i,
                      struct lw_crossing_result **result, struct lw_why *why)
{
    p->results[i] = *result;
    *result = NULL;
    int r = lw_vehicle_score(&p->scores[i], &p->results[i]->bundle, lanes->v[i].truth,
                             &p->results[i]->outcome, why);
    if (r < 0)
        lw_why_prefix(why, "%s", lanes->v[i].dir);
    return r;
}

int lw_lane_pass_run(struct lw_lane_pass *p, const struct lw_lanes *lanes, size_t i,
                     struct lw_facekit *kit, const struct lw_crossing_opts *opts,
                     struct lw_why *why)
{
    LW_AUTO(lw_crossing_result) result = NULL;
    const int64_t cpu = lw_cpu_ns();
    int r = lw_crossing_run(&result, kit, lanes->v[i].dir, opts, why);
    p->cpu_ms[i] = (double)(lw_cpu_ns() - cpu) / (double)LW_MS;
    return r < 0 ? r : lw_lane_pass_take(p, lanes, i, &result, why);
}

/* ---- claims on documents of others ---- */

static int list_claims(const struct lw_lane_pass *p, const struct lw_lane_pass *papers,
                       const struct lw_lanes *lanes, struct lw_claim **claims, size_t *n)
{
    LW_AUTO_MEM(struct lw_claim_vehicle) v = calloc(p->n + 1, sizeof(*v));
    if (!v)
        return LW_ENOMEM;
    for (size_t i = 0; i < p->n; i++) {
        const struct lw_crossing_result *r = papers->results[i];
        v[i] = (struct lw_claim_vehicle){.score = &p->scores[i],
                                         .truth = lanes->v[i].truth,
                                         .n_documents = r->bundle.n_documents};
        for (size_t d = 0; d < v[i].n_documents; d++)
            v[i].usable[d] = r->templates.documents[d];
    }
    return lw_claims_list(claims, n, v, p->n, CLAIMS_MAX);
}

/* Is the claim accepted? Only who was captured is compared at all. */
static int try_claim(const struct lw_lane_pass *p, const struct lw_lane_pass *papers,
                     const struct lw_claim *c, struct lw_matcher *matcher, struct lw_why *why)
{
    const struct lw_crossing_result *v = p->results[c->vehicle];
    const struct lw_template *face = v->templates.occupants[c->occupant];
    float score = -INFINITY;
    if (face && v->outcome.occupants[c->occupant].captured) {
        int r = lw_matcher_compare(matcher, face,
                                   papers->results[c->of_vehicle]->templates.documents[c->document],
                                   &score, why);
        if (r < 0)
            return r;
    }
    return score >= papers->results[c->vehicle]->outcome.threshold;
}

int lw_lane_pass_claims(struct lw_lane_pass *p, const struct lw_lane_pass *papers,
                        const struct lw_lanes *lanes, struct lw_matcher *matcher,
                        struct lw_why *why)
{
    LW_AUTO_MEM(struct lw_claim) claims = NULL;
    size_t n;
    if (list_claims(p, papers, lanes, &claims, &n) < 0)
        return no_memory(why);
    for (size_t i = 0; i < n; i++) {
        int r = try_claim(p, papers, &claims[i], matcher, why);
        if (r < 0)
            return r;
        lw_vehicle_add_claim(&p->scores[claims[i].vehicle], r > 0);
    }
    return LW_OK;
}

/* ---- times ---- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int lw_lane_pass_times(struct lw_lane_times *out, const struct lw_lane_pass *p)
{
    LW_AUTO_MEM(double) answers = calloc(p->n + 1, sizeof(*answers));
    if (!answers)
        return LW_ENOMEM;
    *out = (struct lw_lane_times){0};
    for (size_t i = 0; i < p->n; i++) {
        const struct lw_crossing_timing *t = &p->results[i]->timing;
        answers[i] = t->answer_ms;
        out->cpu_ms_per_vehicle += p->cpu_ms[i] / (double)p->n;
        out->wall_ms_per_vehicle += t->total_ms / (double)p->n;
    }
    qsort(answers, p->n, sizeof(*answers), by_value);
    out->answer_p50_ms = (answers[(p->n - 1) / 2] + answers[p->n / 2]) / 2;
    out->answer_p95_ms = answers[(size_t)ceil(0.95 * (double)p->n) - 1];
    return LW_OK;
}
