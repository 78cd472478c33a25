/* What passes between the program and its decoder, as each side reads it: the first byte says what
 * the rest is. What can be read is written again, and has to be the same. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "card/card.h"
#include "card/reader.h"
#include "decoder/answer.h"
#include "decoder/chip.h"
#include "decoder/link.h"
#include "decoder/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void is_same(const struct lw_strbuf *written, struct lw_span read)
{
    assert(lw_strbuf_err(written) == LW_OK && written->n == read.n);
    assert(read.n == 0 || memcmp(written->s, read.data, read.n) == 0);
}

static void fuzz_request(struct lw_span in)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_request q = {.bytes = {NULL, 0}};
    struct lw_wire r = lw_wire_reader(in), w = lw_wire_writer(&b);
    if (lw_request_wire(&r, &q) < 0)
        return;
    assert(lw_request_wire(&w, &q) == LW_OK);
    is_same(&b, in);
}

static void fuzz_picture(struct lw_span in)
{
    struct lw_wire r = lw_wire_reader(in);
    struct lw_picture p = {0};
    if (lw_picture_wire(&r, &p) == LW_OK)
        assert(lw_picture_row(&p) * (size_t)p.height <= LW_IMAGE_BYTES_MAX);
}

static void fuzz_mrz(struct lw_span in)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT, text = LW_STRBUF_INIT;
    struct lw_mrz_list list = {.n = 0};
    struct lw_wire r = lw_wire_reader(in), w = lw_wire_writer(&b);
    if (lw_mrz_list_wire(&r, &list) == LW_OK) {
        for (size_t i = 0; i < list.n; i++) {
            lw_mrz_put_json(&text, &list.v[i]);
            lw_mrz_put_card(&text, &list.v[i]);
        }
        assert(lw_mrz_list_wire(&w, &list) == LW_OK);
        is_same(&b, in);
    }
    lw_mrz_list_clear(&list);
}

static void fuzz_document(struct lw_span in)
{
    static const uint8_t file[300];
    static struct lw_document d;
    struct lw_span files[LW_LDS_COUNT] = {{NULL, 0}};
    LW_AUTO_STRBUF text = LW_STRBUF_INIT;
    struct lw_picture size = {0};
    char protocols[LW_PROTOCOLS_TEXT];
    struct lw_wire r = lw_wire_reader(in);
    memset(&d, 0, sizeof(d));
    files[LW_LDS_DG11] = files[LW_LDS_DG12] = (struct lw_span){file, sizeof(file)};
    if (lw_document_wire(&r, &d, &size, protocols, files) < 0)
        return;
    for (size_t i = 0; i < d.holder.n; i++)
        assert(d.holder.v[i].value.n <= sizeof(file));
    lw_document_put_json(&text, &d, NULL);
    lw_document_put_card(&text, &d, NULL);
}

static void fuzz_card(struct lw_span in)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    LW_AUTO(lw_card) card = calloc(1, sizeof(*card));
    struct lw_wire r = lw_wire_reader(in), w = lw_wire_writer(&b);
    assert(card);
    if (lw_card_wire(&r, card) < 0)
        return;
    assert(lw_card_wire(&w, card) == LW_OK);
    is_same(&b, in);
}

static void fuzz_why(struct lw_span in)
{
    struct lw_wire r = lw_wire_reader(in);
    struct lw_why why = {0};
    if (lw_why_wire(&r, &why) == LW_OK)
        assert(why.code < 0 && strlen(why.text) < LW_WHY_TEXT);
}

/* Bytes that come over a socket. */
static void fuzz_link(struct lw_span in)
{
    LW_AUTO_MEM(uint8_t) payload = NULL;
    enum lw_frame_kind kind;
    size_t n = 0;
    int pair[2];
    assert(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    const struct lw_link to = {.fd = pair[0], .until_ns = lw_now_ns() + LW_SEC};
    const struct lw_link from = {.fd = pair[1], .until_ns = lw_now_ns() + LW_SEC};
    if (in.n > 65536) /* what a socket holds in any case */
        in.n = 65536;
    assert(lw_link_send(&to, in.data, in.n) == LW_OK);
    close(pair[0]);
    if (lw_link_receive_frame(&from, &kind, &payload, &n, 1 << 20) == LW_OK)
        assert(kind >= LW_WIRE_REQUEST && kind < LW_WIRE_KINDS && n + 12 <= in.n);
    close(pair[1]);
}

static int transmit(struct lw_reader *r, struct lw_span command, uint8_t *answer, size_t cap,
                    size_t *n, struct lw_why *why)
{
    LW_UNUSED(r);
    assert(command.n == 0 || command.data);
    if (cap < 2)
        return lw_why_set(why, LW_ELIMIT, -1, "no room");
    memset(answer, 0x90, cap);
    *n = cap;
    return LW_OK;
}

static int reset(struct lw_reader *r, struct lw_why *why)
{
    LW_UNUSED(r);
    return lw_why_set(why, LW_ETIMEOUT, -1, "no card came");
}

static struct lw_span atr(struct lw_reader *r)
{
    static const uint8_t long_one[100];
    LW_UNUSED(r);
    return (struct lw_span){long_one, sizeof(long_one)};
}

/* What a decoder asks of a chip. */
static void fuzz_question(struct lw_span in)
{
    static const struct lw_reader_ops ops = {.transmit = transmit, .reset = reset, .atr = atr};
    struct lw_reader reader = {.ops = &ops};
    const struct lw_card_opts opts = LW_CARD_DEFAULTS;
    int pair[2];
    assert(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    const struct lw_link link = {.fd = pair[0], .until_ns = lw_now_ns() + LW_SEC};
    (void)lw_chip_serve(&link, in, &reader, &opts);
    close(pair[0]);
    close(pair[1]);
}

static void fuzz_reading(struct lw_span in)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT, text = LW_STRBUF_INIT;
    struct lw_mrz_reading reading = {.found = false};
    struct lw_wire r = lw_wire_reader(in), w = lw_wire_writer(&b);
    if (lw_mrz_reading_wire(&r, &reading) < 0)
        return;
    lw_mrz_reading_put_json(&text, &reading);
    lw_mrz_reading_put_card(&text, &reading);
    assert(lw_mrz_reading_wire(&w, &reading) == LW_OK);
    is_same(&b, in);
}

static void fuzz_seal(struct lw_span in)
{
    static const uint8_t file[300];
    static const char printed[] = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\n"
                                  "L898902C36UTO7408122F1204159ZE184226B<<<<<10\n";
    LW_AUTO_STRBUF text = LW_STRBUF_INIT;
    static struct lw_vds_check c;
    struct lw_mrz passport;
    struct lw_wire r = lw_wire_reader(in);
    memset(&c, 0, sizeof(c));
    if (lw_vds_wire(&r, &c, (struct lw_span){file, sizeof(file)}) < 0)
        return;
    for (size_t i = 0; i < c.seal.n_features; i++)
        assert(c.seal.features[i].value.n <= sizeof(file));
    assert(lw_mrz_parse(&passport, (struct lw_span){(const uint8_t *)printed, sizeof(printed) - 1},
                        0, NULL) == LW_OK);
    lw_vds_compare(&c, &passport);
    lw_vds_put_json(&text, &c);
    lw_vds_put_card(&text, &c);
}

static void fuzz_manifest(struct lw_span in)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT, text = LW_STRBUF_INIT;
    struct lw_manifest m = {.people = 0}, again;
    struct lw_wire r = lw_wire_reader(in), w = lw_wire_writer(&b);
    if (lw_manifest_wire(&r, &m) < 0)
        return;
    assert(lw_manifest_wire(&w, &m) == LW_OK);
    is_same(&b, in);
    (void)lw_manifest_check(&m, NULL, 0, 0);
    lw_manifest_put_json(&text, &m); /* what came through can be printed and read again */
    assert(lw_manifest_parse(&again, lw_strbuf_span(&text), NULL) == LW_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static void (*const all[])(struct lw_span) = {
        fuzz_request, fuzz_picture,  fuzz_mrz,     fuzz_document, fuzz_card,    fuzz_why,
        fuzz_link,    fuzz_question, fuzz_reading, fuzz_seal,     fuzz_manifest};
    if (n > 0 && data[0] < LW_COUNT(all))
        all[data[0]]((struct lw_span){data + 1, n - 1});
    return 0;
}
