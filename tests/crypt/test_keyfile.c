#include "check.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/file.h"
#include "crypt/keyfile.h"

static char dir[] = "/tmp/lw-keys-XXXXXX";
static char path[64];

static int make_dir(void **state)
{
    LW_UNUSED(state);
    strcpy(dir, "/tmp/lw-keys-XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    snprintf(path, sizeof(path), "%s/lane.db.keys", dir);
    return 0;
}

static int remove_dir(void **state)
{
    LW_UNUSED(state);
    unlink(path);
    return rmdir(dir); /* fails where something was left behind */
}

static struct lw_keys *open_keys(void)
{
    struct lw_keys *k = NULL;
    struct lw_why why = {0};
    if (lw_keyfile_open(&k, path, true, &why) < 0)
        fail_msg("%s", why.text);
    return k;
}

static const struct lw_span about = {.data = (const uint8_t *)"blob 7", .n = 6};
static const uint8_t blob_key[LW_SEAL_KEY] = {1, 2, 3};
static const int64_t hour = INT64_C(3600000000);

static struct lw_wrapped wrap(struct lw_keys *k, int64_t until)
{
    struct lw_wrapped w;
    assert_int_equal(k->ops->wrap(k, &w, blob_key, until, about, NULL), LW_OK);
    return w;
}

static int unwrap(struct lw_keys *k, const struct lw_wrapped *w)
{
    uint8_t key[LW_SEAL_KEY] = {0};
    int r = k->ops->unwrap(k, key, w, about, NULL);
    CHECK(r < 0 || memcmp(key, blob_key, sizeof(key)) == 0);
    return r;
}

static bool file_holds(const char *text)
{
    uint8_t *data = NULL;
    size_t n = 0;
    assert_int_equal(lw_file_read(path, LW_MIB, &data, &n, NULL), LW_OK);
    bool found = memmem(data, n, text, strlen(text)) != NULL;
    free(data);
    return found;
}

static void a_wrapped_key_comes_back_in_the_next_run(void **state)
{
    LW_UNUSED(state);
    LW_AUTO_KEYS k = open_keys();
    const struct lw_wrapped w = wrap(k, 5 * hour);
    CHECK(w.generation == 1 && w.until_utc_us == 5 * hour);
    CHECK(!memmem(w.bytes, sizeof(w.bytes), blob_key, sizeof(blob_key)));
    lw_keys_close(&k);
    k = open_keys();
    CHECK(unwrap(k, &w) == LW_OK);
    const struct lw_span other = {.data = (const uint8_t *)"blob 8", .n = 6};
    uint8_t key[LW_SEAL_KEY];
    CHECK(k->ops->unwrap(k, key, &w, other, NULL) == LW_ECRYPTO);
}

static void keys_of_a_period_that_is_over_are_destroyed(void **state)
{
    LW_UNUSED(state);
    LW_AUTO_KEYS k = open_keys();
    const struct lw_wrapped early = wrap(k, 5 * hour), late = wrap(k, 6 * hour);
    CHECK(file_holds("1970-01-01T05:00:00.000Z"));
    CHECK(k->ops->forget(k, 5 * hour - 1, NULL) == 0 && unwrap(k, &early) == LW_OK);
    CHECK(k->ops->forget(k, 5 * hour, NULL) == 1);
    CHECK(unwrap(k, &early) == LW_ENOTFOUND && unwrap(k, &late) == LW_OK);
    CHECK(!file_holds("1970-01-01T05:00:00.000Z") && file_holds("1970-01-01T06:00:00.000Z"));
}

static void rotation_wraps_anew_and_retires_the_old(void **state)
{
    LW_UNUSED(state);
    LW_AUTO_KEYS k = open_keys();
    const struct lw_wrapped old = wrap(k, hour);
    int64_t generation = 0;
    CHECK(k->ops->rotate(k, &generation, NULL) == LW_OK && generation == 2);
    const struct lw_wrapped now = wrap(k, hour);
    CHECK(now.generation == 2 && unwrap(k, &old) == LW_OK && unwrap(k, &now) == LW_OK);
    CHECK(k->ops->retire(k, 2, NULL) == 1);
    CHECK(unwrap(k, &old) == LW_ENOTFOUND && unwrap(k, &now) == LW_OK);
}

static void signatures_and_identities_stay_the_same_over_runs(void **state)
{
    LW_UNUSED(state);
    uint8_t sig[LW_SIGN_BYTES], id[2][LW_HMAC_BYTES], other[LW_HMAC_BYTES];
    LW_AUTO_KEYS k = open_keys();
    CHECK(k->ops->sign(k, sig, about) == LW_OK && k->ops->identify(k, id[0], about) == LW_OK);
    lw_keys_close(&k);
    k = open_keys();
    CHECK(lw_sign_good(k->public_key, about, sig));
    CHECK(k->ops->identify(k, id[1], about) == LW_OK);
    CHECK(memcmp(id[0], id[1], sizeof(id[0])) == 0);
    CHECK(k->ops->identify(k, other, (struct lw_span){.data = about.data, .n = 5}) == LW_OK);
    CHECK(memcmp(id[0], other, sizeof(other)) != 0);
}

static void two_key_files_are_strangers(void **state)
{
    LW_UNUSED(state);
    uint8_t a[LW_HMAC_BYTES], b[LW_HMAC_BYTES];
    LW_AUTO_KEYS k = open_keys();
    const struct lw_wrapped w = wrap(k, hour);
    CHECK(k->ops->identify(k, a, about) == LW_OK);
    lw_keys_close(&k);
    unlink(path);
    k = open_keys();
    wrap(k, hour);
    CHECK(unwrap(k, &w) == LW_ECRYPTO);
    CHECK(k->ops->identify(k, b, about) == LW_OK && memcmp(a, b, sizeof(a)) != 0);
}

static void the_anchor_never_goes_back(void **state)
{
    LW_UNUSED(state);
    LW_AUTO_KEYS k = open_keys();
    struct lw_anchor a = {.seq = 7, .hash = {9}}, back = {.seq = 5}, got;
    CHECK(k->ops->get_anchor(k, &got, NULL) == LW_OK && got.seq == 0);
    CHECK(k->ops->set_anchor(k, &a, NULL) == LW_OK && k->ops->set_anchor(k, &back, NULL) == LW_OK);
    lw_keys_close(&k);
    k = open_keys();
    CHECK(k->ops->get_anchor(k, &got, NULL) == LW_OK && got.seq == 7 && got.hash[0] == 9);
}

enum { WRITERS = 4, PERIODS = 12 };

static void wrap_many(int writer, int fd)
{
    struct lw_keys *k = open_keys();
    for (int i = 0; i < PERIODS; i++) {
        const struct lw_wrapped w = wrap(k, (1 + (i + writer) % PERIODS) * hour);
        if (write(fd, &w, sizeof(w)) != (ssize_t)sizeof(w))
            _exit(1);
    }
    lw_keys_close(&k);
    _exit(0);
}

static void several_programs_change_one_file_and_lose_nothing(void **state)
{
    LW_UNUSED(state);
    int fd[2], status;
    struct lw_wrapped w;
    int n = 0;
    struct lw_keys *first = open_keys();
    lw_keys_close(&first);
    CHECK(pipe(fd) == 0);
    for (int i = 0; i < WRITERS; i++)
        if (fork() == 0)
            wrap_many(i, fd[1]);
    close(fd[1]);
    LW_AUTO_KEYS k = open_keys();
    for (; read(fd[0], &w, sizeof(w)) == (ssize_t)sizeof(w); n++)
        CHECK(unwrap(k, &w) == LW_OK);
    close(fd[0]);
    for (int i = 0; i < WRITERS; i++)
        CHECK(wait(&status) > 0 && status == 0);
    assert_int_equal(n, WRITERS * PERIODS);
}

static void refused(int code, const char *text)
{
    struct lw_keys *k = NULL;
    struct lw_why why = {0};
    assert_int_equal(lw_keyfile_open(&k, path, false, &why), code);
    if (!strstr(why.text, text))
        fail_msg("\"%s\" does not say \"%s\"", why.text, text);
}

static void a_key_file_is_its_owners_alone(void **state)
{
    LW_UNUSED(state);
    struct stat st;
    struct lw_keys *k = open_keys();
    lw_keys_close(&k);
    CHECK(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600);
    chmod(path, 0640);
    refused(LW_EFORMAT, "may be used by others than its owner (mode 0640)");
}

static void write_private(const char *text, size_t n)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0 && write(fd, text, n) == (ssize_t)n && close(fd) == 0);
}

static void files_that_hold_no_keys_are_refused(void **state)
{
    LW_UNUSED(state);
    refused(LW_ENOTFOUND, "cannot be opened");
    struct lw_keys *k = open_keys();
    wrap(k, hour);
    lw_keys_close(&k);
    uint8_t *good = NULL;
    size_t n = 0;
    CHECK(lw_file_read(path, LW_MIB, &good, &n, NULL) == LW_OK);
    static const char *const needed[] = {"format",   "version", "generation", "signing",
                                         "identity", "anchor",  "hash",       "until"};
    for (size_t i = 0; i < LW_COUNT(needed); i++) {
        char *copy = strdup((char *)good);
        memcpy(strstr(copy, needed[i]), "xxxxxxxxxx", strlen(needed[i]));
        write_private(copy, n);
        free(copy);
        refused(LW_EFORMAT, "unknown key \"xxx");
    }
    write_private((char *)good, n - 10);
    refused(LW_EFORMAT, "line");
    write_private("", 0);
    refused(LW_EFORMAT, "line 1");
    char *copy = strdup((char *)good);
    strstr(copy, "\"version\": 1")[11] = '2';
    write_private(copy, n);
    refused(LW_EUNSUP, "version: 2 is not 1");
    free(copy);
    free(good);
}

#define KEY_TEST(f) cmocka_unit_test_setup_teardown(f, make_dir, remove_dir)
static const struct CMUnitTest tests[] = {
    KEY_TEST(a_wrapped_key_comes_back_in_the_next_run),
    KEY_TEST(keys_of_a_period_that_is_over_are_destroyed),
    KEY_TEST(rotation_wraps_anew_and_retires_the_old),
    KEY_TEST(signatures_and_identities_stay_the_same_over_runs),
    KEY_TEST(two_key_files_are_strangers),
    KEY_TEST(the_anchor_never_goes_back),
    KEY_TEST(several_programs_change_one_file_and_lose_nothing),
    KEY_TEST(a_key_file_is_its_owners_alone),
    KEY_TEST(files_that_hold_no_keys_are_refused),
};
RUN_TESTS(tests)
