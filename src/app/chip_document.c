#include "app/chip_document.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

void lw_finding_add(struct lw_document_outcome *d, const char *fmt, ...)
{
    char text[LW_FINDING_TEXT];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    for (size_t i = 0; i < d->n_findings; i++)
        if (strcmp(d->findings[i], text) == 0)
            return;
    if (d->n_findings < LW_DOCUMENT_FINDINGS_MAX)
        memcpy(d->findings[d->n_findings++], text, sizeof(text));
}

void lw_mrz_findings_add(struct lw_document_outcome *d, const struct lw_mrz *m)
{
    for (size_t i = 0; i < m->n_findings; i++)
        lw_finding_add(d, "mrz:%s:%s", lw_mrz_field_name(m->findings[i].field),
                       lw_mrz_rule_name(m->findings[i].rule));
}

/* What a file that is there and cannot be taken is called. */
static const char *file_rule(int fault)
{
    return fault == LW_ELIMIT ? "too_large" : fault == LW_EFORMAT ? "outside" : "unreadable";
}

static int load_file(struct lw_lds *lds, const char *folder, int ef, const struct lw_chip_opts *o)
{
    LW_AUTO_MEM(char) path = NULL;
    LW_AUTO_MEM(uint8_t) data = NULL;
    size_t n = 0;
    int r = lw_path_join(folder, lw_lds_info((enum lw_lds_id)ef)->file_name, &path, NULL);
    if (r < 0 || (r = lw_path_inside(o->bundle_dir, path, NULL)) < 0 ||
        (r = lw_file_read(path, LW_LDS_FILE_BYTES_MAX, &data, &n, NULL)) < 0)
        return r;
    r = lw_lds_put(lds, (enum lw_lds_id)ef, (struct lw_span){data, n});
    lw_wipe(data, n);
    return r;
}

/* Returns how many files there are; one that cannot be taken is a finding, and as if absent. */
static int load_files(struct lw_lds *lds, const char *folder, const struct lw_chip_opts *o,
                      struct lw_document_outcome *found)
{
    int n = 0;
    for (int ef = LW_LDS_DG1; ef < LW_LDS_COUNT; ef++) {
        const int r = load_file(lds, folder, ef, o);
        if (r == LW_ENOMEM)
            return r;
        if (r < 0 && r != LW_ENOTFOUND)
            lw_finding_add(found, "lds:%s:%s", lw_lds_info((enum lw_lds_id)ef)->name, file_rule(r));
        n += r == LW_OK;
    }
    return n;
}

/* Findings of the MRZ come with their field, from the MRZ itself. */
static bool is_of_mrz(const struct lw_pa_finding *f)
{
    for (int r = 0; r < LW_MRZ_RULES; r++)
        if (strcmp(f->where, "DG1") == 0 &&
            strcmp(f->rule, lw_mrz_rule_name((enum lw_mrz_rule)r)) == 0)
            return true;
    return false;
}

static void tell_findings(const struct lw_document *d, struct lw_document_outcome *found)
{
    if (d->pa.verdict != LW_PA_VALID)
        lw_finding_add(found, "pa:%s", lw_pa_verdict_name(d->pa.verdict));
    for (size_t i = 0; i < d->pa.n_findings; i++)
        if (!is_of_mrz(&d->pa.findings[i]))
            lw_finding_add(found, "lds:%s:%s", d->pa.findings[i].where, d->pa.findings[i].rule);
    lw_mrz_findings_add(found, &d->mrz);
    if (d->faces > 1)
        lw_finding_add(found, "portrait:several");
}

/* Without anybody to trust, a document can only be consistent in itself; with somebody, one that
 * nobody trusted vouches for may be anybody's work. */
static bool may_vouch(const struct lw_document *d, bool trusted)
{
    return d->pa.verdict == LW_PA_VALID || (d->pa.verdict == LW_PA_NO_TRUST && !trusted);
}

static void take(struct lw_chip_document *out, struct lw_document *d, const struct lw_chip_opts *o,
                 struct lw_document_outcome *found)
{
    tell_findings(d, found);
    if (!d->portrait && !o->opted_out)
        lw_finding_add(found, "portrait:absent");
    if (!may_vouch(d, o->trusted))
        return;
    out->paper = (struct lw_paper){
        .has_mrz = d->has_mrz, .mrz = d->mrz, .authentic = d->pa.verdict == LW_PA_VALID};
    out->portrait = d->portrait; /* none of somebody who opted out */
    d->portrait = NULL;
}

int lw_chip_document_read(struct lw_chip_document *out, const char *folder,
                          const struct lw_chip_opts *o, struct lw_document_outcome *found,
                          struct lw_why *why)
{
    const struct lw_document_opts opts = {.now_utc_us = o->now_utc_us,
                                          .leave_portrait = o->opted_out};
    struct lw_decoded got = {.document = NULL};
    struct lw_refusal refusal;
    LW_AUTO(lw_lds) lds = NULL;
    *out = (struct lw_chip_document){.portrait = NULL};
    if (lw_lds_new(&lds) < 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    int r = load_files(lds, folder, o, found);
    if (r < 0)
        return lw_why_set(why, r, -1, "no memory");
    if (r == 0) {
        lw_finding_add(found, "lds:empty");
        return LW_OK;
    }
    r = lw_decoder_document(o->decoder, lds, &opts, &got, &refusal, why);
    if (r == 0)
        lw_finding_add(found, "decoder_refused:%s", lw_refused_by_name(refusal.by));
    if (r > 0)
        take(out, got.document, o, found);
    lw_document_free(&got.document);
    return lw_mini(r, LW_OK);
}
