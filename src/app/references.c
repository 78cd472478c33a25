#include "app/references.h"

#include <stdio.h>
#include <string.h>

#include "app/keep.h"
#include "face/reference.h"
#include "img/codec.h"
#include "store/encounter.h"

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
    struct lw_template *t[LW_ENCOUNTERS_KEPT];
};
_Static_assert((int)LW_ENCOUNTERS_KEPT < (int)LW_REFERENCE_PARTS_MAX,
               "all that are kept can be joined to a portrait");

static void clear(struct earlier *e)
{
    for (size_t i = 0; i < e->n; i++)
        lw_template_free(&e->t[i]);
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
                                             .max = LW_ENCOUNTERS_KEPT};
    int r = lw_store_encounters_find(a->store, &claim, &found, a->why);
    for (size_t i = 0; r >= 0 && i < found.n && out->n < LW_ENCOUNTERS_KEPT; i++) {
        r = open_one(a, &found.v[i], &out->t[out->n]);
        out->n += r == 1;
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

/* The document's own template gives way to the joined one and is kept beside it. */
static void take(const struct adding *a, size_t d, size_t used, const struct lw_reference *joined)
{
    a->refs->alone[d] = a->docs->tmpl[d];
    a->refs->used[d] = used;
    a->refs->unity[d] = joined->unity;
    a->docs->tmpl[d] = joined->tmpl;
}

static int join(const struct adding *a, size_t d, const struct earlier *e)
{
    struct lw_reference joined;
    const struct lw_reference_parts parts = {.portrait = a->docs->tmpl[d],
                                             .earlier = (const struct lw_template *const *)e->t,
                                             .n = e->n};
    int r = lw_reference_join(&joined, lw_facekit_matcher(a->kit), &parts, a->agree, a->why);
    if (r == 1)
        take(a, d, e->n, &joined);
    else if (r == 0)
        tell(&a->docs->found[d], "references:unlike_portrait");
    return lw_mini(r, LW_OK);
}

static int add_one(const struct adding *a, size_t d)
{
    struct earlier e = {.n = 0};
    int r = find_any(a, d, &e);
    if (r >= 0 && e.n > 0)
        r = join(a, d, &e);
    clear(&e);
    return r;
}

void lw_references_weigh(const struct lw_references *refs, size_t n, float *score)
{
    for (size_t d = 0; d < n; d++)
        if (refs->used[d])
            score[d] *= refs->unity[d];
}

int lw_references_add(struct lw_references *refs, struct lw_documents *docs, struct lw_facekit *kit,
                      struct lw_store *store, const struct lw_bundle *bundle, struct lw_why *why)
{
    struct adding a = {
        .refs = refs, .docs = docs, .kit = kit, .store = store, .bundle = bundle, .why = why};
    struct lw_matcher *m = lw_facekit_matcher(kit);
    if (!lw_matcher_unit_vector_dim(m))
        return LW_OK; /* opaque templates cannot be joined: the portrait alone decides */
    int r = lw_matcher_threshold_at(m, LW_COMPARED_STILLS, LW_REFERENCE_AGREE_FMR, &a.agree, why);
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
