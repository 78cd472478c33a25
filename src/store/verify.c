#include "store/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypt/digest.h"
#include "crypt/hex.h"
#include "crypt/keyfile.h"
#include "store/blob.h"
#include "store/encounter_rows.h"
#include "store/purge.h"
#include "store/ranges.h"
#include "store/schema.h"
#include "store/verify_rows.h"

enum { FINDINGS_SHOWN = 100 };

struct check {
    struct lw_sql q;
    struct lw_keys *keys;
    struct lw_store_identity identity;
    struct lw_ranges blobs, blob_keys, bytes, records; /* that the audit chain says are erased */
    struct lw_verify_report *report;
};

static void finding(struct check *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void finding(struct check *c, const char *fmt, ...)
{
    va_list ap;
    if (c->report->n_findings++ >= FINDINGS_SHOWN)
        return;
    va_start(ap, fmt);
    lw_strbuf_vprintf(&c->report->findings, fmt, ap);
    va_end(ap);
    lw_strbuf_putc(&c->report->findings, '\n');
}

static int check_file(struct check *c, struct lw_why *why)
{
    sqlite3_stmt *st;
    int r = lw_sql_begin(&c->q, why, &st, "PRAGMA integrity_check(20)", LW_BIND_NONE);
    while (r == 0 && (r = lw_sql_next(&c->q, st, why)) == 1) {
        const char *said = (const char *)sqlite3_column_text(st, 0);
        if (said && strcmp(said, "ok") != 0)
            finding(c, "file: %s", said);
        r = 0;
    }
    if (r < 0)
        return r;
    int64_t broken = 0;
    r = lw_sql_int(&c->q, why, &broken, "SELECT count(*) FROM pragma_foreign_key_check",
                   LW_BIND_NONE);
    if (r == LW_OK && broken)
        finding(c, "file: %jd rows belong to nothing", (intmax_t)broken);
    return r;
}

/* "blobs 3-7,9" and the like, from the entries of purges and erasures. */
static int take_erased(struct check *c, const char *detail)
{
    const struct {
        const char *what;
        struct lw_ranges *set;
    } kinds[] = {{"blob keys ", &c->blob_keys},
                 {"blobs ", &c->blobs},
                 {"bytes of records ", &c->bytes},
                 {"records ", &c->records}};
    for (size_t i = 0; i < LW_COUNT(kinds); i++) {
        size_t n = strlen(kinds[i].what);
        if (strncmp(detail, kinds[i].what, n) == 0)
            return lw_ranges_parse(kinds[i].set, detail + n);
    }
    return LW_OK;
}

static int read_erased(struct check *c, struct lw_why *why)
{
    sqlite3_stmt *st;
    int r = lw_sql_begin(&c->q, why, &st, "SELECT detail FROM audit WHERE action = 'erase'",
                         LW_BIND_NONE);
    while (r == 0 && (r = lw_sql_next(&c->q, st, why)) == 1) {
        const char *detail = (const char *)sqlite3_column_text(st, 0);
        r = detail ? take_erased(c, detail) : LW_ENOMEM;
        if (r == LW_ENOMEM)
            lw_why_set(why, r, -1, "no memory");
        if (r == LW_EFORMAT) {
            finding(c, "audit: an entry lists what was erased in an unknown way");
            r = LW_OK;
        }
        if (r < 0)
            lw_sql_done(st);
    }
    lw_ranges_settle(&c->blobs);
    lw_ranges_settle(&c->blob_keys);
    lw_ranges_settle(&c->bytes);
    lw_ranges_settle(&c->records);
    return r;
}

static bool is_digest_of(struct lw_span digest, struct lw_span bytes)
{
    uint8_t sha256[LW_SHA256_BYTES];
    return digest.n == sizeof(sha256) && lw_sha256(sha256, bytes) == LW_OK &&
           memcmp(sha256, digest.data, sizeof(sha256)) == 0;
}

/* columns: audit.seq, subject, detail, record.id, sha256, bytes */
static void check_record(struct check *c, sqlite3_stmt *st)
{
    int64_t seq = sqlite3_column_int64(st, 0);
    char subject[64], id[64], detail[32 + LW_SHA256_HEX], expected[32 + LW_SHA256_HEX] = "sha256=";
    lw_sql_text(st, 1, subject, sizeof(subject));
    lw_sql_text(st, 2, detail, sizeof(detail));
    if (sqlite3_column_type(st, 3) == SQLITE_NULL) {
        if (lw_ranges_has(&c->records, seq))
            c->report->records_erased++;
        else
            finding(c, "record %s (%jd) is gone, and no purge says so", subject, (intmax_t)seq);
        return;
    }
    c->report->records++;
    lw_sql_text(st, 3, id, sizeof(id));
    struct lw_span sha256 = lw_sql_bytes(st, 4), bytes = lw_sql_bytes(st, 5);
    if (sha256.n == LW_SHA256_BYTES)
        lw_hex_print(expected + strlen(expected), sha256);
    if (strcmp(id, subject) != 0 || strcmp(detail, expected) != 0)
        finding(c, "record %s (%jd) is not the one that was put", id, (intmax_t)seq);
    else if (bytes.n == 0 && !lw_ranges_has(&c->bytes, seq))
        finding(c, "record %s (%jd): its bytes are gone, and no purge says so", id, (intmax_t)seq);
    else if (bytes.n > 0 && !is_digest_of(sha256, bytes))
        finding(c, "record %s (%jd): its bytes were changed", id, (intmax_t)seq);
}

static int check_records(struct check *c, struct lw_why *why)
{
    sqlite3_stmt *st;
    int64_t unknown = 0;
    int r = lw_sql_begin(&c->q, why, &st,
                         "SELECT audit.seq, subject, detail, record.id, sha256, bytes FROM audit"
                         " LEFT JOIN record ON record.seq = audit.seq"
                         " WHERE action IN ('put', 'correct', 'adopt')",
                         LW_BIND_NONE);
    while (r == 0 && (r = lw_sql_next(&c->q, st, why)) == 1) {
        check_record(c, st);
        r = 0;
    }
    if (r < 0)
        return r;
    r = lw_sql_int(&c->q, why, &unknown,
                   "SELECT count(*) FROM record LEFT JOIN audit ON audit.seq = record.seq AND"
                   " action IN ('put', 'correct', 'adopt') WHERE audit.seq IS NULL",
                   LW_BIND_NONE);
    if (r == LW_OK && unknown)
        finding(c, "%jd records are in no audit entry", (intmax_t)unknown);
    return r;
}

/* columns as below. Do name and revision stand in its text? */
static bool names_policy(sqlite3_stmt *st)
{
    LW_AUTO_MEM(struct lw_policy) p = malloc(sizeof(*p));
    char name[64], revision[32];
    lw_sql_text(st, 0, name, sizeof(name));
    lw_sql_text(st, 4, revision, sizeof(revision));
    return p && lw_policy_parse(p, lw_sql_bytes(st, 3), NULL) == LW_OK &&
           strcmp(p->name, name) == 0 && strcmp(p->revision, revision) == 0;
}

static int check_policies(struct check *c, struct lw_why *why)
{
    sqlite3_stmt *st;
    int r =
        lw_sql_begin(&c->q, why, &st, "SELECT name, sha256, signature, text, revision FROM policy",
                     LW_BIND_NONE);
    while (r == 0 && (r = lw_sql_next(&c->q, st, why)) == 1) {
        char name[64];
        lw_sql_text(st, 0, name, sizeof(name));
        struct lw_span sha256 = lw_sql_bytes(st, 1), signature = lw_sql_bytes(st, 2);
        if (!is_digest_of(sha256, lw_sql_bytes(st, 3)) ||
            !lw_policy_signed(&c->identity, sha256, signature) || !names_policy(st))
            finding(c, "policy %s was changed", name);
        c->report->policies++;
        r = 0;
    }
    return r;
}

/* A blob of which bytes are there. columns: LW_BLOB_COLUMNS, sealed */
static int check_blob(struct check *c, sqlite3_stmt *st, struct lw_why *why)
{
    struct lw_blob_row row;
    uint8_t *plain = NULL;
    struct lw_why inner = {0};
    lw_blob_read_row(&row, st);
    const struct lw_blob_place at = lw_blob_place_of(&c->identity, &row);
    if (!row.has_key) {
        if (lw_ranges_has(&c->blob_keys, row.seq))
            c->report->blobs_half_erased++;
        else
            finding(c, "blob %jd has lost its key, and no purge says so", (intmax_t)row.seq);
        return LW_OK;
    }
    struct lw_span sealed = lw_sql_bytes(st, 8);
    int r = lw_blob_open(c->keys, &at, &row.key, sealed, &plain, &inner);
    if (r == LW_ENOMEM)
        return lw_why_set(why, r, -1, "no memory");
    if (r < 0) {
        finding(c, "blob %jd of record %s cannot be opened: %s", (intmax_t)row.seq, row.record_id,
                inner.text);
        return LW_OK;
    }
    lw_wipe(plain, sealed.n - LW_SEAL_EXTRA);
    free(plain);
    c->report->blobs++;
    return LW_OK;
}

/* Numbers that have no row have to be in the audit chain. */
static void check_gap(struct check *c, int64_t from, int64_t to)
{
    for (int64_t seq = from; seq < to; seq++) {
        if (lw_ranges_has(&c->blobs, seq))
            c->report->blobs_erased++;
        else
            finding(c, "blob %jd is gone, and no purge says so", (intmax_t)seq);
    }
}

static int check_blobs(struct check *c, struct lw_why *why)
{
    sqlite3_stmt *st;
    int64_t next = 1, end = 0;
    int r =
        lw_sql_begin(&c->q, why, &st,
                     "SELECT " LW_BLOB_COLUMNS ", sealed FROM " LW_BLOB_TABLES " ORDER BY blob.seq",
                     LW_BIND_NONE);
    while (r == 0 && (r = lw_sql_next(&c->q, st, why)) == 1) {
        int64_t seq = sqlite3_column_int64(st, 0);
        check_gap(c, next, seq);
        next = seq + 1;
        if ((r = check_blob(c, st, why)) < 0)
            lw_sql_done(st);
    }
    if (r < 0)
        return r;
    r = lw_sql_int(&c->q, NULL, &end, "SELECT seq + 1 FROM sqlite_sequence WHERE name = 'blob'",
                   LW_BIND_NONE);
    if (r == LW_OK)
        check_gap(c, next, end);
    return r == LW_ENOTFOUND ? LW_OK : r < 0 ? lw_why_set(why, r, -1, "no sequence") : r;
}

/* Every reference was entered by the holder of the keys, and says what its blob says. columns:
 * LW_BLOB_COLUMNS, identity, proof, whether the others agree with the blob */
static int check_encounter(struct check *c, sqlite3_stmt *st, struct lw_why *why)
{
    struct lw_blob_row row;
    uint8_t proof[LW_HMAC_BYTES];
    lw_blob_read_row(&row, st);
    const struct lw_blob_place at = lw_blob_place_of(&c->identity, &row);
    struct lw_span identity = lw_sql_bytes(st, 8), said = lw_sql_bytes(st, 9);
    if (identity.n != LW_HMAC_BYTES || said.n != LW_HMAC_BYTES ||
        lw_encounter_prove(c->keys, proof, &at, identity.data) < 0)
        return lw_why_set(why, LW_ECRYPTO, -1, "no digest");
    if (memcmp(said.data, proof, sizeof(proof)) != 0)
        finding(c, "blob %jd serves as a reference, and this store did not enter it",
                (intmax_t)row.seq);
    else if (!sqlite3_column_int(st, 10))
        finding(c, "blob %jd serves as a reference, and its own row says something else",
                (intmax_t)row.seq);
    return LW_OK;
}

static int check_encounters(struct check *c, struct lw_why *why)
{
    sqlite3_stmt *st;
    int r = lw_sql_begin(&c->q, why, &st,
                         "SELECT " LW_BLOB_COLUMNS
                         ", encounter.identity, proof, encounter.kind = blob.kind"
                         " AND encounter.quality = blob.quality AND encounter.n = blob.n"
                         " AND encounter.record = record.id AND encounter.policy = record.policy"
                         " AND encounter.due_utc_us = blob.due_utc_us AND EXISTS (SELECT 1 FROM"
                         " document d JOIN occupant o ON o.record = d.record AND o.document = d.n"
                         " WHERE d.record = blob.record AND o.n = blob.occupant AND d.authentic"
                         " AND d.identity = encounter.identity) FROM " LW_BLOB_TABLES
                         " JOIN encounter ON encounter.blob = blob.seq",
                         LW_BIND_NONE);
    while (r == 0 && (r = lw_sql_next(&c->q, st, why)) == 1)
        if ((r = check_encounter(c, st, why)) < 0)
            lw_sql_done(st);
    return r;
}

static void take_finding(void *ctx, const char *text)
{
    finding(ctx, "%s", text);
}

/* A certificate is the one whose digest the run's last audit entry names, and signed. columns: id,
 * certificate, whether that entry is there */
static void check_certificate(struct check *c, sqlite3_stmt *st, const char *detail)
{
    char id[64], expected[32 + LW_SHA256_HEX] = "ends, certificate sha256=";
    const struct lw_span text = lw_sql_bytes(st, 1);
    lw_sql_text(st, 0, id, sizeof(id));
    if (lw_sha256_hex(expected + strlen(expected), text) < 0 || strcmp(detail, expected) != 0 ||
        lw_purge_certificate_check(text, c->identity.public_key, NULL) < 0)
        finding(c, "the certificate of purge %s was changed", id);
}

static int check_purges(struct check *c, struct lw_why *why)
{
    sqlite3_stmt *st;
    int64_t gone = 0;
    int r = lw_sql_begin(&c->q, why, &st,
                         "SELECT id, certificate, detail FROM purge_run LEFT JOIN audit ON"
                         " subject = id AND action = 'purge' AND detail LIKE 'ends,%'",
                         LW_BIND_NONE);
    while (r == 0 && (r = lw_sql_next(&c->q, st, why)) == 1) {
        char detail[32 + LW_SHA256_HEX];
        lw_sql_text(st, 2, detail, sizeof(detail));
        check_certificate(c, st, detail);
        r = 0;
    }
    if (r == LW_OK)
        r = lw_sql_int(&c->q, why, &gone,
                       "SELECT count(*) FROM audit WHERE action = 'purge' AND detail LIKE 'ends,%'"
                       " AND NOT EXISTS (SELECT 1 FROM purge_run WHERE id = subject)",
                       LW_BIND_NONE);
    if (r == LW_OK && gone)
        finding(c, "the certificates of %jd purges are gone", (intmax_t)gone);
    return r;
}

static int open_keys(struct check *c, const char *path, const struct lw_audit_opts *opts,
                     struct lw_why *why)
{
    LW_AUTO_MEM(char) beside = NULL;
    const char *file = opts ? opts->keys : NULL;
    if (!file && asprintf(&beside, "%s.keys", path) < 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    file = file ? file : beside;
    int r = lw_keyfile_open(&c->keys, file, false, why);
    if (r < 0)
        lw_why_prefix(why, "%s", file);
    return r;
}

static int check_all(struct check *c, const char *path, const struct lw_audit_opts *opts,
                     struct lw_why *why)
{
    int64_t version = 0;
    int r = lw_sql_open(&c->q, path, SQLITE_OPEN_READONLY, why);
    if (r < 0 || (r = lw_schema_version(&c->q, &version, why)) < 0)
        return r;
    if (version != LW_STORE_SCHEMA)
        return lw_why_set(why, LW_EUNSUP, -1,
                          "has schema %jd, not %d: 'lanewise store purge --dry-run' brings it up",
                          (intmax_t)version, LW_STORE_SCHEMA);
    if ((r = open_keys(c, path, opts, why)) < 0 || (r = lw_sql_exec(&c->q, "BEGIN", why)) < 0 ||
        (r = lw_store_identity_read(&c->q, &c->identity, why)) < 0 ||
        (r = check_file(c, why)) < 0 || (r = read_erased(c, why)) < 0 ||
        (r = check_records(c, why)) < 0 || (r = check_policies(c, why)) < 0)
        return r;
    if ((r = check_blobs(c, why)) < 0 || (r = check_encounters(c, why)) < 0 ||
        (r = check_purges(c, why)) < 0)
        return r;
    return lw_verify_rows(&c->q, take_finding, c, why);
}

int lw_store_verify(struct lw_verify_report *out, const char *path,
                    const struct lw_audit_opts *opts, struct lw_why *why)
{
    struct lw_verify_report report = {.findings = LW_STRBUF_INIT};
    struct check c = {.report = &report};
    int r = lw_audit_verify(&report.audit, path, opts, why);
    if (r == LW_OK) {
        if (!report.audit.intact)
            finding(&c, "audit entry %jd %s", (intmax_t)report.audit.first_broken,
                    report.audit.what);
        r = check_all(&c, path, opts, why);
    }
    lw_sql_close(&c.q);
    lw_keys_close(&c.keys);
    lw_ranges_clear(&c.blobs);
    lw_ranges_clear(&c.blob_keys);
    lw_ranges_clear(&c.bytes);
    lw_ranges_clear(&c.records);
    if (r == LW_OK && lw_strbuf_err(&report.findings) < 0)
        r = lw_why_set(why, LW_ENOMEM, -1, "no memory");
    if (r < 0) {
        lw_strbuf_clear(&report.findings);
        return r;
    }
    *out = report;
    return LW_OK;
}
