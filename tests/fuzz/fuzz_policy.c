/* A policy: whatever is accepted keeps nothing of a face of who declined. */
#include <stdlib.h>

#include "cross/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct lw_policy p;
    struct lw_why why;
    if (lw_policy_parse(&p, (struct lw_span){.data = data, .n = n}, &why) < 0)
        return 0;
    for (int c = 0; c < LW_POLICY_CLASSES; c++)
        if (lw_policy_rule(&p, (enum lw_person_class)c, true, LW_OUTBOUND)->keep[0].for_us)
            abort();
    return 0;
}
