/* doc/pa_priv.h - inside doc/ only. */
#ifndef LW_DOC_PA_PRIV_H
#define LW_DOC_PA_PRIV_H

#include "doc/pa.h"
#include "doc/sod.h"

/* Who signed the security object, rightly, and on whose authority: signature, chain, names, signing
 * time and findings of *pa. Only memory and library faults are faults. */
int lw_pa_check_signer(struct lw_pa *pa, const struct lw_sod *sod, const struct lw_trust *trust,
                       int64_t now_utc_us, struct lw_why *why);

/* The same of EF.CardSecurity, after the security object was looked at. */
int lw_pa_check_card_security(struct lw_pa *pa, struct lw_span file, const struct lw_trust *trust,
                              int64_t now_utc_us, struct lw_why *why);

#endif
