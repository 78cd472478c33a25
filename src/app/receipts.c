#include "app/receipts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/keep.h"
#include "base/file.h"
#include "img/codec.h"
#include "img/qr.h"
#include "store/receipt.h"

enum { QR_SCALE = 4 }; /* pixels for each module: a phone reads it from paper and screen */

struct paper_trail {
    const struct lw_receipts_opts *opts;
    const char *crossing, *document;
    struct lw_why *why;
};

static int write_file(const struct paper_trail *t, const char *ext, struct lw_span bytes)
{
    LW_AUTO_MEM(char) path = NULL;
    if (asprintf(&path, "%s/%s-%s.%s", t->opts->dir, t->crossing, t->document, ext) < 0)
        return lw_why_set(t->why, LW_ENOMEM, -1, "no memory");
    int r = lw_file_write(path, bytes, t->why);
    if (r < 0)
        lw_why_prefix(t->why, "%s", path);
    return r;
}

static int write_picture(const struct paper_trail *t, const struct lw_qr *qr)
{
    LW_AUTO(lw_image) im = NULL;
    LW_AUTO_MEM(uint8_t) png = NULL;
    size_t n = 0;
    int r = lw_qr_image(&im, qr, QR_SCALE, t->why);
    if (r < 0 || (r = lw_image_encode_png(im, &png, &n, t->why)) < 0)
        return r;
    return write_file(t, "png", (struct lw_span){.data = png, .n = n});
}

static int write_codes(const struct paper_trail *t, const char *text)
{
    LW_AUTO(lw_qr) qr = NULL;
    LW_AUTO_STRBUF svg = LW_STRBUF_INIT;
    int r = lw_qr_new(&qr, text, t->why);
    if (r < 0)
        return r;
    lw_qr_put_svg(&svg, qr);
    if (lw_strbuf_err(&svg))
        return lw_why_set(t->why, LW_ENOMEM, -1, "no memory");
    r = write_file(t, "svg", lw_strbuf_span(&svg));
    return r < 0 ? r : write_picture(t, qr);
}

static int note(const struct paper_trail *t, const char *id)
{
    char detail[LW_ULID_TEXT + 16];
    if (!t->opts->store)
        return LW_OK;
    snprintf(detail, sizeof(detail), "id=%s", id);
    return lw_store_audit(t->opts->store, "receipt", t->opts->record, detail, t->why);
}

static int write_one(const struct lw_crossing_result *c, size_t d,
                     const struct lw_store_document *i, const struct paper_trail *t)
{
    const struct lw_bundle *b = &c->bundle;
    LW_AUTO_STRBUF text = LW_STRBUF_INIT;
    struct lw_receipt receipt = {.direction = b->direction,
                                 .utc_us = b->opened_utc_us,
                                 .verified = c->outcome.documents[d].status == LW_DOC_MATCHED,
                                 .authentic = i->authentic,
                                 .synthetic = b->synthetic};
    snprintf(receipt.place, sizeof(receipt.place), "%s", t->opts->place ? t->opts->place : b->lane);
    int r = lw_receipt_issue(&text, &receipt, t->opts->keys, i->issuer, i->number, t->why);
    if (r < 0 || (r = note(t, receipt.id)) < 0 || (r = write_codes(t, lw_strbuf_peek(&text))) < 0)
        return r;
    lw_strbuf_putc(&text, '\n');
    return write_file(t, "json", lw_strbuf_span(&text));
}

static bool deserves_one(const struct lw_crossing_result *c, size_t d)
{
    const enum lw_document_status s = c->outcome.documents[d].status;
    return s == LW_DOC_MATCHED || s == LW_DOC_OPTED_OUT;
}

int lw_receipts_check_place(const char *place, struct lw_why *why)
{
    if (place && (!*place || strlen(place) >= LW_RECEIPT_PLACE))
        return lw_why_set(why, LW_EINVAL, -1, "--place has 1 to %d bytes", LW_RECEIPT_PLACE - 1);
    for (; place && *place; place++)
        if ((unsigned char)*place < ' ' || *place == 0x7f)
            return lw_why_set(why, LW_EINVAL, -1, "--place has a control character");
    return LW_OK;
}

int lw_receipts_write(const struct lw_crossing_result *c, const struct lw_receipts_opts *o,
                      struct lw_why *why)
{
    int written = 0;
    int r = lw_receipts_check_place(o->place, why);
    if (r < 0)
        return r;
    if ((r = lw_dir_make(o->dir, why)) < 0) {
        lw_why_prefix(why, "%s", o->dir);
        return r;
    }
    for (size_t d = 0; d < c->bundle.n_documents; d++) {
        const struct lw_store_document i = lw_keep_identity(&c->papers[d]);
        const struct paper_trail t = {
            .opts = o, .crossing = c->bundle.id, .document = c->bundle.documents[d].id, .why = why};
        if (!deserves_one(c, d) || !i.number[0])
            continue;
        if ((r = write_one(c, d, &i, &t)) < 0)
            return r;
        written++;
    }
    return written;
}
