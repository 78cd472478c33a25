/* tests/store/place.h - a folder of its own for each test, and another program's hands on its
 * store. */
#ifndef LW_TESTS_PLACE_H
#define LW_TESTS_PLACE_H

#include "records.h"

#include <sqlite3.h>

#include "base/file.h"
#include "store/store.h"

struct place {
    char dir[64];
    char store[96];
};

static inline int make_place(void **state)
{
    struct place *p = calloc(1, sizeof(*p));
    snprintf(p->dir, sizeof(p->dir), "/tmp/lw-store-XXXXXX");
    if (!p || !mkdtemp(p->dir))
        return -1;
    snprintf(p->store, sizeof(p->store), "%s/lane.db", p->dir);
    *state = p;
    return 0;
}

static inline int remove_place(void **state)
{
    struct place *p = *state;
    char path[320];
    struct lw_names names = {0};
    if (lw_names_list(&names, p->dir, 100, NULL) == LW_OK)
        for (size_t i = 0; i < names.n; i++) {
            snprintf(path, sizeof(path), "%s/%s", p->dir, names.v[i]);
            unlink(path);
        }
    lw_names_clear(&names);
    rmdir(p->dir);
    free(p);
    return 0;
}

/* actor may be NULL. */
static inline struct lw_store *open_as(const struct place *p, const char *policy,
                                       const struct lw_actor *actor)
{
    struct lw_store *s = NULL;
    struct lw_why why = {0};
    char path[96];
    uint8_t *text = NULL;
    struct lw_store_opts opts = LW_STORE_DEFAULTS;
    if (actor)
        opts.actor = *actor;
    snprintf(path, sizeof(path), "policies/%s.json", policy);
    assert_int_equal(lw_file_read(path, LW_MIB, &text, &opts.policy.n, NULL), LW_OK);
    opts.policy.data = text;
    if (lw_store_open(&s, p->store, &opts, &why) < 0)
        fail_msg("%s", why.text);
    free(text);
    return s;
}

static inline struct lw_store *open_store(const struct place *p)
{
    return open_as(p, "us-land-exit", NULL);
}

/* Another program's hands on the same file. */
static inline void by_hand(const struct place *p, const char *sql, int expected)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(p->store, &db), SQLITE_OK);
    sqlite3_exec(db, "PRAGMA foreign_keys = ON", NULL, NULL, NULL);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), expected);
    sqlite3_close(db);
}

static inline int64_t ask(const struct place *p, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    assert_int_equal(sqlite3_open(p->store, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    int64_t n = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    sqlite3_close(db);
    return n;
}

/* A further record of the same crossing, with another id. */
static inline void put_record(struct lw_store *s, const char *id)
{
    struct lw_record rec;
    struct lw_why why = {0};
    fill_record(&rec);
    snprintf(rec.id, sizeof(rec.id), "%s", id);
    if (lw_store_put(s, &rec, &why) < 0)
        fail_msg("%s", why.text);
}

#define STORE_TEST(f) cmocka_unit_test_setup_teardown(f, make_place, remove_place)

#endif
