#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int from_errno(struct lw_why *why, const char *doing)
{
    int e = errno;
    int code = e == ENOENT || e == ENOTDIR ? LW_ENOTFOUND : e == ENOMEM ? LW_ENOMEM : LW_EIO;
    return lw_why_set(why, code, -1, "%s: %s", doing, strerror(e));
}

static int read_all(int fd, uint8_t *data, size_t want, size_t *got, struct lw_why *why)
{
    size_t n = 0;
    while (n < want) {
        ssize_t r = read(fd, data + n, want - n);
        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0)
            return from_errno(why, "cannot be read");
        if (r == 0)
            break;
        n += (size_t)r;
    }
    *got = n;
    return LW_OK;
}

static int read_open_file(int fd, size_t max_bytes, uint8_t **data, size_t *n, struct lw_why *why)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return from_errno(why, "cannot be read");
    if (!S_ISREG(st.st_mode))
        return lw_why_set(why, LW_EIO, -1, "is not a regular file");
    if (st.st_size < 0 || (uintmax_t)st.st_size > max_bytes)
        return lw_why_set(why, LW_ELIMIT, -1, "has %jd bytes, the limit is %zu",
                          (intmax_t)st.st_size, max_bytes);
    uint8_t *buf = malloc((size_t)st.st_size + 1);
    if (!buf)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory for %jd bytes", (intmax_t)st.st_size);
    int r = read_all(fd, buf, (size_t)st.st_size, n, why);
    if (r < 0) {
        free(buf);
        return r;
    }
    buf[*n] = 0;
    *data = buf;
    return LW_OK;
}

int lw_file_read(const char *path, size_t max_bytes, uint8_t **data, size_t *n, struct lw_why *why)
{
    /* O_NONBLOCK: a FIFO named as an input must not hang the program. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return from_errno(why, "cannot be opened");
    int r = read_open_file(fd, max_bytes, data, n, why);
    close(fd);
    return r;
}

static int write_all(int fd, struct lw_span bytes, struct lw_why *why)
{
    while (bytes.n > 0) {
        ssize_t w = write(fd, bytes.data, bytes.n);
        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0)
            return from_errno(why, "cannot be written");
        bytes.data += w;
        bytes.n -= (size_t)w;
    }
    if (fsync(fd) < 0 && errno != EINVAL && errno != EROFS)
        return from_errno(why, "cannot be written");
    return LW_OK;
}

static int write_and_rename(int fd, const char *tmp, const char *path, struct lw_span bytes,
                            struct lw_why *why)
{
    mode_t mask = umask(0);
    umask(mask);
    int r = write_all(fd, bytes, why);
    if (r == LW_OK && fchmod(fd, 0666 & ~mask) < 0)
        r = from_errno(why, "cannot be written");
    if (close(fd) < 0 && r == LW_OK)
        r = from_errno(why, "cannot be written");
    if (r == LW_OK && rename(tmp, path) < 0)
        r = from_errno(why, "cannot be written");
    return r;
}

int lw_file_write(const char *path, struct lw_span bytes, struct lw_why *why)
{
    char *tmp = NULL;
    struct stat st;
    /* A rename would put a file in the place of a device or a pipe. */
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return lw_why_set(why, LW_EIO, -1, "is not a regular file");
    if (asprintf(&tmp, "%s.XXXXXX", path) < 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    int fd = mkostemp(tmp, O_CLOEXEC);
    int r =
        fd < 0 ? from_errno(why, "cannot be created") : write_and_rename(fd, tmp, path, bytes, why);
    if (r < 0 && fd >= 0)
        unlink(tmp);
    free(tmp);
    return r;
}

static int make_one(const char *path, struct lw_why *why)
{
    struct stat st;
    if (mkdir(path, 0777) == 0)
        return LW_OK;
    if (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return LW_OK;
    return from_errno(why, "folder cannot be made");
}

int lw_dir_make(const char *path, struct lw_why *why)
{
    LW_AUTO_MEM(char) p = strdup(path);
    if (!p)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    for (char *s = p + 1; *p && *s; s++) {
        if (*s != '/')
            continue;
        *s = '\0';
        int r = make_one(p, why);
        *s = '/';
        if (r < 0)
            return r;
    }
    return make_one(p, why);
}

static bool bad_component(const char *s, size_t n)
{
    return n == 0 || (n == 1 && s[0] == '.') || (n == 2 && s[0] == '.' && s[1] == '.');
}

static int check_relative(const char *rel, struct lw_why *why)
{
    if (!*rel)
        return lw_why_set(why, LW_EFORMAT, -1, "is an empty path");
    if (*rel == '/')
        return lw_why_set(why, LW_EFORMAT, -1, "\"%.80s\" is an absolute path", rel);
    for (const char *s = rel; *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            return lw_why_set(why, LW_EFORMAT, s - rel, "has a control character in its path");
    for (const char *s = rel;;) {
        size_t n = strcspn(s, "/");
        bool last = s[n] == '\0';
        if (bad_component(s, n) && !(last && n == 0)) /* a trailing slash names a folder */
            return lw_why_set(why, LW_EFORMAT, s - rel, "\"%.80s\" leaves the folder", rel);
        if (last)
            return LW_OK;
        s += n + 1;
    }
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    LW_UNUSED(st);
    LW_UNUSED(type);
    LW_UNUSED(ftw);
    return remove(path);
}

void lw_tree_remove(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

int lw_path_join(const char *dir, const char *rel, char **out, struct lw_why *why)
{
    int r = check_relative(rel, why);
    if (r < 0)
        return r;
    char *p = NULL;
    if (asprintf(&p, "%s/%s", dir, rel) < 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    *out = p;
    return LW_OK;
}

int lw_path_inside(const char *dir, const char *path, struct lw_why *why)
{
    LW_AUTO_MEM(char) d = realpath(dir, NULL);
    if (!d)
        return from_errno(why, "cannot be opened");
    LW_AUTO_MEM(char) p = realpath(path, NULL);
    if (!p)
        return from_errno(why, "cannot be opened");
    size_t n = strlen(d);
    if (strcmp(d, "/") != 0 && (strncmp(p, d, n) != 0 || (p[n] != '/' && p[n] != '\0')))
        return lw_why_set(why, LW_EFORMAT, -1, "leaves the folder through a link");
    return LW_OK;
}

static int by_bytes(const void *a, const void *b)
{
    const char *const *x = a;
    const char *const *y = b;
    return strcmp(*x, *y);
}

static int add_name(struct lw_names *names, size_t *cap, const char *name)
{
    if (names->n == *cap) {
        size_t grown = *cap ? 2 * *cap : 64;
        char **v = realloc(names->v, grown * sizeof(*v));
        if (!v)
            return LW_ENOMEM;
        names->v = v;
        *cap = grown;
    }
    names->v[names->n] = strdup(name);
    if (!names->v[names->n])
        return LW_ENOMEM;
    names->n++;
    return LW_OK;
}

int lw_names_list(struct lw_names *out, const char *dir, size_t max, struct lw_why *why)
{
    DIR *d = opendir(dir);
    if (!d)
        return from_errno(why, "cannot be opened");
    struct lw_names names = {0};
    size_t cap = 0;
    int r = LW_OK;
    struct dirent *e;
    while (r == LW_OK && (e = readdir(d))) {
        if (e->d_name[0] == '.')
            continue;
        if (names.n == max)
            r = lw_why_set(why, LW_ELIMIT, -1, "has more than %zu entries", max);
        else if (add_name(&names, &cap, e->d_name) < 0)
            r = lw_why_set(why, LW_ENOMEM, -1, "no memory");
    }
    closedir(d);
    if (r < 0) {
        lw_names_clear(&names);
        return r;
    }
    if (names.n)
        qsort(names.v, names.n, sizeof(*names.v), by_bytes);
    *out = names;
    return LW_OK;
}

void lw_names_clear(struct lw_names *names)
{
    for (size_t i = 0; i < names->n; i++)
        free(names->v[i]);
    free(names->v);
    *names = (struct lw_names){0};
}
