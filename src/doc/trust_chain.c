/* From a document signer to an authority. Paths are one certificate long by design (9303-12 4.1):
 * authority, signer. A new authority key comes with a link certificate that the old key signed;
 * both stand in the store as authorities of their own. */
#include <string.h>

#include "doc/trust.h"

/* Walks the authorities that are named as issuer of c. */
struct walk {
    const struct lw_trust *trust;
    const struct lw_cert *c;
    size_t i;
};

/* The next one; LW_ENOTFOUND, LW_ENOMEM. */
static int next_issuer(struct walk *w, struct lw_cert **out)
{
    while (w->i < lw_trust_count(w->trust)) {
        LW_AUTO(lw_cert) a = NULL;
        const struct lw_span der = lw_trust_peek(w->trust, w->i++).der;
        if (!lw_cert_may_be_issuer(der, w->c))
            continue;
        if (lw_cert_parse(&a, der, NULL) == LW_ENOMEM)
            return LW_ENOMEM;
        if (a && lw_cert_names_issuer(w->c, a)) {
            *out = a;
            a = NULL;
            return LW_OK;
        }
    }
    return LW_ENOTFOUND;
}

static bool same(const struct lw_cert *a, const struct lw_cert *b)
{
    return strcmp(lw_cert_info(a)->sha256, lw_cert_info(b)->sha256) == 0;
}

const char *lw_trust_problem(const struct lw_trust *t, const struct lw_cert *authority)
{
    const struct lw_cert_info *info = lw_cert_info(authority);
    struct walk w = {.trust = t, .c = authority};
    bool elder = false;
    if (!info->ca)
        return "not the certificate of an authority";
    if (!info->signs_certs)
        return "its key may not sign certificates";
    if (lw_cert_signed_by(authority, authority))
        return NULL;
    if (lw_cert_issuer_key_id(authority).n == 0 && lw_cert_names_issuer(authority, authority))
        return "its own signature does not fit";
    for (;;) {
        LW_AUTO(lw_cert) older = NULL;
        if (next_issuer(&w, &older) < 0)
            break;
        if (same(older, authority))
            continue;
        if (lw_cert_signed_by(authority, older))
            return NULL;
        elder = true;
    }
    if (elder)
        return "the older key that it names did not sign it";
    return lw_cert_names_issuer(authority, authority) ? "its own signature does not fit" : NULL;
}

int lw_trust_issuer(const struct lw_trust *t, const struct lw_cert *c, struct lw_cert **out,
                    bool *named)
{
    struct walk w = {.trust = t, .c = c};
    *named = false;
    for (;;) {
        LW_AUTO(lw_cert) a = NULL;
        int r = next_issuer(&w, &a);
        if (r < 0)
            return r;
        *named = true;
        if (lw_cert_signed_by(c, a) && !lw_trust_problem(t, a)) {
            *out = a;
            a = NULL;
            return LW_OK;
        }
    }
}

enum lw_revocation lw_trust_revocation(const struct lw_trust *t, const struct lw_cert *c,
                                       const struct lw_cert *issuer, int64_t now_utc_us,
                                       bool *stale)
{
    int64_t newest = INT64_MIN;
    enum lw_revocation state = LW_REVOCATION_UNKNOWN;
    *stale = false;
    for (size_t i = 0; i < lw_trust_crl_count(t); i++) {
        const struct lw_crl *crl = lw_trust_crl(t, i);
        if (!lw_crl_signed_by(crl, issuer))
            continue;
        if (lw_crl_lists(crl, c))
            return LW_REVOCATION_REVOKED;
        state = LW_REVOCATION_GOOD;
        if (lw_crl_this_update_utc_us(crl) > newest) {
            newest = lw_crl_this_update_utc_us(crl);
            *stale = lw_crl_next_update_utc_us(crl) < now_utc_us;
        }
    }
    return state;
}
