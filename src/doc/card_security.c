/* EF.CardSecurity (9303-11 9.2.11): the keys with which a chip proves itself within PACE-CAM,
 * signed like a security object, by a signer of the same authority. */
#include <stdio.h>
#include <string.h>

#include "doc/pa_priv.h"

#define WHERE "EF_CardSecurity"

static const char content_type[] = "0.4.0.127.0.7.3.2.1"; /* id-SecurityObject */

static enum lw_pa_verdict verdict_of(const struct lw_pa *own)
{
    if (own->signature != LW_PA_SIGNATURE_VALID)
        return LW_PA_NOT_VALID;
    return own->chain == LW_PA_CHAIN_VALID      ? LW_PA_VALID
           : own->chain == LW_PA_CHAIN_NO_TRUST ? LW_PA_NO_TRUST
                                                : LW_PA_NOT_VALID;
}

/* The signer's check is that of EF.SOD; what it found was found here. */
static int check(struct lw_pa *pa, const struct lw_cms *cms, const struct lw_trust *trust,
                 int64_t now_utc_us, struct lw_why *why)
{
    struct lw_pa own = {.signature = LW_PA_SIGNATURE_INVALID, .chain = LW_PA_CHAIN_NO_TRUST};
    struct lw_cms borrowed = *cms;
    const struct lw_sod sod = {.cms = &borrowed};
    int r = lw_pa_check_signer(&own, &sod, trust, now_utc_us, why);
    if (r < 0)
        return r;
    for (size_t i = 0; i < own.n_findings; i++)
        lw_pa_find(pa, WHERE, own.findings[i].rule, "%s", own.findings[i].text);
    pa->card_security = verdict_of(&own);
    if (own.signer_country[0] && pa->signer_country[0] &&
        strcmp(own.signer_country, pa->signer_country) != 0) {
        lw_pa_find(pa, WHERE, "country", "signed by %s, the security object by %s",
                   own.signer_country, pa->signer_country);
        pa->card_security = LW_PA_NOT_VALID;
    }
    return LW_OK;
}

int lw_pa_check_card_security(struct lw_pa *pa, struct lw_span file, const struct lw_trust *trust,
                              int64_t now_utc_us, struct lw_why *why)
{
    LW_AUTO(lw_cms) cms = NULL;
    struct lw_why bad;
    pa->has_card_security = true;
    pa->card_security = LW_PA_UNREADABLE;
    int r = lw_cms_parse(&cms, file, 0, &bad);
    if (r == LW_ENOMEM)
        return lw_why_set(why, r, -1, "no memory");
    if (r < 0) {
        lw_pa_find(pa, WHERE, "format", "%s", bad.text);
        return LW_OK;
    }
    if (strcmp(cms->content_type, content_type) != 0) {
        lw_pa_find(pa, WHERE, "format", "content of type %.60s, no security object of a chip",
                   cms->content_type);
        return LW_OK;
    }
    return check(pa, cms, trust, now_utc_us, why);
}
