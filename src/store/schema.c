#include "store/schema.h"

#include <stdio.h>

/* migrations[i] makes schema i + 1 out of schema i. Released ones never change. */
static const char *const migrations[LW_STORE_SCHEMA] = {
    /* 1: decisions only */
    "CREATE TABLE record ("
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
};

static int read_version(struct lw_sql *q, int64_t *version, struct lw_why *why)
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
static int step_up(struct lw_sql *q, struct lw_why *why)
{
    int64_t version;
    char pragmas[96];
    int r = lw_sql_transaction(q, why);
    if (r < 0)
        return r;
    r = read_version(q, &version, why);
    if (r == LW_OK && version < LW_STORE_SCHEMA) {
        snprintf(pragmas, sizeof(pragmas), "PRAGMA application_id = %d; PRAGMA user_version = %d",
                 LW_STORE_APPLICATION_ID, (int)version + 1);
        r = lw_sql_exec(q, migrations[version], why);
        if (r == LW_OK)
            r = lw_sql_exec(q, pragmas, why);
    }
    return lw_sql_finish(q, r, why);
}

int lw_schema_prepare(struct lw_sql *q, struct lw_why *why)
{
    int64_t version;
    int r = read_version(q, &version, why);
    while (r == LW_OK && version < LW_STORE_SCHEMA) {
        r = step_up(q, why);
        if (r == LW_OK)
            r = read_version(q, &version, why);
    }
    return r;
}
