#include "face/reference.h"

struct pieces {
    size_t n;
    const struct lw_template *t[LW_REFERENCE_PARTS_MAX];
    float weight[LW_REFERENCE_PARTS_MAX];
};

static void add(struct pieces *p, const struct lw_template *t)
{
    p->t[p->n] = t;
    p->weight[p->n++] = lw_maxf(t->quality, 1.0f);
}

/* Weighted mean of the similarities of the pieces to t. */
static int mean_similarity(float *out, struct lw_matcher *m, const struct pieces *p,
                           const struct lw_template *t, struct lw_why *why)
{
    double sum = 0, weights = 0;
    for (size_t i = 0; i < p->n; i++) {
        float score;
        int r = lw_matcher_compare(m, p->t[i], t, &score, why);
        if (r < 0)
            return r;
        sum += (double)p->weight[i] * (double)score;
        weights += (double)p->weight[i];
    }
    *out = (float)(sum / weights);
    return LW_OK;
}

int lw_reference_join(struct lw_reference *out, struct lw_matcher *m,
                      const struct lw_reference_parts *parts, float agree, struct lw_why *why)
{
    struct pieces p = {.n = 0};
    struct lw_reference ref = {.tmpl = NULL};
    float alike = agree;
    if (parts->n < 1 || parts->n >= LW_REFERENCE_PARTS_MAX)
        return lw_why_set(why, LW_EINVAL, -1, "1 to %d earlier templates are joined",
                          LW_REFERENCE_PARTS_MAX - 1);
    for (size_t i = 0; i < parts->n; i++)
        add(&p, parts->earlier[i]);
    int r = parts->portrait ? mean_similarity(&alike, m, &p, parts->portrait, why) : LW_OK;
    if (r < 0 || !(alike >= agree)) /* written so that NaN is unlike */
        return r;
    if (parts->portrait)
        add(&p, parts->portrait);
    if ((r = lw_matcher_fuse(m, p.t, p.weight, p.n, &ref.tmpl, why)) < 0)
        return r;
    if ((r = mean_similarity(&ref.unity, m, &p, ref.tmpl, why)) < 0) {
        lw_template_free(&ref.tmpl);
        return r;
    }
    *out = ref;
    return 1;
}
