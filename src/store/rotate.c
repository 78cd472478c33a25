#include "store/rotate.h"

#include <stdio.h>

#include "store/blob.h"

enum { STEP_ROWS = 200 };

static int rewrap_row(struct lw_store *s, struct lw_blob_row *row, struct lw_why *why)
{
    const struct lw_blob_place at = lw_blob_place_of(&s->identity, row);
    int r = lw_blob_rewrap(s->keys, &at, &row->key, why);
    if (r < 0) {
        lw_why_prefix(why, "blob %jd", (intmax_t)row->seq);
        return r;
    }
    const struct lw_span wrapped = {.data = row->key.bytes, .n = sizeof(row->key.bytes)};
    return lw_sql_run(&s->q, why, "UPDATE blob_key SET generation = ?, wrapped = ? WHERE blob = ?",
                      LW_BIND(LW_I(row->key.generation), LW_B(wrapped), LW_I(row->seq)));
}

/* The next rows behind *last, which moves on. Returns how many there were, at most STEP_ROWS. */
static int rewrap_some(struct lw_store *s, int64_t generation, int64_t *last, struct lw_why *why)
{
    struct lw_blob_row rows[STEP_ROWS];
    sqlite3_stmt *st;
    int n = 0;
    int r = lw_sql_begin(&s->q, why, &st,
                         "SELECT " LW_BLOB_COLUMNS " FROM " LW_BLOB_TABLES
                         " WHERE generation < ? AND blob.seq > ? ORDER BY blob.seq LIMIT ?",
                         LW_BIND(LW_I(generation), LW_I(*last), LW_I(STEP_ROWS)));
    while (r == 0 && (r = lw_sql_next(&s->q, st, why)) == 1) {
        lw_blob_read_row(&rows[n++], st);
        r = 0;
    }
    for (int i = 0; r == 0 && i < n; i++)
        r = rewrap_row(s, &rows[i], why);
    if (r == 0 && n > 0)
        *last = rows[n - 1].seq;
    return r < 0 ? r : n;
}

static int note(struct lw_store *s, int64_t generation, int n, struct lw_why *why)
{
    char detail[96];
    snprintf(detail, sizeof(detail), "generation=%jd keys=%d", (intmax_t)generation, n);
    return lw_store_note(s, "rotate", s->identity.id, detail, why);
}

static int rewrap_all(struct lw_store *s, struct lw_rotate_report *report, struct lw_why *why)
{
    int64_t last = 0;
    for (int n = 1, r; n > 0;) {
        if ((r = lw_store_begin(s, why)) < 0)
            return r;
        n = rewrap_some(s, report->generation, &last, why);
        r = lw_mini(n, LW_OK);
        if (n > 0)
            r = note(s, report->generation, n, why);
        if ((r = lw_store_finish(s, r, why)) < 0)
            return r;
        report->blobs += n;
    }
    return LW_OK;
}

/* In a transaction: nobody puts a blob under the old keys between the last look and their end. */
static int retire(struct lw_store *s, int64_t generation, int64_t *left, struct lw_why *why)
{
    int n = 0;
    int r = lw_store_begin(s, why);
    if (r < 0)
        return r;
    r = lw_sql_int(&s->q, why, left, "SELECT count(*) FROM blob_key WHERE generation < ?",
                   LW_BIND(LW_I(generation)));
    if (r == LW_OK && *left == 0) {
        n = s->keys->ops->retire(s->keys, generation, why);
        r = n < 0 ? n : note(s, generation, 0, why);
    }
    r = lw_store_finish(s, r, why);
    return r < 0 ? r : n;
}

int lw_store_rotate(struct lw_store *s, struct lw_rotate_report *out, struct lw_why *why)
{
    struct lw_rotate_report report = {.blobs = 0};
    int64_t left = 0;
    int r = s->keys->ops->rotate(s->keys, &report.generation, why);
    if (r < 0)
        return r;
    do {
        if ((r = rewrap_all(s, &report, why)) < 0)
            return r;
        r = retire(s, report.generation, &left, why);
    } while (r == 0 && left > 0); /* somebody put another blob under the old keys */
    if (r < 0)
        return r;
    report.destroyed = r;
    *out = report;
    return LW_OK;
}
