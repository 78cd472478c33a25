#include "app/references.h"

#include <stdio.h>
#include <string.h>

#include "app/keep.h"
#include "img/codec.h"
#include "store/encounter.h"

enum { FUSED_MAX = LW_ENCOUNTERS_KEPT };

/* References and portrait of one person agree far better than that; people who have nothing to do
 * with each other do not in 99 of 100 cases. */
#define AGREE_FMR 0.01

struct adding {
    struct lw_references *refs;
    struct lw_documents *docs;
    struct lw_facekit *kit;
    struct lw_store *store;
    const struct lw_bundle *bundle;
    float agree; /* similarity */
    struct lw_why *why;
};

struct earlier {
    size_t n;
    struct lw_template *t[FUSED_MAX];
    float weight[FUSED_MAX];
};

static void clear(struct earlier *e)
{
    for (size_t i = 0; i < e->n; i++)
        lw_template_free(&e->t[i]);
}

static float weight_of(float quality)
{
    return lw_maxf(quality, 1.0f);
}

/* 1: *out is a template of the matcher in use; 0: it is of another one, or shows no face. */
static int open_one(const struct adding *a, const struct lw_encounter *e, struct lw_template **out)
{
    LW_AUTO(lw_image) im = NULL;
    LW_AUTO(lw_template) t = NULL;
    struct lw_face face;
    if (e->kind == LW_ITEM_PHOTO)
        return lw_image_decode(&im, e->bytes, NULL, NULL) == LW_OK
                   ? lw_facekit_portrait(a->kit, im, &face, out, a->why)
                   : 0;
    if (lw_template_parse(&t, e->bytes, NULL) < 0 ||
        strcmp(t->model, lw_matcher_model(lw_facekit_matcher(a->kit))) != 0)
        return 0;
    *out = t;
    t = NULL;
    return 1;
}

static int find(const struct adding *a, size_t d, enum lw_item kind, struct earlier *out)
{
    struct lw_encounters found = {.n = 0};
    const struct lw_encounter_claim claim = {.bundle = a->bundle,
                                             .document = d,
                                             .identified = lw_keep_identity(&a->docs->paper[d]),
                                             .kinds = 1u << kind,
                                             .max = FUSED_MAX};
    int r = lw_store_encounters_find(a->store, &claim, &found, a->why);
    for (size_t i = 0; r >= 0 && i < found.n && out->n < FUSED_MAX; i++) {
        r = open_one(a, &found.v[i], &out->t[out->n]);
        if (r == 1)
            out->weight[out->n++] = weight_of(found.v[i].quality);
    }
    lw_encounters_wipe(&found);
    return lw_mini(r, LW_OK);
}

/* Photos are looked at again where no template is of the network in use. */
static int find_any(const struct adding *a, size_t d, struct earlier *out)
{
    int r = find(a, d, LW_ITEM_TEMPLATE, out);
    return r < 0 || out->n ? r : find(a, d, LW_ITEM_PHOTO, out);
}

static void tell(struct lw_document_outcome *o, const char *finding)
{
    if (o->n_findings < LW_DOCUMENT_FINDINGS_MAX)
        snprintf(o->findings[o->n_findings++], LW_FINDING_TEXT, "%s", finding);
}

static int unlike(const struct adding *a, const struct lw_template *portrait,
                  const struct earlier *e, bool *yes)
{
    struct lw_matcher *m = lw_facekit_matcher(a->kit);
    LW_AUTO(lw_template) mean = NULL;
    float score;
    int r =
        lw_matcher_fuse(m, (const struct lw_template *const *)e->t, e->weight, e->n, &mean, a->why);
    if (r < 0 || (r = lw_matcher_compare(m, mean, portrait, &score, a->why)) < 0)
        return r;
    *yes = !(score >= a->agree);
    return LW_OK;
}

static int fuse(const struct adding *a, size_t d, const struct earlier *e)
{
    const struct lw_template *t[FUSED_MAX + 1];
    float weight[FUSED_MAX + 1];
    struct lw_template *fused = NULL, **own = &a->docs->tmpl[d];
    size_t n = 0;
    for (; n < e->n; n++) {
        t[n] = e->t[n];
        weight[n] = e->weight[n];
    }
    if (*own) {
        t[n] = *own;
        weight[n++] = weight_of((*own)->quality);
    }
    int r = lw_matcher_fuse(lw_facekit_matcher(a->kit), t, weight, n, &fused, a->why);
    if (r < 0)
        return r;
    a->refs->alone[d] = *own;
    a->refs->used[d] = e->n;
    *own = fused;
    return LW_OK;
}

static int add_one(const struct adding *a, size_t d)
{
    struct earlier e = {.n = 0};
    bool differ = false;
    int r = find_any(a, d, &e);
    if (r >= 0 && e.n > 0 && a->docs->tmpl[d])
        r = unlike(a, a->docs->tmpl[d], &e, &differ);
    if (r >= 0 && differ)
        tell(&a->docs->found[d], "references:unlike_portrait");
    else if (r >= 0 && e.n > 0)
        r = fuse(a, d, &e);
    clear(&e);
    return r;
}

int lw_references_add(struct lw_references *refs, struct lw_documents *docs, struct lw_facekit *kit,
                      struct lw_store *store, const struct lw_bundle *bundle, struct lw_why *why)
{
    struct adding a = {
        .refs = refs, .docs = docs, .kit = kit, .store = store, .bundle = bundle, .why = why};
    struct lw_matcher *m = lw_facekit_matcher(kit);
    if (!lw_matcher_unit_vector_dim(m))
        return LW_OK; /* opaque templates cannot be fused: the portrait alone decides */
    int r = lw_matcher_threshold_at(m, LW_COMPARED_STILLS, AGREE_FMR, &a.agree, why);
    for (size_t d = 0; r >= 0 && d < docs->n; d++)
        if (!bundle->documents[d].opted_out)
            r = add_one(&a, d);
    return lw_mini(r, LW_OK);
}

void lw_references_clear(struct lw_references *refs)
{
    for (size_t d = 0; d < LW_BUNDLE_DOCUMENTS_MAX; d++)
        lw_template_free(&refs->alone[d]);
}
