/* A key file is replaced whole (temporary file, fsync, rename), so that it is never half written.
 * Two programs may have it open, therefore every change goes:
 *     lock the file, look whether the name still means that file, read it, change it, replace it,
 *     overwrite what was replaced with zeros, unlock.
 * On flash and on copy-on-write file systems the zeros may land elsewhere: who needs more than that
 * puts the secrets behind a TPM. */
#include "crypt/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypt/digest.h"
#include "crypt/keyfile_text.h"
#include "crypt/seen.h"

struct keyfile {
    struct lw_keys keys; /* first: what callers hold a pointer to */
    char *path;
    struct lw_keyfile_text text; /* as last read */
    struct stat read_from;       /* the file it was read from; all zero: replaced since */
    struct lw_signer signer;
    struct lw_seen seen;
};

static struct keyfile *self(struct lw_keys *k)
{
    return (struct keyfile *)(void *)k;
}

static int from_errno(struct lw_why *why, const char *doing)
{
    int code = errno == ENOENT || errno == ENOTDIR ? LW_ENOTFOUND : LW_EIO;
    return lw_why_set(why, code, -1, "%s: %s", doing, strerror(errno));
}

/* Open and lock what the name means now. *fd is -1 on failure. */
static int open_locked(const char *path, int how, int *fd, struct lw_why *why)
{
    struct stat opened, named;
    for (;;) {
        *fd = open(path, (how == LOCK_EX ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK);
        if (*fd < 0)
            return from_errno(why, "cannot be opened");
        if (flock(*fd, how) == 0 && fstat(*fd, &opened) == 0 && stat(path, &named) == 0 &&
            opened.st_ino == named.st_ino && opened.st_dev == named.st_dev)
            break;
        close(*fd); /* replaced while we waited */
    }
    int r = LW_OK;
    if (!S_ISREG(opened.st_mode))
        r = lw_why_set(why, LW_EIO, -1, "is not a regular file");
    else if (opened.st_mode & 077)
        r = lw_why_set(why, LW_EFORMAT, -1, "may be used by others than its owner (mode %04o)",
                       (unsigned)opened.st_mode & 07777u);
    else if (opened.st_size > LW_KEYFILE_BYTES_MAX)
        r = lw_why_set(why, LW_ELIMIT, -1, "is larger than %d bytes", LW_KEYFILE_BYTES_MAX);
    if (r == LW_OK)
        return LW_OK;
    close(*fd);
    *fd = -1;
    return r;
}

static int read_text(int fd, struct lw_keyfile_text *out, struct lw_why *why)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return from_errno(why, "cannot be read");
    size_t n = (size_t)st.st_size;
    uint8_t *data = malloc(n + 1);
    if (!data)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    int r = LW_OK;
    for (size_t have = 0; r == LW_OK && have < n;) {
        ssize_t got = pread(fd, data + have, n - have, (off_t)have);
        if (got > 0)
            have += (size_t)got;
        else if (got == 0)
            r = lw_why_set(why, LW_EIO, -1, "became shorter");
        else if (errno != EINTR)
            r = from_errno(why, "cannot be read");
    }
    if (r == LW_OK)
        r = lw_keyfile_text_parse(out, (struct lw_span){.data = data, .n = n}, why);
    lw_wipe(data, n);
    free(data);
    return r;
}

static int write_all(int fd, const char *data, size_t n)
{
    while (n > 0) {
        ssize_t w = write(fd, data, n);
        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0)
            return -1;
        data += w;
        n -= (size_t)w;
    }
    return fsync(fd);
}

static int sync_folder(const char *path)
{
    LW_AUTO_MEM(char) copy = strdup(path);
    int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd < 0)
        return -1;
    int r = fsync(fd) < 0 && errno != EINVAL ? -1 : 0;
    close(fd);
    return r;
}

/* Bring a new text under the file's name. fresh: only where there is none yet (EEXIST). */
static int replace(const char *path, const struct lw_keyfile_text *t, bool fresh,
                   struct lw_why *why)
{
    LW_AUTO_MEM(char) tmp = NULL;
    char *text;
    size_t n;
    if (asprintf(&tmp, "%s.XXXXXX", path) < 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    int r = lw_keyfile_text_print(t, &text, &n, why);
    if (r < 0)
        return r;
    int fd = mkostemp(tmp, O_CLOEXEC); /* mode 0600 */
    bool ok = fd >= 0 && write_all(fd, text, n) == 0;
    ok = ok && (fresh ? link(tmp, path) : rename(tmp, path)) == 0 && sync_folder(path) == 0;
    if (!ok)
        r = from_errno(why, "cannot be written");
    if (fd >= 0) {
        close(fd);
        if (!ok || fresh)
            unlink(tmp);
    }
    lw_wipe(text, n);
    free(text);
    return r;
}

/* What was replaced has no name any more; make its bytes unreadable too, as far as we can. */
static void overwrite(int fd)
{
    static const char zeros[4096];
    struct stat st;
    if (fstat(fd, &st) < 0 || lseek(fd, 0, SEEK_SET) < 0)
        return;
    for (off_t left = st.st_size; left > 0;) {
        ssize_t w = write(fd, zeros, left < (off_t)sizeof(zeros) ? (size_t)left : sizeof(zeros));
        if (w <= 0)
            break;
        left -= w;
    }
    fsync(fd);
}

static int take(struct keyfile *f, struct lw_keyfile_text *t, struct lw_why *why)
{
    lw_keyfile_text_wipe(&f->text);
    f->text = *t;
    if (lw_signer_init(&f->signer, t->seed) < 0)
        return lw_why_set(why, LW_ECRYPTO, -1, "no signing key");
    memcpy(f->keys.public_key, f->signer.public_key, LW_SIGN_PUBLIC);
    return LW_OK;
}

static int reload(struct keyfile *f, struct lw_why *why)
{
    struct lw_keyfile_text t;
    struct stat st;
    int fd;
    int r = open_locked(f->path, LOCK_SH, &fd, why);
    if (r < 0)
        return r;
    r = fstat(fd, &st) < 0 ? from_errno(why, "cannot be read") : read_text(fd, &t, why);
    close(fd);
    if (r < 0)
        return r;
    f->read_from = st;
    return take(f, &t, why);
}

/* Every change replaces the file, and an inode that is used again has another time. */
static bool is_fresh(const struct keyfile *f)
{
    struct stat st;
    const struct stat *was = &f->read_from;
    return stat(f->path, &st) == 0 && st.st_ino == was->st_ino && st.st_dev == was->st_dev &&
           st.st_ctim.tv_sec == was->st_ctim.tv_sec && st.st_ctim.tv_nsec == was->st_ctim.tv_nsec;
}

/* A change of the text: 1 changed, 0 nothing to do, negative a fault. */
typedef int (*change_fn)(struct lw_keyfile_text *t, void *ctx, struct lw_why *why);

static int change(struct keyfile *f, change_fn fn, void *ctx, struct lw_why *why)
{
    struct lw_keyfile_text t;
    int fd;
    int r = open_locked(f->path, LOCK_EX, &fd, why);
    if (r < 0)
        return r;
    if ((r = read_text(fd, &t, why)) < 0) {
        close(fd);
        return r;
    }
    r = fn(&t, ctx, why);
    if (r == 1 && (r = replace(f->path, &t, false, why)) == LW_OK) {
        overwrite(fd);
        f->read_from = (struct stat){0};
    }
    close(fd);
    if (r < 0) {
        lw_keyfile_text_wipe(&t);
        return r;
    }
    return take(f, &t, why);
}

static const struct lw_wrapping_key *find(const struct lw_keyfile_text *t, int64_t generation,
                                          int64_t until_utc_us)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->keys[i].generation == generation && t->keys[i].until_utc_us == until_utc_us)
            return &t->keys[i];
    return NULL;
}

static int add_key(struct lw_keyfile_text *t, void *ctx, struct lw_why *why)
{
    const int64_t *until = ctx;
    if (find(t, t->generation, *until))
        return 0;
    if (t->n == LW_KEYFILE_KEYS_MAX)
        return lw_why_set(why, LW_ELIMIT, -1, "holds %d keys already", LW_KEYFILE_KEYS_MAX);
    struct lw_wrapping_key *v = malloc((t->n + 1) * sizeof(*v));
    if (!v)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    v[t->n] = (struct lw_wrapping_key){.generation = t->generation, .until_utc_us = *until};
    if (lw_random_bytes(v[t->n].key, LW_SEAL_KEY) < 0) {
        free(v);
        return lw_why_set(why, LW_ECRYPTO, -1, "no random bytes");
    }
    if (t->n > 0)
        memcpy(v, t->keys, t->n * sizeof(*v));
    lw_wipe(t->keys, t->n * sizeof(*v));
    free(t->keys);
    t->keys = v;
    t->n++;
    return 1;
}

static int keyfile_wrap(struct lw_keys *k, struct lw_wrapped *out, const uint8_t key[LW_SEAL_KEY],
                        int64_t until_utc_us, struct lw_span about, struct lw_why *why)
{
    struct keyfile *f = self(k);
    /* The file keeps milliseconds. */
    int64_t until = until_utc_us / 1000 * 1000;
    const struct lw_wrapping_key *w = find(&f->text, f->text.generation, until);
    int r;
    if (!w && (r = change(f, add_key, &until, why)) < 0)
        return r;
    w = find(&f->text, f->text.generation, until);
    out->generation = w->generation;
    out->until_utc_us = until;
    if (lw_seal(out->bytes, w->key, (struct lw_span){.data = key, .n = LW_SEAL_KEY}, about) < 0)
        return lw_why_set(why, LW_ECRYPTO, -1, "a key cannot be wrapped");
    return LW_OK;
}

static int keyfile_unwrap(struct lw_keys *k, uint8_t key[LW_SEAL_KEY], const struct lw_wrapped *w,
                          struct lw_span about, struct lw_why *why)
{
    struct keyfile *f = self(k);
    const struct lw_wrapping_key *wk = find(&f->text, w->generation, w->until_utc_us);
    int r;
    if (!wk && (r = reload(f, why)) < 0) /* another program may have added it */
        return r;
    wk = find(&f->text, w->generation, w->until_utc_us);
    if (!wk)
        return lw_why_set(why, LW_ENOTFOUND, -1, "the wrapping key was destroyed");
    const struct lw_span sealed = {.data = w->bytes, .n = sizeof(w->bytes)};
    if (lw_unseal(key, wk->key, sealed, about) < 0)
        return lw_why_set(why, LW_ECRYPTO, -1, "a wrapped key was changed");
    return LW_OK;
}

/* Drop the keys that go; the others keep their order. Returns how many went. */
struct going {
    int64_t before_generation;
    int64_t ended_utc_us;
    int gone;
};

static int drop_keys(struct lw_keyfile_text *t, void *ctx, struct lw_why *why)
{
    LW_UNUSED(why);
    struct going *g = ctx;
    size_t kept = 0;
    for (size_t i = 0; i < t->n; i++) {
        const struct lw_wrapping_key *k = &t->keys[i];
        if (k->generation >= g->before_generation && k->until_utc_us > g->ended_utc_us)
            t->keys[kept++] = *k;
    }
    g->gone = (int)(t->n - kept);
    lw_wipe(&t->keys[kept], (t->n - kept) * sizeof(*t->keys));
    t->n = kept;
    return g->gone > 0;
}

static int keyfile_forget(struct lw_keys *k, int64_t utc_us, struct lw_why *why)
{
    struct going g = {.before_generation = INT64_MIN, .ended_utc_us = utc_us};
    int r = change(self(k), drop_keys, &g, why);
    return r < 0 ? r : g.gone;
}

static int keyfile_retire(struct lw_keys *k, int64_t generation, struct lw_why *why)
{
    struct going g = {.before_generation = generation, .ended_utc_us = INT64_MIN};
    int r = change(self(k), drop_keys, &g, why);
    return r < 0 ? r : g.gone;
}

static int next_generation(struct lw_keyfile_text *t, void *ctx, struct lw_why *why)
{
    LW_UNUSED(why);
    int64_t *generation = ctx;
    *generation = ++t->generation;
    return 1;
}

static int keyfile_rotate(struct lw_keys *k, int64_t *generation, struct lw_why *why)
{
    int64_t next = 0;
    int r = change(self(k), next_generation, &next, why);
    if (r == LW_OK)
        *generation = next;
    return r;
}

static int keyfile_current(struct lw_keys *k, int64_t *generation, struct lw_why *why)
{
    struct keyfile *f = self(k);
    int r = is_fresh(f) ? LW_OK : reload(f, why);
    if (r == LW_OK)
        *generation = f->text.generation;
    return r;
}

static int keyfile_sign(struct lw_keys *k, uint8_t out[LW_SIGN_BYTES], struct lw_span message)
{
    return lw_sign(out, &self(k)->signer, message);
}

static int keyfile_identify(struct lw_keys *k, uint8_t out[LW_HMAC_BYTES], struct lw_span bytes)
{
    const struct lw_span key = {.data = self(k)->text.identity, .n = 32};
    return lw_hmac(out, key, bytes);
}

static int keyfile_get_anchor(struct lw_keys *k, struct lw_anchor *out, struct lw_why *why)
{
    struct keyfile *f = self(k);
    struct lw_anchor seen;
    int r = reload(f, why);
    if (r < 0)
        return r;
    *out = f->text.anchor;
    if (lw_seen_read(f->path, f->text.identity, &seen) && seen.seq > out->seq)
        *out = seen;
    return LW_OK;
}

static int move_anchor(struct lw_keyfile_text *t, void *ctx, struct lw_why *why)
{
    LW_UNUSED(why);
    const struct lw_anchor *a = ctx;
    if (a->seq <= t->anchor.seq)
        return 0;
    t->anchor = *a;
    return 1;
}

static int keyfile_set_anchor(struct lw_keys *k, const struct lw_anchor *a, struct lw_why *why)
{
    struct lw_anchor copy = *a;
    return change(self(k), move_anchor, &copy, why);
}

static void keyfile_seen(struct lw_keys *k, const struct lw_anchor *a)
{
    struct keyfile *f = self(k);
    lw_seen_write(&f->seen, f->path, f->text.identity, a);
}

static void keyfile_close(struct lw_keys *k)
{
    struct keyfile *f = self(k);
    lw_keyfile_text_wipe(&f->text);
    lw_signer_wipe(&f->signer);
    lw_seen_close(&f->seen);
    free(f->path);
    free(f);
}

static const struct lw_keys_ops keyfile_ops = {
    .wrap = keyfile_wrap,
    .unwrap = keyfile_unwrap,
    .forget = keyfile_forget,
    .rotate = keyfile_rotate,
    .current = keyfile_current,
    .retire = keyfile_retire,
    .sign = keyfile_sign,
    .identify = keyfile_identify,
    .get_anchor = keyfile_get_anchor,
    .set_anchor = keyfile_set_anchor,
    .seen = keyfile_seen,
    .close = keyfile_close,
};

static int make_file(const char *path, struct lw_why *why)
{
    struct lw_keyfile_text t = {.generation = 1};
    struct stat st;
    if (lw_random_bytes(t.seed, sizeof(t.seed)) < 0 ||
        lw_random_bytes(t.identity, sizeof(t.identity)) < 0)
        return lw_why_set(why, LW_ECRYPTO, -1, "no random bytes");
    int r = replace(path, &t, true, why);
    lw_keyfile_text_wipe(&t);
    return r < 0 && stat(path, &st) == 0 ? LW_OK : r; /* another program was faster */
}

int lw_keyfile_open(struct lw_keys **out, const char *path, bool make, struct lw_why *why)
{
    struct stat st;
    int r;
    if (make && stat(path, &st) < 0 && errno == ENOENT && (r = make_file(path, why)) < 0)
        return r;
    struct keyfile *f = calloc(1, sizeof(*f));
    if (!f || !(f->path = strdup(path))) {
        free(f);
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    }
    f->keys.ops = &keyfile_ops;
    f->seen = LW_SEEN_INIT;
    if ((r = reload(f, why)) < 0) {
        keyfile_close(&f->keys);
        return r;
    }
    *out = &f->keys;
    return LW_OK;
}
