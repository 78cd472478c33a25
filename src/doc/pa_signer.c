#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "crypt/digest.h"
#include "doc/pa_priv.h"

#define SOD "EF_SOD"

/* One security object in the course of being checked. */
struct checking {
    struct lw_pa *pa;
    const struct lw_cms *cms;
    const struct lw_trust *trust;
    int64_t now_utc_us;
    bool used[LW_CMS_CERTS_MAX]; /* certificates of signers */
};

static bool names(const struct lw_cert *c, void *signer)
{
    bool exact;
    return lw_cms_names(signer, c, &exact);
}

/* The signer's certificate: in the security object, else among the published ones. */
static int find_signer(struct lw_cert **out, struct checking *k, const struct lw_cms_signer *s)
{
    struct lw_cms_signer signer = *s;
    for (size_t i = 0; i < k->cms->n_certs; i++) {
        LW_AUTO(lw_cert) c = NULL;
        int r = lw_cert_parse(&c, k->cms->certs[i], NULL);
        if (r == LW_ENOMEM)
            return r;
        if (r == LW_OK && names(c, &signer)) {
            k->used[i] = true;
            *out = c;
            c = NULL;
            return LW_OK;
        }
    }
    return k->trust ? lw_trust_signer(k->trust, names, &signer, out) : LW_ENOTFOUND;
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
static void report_bytes(struct lw_pa *pa, const char *what, struct lw_span bytes)
{
    char id[LW_SHA256_HEX];
    fingerprint(id, bytes);
    lw_pa_find(pa, SOD, "uncovered", "%s, %.16s", what, id);
}

/* Announced for a signer, once. */
static bool digest_used(const struct lw_cms *cms, size_t i)
{
    bool used = false;
    for (size_t k = 0; k < cms->n_signers; k++)
        used |= cms->signers[k].digest == cms->digests[i];
    for (size_t k = 0; k < i; k++)
        used &= cms->digests[k] != cms->digests[i];
    return used;
}

static void report_uncovered(const struct checking *k)
{
    const struct lw_cms *cms = k->cms;
    for (size_t i = 0; i < cms->n_certs; i++)
        if (!k->used[i] && !trusted_bytes(k->trust, cms->certs[i]))
            report_bytes(k->pa, "a certificate that is not the signer's", cms->certs[i]);
    if (cms->crls.n)
        report_bytes(k->pa, "revocation lists, which are not used", cms->crls);
    for (size_t i = 0; i < cms->n_signers; i++)
        if (cms->signers[i].unsigned_attributes.n)
            report_bytes(k->pa, "attributes that are not signed",
                         cms->signers[i].unsigned_attributes);
    for (size_t i = 0; i < cms->n_digests; i++)
        if (!digest_used(cms, i))
            lw_pa_find(k->pa, SOD, "uncovered", "digest algorithm %s is announced and not used",
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
static bool in_time(const struct checking *k, const struct lw_cms_signer *s,
                    const struct lw_cert *signer, const struct lw_cert *authority)
{
    const int64_t t = s->has_signing_time ? s->signing_time_utc_us : k->now_utc_us;
    const char *who = !inside(lw_cert_info(signer), t)      ? "the signer"
                      : !inside(lw_cert_info(authority), t) ? "the authority"
                                                            : NULL;
    char text[LW_TIME_TEXT];
    if (!who)
        return true;
    lw_time_print(text, t);
    lw_pa_find(k->pa, SOD, "validity", "%s was not valid at %.10s, the time of %s", who, text,
               s->has_signing_time ? "signing" : "reading");
    return false;
}

static enum lw_pa_chain check_authority(const struct checking *k, const struct lw_cms_signer *s,
                                        const struct lw_cert *signer,
                                        const struct lw_cert *authority)
{
    struct lw_pa *pa = k->pa;
    bool stale = false;
    if (!pa->authority[0])
        snprintf(pa->authority, sizeof(pa->authority), "%s", lw_cert_info(authority)->subject);
    const enum lw_revocation state =
        lw_trust_revocation(k->trust, signer, authority, k->now_utc_us, &stale);
    if (state == LW_REVOCATION_REVOKED) {
        lw_pa_find(pa, SOD, "revoked", "the signer's certificate was revoked");
        return LW_PA_CHAIN_REVOKED;
    }
    if (stale)
        lw_pa_find(pa, SOD, "stale_crl", "the revocation list was to be replaced before now");
    return in_time(k, s, signer, authority) ? LW_PA_CHAIN_VALID : LW_PA_CHAIN_EXPIRED;
}

static int check_chain(enum lw_pa_chain *out, const struct checking *k,
                       const struct lw_cms_signer *s, const struct lw_cert *signer)
{
    LW_AUTO(lw_cert) authority = NULL;
    bool named = false;
    int r = k->trust ? lw_trust_issuer(k->trust, signer, &authority, &named) : LW_ENOTFOUND;
    if (r == LW_ENOMEM)
        return r;
    if (r == LW_OK) {
        *out = check_authority(k, s, signer, authority);
    } else if (named) {
        *out = LW_PA_CHAIN_INVALID;
        lw_pa_find(k->pa, SOD, "chain", "the authority that the signer names did not certify it");
    } else {
        *out = LW_PA_CHAIN_NO_TRUST;
        lw_pa_find(k->pa, SOD, "trust", "no trusted authority is named %.120s",
                   lw_cert_info(signer)->issuer);
    }
    if (*out == LW_PA_CHAIN_VALID && !fit_for_documents(k->pa, lw_cert_info(signer)))
        *out = LW_PA_CHAIN_INVALID;
    return LW_OK;
}

/* The first signer is the one that is named in the answer. */
static void note_signer(struct lw_pa *pa, const struct lw_cms_signer *s, const struct lw_cert *c)
{
    bool exact = true;
    if (!pa->signer[0]) {
        snprintf(pa->signer, sizeof(pa->signer), "%s", lw_cert_info(c)->subject);
        memcpy(pa->signer_country, lw_cert_info(c)->issuer_country, sizeof(pa->signer_country));
        pa->has_signing_time = s->has_signing_time;
        pa->signing_time_utc_us = s->signing_time_utc_us;
    }
    lw_cms_names(s, c, &exact);
    if (!exact) {
        char id[LW_SHA256_HEX];
        fingerprint(id, s->issuer);
        lw_pa_find(pa, SOD, "signer_name",
                   "the signer's issuer is written otherwise than in its certificate, %.16s", id);
    }
}

/* What one signature is worth. */
struct worth {
    enum lw_pa_signature signature;
    enum lw_pa_chain chain;
};

static int check_signature(struct worth *out, struct checking *k, const struct lw_cms_signer *s,
                           struct lw_why *why)
{
    LW_AUTO(lw_cert) signer = NULL;
    enum lw_cms_result result;
    *out = (struct worth){LW_PA_SIGNATURE_INVALID, LW_PA_CHAIN_NO_TRUST};
    int r = find_signer(&signer, k, s);
    if (r == LW_ENOMEM)
        return lw_why_set(why, r, -1, "no memory");
    if (r < 0) {
        lw_pa_find(k->pa, SOD, "signature", "the signer's certificate is nowhere to be found");
        return LW_OK;
    }
    note_signer(k->pa, s, signer);
    if ((r = lw_cms_check(&result, k->cms, s, signer, why)) < 0)
        return r;
    if (result == LW_CMS_GOOD)
        out->signature = LW_PA_SIGNATURE_VALID;
    else
        lw_pa_find(k->pa, SOD, "signature", "%s", lw_cms_result_text(result));
    r = check_chain(&out->chain, k, s, signer);
    return r < 0 ? lw_why_set(why, r, -1, "no memory") : LW_OK;
}

/* The worse one: something that is wrong, then somebody who is not known. */
static enum lw_pa_chain worse(enum lw_pa_chain a, enum lw_pa_chain b)
{
    return a == LW_PA_CHAIN_VALID || (a == LW_PA_CHAIN_NO_TRUST && b != LW_PA_CHAIN_VALID) ? b : a;
}

/* 9303-10 4.6.2.2 recommends one signer. Where there are more, each has to be right. */
int lw_pa_check_signer(struct lw_pa *pa, const struct lw_sod *sod, const struct lw_trust *trust,
                       int64_t now_utc_us, struct lw_why *why)
{
    struct checking k = {.pa = pa, .cms = sod->cms, .trust = trust, .now_utc_us = now_utc_us};
    struct worth all = {LW_PA_SIGNATURE_VALID, LW_PA_CHAIN_VALID}, one;
    if (sod->cms->n_signers == 0) {
        lw_pa_find(pa, SOD, "signature", "nobody signed it");
        return LW_OK;
    }
    for (size_t i = 0; i < sod->cms->n_signers; i++) {
        int r = check_signature(&one, &k, &sod->cms->signers[i], why);
        if (r < 0)
            return r;
        if (one.signature != LW_PA_SIGNATURE_VALID)
            all.signature = one.signature;
        all.chain = worse(all.chain, one.chain);
    }
    report_uncovered(&k);
    pa->signature = all.signature;
    pa->chain = all.chain;
    return LW_OK;
}
