#include "seal.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/ecdsa.h>

#include "base/clock.h"
#include "base/file.h"
#include "doc/c40.h"

const struct mkp_fault mks_faults[] = {
    {"changed", "a letter of the name was changed after signing"},
    {"signature", "the last byte of the signature was changed"},
    {"signature_length", "the signature is two bytes too long"},
    {"unknown_feature", "a feature that the standard has not"},
    {"no_mrz", "there is no MRZ"},
    {"two_mrzs", "the MRZ stands there twice"},
    {"no_stay", "the duration of stay is missing"},
    {"mrz_digit", "a check digit of the MRZ is wrong, and signed so"},
    {"mrz_length", "the MRZ is three characters short"},
    {"state", "the header names another state than the MRZ"},
    {"country", "a signer of another state"},
    {"not_yet", "signed on a day to come"},
    {"test_reference", "the certificate's reference is 0"},
    {"version_2", "the header has version 2"},
    {"profile", "a set of features that is none of Doc 9303"},
    {"cut", "the last bytes are missing"},
    {"longer", "a byte stands behind the signature"},
    {"expired", "the signer's certificate has expired"},
    {"revoked", "the signer's certificate was revoked"},
    {"other_key", "another key of the authority's name certified the signer"},
    {"other_purpose", "the signer's certificate is for master lists"},
    {"other_types", "the signer may only sign crew members' cards"},
};
const size_t mks_faults_n = LW_COUNT(mks_faults);

enum { SERIAL = 0x5b };

struct work {
    struct mks_seal *s;
    struct mks_opts o;
    EVP_PKEY *csca_key, *key;
    X509 *csca, *signer;
    int64_t now_utc_us;
};

static bool known(const char *fault)
{
    for (size_t i = 0; fault && i < mks_faults_n; i++)
        if (strcmp(fault, mks_faults[i].name) == 0)
            return true;
    return !fault;
}

static bool is(const struct work *w, const char *fault)
{
    return w->o.fault && strcmp(w->o.fault, fault) == 0;
}

static struct mks_opts with_defaults(const struct mks_opts *opts)
{
    static const char *const lines[][2] = {
        {"V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
         "L898902C<3UTO6908061F9406236ZE184226B<<<<<<<"},
        {"V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "L898902C<3UTO6908061F9406236ZE184226"},
        {"PUUTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F2606277<<<<<<<8"},
    };
    struct mks_opts o = *opts;
    if (!o.version)
        o.version = 4;
    if (!o.key)
        o.key = "brainpoolP256r1";
    for (int i = 0; i < 2; i++)
        if (!o.lines[i])
            o.lines[i] = lines[o.kind][i];
    if (!o.reference)
        o.reference = o.version == 3 ? "0005B" : "5B";
    return o;
}

static int64_t days(const struct work *w, int n)
{
    return w->now_utc_us + (int64_t)n * 86400 * 1000000;
}

static int make_certs(struct work *w)
{
    const struct mkp_scheme scheme = {.hash = LW_HASH_SHA256};
    const char *country = is(w, "country") ? "XA" : "UT";
    const struct mkp_cert_opts ca = {.common_name = "CSCA-UTOPIA",
                                     .country = country,
                                     .not_before_utc_us = days(w, -4000),
                                     .not_after_utc_us = days(w, 4000),
                                     .serial = 1,
                                     .ca = true};
    const struct mkp_cert_opts signer = {.common_name = "TS",
                                         .country = country,
                                         .not_before_utc_us = days(w, -1000),
                                         .not_after_utc_us = days(w, is(w, "expired") ? -2 : 1000),
                                         .serial = is(w, "test_reference") ? 0 : SERIAL,
                                         .no_key_usage = true,
                                         .seal_signer = !is(w, "other_purpose"),
                                         .master_list_signer = is(w, "other_purpose"),
                                         .document_type = is(w, "other_types")   ? "AC"
                                                          : w->o.kind == MKS_ETD ? "PU"
                                                                                 : "V"};
    w->csca_key = mkp_key("prime256v1");
    w->key = mkp_key(w->o.key);
    if (!w->csca_key || !w->key)
        return LW_EINVAL;
    w->csca = mkp_cert(&ca, w->csca_key, NULL, w->csca_key, &scheme);
    EVP_PKEY *other = is(w, "other_key") ? mkp_key("prime256v1") : NULL;
    w->signer = mkp_cert(&signer, w->key, w->csca, other ? other : w->csca_key, &scheme);
    EVP_PKEY_free(other);
    if (!w->csca || !w->signer)
        return LW_ECRYPTO;
    int r = mkp_cert_der(&w->s->csca, w->csca);
    if (r < 0 || (r = mkp_cert_der(&w->s->signer, w->signer)) < 0)
        return r;
    return mkp_crl_der(&w->s->crl, w->csca, w->csca_key, is(w, "revoked") ? SERIAL : 0,
                       days(w, -10), days(w, 10));
}

static void put_date(struct lw_strbuf *b, int64_t utc_us)
{
    char text[LW_TIME_TEXT];
    lw_time_print(text, utc_us);
    const int year = atoi(text), month = atoi(text + 5), day = atoi(text + 8);
    const int v = month * 1000000 + day * 10000 + year;
    lw_strbuf_putc(b, (char)(v >> 16));
    lw_strbuf_putc(b, (char)(v >> 8));
    lw_strbuf_putc(b, (char)v);
}

static int put_header(const struct work *w, struct lw_strbuf *b)
{
    char signer[64];
    const char *reference = is(w, "test_reference") ? "000" : w->o.reference;
    const char *country = is(w, "country") ? "XA" : "UT";
    if (w->o.version == 3)
        snprintf(signer, sizeof(signer), "%sTS%s", country, w->o.reference);
    else
        snprintf(signer, sizeof(signer), "%sTS%02zX%s", country, strlen(reference), reference);
    lw_strbuf_putc(b, (char)0xdc);
    lw_strbuf_putc(b, (char)(is(w, "version_2") ? 1 : w->o.version - 1));
    int r = lw_c40_put(b, is(w, "state") ? "D<<" : "UTO");
    if (r < 0 || (r = lw_c40_put(b, signer)) < 0)
        return r;
    put_date(b, days(w, -30));
    put_date(b, days(w, is(w, "not_yet") ? 30 : -30));
    lw_strbuf_putc(b, (char)(is(w, "profile") ? 0xfb : w->o.kind == MKS_ETD ? 0x5e : 0x5d));
    lw_strbuf_putc(b, (char)(is(w, "profile") ? 0x06 : w->o.kind == MKS_ETD ? 0x03 : 0x01));
    return LW_OK;
}

static void put_feature(const struct work *w, struct lw_strbuf *b, uint8_t tag,
                        struct lw_span value)
{
    lw_strbuf_putc(b, (char)tag);
    if (w->o.version > 3 && value.n >= 0x80)
        lw_strbuf_putc(b, (char)0x81);
    lw_strbuf_putc(b, (char)value.n);
    lw_strbuf_put(b, value.data, value.n);
}

static int put_mrz(const struct work *w, struct lw_strbuf *b)
{
    LW_AUTO_STRBUF value = LW_STRBUF_INIT;
    char text[100];
    const size_t first = strlen(w->o.lines[0]);
    snprintf(text, sizeof(text), "%s%.*s", w->o.lines[0], w->o.kind == MKS_ETD ? 36 : 28,
             w->o.lines[1]);
    if (is(w, "mrz_digit"))
        text[first + 9] = text[first + 9] == '0' ? '1' : '0';
    if (is(w, "mrz_length"))
        text[strlen(text) - 3] = '\0';
    int r = lw_c40_put(&value, text);
    if (r == LW_OK)
        put_feature(w, b, w->o.kind == MKS_VISA_A ? 1 : 2, lw_strbuf_span(&value));
    return r;
}

static int put_visa(const struct work *w, struct lw_strbuf *b)
{
    LW_AUTO_STRBUF number = LW_STRBUF_INIT;
    put_feature(w, b, 3, (struct lw_span){(const uint8_t *)"\x02", 1});
    if (!is(w, "no_stay"))
        put_feature(w, b, 4, (struct lw_span){(const uint8_t *)"\xa0\x00\x00", 3});
    int r = lw_c40_put(&number, "A23456789");
    if (r == LW_OK)
        put_feature(w, b, 5, lw_strbuf_span(&number));
    return r;
}

/* r||s of the curve's length. */
static int put_signature(const struct work *w, struct lw_strbuf *b)
{
    const int bits = EVP_PKEY_get_bits(w->key), half = (bits + 7) / 8;
    const EVP_MD *md = mkp_md_of_bits(bits);
    uint8_t der[200], raw[200];
    size_t n = sizeof(der);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    const bool signed_it = EVP_DigestSignInit(ctx, NULL, md, NULL, w->key) == 1 &&
                           EVP_DigestSign(ctx, der, &n, (const uint8_t *)b->s, b->n) == 1;
    EVP_MD_CTX_free(ctx);
    const uint8_t *p = der;
    ECDSA_SIG *sig = signed_it ? d2i_ECDSA_SIG(NULL, &p, (long)n) : NULL;
    if (!sig)
        return LW_ECRYPTO;
    BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, half);
    BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + half, half);
    ECDSA_SIG_free(sig);
    size_t length = 2 * (size_t)half;
    if (is(w, "signature_length")) {
        raw[length] = raw[length + 1] = 0;
        length += 2;
    }
    lw_strbuf_putc(b, (char)0xff);
    if (length >= 0x80)
        lw_strbuf_putc(b, (char)0x81);
    lw_strbuf_putc(b, (char)length);
    lw_strbuf_put(b, raw, length);
    return LW_OK;
}

static int make_bytes(struct work *w)
{
    struct lw_strbuf *b = &w->s->bytes;
    int r = put_header(w, b);
    if (r == LW_OK && !is(w, "no_mrz"))
        r = put_mrz(w, b);
    if (r == LW_OK && is(w, "two_mrzs"))
        r = put_mrz(w, b);
    if (r == LW_OK && w->o.kind != MKS_ETD)
        r = put_visa(w, b);
    if (is(w, "unknown_feature"))
        put_feature(w, b, 0x40, (struct lw_span){(const uint8_t *)"Utopia", 6});
    if (r < 0 || (r = put_signature(w, b)) < 0)
        return r;
    if (is(w, "changed"))
        b->s[24] ^= 1;
    if (is(w, "signature"))
        b->s[b->n - 1] ^= 1;
    if (is(w, "cut"))
        b->n -= 3;
    if (is(w, "longer"))
        lw_strbuf_putc(b, 0);
    return lw_strbuf_err(b);
}

int mks_make(struct mks_seal *out, const struct mks_opts *opts)
{
    struct work w = {.s = out, .o = with_defaults(opts), .now_utc_us = lw_now_utc_us()};
    *out = (struct mks_seal){.lines = {w.o.lines[0], w.o.lines[1]}};
    int r = known(opts->fault) ? make_certs(&w) : LW_EINVAL;
    if (r == LW_OK)
        r = make_bytes(&w);
    X509_free(w.csca);
    X509_free(w.signer);
    EVP_PKEY_free(w.csca_key);
    EVP_PKEY_free(w.key);
    if (r < 0)
        mks_clear(out);
    return r;
}

void mks_clear(struct mks_seal *s)
{
    lw_strbuf_clear(&s->bytes);
    lw_strbuf_clear(&s->csca);
    lw_strbuf_clear(&s->signer);
    lw_strbuf_clear(&s->crl);
}

static int write_one(const char *dir, const char *name, const struct lw_strbuf *b,
                     struct lw_why *why)
{
    LW_AUTO_MEM(char) path = NULL;
    int r = lw_path_join(dir, name, &path, why);
    return r < 0 ? r : lw_file_write(path, lw_strbuf_span(b), why);
}

int mks_write(const struct mks_seal *s, const char *dir, const char *trust_dir, struct lw_why *why)
{
    LW_AUTO_STRBUF mrz = LW_STRBUF_INIT;
    lw_strbuf_printf(&mrz, "%s\n%s\n", s->lines[0], s->lines[1]);
    int r = lw_dir_make(dir, why);
    if (r < 0 || (r = write_one(dir, "seal.bin", &s->bytes, why)) < 0 ||
        (r = write_one(dir, "mrz.txt", &mrz, why)) < 0 || !trust_dir ||
        (r = lw_dir_make(trust_dir, why)) < 0 ||
        (r = write_one(trust_dir, "csca.cer", &s->csca, why)) < 0 ||
        (r = write_one(trust_dir, "signer.cer", &s->signer, why)) < 0)
        return r;
    return write_one(trust_dir, "csca.crl", &s->crl, why);
}
