/* A template: whatever is accepted has to print as the very same bytes. */
#include <stdlib.h>
#include <string.h>

#include "face/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    LW_AUTO(lw_template) t = NULL;
    LW_AUTO_STRBUF again = LW_STRBUF_INIT;
    struct lw_why why;
    if (lw_template_parse(&t, (struct lw_span){.data = data, .n = n}, &why) < 0)
        return 0;
    if (lw_template_print(&again, t) < 0 || again.n != n || memcmp(again.s, data, n) != 0)
        abort();
    return 0;
}
