/* A key file's text: whatever is accepted has to be printed so that it is accepted again. */
#include <stdlib.h>

#include "crypt/keyfile_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct lw_keyfile_text t, again;
    struct lw_why why;
    char *text;
    size_t size;
    if (lw_keyfile_text_parse(&t, (struct lw_span){.data = data, .n = n}, &why) < 0)
        return 0;
    if (lw_keyfile_text_print(&t, &text, &size, &why) < 0)
        abort();
    const struct lw_span printed = {.data = (const uint8_t *)text, .n = size};
    if (lw_keyfile_text_parse(&again, printed, &why) < 0 || again.n != t.n)
        abort();
    lw_keyfile_text_wipe(&again);
    lw_keyfile_text_wipe(&t);
    free(text);
    return 0;
}
