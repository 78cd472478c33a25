#include "doc/document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A portrait has some hundred thousand pixels; more than this is an attack on memory. */
static const struct lw_decode_opts portrait_opts = {.max_side = 8192, .max_pixels = 24000000};

static bool no_memory(int r)
{
    return r == LW_ENOMEM;
}

static void read_mrz(struct lw_document *d, const struct lw_lds *lds, int64_t now_utc_us)
{
    struct lw_why why;
    struct lw_span text;
    if (!lds->files[LW_LDS_DG1].data)
        return;
    if (lw_dg1_parse(&text, lds->files[LW_LDS_DG1], &why) < 0 ||
        lw_mrz_parse(&d->mrz, text, now_utc_us, &why) < 0) {
        lw_pa_find(&d->pa, "DG1", "format", "%s", why.text);
        return;
    }
    d->has_mrz = true;
    for (size_t i = 0; i < d->mrz.n_findings; i++) {
        const struct lw_mrz_finding *f = &d->mrz.findings[i];
        lw_pa_find(&d->pa, "DG1", lw_mrz_rule_name(f->rule), "%s, line %d, column %d of the MRZ",
                   lw_mrz_field_name(f->field), f->line, f->column);
    }
}

/* The first picture that can be decoded; each that cannot is a finding. */
static int read_portrait(struct lw_document *d, const struct lw_lds *lds)
{
    struct lw_dg2 dg;
    struct lw_why why;
    int r;
    if (!lds->files[LW_LDS_DG2].data)
        return LW_OK;
    if ((r = lw_dg2_parse(&dg, lds->files[LW_LDS_DG2], &why)) < 0) {
        lw_pa_find(&d->pa, "DG2", "format", "%s", why.text);
        return LW_OK;
    }
    d->faces = dg.n;
    for (size_t i = 0; i < dg.n && !d->portrait; i++) {
        const struct lw_face_picture *p = &dg.pictures[i];
        r = lw_image_decode(&d->portrait, p->bytes, &portrait_opts, &why);
        if (no_memory(r))
            return r;
        if (r < 0)
            lw_pa_find(&d->pa, "DG2", "portrait", "picture at byte %zu: %s", p->at, why.text);
        d->record = p->format;
        d->kind = p->kind;
    }
    return LW_OK;
}

static void read_details(struct lw_document *d, const struct lw_lds *lds)
{
    struct lw_why why;
    if (lds->files[LW_LDS_DG11].data &&
        lw_dg11_parse(&d->holder, lds->files[LW_LDS_DG11], &why) < 0)
        lw_pa_find(&d->pa, "DG11", "format", "%s", why.text);
    if (lds->files[LW_LDS_DG12].data && lw_dg12_parse(&d->issue, lds->files[LW_LDS_DG12], &why) < 0)
        lw_pa_find(&d->pa, "DG12", "format", "%s", why.text);
}

/* Groups whose contents are for others: only whether they can be read counts here. */
static void read_others(struct lw_document *d, const struct lw_lds *lds)
{
    struct lw_why why;
    struct lw_dg7 dg7;
    struct lw_span key;
    if (lds->files[LW_LDS_DG7].data && lw_dg7_parse(&dg7, lds->files[LW_LDS_DG7], &why) < 0)
        lw_pa_find(&d->pa, "DG7", "format", "%s", why.text);
    if (lds->files[LW_LDS_DG15].data && lw_dg15_parse(&key, lds->files[LW_LDS_DG15], &why) < 0)
        lw_pa_find(&d->pa, "DG15", "format", "%s", why.text);
}

static int read_all(struct lw_document *d, const struct lw_lds *lds,
                    const struct lw_document_opts *opts, struct lw_why *why)
{
    read_mrz(d, lds, opts->now_utc_us);
    read_details(d, lds);
    read_others(d, lds);
    int r = opts->leave_portrait ? LW_OK : read_portrait(d, lds);
    return r < 0 ? lw_why_set(why, r, -1, "no memory") : LW_OK;
}

static int make(struct lw_document **out, struct lw_why *why)
{
    *out = calloc(1, sizeof(**out));
    if (!*out)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    (*out)->pa.verdict = LW_PA_NO_TRUST;
    return LW_OK;
}

int lw_document_check(struct lw_document **out, const struct lw_lds *lds,
                      const struct lw_document_opts *opts, struct lw_why *why)
{
    LW_AUTO(lw_document) d = NULL;
    int r = make(&d, why);
    if (r < 0 || (r = lw_pa_run(&d->pa, lds, opts->trust, opts->now_utc_us, why)) < 0 ||
        (r = read_all(d, lds, opts, why)) < 0)
        return r;
    *out = d;
    d = NULL;
    return LW_OK;
}

void lw_document_free(struct lw_document **d)
{
    if (!*d)
        return;
    lw_image_unref(&(*d)->portrait);
    lw_wipe(*d, sizeof(**d));
    free(*d);
    *d = NULL;
}
