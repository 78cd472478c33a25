#include "decoder/request.h"

#include "doc/manifest.h"
#include "doc/vds.h"

enum { SIDE_MAX = 32768 };

static void image_opts(struct lw_wire *w, struct lw_decode_opts *o)
{
    o->max_side = lw_wire_int(w, o->max_side, 1, SIDE_MAX);
    o->max_pixels = lw_wire_i64(w, o->max_pixels);
    o->want_side = lw_wire_int(w, o->want_side, 0, SIDE_MAX);
    o->ignore_exif = lw_wire_bool(w, o->ignore_exif);
}

static void files(struct lw_wire *w, struct lw_request *q)
{
    static const uint8_t nothing[1];
    for (int ef = LW_LDS_DG1; ef < LW_LDS_COUNT; ef++) {
        struct lw_span *f = &q->files[ef];
        if (!lw_wire_bool(w, f->data != NULL))
            continue;
        *f = lw_wire_bytes(w, *f, LW_LDS_FILE_BYTES_MAX);
        if (!f->data)
            *f = (struct lw_span){nothing, 0}; /* there, and empty */
    }
}

static void card(struct lw_wire *w, struct lw_request *q)
{
    struct lw_card_opts *o = &q->card;
    struct lw_password *p = &q->password;
    o->portrait_first = lw_wire_bool(w, o->portrait_first);
    o->extended = lw_wire_bool(w, o->extended);
    o->chunk = lw_wire_size(w, o->chunk, 4096);
    o->max_file_bytes = lw_wire_size(w, o->max_file_bytes, 16 * LW_MIB);
    o->retries = lw_wire_u32(w, o->retries, 100);
    o->max_ns = lw_wire_i64(w, o->max_ns);
    p->kind = (enum lw_password_kind)lw_wire_u32(w, (uint32_t)p->kind, LW_PASSWORD_CAN);
    for (size_t i = 0; i < sizeof(p->key); i++)
        p->key[i] = (uint8_t)lw_wire_u32(w, p->key[i], UINT8_MAX);
    lw_wire_text(w, p->can, sizeof(p->can));
}

int lw_request_wire(struct lw_wire *w, struct lw_request *q)
{
    q->kind = (enum lw_request_kind)lw_wire_u32(w, (uint32_t)q->kind, LW_REQUEST_KINDS - 1);
    q->now_utc_us = lw_wire_i64(w, q->now_utc_us);
    switch (q->kind) {
    case LW_REQUEST_IMAGE:
        image_opts(w, &q->image);
        q->bytes = lw_wire_bytes(w, q->bytes, LW_REQUEST_BYTES_MAX);
        break;
    case LW_REQUEST_MRZ_PICTURE:
        image_opts(w, &q->image);
        q->time_ns = lw_wire_i64(w, q->time_ns);
        q->bytes = lw_wire_bytes(w, q->bytes, LW_REQUEST_BYTES_MAX);
        break;
    case LW_REQUEST_MRZ:
        q->bytes = lw_wire_bytes(w, q->bytes, LW_MRZ_TEXT_BYTES_MAX);
        break;
    case LW_REQUEST_SEAL:
        q->bytes = lw_wire_bytes(w, q->bytes, LW_VDS_BYTES_MAX);
        break;
    case LW_REQUEST_MANIFEST:
        q->bytes = lw_wire_bytes(w, q->bytes, LW_MANIFEST_BYTES_MAX);
        break;
    case LW_REQUEST_DOCUMENT:
        q->leave_portrait = lw_wire_bool(w, q->leave_portrait);
        files(w, q);
        break;
    case LW_REQUEST_CARD:
        card(w, q);
        break;
    case LW_REQUEST_KINDS:
        return LW_EFORMAT;
    }
    return lw_wire_end(w);
}
