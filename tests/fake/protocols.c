/* BAC, PACE, chip authentication and active authentication from the chip's side. */
#include <string.h>

#include <openssl/ecdsa.h>
#include <openssl/rsa.h>

#include "fake/card_priv.h"

enum { OK = 0x9000, FAILED = 0x6300, WRONG_DATA = 0x6a80 };

struct lw_span fake_find(struct lw_span bytes, uint32_t outer, uint32_t tag)
{
    struct lw_tlv_limits limits = LW_TLV_LIMITS;
    struct lw_tlv_reader r;
    struct lw_tlv t;
    const struct lw_span none = {0};
    if (lw_tlv_open(&r, bytes, &limits, NULL) < 0)
        return none;
    if (outer && (lw_tlv_expect(&r, outer, &t, NULL) < 0 || lw_tlv_enter(&r, &t, &r, NULL) < 0))
        return none;
    return lw_tlv_find(&r, tag, &t, NULL) == 1 ? t.value : none;
}

uint16_t fake_get_challenge(struct fake_card *c, struct lw_strbuf *out)
{
    lw_random_fill(c->opts.random, c->challenge, sizeof(c->challenge));
    c->challenged = true;
    lw_strbuf_put(out, c->challenge, sizeof(c->challenge));
    return OK;
}

static void mac3(const struct lw_sm *k, const uint8_t *p, size_t n, uint8_t out[8])
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    lw_strbuf_put(&b, p, n);
    lw_pad_put(&b, 8);
    lw_cipher_mac(LW_CIPHER_3DES, k->mac, lw_strbuf_span(&b), out);
}

static void bac_keys(struct fake_card *c, const uint8_t theirs[32], const uint8_t ours[32])
{
    uint8_t seed[16];
    for (size_t i = 0; i < 16; i++)
        seed[i] = theirs[16 + i] ^ ours[16 + i];
    lw_sm_start(&c->next, LW_CIPHER_3DES, (struct lw_span){seed, 16});
    memcpy(c->next.ssc, c->challenge + 4, 4);
    memcpy(c->next.ssc + 4, theirs + 4, 4);
    c->switch_keys = c->open = true;
}

uint16_t fake_bac(struct fake_card *c, const struct fake_command *cmd, struct lw_strbuf *out)
{
    struct lw_sm k;
    uint8_t theirs[32], ours[32], mac[8];
    const uint8_t *in = (const uint8_t *)cmd->data.s;
    lw_sm_start(&k, LW_CIPHER_3DES, (struct lw_span){lw_password_secret(&c->mrz).data, 16});
    if (!c->challenged || cmd->data.n != 40)
        return 0x6700;
    c->challenged = false;
    mac3(&k, in, 32, mac);
    lw_cipher_decrypt(LW_CIPHER_3DES, k.enc, NULL, (struct lw_span){in, 32}, theirs);
    if (memcmp(mac, in + 32, 8) != 0 || memcmp(theirs + 8, c->challenge, 8) != 0)
        return FAILED;
    memcpy(ours, c->challenge, 8);
    memcpy(ours + 8, theirs, 8);
    lw_random_fill(c->opts.random, ours + 16, 16);
    bac_keys(c, theirs, ours);
    if (c->opts.fault == FAKE_BAC_OLD)
        ours[12] ^= 1;
    lw_cipher_encrypt(LW_CIPHER_3DES, k.enc, NULL, (struct lw_span){ours, 32}, ours);
    mac3(&k, ours, 32, mac);
    if (c->opts.fault == FAKE_BAC_ANSWER)
        mac[0] ^= 1;
    lw_strbuf_put(out, ours, 32);
    lw_strbuf_put(out, mac, 8);
    return OK;
}

uint16_t fake_set_pace(struct fake_card *c, const struct fake_command *cmd)
{
    struct lw_span data = lw_strbuf_span(&cmd->data);
    struct lw_span oid = fake_find(data, 0, 0x80), ref = fake_find(data, 0, 0x83);
    if (c->opts.fault == FAKE_PACE_REFUSED)
        return 0x6a88;
    if (oid.n != c->oid.n || memcmp(oid.data, c->oid.bytes, oid.n) != 0 || ref.n != 1 ||
        (ref.data[0] != 1 && ref.data[0] != 2))
        return WRONG_DATA;
    c->password = ref.data[0] == 1 ? &c->mrz : &c->can;
    c->step = 1;
    lw_group_free(&c->group);
    lw_group_free(&c->mapped);
    return lw_group_standard(&c->group, c->opts.parameter_id, NULL) == LW_OK ? OK : WRONG_DATA;
}

static void put_answer(struct lw_strbuf *out, uint32_t tag, struct lw_span value)
{
    LW_AUTO_STRBUF inner = LW_STRBUF_INIT;
    lw_tlv_put(&inner, tag, value);
    lw_tlv_put(out, 0x7c, lw_strbuf_span(&inner));
}

/* The chip's key as sent, which some faults forge. */
static void put_key(const struct fake_card *c, struct lw_strbuf *out, uint32_t tag,
                    const struct lw_number *ours, struct lw_span theirs)
{
    struct lw_number key = *ours;
    if (c->opts.fault == FAKE_PACE_MIRROR)
        lw_number_set(&key, theirs);
    if (c->opts.fault == FAKE_PACE_BAD_POINT)
        key.bytes[key.n - 1] ^= 1;
    put_answer(out, tag, lw_number_span(&key));
}

static uint16_t pace_nonce(struct fake_card *c, struct lw_strbuf *out)
{
    uint8_t key[LW_CIPHER_KEY_MAX], z[32];
    c->nonce_n = lw_map_nonce_bytes(c->opts.cipher);
    lw_random_fill(c->opts.random, c->nonce, c->nonce_n);
    lw_kdf(c->opts.cipher, lw_password_secret(c->password), 3, key);
    lw_cipher_encrypt(c->opts.cipher, key, NULL, (struct lw_span){c->nonce, c->nonce_n}, z);
    put_answer(out, 0x80, (struct lw_span){z, c->opts.fault == FAKE_PACE_NONCE ? 7 : c->nonce_n});
    c->step = 2;
    return OK;
}

/* Chip authentication mapping: the mapping key is the static one times a fresh number. */
static bool make_map_key(struct fake_card *c)
{
    if (lw_group_make_key(c->group, c->opts.random, &c->map) < 0)
        return false;
    if (c->opts.mapping != LW_PACE_CHIP)
        return true;
    struct lw_number product;
    if (lw_group_multiply(c->group, lw_number_span(&c->map.secret), lw_number_span(&c->cam.public),
                          &product, NULL) < 0)
        return false;
    c->map.public = product;
    return true;
}

/* H = map * static * other, in two steps. */
static bool map_chip(struct fake_card *c, struct lw_span other)
{
    struct lw_number half;
    struct lw_span nonce = {c->nonce, c->nonce_n};
    return lw_group_multiply(c->group, lw_number_span(&c->cam.secret), other, &half, NULL) ==
               LW_OK &&
           lw_group_map_generic(&c->mapped, c->group, lw_number_span(&c->map.secret),
                                lw_number_span(&half), nonce, NULL) == LW_OK;
}

static uint16_t pace_map(struct fake_card *c, struct lw_span data, struct lw_strbuf *out)
{
    bool integrated = c->opts.mapping == LW_PACE_INTEGRATED;
    struct lw_span theirs = fake_find(data, 0x7c, 0x81), nonce = {c->nonce, c->nonce_n};
    c->step = 3;
    if (integrated) {
        put_answer(out, 0x82, (struct lw_span){0});
        int r = lw_group_map_integrated(&c->mapped, c->group, c->opts.cipher, nonce, theirs, NULL);
        return r == LW_OK ? OK : WRONG_DATA;
    }
    if (!make_map_key(c))
        return 0x6f00;
    put_key(c, out, 0x82, &c->map.public, theirs);
    bool ok = c->opts.mapping == LW_PACE_CHIP
                  ? map_chip(c, theirs)
                  : lw_group_map_generic(&c->mapped, c->group, lw_number_span(&c->map.secret),
                                         theirs, nonce, NULL) == LW_OK;
    return ok ? OK : WRONG_DATA;
}

static uint16_t pace_agree(struct fake_card *c, struct lw_span data, struct lw_strbuf *out)
{
    struct lw_span theirs = fake_find(data, 0x7c, 0x83);
    struct lw_number shared;
    c->step = 4;
    if (!c->mapped || lw_number_set(&c->reader_key, theirs) < 0 ||
        lw_group_make_key(c->mapped, c->opts.random, &c->key) < 0 ||
        lw_group_agree(c->mapped, lw_number_span(&c->key.secret), theirs, &shared, NULL) < 0)
        return WRONG_DATA;
    lw_sm_start(&c->pace, c->opts.cipher, lw_number_span(&shared));
    put_key(c, out, 0x84, &c->key.public, theirs);
    return OK;
}

static void token(const struct fake_card *c, const struct lw_number *key, uint8_t out[8])
{
    LW_AUTO_STRBUF inner = LW_STRBUF_INIT;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    lw_tlv_put(&inner, 0x06, (struct lw_span){c->oid.bytes, c->oid.n});
    lw_tlv_put(&inner, lw_group_is_curve(c->group) ? 0x86 : 0x84, lw_number_span(key));
    lw_tlv_put(&b, 0x7f49, lw_strbuf_span(&inner));
    if (c->opts.cipher == LW_CIPHER_3DES)
        lw_pad_put(&b, 8);
    lw_cipher_mac(c->opts.cipher, c->pace.mac, lw_strbuf_span(&b), out);
}

static void put_chip_data(const struct fake_card *c, struct lw_strbuf *inner)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    uint8_t ones[16], iv[16];
    memset(ones, 0xff, sizeof(ones));
    lw_cipher_encrypt(c->opts.cipher, c->pace.enc, NULL, (struct lw_span){ones, 16}, iv);
    lw_strbuf_put(&b, c->map.secret.bytes, c->map.secret.n);
    if (c->opts.fault == FAKE_CAM_COPY)
        b.s[b.n - 1] ^= 1;
    lw_pad_put(&b, 16);
    lw_cipher_encrypt(c->opts.cipher, c->pace.enc, iv, lw_strbuf_span(&b), (uint8_t *)b.s);
    lw_tlv_put(inner, 0x8a, lw_strbuf_span(&b));
}

static uint16_t pace_token(struct fake_card *c, struct lw_span data, struct lw_strbuf *out)
{
    struct lw_span theirs = fake_find(data, 0x7c, 0x85);
    uint8_t want[8], ours[8];
    LW_AUTO_STRBUF inner = LW_STRBUF_INIT;
    c->step = 0;
    token(c, &c->key.public, want);
    token(c, &c->reader_key, ours);
    if (theirs.n != 8 || memcmp(theirs.data, want, 8) != 0)
        return FAILED;
    if (c->opts.fault == FAKE_PACE_TOKEN)
        ours[7] ^= 1;
    lw_tlv_put(&inner, 0x86, (struct lw_span){ours, 8});
    if (c->opts.mapping == LW_PACE_CHIP)
        put_chip_data(c, &inner);
    lw_tlv_put(out, 0x7c, lw_strbuf_span(&inner));
    c->next = c->pace;
    c->switch_keys = c->open = true;
    return OK;
}

uint16_t fake_pace(struct fake_card *c, const struct fake_command *cmd, struct lw_strbuf *out)
{
    struct lw_span data = lw_strbuf_span(&cmd->data);
    bool chained = cmd->cla & 0x10;
    if (c->step == 0 || chained != (c->step < 4))
        return 0x6985;
    switch (c->step) {
    case 1:
        return pace_nonce(c, out);
    case 2:
        return pace_map(c, data, out);
    case 3:
        return pace_agree(c, data, out);
    default:
        return pace_token(c, data, out);
    }
}

uint16_t fake_set_ca(struct fake_card *c, const struct fake_command *cmd)
{
    struct lw_span data = lw_strbuf_span(&cmd->data);
    if (!c->secure || !c->opts.ca || c->opts.fault == FAKE_CA_REFUSED)
        return 0x6a88;
    if (cmd->p2 == 0xa6)
        return c->opts.ca_cipher == LW_CIPHER_3DES ? fake_ca(c, fake_find(data, 0, 0x91))
                                                   : WRONG_DATA;
    return fake_find(data, 0, 0x80).n == 10 ? OK : WRONG_DATA;
}

uint16_t fake_ca(struct fake_card *c, struct lw_span reader_key)
{
    struct lw_number shared, secret = c->ca.secret;
    if (c->opts.fault == FAKE_CA_COPY)
        secret.bytes[secret.n - 1] ^= 1;
    if (!c->ca_group ||
        lw_group_agree(c->ca_group, lw_number_span(&secret), reader_key, &shared, NULL) < 0)
        return WRONG_DATA;
    lw_sm_start(&c->next, c->opts.ca_cipher, lw_number_span(&shared));
    c->switch_keys = true;
    return OK;
}

/* 9796-2 scheme 1 with SHA-256: recovered part of fixed bytes, digest over it and the challenge. */
static size_t sign_rsa(struct fake_card *c, struct lw_span challenge, uint8_t out[512])
{
    uint8_t f[256], message[300];
    size_t m = sizeof(f) - 1 - 32 - 2, n = 512;
    memset(message, 0x42, m);
    memcpy(message + m, challenge.data, challenge.n);
    f[0] = 0x6a;
    memcpy(f + 1, message, m);
    EVP_Digest(message, m + challenge.n, f + 1 + m, NULL, EVP_sha256(), NULL);
    f[254] = 0x34;
    f[255] = 0xcc;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(c->aa, NULL);
    bool ok = ctx && EVP_PKEY_sign_init(ctx) == 1 &&
              EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) == 1 &&
              EVP_PKEY_sign(ctx, out, &n, f, sizeof(f)) == 1;
    EVP_PKEY_CTX_free(ctx);
    return ok ? n : 0;
}

static size_t sign_ecdsa(struct fake_card *c, struct lw_span challenge, uint8_t out[512])
{
    uint8_t der[256];
    size_t n = sizeof(der);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, c->aa) == 1 &&
              EVP_DigestSign(ctx, der, &n, challenge.data, challenge.n) == 1;
    EVP_MD_CTX_free(ctx);
    const uint8_t *p = der;
    ECDSA_SIG *sig = ok ? d2i_ECDSA_SIG(NULL, &p, (long)n) : NULL;
    if (!sig)
        return 0;
    BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + 32, 32);
    ECDSA_SIG_free(sig);
    return 64;
}

uint16_t fake_aa(struct fake_card *c, const struct fake_command *cmd, struct lw_strbuf *out)
{
    uint8_t sig[512];
    struct lw_span challenge = lw_strbuf_span(&cmd->data);
    if (c->opts.aa == FAKE_AA_NONE)
        return 0x6d00;
    if (challenge.n != 8)
        return 0x6700;
    size_t n =
        c->opts.aa == FAKE_AA_RSA ? sign_rsa(c, challenge, sig) : sign_ecdsa(c, challenge, sig);
    if (c->opts.fault == FAKE_AA_COPY)
        sig[n / 2] ^= 1;
    if (n > cmd->ne || (!c->opts.extended && c->secure && n > 223))
        return 0x6700;
    lw_strbuf_put(out, sig, n);
    return OK;
}
