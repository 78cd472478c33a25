/* crossing.json: the bundle, then its truth. */
#include "cross/truth.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const struct lw_span json = {.data = data, .n = n};
    LW_AUTO(lw_truth) truth = NULL;
    struct lw_bundle bundle;
    struct lw_why why;
    if (lw_bundle_parse(&bundle, json, &why) == LW_OK && bundle.has_truth)
        lw_truth_parse(&truth, json, &bundle, &why);
    return 0;
}
