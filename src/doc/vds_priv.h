/* doc/vds_priv.h - the halves of a seal's check; inside doc/ only. */
#ifndef LW_DOC_VDS_PRIV_H
#define LW_DOC_VDS_PRIV_H

#include "doc/vds_check.h"

void lw_vds_find(struct lw_vds_check *c, const char *rule, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Who signed it, rightly, and on whose authority: signature, chain, names and findings of *c. Only
 * memory and library faults are faults. */
int lw_vds_check_signer(struct lw_vds_check *c, const struct lw_trust *trust, int64_t now_utc_us,
                        struct lw_why *why);

#endif
