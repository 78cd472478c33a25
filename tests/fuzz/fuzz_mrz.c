/* Any bytes as one text with many MRZs, and as one MRZ. */
#include <assert.h>
#include <string.h>

#include "doc/mrz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void look_at(const struct lw_mrz *m, size_t n)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    assert(m->n_findings <= LW_MRZ_FINDINGS_MAX);
    assert(strlen(m->surname) < sizeof(m->surname));
    for (size_t i = 0; i < m->n_findings; i++)
        assert(m->findings[i].offset <= n && m->findings[i].line >= 1 &&
               m->findings[i].column >= 1);
    lw_mrz_put_json(&b, m);
    lw_mrz_put_card(&b, m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const struct lw_span text = {.data = data, .n = n};
    struct lw_mrz m;
    struct lw_mrz_reader r = lw_mrz_reader_over(text, 1769817600000000);
    while (lw_mrz_next(&r, &m, NULL) > 0)
        look_at(&m, n);
    if (lw_mrz_parse(&m, text, 1769817600000000, NULL) == LW_OK)
        look_at(&m, n);
    return 0;
}
