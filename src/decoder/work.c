#include "decoder/work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "crypt/warm.h"
#include "decoder/answer.h"
#include "decoder/chip.h"
#include "decoder/pixels.h"
#include "decoder/protocols.h"
#include "decoder/request.h"

static int answer_fault(const struct lw_link *l, struct lw_why *why)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_wire w = lw_wire_writer(&b);
    int r = lw_why_wire(&w, why);
    return r < 0 ? r : lw_link_send_frame(l, LW_WIRE_FAULT, lw_strbuf_span(&b));
}

/* The frame, and the picture behind it where there is one. */
static int answer(const struct lw_link *l, const struct lw_strbuf *b, const struct lw_image *im)
{
    int r = lw_link_send_frame(l, LW_WIRE_ANSWER, lw_strbuf_span(b));
    return r < 0 || !im ? r : lw_pixels_send(l, im);
}

static struct lw_picture size_of(const struct lw_image *im)
{
    return im ? (struct lw_picture){im->fmt, im->width, im->height} : (struct lw_picture){0};
}

static int do_image(const struct lw_link *l, const struct lw_request *q, struct lw_why *why)
{
    LW_AUTO(lw_image) im = NULL;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_wire w = lw_wire_writer(&b);
    int r = lw_image_decode(&im, q->bytes, &q->image, why);
    if (r < 0)
        return answer_fault(l, why);
    struct lw_picture size = size_of(im);
    r = lw_picture_wire(&w, &size);
    return r < 0 ? r : answer(l, &b, im);
}

/* All of the text; *l grows in powers of two. */
static int read_zones(struct lw_mrz_list *l, const struct lw_request *q, struct lw_why *why)
{
    struct lw_mrz_reader reader = lw_mrz_reader_over(q->bytes, q->now_utc_us);
    struct lw_mrz m;
    int r;
    while ((r = lw_mrz_next(&reader, &m, why)) > 0) {
        if ((l->n & (l->n - 1)) == 0) {
            struct lw_mrz *grown = realloc(l->v, (l->n ? 2 * l->n : 1) * sizeof(*grown));
            if (!grown)
                return lw_why_set(why, LW_ENOMEM, -1, "no memory");
            l->v = grown;
        }
        l->v[l->n++] = m;
    }
    return r;
}

static int do_mrz(const struct lw_link *l, const struct lw_request *q, struct lw_why *why)
{
    struct lw_mrz_list list = {.n = 0};
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_wire w = lw_wire_writer(&b);
    int r = read_zones(&list, q, why);
    if (r < 0)
        r = answer_fault(l, why);
    else if ((r = lw_mrz_list_wire(&w, &list)) == LW_OK)
        r = answer(l, &b, NULL);
    lw_mrz_list_clear(&list);
    return r;
}

static int do_mrz_picture(const struct lw_link *l, const struct lw_request *q, struct lw_why *why)
{
    const struct lw_mrz_picture_opts opts = {.max_side = q->image.max_side,
                                             .max_pixels = q->image.max_pixels,
                                             .time_ns = q->time_ns,
                                             .today_utc_us = q->now_utc_us};
    struct lw_mrz_reading reading;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_wire w = lw_wire_writer(&b);
    int r = lw_mrz_picture_read(&reading, q->bytes, &opts, why);
    if (r < 0)
        return answer_fault(l, why);
    r = lw_mrz_reading_wire(&w, &reading);
    return r < 0 ? r : answer(l, &b, NULL);
}

static int do_seal(const struct lw_link *l, const struct lw_request *q,
                   const struct lw_trust *trust, struct lw_why *why)
{
    struct lw_vds_check c;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_wire w = lw_wire_writer(&b);
    int r = lw_vds_check(&c, q->bytes, trust, q->now_utc_us, why);
    if (r < 0)
        return answer_fault(l, why);
    r = lw_vds_wire(&w, &c, q->bytes);
    return r < 0 ? r : answer(l, &b, NULL);
}

static int do_manifest(const struct lw_link *l, const struct lw_request *q, struct lw_why *why)
{
    struct lw_manifest m;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_wire w = lw_wire_writer(&b);
    int r = lw_manifest_parse(&m, q->bytes, why);
    if (r < 0)
        return answer_fault(l, why);
    r = lw_manifest_wire(&w, &m);
    return r < 0 ? r : answer(l, &b, NULL);
}

static int do_document(const struct lw_link *l, const struct lw_request *q,
                       const struct lw_trust *trust, struct lw_why *why)
{
    LW_AUTO(lw_document) d = NULL;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    LW_AUTO_STRBUF protocols = LW_STRBUF_INIT;
    char text[LW_PROTOCOLS_TEXT];
    struct lw_wire w = lw_wire_writer(&b);
    struct lw_lds lds = {.held = {NULL}}; /* borrows the request */
    const struct lw_document_opts opts = {
        .trust = trust, .now_utc_us = q->now_utc_us, .leave_portrait = q->leave_portrait};
    memcpy(lds.files, q->files, sizeof(lds.files));
    int r = lw_document_check(&d, &lds, &opts, why);
    if (r < 0)
        return answer_fault(l, why);
    lw_protocols_put(&protocols, d, &lds);
    snprintf(text, sizeof(text), "%s", lw_strbuf_peek(&protocols));
    struct lw_picture size = size_of(d->portrait);
    r = lw_document_wire(&w, d, &size, text, q->files);
    return r < 0 ? r : answer(l, &b, d->portrait);
}

static int do_card(const struct lw_link *l, struct lw_request *q, struct lw_why *why)
{
    LW_AUTO(lw_card) card = NULL;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_wire w = lw_wire_writer(&b);
    q->card.password = &q->password;
    int r = lw_chip_read(&card, l, &q->card, why);
    if (r < 0)
        return answer_fault(l, why);
    r = lw_card_wire(&w, card);
    return r < 0 ? r : answer(l, &b, NULL);
}

int lw_work(const struct lw_link *l, struct lw_span request, const struct lw_trust *trust)
{
    struct lw_why why;
    struct lw_request q = {.bytes = {NULL, 0}};
    struct lw_wire w = lw_wire_reader(request);
    int r = lw_request_wire(&w, &q);
    if (r < 0) {
        lw_why_set(&why, r, -1, "the request cannot be read");
        return answer_fault(l, &why);
    }
    switch (q.kind) {
    case LW_REQUEST_IMAGE:
        return do_image(l, &q, &why);
    case LW_REQUEST_MRZ_PICTURE:
        return do_mrz_picture(l, &q, &why);
    case LW_REQUEST_MRZ:
        return do_mrz(l, &q, &why);
    case LW_REQUEST_SEAL:
        return do_seal(l, &q, trust, &why);
    case LW_REQUEST_MANIFEST:
        return do_manifest(l, &q, &why);
    case LW_REQUEST_DOCUMENT:
        return do_document(l, &q, trust, &why);
    case LW_REQUEST_CARD:
        return do_card(l, &q, &why);
    case LW_REQUEST_KINDS:
        break;
    }
    return LW_EINVAL;
}

static int by_byte(const void *a, const void *b)
{
    return *(const uint8_t *)a - *(const uint8_t *)b;
}

/* What the C library does at the first use of these: qsort asks how much memory the machine has,
 * before it sorts more than a kilobyte; time zones are looked up. JSON's objects take a random
 * number from a file. */
static void warm_up_libraries(void)
{
    LW_AUTO(lw_json_doc) doc = NULL;
    uint8_t many[4096] = {0};
    struct tm tm;
    const time_t now = 0;
    qsort(many, sizeof(many), 1, by_byte);
    tzset();
    (void)gmtime_r(&now, &tm);
    (void)lw_json_parse(&doc, (struct lw_span){(const uint8_t *)"{}", 2}, NULL);
}

int lw_work_warm_up(struct lw_why *why)
{
    warm_up_libraries();
    if (lw_crypt_warm_up() < 0)
        return lw_why_set(why, LW_ECRYPTO, -1, "the library of ciphers does not start");
    return LW_OK;
}
