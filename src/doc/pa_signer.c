#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "crypt/digest.h"
#include "doc/pa_priv.h"

#define SOD "EF_SOD"

static bool names(const struct lw_cert *c, void *signer)
{
    bool exact;
    return lw_cms_names(signer, c, &exact);
}

/* The signer's certificate: in the security object, else among the published ones. *used: its
 * index, or the number of certificates. */
static int find_signer(struct lw_cert **out, size_t *used, const struct lw_sod *sod,
                       const struct lw_trust *trust)
{
    struct lw_cms_signer signer = sod->cms->signers[0];
    for (*used = 0; *used < sod->cms->n_certs; ++*used) {
        LW_AUTO(lw_cert) c = NULL;
        int r = lw_cert_parse(&c, sod->cms->certs[*used], NULL);
        if (r == LW_ENOMEM)
            return r;
        if (r == LW_OK && names(c, &signer)) {
            *out = c;
            c = NULL;
            return LW_OK;
        }
    }
    return trust ? lw_trust_signer(trust, names, &signer, out) : LW_ENOTFOUND;
}

static void fingerprint(char out[LW_SHA256_HEX], struct lw_span bytes)
{
    if (lw_sha256_hex(out, bytes) < 0)
        out[0] = '\0';
}

static bool trusted_bytes(const struct lw_trust *trust, struct lw_span der)
{
    for (size_t i = 0; trust && i < lw_trust_count(trust); i++) {
        const struct lw_span t = lw_trust_peek(trust, i).der;
        if (t.n == der.n && memcmp(t.data, der.data, der.n) == 0)
            return true;
    }
    return false;
}

/* What stands in the security object and is not covered by a signature that is checked. It is named
 * with its fingerprint, so that nothing there can be changed without a word. */
static void report_uncovered(struct lw_pa *pa, const struct lw_sod *sod,
                             const struct lw_trust *trust, size_t used)
{
    const struct lw_cms *cms = sod->cms;
    char id[LW_SHA256_HEX];
    for (size_t i = 0; i < cms->n_certs; i++)
        if (i != used && !trusted_bytes(trust, cms->certs[i])) {
            fingerprint(id, cms->certs[i]);
            lw_pa_find(pa, SOD, "uncovered", "a certificate that is not the signer's, %.16s", id);
        }
    if (cms->crls.n) {
        fingerprint(id, cms->crls);
        lw_pa_find(pa, SOD, "uncovered", "revocation lists, which are not used, %.16s", id);
    }
    if (cms->signers[0].unsigned_attributes.n) {
        fingerprint(id, cms->signers[0].unsigned_attributes);
        lw_pa_find(pa, SOD, "uncovered", "attributes that are not signed, %.16s", id);
    }
    for (size_t i = 0; i < cms->n_digests; i++)
        if (i > 0 || cms->digests[i] != cms->signers[0].digest)
            lw_pa_find(pa, SOD, "uncovered", "digest algorithm %s is announced and not used",
                       lw_hash_name(cms->digests[i]));
}

/* 9303-12 7.1.1: for signing data, of no authority, and not of those that an authority certifies
 * for other things: master lists, seals, servers. */
static bool fit_for_documents(struct lw_pa *pa, const struct lw_cert_info *info)
{
    if (info->signs_data && !info->ca && !info->special)
        return true;
    lw_pa_find(pa, SOD, "signer", "the signer's certificate is not for documents");
    return false;
}

static bool inside(const struct lw_cert_info *info, int64_t t)
{
    return info->not_before_utc_us <= t && t <= info->not_after_utc_us;
}

/* A document signer is valid as long as what it signed (9303-12 4.1.2): what counts is the time of
 * signing, or the present where no time was signed. The authority has to have been valid then too.
 */
static bool in_time(struct lw_pa *pa, const struct lw_cert *signer, const struct lw_cert *authority,
                    int64_t now_utc_us)
{
    const int64_t t = pa->has_signing_time ? pa->signing_time_utc_us : now_utc_us;
    const char *who = !inside(lw_cert_info(signer), t)      ? "the signer"
                      : !inside(lw_cert_info(authority), t) ? "the authority"
                                                            : NULL;
    char text[LW_TIME_TEXT];
    if (!who)
        return true;
    lw_time_print(text, t);
    lw_pa_find(pa, SOD, "validity", "%s was not valid at %.10s, the time of %s", who, text,
               pa->has_signing_time ? "signing" : "reading");
    return false;
}

static enum lw_pa_chain check_authority(struct lw_pa *pa, const struct lw_cert *signer,
                                        const struct lw_cert *authority,
                                        const struct lw_trust *trust, int64_t now_utc_us)
{
    bool stale = false;
    snprintf(pa->authority, sizeof(pa->authority), "%s", lw_cert_info(authority)->subject);
    const enum lw_revocation state =
        lw_trust_revocation(trust, signer, authority, now_utc_us, &stale);
    if (state == LW_REVOCATION_REVOKED) {
        lw_pa_find(pa, SOD, "revoked", "the signer's certificate was revoked");
        return LW_PA_CHAIN_REVOKED;
    }
    if (stale)
        lw_pa_find(pa, SOD, "stale_crl", "the revocation list was to be replaced before now");
    return in_time(pa, signer, authority, now_utc_us) ? LW_PA_CHAIN_VALID : LW_PA_CHAIN_EXPIRED;
}

static int check_chain(struct lw_pa *pa, const struct lw_cert *signer, const struct lw_trust *trust,
                       int64_t now_utc_us)
{
    LW_AUTO(lw_cert) authority = NULL;
    bool named = false;
    int r = trust ? lw_trust_issuer(trust, signer, &authority, &named) : LW_ENOTFOUND;
    if (r == LW_ENOMEM)
        return r;
    if (r == LW_OK) {
        pa->chain = check_authority(pa, signer, authority, trust, now_utc_us);
    } else if (named) {
        pa->chain = LW_PA_CHAIN_INVALID;
        lw_pa_find(pa, SOD, "chain", "the authority that the signer names did not certify it");
    } else {
        pa->chain = LW_PA_CHAIN_NO_TRUST;
        lw_pa_find(pa, SOD, "trust", "no trusted authority is named %.120s",
                   lw_cert_info(signer)->issuer);
    }
    if (pa->chain == LW_PA_CHAIN_VALID && !fit_for_documents(pa, lw_cert_info(signer)))
        pa->chain = LW_PA_CHAIN_INVALID;
    return LW_OK;
}

static void note_signer(struct lw_pa *pa, const struct lw_cms_signer *s, const struct lw_cert *c)
{
    bool exact = true;
    snprintf(pa->signer, sizeof(pa->signer), "%s", lw_cert_info(c)->subject);
    memcpy(pa->signer_country, lw_cert_info(c)->issuer_country, sizeof(pa->signer_country));
    pa->has_signing_time = s->has_signing_time;
    pa->signing_time_utc_us = s->signing_time_utc_us;
    lw_cms_names(s, c, &exact);
    if (!exact) {
        char id[LW_SHA256_HEX];
        fingerprint(id, s->issuer);
        lw_pa_find(pa, SOD, "signer_name",
                   "the signer's issuer is written otherwise than in its certificate, %.16s", id);
    }
}

int lw_pa_check_signer(struct lw_pa *pa, const struct lw_sod *sod, const struct lw_trust *trust,
                       int64_t now_utc_us, struct lw_why *why)
{
    LW_AUTO(lw_cert) signer = NULL;
    enum lw_cms_result result;
    size_t used = sod->cms->n_certs;
    if (sod->cms->n_signers != 1) {
        lw_pa_find(pa, SOD, "signature", "%zu signers where there is to be one",
                   sod->cms->n_signers);
        return LW_OK;
    }
    int r = find_signer(&signer, &used, sod, trust);
    if (r == LW_ENOMEM)
        return lw_why_set(why, r, -1, "no memory");
    if (r < 0) {
        lw_pa_find(pa, SOD, "signature", "the signer's certificate is nowhere to be found");
        return LW_OK;
    }
    const struct lw_cms_signer *s = &sod->cms->signers[0];
    note_signer(pa, s, signer);
    report_uncovered(pa, sod, trust, used);
    if ((r = lw_cms_check(&result, sod->cms, s, signer, why)) < 0)
        return r;
    pa->signature = result == LW_CMS_GOOD ? LW_PA_SIGNATURE_VALID : LW_PA_SIGNATURE_INVALID;
    if (result != LW_CMS_GOOD)
        lw_pa_find(pa, SOD, "signature", "%s", lw_cms_result_text(result));
    r = check_chain(pa, signer, trust, now_utc_us);
    return r < 0 ? lw_why_set(why, r, -1, "no memory") : LW_OK;
}
