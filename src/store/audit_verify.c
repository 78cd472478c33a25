/* Checks a chain from its first entry to its signed end. The first thing that is wrong is reported
 * with the number of the entry where it shows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypt/hex.h"
#include "crypt/keyfile.h"
#include "store/audit.h"
#include "store/audit_chain.h"
#include "store/schema.h"
#include "store/sql.h"

struct walk {
    struct lw_sql q;
    struct lw_store_identity id;
    bool numbered; /* the schema numbers its checkpoints */
    struct lw_audit_report *report;
    struct lw_anchor anchor;       /* seq 0: not known */
    uint8_t hash[LW_SHA256_BYTES]; /* of the entry before */
    int64_t seq;
};

/* A finding; the first one counts. Returns 1: the walk is over. */
static int broken(struct walk *w, int64_t seq, const char *what)
{
    w->report->intact = false;
    w->report->first_broken = seq;
    snprintf(w->report->what, sizeof(w->report->what), "%s", what);
    return 1;
}

static bool good_signature(const struct walk *w, const struct lw_chain_end *end,
                           struct lw_span signature)
{
    LW_AUTO_STRBUF message = LW_STRBUF_INIT;
    if (signature.n != LW_SIGN_BYTES)
        return false;
    lw_link_message(&message, w->id.id, end);
    return lw_strbuf_err(&message) == LW_OK &&
           lw_sign_good(w->id.public_key, lw_strbuf_span(&message), signature.data);
}

static bool same(struct lw_span a, const uint8_t b[LW_SHA256_BYTES])
{
    return a.n == LW_SHA256_BYTES && memcmp(a.data, b, LW_SHA256_BYTES) == 0;
}

/* The first entry names the store and its key, so that neither can be exchanged alone. */
static int check_first(struct walk *w, const char *const texts[6])
{
    char key[2 * LW_SIGN_PUBLIC + 1];
    lw_hex_print(key, (struct lw_span){.data = w->id.public_key, .n = LW_SIGN_PUBLIC});
    if (strcmp(texts[3], "make") != 0 || strcmp(texts[4], w->id.id) != 0)
        return broken(w, 1, "does not begin this store");
    return strcmp(texts[5], key) != 0 ? broken(w, 1, "names another key than the store does") : 0;
}

/* columns: seq, utc_us, actor, role, purpose, action, subject, detail, hash */
static int check_entry(struct walk *w, sqlite3_stmt *st, struct lw_why *why)
{
    struct lw_link l = {.seq = sqlite3_column_int64(st, 0), .utc_us = sqlite3_column_int64(st, 1)};
    uint8_t hash[LW_SHA256_BYTES];
    if (l.seq != w->seq + 1)
        return broken(w, w->seq + 1, "is gone");
    for (int i = 0; i < 6; i++)
        l.texts[i] = (const char *)sqlite3_column_text(st, 2 + i);
    for (int i = 0; i < 6; i++)
        if (!l.texts[i])
            return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    if (lw_link_hash(hash, w->id.id, w->hash, &l) < 0)
        return lw_why_set(why, LW_ECRYPTO, -1, "no digest");
    if (!same(lw_sql_bytes(st, 8), hash))
        return broken(w, l.seq, "was changed, or what came before it");
    if (l.seq == 1 && check_first(w, l.texts))
        return 1;
    if (l.seq == w->anchor.seq && memcmp(w->anchor.hash, hash, sizeof(hash)) != 0)
        return broken(w, l.seq, "is not the one that the key file has seen");
    memcpy(w->hash, hash, sizeof(hash));
    w->seq = l.seq;
    w->report->entries++;
    return 0;
}

/* columns: seq, utc_us, hash, signature, number of checkpoints. Does it say what was walked over?
 */
static bool good_end(const struct walk *w, sqlite3_stmt *st)
{
    struct lw_chain_end end = {.seq = sqlite3_column_int64(st, 0),
                               .utc_us = sqlite3_column_int64(st, 1),
                               .checkpoints = sqlite3_column_int64(st, 4)};
    memcpy(end.hash, w->hash, sizeof(end.hash));
    return end.seq == w->seq && same(lw_sql_bytes(st, 2), w->hash) &&
           good_signature(w, &end, lw_sql_bytes(st, 3));
}

/* A checkpoint at the entry that was just walked over. Those of older schemas have no number. */
static int check_checkpoint(struct walk *w, struct lw_why *why)
{
    sqlite3_stmt *st;
    int r = lw_sql_begin(&w->q, why, &st,
                         w->numbered ? "SELECT seq, utc_us, hash, signature, ifnull(n, 0)"
                                       " FROM checkpoint WHERE seq = ?"
                                     : "SELECT seq, utc_us, hash, signature, 0 FROM checkpoint"
                                       " WHERE seq = ?",
                         LW_BIND(LW_I(w->seq)));
    if (r < 0 || (r = lw_sql_next(&w->q, st, why)) <= 0)
        return r;
    const bool good = good_end(w, st);
    const int64_t n = sqlite3_column_int64(st, 4);
    lw_sql_done(st);
    w->report->checkpoints++;
    if (!good)
        return broken(w, w->seq, "is not what its signed checkpoint says");
    return n && n != w->report->checkpoints
               ? broken(w, w->seq, "has a signed checkpoint, and one before it is gone")
               : 0;
}

static int check_beyond(struct walk *w, int64_t checkpoints, struct lw_why *why)
{
    int64_t beyond = 0;
    if (w->anchor.seq > w->seq)
        return broken(w, w->seq + 1, "is gone: the key file has seen it or later ones");
    int r = lw_sql_int(&w->q, why, &beyond, "SELECT count(*) FROM checkpoint WHERE seq > ?",
                       LW_BIND(LW_I(w->seq)));
    if (r < 0)
        return r;
    if (beyond)
        return broken(w, w->seq + 1, "is gone: a checkpoint lies behind it");
    return w->numbered && checkpoints != w->report->checkpoints
               ? broken(w, w->seq, "ends the chain, and a checkpoint before it is gone")
               : 0;
}

static int check_end(struct walk *w, struct lw_why *why)
{
    sqlite3_stmt *st;
    int r =
        lw_sql_begin(&w->q, why, &st,
                     w->numbered ? "SELECT seq, utc_us, hash, signature, checkpoints FROM audit_end"
                                 : "SELECT seq, utc_us, hash, signature, 0 FROM audit_end",
                     LW_BIND_NONE);
    if (r < 0 || (r = lw_sql_next(&w->q, st, why)) < 0)
        return r;
    if (r == 0)
        return broken(w, w->seq + 1, "may be missing: the signed end of the chain is gone");
    const int64_t seq = sqlite3_column_int64(st, 0), checkpoints = sqlite3_column_int64(st, 4);
    const bool good = good_end(w, st);
    lw_sql_done(st);
    if (seq > w->seq)
        return broken(w, w->seq + 1, "is gone: the signed end of the chain lies behind it");
    if (!good)
        return broken(w, seq < w->seq ? seq + 1 : seq,
                      "is not what the signed end of the chain says");
    return check_beyond(w, checkpoints, why);
}

static int walk_chain(struct walk *w, struct lw_why *why)
{
    sqlite3_stmt *st;
    int r = lw_sql_begin(&w->q, why, &st,
                         "SELECT seq, utc_us, actor, role, purpose, action, subject, detail, hash"
                         " FROM audit ORDER BY seq",
                         LW_BIND_NONE);
    while (r == 0 && (r = lw_sql_next(&w->q, st, why)) == 1) {
        r = check_entry(w, st, why);
        if (r == 0)
            r = check_checkpoint(w, why);
        if (r != 0)
            lw_sql_done(st);
        if (r == 1)
            return LW_OK; /* found something */
    }
    if (r == 0)
        r = check_end(w, why);
    return r < 0 ? r : LW_OK;
}

/* Compare with keys from outside the store, where there are any. */
static int know_key(struct walk *w, const char *path, const struct lw_audit_opts *opts,
                    struct lw_why *why)
{
    LW_AUTO_KEYS keys = NULL;
    LW_AUTO_MEM(char) beside = NULL;
    const uint8_t *expected = opts ? opts->public_key : NULL;
    const char *file = opts ? opts->keys : NULL;
    if (!file) {
        if (asprintf(&beside, "%s.keys", path) < 0)
            return lw_why_set(why, LW_ENOMEM, -1, "no memory");
        file = access(beside, F_OK) == 0 && !expected ? beside : NULL;
    }
    int r = file ? lw_keyfile_open(&keys, file, false, why) : LW_OK;
    if (r < 0) {
        lw_why_prefix(why, "%s", file);
        return r;
    }
    if (keys && (r = keys->ops->get_anchor(keys, &w->anchor, why)) < 0)
        return r;
    if (keys)
        expected = keys->public_key;
    w->report->key_known = expected != NULL;
    if (expected && memcmp(expected, w->id.public_key, LW_SIGN_PUBLIC) != 0)
        broken(w, 1, "is signed with another key than expected");
    return LW_OK;
}

static int verify(struct walk *w, const char *path, const struct lw_audit_opts *opts,
                  struct lw_why *why)
{
    int64_t version = 0;
    int r = lw_schema_check(&w->q, &version, why);
    w->numbered = version >= LW_STORE_SCHEMA_NUMBERED;
    if (r < 0 || (r = lw_sql_exec(&w->q, "BEGIN", why)) < 0 || /* one state, whoever writes */
        (r = lw_store_identity_read(&w->q, &w->id, why)) < 0)
        return r;
    memcpy(w->report->public_key, w->id.public_key, LW_SIGN_PUBLIC);
    r = know_key(w, path, opts, why);
    return r == LW_OK && w->report->intact ? walk_chain(w, why) : r;
}

int lw_audit_verify(struct lw_audit_report *out, const char *path, const struct lw_audit_opts *opts,
                    struct lw_why *why)
{
    struct lw_audit_report report = {.intact = true};
    struct walk w = {.report = &report};
    int r = lw_sql_open(&w.q, path, SQLITE_OPEN_READONLY, why);
    if (r < 0)
        return r;
    r = verify(&w, path, opts, why);
    lw_sql_close(&w.q);
    if (r == LW_OK)
        *out = report;
    return r;
}
