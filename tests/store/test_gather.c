/* How a commit reaches the log: through a VFS below ours that counts, and that can be full. */
#include "entries.h"

#include "store/inside.h"

static sqlite3_vfs below;
static sqlite3_vfs *unix_vfs;
static const sqlite3_io_methods *unix_methods;
static sqlite3_io_methods methods;
static int writes, syncs, writes_left = -1; /* of logs; -1: as many as there are */

static int count_write(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 at)
{
    writes++;
    if (writes_left == 0)
        return SQLITE_FULL;
    writes_left -= writes_left > 0;
    return unix_methods->xWrite(file, bytes, n, at);
}

static int count_sync(sqlite3_file *file, int flags)
{
    syncs++;
    return unix_methods->xSync(file, flags);
}

static int open_counting(sqlite3_vfs *us, const char *name, sqlite3_file *file, int flags, int *out)
{
    LW_UNUSED(us);
    int r = unix_vfs->xOpen(unix_vfs, name, file, flags, out);
    if (r != SQLITE_OK || !(flags & SQLITE_OPEN_WAL))
        return r;
    unix_methods = file->pMethods;
    methods = *unix_methods;
    methods.xWrite = count_write;
    methods.xSync = count_sync;
    file->pMethods = &methods;
    return r;
}

/* Before the first store is opened: ours lies on what is SQLite's own then. */
static int put_below(void **state)
{
    LW_UNUSED(state);
    unix_vfs = sqlite3_vfs_find(NULL);
    below = *unix_vfs;
    below.pNext = NULL;
    below.zName = "counting";
    below.xOpen = open_counting;
    return sqlite3_vfs_register(&below, 1);
}

static int put_one(struct lw_store *s, const char *id)
{
    struct crossing *c = make_crossing(id, lw_now_utc_us());
    int r = lw_store_put_entry(s, &c->entry, NULL);
    free(c);
    return r;
}

static int64_t pages_of(const char *id, struct lw_store *s, const struct place *p)
{
    char log[112];
    uint8_t *data = NULL;
    size_t before = 0, after = 0;
    snprintf(log, sizeof(log), "%s-wal", p->store);
    assert_int_equal(lw_file_read(log, 64 * LW_MIB, &data, &before, NULL), LW_OK);
    free(data);
    writes = syncs = 0;
    CHECK(put_one(s, id) == LW_OK);
    assert_int_equal(lw_file_read(log, 64 * LW_MIB, &data, &after, NULL), LW_OK);
    free(data);
    return (int64_t)(after - before) / (24 + 4096);
}

static void a_commit_goes_to_the_log_in_few_writes_and_one_sync(void **state)
{
    const struct place *p = *state;
    LW_AUTO_STORE s = open_store(p);
    CHECK(put_one(s, "first") == LW_OK);
    const int64_t pages = pages_of("second", s, p);
    CHECK(pages >= 20 && syncs == 1);
    CHECK(writes >= 1 && writes <= pages / 31 + 2); /* not two for each page */
    /* Another program finds it in the log. */
    CHECK(ask(p, "SELECT count(*) FROM record") == 2);
    lw_store_close(&s);
    CHECK(verify_store(p).records == 2);
}

static void what_does_not_fit_on_the_disk_is_not_there_and_the_next_one_is(void **state)
{
    const struct place *p = *state;
    LW_AUTO_STORE s = open_store(p);
    CHECK(put_one(s, "first") == LW_OK);
    writes_left = 0;
    CHECK(put_one(s, "second") == LW_EIO);
    writes_left = -1;
    CHECK(ask(p, "SELECT count(*) FROM record") == 1);
    CHECK(put_one(s, "second") == LW_OK && put_one(s, "third") == LW_OK);
    lw_store_close(&s);
    CHECK(verify_store(p).records == 3);
}

/* An entry that nobody waits for is never synced: it has to be in the file all the same. */
static void what_is_not_waited_for_is_there_for_others(void **state)
{
    const struct place *p = *state;
    LW_AUTO_STORE s = open_store(p);
    syncs = 0;
    CHECK(lw_store_note_lazily(s, "login", "somebody", "", NULL) == LW_OK);
    CHECK(syncs == 0);
    CHECK(ask(p, "SELECT count(*) FROM audit WHERE action = 'login'") == 1);
}

static const struct CMUnitTest tests[] = {
    STORE_TEST(a_commit_goes_to_the_log_in_few_writes_and_one_sync),
    STORE_TEST(what_does_not_fit_on_the_disk_is_not_there_and_the_next_one_is),
    STORE_TEST(what_is_not_waited_for_is_there_for_others),
};

int main(void)
{
    test_output_tap();
    return cmocka_run_group_tests(tests, put_below, NULL);
}
