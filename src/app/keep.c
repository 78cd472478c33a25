#include "app/keep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "crypt/digest.h"
#include "face/template.h"
#include "img/codec.h"
#include "store/policies.h"

enum { JPEG_QUALITY = 90 };

struct keeping {
    const struct lw_policy *policy;
    const struct lw_crossing_result *result;
    const struct lw_record *rec;
    struct lw_store_entry entry;
    struct lw_store_blob blobs[LW_STORE_BLOBS_MAX]; /* their bytes are ours */
    struct lw_why *why;
};

static bool somebody_opted_out(const struct lw_bundle *b)
{
    for (size_t d = 0; d < b->n_documents; d++)
        if (b->documents[d].opted_out)
            return true;
    return false;
}

/* Nothing of a face is kept of those among whom may be the one who declined. */
static bool may_be_seen(const struct keeping *k, size_t occupant)
{
    const struct lw_occupant *o = &k->rec->outcome.occupants[occupant];
    return o->decision == LW_VERIFIED || !somebody_opted_out(&k->rec->bundle);
}

static bool is_kept(const struct keeping *k, int64_t due_utc_us)
{
    return due_utc_us > k->rec->closed_utc_us;
}

static bool item_is_kept(const struct keeping *k, enum lw_item item, size_t index)
{
    return is_kept(k, lw_due_of_item(k->policy, k->rec, item, index, k->entry.verified_utc_us));
}

/* bytes become ours. */
static void add(struct keeping *k, struct lw_store_blob blob, uint8_t *bytes, size_t n)
{
    blob.bytes = (struct lw_span){.data = bytes, .n = n};
    k->blobs[k->entry.n_blobs++] = blob;
}

static int add_picture(struct keeping *k, const struct lw_image *im, struct lw_store_blob blob)
{
    uint8_t *jpeg = NULL;
    size_t n = 0;
    int r = im ? lw_image_encode_jpeg(im, JPEG_QUALITY, &jpeg, &n, k->why) : LW_OK;
    if (r == LW_OK && im)
        add(k, blob, jpeg, n);
    return r;
}

static int add_photos(struct keeping *k, size_t occupant)
{
    const struct lw_occupant *o = &k->rec->outcome.occupants[occupant];
    int r = LW_OK;
    for (size_t s = 0; r == LW_OK && s < o->n_shots; s++)
        r = add_picture(k, k->result->pictures.shots[occupant][s],
                        (struct lw_store_blob){.kind = LW_ITEM_PHOTO,
                                               .index = (int)occupant,
                                               .quality = o->shots[s].quality});
    return r;
}

static int add_template(struct keeping *k, size_t occupant)
{
    const struct lw_template *t = k->result->templates.occupants[occupant];
    struct lw_strbuf b = LW_STRBUF_INIT;
    if (!t)
        return LW_OK;
    int r = lw_template_print(&b, t);
    if (r < 0) {
        lw_strbuf_clear(&b);
        return lw_why_set(k->why, r, -1, "a template cannot be kept");
    }
    add(k,
        (struct lw_store_blob){
            .kind = LW_ITEM_TEMPLATE, .index = (int)occupant, .quality = t->quality},
        (uint8_t *)b.s, b.n);
    return LW_OK;
}

static int add_fields(struct keeping *k, size_t document)
{
    const struct lw_paper *paper = &k->result->papers[document];
    struct lw_strbuf b = LW_STRBUF_INIT;
    const char *format = lw_mrz_format_name(paper->mrz.format);
    if (!paper->has_mrz)
        return LW_OK;
    lw_strbuf_puts(&b, "{\"format\":");
    if (format)
        lw_json_put_string(&b, format);
    else
        lw_strbuf_puts(&b, "null");
    lw_strbuf_puts(&b, ",\"fields\":");
    lw_mrz_put_json_fields(&b, &paper->mrz);
    lw_strbuf_putc(&b, '}');
    if (lw_strbuf_err(&b) < 0) {
        lw_strbuf_clear(&b);
        return lw_why_set(k->why, LW_ENOMEM, -1, "no memory");
    }
    add(k, (struct lw_store_blob){.kind = LW_ITEM_FIELDS, .index = (int)document}, (uint8_t *)b.s,
        b.n);
    return LW_OK;
}

static int add_portrait(struct keeping *k, size_t document)
{
    return add_picture(
        k, k->result->pictures.portraits[document],
        (struct lw_store_blob){.kind = LW_ITEM_PHOTO, .portrait = true, .index = (int)document});
}

static int add_occupants(struct keeping *k)
{
    int r = LW_OK;
    for (size_t i = 0; r == LW_OK && i < k->rec->outcome.n_occupants; i++) {
        if (!may_be_seen(k, i))
            continue;
        if (item_is_kept(k, LW_ITEM_PHOTO, i))
            r = add_photos(k, i);
        if (r == LW_OK && item_is_kept(k, LW_ITEM_TEMPLATE, i))
            r = add_template(k, i);
    }
    return r;
}

/* A portrait is kept of those who were shown to be its owners, no others. */
static int add_documents(struct keeping *k)
{
    const int64_t *verified = k->entry.verified_utc_us;
    int r = LW_OK;
    for (size_t d = 0; r == LW_OK && d < k->rec->bundle.n_documents; d++) {
        k->entry.documents[d] = lw_keep_identity(&k->result->papers[d]);
        if (item_is_kept(k, LW_ITEM_FIELDS, d))
            r = add_fields(k, d);
        if (r == LW_OK && k->rec->outcome.documents[d].status == LW_DOC_MATCHED &&
            is_kept(k, lw_due_of_portrait(k->policy, k->rec, d, verified)))
            r = add_portrait(k, d);
    }
    return r;
}

static void clear(struct keeping **keeping)
{
    struct keeping *k = *keeping;
    for (size_t i = 0; k && i < k->entry.n_blobs; i++) {
        uint8_t *bytes = (uint8_t *)(uintptr_t)k->blobs[i].bytes.data;
        lw_wipe(bytes, k->blobs[i].bytes.n);
        free(bytes);
    }
    free(k);
}

static int name_record(struct lw_record *rec, struct lw_why *why)
{
    uint8_t random[10];
    int r = lw_random_bytes(random, sizeof(random));
    if (r < 0)
        return lw_why_set(why, r, -1, "no random bytes");
    lw_ulid_print(rec->id, rec->closed_utc_us, random);
    return LW_OK;
}

struct lw_store_document lw_keep_identity(const struct lw_paper *paper)
{
    struct lw_store_document d = {.authentic = paper->authentic};
    bool sure = paper->has_mrz;
    for (size_t f = 0; f < paper->mrz.n_findings; f++) {
        const enum lw_mrz_field field = paper->mrz.findings[f].field;
        if (field == LW_MRZ_DOCUMENT_NUMBER || field == LW_MRZ_ISSUING_STATE ||
            field == LW_MRZ_WHOLE)
            sure = false;
    }
    if (!sure || strlen(paper->mrz.document_number) >= sizeof(d.number))
        return d;
    snprintf(d.issuer, sizeof(d.issuer), "%s", paper->mrz.issuing_state);
    snprintf(d.number, sizeof(d.number), "%.23s", paper->mrz.document_number);
    return d;
}

int lw_keep(struct lw_store *s, const struct lw_policy *p, const struct lw_crossing_result *r,
            const struct lw_keep_times *t, struct lw_record *rec, struct lw_why *why)
{
    __attribute__((cleanup(clear))) struct keeping *k = calloc(1, sizeof(*k));
    if (!k)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    *rec = (struct lw_record){
        .closed_utc_us = t->closed_utc_us, .bundle = r->bundle, .outcome = r->outcome};
    k->policy = p;
    k->result = r;
    k->rec = rec;
    k->why = why;
    k->entry.record = rec;
    k->entry.blobs = k->blobs;
    for (size_t i = 0; i < LW_OCCUPANTS_MAX; i++) {
        k->entry.verified_utc_us[i] = t->verified_utc_us;
        k->entry.portrait[i] = (struct lw_store_portrait){.given = r->portrait[i].given,
                                                          .score = r->portrait[i].score};
    }
    int e = name_record(rec, why);
    if (e < 0 || (e = add_occupants(k)) < 0 || (e = add_documents(k)) < 0)
        return e;
    return lw_store_put_entry(s, &k->entry, why);
}
