#include "store/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypt/digest.h"
#include "crypt/hex.h"
#include "store/policies.h"
#include "store/tally.h"

struct step {
    struct lw_sql *q;
    struct lw_keys *keys;
    const struct lw_actor *actor;
    const struct lw_store_policy *policy;
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

static int set_due_times_of(const struct step *s, int64_t seq, int64_t policy, struct lw_span bytes,
                            struct lw_why *why)
{
    struct lw_dues dues;
    LW_AUTO_MEM(struct lw_record) rec = malloc(sizeof(*rec));
    if (!rec)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    int r = lw_record_parse(rec, bytes, why);
    if (r < 0)
        return r;
    lw_dues_set(&dues, &s->policy->rules, rec, NULL);
    for (size_t i = 0; r == LW_OK && i < rec->outcome.n_occupants; i++)
        r = lw_sql_run(s->q, why, "UPDATE occupant SET due_utc_us = ? WHERE record = ? AND n = ?",
                       LW_BIND(LW_I(dues.occupant[i]), LW_I(seq), LW_I((int64_t)i)));
    for (size_t i = 0; r == LW_OK && i < rec->outcome.n_documents; i++)
        r = lw_sql_run(s->q, why, "UPDATE document SET due_utc_us = ? WHERE record = ? AND n = ?",
                       LW_BIND(LW_I(dues.document[i]), LW_I(seq), LW_I((int64_t)i)));
    if (r < 0)
        return r;
    return lw_sql_run(s->q, why,
                      "UPDATE record SET policy = ?, bytes_due_utc_us = ?, due_utc_us = ?"
                      " WHERE seq = ?",
                      LW_BIND(LW_I(policy), LW_I(dues.bytes), LW_I(dues.record), LW_I(seq)));
}

/* Records from before there were policies are kept under the one that the store is opened with. */
static int set_due_times(const struct step *s, struct lw_why *why)
{
    sqlite3_stmt *st;
    int64_t policy = 0, records = 0;
    int r = lw_sql_int(s->q, why, &records, "SELECT count(*) FROM record", LW_BIND_NONE);
    if (r < 0 || records == 0)
        return r;
    if (!s->policy->text.n)
        return lw_why_set(why, LW_EINVAL, -1, "has schema 2: to bring it up a policy is needed");
    if ((r = lw_policy_enter(s->q, s->keys, s->actor, s->policy, &policy, why)) < 0 ||
        (r = lw_sql_begin(s->q, why, &st, "SELECT seq, bytes FROM record ORDER BY seq",
                          LW_BIND_NONE)) < 0)
        return r;
    while ((r = lw_sql_next(s->q, st, why)) == 1) {
        r = set_due_times_of(s, sqlite3_column_int64(st, 0), policy, lw_sql_bytes(st, 1), why);
        if (r < 0) {
            lw_sql_done(st);
            return r;
        }
    }
    return r;
}

/* What is still there is counted; a record that was corrected counts as its correction does. */
static int count_records(const struct step *s, struct lw_why *why)
{
    LW_AUTO_MEM(struct lw_record) rec = malloc(sizeof(*rec));
    sqlite3_stmt *st;
    if (!rec)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    int r = lw_sql_begin(s->q, why, &st,
                         "SELECT bytes FROM record AS r WHERE length(bytes) > 0 AND NOT EXISTS"
                         " (SELECT 1 FROM record WHERE corrects = r.id)",
                         LW_BIND_NONE);
    while (r == 0 && (r = lw_sql_next(s->q, st, why)) == 1) {
        if ((r = lw_record_parse(rec, lw_sql_bytes(st, 0), why)) == LW_OK)
            r = lw_tally_add(s->q, rec, 1, why);
        if (r < 0)
            lw_sql_done(st);
    }
    return r;
}

/* What is to do after the SQL of a step; NULL: nothing. */
static int (*const after_step[LW_STORE_SCHEMA])(const struct step *s, struct lw_why *why) = {
    NULL, begin_chain, set_due_times, count_records, NULL, NULL,
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
        r = lw_sql_exec(q, lw_schema_sql[version], why);
        if (r == LW_OK)
            r = lw_sql_exec(q, pragmas, why);
        if (r == LW_OK && after_step[version])
            r = after_step[version](s, why);
        if (r == LW_OK && version + 1 >= LW_STORE_SCHEMA_AUDIT)
            r = lw_mini(
                lw_audit_sign(q, s->keys, version + 1 >= LW_STORE_SCHEMA_NUMBERED, &anchor, why),
                LW_OK);
    }
    return lw_sql_finish(q, r, why);
}

int lw_schema_prepare(struct lw_sql *q, struct lw_keys *keys, const struct lw_actor *actor,
                      const struct lw_store_policy *policy, struct lw_why *why)
{
    const struct step s = {.q = q, .keys = keys, .actor = actor, .policy = policy};
    int64_t version;
    int r = lw_schema_version(q, &version, why);
    while (r == LW_OK && version < LW_STORE_SCHEMA) {
        r = step_up(&s, why);
        if (r == LW_OK)
            r = lw_schema_version(q, &version, why);
    }
    return r;
}

int lw_schema_check(struct lw_sql *q, int64_t *version, struct lw_why *why)
{
    int r = lw_schema_version(q, version, why);
    if (r == LW_OK && *version < LW_STORE_SCHEMA_AUDIT)
        return lw_why_set(why, LW_EUNSUP, -1, "has schema %jd, without an audit chain",
                          (intmax_t)*version);
    return r;
}
