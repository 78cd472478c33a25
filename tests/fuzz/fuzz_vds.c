/* The bytes of a barcode as a visible digital seal, with nobody to trust. */
#include <assert.h>

#include "doc/vds_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    LW_AUTO_STRBUF text = LW_STRBUF_INIT;
    static const char printed[] = "PUUTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\n"
                                  "D231458907UTO7408122F2606277<<<<<<<8\n";
    struct lw_vds_check c;
    struct lw_mrz m;
    if (lw_vds_check(&c, (struct lw_span){data, n}, NULL, 1769817600000000, NULL) != LW_OK ||
        lw_mrz_parse(&m, (struct lw_span){(const uint8_t *)printed, sizeof(printed) - 1},
                     1769817600000000, NULL) != LW_OK)
        return 0;
    lw_vds_compare(&c, &m);
    assert(c.verdict != LW_PA_VALID && c.n_findings > 0);
    assert(!c.readable || c.seal.signed_part.n + c.seal.signature.n + 2 <= n);
    lw_vds_put_json(&text, &c);
    lw_vds_put_card(&text, &c);
    return 0;
}
