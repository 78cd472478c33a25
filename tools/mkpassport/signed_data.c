/* SignedData by hand, so that each part of it can be made wrong by itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "base/clock.h"
#include "passport.h"
#include "scheme.h"

static struct lw_span text(const char *s)
{
    return (struct lw_span){(const uint8_t *)s, strlen(s)};
}

static void put_element(struct lw_strbuf *out, uint32_t tag, struct lw_strbuf *contents)
{
    lw_tlv_put(out, tag, lw_strbuf_span(contents));
    lw_strbuf_clear(contents);
}

/* The same, with indefinite lengths where asked for. */
static void put_long(struct lw_strbuf *out, uint32_t tag, struct lw_strbuf *contents,
                     bool indefinite)
{
    if (!indefinite) {
        put_element(out, tag, contents);
        return;
    }
    lw_strbuf_putc(out, (char)tag);
    lw_strbuf_putc(out, (char)0x80);
    lw_strbuf_put(out, contents->s, contents->n);
    lw_strbuf_put(out, "\0\0", 2);
    lw_strbuf_clear(contents);
}

static void put_small(struct lw_strbuf *out, uint32_t tag, int v)
{
    const uint8_t byte = (uint8_t)v;
    lw_tlv_put(out, tag, (struct lw_span){&byte, 1});
}

static void put_oid(struct lw_strbuf *out, const char *dotted)
{
    ASN1_OBJECT *o = OBJ_txt2obj(dotted, 1);
    lw_tlv_put(out, 0x06, (struct lw_span){OBJ_get0_data(o), OBJ_length(o)});
    ASN1_OBJECT_free(o);
}

static const char *hash_oid(enum lw_hash h)
{
    static const char *const oids[] = {"",
                                       "1.3.14.3.2.26",
                                       "2.16.840.1.101.3.4.2.4",
                                       "2.16.840.1.101.3.4.2.1",
                                       "2.16.840.1.101.3.4.2.2",
                                       "2.16.840.1.101.3.4.2.3"};
    return oids[h];
}

static void put_algorithm(struct lw_strbuf *out, const char *oid, bool null)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    put_oid(&b, oid);
    if (null)
        lw_tlv_put(&b, 0x05, (struct lw_span){NULL, 0});
    put_element(out, 0x30, &b);
}

static void put_pss(struct lw_strbuf *out, enum lw_hash h)
{
    LW_AUTO_STRBUF p = LW_STRBUF_INIT;
    LW_AUTO_STRBUF a = LW_STRBUF_INIT;
    LW_AUTO_STRBUF mgf = LW_STRBUF_INIT;
    LW_AUTO_STRBUF all = LW_STRBUF_INIT;
    put_algorithm(&a, hash_oid(h), true);
    put_element(&p, 0xa0, &a);
    put_oid(&mgf, "1.2.840.113549.1.1.8");
    put_algorithm(&mgf, hash_oid(h), true);
    put_element(&a, 0x30, &mgf);
    put_element(&p, 0xa1, &a);
    put_small(&a, 0x02, (int)lw_hash_bytes(h));
    put_element(&p, 0xa2, &a);
    put_oid(&all, "1.2.840.113549.1.1.10");
    put_element(&all, 0x30, &p);
    put_element(out, 0x30, &all);
}

static void put_signature_algorithm(struct lw_strbuf *out, EVP_PKEY *key,
                                    const struct mkp_scheme *s)
{
    static const char *const rsa[] = {"",
                                      "1.2.840.113549.1.1.5",
                                      "1.2.840.113549.1.1.14",
                                      "1.2.840.113549.1.1.11",
                                      "1.2.840.113549.1.1.12",
                                      "1.2.840.113549.1.1.13"};
    static const char *const ec[] = {"",
                                     "1.2.840.10045.4.1",
                                     "1.2.840.10045.4.3.1",
                                     "1.2.840.10045.4.3.2",
                                     "1.2.840.10045.4.3.3",
                                     "1.2.840.10045.4.3.4"};
    if (!mkp_is_rsa(key))
        put_algorithm(out, ec[s->hash], s->null_parameters);
    else if (s->pss)
        put_pss(out, s->hash);
    else
        put_algorithm(out, s->plain_rsa_identifier ? "1.2.840.113549.1.1.1" : rsa[s->hash], true);
}

static void put_attribute(struct lw_strbuf *out, const char *oid, struct lw_strbuf *value)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    put_oid(&b, oid);
    put_element(&b, 0x31, value);
    put_element(out, 0x30, &b);
}

static void put_signing_time(struct lw_strbuf *out, int64_t utc_us)
{
    LW_AUTO_STRBUF value = LW_STRBUF_INIT;
    char t[LW_TIME_TEXT], utc[24];
    lw_time_print(t, utc_us); /* 2026-01-31T08:15:00.000Z */
    snprintf(utc, sizeof(utc), "%.2s%.2s%.2s%.2s%.2s%.2sZ", t + 2, t + 5, t + 8, t + 11, t + 14,
             t + 17);
    lw_tlv_put(&value, 0x17, text(utc));
    put_attribute(out, "1.2.840.113549.1.9.5", &value);
}

static void put_attributes(struct lw_strbuf *out, struct lw_span content,
                           const struct mkp_sod_opts *o)
{
    LW_AUTO_STRBUF value = LW_STRBUF_INIT;
    uint8_t digest[LW_HASH_BYTES_MAX];
    put_oid(&value, o->signed_content_type);
    put_attribute(out, "1.2.840.113549.1.9.3", &value);
    if (o->signing_time_utc_us)
        put_signing_time(out, o->signing_time_utc_us);
    lw_hash(digest, o->scheme.hash, content);
    digest[0] ^= o->wrong_message_digest;
    lw_tlv_put(&value, 0x04, (struct lw_span){digest, lw_hash_bytes(o->scheme.hash)});
    put_attribute(out, "1.2.840.113549.1.9.4", &value);
}

static int sign(struct lw_strbuf *out, struct lw_span data, EVP_PKEY *key,
                const struct mkp_sod_opts *o)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint8_t signature[1024];
    size_t n = sizeof(signature);
    const bool good = mkp_sign_init(ctx, key, &o->scheme) &&
                      EVP_DigestSign(ctx, signature, &n, data.data, data.n) == 1;
    EVP_MD_CTX_free(ctx);
    if (!good)
        return LW_ECRYPTO;
    signature[n - 1] ^= o->wrong_signature;
    lw_tlv_put(out, 0x04, (struct lw_span){signature, n});
    return LW_OK;
}

static void put_identifier(struct lw_strbuf *out, X509 *signer, bool by_key_id)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    unsigned char *serial = NULL;
    if (by_key_id) {
        const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(signer);
        lw_tlv_put(out, 0x80,
                   (struct lw_span){ASN1_STRING_get0_data(id), (size_t)ASN1_STRING_length(id)});
        return;
    }
    const unsigned char *name;
    size_t n;
    X509_NAME_get0_der(X509_get_issuer_name(signer), &name, &n);
    lw_strbuf_put(&b, name, n);
    const int serial_n = i2d_ASN1_INTEGER(X509_get_serialNumber(signer), &serial);
    lw_strbuf_put(&b, serial, serial_n > 0 ? (size_t)serial_n : 0);
    OPENSSL_free(serial);
    put_element(out, 0x30, &b);
}

static int put_signer(struct lw_strbuf *out, struct lw_span content, X509 *signer, EVP_PKEY *key,
                      const struct mkp_sod_opts *o)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    LW_AUTO_STRBUF attributes = LW_STRBUF_INIT;
    LW_AUTO_STRBUF set = LW_STRBUF_INIT;
    put_attributes(&attributes, content, o);
    put_small(&b, 0x02, o->by_key_id ? 3 : 1);
    put_identifier(&b, signer, o->by_key_id);
    put_algorithm(&b, hash_oid(o->scheme.hash), false);
    if (!o->no_attributes) {
        lw_tlv_put(&set, 0x31, lw_strbuf_span(&attributes));
        put_element(&b, 0xa0, &attributes);
    }
    put_signature_algorithm(&b, key, &o->scheme);
    int r = sign(&b, o->no_attributes ? content : lw_strbuf_span(&set), key, o);
    if (o->unsigned_attributes) {
        lw_strbuf_clear(&set);
        put_small(&set, 0x02, 42);
        put_attribute(&attributes, "1.2.3.4", &set);
        put_element(&b, 0xa1, &attributes);
    }
    put_long(out, 0x30, &b, o->indefinite);
    return r;
}

static void put_content(struct lw_strbuf *out, struct lw_span content, const struct mkp_sod_opts *o)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    LW_AUTO_STRBUF octets = LW_STRBUF_INIT;
    LW_AUTO_STRBUF all = LW_STRBUF_INIT;
    put_oid(&all, o->content_type);
    if (o->indefinite) {
        const size_t half = content.n / 2;
        lw_tlv_put(&octets, 0x04, (struct lw_span){content.data, half});
        lw_tlv_put(&octets, 0x04, (struct lw_span){content.data + half, content.n - half});
        put_long(&b, 0x24, &octets, true);
    } else {
        lw_tlv_put(&b, 0x04, content);
    }
    put_long(&all, 0xa0, &b, o->indefinite);
    put_long(out, 0x30, &all, o->indefinite);
}

static void put_digests(struct lw_strbuf *out, const struct mkp_sod_opts *o)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    put_algorithm(&b, hash_oid(o->scheme.hash), true);
    if (o->extra_digest_algorithm)
        put_algorithm(&b, hash_oid(o->extra_digest_algorithm), true);
    put_element(out, 0x31, &b);
}

static int put_certs(struct lw_strbuf *out, X509 *signer, const struct mkp_sod_opts *o)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    int r = o->no_signer_cert ? LW_OK : mkp_cert_der(&b, signer);
    if (r == LW_OK && o->second)
        r = mkp_cert_der(&b, o->second);
    if (o->extra_cert.n)
        lw_strbuf_put(&b, o->extra_cert.data, o->extra_cert.n);
    if (b.n)
        put_long(out, 0xa0, &b, o->indefinite);
    return r;
}

static struct mkp_sod_opts with_defaults(const struct mkp_sod_opts *o)
{
    struct mkp_sod_opts d = *o;
    if (!d.content_type)
        d.content_type = "2.23.136.1.1.1";
    if (!d.signed_content_type)
        d.signed_content_type = d.content_type;
    if (!d.group_hash)
        d.group_hash = LW_HASH_SHA256;
    if (!d.scheme.hash)
        d.scheme.hash = LW_HASH_SHA256;
    if (!d.version)
        d.version = 3;
    return d;
}

int mkp_signed_data(struct lw_strbuf *out, struct lw_span content, X509 *signer, EVP_PKEY *key,
                    const struct mkp_sod_opts *opts)
{
    struct mkp_sod_opts o = with_defaults(opts);
    LW_AUTO_STRBUF data = LW_STRBUF_INIT;
    LW_AUTO_STRBUF signers = LW_STRBUF_INIT;
    LW_AUTO_STRBUF info = LW_STRBUF_INIT;
    put_small(&data, 0x02, o.version);
    put_digests(&data, &o);
    put_content(&data, content, &o);
    int r = put_certs(&data, signer, &o);
    if (o.crls) {
        put_small(&signers, 0x02, 1);
        put_element(&data, 0xa1, &signers);
    }
    if (r < 0 || (r = put_signer(&signers, content, signer, key, &o)) < 0)
        return r;
    if (o.second) {
        o.wrong_signature = o.wrong_second;
        if ((r = put_signer(&signers, content, o.second, o.second_key, &o)) < 0)
            return r;
    }
    put_long(&data, 0x31, &signers, o.indefinite);
    put_oid(&info, "1.2.840.113549.1.7.2");
    put_long(&signers, 0x30, &data, o.indefinite);
    put_long(&info, 0xa0, &signers, o.indefinite);
    put_long(out, 0x30, &info, o.indefinite);
    return lw_strbuf_err(out);
}

static int put_group(struct lw_strbuf *out, int group, struct lw_span file, enum lw_hash h)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    uint8_t digest[LW_HASH_BYTES_MAX];
    int r = lw_hash(digest, h, file);
    put_small(&b, 0x02, group);
    lw_tlv_put(&b, 0x04, (struct lw_span){digest, lw_hash_bytes(h)});
    put_element(out, 0x30, &b);
    return r;
}

int mkp_lds_object(struct lw_strbuf *out, const struct lw_lds *lds, const struct mkp_sod_opts *opts)
{
    const struct mkp_sod_opts o = with_defaults(opts);
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    LW_AUTO_STRBUF groups = LW_STRBUF_INIT;
    LW_AUTO_STRBUF versions = LW_STRBUF_INIT;
    int r = LW_OK;
    put_small(&b, 0x02, o.lds_version);
    put_algorithm(&b, hash_oid(o.group_hash), true);
    for (int g = LW_LDS_DG1; r == LW_OK && g <= LW_LDS_DG16; g++)
        if (lds->files[g].data)
            r = put_group(&groups, g, lds->files[g], o.group_hash);
    put_element(&b, 0x30, &groups);
    if (o.lds_version == 1) {
        lw_tlv_put(&versions, 0x13, text("0108"));
        lw_tlv_put(&versions, 0x13, text("040000"));
        put_element(&b, 0x30, &versions);
    }
    put_element(out, 0x30, &b);
    return r;
}

int mkp_sod(struct lw_strbuf *out, const struct lw_lds *lds, X509 *signer, EVP_PKEY *key,
            const struct mkp_sod_opts *o)
{
    LW_AUTO_STRBUF object = LW_STRBUF_INIT;
    LW_AUTO_STRBUF cms = LW_STRBUF_INIT;
    int r = mkp_lds_object(&object, lds, o);
    if (r < 0 || (r = mkp_signed_data(&cms, lw_strbuf_span(&object), signer, key, o)) < 0)
        return r;
    put_element(out, 0x77, &cms);
    return lw_strbuf_err(out);
}

int mkp_card_security(struct lw_strbuf *out, struct lw_span infos, X509 *signer, EVP_PKEY *key,
                      const struct mkp_sod_opts *opts)
{
    struct mkp_sod_opts o = *opts;
    o.content_type = "0.4.0.127.0.7.3.2.1";
    o.signed_content_type = NULL;
    return mkp_signed_data(out, infos, signer, key, &o);
}

int mkp_master_list(struct lw_strbuf *out, X509 *const *certs, size_t n, X509 *signer,
                    EVP_PKEY *key, X509 *authority, bool wrong_signature)
{
    LW_AUTO_STRBUF list = LW_STRBUF_INIT;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    LW_AUTO_STRBUF extra = LW_STRBUF_INIT;
    int r = LW_OK;
    put_small(&list, 0x02, 0);
    for (size_t i = 0; r == LW_OK && i < n; i++)
        r = mkp_cert_der(&b, certs[i]);
    put_element(&list, 0x31, &b);
    put_element(&b, 0x30, &list);
    if (r < 0 || (authority && (r = mkp_cert_der(&extra, authority)) < 0))
        return r;
    const struct mkp_sod_opts o = {.content_type = "2.23.136.1.1.2",
                                   .wrong_signature = wrong_signature,
                                   .extra_cert = lw_strbuf_span(&extra)};
    return mkp_signed_data(out, lw_strbuf_span(&b), signer, key, &o);
}
