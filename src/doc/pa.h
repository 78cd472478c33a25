/* doc/pa.h - passive authentication (ICAO 9303-11 5, 9303-12): are these data groups what the
 * issuing state signed? The answer is plain data; the document's bytes are not needed afterwards.
 */
#ifndef LW_DOC_PA_H
#define LW_DOC_PA_H

#include "doc/lds.h"
#include "doc/trust.h"

enum lw_pa_verdict {
    LW_PA_VALID,     /* signed by a trusted authority's signer, and nothing differs */
    LW_PA_NOT_VALID, /* something is wrong: the findings say what */
    LW_PA_NO_TRUST,  /* consistent in itself, but nobody trusted vouches for the signer */
    LW_PA_UNREADABLE /* the security object cannot be taken apart */
};
enum lw_pa_group { LW_PA_UNNAMED, LW_PA_MATCHES, LW_PA_DIFFERS, LW_PA_NOT_COVERED, LW_PA_ABSENT };
enum lw_pa_signature { LW_PA_SIGNATURE_VALID, LW_PA_SIGNATURE_INVALID, LW_PA_SIGNATURE_MISSING };
enum lw_pa_chain {
    LW_PA_CHAIN_VALID,
    LW_PA_CHAIN_INVALID,
    LW_PA_CHAIN_NO_TRUST,
    LW_PA_CHAIN_REVOKED,
    LW_PA_CHAIN_EXPIRED
};
const char *lw_pa_verdict_name(enum lw_pa_verdict v);     /* "not_valid" */
const char *lw_pa_group_name(enum lw_pa_group g);         /* "not_covered" */
const char *lw_pa_signature_name(enum lw_pa_signature s); /* "missing" */
const char *lw_pa_chain_name(enum lw_pa_chain c);         /* "no_trust" */

enum { LW_PA_FINDINGS_MAX = 48, LW_PA_TEXT = 200 };
struct lw_pa_finding {
    char where[16]; /* "EF_SOD", "DG2" */
    char rule[24];  /* "digest", "signature", ...: see docs/formats/lds.md */
    char text[LW_PA_TEXT];
};

struct lw_pa {
    enum lw_pa_verdict verdict;
    enum lw_pa_signature signature;
    enum lw_pa_chain chain;
    enum lw_pa_group groups[LW_LDS_DG16 + 1];
    bool has_signing_time;
    int64_t signing_time_utc_us;
    char signer[LW_CERT_NAME], authority[LW_CERT_NAME]; /* names, "" where unknown */
    char signer_country[4];
    bool has_card_security;
    enum lw_pa_verdict card_security; /* of EF.CardSecurity alone */
    size_t n_findings;
    size_t findings_lost; /* past the maximum */
    struct lw_pa_finding findings[LW_PA_FINDINGS_MAX];
};

/* trust may be NULL: nobody is trusted. now decides where the document gives no signing time.
 * Faults are faults of ours (LW_ENOMEM, LW_ECRYPTO); whatever the document says is in *out. */
int lw_pa_run(struct lw_pa *out, const struct lw_lds *lds, const struct lw_trust *trust,
              int64_t now_utc_us, struct lw_why *why);

/* For parsers of single groups: what could not be read there. */
void lw_pa_find(struct lw_pa *pa, const char *where, const char *rule, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
