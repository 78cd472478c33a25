/* The certificate is not in the seal: it has the two letters of the signer as its name and the
 * reference as its serial number (9303-12 7.1.3, 9303-13 2.2.1). */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "crypt/cert_seal.h"
#include "doc/country.h"
#include "doc/vds_priv.h"

enum { SERIAL_BYTES_MAX = 20 };

/* The reference as bytes without leading zeros; their number. */
static size_t serial_of(const struct lw_vds *v, uint8_t out[SERIAL_BYTES_MAX])
{
    const char *s = v->reference + strspn(v->reference, "0");
    const size_t digits = strlen(s), n = (digits + 1) / 2;
    memset(out, 0, n);
    for (size_t i = 0; i < digits; i++) {
        const size_t place = digits - 1 - i; /* counted from the end */
        const int value = s[i] <= '9' ? s[i] - '0' : s[i] - 'A' + 10;
        out[n - 1 - place / 2] |= (uint8_t)(place % 2 ? value << 4 : value);
    }
    return n;
}

static bool same_serial(const struct lw_cert *c, const uint8_t *serial, size_t n)
{
    struct lw_span s = lw_cert_serial(c);
    while (s.n > 0 && s.data[0] == 0)
        s = (struct lw_span){s.data + 1, s.n - 1};
    return s.n == n && memcmp(s.data, serial, n) == 0;
}

static bool is_signer(const struct lw_cert *c, const struct lw_vds *v)
{
    char name[LW_CERT_NAME];
    const char *country = lw_cert_info(c)->subject_country;
    return strlen(country) == 2 && memcmp(country, v->signer, 2) == 0 &&
           lw_cert_common_name(c, name) && strcmp(name, v->signer + 2) == 0;
}

/* Only certificates that have the number somewhere are taken apart: a directory has tens of
 * thousands. LW_ENOTFOUND, LW_ENOMEM. */
static int find_signer(struct lw_cert **out, const struct lw_vds *v, const struct lw_trust *trust)
{
    uint8_t serial[SERIAL_BYTES_MAX];
    const size_t n = serial_of(v, serial);
    for (size_t i = 0; trust && i < lw_trust_signer_count(trust); i++) {
        LW_AUTO(lw_cert) c = NULL;
        const struct lw_span der = lw_trust_signer_der(trust, i);
        if (n > 0 && !memmem(der.data, der.n, serial, n))
            continue;
        if (lw_cert_parse(&c, der, NULL) == LW_ENOMEM)
            return LW_ENOMEM;
        if (c && same_serial(c, serial, n) && is_signer(c, v)) {
            *out = c;
            c = NULL;
            return LW_OK;
        }
    }
    return LW_ENOTFOUND;
}

/* The code of the sealed MRZ has to be on the certificate's list, if it has one: a list with V
 * takes all visas. */
static void check_types(struct lw_vds_check *c, const struct lw_cert *signer)
{
    char types[LW_CERT_TYPES_MAX][3];
    const int n = lw_cert_document_types(signer, types);
    if (n == LW_ENOTFOUND || !c->has_mrz)
        return;
    for (int i = 0; i < n; i++)
        if (strncmp(types[i], c->mrz.document_code, strlen(types[i])) == 0)
            return;
    lw_vds_find(c, "document_type", "its signer may not sign documents of type %s",
                c->mrz.document_code);
}

/* 9303-12 7.1.3. Signers certified before the eighth edition have no extended key usage at all. */
static bool fit_for_seals(struct lw_vds_check *c, const struct lw_cert *signer)
{
    const struct lw_cert_info *info = lw_cert_info(signer);
    if (info->ca || (info->special && !info->signs_seals)) {
        lw_vds_find(c, "signer", "the signer's certificate is not for seals");
        return false;
    }
    if (strcmp(info->issuer_country, info->subject_country) != 0) {
        lw_vds_find(c, "signer", "an authority of %s certified a signer of %s",
                    info->issuer_country, info->subject_country);
        return false;
    }
    return true;
}

static bool in_time(struct lw_vds_check *c, const struct lw_cert *signer,
                    const struct lw_cert *authority, int64_t now_utc_us)
{
    const struct lw_cert_info *s = lw_cert_info(signer), *a = lw_cert_info(authority);
    char text[40];
    int64_t day = 0;
    snprintf(text, sizeof(text), "%sT00:00:00Z", c->seal.signature_date);
    if (lw_time_parse(text, &day) < 0)
        return false;
    const int64_t evening = day + (int64_t)86400 * 1000000 - 1;
    if (evening < s->not_before_utc_us || day > s->not_after_utc_us)
        lw_vds_find(c, "validity", "the signer's certificate was not valid on %s, when it signed",
                    c->seal.signature_date);
    else if (now_utc_us > s->not_after_utc_us)
        lw_vds_find(c, "validity", "the signer's certificate has expired");
    else if (evening < a->not_before_utc_us || day > a->not_after_utc_us)
        lw_vds_find(c, "validity", "the authority was not valid on %s, when it was signed",
                    c->seal.signature_date);
    else
        return true;
    return false;
}

static enum lw_pa_chain check_authority(struct lw_vds_check *c, const struct lw_cert *signer,
                                        const struct lw_cert *authority,
                                        const struct lw_trust *trust, int64_t now_utc_us)
{
    bool stale = false;
    snprintf(c->authority, sizeof(c->authority), "%s", lw_cert_info(authority)->subject);
    if (lw_trust_revocation(trust, signer, authority, now_utc_us, &stale) ==
        LW_REVOCATION_REVOKED) {
        lw_vds_find(c, "revoked", "the signer's certificate was revoked");
        return LW_PA_CHAIN_REVOKED;
    }
    if (stale)
        lw_vds_find(c, "stale_crl", "the revocation list was to be replaced before now");
    if (!in_time(c, signer, authority, now_utc_us))
        return LW_PA_CHAIN_EXPIRED;
    return fit_for_seals(c, signer) ? LW_PA_CHAIN_VALID : LW_PA_CHAIN_INVALID;
}

static int check_chain(struct lw_vds_check *c, const struct lw_cert *signer,
                       const struct lw_trust *trust, int64_t now_utc_us)
{
    LW_AUTO(lw_cert) authority = NULL;
    bool named = false;
    int r = lw_trust_issuer(trust, signer, &authority, &named);
    if (r == LW_ENOMEM)
        return r;
    if (r == LW_OK) {
        c->chain = check_authority(c, signer, authority, trust, now_utc_us);
    } else if (named) {
        c->chain = LW_PA_CHAIN_INVALID;
        lw_vds_find(c, "chain", "the authority that the signer names did not certify it");
    } else {
        lw_vds_find(c, "trust", "no trusted authority is named %.120s",
                    lw_cert_info(signer)->issuer);
    }
    return LW_OK;
}

int lw_vds_check_signer(struct lw_vds_check *c, const struct lw_trust *trust, int64_t now_utc_us,
                        struct lw_why *why)
{
    LW_AUTO(lw_cert) signer = NULL;
    const struct lw_vds *v = &c->seal;
    char state[4], country[3];
    snprintf(state, sizeof(state), "%.*s", (int)strcspn(v->country, " "), v->country);
    snprintf(country, sizeof(country), "%.2s", v->signer);
    if (!lw_country_same(state, country))
        lw_vds_find(c, "country", "signed by %s, the seal is of %s", country, state);
    int r = find_signer(&signer, v, trust);
    if (r == LW_ENOMEM)
        return lw_why_set(why, r, -1, "no memory");
    if (r < 0) {
        lw_vds_find(c, "unknown_certificate", "the certificate %s of signer %s is not here",
                    v->reference, v->signer);
        return LW_OK;
    }
    snprintf(c->signer, sizeof(c->signer), "%s", lw_cert_info(signer)->subject);
    const int good = lw_cert_verify_raw(signer, v->signed_part, v->signature, NULL);
    c->signature = good == 1 ? LW_VDS_SIGNATURE_VALID : LW_VDS_SIGNATURE_INVALID;
    if (good != 1)
        lw_vds_find(c, "signature", "not made with the signer's key over this seal");
    check_types(c, signer);
    r = check_chain(c, signer, trust, now_utc_us);
    return r < 0 ? lw_why_set(why, r, -1, "no memory") : LW_OK;
}
