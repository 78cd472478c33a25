#include "decoder/answer.h"

#include <stdlib.h>
#include <string.h>

#include "card/card.h"

int lw_picture_wire(struct lw_wire *w, struct lw_picture *p)
{
    const uint32_t fmt = lw_wire_u32(w, (uint32_t)p->fmt, LW_PIX_RGB8);
    p->fmt = (enum lw_pixfmt)fmt;
    p->width = lw_wire_int(w, p->width, 0, LW_IMAGE_SIDE_MAX);
    p->height = lw_wire_int(w, p->height, 0, LW_IMAGE_SIDE_MAX);
    const bool none = fmt == 0 && p->width == 0 && p->height == 0;
    const bool some = (fmt == LW_PIX_GRAY8 || fmt == LW_PIX_RGB8) && p->width > 0 && p->height > 0;
    if (!none && (!some || lw_picture_row(p) * (size_t)p->height > LW_IMAGE_BYTES_MAX))
        w->err = LW_EFORMAT;
    return w->err;
}

/* ---- machine readable zones ---- */

static void mrz_texts(struct lw_wire *w, struct lw_mrz *m)
{
    lw_wire_text(w, m->document_code, sizeof(m->document_code));
    lw_wire_text(w, m->issuing_state, sizeof(m->issuing_state));
    lw_wire_text(w, m->document_number, sizeof(m->document_number));
    lw_wire_text(w, m->surname, sizeof(m->surname));
    lw_wire_text(w, m->given_names, sizeof(m->given_names));
    lw_wire_text(w, m->nationality, sizeof(m->nationality));
    lw_wire_text(w, m->birth_date, sizeof(m->birth_date));
    lw_wire_text(w, m->expiry_date, sizeof(m->expiry_date));
    lw_wire_text(w, m->birth_date_iso, sizeof(m->birth_date_iso));
    lw_wire_text(w, m->expiry_date_iso, sizeof(m->expiry_date_iso));
    lw_wire_text(w, m->optional_data, sizeof(m->optional_data));
    lw_wire_text(w, m->optional_data_2, sizeof(m->optional_data_2));
}

/* NUL, or a character that can be printed. */
static char letter(struct lw_wire *w, char c)
{
    const char got = (char)lw_wire_u32(w, (uint8_t)c, 0x7e);
    if (got != '\0' && got < 0x20)
        w->err = LW_EFORMAT;
    return got;
}

static uint8_t byte(struct lw_wire *w, uint8_t x)
{
    return (uint8_t)lw_wire_u32(w, x, UINT8_MAX);
}

static void mrz_finding(struct lw_wire *w, struct lw_mrz_finding *f)
{
    f->field = (enum lw_mrz_field)lw_wire_u32(w, (uint32_t)f->field, LW_MRZ_FIELDS - 1);
    f->rule = (enum lw_mrz_rule)lw_wire_u32(w, (uint32_t)f->rule, LW_MRZ_RULES - 1);
    f->line = lw_wire_int(w, f->line, 0, LW_MRZ_TEXT_BYTES_MAX);
    f->column = lw_wire_int(w, f->column, 0, LW_MRZ_TEXT_BYTES_MAX);
    f->offset = lw_wire_size(w, f->offset, LW_MRZ_TEXT_BYTES_MAX);
    f->expected = letter(w, f->expected);
}

static void mrz(struct lw_wire *w, struct lw_mrz *m)
{
    m->format = (enum lw_mrz_format)lw_wire_u32(w, (uint32_t)m->format, LW_MRZ_FORMATS - 1);
    mrz_texts(w, m);
    m->names_truncated = lw_wire_bool(w, m->names_truncated);
    m->sex = letter(w, m->sex);
    m->n_findings = lw_wire_size(w, m->n_findings, LW_MRZ_FINDINGS_MAX);
    for (size_t i = 0; i < m->n_findings; i++)
        mrz_finding(w, &m->findings[i]);
}

void lw_mrz_list_clear(struct lw_mrz_list *l)
{
    lw_wipe(l->v, l->n * sizeof(*l->v));
    free(l->v);
    *l = (struct lw_mrz_list){.n = 0};
}

int lw_mrz_list_wire(struct lw_wire *w, struct lw_mrz_list *l)
{
    enum { LEAST_BYTES = 64 }; /* of one: a short answer does not ask for much memory */
    const size_t n = lw_wire_size(w, l->n, LW_MRZ_COUNT_MAX);
    if (lw_wire_reads(w)) {
        if (n > lw_cursor_left(&w->in) / LEAST_BYTES)
            w->err = LW_EFORMAT;
        if (w->err < 0)
            return w->err;
        l->v = calloc(n + 1, sizeof(*l->v));
        if (!l->v)
            return LW_ENOMEM;
        l->n = n;
    }
    for (size_t i = 0; i < n && w->err == LW_OK; i++)
        mrz(w, &l->v[i]);
    return lw_wire_end(w);
}

static void corrected(struct lw_wire *w, struct lw_mrz_corrected *c)
{
    c->line = lw_wire_int(w, c->line, 1, LW_MRZ_LINES);
    c->column = lw_wire_int(w, c->column, 1, LW_MRZ_COLUMNS);
    c->read = letter(w, c->read);
    c->used = letter(w, c->used);
}

int lw_mrz_reading_wire(struct lw_wire *w, struct lw_mrz_reading *r)
{
    static const float FAR = 1e6f; /* corners may lie outside of the picture */
    r->found = lw_wire_bool(w, r->found);
    mrz(w, &r->mrz);
    r->n_lines = lw_wire_size(w, r->n_lines, LW_MRZ_LINES);
    for (size_t i = 0; i < r->n_lines; i++)
        lw_wire_text(w, r->lines[i], sizeof(r->lines[i]));
    for (size_t f = 0; f < LW_COUNT(r->confidence); f++)
        r->confidence[f] = lw_wire_float(w, r->confidence[f], -1, 1);
    r->n_corrected = lw_wire_size(w, r->n_corrected, LW_MRZ_CORRECTED_MAX);
    for (size_t i = 0; i < r->n_corrected; i++)
        corrected(w, &r->corrected[i]);
    for (size_t i = 0; i < LW_COUNT(r->corners); i++) {
        r->corners[i].x = lw_wire_float(w, r->corners[i].x, -FAR, FAR);
        r->corners[i].y = lw_wire_float(w, r->corners[i].y, -FAR, FAR);
    }
    r->width = lw_wire_int(w, r->width, 0, LW_IMAGE_SIDE_MAX);
    r->height = lw_wire_int(w, r->height, 0, LW_IMAGE_SIDE_MAX);
    return lw_wire_end(w);
}

/* ---- a chip's files ---- */

static void pa_finding(struct lw_wire *w, struct lw_pa_finding *f)
{
    lw_wire_word(w, f->where, sizeof(f->where));
    lw_wire_word(w, f->rule, sizeof(f->rule));
    lw_wire_text(w, f->text, sizeof(f->text));
}

static void pa(struct lw_wire *w, struct lw_pa *p)
{
    p->verdict = (enum lw_pa_verdict)lw_wire_u32(w, (uint32_t)p->verdict, LW_PA_UNREADABLE);
    p->signature =
        (enum lw_pa_signature)lw_wire_u32(w, (uint32_t)p->signature, LW_PA_SIGNATURE_MISSING);
    p->chain = (enum lw_pa_chain)lw_wire_u32(w, (uint32_t)p->chain, LW_PA_CHAIN_EXPIRED);
    for (size_t g = 0; g < LW_COUNT(p->groups); g++)
        p->groups[g] = (enum lw_pa_group)lw_wire_u32(w, (uint32_t)p->groups[g], LW_PA_ABSENT);
    p->has_signing_time = lw_wire_bool(w, p->has_signing_time);
    p->signing_time_utc_us = lw_wire_i64(w, p->signing_time_utc_us);
    lw_wire_text(w, p->signer, sizeof(p->signer));
    lw_wire_text(w, p->authority, sizeof(p->authority));
    lw_wire_text(w, p->signer_country, sizeof(p->signer_country));
    p->has_card_security = lw_wire_bool(w, p->has_card_security);
    p->card_security =
        (enum lw_pa_verdict)lw_wire_u32(w, (uint32_t)p->card_security, LW_PA_UNREADABLE);
    p->n_findings = lw_wire_size(w, p->n_findings, LW_PA_FINDINGS_MAX);
    p->findings_lost = lw_wire_size(w, p->findings_lost, UINT32_MAX);
    for (size_t i = 0; i < p->n_findings; i++)
        pa_finding(w, &p->findings[i]);
}

/* A part of a file, by its place. */
static struct lw_span part(struct lw_wire *w, struct lw_span s, struct lw_span file)
{
    const bool written = !lw_wire_reads(w) && s.n > 0;
    const size_t at = lw_wire_size(w, written ? (size_t)(s.data - file.data) : 0, file.n);
    const size_t n = lw_wire_size(w, s.n, file.n - at);
    return n > 0 ? (struct lw_span){file.data + at, n} : (struct lw_span){NULL, 0};
}

/* ---- seals and lists ---- */

static void seal(struct lw_wire *w, struct lw_vds *v, struct lw_span file)
{
    v->version = lw_wire_int(w, v->version, 0, 4);
    lw_wire_text(w, v->country, sizeof(v->country));
    lw_wire_text(w, v->signer, sizeof(v->signer));
    lw_wire_text(w, v->reference, sizeof(v->reference));
    lw_wire_text(w, v->issue_date, sizeof(v->issue_date));
    lw_wire_text(w, v->signature_date, sizeof(v->signature_date));
    v->feature_set = byte(w, v->feature_set);
    v->category = byte(w, v->category);
    v->kind = (enum lw_vds_kind)lw_wire_u32(w, (uint32_t)v->kind, LW_VDS_ETD);
    v->n_features = lw_wire_size(w, v->n_features, LW_VDS_FEATURES_MAX);
    for (size_t i = 0; i < v->n_features; i++) {
        v->features[i].tag = byte(w, v->features[i].tag);
        v->features[i].value = part(w, v->features[i].value, file);
    }
    v->signed_part = part(w, v->signed_part, file);
    v->signature = part(w, v->signature, file);
}

static void visa(struct lw_wire *w, struct lw_vds_check *c)
{
    c->entries = lw_wire_int(w, c->entries, -1, UINT8_MAX);
    c->stay = (enum lw_vds_stay)lw_wire_u32(w, (uint32_t)c->stay, LW_VDS_STAY_FOR);
    c->days = byte(w, c->days);
    c->months = byte(w, c->months);
    c->years = byte(w, c->years);
    lw_wire_text(w, c->passport_number, sizeof(c->passport_number));
}

int lw_vds_wire(struct lw_wire *w, struct lw_vds_check *c, struct lw_span file)
{
    seal(w, &c->seal, file);
    c->readable = lw_wire_bool(w, c->readable);
    c->verdict = (enum lw_pa_verdict)lw_wire_u32(w, (uint32_t)c->verdict, LW_PA_UNREADABLE);
    c->signature =
        (enum lw_vds_signature)lw_wire_u32(w, (uint32_t)c->signature, LW_VDS_SIGNATURE_INVALID);
    c->chain = (enum lw_pa_chain)lw_wire_u32(w, (uint32_t)c->chain, LW_PA_CHAIN_EXPIRED);
    lw_wire_text(w, c->signer, sizeof(c->signer));
    lw_wire_text(w, c->authority, sizeof(c->authority));
    c->has_mrz = lw_wire_bool(w, c->has_mrz);
    for (size_t i = 0; i < LW_COUNT(c->lines); i++)
        lw_wire_text(w, c->lines[i], sizeof(c->lines[i]));
    mrz(w, &c->mrz);
    visa(w, c);
    c->n_findings = lw_wire_size(w, c->n_findings, LW_VDS_FINDINGS_MAX);
    for (size_t i = 0; i < c->n_findings; i++) {
        lw_wire_word(w, c->findings[i].rule, sizeof(c->findings[i].rule));
        lw_wire_text(w, c->findings[i].text, sizeof(c->findings[i].text));
    }
    return lw_wire_end(w);
}

static void array(struct lw_wire *w, uint8_t *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        v[i] = byte(w, v[i]);
}

int lw_manifest_wire(struct lw_wire *w, struct lw_manifest *m)
{
    lw_wire_text(w, m->id, sizeof(m->id));
    m->issued_s = lw_wire_i64(w, m->issued_s);
    m->expires_s = lw_wire_i64(w, m->expires_s);
    array(w, m->nonce, sizeof(m->nonce));
    m->people = lw_wire_u32(w, m->people, LW_MANIFEST_PEOPLE_MAX);
    m->n_documents = lw_wire_size(w, m->n_documents, LW_MANIFEST_PEOPLE_MAX);
    for (size_t i = 0; i < m->n_documents; i++) {
        lw_wire_text(w, m->documents[i].issuing_state, sizeof(m->documents[i].issuing_state));
        lw_wire_text(w, m->documents[i].number, sizeof(m->documents[i].number));
    }
    array(w, m->public_key, sizeof(m->public_key));
    array(w, m->signature, sizeof(m->signature));
    const int r = lw_wire_end(w);
    return r == LW_OK && lw_wire_reads(w) && !lw_manifest_well_formed(m) ? LW_EFORMAT : r;
}

/* ---- a chip's files, details ---- */

static void details(struct lw_wire *w, struct lw_details *v, struct lw_span file)
{
    v->n = lw_wire_size(w, v->n, LW_DETAILS_MAX);
    v->unknown_tags = lw_wire_u32(w, v->unknown_tags, UINT32_MAX);
    for (size_t i = 0; i < v->n; i++) {
        lw_wire_word(w, v->v[i].name, sizeof(v->v[i].name));
        v->v[i].value = part(w, v->v[i].value, file);
        v->v[i].text = lw_wire_bool(w, v->v[i].text);
    }
}

int lw_document_wire(struct lw_wire *w, struct lw_document *d, struct lw_picture *portrait,
                     char protocols[LW_PROTOCOLS_TEXT], const struct lw_span *files)
{
    pa(w, &d->pa);
    d->has_mrz = lw_wire_bool(w, d->has_mrz);
    mrz(w, &d->mrz);
    details(w, &d->holder, files[LW_LDS_DG11]);
    details(w, &d->issue, files[LW_LDS_DG12]);
    d->faces = lw_wire_size(w, d->faces, LW_DG2_PICTURES_MAX);
    d->record = (enum lw_face_format)lw_wire_u32(w, (uint32_t)d->record, LW_FACE_39794);
    d->kind = (enum lw_image_kind)lw_wire_u32(w, (uint32_t)d->kind, LW_KIND_J2K);
    lw_wire_text(w, protocols, LW_PROTOCOLS_TEXT);
    lw_picture_wire(w, portrait);
    return lw_wire_end(w);
}

/* ---- a chip ---- */

static void card_file(struct lw_wire *w, struct lw_ef_file *f)
{
    f->state = (enum lw_ef_state)lw_wire_u32(w, (uint32_t)f->state, LW_EF_BROKEN);
    f->total = lw_wire_size(w, f->total, UINT32_MAX);
    lw_wire_text(w, f->note, sizeof(f->note));
    const struct lw_span got = lw_wire_bytes(w, lw_strbuf_span(&f->bytes), 16 * LW_MIB);
    if (lw_wire_reads(w))
        lw_strbuf_put(&f->bytes, got.data, got.n);
}

static enum lw_proof proof(struct lw_wire *w, enum lw_proof p)
{
    return (enum lw_proof)lw_wire_u32(w, (uint32_t)p, LW_PROOF_UNUSABLE);
}

int lw_card_wire(struct lw_wire *w, struct lw_card *c)
{
    c->access = (enum lw_card_access)lw_wire_u32(w, (uint32_t)c->access, LW_ACCESS_PACE);
    lw_wire_text(w, c->protocol, sizeof(c->protocol));
    for (int ef = 0; ef < LW_EF_COUNT; ef++)
        card_file(w, &c->files[ef]);
    c->chip = proof(w, c->chip);
    c->active = proof(w, c->active);
    c->cam = proof(w, c->cam);
    c->end = (enum lw_channel_end)lw_wire_u32(w, (uint32_t)c->end, LW_CHANNEL_TIME_OVER);
    c->lost = lw_wire_u32(w, c->lost, UINT32_MAX);
    c->apdus = lw_wire_size(w, c->apdus, UINT32_MAX);
    c->total_ns = lw_wire_i64(w, c->total_ns);
    c->raw_ns = lw_wire_i64(w, c->raw_ns);
    c->n_findings = lw_wire_size(w, c->n_findings, LW_CARD_FINDINGS_MAX);
    for (size_t i = 0; i < c->n_findings; i++) {
        lw_wire_word(w, c->findings[i].rule, sizeof(c->findings[i].rule));
        lw_wire_text(w, c->findings[i].text, sizeof(c->findings[i].text));
    }
    return lw_wire_end(w);
}

int lw_why_wire(struct lw_wire *w, struct lw_why *why)
{
    why->code = lw_wire_int(w, why->code, LW_EUNSUP, LW_EINVAL);
    why->offset = lw_wire_i64(w, why->offset);
    lw_wire_text(w, why->text, sizeof(why->text));
    return lw_wire_end(w);
}
