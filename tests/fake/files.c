/* The emulated passport's files: made here, or read from an LDS folder. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/file.h"
#include "doc/mrz.h"
#include "fake/card_priv.h"

static const uint8_t bsi[] = {0x04, 0x00, 0x7f, 0x00, 0x07, 0x02, 0x02};

void fake_set(struct lw_strbuf *b, const void *bytes, size_t n)
{
    b->n = 0;
    lw_strbuf_put(b, bytes, n);
}

static void wrap(struct lw_strbuf *b, uint32_t tag)
{
    LW_AUTO_STRBUF inner = *b;
    *b = LW_STRBUF_INIT;
    lw_tlv_put(b, tag, lw_strbuf_span(&inner));
}

static void put_number(struct lw_strbuf *b, uint8_t v)
{
    lw_tlv_put(b, 0x02, (struct lw_span){&v, 1});
}

static void put_oid(struct lw_strbuf *b, uint8_t x, uint8_t y, uint8_t z)
{
    uint8_t oid[10];
    memcpy(oid, bsi, sizeof(bsi));
    oid[7] = x, oid[8] = y, oid[9] = z;
    lw_tlv_put(b, 0x06, (struct lw_span){oid, z ? 10 : 9});
}

static void put_pace_info(struct fake_card *c, struct lw_strbuf *b)
{
    static const uint8_t variants[][2] = {{1, 2}, {3, 4}, {6, 6}};
    LW_AUTO_STRBUF i = LW_STRBUF_INIT;
    uint8_t variant = variants[c->opts.mapping][c->opts.parameter_id >= 8];
    put_oid(&i, 4, variant, (uint8_t)(c->opts.cipher + 1));
    memcpy(c->oid.bytes, i.s + 2, 10);
    c->oid.n = 10;
    put_number(&i, 2);
    put_number(&i, (uint8_t)c->opts.parameter_id);
    lw_tlv_put(b, 0x30, lw_strbuf_span(&i));
}

static EVP_PKEY *new_pkey(const char *type, const char *group)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *key = NULL;
    if (ctx && EVP_PKEY_keygen_init(ctx) == 1 && EVP_PKEY_CTX_set_group_name(ctx, group) == 1)
        EVP_PKEY_keygen(ctx, &key);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

static void put_public(struct lw_strbuf *b, const EVP_PKEY *key)
{
    uint8_t *der = NULL;
    int n = i2d_PUBKEY(key, &der);
    if (n > 0)
        lw_strbuf_put(b, der, (size_t)n);
    OPENSSL_free(der);
}

static bool secret_of(const EVP_PKEY *key, struct lw_number *out)
{
    BIGNUM *x = NULL;
    if (EVP_PKEY_get_bn_param(key, "priv", &x) != 1)
        return false;
    out->n = (size_t)BN_num_bytes(x);
    BN_bn2bin(x, out->bytes);
    BN_clear_free(x);
    return true;
}

/* A static key pair, and the ChipAuthenticationPublicKeyInfo of it. */
static bool put_static_key(struct lw_strbuf *b, const char *name, struct lw_group **g,
                           struct lw_key_pair *pair)
{
    bool curve = strncmp(name, "dh", 2) != 0;
    LW_AUTO_STRBUF spki = LW_STRBUF_INIT;
    LW_AUTO_STRBUF i = LW_STRBUF_INIT;
    EVP_PKEY *key = new_pkey(curve ? "EC" : "DHX", name);
    if (!key)
        return false;
    put_public(&spki, key);
    bool ok = secret_of(key, &pair->secret) &&
              lw_group_of_public_key(g, &pair->public, lw_strbuf_span(&spki), NULL) == LW_OK;
    EVP_PKEY_free(key);
    put_oid(&i, 1, curve ? 2 : 1, 0);
    lw_strbuf_put(&i, spki.s, spki.n);
    lw_tlv_put(b, 0x30, lw_strbuf_span(&i));
    return ok;
}

static void put_ca_info(const struct fake_card *c, struct lw_strbuf *b)
{
    LW_AUTO_STRBUF i = LW_STRBUF_INIT;
    put_oid(&i, 3, lw_group_is_curve(c->ca_group) ? 2 : 1, (uint8_t)(c->opts.ca_cipher + 1));
    put_number(&i, 1);
    lw_tlv_put(b, 0x30, lw_strbuf_span(&i));
}

/* ecdsa-plain-SHA256. */
static void put_aa_info(struct lw_strbuf *b)
{
    static const uint8_t info[] = {0x06, 0x06, 0x67, 0x81, 0x08, 0x01, 0x01, 0x05,
                                   0x02, 0x01, 0x01, 0x06, 0x0a, 0x04, 0x00, 0x7f,
                                   0x00, 0x07, 0x01, 0x01, 0x04, 0x01, 0x03};
    lw_tlv_put(b, 0x30, (struct lw_span){info, sizeof(info)});
}

static bool make_dg14(struct fake_card *c, struct lw_strbuf *out)
{
    LW_AUTO_STRBUF set = LW_STRBUF_INIT;
    if (c->opts.pace)
        put_pace_info(c, &set);
    if (c->opts.ca) {
        if (!put_static_key(&set, c->opts.ca_group, &c->ca_group, &c->ca))
            return false;
        if (c->opts.ca_info)
            put_ca_info(c, &set);
    }
    if (c->opts.aa == FAKE_AA_ECDSA)
        put_aa_info(&set);
    if (set.n == 0)
        return true;
    lw_tlv_put(out, 0x31, lw_strbuf_span(&set));
    wrap(out, 0x6e);
    return true;
}

/* SignedData around the SecurityInfos; nobody signed it. */
static bool make_card_security(struct fake_card *c, struct lw_strbuf *out)
{
    static const uint8_t head[] = {0x02, 0x01, 0x03, 0x31, 0x00};
    static const uint8_t type[] = {0x06, 0x08, 0x04, 0x00, 0x7f, 0x00, 0x07, 0x03, 0x02, 0x01};
    static const uint8_t signed_data[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                          0xf7, 0x0d, 0x01, 0x07, 0x02};
    LW_AUTO_STRBUF content = LW_STRBUF_INIT;
    LW_AUTO_STRBUF encap = LW_STRBUF_INIT;
    LW_AUTO_STRBUF data = LW_STRBUF_INIT;
    put_pace_info(c, &content);
    if (!put_static_key(&content, "brainpoolP256r1", &c->cam_group, &c->cam))
        return false;
    wrap(&content, 0x31);
    wrap(&content, 0x04);
    wrap(&content, 0xa0);
    lw_strbuf_put(&encap, type, sizeof(type));
    lw_strbuf_put(&encap, content.s, content.n);
    wrap(&encap, 0x30);
    lw_strbuf_put(&data, head, sizeof(head));
    lw_strbuf_put(&data, encap.s, encap.n);
    wrap(&data, 0x30);
    wrap(&data, 0xa0);
    lw_strbuf_put(out, signed_data, sizeof(signed_data));
    lw_strbuf_put(out, data.s, data.n);
    wrap(out, 0x30);
    return true;
}

static bool make_dg15(struct fake_card *c, struct lw_strbuf *out)
{
    if (c->opts.aa == FAKE_AA_NONE)
        return true;
    c->aa = c->opts.aa == FAKE_AA_RSA ? EVP_RSA_gen(2048) : EVP_EC_gen("brainpoolP256r1");
    if (!c->aa)
        return false;
    put_public(out, c->aa);
    wrap(out, 0x6f);
    return true;
}

static void make_dg1(const struct fake_card *c, struct lw_strbuf *out)
{
    char mrz[96];
    snprintf(mrz, sizeof(mrz),
             "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
             "%-9.9s%cUTO%.6s%cF%.6s%cZE184226B<<<<<10",
             c->opts.number, lw_mrz_check_digit(c->opts.number, 9), c->opts.birth,
             lw_mrz_check_digit(c->opts.birth, 6), c->opts.expiry,
             lw_mrz_check_digit(c->opts.expiry, 6));
    lw_tlv_put(out, 0x5f1f, (struct lw_span){(const uint8_t *)mrz, 88});
    wrap(out, 0x61);
}

/* Bytes that differ everywhere, so that a piece in the wrong place is noticed. */
static void make_dg2(const struct fake_card *c, struct lw_strbuf *out)
{
    uint32_t x = 1;
    for (size_t i = 0; i < c->opts.portrait; i++) {
        x = x * 1664525u + 1013904223u;
        lw_strbuf_putc(out, (char)(x >> 24));
    }
    wrap(out, 0x75);
    if (c->opts.fault == FAKE_HUGE_FILE)
        fake_set(out, "\x75\x83\x7f\xff\xff", 5);
    if (c->opts.fault == FAKE_INDEFINITE)
        out->s[1] = (char)0x80;
    if (c->opts.fault == FAKE_OTHER_TAG)
        out->s[0] = 0x63;
    if (c->opts.fault == FAKE_LONG_FILE)
        out->n -= 600;
}

static void make_com(const struct fake_card *c, struct lw_strbuf *out)
{
    LW_AUTO_STRBUF tags = LW_STRBUF_INIT;
    for (int ef = LW_EF_DG1; ef < LW_EF_COUNT; ef++)
        if (c->files[ef].n)
            lw_strbuf_putc(&tags, (char)lw_ef_info((enum lw_ef)ef)->tag);
    lw_tlv_put(out, 0x5f01, (struct lw_span){(const uint8_t *)"0107", 4});
    lw_tlv_put(out, 0x5f36, (struct lw_span){(const uint8_t *)"040000", 6});
    lw_tlv_put(out, 0x5c, lw_strbuf_span(&tags));
    wrap(out, 0x60);
}

static void make_atr_info(struct fake_card *c)
{
    static const uint8_t info[] = {0x47, 0x03, 0x00, 0x00, 0x40, 0x7f, 0x66, 0x08,
                                   0x02, 0x02, 0x08, 0x00, 0x02, 0x02, 0x08, 0x00};
    if (c->opts.extended)
        fake_set(&c->atr_info, info, sizeof(info));
}

static bool load_folder(struct fake_card *c)
{
    for (int ef = 0; c->opts.dir && ef < LW_EF_COUNT; ef++) {
        char path[512];
        uint8_t *data = NULL;
        size_t n = 0;
        snprintf(path, sizeof(path), "%s/%s.bin", c->opts.dir, lw_ef_info((enum lw_ef)ef)->name);
        int r = lw_file_read(path, LW_MIB, &data, &n, NULL);
        if (r == LW_OK)
            fake_set(&c->files[ef], data, n);
        free(data);
        if (r < 0 && r != LW_ENOTFOUND)
            return false;
    }
    return true;
}

static bool make_master_files(struct fake_card *c)
{
    if (!c->opts.pace)
        return true;
    struct lw_strbuf *access = &c->files[LW_EF_CARD_ACCESS];
    put_pace_info(c, access);
    wrap(access, 0x31);
    if (c->opts.fault == FAKE_PACE_HIDDEN)
        lw_strbuf_clear(access);
    return c->opts.mapping != LW_PACE_CHIP || make_card_security(c, &c->files[LW_EF_CARD_SECURITY]);
}

bool fake_make_files(struct fake_card *c)
{
    make_dg1(c, &c->files[LW_EF_DG1]);
    make_dg2(c, &c->files[LW_EF_DG2]);
    lw_tlv_put(&c->files[LW_EF_DG3], 0x63, (struct lw_span){(const uint8_t *)"finger", 6});
    lw_tlv_put(&c->files[LW_EF_DG1 + 10], 0x6b, (struct lw_span){(const uint8_t *)"name", 4});
    if (!make_master_files(c) || !make_dg14(c, &c->files[LW_EF_DG14]) ||
        !make_dg15(c, &c->files[LW_EF_DG15]))
        return false;
    lw_tlv_put(&c->files[LW_EF_SOD], 0x77, (struct lw_span){(const uint8_t *)"0\0", 2});
    make_com(c, &c->files[LW_EF_COM]);
    make_atr_info(c);
    return load_folder(c);
}
