/* A group's list, as JSON or as the text of a code. */
#include <assert.h>
#include <string.h>

#include "doc/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    LW_AUTO_STRBUF json = LW_STRBUF_INIT;
    LW_AUTO_STRBUF code = LW_STRBUF_INIT;
    struct lw_manifest m, again;
    struct lw_why why;
    if (lw_manifest_parse(&m, (struct lw_span){data, n}, &why) != LW_OK)
        return 0;
    assert(m.n_documents >= 1 && m.n_documents <= m.people && m.people <= LW_MANIFEST_PEOPLE_MAX);
    lw_manifest_put_json(&json, &m);
    lw_manifest_put_code(&code, &m);
    assert(lw_manifest_parse(&again, lw_strbuf_span(&json), &why) == LW_OK);
    assert(lw_manifest_signed(&m) == lw_manifest_signed(&again));
    assert(lw_manifest_parse(&again, lw_strbuf_span(&code), &why) == LW_OK);
    assert(strcmp(m.id, again.id) == 0 && again.people == m.people);
    return 0;
}
