#include "store/audit_chain.h"

#include <string.h>

#include "crypt/hex.h"

static void put_be(struct lw_strbuf *b, uint64_t x, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--)
        lw_strbuf_putc(b, (char)(unsigned char)(x >> (8 * i)));
}

int lw_link_hash(uint8_t out[LW_SHA256_BYTES], const char *store_id,
                 const uint8_t previous[LW_SHA256_BYTES], const struct lw_link *l)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    lw_strbuf_puts(&b, "lanewise-audit-1");
    lw_strbuf_puts(&b, store_id);
    lw_strbuf_put(&b, previous, LW_SHA256_BYTES);
    put_be(&b, (uint64_t)l->seq, 8);
    put_be(&b, (uint64_t)l->utc_us, 8);
    for (size_t i = 0; i < LW_COUNT(l->texts); i++) {
        put_be(&b, strlen(l->texts[i]), 4);
        lw_strbuf_puts(&b, l->texts[i]);
    }
    int r = lw_strbuf_err(&b);
    return r < 0 ? r : lw_sha256(out, lw_strbuf_span(&b));
}

void lw_link_message(struct lw_strbuf *b, const char *store_id, const struct lw_chain_end *end)
{
    char hex[LW_SHA256_HEX];
    lw_hex_print(hex, (struct lw_span){.data = end->hash, .n = LW_SHA256_BYTES});
    lw_strbuf_printf(b, "lanewise-audit-end-%d %s %jd %jd %s", end->checkpoints ? 2 : 1, store_id,
                     (intmax_t)end->seq, (intmax_t)end->utc_us, hex);
    if (end->checkpoints)
        lw_strbuf_printf(b, " %jd", (intmax_t)end->checkpoints);
}

int lw_store_identity_read(struct lw_sql *q, struct lw_store_identity *out, struct lw_why *why)
{
    sqlite3_stmt *st;
    int r = lw_sql_begin(q, why, &st, "SELECT id, public_key FROM store", LW_BIND_NONE);
    if (r < 0 || (r = lw_sql_next(q, st, why)) < 0)
        return r;
    if (r == 0)
        return lw_why_set(why, LW_EFORMAT, -1, "does not say which store it is");
    struct lw_span key = lw_sql_bytes(st, 1);
    lw_sql_text(st, 0, out->id, sizeof(out->id));
    if (key.n == sizeof(out->public_key))
        memcpy(out->public_key, key.data, key.n);
    lw_sql_done(st);
    return key.n == sizeof(out->public_key) ? LW_OK
                                            : lw_why_set(why, LW_EFORMAT, -1, "has no public key");
}
