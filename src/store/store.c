#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "crypt/keyfile.h"
#include "store/inside.h"
#include "store/schema.h"
#include "store/writer.h"

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
static int make_private_file(const char *path, bool existing, struct lw_why *why)
{
    struct stat st;
    int fd = existing ? -1 : open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0) {
        close(fd);
        return sync_folder_of(path, why);
    }
    if ((!existing && errno != EEXIST) || stat(path, &st) < 0)
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
                        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                        "PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY;",
                        why);
    int64_t wal = 0;
    if (r < 0 ||
        (r = lw_sql_int(q, why, &wal, "SELECT journal_mode = 'wal' FROM pragma_journal_mode",
                        LW_BIND_NONE)) < 0)
        return r;
    q->gathers = wal;
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

static int enter_policy(struct lw_store *s, struct lw_why *why)
{
    int r = lw_store_begin(s, why);
    if (r < 0)
        return r;
    r = lw_policy_enter(&s->q, s->keys, &s->actor, &s->policy, &s->policy_seq, why);
    return lw_store_finish(s, r, why);
}

/* For a reader everything is there already: its writer has opened the file before. */
static int open_for_reading(struct lw_store *s, const struct lw_store_opts *opts,
                            struct lw_why *why)
{
    int64_t version = 0;
    int r = lw_sql_open(&s->q, s->path, SQLITE_OPEN_READONLY, why);
    if (r < 0 || (r = lw_schema_version(&s->q, &version, why)) < 0 ||
        (r = lw_sql_exec(&s->q, "PRAGMA trusted_schema = OFF; PRAGMA query_only = ON", why)) < 0 ||
        (r = open_keys(s, opts->keys, false, why)) < 0)
        return r;
    return lw_store_identity_read(&s->q, &s->identity, why);
}

static int open_for_writing(struct lw_store *s, const struct lw_store_opts *opts,
                            struct lw_why *why)
{
    int64_t version = 0;
    int r = make_private_file(s->path, opts->existing, why);
    if (r < 0 || (r = lw_sql_open(&s->q, s->path, SQLITE_OPEN_READWRITE, why)) < 0 ||
        (r = lw_schema_version(&s->q, &version, why)) < 0 || (r = configure(&s->q, why)) < 0 ||
        (r = open_keys(s, opts->keys, version < LW_STORE_SCHEMA_AUDIT, why)) < 0 ||
        (r = lw_schema_prepare(&s->q, s->keys, &s->actor, &s->policy, why)) < 0 ||
        (r = lw_store_identity_read(&s->q, &s->identity, why)) < 0)
        return r;
    r = lw_audit_check_anchor(&s->q, s->keys, why);
    return r < 0 || !s->policy.text.n ? r : enter_policy(s, why);
}

static int take_policy(struct lw_store *s, struct lw_span text, struct lw_why *why)
{
    if (!text.n)
        return LW_OK;
    uint8_t *copy = malloc(text.n);
    if (!copy)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    memcpy(copy, text.data, text.n);
    int r = lw_policy_take(&s->policy, (struct lw_span){.data = copy, .n = text.n}, why);
    if (r < 0) {
        free(copy);
        lw_why_prefix(why, "policy");
    }
    return r;
}

static int check_actor(const struct lw_actor *a, struct lw_why *why)
{
    if (!lw_json_is_line(a->name) || !lw_json_is_line(a->purpose))
        return lw_why_set(why, LW_EINVAL, -1, "actor and purpose are single lines of UTF-8");
    return LW_OK;
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
    s->writer = opts->writer;
    if (!s->actor.name[0])
        snprintf(s->actor.name, sizeof(s->actor.name), "lanewise");
    int r = check_actor(&s->actor, why);
    if (r < 0 || (r = take_policy(s, opts->policy, why)) < 0 ||
        (r = (s->writer ? open_for_reading : open_for_writing)(s, opts, why)) < 0) {
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
    if ((*s)->end.seq > 0 && (!(*s)->lazy || lw_store_sync_log(*s, NULL) == LW_OK))
        (*s)->keys->ops->set_anchor((*s)->keys, &(*s)->end, NULL);
    lw_sql_close(&(*s)->q);
    lw_keys_close(&(*s)->keys);
    lw_mem_cleanup(&(*s)->policy.text.data);
    free((*s)->path);
    free(*s);
    *s = NULL;
}

int lw_store_begin(struct lw_store *s, struct lw_why *why)
{
    if (s->writer)
        return lw_why_set(why, LW_EINVAL, -1, "is open for reading only");
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

int lw_store_sync_log(struct lw_store *s, struct lw_why *why)
{
    LW_AUTO_MEM(char) wal = NULL;
    if (asprintf(&wal, "%s-wal", s->path) < 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    int fd = open(wal, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? LW_OK : from_errno(why);
    int r = fsync(fd) < 0 ? from_errno(why) : LW_OK;
    close(fd);
    if (r == LW_OK)
        s->lazy = false;
    return r;
}

int lw_store_finish(struct lw_store *s, int r, struct lw_why *why)
{
    struct lw_anchor end;
    int checkpoint = r == LW_OK ? lw_audit_sign(&s->q, s->keys, true, &end, why) : r;
    r = lw_sql_finish(&s->q, lw_mini(checkpoint, LW_OK), why);
    if (r < 0)
        return r;
    s->end = end;
    s->lazy = s->no_wait; /* a commit that waits brings those before it along */
    if (!s->lazy)
        s->keys->ops->seen(s->keys, &end);
    /* The commit stands whether or not the keys' holder can be told: it is told again at closing.
     * It must never have seen more than the disk holds. */
    if (checkpoint == 1 && (!s->lazy || lw_store_sync_log(s, NULL) == LW_OK))
        s->keys->ops->set_anchor(s->keys, &end, NULL);
    return LW_OK;
}

int lw_store_wait_for_disk(struct lw_store *s, bool wait, struct lw_why *why)
{
    s->no_wait = !wait;
    s->q.gathers = wait;
    return lw_sql_exec(&s->q, wait ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL",
                       why);
}

int lw_store_note_lazily(struct lw_store *s, const char *action, const char *subject,
                         const char *detail, struct lw_why *why)
{
    struct lw_why ignored;
    if (s->writer)
        return lw_writer_audit_later(s->writer, &s->actor, action, subject, detail, why);
    int r = lw_store_wait_for_disk(s, false, why);
    if (r == LW_OK && (r = lw_store_begin(s, why)) == LW_OK)
        r = lw_store_finish(s, lw_store_note(s, action, subject, detail, why), why);
    int back = lw_store_wait_for_disk(s, true, r < 0 ? &ignored : why);
    return r < 0 ? r : back;
}

/* ICAO 9303-3: issuing state and document number name one document. */
int lw_store_identify(struct lw_store *s, const struct lw_store_document *d,
                      uint8_t out[LW_HMAC_BYTES])
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    if (!d->issuer[0] || !d->number[0])
        return LW_ENOTFOUND;
    lw_strbuf_printf(&b, "lanewise-identity-1 %s %s", d->issuer, d->number);
    int r = lw_strbuf_err(&b);
    return r < 0 ? r : s->keys->ops->identify(s->keys, out, lw_strbuf_span(&b));
}

bool lw_store_is_ground(const char *ground, size_t max)
{
    return ground && strlen(ground) <= max && strspn(ground, " ") < strlen(ground) &&
           lw_json_is_line(ground);
}

int lw_store_check_texts(const char *action, const char *subject, const char *detail,
                         struct lw_why *why)
{
    if (!*action || strlen(action) > AUDIT_TEXT_MAX || strlen(subject) > AUDIT_TEXT_MAX ||
        strlen(detail) > AUDIT_TEXT_MAX)
        return lw_why_set(why, LW_EINVAL, -1, "an audit entry's texts have at most %d bytes",
                          AUDIT_TEXT_MAX);
    return LW_OK;
}

int lw_store_audit(struct lw_store *s, const char *action, const char *subject, const char *detail,
                   struct lw_why *why)
{
    if (s->writer)
        return lw_writer_audit(s->writer, &s->actor, action, subject, detail, why);
    int r = lw_store_check_texts(action, subject, detail, why);
    if (r < 0 || (r = lw_store_begin(s, why)) < 0)
        return r;
    return lw_store_finish(s, lw_store_note(s, action, subject, detail, why), why);
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
    struct lw_span bytes = lw_sql_bytes(st, 0);
    r = bytes.n ? lw_record_parse(out, bytes, why)
                : lw_why_set(why, LW_ENOTFOUND, -1, "record %.40s was purged", id);
    lw_sql_done(st);
    return r;
}

static int get_and_note(struct lw_store *s, const char *id, struct lw_record *out,
                        struct lw_why *why)
{
    int r;
    if (s->writer)
        return (r = get(s, id, out, why)) < 0 ? r : lw_store_audit(s, "read", id, "record", why);
    if ((r = lw_store_begin(s, why)) < 0)
        return r;
    r = get(s, id, out, why);
    return lw_store_finish(s, r < 0 ? r : lw_store_note(s, "read", id, "record", why), why);
}

int lw_store_get(struct lw_store *s, const char *id, struct lw_record *out, struct lw_why *why)
{
    LW_AUTO_MEM(struct lw_record) rec = malloc(sizeof(*rec));
    if (!rec)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    int r = get_and_note(s, id, rec, why);
    if (r < 0)
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
                         " (SELECT count(*) FROM document), (SELECT count(*) FROM blob),"
                         " (SELECT count(*) FROM outbox)",
                         LW_BIND_NONE);
    if (r < 0 || (r = lw_sql_next(&s->q, st, why)) < 0)
        return r;
    c.records = sqlite3_column_int64(st, 0);
    c.occupants = sqlite3_column_int64(st, 1);
    c.verified = sqlite3_column_int64(st, 2);
    c.documents = sqlite3_column_int64(st, 3);
    c.blobs = sqlite3_column_int64(st, 4);
    c.outbox = sqlite3_column_int64(st, 5);
    lw_sql_done(st);
    *out = c;
    return LW_OK;
}
