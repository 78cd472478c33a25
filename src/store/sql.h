/* store/sql.h - this room's own layer over SQLite: one connection, its kept statements, values that
 * are bound by type, faults in our words. One owner, no locks. */
#ifndef LW_STORE_SQL_H
#define LW_STORE_SQL_H

#include <sqlite3.h>

#include "base/base.h"

enum { LW_SQL_KEPT = 96 };

struct lw_sql {
    sqlite3 *db;
    int64_t waiting_since_ns, patience_ns; /* for other programs; monotonic */
    int log_pages, log_moved; /* in the write-ahead log after our last commit; of them in the file,
                               * as far as we moved them. Only after lw_sql_leave_log */
    bool gathers; /* our commits wait for the disk, and go to the log in few large writes
                   * (store/gather.h) */
    size_t n_kept;
    struct {
        const char *text; /* a literal: kept by its address */
        sqlite3_stmt *st;
    } kept[LW_SQL_KEPT];
};

/* One value to bind; text and bytes are borrowed until the statement has run. */
struct lw_sql_value {
    enum { LW_SQL_NULL, LW_SQL_INT, LW_SQL_REAL, LW_SQL_TEXT, LW_SQL_BYTES } type;
    int64_t i;
    double d;
    const char *t;
    struct lw_span b;
};
#define LW_I(x) ((struct lw_sql_value){.type = LW_SQL_INT, .i = (x)})
#define LW_D(x) ((struct lw_sql_value){.type = LW_SQL_REAL, .d = (x)})
#define LW_T(x) ((struct lw_sql_value){.type = LW_SQL_TEXT, .t = (x)}) /* NULL binds null */
#define LW_B(x) ((struct lw_sql_value){.type = LW_SQL_BYTES, .b = (x)})
#define LW_NULL ((struct lw_sql_value){.type = LW_SQL_NULL})
#define LW_BIND(...)                                                                               \
    (const struct lw_sql_value[]){__VA_ARGS__},                                                    \
        sizeof((const struct lw_sql_value[]){__VA_ARGS__}) / sizeof(struct lw_sql_value)
#define LW_BIND_NONE NULL, 0

/* q must stay where it is until it is closed. */
int lw_sql_open(struct lw_sql *q, const char *path, int flags, struct lw_why *why);
void lw_sql_close(struct lw_sql *q);

/* Several statements without values. */
int lw_sql_exec(struct lw_sql *q, const char *text, struct lw_why *why);
/* One statement that answers nothing. */
int lw_sql_run(struct lw_sql *q, struct lw_why *why, const char *text,
               const struct lw_sql_value *values, size_t n);
/* One statement that answers one whole number; LW_ENOTFOUND where it answers no row. */
int lw_sql_int(struct lw_sql *q, struct lw_why *why, int64_t *out, const char *text,
               const struct lw_sql_value *values, size_t n);
/* Rows: begin, then next until it returns 0 or a fault; 1 is a row to read with sqlite3_column_.
 * Call done where the walk ends early. */
int lw_sql_begin(struct lw_sql *q, struct lw_why *why, sqlite3_stmt **st, const char *text,
                 const struct lw_sql_value *values, size_t n);
int lw_sql_next(struct lw_sql *q, sqlite3_stmt *st, struct lw_why *why);
void lw_sql_done(sqlite3_stmt *st);

/* A write transaction. lw_sql_finish commits where r is LW_OK, else undoes everything; it returns
 * r, or the fault of the commit. */
int lw_sql_transaction(struct lw_sql *q, struct lw_why *why);
int lw_sql_finish(struct lw_sql *q, int r, struct lw_why *why);

/* From here on our commits leave the write-ahead log alone: the caller shortens it between
 * transactions. Otherwise one commit in a thousand pages does it, and takes that long. */
void lw_sql_leave_log(struct lw_sql *q, bool leave);
/* Where the log has grown by so many pages, move it into the file beside other writers and readers.
 * Where it is long, begin it anew: only then, and for no more than the last few pages, is the store
 * ours alone. Where others keep it or the disk busy that waits. */
void lw_sql_shorten_log(struct lw_sql *q, int pages);
/* All of it into the file, and cut to nothing. LW_EAGAIN: another program keeps it busy. */
int lw_sql_empty_log(struct lw_sql *q, struct lw_why *why);

struct lw_span lw_sql_bytes(sqlite3_stmt *st, int column);
/* Copy a text column, cut to cap; "" for null. */
void lw_sql_text(sqlite3_stmt *st, int column, char *out, size_t cap);

#endif
