/* tests/store/entries.h - a crossing with pictures: a citizen and a noncitizen verified, a third
 * person nobody knows. */
#ifndef LW_TESTS_ENTRIES_H
#define LW_TESTS_ENTRIES_H

#include "place.h"

#include "base/clock.h"
#include "store/purge.h"
#include "store/verify.h"

#define TEST_HOUR (3600 * INT64_C(1000000))
#define TEST_DAY (24 * TEST_HOUR)
#define TEST_YEAR (INT64_C(31556952) * 1000000)

enum { PHOTO_BYTES = 3000 };

struct crossing {
    struct lw_record rec;
    uint8_t photo[3][PHOTO_BYTES];
    struct lw_store_blob blobs[8];
    struct lw_store_entry entry;
};

static inline void add_blob(struct crossing *c, enum lw_item kind, int index, const void *bytes,
                            size_t n)
{
    c->blobs[c->entry.n_blobs++] = (struct lw_store_blob){
        .kind = kind, .index = index, .quality = 70, .bytes = {.data = bytes, .n = n}};
}

static inline struct crossing *make_crossing(const char *id, int64_t closed_utc_us)
{
    static const char fields[2][40] = {"{\"surname\":\"CITIZENSSON\"}",
                                       "{\"surname\":\"FOREIGNERSSON\"}"};
    struct crossing *c = calloc(1, sizeof(*c));
    assert_non_null(c);
    struct lw_outcome *o = &c->rec.outcome;
    fill_record(&c->rec);
    snprintf(c->rec.id, sizeof(c->rec.id), "%s", id);
    c->rec.closed_utc_us = closed_utc_us / 1000 * 1000;
    c->rec.bundle.opened_utc_us = c->rec.closed_utc_us - 9000000;
    c->rec.bundle.documents[1].person_class = LW_CLASS_NONCITIZEN;
    o->n_occupants = 3;
    o->occupants[2] = o->occupants[1];
    o->occupants[1] = o->occupants[0];
    o->occupants[1].document = 1;
    strcpy(o->occupants[1].seat, "1R");
    o->documents[1].status = LW_DOC_MATCHED;
    c->entry.record = &c->rec;
    c->entry.blobs = c->blobs;
    for (int i = 0; i < 3; i++) {
        memset(c->photo[i], "ABC"[i], PHOTO_BYTES);
        memcpy(c->photo[i], "the face of ", 12);
        add_blob(c, LW_ITEM_PHOTO, i, c->photo[i], PHOTO_BYTES);
    }
    add_blob(c, LW_ITEM_TEMPLATE, 1, "a template of 512 floats", 24);
    add_blob(c, LW_ITEM_FIELDS, 0, fields[0], strlen(fields[0]));
    add_blob(c, LW_ITEM_FIELDS, 1, fields[1], strlen(fields[1]));
    strcpy(c->entry.documents[0].issuer, "UTO");
    strcpy(c->entry.documents[0].number, "L898902C3");
    strcpy(c->entry.documents[1].issuer, "D");
    strcpy(c->entry.documents[1].number, "C01X00T47");
    c->entry.documents[1].authentic = true;
    return c;
}

static inline void put_crossing(struct lw_store *s, const char *id, int64_t closed_utc_us)
{
    struct lw_why why = {0};
    struct crossing *c = make_crossing(id, closed_utc_us);
    if (lw_store_put_entry(s, &c->entry, &why) < 0)
        fail_msg("%s", why.text);
    free(c);
}

static inline struct lw_purge_report purge_at(struct lw_store *s, int64_t now)
{
    struct lw_purge_report r;
    struct lw_why why = {0};
    const struct lw_purge_opts opts = {.now_utc_us = now};
    if (lw_store_purge(s, &opts, &r, &why) < 0)
        fail_msg("%s", why.text);
    return r;
}

/* Everything whole? Returns the counts; findings fail the test. */
static inline struct lw_verify_report verify_store(const struct place *p)
{
    struct lw_verify_report r;
    struct lw_why why = {0};
    if (lw_store_verify(&r, p->store, NULL, &why) < 0)
        fail_msg("%s", why.text);
    if (r.n_findings)
        fail_msg("%s", lw_strbuf_peek(&r.findings));
    return r;
}

/* Do the store's files hold these bytes anywhere? */
static inline bool files_hold(const struct place *p, const void *bytes, size_t n)
{
    bool found = false;
    struct lw_names names = {0};
    assert_int_equal(lw_names_list(&names, p->dir, 100, NULL), LW_OK);
    for (size_t i = 0; i < names.n; i++) {
        char path[400];
        uint8_t *data = NULL;
        size_t have = 0;
        snprintf(path, sizeof(path), "%s/%s", p->dir, names.v[i]);
        assert_int_equal(lw_file_read(path, 512 * LW_MIB, &data, &have, NULL), LW_OK);
        found = found || memmem(data, have, bytes, n);
        free(data);
    }
    lw_names_clear(&names);
    return found;
}

/* A blob value of one row, yours. */
static inline uint8_t *ask_bytes(const struct place *p, const char *sql, size_t *n)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    assert_int_equal(sqlite3_open(p->store, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    const void *data = sqlite3_column_blob(st, 0);
    *n = (size_t)sqlite3_column_bytes(st, 0);
    uint8_t *copy = malloc(*n + 1);
    memcpy(copy, data, *n);
    sqlite3_finalize(st);
    sqlite3_close(db);
    return copy;
}

static inline void copy_file(const char *from, const char *to)
{
    uint8_t *data = NULL;
    size_t n = 0;
    assert_int_equal(lw_file_read(from, LW_MIB * 64, &data, &n, NULL), LW_OK);
    assert_int_equal(lw_file_write(to, (struct lw_span){.data = data, .n = n}, NULL), LW_OK);
    free(data);
}

#endif
