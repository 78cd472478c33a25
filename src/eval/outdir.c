#include "eval/outdir.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static int refuse(const char *path, const char *rule, struct lw_why *why)
{
    return lw_why_set(why, LW_EIO, -1, "%s: %s", path, rule);
}

int lw_outdir_check(const char *path, struct lw_why *why)
{
    struct stat st;
    LW_AUTO_MEM(char) p = strdup(path);
    if (!p)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    if (!*p)
        return refuse("--out", "is an empty path", why);
    /* Go up to the first folder that is there. */
    while (stat(p, &st) < 0) {
        if (errno != ENOENT)
            return refuse(path, strerror(errno), why);
        char *slash = strrchr(p, '/');
        while (slash > p && slash[1] == '\0') { /* "a/b/" */
            *slash = '\0';
            slash = strrchr(p, '/');
        }
        if (!slash)
            strcpy(p, ".");
        else if (slash == p)
            p[1] = '\0';
        else
            *slash = '\0';
    }
    if (!S_ISDIR(st.st_mode))
        return refuse(p, "is not a folder", why);
    if (access(p, W_OK | X_OK) < 0)
        return refuse(p, "the folder cannot be written", why);
    return LW_OK;
}

/* What alone would make a rename fail once the files are written beside it. */
static int check_place(const char *dir, const struct lw_out_file *f, struct lw_why *why)
{
    struct stat st;
    LW_AUTO_MEM(char) path = NULL;
    if (asprintf(&path, "%s/%s", dir, f->name) < 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return refuse(path, "is a folder", why);
    return LW_OK;
}

static char *temporary_path(const char *dir, const char *name)
{
    char *path;
    return asprintf(&path, "%s/.%s.part", dir, name) < 0 ? NULL : path;
}

static int write_temporary(const char *dir, const struct lw_out_file *f, struct lw_why *why)
{
    LW_AUTO_MEM(char) path = temporary_path(dir, f->name);
    if (!path || lw_strbuf_err(f->text))
        return lw_why_set(why, LW_ENOMEM, -1, "%s/%s: no memory", dir, f->name);
    int r = lw_file_write(path, lw_strbuf_span(f->text), why);
    if (r < 0)
        lw_why_prefix(why, "%s/%s", dir, f->name);
    return r;
}

static int put_in_place(const char *dir, const struct lw_out_file *f, struct lw_why *why)
{
    LW_AUTO_MEM(char) from = temporary_path(dir, f->name);
    LW_AUTO_MEM(char) to = NULL;
    if (!from || asprintf(&to, "%s/%s", dir, f->name) < 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    return rename(from, to) < 0 ? refuse(to, strerror(errno), why) : LW_OK;
}

static void drop_temporaries(const char *dir, const struct lw_out_file *files, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        LW_AUTO_MEM(char) path = temporary_path(dir, files[i].name);
        if (path)
            unlink(path);
    }
}

int lw_outdir_write(const char *path, const struct lw_out_file *files, size_t n, struct lw_why *why)
{
    struct stat st;
    bool made = stat(path, &st) < 0;
    int r = lw_dir_make(path, why);
    if (r < 0) {
        lw_why_prefix(why, "%s", path);
        return r;
    }
    for (size_t i = 0; r == LW_OK && i < n; i++)
        r = check_place(path, &files[i], why);
    for (size_t i = 0; r == LW_OK && i < n; i++)
        r = write_temporary(path, &files[i], why);
    for (size_t i = 0; r == LW_OK && i < n; i++)
        r = put_in_place(path, &files[i], why);
    if (r < 0) {
        drop_temporaries(path, files, n);
        if (made)
            rmdir(path);
    }
    return r;
}
