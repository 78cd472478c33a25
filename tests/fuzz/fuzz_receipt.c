/* A receipt: whatever is accepted is signed with the key that it names. */
#include <stdlib.h>

#include "store/receipt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct lw_receipt r;
    struct lw_why why;
    const struct lw_span text = {.data = data, .n = n};
    if (lw_receipt_check(&r, text, NULL, &why) < 0)
        return 0;
    if (lw_receipt_check(&r, text, r.public_key, &why) < 0 || !r.place[0])
        abort();
    return 0;
}
