/* Any file of a chip, taken apart as each of those that it might be. */
#include <assert.h>

#include "doc/lds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void look_inside(const struct lw_details *d, struct lw_span file)
{
    assert(d->n <= LW_DETAILS_MAX);
    for (size_t i = 0; i < d->n; i++)
        assert(d->v[i].value.n <= file.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const struct lw_span file = {data, n};
    struct lw_com com;
    struct lw_span span;
    struct lw_dg7 dg7;
    struct lw_details details;
    struct lw_why why;
    (void)lw_com_parse(&com, file, &why);
    if (lw_dg1_parse(&span, file, &why) == LW_OK)
        assert(span.n == 72 || span.n == 88 || span.n == 90);
    if (lw_dg7_parse(&dg7, file, &why) == LW_OK)
        assert(dg7.n >= 1 && dg7.n <= LW_DG7_PICTURES_MAX);
    if (lw_dg11_parse(&details, file, &why) == LW_OK ||
        lw_dg12_parse(&details, file, &why) == LW_OK)
        look_inside(&details, file);
    if (lw_dg15_parse(&span, file, &why) == LW_OK)
        assert(span.n < n);
    return 0;
}
