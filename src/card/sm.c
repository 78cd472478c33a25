#include "card/sm.h"

#include <string.h>

#include "doc/tlv.h"

enum {
    DO_PLAIN_ODD = 0x85, /* cryptogram of an odd instruction: no padding indicator */
    DO_CRYPTOGRAM = 0x87,
    DO_MAC = 0x8e,
    DO_NE = 0x97,
    DO_STATUS = 0x99,
    PADDED = 0x01 /* padding-content indicator: method 2 */
};

int lw_sm_start(struct lw_sm *sm, enum lw_cipher c, struct lw_span secret)
{
    *sm = (struct lw_sm){.cipher = c};
    int r = lw_kdf(c, secret, 1, sm->enc);
    return r < 0 ? r : lw_kdf(c, secret, 2, sm->mac);
}

void lw_sm_wipe(struct lw_sm *sm)
{
    lw_wipe(sm, sizeof(*sm));
}

static size_t block_of(const struct lw_sm *sm)
{
    return lw_cipher_block_bytes(sm->cipher);
}

static void count(struct lw_sm *sm)
{
    for (size_t i = block_of(sm); i-- > 0;)
        if (++sm->ssc[i] != 0)
            return;
}

/* 9.8.6.1: zeros for 3DES; 9.8.7.1: the encrypted counter for AES. */
static int start_vector(const struct lw_sm *sm, uint8_t iv[LW_CIPHER_BLOCK_MAX])
{
    memset(iv, 0, LW_CIPHER_BLOCK_MAX);
    if (sm->cipher == LW_CIPHER_3DES)
        return LW_OK;
    return lw_cipher_encrypt(sm->cipher, sm->enc, NULL,
                             (struct lw_span){sm->ssc, LW_CIPHER_BLOCK_MAX}, iv);
}

/* The code over counter, header (padded; none in answers) and objects (padded). */
static int code_of(const struct lw_sm *sm, const uint8_t *header, struct lw_span objects,
                   uint8_t out[LW_CIPHER_MAC])
{
    LW_AUTO_STRBUF n = LW_STRBUF_INIT;
    lw_strbuf_put(&n, sm->ssc, block_of(sm));
    if (header) {
        lw_strbuf_put(&n, header, 4);
        lw_pad_put(&n, block_of(sm));
    }
    lw_strbuf_put(&n, objects.data, objects.n);
    if (objects.n)
        lw_pad_put(&n, block_of(sm));
    return lw_strbuf_err(&n) ? LW_ENOMEM
                             : lw_cipher_mac(sm->cipher, sm->mac, lw_strbuf_span(&n), out);
}

static int put_cryptogram(const struct lw_sm *sm, const struct lw_apdu *c, struct lw_strbuf *b)
{
    uint8_t iv[LW_CIPHER_BLOCK_MAX];
    LW_AUTO_STRBUF padded = LW_STRBUF_INIT;
    lw_strbuf_put(&padded, c->data.data, c->data.n);
    lw_pad_put(&padded, block_of(sm));
    bool odd = c->ins & 1;
    int r = lw_strbuf_err(&padded) ? LW_ENOMEM : start_vector(sm, iv);
    if (r < 0)
        return r;
    r = lw_cipher_encrypt(sm->cipher, sm->enc, iv, lw_strbuf_span(&padded), (uint8_t *)padded.s);
    if (r < 0)
        return r;
    lw_tlv_put_header(b, odd ? DO_PLAIN_ODD : DO_CRYPTOGRAM, padded.n + (odd ? 0 : 1));
    if (!odd)
        lw_strbuf_putc(b, PADDED);
    lw_strbuf_put(b, padded.s, padded.n);
    return LW_OK;
}

static void put_ne(const struct lw_apdu *c, struct lw_strbuf *b)
{
    const uint8_t ne[2] = {(uint8_t)(c->ne >> 8), (uint8_t)c->ne};
    bool extended = c->ne > LW_APDU_NE_SHORT;
    lw_tlv_put(b, DO_NE, extended ? (struct lw_span){ne, 2} : (struct lw_span){ne + 1, 1});
}

int lw_sm_wrap(struct lw_sm *sm, const struct lw_apdu *c, struct lw_strbuf *b)
{
    if (c->data.n > LW_APDU_DATA_MAX - 64 || c->ne > LW_APDU_NE_EXTENDED)
        return LW_EINVAL;
    count(sm);
    const uint8_t header[4] = {c->cla | 0x0c, c->ins, c->p1, c->p2};
    LW_AUTO_STRBUF objects = LW_STRBUF_INIT;
    uint8_t code[LW_CIPHER_MAC];
    int r = c->data.n ? put_cryptogram(sm, c, &objects) : LW_OK;
    if (r == LW_OK && c->ne)
        put_ne(c, &objects);
    if (r == LW_OK)
        r = code_of(sm, header, lw_strbuf_span(&objects), code);
    if (r < 0)
        return r;
    lw_tlv_put(&objects, DO_MAC, (struct lw_span){code, sizeof(code)});
    if (lw_strbuf_err(&objects))
        return LW_ENOMEM;
    bool extended = c->ne > LW_APDU_NE_SHORT || objects.n > 255;
    return lw_apdu_put(b,
                       &(struct lw_apdu){.cla = header[0],
                                         .ins = c->ins,
                                         .p1 = c->p1,
                                         .p2 = c->p2,
                                         .data = lw_strbuf_span(&objects),
                                         .ne = extended ? LW_APDU_NE_EXTENDED : LW_APDU_NE_SHORT});
}

/* The objects of an answer: [cryptogram], status, code, in this order and once each. */
struct objects {
    struct lw_tlv cryptogram; /* tag 0: none */
    struct lw_tlv status;
    struct lw_tlv code;
    size_t authenticated; /* bytes before the code */
};

static int split(struct objects *o, struct lw_span data, struct lw_why *why)
{
    struct lw_tlv_limits limits = LW_TLV_LIMITS;
    struct lw_tlv_reader r;
    int e = lw_tlv_open(&r, data, &limits, why);
    if (e == LW_OK)
        e = lw_tlv_accept(&r, DO_CRYPTOGRAM, &o->cryptogram, why);
    if (e == 0)
        e = lw_tlv_accept(&r, DO_PLAIN_ODD, &o->cryptogram, why);
    if (e >= 0)
        e = lw_tlv_expect(&r, DO_STATUS, &o->status, why);
    if (e == LW_OK)
        e = lw_tlv_expect(&r, DO_MAC, &o->code, why);
    if (e == LW_OK)
        e = lw_tlv_end(&r, why);
    if (e < 0)
        return e;
    if (o->status.value.n != 2 || o->code.value.n != LW_CIPHER_MAC)
        return lw_why_set(why, LW_EFORMAT, -1, "status or code has a wrong length");
    o->authenticated = o->code.at;
    return LW_OK;
}

static int decrypt(const struct lw_sm *sm, const struct lw_tlv *t, struct lw_strbuf *plain,
                   struct lw_why *why)
{
    struct lw_span in = t->value;
    if (t->tag == DO_CRYPTOGRAM) {
        if (in.n == 0 || in.data[0] != PADDED)
            return lw_why_set(why, LW_EFORMAT, -1, "cryptogram without padding indicator");
        in = (struct lw_span){in.data + 1, in.n - 1};
    }
    if (in.n == 0 || in.n % block_of(sm) != 0)
        return lw_why_set(why, LW_EFORMAT, -1, "cryptogram of %zu bytes", in.n);
    uint8_t iv[LW_CIPHER_BLOCK_MAX];
    lw_strbuf_put(plain, in.data, in.n);
    int r = lw_strbuf_err(plain) ? LW_ENOMEM : start_vector(sm, iv);
    if (r == LW_OK)
        r = lw_cipher_decrypt(sm->cipher, sm->enc, iv, in, (uint8_t *)plain->s);
    if (r < 0)
        return lw_why_set(why, r, -1, "an answer cannot be decrypted");
    if (lw_pad_strip(lw_strbuf_span(plain), block_of(sm), &plain->n) < 0)
        return lw_why_set(why, LW_EFORMAT, -1, "padding of a protected answer is wrong");
    plain->s[plain->n] = '\0';
    return LW_OK;
}

int lw_sm_unwrap(struct lw_sm *sm, struct lw_span answer, struct lw_strbuf *plain, uint16_t *sw,
                 struct lw_why *why)
{
    struct lw_answer a;
    struct objects o = {.authenticated = 0};
    uint8_t code[LW_CIPHER_MAC];
    plain->n = 0;
    count(sm);
    int r = lw_answer_parse(&a, answer, why);
    if (r < 0)
        return r;
    if (a.data.n == 0) {
        *sw = a.sw;
        return lw_why_set(why, LW_EUNSUP, -1, "the chip ended secure messaging: %s (%04X)",
                          lw_sw_text(a.sw), a.sw);
    }
    r = split(&o, a.data, why);
    if (r == LW_OK)
        r = code_of(sm, NULL, (struct lw_span){a.data.data, o.authenticated}, code);
    if (r < 0) {
        lw_why_prefix(why, "protected answer");
        if (r == LW_ENOMEM || r == LW_ECRYPTO)
            return r;
        if (why)
            why->code = LW_EFORMAT;
        return LW_EFORMAT;
    }
    if (!lw_cipher_mac_equal(code, o.code.value.data))
        return lw_why_set(why, LW_ECRYPTO, -1, "authentication code of an answer is wrong");
    if (o.cryptogram.tag && (r = decrypt(sm, &o.cryptogram, plain, why)) < 0)
        return r;
    *sw = (uint16_t)(o.status.value.data[0] << 8 | o.status.value.data[1]);
    return LW_OK;
}
