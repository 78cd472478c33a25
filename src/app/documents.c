#include "app/documents.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/parallel.h"

enum { PORTRAIT_BYTES_MAX = 64 << 20 };

struct load {
    struct lw_documents *docs;
    struct lw_facekit *kit;
    const struct lw_bundle *bundle;
    const char *dir;
    struct lw_decoder *decoder;
    bool trusted;
    struct lw_why why[LW_BUNDLE_DOCUMENTS_MAX];
};

static void tell_refusal(struct load *l, size_t i, const struct lw_refusal *no)
{
    lw_finding_add(&l->docs->found[i], "decoder_refused:%s", lw_refused_by_name(no->by));
}

static int find_inside(struct load *l, size_t i, char **path, struct lw_why *why)
{
    int r = lw_path_join(l->dir, l->bundle->documents[i].path, path, why);
    if (r < 0 || (r = lw_path_inside(l->dir, *path, why)) < 0)
        lw_why_prefix(why, "%s", l->bundle->documents[i].path);
    return r;
}

static int embed(struct load *l, size_t i, struct lw_why *why)
{
    struct lw_face face;
    int r = lw_facekit_portrait(l->kit, l->docs->portrait[i], &face, &l->docs->tmpl[i], why);
    if (r == 0)
        lw_finding_add(&l->docs->found[i], "portrait:no_face");
    return r;
}

static int load_picture(struct load *l, size_t i, const char *path, struct lw_why *why)
{
    LW_AUTO_MEM(uint8_t) data = NULL;
    struct lw_refusal no;
    size_t n = 0;
    int r = lw_file_read(path, PORTRAIT_BYTES_MAX, &data, &n, why);
    if (r >= 0)
        r = lw_decoder_image(l->decoder, (struct lw_span){data, n}, NULL, &l->docs->portrait[i],
                             &no, why);
    if (r == 0)
        tell_refusal(l, i, &no);
    if (r < 0)
        lw_why_prefix(why, "%s", path);
    return r > 0 ? embed(l, i, why) : r;
}

/* The chip's word counts, for it is signed; where something else was read from the page, that is
 * told. */
static void take_paper(struct load *l, size_t i, const struct lw_paper *chip)
{
    struct lw_paper *page = &l->docs->paper[i];
    if (page->has_mrz && strcmp(page->mrz.document_number, chip->mrz.document_number) != 0)
        lw_finding_add(&l->docs->found[i], "mrz:document_number:other_than_chip");
    *page = *chip;
}

static int load_chip(struct load *l, size_t i, const char *path, struct lw_why *why)
{
    const struct lw_chip_opts opts = {.decoder = l->decoder,
                                      .bundle_dir = l->dir,
                                      .trusted = l->trusted,
                                      .opted_out = l->bundle->documents[i].opted_out,
                                      .now_utc_us = l->bundle->opened_utc_us};
    struct lw_chip_document chip;
    int r = lw_chip_document_read(&chip, path, &opts, &l->docs->found[i], why);
    if (r < 0)
        return r;
    if (chip.paper.has_mrz)
        take_paper(l, i, &chip.paper);
    l->docs->portrait[i] = chip.portrait;
    return chip.portrait ? embed(l, i, why) : LW_OK;
}

static int read_mrz(struct load *l, size_t i, struct lw_why *why)
{
    const struct lw_bundle_document *d = &l->bundle->documents[i];
    char text[LW_MRZ_LINES_MAX * LW_MRZ_LINE + LW_MRZ_LINES_MAX + 1];
    size_t n = 0;
    struct lw_mrz_list list = {.n = 0};
    struct lw_refusal no;
    for (size_t k = 0; k < d->n_mrz; k++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s\n", d->mrz[k]);
    if (n == 0)
        return LW_OK;
    int r = lw_decoder_mrz(l->decoder, (struct lw_span){(const uint8_t *)text, n},
                           l->bundle->opened_utc_us, &list, &no, why);
    if (r == 0)
        tell_refusal(l, i, &no);
    if (r < 0)
        lw_why_prefix(why, "mrz");
    if (r > 0) {
        l->docs->paper[i] = (struct lw_paper){.has_mrz = true, .mrz = list.v[0]};
        lw_mrz_findings_add(&l->docs->found[i], &list.v[0]);
    }
    lw_mrz_list_clear(&list);
    return lw_mini(r, LW_OK);
}

static int load_one(void *ctx, size_t i, unsigned worker)
{
    LW_UNUSED(worker);
    struct load *l = ctx;
    const struct lw_bundle_document *d = &l->bundle->documents[i];
    LW_AUTO_MEM(char) path = NULL;
    int r = read_mrz(l, i, &l->why[i]);
    if (r < 0 || (d->opted_out && d->kind == LW_DOCUMENT_IMAGE))
        return r;
    if ((r = find_inside(l, i, &path, &l->why[i])) < 0)
        return r;
    r = d->kind == LW_DOCUMENT_LDS ? load_chip(l, i, path, &l->why[i])
                                   : load_picture(l, i, path, &l->why[i]);
    return lw_mini(r, LW_OK);
}

static int load_all(struct load *l, unsigned threads, struct lw_why *why)
{
    int r = lw_parallel(l->docs->n, threads, load_one, l);
    for (size_t i = 0; r < 0 && i < l->docs->n; i++)
        if (l->why[i].code == r) {
            if (why)
                *why = l->why[i];
            lw_why_prefix(why, "%s: document %s", l->dir, l->bundle->documents[i].id);
            return r;
        }
    return r < 0 ? lw_why_set(why, r, -1, "documents cannot be read") : LW_OK;
}

int lw_documents_load(struct lw_documents **out, struct lw_facekit *kit,
                      const struct lw_bundle *bundle, const char *dir,
                      const struct lw_documents_opts *opts, struct lw_why *why)
{
    LW_AUTO(lw_documents) docs = calloc(1, sizeof(*docs));
    LW_AUTO(lw_decoder) own = NULL;
    if (!docs)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory for documents");
    docs->n = bundle->n_documents;
    int r = LW_OK;
    if (!opts->decoder && docs->n > 0)
        r = lw_decoder_new(&own, NULL, why);
    struct load load = {.docs = docs,
                        .kit = kit,
                        .bundle = bundle,
                        .dir = dir,
                        .decoder = own ? own : opts->decoder,
                        .trusted = opts->trusted};
    if (r < 0 || (r = load_all(&load, opts->threads, why)) < 0)
        return r;
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
