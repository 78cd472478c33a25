/* A face record of DG2, of any kind. */
#include <assert.h>

#include "doc/dg2.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void look_at(const struct lw_dg2 *dg, const uint8_t *data, size_t n)
{
    assert(dg->n <= LW_DG2_PICTURES_MAX);
    for (size_t i = 0; i < dg->n; i++) {
        const struct lw_face_picture *p = &dg->pictures[i];
        assert(p->bytes.data >= data && p->bytes.n <= n && p->bytes.data + p->bytes.n <= data + n &&
               p->bytes.data == data + p->at);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct lw_dg2 dg = {.n = 0};
    struct lw_why why;
    if (lw_face_block_parse(&dg, (struct lw_span){data, n}, 0, &why) == LW_OK)
        look_at(&dg, data, n);
    if (lw_dg2_parse(&dg, (struct lw_span){data, n}, &why) == LW_OK)
        look_at(&dg, data, n);
    return 0;
}
