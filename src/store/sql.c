#include "store/sql.h"

#include <libgen.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "store/gather.h"

/* Another program's write is waited for that long, looking every millisecond: SQLite's own waiting
 * looks less and less often, and a writer beside a purge would come too late. */
#define PATIENCE_NS (5000 * LW_MS)
#define LITTLE_PATIENCE_NS (10 * LW_MS)

/* Of the log: one commit in so many pages moves it where nobody else does; a pass that leaves so
 * few was the last; from so many on it is begun anew; and in any case from so many on. */
enum { AUTO_PAGES = 1000, REST_PAGES = 50, PASSES = 4, ANEW_PAGES = 2000, LONG_PAGES = 50000 };
#define QUIET_NS (10 * LW_MS) /* that the last pass takes where the disk has nothing else to do */

static int wait_for_others(void *ctx, int times)
{
    struct lw_sql *q = ctx;
    if (times == 0)
        q->waiting_since_ns = lw_now_ns();
    usleep(1000);
    return lw_now_ns() - q->waiting_since_ns < q->patience_ns;
}

static int code_of(int sqlite)
{
    switch (sqlite & 0xff) {
    case SQLITE_NOMEM:
        return LW_ENOMEM;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return LW_EAGAIN;
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return LW_EFORMAT;
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
        return LW_EINVAL;
    case SQLITE_CANTOPEN:
        return LW_ENOTFOUND;
    case SQLITE_TOOBIG:
        return LW_ELIMIT;
    default:
        return LW_EIO;
    }
}

static int fail(struct lw_sql *q, struct lw_why *why)
{
    return lw_why_set(why, code_of(sqlite3_extended_errcode(q->db)), -1, "%s",
                      sqlite3_errmsg(q->db));
}

/* Reading a store takes a -shm file beside it, which cannot be made on a medium that is read-only.
 * Where there is no log beside the file either, it is whole in itself and nobody is at work on it.
 */
static bool is_at_rest(const char *path)
{
    LW_AUTO_MEM(char) copy = strdup(path);
    LW_AUTO_STRBUF log = LW_STRBUF_INIT;
    lw_strbuf_printf(&log, "%s-wal", path);
    return copy && access(dirname(copy), W_OK) < 0 && access(lw_strbuf_peek(&log), F_OK) < 0;
}

/* As SQLite's URI for a file that does not change. */
static int open_at_rest(struct lw_sql *q, const char *path)
{
    LW_AUTO_STRBUF uri = LW_STRBUF_INIT;
    lw_strbuf_puts(&uri, "file:");
    for (const char *c = path; *c; c++)
        if (strchr("%?#", *c))
            lw_strbuf_printf(&uri, "%%%02X", (unsigned)(unsigned char)*c);
        else
            lw_strbuf_putc(&uri, *c);
    lw_strbuf_puts(&uri, "?immutable=1");
    return lw_strbuf_err(&uri) < 0
               ? SQLITE_NOMEM
               : sqlite3_open_v2(lw_strbuf_peek(&uri), &q->db,
                                 SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE,
                                 NULL);
}

static const char *vfs;

/* Nobody asks how much memory SQLite has; to count it takes a lock for every piece. Connections
 * have one owner each, and no lock either. */
static void set_up(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    vfs = lw_gather_vfs();
}

int lw_sql_open(struct lw_sql *q, const char *path, int flags, struct lw_why *why)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, set_up);
    *q = (struct lw_sql){.patience_ns = PATIENCE_NS};
    int r = flags == SQLITE_OPEN_READONLY && is_at_rest(path)
                ? open_at_rest(q, path)
                : sqlite3_open_v2(path, &q->db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                                  vfs);
    if (r == SQLITE_OK) {
        sqlite3_busy_handler(q->db, wait_for_others, q);
        return LW_OK;
    }
    r = lw_why_set(why, code_of(r), -1, "%s", q->db ? sqlite3_errmsg(q->db) : sqlite3_errstr(r));
    lw_sql_close(q);
    return r;
}

void lw_sql_close(struct lw_sql *q)
{
    for (size_t i = 0; i < q->n_kept; i++)
        sqlite3_finalize(q->kept[i].st);
    sqlite3_close(q->db);
    *q = (struct lw_sql){.db = NULL};
}

int lw_sql_exec(struct lw_sql *q, const char *text, struct lw_why *why)
{
    return sqlite3_exec(q->db, text, NULL, NULL, NULL) == SQLITE_OK ? LW_OK : fail(q, why);
}

static int prepare(struct lw_sql *q, struct lw_why *why, sqlite3_stmt **st, const char *text)
{
    for (size_t i = 0; i < q->n_kept; i++) {
        if (q->kept[i].text == text) {
            *st = q->kept[i].st;
            return LW_OK;
        }
    }
    if (q->n_kept == LW_SQL_KEPT)
        return lw_why_set(why, LW_ELIMIT, -1, "more than %d statements", LW_SQL_KEPT);
    if (sqlite3_prepare_v3(q->db, text, -1, SQLITE_PREPARE_PERSISTENT, st, NULL) != SQLITE_OK)
        return fail(q, why);
    q->kept[q->n_kept].text = text;
    q->kept[q->n_kept++].st = *st;
    return LW_OK;
}

static int bind_one(sqlite3_stmt *st, int i, const struct lw_sql_value *v)
{
    switch (v->type) {
    case LW_SQL_INT:
        return sqlite3_bind_int64(st, i, v->i);
    case LW_SQL_REAL:
        return sqlite3_bind_double(st, i, v->d);
    case LW_SQL_TEXT:
        return sqlite3_bind_text(st, i, v->t, -1, SQLITE_STATIC);
    case LW_SQL_BYTES:
        return sqlite3_bind_blob64(st, i, v->b.data ? (const void *)v->b.data : "", v->b.n,
                                   SQLITE_STATIC);
    case LW_SQL_NULL:
        break;
    }
    return sqlite3_bind_null(st, i);
}

int lw_sql_begin(struct lw_sql *q, struct lw_why *why, sqlite3_stmt **st, const char *text,
                 const struct lw_sql_value *values, size_t n)
{
    int r = prepare(q, why, st, text);
    if (r < 0)
        return r;
    for (size_t i = 0; i < n; i++)
        if (bind_one(*st, (int)i + 1, &values[i]) != SQLITE_OK)
            return fail(q, why);
    return LW_OK;
}

void lw_sql_done(sqlite3_stmt *st)
{
    sqlite3_reset(st);
    sqlite3_clear_bindings(st);
}

int lw_sql_next(struct lw_sql *q, sqlite3_stmt *st, struct lw_why *why)
{
    int step = sqlite3_step(st);
    if (step == SQLITE_ROW)
        return 1;
    int r = step == SQLITE_DONE ? LW_OK : fail(q, why);
    lw_sql_done(st);
    return r;
}

int lw_sql_run(struct lw_sql *q, struct lw_why *why, const char *text,
               const struct lw_sql_value *values, size_t n)
{
    sqlite3_stmt *st;
    int r = lw_sql_begin(q, why, &st, text, values, n);
    if (r < 0)
        return r;
    while ((r = lw_sql_next(q, st, why)) == 1)
        ;
    return r;
}

int lw_sql_int(struct lw_sql *q, struct lw_why *why, int64_t *out, const char *text,
               const struct lw_sql_value *values, size_t n)
{
    sqlite3_stmt *st;
    int r = lw_sql_begin(q, why, &st, text, values, n);
    if (r < 0 || (r = lw_sql_next(q, st, why)) < 0)
        return r;
    if (r == 0)
        return lw_why_set(why, LW_ENOTFOUND, -1, "no such row");
    *out = sqlite3_column_int64(st, 0);
    lw_sql_done(st);
    return LW_OK;
}

int lw_sql_transaction(struct lw_sql *q, struct lw_why *why)
{
    return lw_sql_run(q, why, "BEGIN IMMEDIATE", LW_BIND_NONE);
}

static int commit(struct lw_sql *q, struct lw_why *why)
{
    if (!q->gathers)
        return lw_sql_run(q, why, "COMMIT", LW_BIND_NONE);
    int r = lw_gather(q->db, true);
    if (r == SQLITE_OK)
        r = lw_sql_run(q, why, "COMMIT", LW_BIND_NONE);
    const int rest = lw_gather(q->db, false);
    return rest == SQLITE_OK || r < 0
               ? r
               : lw_why_set(why, code_of(rest), -1, "%s", sqlite3_errstr(rest));
}

int lw_sql_finish(struct lw_sql *q, int r, struct lw_why *why)
{
    if (r == LW_OK)
        r = commit(q, why);
    if (r != LW_OK && !sqlite3_get_autocommit(q->db))
        lw_sql_run(q, NULL, "ROLLBACK", LW_BIND_NONE);
    return r;
}

static int count_log(void *ctx, sqlite3 *db, const char *name, int pages)
{
    struct lw_sql *q = ctx;
    LW_UNUSED(db);
    LW_UNUSED(name);
    q->log_pages = pages;
    return SQLITE_OK;
}

void lw_sql_leave_log(struct lw_sql *q, bool leave)
{
    if (leave)
        sqlite3_wal_hook(q->db, count_log, q);
    else
        sqlite3_wal_autocheckpoint(q->db, AUTO_PAGES); /* takes the hook's place */
}

/* What others write during one pass is left for the next. How long the last one took. */
static int64_t move_log(struct lw_sql *q, int *pages)
{
    int done = 0, before;
    int64_t took_ns;
    int pass = 0;
    do {
        const int64_t start = lw_now_ns();
        before = done;
        if (sqlite3_wal_checkpoint_v2(q->db, NULL, SQLITE_CHECKPOINT_PASSIVE, pages, &done) !=
            SQLITE_OK)
            return INT64_MAX;
        took_ns = lw_now_ns() - start;
    } while (*pages - before > REST_PAGES && ++pass < PASSES);
    return took_ns;
}

/* To begin the log anew the rest has to be on the disk while nobody else may write: not while the
 * disk is busy. */
static bool begin_log_anew(struct lw_sql *q)
{
    q->patience_ns = LITTLE_PATIENCE_NS;
    int r = sqlite3_wal_checkpoint_v2(q->db, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
    q->patience_ns = PATIENCE_NS;
    return r == SQLITE_OK;
}

void lw_sql_shorten_log(struct lw_sql *q, int pages)
{
    if (q->log_pages < q->log_moved)
        q->log_moved = 0; /* somebody began it anew */
    if (q->log_pages - q->log_moved < pages)
        return;
    const int64_t took_ns = move_log(q, &q->log_moved);
    const bool quiet = took_ns <= QUIET_NS || q->log_moved >= LONG_PAGES;
    if (q->log_moved >= ANEW_PAGES && quiet && begin_log_anew(q))
        q->log_moved = 0;
}

/* While another connection moves pages SQLite does not wait, whatever its busy handler says. */
int lw_sql_empty_log(struct lw_sql *q, struct lw_why *why)
{
    const int64_t start = lw_now_ns();
    int r;
    while ((r = sqlite3_wal_checkpoint_v2(q->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL)) ==
               SQLITE_BUSY &&
           lw_now_ns() - start < PATIENCE_NS)
        usleep(1000);
    return r == SQLITE_OK ? LW_OK : fail(q, why);
}

struct lw_span lw_sql_bytes(sqlite3_stmt *st, int column)
{
    const void *data = sqlite3_column_blob(st, column); /* first: it may change the size */
    return (struct lw_span){.data = data, .n = (size_t)sqlite3_column_bytes(st, column)};
}

void lw_sql_text(sqlite3_stmt *st, int column, char *out, size_t cap)
{
    const char *s = (const char *)sqlite3_column_text(st, column);
    snprintf(out, cap, "%s", s ? s : "");
}
