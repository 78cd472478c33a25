#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "crypt/digest.h"
#include "crypt/keyfile.h"
#include "store/inside.h"
#include "store/schema.h"

enum { AUDIT_TEXT_MAX = 512 };

static int from_errno(struct lw_why *why)
{
    int code = errno == ENOENT || errno == ENOTDIR ? LW_ENOTFOUND : LW_EIO;
    return lw_why_set(why, code, -1, "cannot be opened: %s", strerror(errno));
}

/* A file that was just made has to be found again after a power cut. */
static int sync_folder_of(const char *path, struct lw_why *why)
{
    LW_AUTO_MEM(char) copy = strdup(path);
    if (!copy)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return from_errno(why);
    int r = fsync(fd) < 0 && errno != EINVAL && errno != EROFS ? from_errno(why) : LW_OK;
    close(fd);
    return r;
}

/* SQLite would make the file readable by all; its -wal and -shm files take over these rights. */
static int make_private_file(const char *path, struct lw_why *why)
{
    struct stat st;
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0) {
        close(fd);
        return sync_folder_of(path, why);
    }
    if (errno != EEXIST || stat(path, &st) < 0)
        return from_errno(why);
    return S_ISREG(st.st_mode) ? LW_OK : lw_why_set(why, LW_EIO, -1, "is not a regular file");
}

/* WAL with synchronous FULL: a commit returns after its fsync. secure_delete: what is deleted is
 * overwritten. */
static int configure(struct lw_sql *q, struct lw_why *why)
{
    sqlite3_db_config(q->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    int r = lw_sql_exec(q,
                        "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
                        "PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;"
                        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;",
                        why);
    int64_t wal = 0;
    if (r < 0 ||
        (r = lw_sql_int(q, why, &wal, "SELECT journal_mode = 'wal' FROM pragma_journal_mode",
                        LW_BIND_NONE)) < 0)
        return r;
    return wal ? LW_OK : lw_why_set(why, LW_EIO, -1, "cannot use a write-ahead log there");
}

/* Keys are made for a store that has none yet; a store that has lost its keys is refused. */
static int open_keys(struct lw_store *s, const char *file, bool make, struct lw_why *why)
{
    LW_AUTO_MEM(char) beside = NULL;
    if (!file) {
        if (asprintf(&beside, "%s.keys", s->path) < 0)
            return lw_why_set(why, LW_ENOMEM, -1, "no memory");
        file = beside;
    }
    int r = lw_keyfile_open(&s->keys, file, make, why);
    if (r < 0)
        lw_why_prefix(why, "%s", file);
    return r;
}

static int open_all(struct lw_store *s, const struct lw_store_opts *opts, struct lw_why *why)
{
    int64_t version = 0;
    int r = make_private_file(s->path, why);
    if (r < 0 || (r = lw_sql_open(&s->q, s->path, SQLITE_OPEN_READWRITE, why)) < 0 ||
        (r = lw_schema_version(&s->q, &version, why)) < 0 || (r = configure(&s->q, why)) < 0 ||
        (r = open_keys(s, opts->keys, version < LW_STORE_SCHEMA_AUDIT, why)) < 0 ||
        (r = lw_schema_prepare(&s->q, s->keys, &s->actor, why)) < 0)
        return r;
    return lw_audit_check_anchor(&s->q, s->keys, why);
}

int lw_store_open(struct lw_store **out, const char *path, const struct lw_store_opts *opts,
                  struct lw_why *why)
{
    struct lw_store *s = calloc(1, sizeof(*s));
    if (s)
        s->path = strdup(path);
    if (!s || !s->path) {
        free(s);
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    }
    const struct lw_store_opts defaults = LW_STORE_DEFAULTS;
    if (!opts)
        opts = &defaults;
    s->actor = opts->actor;
    if (!s->actor.name[0])
        snprintf(s->actor.name, sizeof(s->actor.name), "lanewise");
    int r = open_all(s, opts, why);
    if (r < 0) {
        lw_store_close(&s);
        return r;
    }
    *out = s;
    return LW_OK;
}

void lw_store_close(struct lw_store **s)
{
    if (!*s)
        return;
    if ((*s)->end.seq > 0)
        (*s)->keys->ops->set_anchor((*s)->keys, &(*s)->end, NULL);
    lw_sql_close(&(*s)->q);
    lw_keys_close(&(*s)->keys);
    free((*s)->path);
    free(*s);
    *s = NULL;
}

int lw_store_begin(struct lw_store *s, struct lw_why *why)
{
    return lw_sql_transaction(&s->q, why);
}

int lw_store_note(struct lw_store *s, const char *action, const char *subject, const char *detail,
                  struct lw_why *why)
{
    return lw_audit_append(
        &s->q,
        &(struct lw_audit_entry){
            .actor = &s->actor, .action = action, .subject = subject, .detail = detail},
        why);
}

int lw_store_finish(struct lw_store *s, int r, struct lw_why *why)
{
    struct lw_anchor end;
    int checkpoint = r == LW_OK ? lw_audit_sign(&s->q, s->keys, &end, why) : r;
    r = lw_sql_finish(&s->q, lw_mini(checkpoint, LW_OK), why);
    if (r < 0)
        return r;
    s->end = end;
    /* The commit stands whether or not the keys' holder can be told: it is told again at closing.
     */
    if (checkpoint == 1)
        s->keys->ops->set_anchor(s->keys, &end, NULL);
    return LW_OK;
}

int lw_store_audit(struct lw_store *s, const char *action, const char *subject, const char *detail,
                   struct lw_why *why)
{
    if (!*action || strlen(action) > AUDIT_TEXT_MAX || strlen(subject) > AUDIT_TEXT_MAX ||
        strlen(detail) > AUDIT_TEXT_MAX)
        return lw_why_set(why, LW_EINVAL, -1, "an audit entry's texts have at most %d bytes",
                          AUDIT_TEXT_MAX);
    int r = lw_store_begin(s, why);
    return r < 0 ? r : lw_store_finish(s, lw_store_note(s, action, subject, detail, why), why);
}

static int refuse_twice(struct lw_sql *q, const char *id, struct lw_why *why)
{
    int64_t n = 0;
    int r = lw_sql_int(q, why, &n, "SELECT count(*) FROM record WHERE id = ?", LW_BIND(LW_T(id)));
    if (r == LW_OK && n > 0)
        return lw_why_set(why, LW_EINVAL, -1, "record %s is there already", id);
    return r;
}

static int put_record(struct lw_sql *q, const struct lw_record *rec, struct lw_span bytes,
                      int64_t *seq, struct lw_why *why)
{
    const struct lw_bundle *u = &rec->bundle;
    uint8_t sha256[LW_SHA256_BYTES];
    if (lw_sha256(sha256, bytes) < 0)
        return lw_why_set(why, LW_ECRYPTO, -1, "no digest");
    int r = lw_sql_run(
        q, why,
        "INSERT INTO record (id, crossing, corrects, lane, direction, opened_utc_us,"
        " closed_utc_us, synthetic, verified, sha256, bytes)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        LW_BIND(LW_T(rec->id), LW_T(u->id), LW_T(rec->corrects[0] ? rec->corrects : NULL),
                LW_T(u->lane), LW_T(lw_direction_name(u->direction)), LW_I(u->opened_utc_us),
                LW_I(rec->closed_utc_us), LW_I(u->synthetic), LW_I(rec->outcome.verified),
                LW_B(((struct lw_span){.data = sha256, .n = sizeof(sha256)})), LW_B(bytes)));
    *seq = sqlite3_last_insert_rowid(q->db);
    return r;
}

static int put_document(struct lw_sql *q, int64_t seq, size_t n, const struct lw_bundle_document *d,
                        const struct lw_document_outcome *o, struct lw_why *why)
{
    return lw_sql_run(q, why,
                      "INSERT INTO document (record, n, id, kind, class, opted_out, status)"
                      " VALUES (?, ?, ?, ?, ?, ?, ?)",
                      LW_BIND(LW_I(seq), LW_I((int64_t)n), LW_T(d->id),
                              LW_T(lw_document_kind_name(d->kind)),
                              LW_T(lw_person_class_name(d->person_class)), LW_I(d->opted_out),
                              LW_T(lw_document_status_name(o->status))));
}

/* "too_dark,turned_away": words, so that a person who looks into the file can read them. */
static int list_reasons(struct lw_strbuf *b, uint32_t reasons)
{
    for (unsigned i = 0; i < LW_REASONS; i++)
        if (reasons & (1u << i))
            lw_strbuf_printf(b, "%s%s", b->n ? "," : "", lw_reason_name((enum lw_reason)i));
    return lw_strbuf_err(b);
}

static int put_occupant(struct lw_sql *q, int64_t seq, size_t n, const struct lw_occupant *o,
                        struct lw_why *why)
{
    LW_AUTO_STRBUF reasons = LW_STRBUF_INIT;
    if (list_reasons(&reasons, o->reasons) < 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    return lw_sql_run(q, why,
                      "INSERT INTO occupant (record, n, seat, decision, document, score, captured,"
                      " reasons, frames_seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                      LW_BIND(LW_I(seq), LW_I((int64_t)n), LW_T(o->seat[0] ? o->seat : NULL),
                              LW_T(lw_decision_name(o->decision)),
                              o->document >= 0 ? LW_I(o->document) : LW_NULL,
                              o->has_score ? LW_D((double)o->score) : LW_NULL, LW_I(o->captured),
                              LW_T(lw_strbuf_peek(&reasons)), LW_I(o->frames_seen)));
}

static int note_put(struct lw_store *s, const struct lw_record *rec, struct lw_span bytes,
                    struct lw_why *why)
{
    char detail[16 + LW_SHA256_HEX] = "sha256=";
    if (lw_sha256_hex(detail + strlen(detail), bytes) < 0)
        return lw_why_set(why, LW_ECRYPTO, -1, "no digest");
    return lw_store_note(s, rec->corrects[0] ? "correct" : "put", rec->id, detail, why);
}

static int put_all(struct lw_store *s, const struct lw_record *rec, struct lw_span bytes,
                   struct lw_why *why)
{
    struct lw_sql *q = &s->q;
    const struct lw_outcome *o = &rec->outcome;
    int64_t seq = 0;
    int r = refuse_twice(q, rec->id, why);
    if (r < 0 || (r = put_record(q, rec, bytes, &seq, why)) < 0)
        return r;
    for (size_t i = 0; r == LW_OK && i < o->n_documents; i++)
        r = put_document(q, seq, i, &rec->bundle.documents[i], &o->documents[i], why);
    for (size_t i = 0; r == LW_OK && i < o->n_occupants; i++)
        r = put_occupant(q, seq, i, &o->occupants[i], why);
    if (r < 0 || (r = note_put(s, rec, bytes, why)) < 0)
        return r;
    return lw_sql_run(q, why, "INSERT INTO outbox (record, put_utc_us) VALUES (?, ?)",
                      LW_BIND(LW_I(seq), LW_I(lw_now_utc_us())));
}

int lw_store_put(struct lw_store *s, const struct lw_record *rec, struct lw_why *why)
{
    LW_AUTO_STRBUF bytes = LW_STRBUF_INIT;
    int r = lw_record_print(&bytes, rec);
    if (r == LW_EINVAL)
        return lw_why_set(why, r, -1, "the record contradicts itself");
    if (r < 0)
        return lw_why_set(why, r, -1, "%s", lw_err_name(r));
    if ((r = lw_store_begin(s, why)) < 0)
        return r;
    return lw_store_finish(s, put_all(s, rec, lw_strbuf_span(&bytes), why), why);
}

static int get(struct lw_store *s, const char *id, struct lw_record *out, struct lw_why *why)
{
    sqlite3_stmt *st;
    int r =
        lw_sql_begin(&s->q, why, &st, "SELECT bytes FROM record WHERE id = ?", LW_BIND(LW_T(id)));
    if (r < 0 || (r = lw_sql_next(&s->q, st, why)) < 0)
        return r;
    if (r == 0)
        return lw_why_set(why, LW_ENOTFOUND, -1, "no record %.40s", id);
    r = lw_record_parse(out, lw_sql_bytes(st, 0), why);
    lw_sql_done(st);
    return r < 0 ? r : lw_store_note(s, "read", id, "record", why);
}

int lw_store_get(struct lw_store *s, const char *id, struct lw_record *out, struct lw_why *why)
{
    LW_AUTO_MEM(struct lw_record) rec = malloc(sizeof(*rec));
    if (!rec)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    int r = lw_store_begin(s, why);
    if (r < 0 || (r = lw_store_finish(s, get(s, id, rec, why), why)) < 0)
        return r;
    *out = *rec; /* handed out when the entry is on the disk */
    return LW_OK;
}

int lw_store_count(struct lw_store *s, struct lw_store_counts *out, struct lw_why *why)
{
    struct lw_store_counts c;
    sqlite3_stmt *st;
    int r = lw_sql_begin(&s->q, why, &st,
                         "SELECT (SELECT count(*) FROM record), (SELECT count(*) FROM occupant),"
                         " (SELECT count(*) FROM occupant WHERE decision = 'verified'),"
                         " (SELECT count(*) FROM document), (SELECT count(*) FROM outbox)",
                         LW_BIND_NONE);
    if (r < 0 || (r = lw_sql_next(&s->q, st, why)) < 0)
        return r;
    c.records = sqlite3_column_int64(st, 0);
    c.occupants = sqlite3_column_int64(st, 1);
    c.verified = sqlite3_column_int64(st, 2);
    c.documents = sqlite3_column_int64(st, 3);
    c.outbox = sqlite3_column_int64(st, 4);
    lw_sql_done(st);
    *out = c;
    return LW_OK;
}
