#include "store/blob.h"

#include <stdlib.h>
#include <string.h>

#include "crypt/digest.h"
#include "crypt/hex.h"

#define HOUR_US (3600 * INT64_C(1000000))
#define DAY_US (24 * HOUR_US)

int64_t lw_blob_period_end(int64_t closed_utc_us, int64_t due_utc_us)
{
    int64_t step = due_utc_us - closed_utc_us <= 8 * DAY_US ? HOUR_US : DAY_US;
    return (due_utc_us + step - 1) / step * step;
}

static int print_place(struct lw_strbuf *b, const struct lw_blob_place *at)
{
    char hex[LW_SHA256_HEX];
    lw_hex_print(hex, (struct lw_span){.data = at->policy_sha256, .n = LW_SHA256_BYTES});
    lw_strbuf_printf(b, "lanewise-blob-1 %s %s %zu %s %s", at->store_id, at->record_id, at->n,
                     at->kind, hex);
    return lw_strbuf_err(b);
}

static int fail(struct lw_why *why, const char *text)
{
    return lw_why_set(why, LW_ECRYPTO, -1, "%s", text);
}

static int seal(struct lw_sealed *out, struct lw_keys *keys, struct lw_span about,
                struct lw_span plain, int64_t until, struct lw_why *why)
{
    uint8_t key[LW_SEAL_KEY];
    if (lw_random_bytes(key, sizeof(key)) < 0)
        return fail(why, "no random bytes");
    int r = lw_seal(out->bytes, key, plain, about) < 0
                ? fail(why, "a blob cannot be sealed")
                : keys->ops->wrap(keys, &out->key, key, until, about, why);
    lw_wipe(key, sizeof(key));
    return r;
}

int lw_blob_seal(struct lw_sealed *out, uint8_t *room, struct lw_keys *keys,
                 const struct lw_blob_place *at, const struct lw_store_blob *b,
                 int64_t closed_utc_us, int64_t due_utc_us, struct lw_why *why)
{
    LW_AUTO_STRBUF about = LW_STRBUF_INIT;
    struct lw_sealed s = {.kind = b->kind,
                          .of_document = b->portrait || b->kind == LW_ITEM_FIELDS,
                          .index = b->index,
                          .quality = b->quality,
                          .due_utc_us = due_utc_us,
                          .n = b->bytes.n + LW_SEAL_EXTRA,
                          .bytes = room};
    if (print_place(&about, at) < 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    int r = seal(&s, keys, lw_strbuf_span(&about), b->bytes,
                 lw_blob_period_end(closed_utc_us, due_utc_us), why);
    if (r < 0)
        return r;
    *out = s;
    return LW_OK;
}

int lw_blob_rewrap(struct lw_keys *keys, const struct lw_blob_place *at, struct lw_wrapped *key,
                   struct lw_why *why)
{
    LW_AUTO_STRBUF about = LW_STRBUF_INIT;
    uint8_t plain[LW_SEAL_KEY];
    if (print_place(&about, at) < 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    int r = keys->ops->unwrap(keys, plain, key, lw_strbuf_span(&about), why);
    if (r == LW_OK)
        r = keys->ops->wrap(keys, key, plain, key->until_utc_us, lw_strbuf_span(&about), why);
    lw_wipe(plain, sizeof(plain));
    return r;
}

int lw_blob_open(struct lw_keys *keys, const struct lw_blob_place *at, const struct lw_wrapped *key,
                 struct lw_span sealed, uint8_t **out, struct lw_why *why)
{
    LW_AUTO_STRBUF about = LW_STRBUF_INIT;
    uint8_t plain[LW_SEAL_KEY];
    if (sealed.n < LW_SEAL_EXTRA)
        return fail(why, "a blob was cut");
    uint8_t *bytes = malloc(sealed.n - LW_SEAL_EXTRA + 1);
    if (!bytes || print_place(&about, at) < 0) {
        free(bytes);
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    }
    int r = keys->ops->unwrap(keys, plain, key, lw_strbuf_span(&about), why);
    if (r == LW_OK && lw_unseal(bytes, plain, sealed, lw_strbuf_span(&about)) < 0)
        r = fail(why, "a blob was changed");
    lw_wipe(plain, sizeof(plain));
    if (r < 0) {
        free(bytes);
        return r;
    }
    *out = bytes;
    return LW_OK;
}

static void copy(uint8_t *out, size_t n, struct lw_span bytes)
{
    if (bytes.n == n)
        memcpy(out, bytes.data, n);
    else
        memset(out, 0, n); /* opens nothing */
}

void lw_blob_read_row(struct lw_blob_row *out, sqlite3_stmt *st)
{
    struct lw_blob_row row = {.seq = sqlite3_column_int64(st, 0),
                              .n = (size_t)sqlite3_column_int64(st, 2),
                              .has_key = sqlite3_column_type(st, 5) != SQLITE_NULL};
    lw_sql_text(st, 1, row.record_id, sizeof(row.record_id));
    lw_sql_text(st, 3, row.kind, sizeof(row.kind));
    copy(row.policy_sha256, sizeof(row.policy_sha256), lw_sql_bytes(st, 4));
    row.key.generation = sqlite3_column_int64(st, 5);
    row.key.until_utc_us = sqlite3_column_int64(st, 6);
    copy(row.key.bytes, sizeof(row.key.bytes), lw_sql_bytes(st, 7));
    *out = row;
}

struct lw_blob_place lw_blob_place_of(const struct lw_store_identity *id,
                                      const struct lw_blob_row *row)
{
    return (struct lw_blob_place){.store_id = id->id,
                                  .record_id = row->record_id,
                                  .n = row->n,
                                  .kind = row->kind,
                                  .policy_sha256 = row->policy_sha256};
}
