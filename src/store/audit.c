#include "store/audit.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "crypt/digest.h"
#include "crypt/hex.h"
#include "store/audit_chain.h"
#include "store/sql.h"

/* A signed checkpoint is made after so many entries or so much time. */
enum { CHECKPOINT_ENTRIES = 256, CHECKPOINT_MINUTES = 10 };

#define BACK_MAX_US (5 * INT64_C(60000000))            /* clocks are corrected by that much */
#define FORWARD_MAX_US (31 * 24 * INT64_C(3600000000)) /* a store rests that long at most */

struct end {
    int64_t seq, utc_us;
    uint8_t hash[LW_SHA256_BYTES];
};

static int read_end(struct lw_sql *q, struct end *e, struct lw_why *why)
{
    sqlite3_stmt *st;
    int r = lw_sql_begin(
        q, why, &st, "SELECT seq, hash, utc_us FROM audit ORDER BY seq DESC LIMIT 1", LW_BIND_NONE);
    if (r < 0 || (r = lw_sql_next(q, st, why)) < 0)
        return r;
    *e = (struct end){.seq = 0};
    if (r == 0)
        return LW_OK; /* the first entry follows 32 zero bytes */
    struct lw_span hash = lw_sql_bytes(st, 1);
    e->seq = sqlite3_column_int64(st, 0);
    e->utc_us = sqlite3_column_int64(st, 2);
    if (hash.n == sizeof(e->hash))
        memcpy(e->hash, hash.data, hash.n);
    lw_sql_done(st);
    return LW_OK;
}

/* Behind *end, which moves on. */
static int append(struct lw_sql *q, const char *store_id, struct end *end,
                  const struct lw_audit_entry *e, int64_t now_us, struct lw_why *why)
{
    const struct lw_link l = {.seq = end->seq + 1,
                              .utc_us = now_us,
                              .texts = {e->actor->name, lw_role_name(e->actor->role),
                                        e->actor->purpose, e->action, e->subject, e->detail}};
    struct end next = {.seq = l.seq, .utc_us = now_us};
    if (lw_link_hash(next.hash, store_id, end->hash, &l) < 0)
        return lw_why_set(why, LW_ECRYPTO, -1, "no digest");
    *end = next;
    return lw_sql_run(
        q, why,
        "INSERT INTO audit (seq, utc_us, actor, role, purpose, action, subject, detail, hash)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        LW_BIND(LW_I(l.seq), LW_I(l.utc_us), LW_T(l.texts[0]), LW_T(l.texts[1]), LW_T(l.texts[2]),
                LW_T(l.texts[3]), LW_T(l.texts[4]), LW_T(l.texts[5]),
                LW_B(((struct lw_span){.data = next.hash, .n = sizeof(next.hash)}))));
}

bool lw_audit_clock_jumped(int64_t from_utc_us, int64_t to_utc_us)
{
    return to_utc_us < from_utc_us - BACK_MAX_US || to_utc_us > from_utc_us + FORWARD_MAX_US;
}

/* A clock that jumped is an entry of its own, whatever is written then: crossings go on, purging
 * does not. */
static int note_jump(struct lw_sql *q, const char *store_id, struct end *end,
                     const struct lw_actor *actor, int64_t now_us, struct lw_why *why)
{
    char is[LW_TIME_TEXT], was[LW_TIME_TEXT], text[96];
    if (end->seq == 0 || !lw_audit_clock_jumped(end->utc_us, now_us))
        return LW_OK;
    lw_time_print(is, now_us);
    lw_time_print(was, end->utc_us);
    snprintf(text, sizeof(text), "from=%s to=%s", was, is);
    const struct lw_audit_entry e = {
        .actor = actor, .action = "clock_jump", .subject = store_id, .detail = text};
    return append(q, store_id, end, &e, now_us, why);
}

int lw_audit_append(struct lw_sql *q, const struct lw_audit_entry *e, struct lw_why *why)
{
    struct lw_store_identity id;
    struct end end;
    const int64_t now_us = lw_now_utc_us();
    if (!lw_json_is_line(e->action) || !lw_json_is_line(e->subject) || !lw_json_is_line(e->detail))
        return lw_why_set(why, LW_EINVAL, -1, "an audit entry's texts are lines of UTF-8");
    int r = lw_store_identity_read(q, &id, why);
    if (r < 0 || (r = read_end(q, &end, why)) < 0 ||
        (r = note_jump(q, id.id, &end, e->actor, now_us, why)) < 0)
        return r;
    return append(q, id.id, &end, e, now_us, why);
}

int lw_audit_make(struct lw_sql *q, struct lw_keys *keys, const struct lw_actor *actor,
                  struct lw_why *why)
{
    uint8_t random[(LW_STORE_ID_TEXT - 1) / 2];
    char id[LW_STORE_ID_TEXT], key[2 * LW_SIGN_PUBLIC + 1];
    const struct lw_span public_key = {.data = keys->public_key, .n = LW_SIGN_PUBLIC};
    if (lw_random_bytes(random, sizeof(random)) < 0)
        return lw_why_set(why, LW_ECRYPTO, -1, "no random bytes");
    lw_hex_print(id, (struct lw_span){.data = random, .n = sizeof(random)});
    lw_hex_print(key, public_key);
    int r = lw_sql_run(q, why, "INSERT INTO store (one, id, public_key) VALUES (1, ?, ?)",
                       LW_BIND(LW_T(id), LW_B(public_key)));
    if (r < 0)
        return r;
    return lw_audit_append(
        q, &(struct lw_audit_entry){.actor = actor, .action = "make", .subject = id, .detail = key},
        why);
}

struct last {
    int64_t seq, utc_us, n; /* of the last checkpoint; zeros where there is none */
};

/* How many there are is what the signed end of the chain said: one that somebody has taken away
 * since stays missing. */
static int last_checkpoint(struct lw_sql *q, bool numbered, struct last *out, struct lw_why *why)
{
    sqlite3_stmt *st;
    int r = lw_sql_begin(
        q, why, &st,
        numbered ? "SELECT ifnull(c.seq, 0), ifnull(c.utc_us, 0),"
                   " ifnull(nullif(e.checkpoints, 0), (SELECT count(*) FROM checkpoint))"
                   " FROM (SELECT 1) LEFT JOIN audit_end e LEFT JOIN"
                   " (SELECT seq, utc_us FROM checkpoint ORDER BY seq DESC LIMIT 1) c"
                 : "SELECT seq, utc_us, 0 FROM checkpoint ORDER BY seq DESC LIMIT 1",
        LW_BIND_NONE);
    *out = (struct last){.seq = 0};
    if (r < 0 || (r = lw_sql_next(q, st, why)) <= 0)
        return r;
    *out = (struct last){sqlite3_column_int64(st, 0), sqlite3_column_int64(st, 1),
                         sqlite3_column_int64(st, 2)};
    lw_sql_done(st);
    return LW_OK;
}

/* The texts differ with the schema, the values do not. */
static int write_end(struct lw_sql *q, const struct lw_chain_end *end,
                     const uint8_t signature[LW_SIGN_BYTES], const char *text, struct lw_why *why)
{
    const struct lw_span hash = {.data = end->hash, .n = sizeof(end->hash)};
    const struct lw_span sig = {.data = signature, .n = LW_SIGN_BYTES};
    return lw_sql_run(
        q, why, text,
        LW_BIND(LW_I(end->seq), LW_I(end->utc_us), LW_B(hash), LW_B(sig), LW_I(end->checkpoints)));
}

static int write_ends(struct lw_sql *q, const struct lw_chain_end *end,
                      const uint8_t signature[LW_SIGN_BYTES], bool checkpoint, struct lw_why *why)
{
    static const char *const numbered[] = {
        "REPLACE INTO audit_end (one, seq, utc_us, hash, signature, checkpoints)"
        " VALUES (1, ?, ?, ?, ?, ?)",
        "INSERT INTO checkpoint (seq, utc_us, hash, signature, n) VALUES (?, ?, ?, ?, ?)"};
    static const char *const plain[] = {
        "REPLACE INTO audit_end (one, seq, utc_us, hash, signature)"
        " SELECT 1, ?1, ?2, ?3, ?4 WHERE ?5 = 0",
        "INSERT INTO checkpoint (seq, utc_us, hash, signature) SELECT ?1, ?2, ?3, ?4 WHERE ?5 = 0"};
    const char *const *texts = end->checkpoints ? numbered : plain;
    int r = write_end(q, end, signature, texts[0], why);
    return r < 0 || !checkpoint ? r : write_end(q, end, signature, texts[1], why);
}

static int sign(struct lw_keys *keys, const char *store_id, const struct lw_chain_end *end,
                uint8_t signature[LW_SIGN_BYTES], struct lw_why *why)
{
    LW_AUTO_STRBUF message = LW_STRBUF_INIT;
    lw_link_message(&message, store_id, end);
    if (lw_strbuf_err(&message) < 0 ||
        keys->ops->sign(keys, signature, lw_strbuf_span(&message)) < 0)
        return lw_why_set(why, LW_ECRYPTO, -1, "the audit chain cannot be signed");
    return LW_OK;
}

int lw_audit_sign(struct lw_sql *q, struct lw_keys *keys, bool numbered,
                  struct lw_anchor *signed_end, struct lw_why *why)
{
    struct lw_store_identity id;
    struct end last;
    struct last before;
    uint8_t signature[LW_SIGN_BYTES];
    int r = lw_store_identity_read(q, &id, why);
    if (r < 0 || (r = read_end(q, &last, why)) < 0 ||
        (r = last_checkpoint(q, numbered, &before, why)) < 0)
        return r;
    struct lw_chain_end end = {.seq = last.seq, .utc_us = lw_now_utc_us()};
    memcpy(end.hash, last.hash, sizeof(end.hash));
    const int64_t age_us = end.utc_us - before.utc_us;
    const bool checkpoint =
        end.seq > before.seq && (end.seq - before.seq >= CHECKPOINT_ENTRIES || age_us < 0 ||
                                 age_us >= CHECKPOINT_MINUTES * INT64_C(60000000));
    end.checkpoints = numbered ? before.n + checkpoint : 0;
    if ((r = sign(keys, id.id, &end, signature, why)) < 0 ||
        (r = write_ends(q, &end, signature, checkpoint, why)) < 0)
        return r;
    signed_end->seq = end.seq;
    memcpy(signed_end->hash, end.hash, sizeof(signed_end->hash));
    return checkpoint;
}

int lw_audit_check_anchor(struct lw_sql *q, struct lw_keys *keys, struct lw_why *why)
{
    struct lw_anchor a;
    struct lw_store_identity id;
    sqlite3_stmt *st;
    int r = keys->ops->get_anchor(keys, &a, why);
    if (r < 0 || (r = lw_store_identity_read(q, &id, why)) < 0)
        return r;
    if (memcmp(id.public_key, keys->public_key, LW_SIGN_PUBLIC) != 0)
        return lw_why_set(why, LW_EFORMAT, -1, "was made with other keys");
    if (a.seq == 0)
        return LW_OK;
    if ((r = lw_sql_begin(q, why, &st, "SELECT hash FROM audit WHERE seq = ?",
                          LW_BIND(LW_I(a.seq)))) < 0 ||
        (r = lw_sql_next(q, st, why)) < 0)
        return r;
    if (r == 0)
        return lw_why_set(why, LW_EFORMAT, -1,
                          "is an older copy, or was cut: its keys have seen audit entry %jd",
                          (intmax_t)a.seq);
    struct lw_span hash = lw_sql_bytes(st, 0);
    bool same = hash.n == sizeof(a.hash) && memcmp(hash.data, a.hash, hash.n) == 0;
    lw_sql_done(st);
    return same
               ? LW_OK
               : lw_why_set(why, LW_EFORMAT, -1,
                            "has another audit entry %jd than its keys have seen", (intmax_t)a.seq);
}
