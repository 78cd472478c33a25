#include "doc/pa.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "doc/country.h"
#include "doc/mrz.h"
#include "doc/pa_priv.h"

const char *lw_pa_verdict_name(enum lw_pa_verdict v)
{
    static const char *const names[] = {"valid", "not_valid", "no_trust", "unreadable"};
    return names[v];
}

const char *lw_pa_group_name(enum lw_pa_group g)
{
    static const char *const names[] = {"unnamed", "matches", "differs", "not_covered", "absent"};
    return names[g];
}

const char *lw_pa_signature_name(enum lw_pa_signature s)
{
    static const char *const names[] = {"valid", "invalid", "missing"};
    return names[s];
}

const char *lw_pa_chain_name(enum lw_pa_chain c)
{
    static const char *const names[] = {"valid", "invalid", "no_trust", "revoked", "expired"};
    return names[c];
}

void lw_pa_find(struct lw_pa *pa, const char *where, const char *rule, const char *fmt, ...)
{
    if (pa->n_findings == LW_PA_FINDINGS_MAX) {
        pa->findings_lost++;
        return;
    }
    struct lw_pa_finding *f = &pa->findings[pa->n_findings++];
    va_list ap;
    snprintf(f->where, sizeof(f->where), "%s", where);
    snprintf(f->rule, sizeof(f->rule), "%s", rule);
    va_start(ap, fmt);
    vsnprintf(f->text, sizeof(f->text), fmt, ap);
    va_end(ap);
}

/* Fingerprints and irises are read with keys that only the issuer's friends have: their absence
 * says nothing. */
static bool guarded(int group)
{
    return group == LW_LDS_DG3 || group == LW_LDS_DG4;
}

/* Compare what is here with what was signed. Returns whether something spoils the verdict. */
static bool compare_group(struct lw_pa *pa, const struct lw_lds *lds, const struct lw_sod *sod,
                          uint32_t named_by_com, int g)
{
    const struct lw_span file = lds->files[g];
    const char *name = lw_lds_info((enum lw_lds_id)g)->name;
    const bool covered = sod && (sod->groups & 1u << g);
    uint8_t digest[LW_HASH_BYTES_MAX];
    if (!file.data && !covered && !(named_by_com & 1u << g))
        return false;
    if (!file.data) {
        pa->groups[g] = LW_PA_ABSENT;
        if (guarded(g))
            return false;
        lw_pa_find(pa, name, "absent", "named by the %s, but not here",
                   covered ? "security object" : "EF.COM");
        return true;
    }
    if (!covered) {
        pa->groups[g] = LW_PA_NOT_COVERED;
        lw_pa_find(pa, name, "not_covered", "here, but nobody signed it");
        return true;
    }
    const bool same = lw_hash(digest, sod->hash, file) == LW_OK &&
                      memcmp(digest, sod->digests[g].data, lw_hash_bytes(sod->hash)) == 0;
    pa->groups[g] = same ? LW_PA_MATCHES : LW_PA_DIFFERS;
    if (!same)
        lw_pa_find(pa, name, "digest", "the file does not have the digest that was signed");
    return !same;
}

static bool compare_groups(struct lw_pa *pa, const struct lw_lds *lds, const struct lw_sod *sod)
{
    struct lw_com com = {.groups = 0};
    struct lw_why why;
    bool spoilt = false;
    if (lds->files[LW_LDS_COM].data && lw_com_parse(&com, lds->files[LW_LDS_COM], &why) < 0)
        lw_pa_find(pa, "EF_COM", "format", "%s", why.text);
    for (int g = LW_LDS_DG1; g <= LW_LDS_DG16; g++)
        spoilt |= compare_group(pa, lds, sod, com.groups, g);
    return spoilt;
}

/* 9303-12 7.1.2 wants the issuer of the signer to be of the state that the MRZ names. */
static bool compare_country(struct lw_pa *pa, const struct lw_lds *lds)
{
    struct lw_span text;
    struct lw_mrz mrz;
    if (!pa->signer_country[0] || !lds->files[LW_LDS_DG1].data ||
        lw_dg1_parse(&text, lds->files[LW_LDS_DG1], NULL) < 0 ||
        lw_mrz_parse(&mrz, text, 0, NULL) < 0 || !mrz.issuing_state[0] ||
        lw_country_same(mrz.issuing_state, pa->signer_country))
        return false;
    lw_pa_find(pa, "EF_SOD", "country", "signed by %s, the MRZ is of %s", pa->signer_country,
               mrz.issuing_state);
    return true;
}

static enum lw_pa_verdict verdict_of(const struct lw_pa *pa, bool spoilt)
{
    if (spoilt || pa->signature != LW_PA_SIGNATURE_VALID ||
        (pa->chain != LW_PA_CHAIN_VALID && pa->chain != LW_PA_CHAIN_NO_TRUST))
        return LW_PA_NOT_VALID;
    return pa->chain == LW_PA_CHAIN_NO_TRUST ? LW_PA_NO_TRUST : LW_PA_VALID;
}

/* A fault of ours, as against one of the document's bytes. */
static bool ours(int r)
{
    return r == LW_ENOMEM || r == LW_ECRYPTO || r == LW_EINVAL;
}

int lw_pa_run(struct lw_pa *out, const struct lw_lds *lds, const struct lw_trust *trust,
              int64_t now_utc_us, struct lw_why *why)
{
    LW_AUTO(lw_sod) sod = NULL;
    struct lw_why reason;
    struct lw_pa pa = {.signature = LW_PA_SIGNATURE_INVALID, .chain = LW_PA_CHAIN_NO_TRUST};
    const struct lw_span file = lds->files[LW_LDS_SOD];
    int r = file.data ? lw_sod_parse(&sod, file, &reason) : LW_ENOTFOUND;
    if (ours(r))
        return lw_why_set(why, r, -1, "%s", reason.text);
    if (r == LW_ENOTFOUND) {
        pa.signature = LW_PA_SIGNATURE_MISSING;
        lw_pa_find(&pa, "EF_SOD", "absent", "there is no security object");
    } else if (r < 0) {
        lw_pa_find(&pa, "EF_SOD", "format", "%s", reason.text);
    } else if ((r = lw_pa_check_signer(&pa, sod, trust, now_utc_us, why)) < 0) {
        return r;
    }
    bool spoilt = compare_groups(&pa, lds, sod);
    spoilt |= compare_country(&pa, lds);
    const struct lw_span keys = lds->files[LW_LDS_CARD_SECURITY];
    if (keys.data && (r = lw_pa_check_card_security(&pa, keys, trust, now_utc_us, why)) < 0)
        return r;
    spoilt |= pa.has_card_security && pa.card_security != LW_PA_VALID &&
              !(pa.card_security == LW_PA_NO_TRUST && pa.chain == LW_PA_CHAIN_NO_TRUST);
    pa.verdict = file.data && !sod ? LW_PA_UNREADABLE : verdict_of(&pa, spoilt);
    *out = pa;
    return LW_OK;
}
