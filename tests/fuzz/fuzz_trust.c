/* Anything that might be a certificate, a revocation list, a master list, PEM or LDIF. */
#include <assert.h>

#include "doc/trust.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    LW_AUTO(lw_trust) t = NULL;
    struct lw_trust_sum sum = {0};
    struct lw_why why;
    if (lw_trust_new(&t) < 0)
        return 0;
    if (lw_trust_add(t, (struct lw_span){data, n}, "fuzz", &sum, &why) == LW_OK)
        assert(sum.authorities == lw_trust_count(t));
    for (size_t i = 0; i < lw_trust_count(t); i++) {
        LW_AUTO(lw_cert) c = NULL;
        if (lw_cert_parse(&c, lw_trust_peek(t, i).der, &why) == LW_OK)
            (void)lw_trust_problem(t, c);
    }
    return 0;
}
