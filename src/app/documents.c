#include "app/documents.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/parallel.h"
#include "doc/mrz.h"
#include "img/codec.h"

struct load {
    struct lw_documents *docs;
    struct lw_facekit *kit;
    const struct lw_bundle *bundle;
    const char *dir;
    struct lw_why why[LW_BUNDLE_DOCUMENTS_MAX];
};

static void add_finding(struct lw_document_outcome *d, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
static void add_finding(struct lw_document_outcome *d, const char *fmt, ...)
{
    if (d->n_findings == LW_DOCUMENT_FINDINGS_MAX)
        return;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(d->findings[d->n_findings++], LW_FINDING_TEXT, fmt, ap);
    va_end(ap);
}

static int find_inside(struct load *l, size_t i, char **path, struct lw_why *why)
{
    int r = lw_path_join(l->dir, l->bundle->documents[i].path, path, why);
    if (r < 0 || (r = lw_path_inside(l->dir, *path, why)) < 0)
        lw_why_prefix(why, "%s", l->bundle->documents[i].path);
    return r;
}

static int load_portrait(struct load *l, size_t i, struct lw_why *why)
{
    LW_AUTO_MEM(char) path = NULL;
    int r = find_inside(l, i, &path, why);
    if (r < 0)
        return r;
    struct lw_image **portrait = &l->docs->portrait[i];
    r = lw_image_load(portrait, path, NULL, why);
    if (r < 0)
        return r;
    struct lw_face face;
    r = lw_facekit_portrait(l->kit, *portrait, &face, &l->docs->tmpl[i], why);
    if (r == 0)
        add_finding(&l->docs->found[i], "portrait:no_face");
    return r;
}

static int read_mrz(struct load *l, size_t i, struct lw_why *why)
{
    const struct lw_bundle_document *d = &l->bundle->documents[i];
    char text[LW_MRZ_LINES_MAX * LW_MRZ_LINE + LW_MRZ_LINES_MAX + 1];
    size_t n = 0;
    struct lw_paper *paper = &l->docs->paper[i];
    const struct lw_mrz *mrz = &paper->mrz;
    for (size_t k = 0; k < d->n_mrz; k++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s\n", d->mrz[k]);
    if (n == 0)
        return LW_OK;
    int r = lw_mrz_parse(&paper->mrz, (struct lw_span){(const uint8_t *)text, n},
                         l->bundle->opened_utc_us, why);
    if (r < 0) {
        lw_why_prefix(why, "mrz");
        return r;
    }
    paper->has_mrz = true;
    for (size_t f = 0; f < mrz->n_findings; f++)
        add_finding(&l->docs->found[i], "mrz:%s:%s", lw_mrz_field_name(mrz->findings[f].field),
                    lw_mrz_rule_name(mrz->findings[f].rule));
    return LW_OK;
}

static int load_one(void *ctx, size_t i, unsigned worker)
{
    LW_UNUSED(worker);
    struct load *l = ctx;
    const struct lw_bundle_document *d = &l->bundle->documents[i];
    LW_AUTO_MEM(char) path = NULL;
    int r = read_mrz(l, i, &l->why[i]);
    if (r < 0 || d->opted_out)
        return r;
    if (d->kind == LW_DOCUMENT_LDS) {
        if ((r = find_inside(l, i, &path, &l->why[i])) < 0)
            return r;
        add_finding(&l->docs->found[i], "lds:not_supported");
        return LW_OK;
    }
    return lw_mini(load_portrait(l, i, &l->why[i]), LW_OK);
}

int lw_documents_load(struct lw_documents **out, struct lw_facekit *kit,
                      const struct lw_bundle *bundle, const char *dir, unsigned threads,
                      struct lw_why *why)
{
    LW_AUTO(lw_documents) docs = calloc(1, sizeof(*docs));
    if (!docs)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory for documents");
    docs->n = bundle->n_documents;
    struct load load = {.docs = docs, .kit = kit, .bundle = bundle, .dir = dir};
    int r = lw_parallel(docs->n, threads, load_one, &load);
    for (size_t i = 0; r < 0 && i < docs->n; i++)
        if (load.why[i].code == r) {
            if (why)
                *why = load.why[i];
            lw_why_prefix(why, "%s: document %s", dir, bundle->documents[i].id);
            return r;
        }
    if (r < 0)
        return lw_why_set(why, r, -1, "documents cannot be read");
    *out = docs;
    docs = NULL;
    return LW_OK;
}

void lw_documents_free(struct lw_documents **d)
{
    if (!*d)
        return;
    for (size_t i = 0; i < (*d)->n; i++) {
        lw_image_unref(&(*d)->portrait[i]);
        lw_template_free(&(*d)->tmpl[i]);
    }
    free(*d);
    *d = NULL;
}
