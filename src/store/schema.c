#include "store/schema.h"

#include <stdio.h>
#include <string.h>

#include "crypt/digest.h"
#include "crypt/hex.h"

struct step {
    struct lw_sql *q;
    struct lw_keys *keys;
    const struct lw_actor *actor;
};

/* Records from before the audit chain enter it with their digests. */
static int begin_chain(const struct step *s, struct lw_why *why)
{
    sqlite3_stmt *st;
    int r = lw_audit_make(s->q, s->keys, s->actor, why);
    if (r < 0 || (r = lw_sql_begin(s->q, why, &st, "SELECT id, sha256 FROM record ORDER BY seq",
                                   LW_BIND_NONE)) < 0)
        return r;
    while ((r = lw_sql_next(s->q, st, why)) == 1) {
        char id[64], detail[16 + LW_SHA256_HEX] = "sha256=";
        lw_sql_text(st, 0, id, sizeof(id));
        struct lw_span sha256 = lw_sql_bytes(st, 1);
        lw_hex_print(detail + strlen(detail), sha256);
        r = lw_audit_append(
            s->q,
            &(struct lw_audit_entry){
                .actor = s->actor, .action = "adopt", .subject = id, .detail = detail},
            why);
        if (r < 0) {
            lw_sql_done(st);
            return r;
        }
    }
    return r;
}

/* migrations[i] makes schema i + 1 out of schema i. Released ones never change. */
static const struct {
    const char *sql;
    int (*after)(const struct step *s, struct lw_why *why); /* NULL: nothing more to do */
} migrations[LW_STORE_SCHEMA] = {
    /* 1: decisions only */
    {"CREATE TABLE record ("
     " seq INTEGER PRIMARY KEY,"
     " id TEXT NOT NULL UNIQUE,"
     " crossing TEXT NOT NULL,"
     " corrects TEXT,"
     " lane TEXT NOT NULL,"
     " direction TEXT NOT NULL CHECK (direction IN ('inbound', 'outbound')),"
     " opened_utc_us INTEGER NOT NULL,"
     " closed_utc_us INTEGER NOT NULL,"
     " synthetic INTEGER NOT NULL CHECK (synthetic IN (0, 1)),"
     " verified INTEGER NOT NULL CHECK (verified IN (0, 1)),"
     " sha256 BLOB NOT NULL CHECK (length(sha256) = 32),"
     " bytes BLOB NOT NULL"
     ") STRICT;"
     "CREATE TABLE occupant ("
     " record INTEGER NOT NULL REFERENCES record (seq),"
     " n INTEGER NOT NULL CHECK (n >= 0),"
     " seat TEXT,"
     " decision TEXT NOT NULL CHECK (decision IN ('referral', 'verified')),"
     " document INTEGER,"
     " score REAL,"
     " captured INTEGER NOT NULL CHECK (captured IN (0, 1)),"
     " reasons TEXT NOT NULL,"
     " frames_seen INTEGER NOT NULL CHECK (frames_seen >= 0),"
     " PRIMARY KEY (record, n),"
     " FOREIGN KEY (record, document) REFERENCES document (record, n),"
     " CHECK ((decision = 'verified') = (document IS NOT NULL)),"
     " CHECK ((decision = 'verified') = (reasons = ''))"
     ") STRICT, WITHOUT ROWID;"
     "CREATE TABLE document ("
     " record INTEGER NOT NULL REFERENCES record (seq),"
     " n INTEGER NOT NULL CHECK (n >= 0),"
     " id TEXT NOT NULL,"
     " kind TEXT NOT NULL CHECK (kind IN ('image', 'lds')),"
     " class TEXT NOT NULL CHECK (class IN"
     "  ('citizen', 'resident', 'noncitizen', 'diplomatic', 'minor', 'unknown')),"
     " opted_out INTEGER NOT NULL CHECK (opted_out IN (0, 1)),"
     " status TEXT NOT NULL CHECK (status IN ('matched', 'not_seen', 'mismatch', 'opted_out')),"
     " PRIMARY KEY (record, n),"
     " UNIQUE (record, id)"
     ") STRICT, WITHOUT ROWID;"
     "CREATE TABLE outbox ("
     " seq INTEGER PRIMARY KEY AUTOINCREMENT," /* never reused: readers remember where they were */
     " record INTEGER NOT NULL UNIQUE REFERENCES record (seq),"
     " put_utc_us INTEGER NOT NULL"
     ") STRICT;",
     NULL},
    /* 2: the audit chain */
    {"CREATE TABLE store ("
     " one INTEGER PRIMARY KEY CHECK (one = 1),"
     " id TEXT NOT NULL,"
     " public_key BLOB NOT NULL CHECK (length(public_key) = 32)"
     ") STRICT;"
     "CREATE TABLE audit ("
     " seq INTEGER PRIMARY KEY CHECK (seq > 0),"
     " utc_us INTEGER NOT NULL,"
     " actor TEXT NOT NULL,"
     " role TEXT NOT NULL,"
     " purpose TEXT NOT NULL,"
     " action TEXT NOT NULL,"
     " subject TEXT NOT NULL,"
     " detail TEXT NOT NULL,"
     " hash BLOB NOT NULL CHECK (length(hash) = 32)"
     ") STRICT;"
     "CREATE TABLE checkpoint ("
     " seq INTEGER PRIMARY KEY REFERENCES audit (seq),"
     " utc_us INTEGER NOT NULL,"
     " hash BLOB NOT NULL CHECK (length(hash) = 32),"
     " signature BLOB NOT NULL CHECK (length(signature) = 64)"
     ") STRICT;"
     "CREATE TABLE audit_end ("
     " one INTEGER PRIMARY KEY CHECK (one = 1),"
     " seq INTEGER NOT NULL REFERENCES audit (seq),"
     " utc_us INTEGER NOT NULL,"
     " hash BLOB NOT NULL CHECK (length(hash) = 32),"
     " signature BLOB NOT NULL CHECK (length(signature) = 64)"
     ") STRICT;"
     "CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit BEGIN"
     " SELECT RAISE(ABORT, 'the audit chain never changes'); END;"
     "CREATE TRIGGER audit_never_shrinks BEFORE DELETE ON audit BEGIN"
     " SELECT RAISE(ABORT, 'the audit chain never changes'); END;"
     "CREATE TRIGGER checkpoint_never_changes BEFORE UPDATE ON checkpoint BEGIN"
     " SELECT RAISE(ABORT, 'the audit chain never changes'); END;"
     "CREATE TRIGGER checkpoint_never_shrinks BEFORE DELETE ON checkpoint BEGIN"
     " SELECT RAISE(ABORT, 'the audit chain never changes'); END;",
     begin_chain},
};

int lw_schema_version(struct lw_sql *q, int64_t *version, struct lw_why *why)
{
    int64_t application = 0, tables = 0;
    int r = lw_sql_int(q, why, &application, "PRAGMA application_id", LW_BIND_NONE);
    if (r < 0 || (r = lw_sql_int(q, why, version, "PRAGMA user_version", LW_BIND_NONE)) < 0 ||
        (r = lw_sql_int(q, why, &tables, "SELECT count(*) FROM sqlite_schema", LW_BIND_NONE)) < 0)
        return r;
    if (application != LW_STORE_APPLICATION_ID && (application || *version || tables))
        return lw_why_set(why, LW_EFORMAT, -1, "is a database of another program");
    if (*version < 0 || *version > LW_STORE_SCHEMA)
        return lw_why_set(why, LW_EUNSUP, -1, "has schema %jd, this program knows up to %d",
                          (intmax_t)*version, LW_STORE_SCHEMA);
    return LW_OK;
}

/* One step up, unless another process has been faster. */
static int step_up(const struct step *s, struct lw_why *why)
{
    struct lw_sql *q = s->q;
    struct lw_anchor anchor;
    int64_t version;
    char pragmas[96];
    int r = lw_sql_transaction(q, why);
    if (r < 0)
        return r;
    r = lw_schema_version(q, &version, why);
    if (r == LW_OK && version < LW_STORE_SCHEMA) {
        snprintf(pragmas, sizeof(pragmas), "PRAGMA application_id = %d; PRAGMA user_version = %d",
                 LW_STORE_APPLICATION_ID, (int)version + 1);
        r = lw_sql_exec(q, migrations[version].sql, why);
        if (r == LW_OK)
            r = lw_sql_exec(q, pragmas, why);
        if (r == LW_OK && migrations[version].after)
            r = migrations[version].after(s, why);
        if (r == LW_OK && version + 1 >= LW_STORE_SCHEMA_AUDIT)
            r = lw_mini(lw_audit_sign(q, s->keys, &anchor, why), LW_OK);
    }
    return lw_sql_finish(q, r, why);
}

int lw_schema_prepare(struct lw_sql *q, struct lw_keys *keys, const struct lw_actor *actor,
                      struct lw_why *why)
{
    const struct step s = {.q = q, .keys = keys, .actor = actor};
    int64_t version;
    int r = lw_schema_version(q, &version, why);
    while (r == LW_OK && version < LW_STORE_SCHEMA) {
        r = step_up(&s, why);
        if (r == LW_OK)
            r = lw_schema_version(q, &version, why);
    }
    return r;
}

int lw_schema_check(struct lw_sql *q, struct lw_why *why)
{
    int64_t version;
    int r = lw_schema_version(q, &version, why);
    if (r == LW_OK && version < LW_STORE_SCHEMA_AUDIT)
        return lw_why_set(why, LW_EUNSUP, -1, "has schema %jd, without an audit chain",
                          (intmax_t)version);
    return r;
}
