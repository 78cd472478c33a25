/* A crossing record: whatever is accepted has to print as the very same bytes. */
#include <stdlib.h>
#include <string.h>

#include "cross/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    LW_AUTO_STRBUF again = LW_STRBUF_INIT;
    struct lw_record rec;
    struct lw_why why;
    if (lw_record_parse(&rec, (struct lw_span){.data = data, .n = n}, &why) < 0)
        return 0;
    if (lw_record_print(&again, &rec) < 0 || again.n != n || memcmp(again.s, data, n) != 0)
        abort();
    return 0;
}
