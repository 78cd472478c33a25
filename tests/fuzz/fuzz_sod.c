/* A security object, or an EF.CardSecurity, which is SignedData without a tag around it: taken
 * apart, and checked without anybody to trust. */
#include <assert.h>

#include "doc/pa.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    LW_AUTO(lw_lds) lds = NULL;
    struct lw_pa pa;
    struct lw_why why;
    const enum lw_lds_id ef = n > 0 && data[0] == 0x30 ? LW_LDS_CARD_SECURITY : LW_LDS_SOD;
    if (lw_lds_new(&lds) < 0 || lw_lds_put(lds, ef, (struct lw_span){data, n}) < 0)
        return 0;
    if (lw_pa_run(&pa, lds, NULL, 1769817600000000, &why) == LW_OK) {
        assert(pa.verdict != LW_PA_VALID);
        assert(pa.n_findings <= LW_PA_FINDINGS_MAX && pa.n_findings > 0);
    }
    return 0;
}
