#include "eval/pairs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct lw_pairs *pairs = NULL;
    struct lw_why why;
    lw_pairs_parse(&pairs, (struct lw_span){.data = data, .n = n}, &why);
    lw_pairs_free(&pairs);
    return 0;
}
