/* Secure messaging from the chip's side, written for itself: only the ciphers are shared. */
#include <string.h>

#include "fake/card_priv.h"

static size_t block(const struct fake_card *c)
{
    return lw_cipher_block_bytes(c->sm.cipher);
}

static void count(struct fake_card *c)
{
    for (size_t i = block(c); i-- > 0 && ++c->sm.ssc[i] == 0;)
        ;
}

static void start_vector(const struct fake_card *c, uint8_t iv[16])
{
    memset(iv, 0, 16);
    if (c->sm.cipher != LW_CIPHER_3DES)
        lw_cipher_encrypt(c->sm.cipher, c->sm.enc, NULL, (struct lw_span){c->sm.ssc, 16}, iv);
}

/* The data field of a short or extended command. */
static bool body_of(struct lw_span command, struct lw_span *body)
{
    if (command.n < 6)
        return false;
    size_t n = command.data[4], start = 5;
    if (n == 0 && command.n >= 9) {
        n = (size_t)command.data[5] << 8 | command.data[6];
        start = 7;
    }
    if (start + n > command.n)
        return false;
    *body = (struct lw_span){command.data + start, n};
    return true;
}

static bool authentic(const struct fake_card *c, struct lw_span command, struct lw_span body,
                      const struct lw_tlv *mac)
{
    LW_AUTO_STRBUF n = LW_STRBUF_INIT;
    uint8_t want[8];
    lw_strbuf_put(&n, c->sm.ssc, block(c));
    lw_strbuf_put(&n, command.data, 4);
    lw_pad_put(&n, block(c));
    lw_strbuf_put(&n, body.data, mac->at);
    if (mac->at)
        lw_pad_put(&n, block(c));
    lw_cipher_mac(c->sm.cipher, c->sm.mac, lw_strbuf_span(&n), want);
    return mac->value.n == 8 && memcmp(want, mac->value.data, 8) == 0;
}

static bool decrypt(const struct fake_card *c, struct lw_span z, struct lw_strbuf *out)
{
    uint8_t iv[16];
    start_vector(c, iv);
    lw_strbuf_put(out, z.data, z.n);
    return z.n && z.n % block(c) == 0 &&
           lw_cipher_decrypt(c->sm.cipher, c->sm.enc, iv, z, (uint8_t *)out->s) == LW_OK &&
           lw_pad_strip(lw_strbuf_span(out), block(c), &out->n) == LW_OK;
}

static size_t wanted(const struct lw_tlv *ne)
{
    const uint8_t *p = ne->value.data;
    if (ne->tag != 0x97 || ne->value.n < 1 || ne->value.n > 2)
        return 0;
    if (ne->value.n == 1)
        return p[0] ? p[0] : 256;
    return p[0] || p[1] ? (size_t)p[0] << 8 | p[1] : 65536;
}

bool fake_unprotect(struct fake_card *c, struct lw_span command, struct fake_command *out)
{
    struct lw_tlv_limits limits = LW_TLV_LIMITS;
    struct lw_tlv_reader r;
    struct lw_tlv data = {.tag = 0}, ne = {.tag = 0}, mac;
    struct lw_span body;
    count(c);
    if (!body_of(command, &body) || lw_tlv_open(&r, body, &limits, NULL) < 0 ||
        lw_tlv_accept(&r, 0x87, &data, NULL) < 0 ||
        (!data.tag && lw_tlv_accept(&r, 0x85, &data, NULL) < 0) ||
        lw_tlv_accept(&r, 0x97, &ne, NULL) < 0 || lw_tlv_expect(&r, 0x8e, &mac, NULL) < 0 ||
        lw_tlv_end(&r, NULL) < 0 || !authentic(c, command, body, &mac))
        return false;
    struct lw_span z = data.value;
    bool odd = command.data[1] & 1;
    if (data.tag && (data.tag == 0x85) != odd)
        return false;
    if (data.tag == 0x87) {
        if (z.n == 0 || z.data[0] != 1)
            return false;
        z = (struct lw_span){z.data + 1, z.n - 1};
    }
    out->ne = wanted(&ne);
    return !data.tag || decrypt(c, z, &out->data);
}

static void put_cryptogram(const struct fake_card *c, struct lw_span data, enum fake_fault fault,
                           struct lw_strbuf *objects)
{
    LW_AUTO_STRBUF plain = LW_STRBUF_INIT;
    uint8_t iv[16];
    const uint8_t indicator = fault == FAKE_NO_INDICATOR ? 2 : 1;
    start_vector(c, iv);
    lw_strbuf_put(&plain, data.data, data.n);
    lw_pad_put(&plain, block(c));
    if (fault == FAKE_WRONG_PADDING)
        plain.s[plain.n - 1] = 0x55;
    lw_cipher_encrypt(c->sm.cipher, c->sm.enc, iv, lw_strbuf_span(&plain), (uint8_t *)plain.s);
    lw_tlv_put_header(objects, 0x87, plain.n + 1);
    lw_strbuf_put(objects, &indicator, 1);
    lw_strbuf_put(objects, plain.s, plain.n);
}

void fake_protect(struct fake_card *c, struct lw_span data, uint16_t sw, enum fake_fault fault,
                  struct lw_strbuf *answer)
{
    const uint8_t word[2] = {(uint8_t)(sw >> 8), (uint8_t)sw};
    LW_AUTO_STRBUF n = LW_STRBUF_INIT;
    uint8_t mac[8];
    count(c);
    if (data.n)
        put_cryptogram(c, data, fault, answer);
    lw_tlv_put(answer, 0x99, (struct lw_span){word, 2});
    lw_strbuf_put(&n, c->sm.ssc, block(c));
    lw_strbuf_put(&n, answer->s, answer->n);
    lw_pad_put(&n, block(c));
    lw_cipher_mac(c->sm.cipher, c->sm.mac, lw_strbuf_span(&n), mac);
    if (fault == FAKE_WRONG_MAC)
        mac[3] ^= 4;
    if (fault != FAKE_NO_MAC)
        lw_tlv_put(answer, 0x8e, (struct lw_span){mac, 8});
    if (fault == FAKE_TRAILING_OBJECT)
        lw_tlv_put(answer, 0x99, (struct lw_span){word, 2});
    lw_strbuf_put(answer, word, 2);
}
