/* Walks any bytes as BER and as DER: every element must lie inside its parent. */
#include <stdlib.h>

#include "doc/tlv.h"

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void look_at(const struct lw_tlv *t, struct lw_span all)
{
    uint64_t number;
    char oid[64];
    must(t->at + t->whole.n <= all.n && t->whole.data == all.data + t->at);
    must(t->header >= 2 && t->header + t->value.n + (t->indefinite ? 2 : 0) == t->whole.n);
    must(t->value.data == t->whole.data + t->header);
    lw_tlv_uint(t, &number, NULL);
    lw_tlv_oid_print(oid, sizeof(oid), t, NULL);
}

static void walk(struct lw_tlv_reader *r, struct lw_span all)
{
    struct lw_tlv t;
    struct lw_tlv_reader inside;
    struct lw_why why = {.offset = 0};
    int e;
    while ((e = lw_tlv_next(r, &t, &why)) == 1) {
        look_at(&t, all);
        if (t.constructed && lw_tlv_enter(r, &t, &inside, &why) == LW_OK)
            walk(&inside, all);
    }
    must(e == 0 || (why.code == e && why.offset >= 0 && (uint64_t)why.offset <= all.n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const struct lw_span all = {data, n};
    for (int der = 0; der < 2; der++) {
        struct lw_tlv_limits limits = LW_TLV_LIMITS;
        struct lw_tlv_reader r;
        limits.der = der;
        if (lw_tlv_open(&r, all, &limits, NULL) == LW_OK)
            walk(&r, all);
    }
    uint32_t tag;
    size_t header, length;
    if (lw_tlv_header(all, &tag, &header, &length) == LW_OK)
        must(header <= n);
    return 0;
}
