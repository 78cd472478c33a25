#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "cam/impl.h"
#include "img/codec.h"

enum { LISTED_MAX = 1000000 };

struct lw_stills {
    char *root; /* NULL: anywhere */
    char *dir;
    struct lw_names names; /* those that match, in bytewise order */
    size_t next;
    int64_t step_ns;
    int max_side;
};

void lw_stills_free(struct lw_stills **sp)
{
    struct lw_stills *s = *sp;
    if (!s)
        return;
    lw_names_clear(&s->names);
    free(s->root);
    free(s->dir);
    free(s);
    *sp = NULL;
}

static void keep_matches(struct lw_names *names, const char *pattern)
{
    size_t kept = 0;
    for (size_t i = 0; i < names->n; i++) {
        /* A file's own name matches, whatever signs it has. */
        if (strcmp(pattern, names->v[i]) == 0 || fnmatch(pattern, names->v[i], FNM_PERIOD) == 0)
            names->v[kept++] = names->v[i];
        else
            free(names->v[i]);
    }
    names->n = kept;
}

/* "dir/pattern" or "pattern"; *dir is the caller's. */
static int split(const char *path, char **dir, const char **pattern, struct lw_why *why)
{
    const char *slash = strrchr(path, '/');
    *pattern = slash ? slash + 1 : path;
    *dir = !slash          ? strdup(".")
           : slash == path ? strdup("/")
                           : strndup(path, (size_t)(slash - path));
    if (!*dir)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory for a path");
    if (slash && strpbrk(*dir, "*?["))
        return lw_why_set(why, LW_EUNSUP, -1, "wildcards are allowed in the last component only");
    return LW_OK;
}

static int list(struct lw_stills *s, const char *path, struct lw_why *why)
{
    const char *pattern;
    int r = split(path, &s->dir, &pattern, why);
    if (r < 0)
        return r;
    if (s->root && (r = lw_path_inside(s->root, s->dir, why)) < 0)
        return r;
    if ((r = lw_names_list(&s->names, s->dir, LISTED_MAX, why)) < 0)
        return r;
    keep_matches(&s->names, pattern);
    return s->names.n ? LW_OK : lw_why_set(why, LW_ENOTFOUND, -1, "no file matches");
}

/* The last number in a file's name, -1 where there is none. */
static int64_t number_in(const char *name)
{
    const char *end = name + strlen(name);
    while (end > name && !(end[-1] >= '0' && end[-1] <= '9'))
        end--;
    const char *from = end;
    while (from > name && from[-1] >= '0' && from[-1] <= '9')
        from--;
    return from < end && end - from <= 18 ? strtoll(from, NULL, 10) : -1;
}

/* Bytewise order reads front_10 before front_9: whoever named them so meant another order. */
static int64_t count_order_breaks(const struct lw_names *names)
{
    int64_t n = 0;
    for (size_t i = 1; i < names->n; i++)
        n += number_in(names->v[i]) < number_in(names->v[i - 1]);
    return n;
}

int lw_stills_open(struct lw_stills **out, const char *root, const char *pattern,
                   const struct lw_source_opts *opts, struct lw_source_info *info,
                   struct lw_why *why)
{
    LW_AUTO(lw_stills) s = calloc(1, sizeof(*s));
    if (!s || (root && !(s->root = strdup(root))))
        return lw_why_set(why, LW_ENOMEM, -1, "no memory for a list of stills");
    s->max_side = opts->max_side;
    s->step_ns = (int64_t)((double)LW_SEC / opts->fps);
    const int r = list(s, pattern, why);
    if (r < 0)
        return r;
    info->fps = opts->fps;
    info->frames_declared = (int64_t)s->names.n;
    info->order_breaks = count_order_breaks(&s->names);
    *out = s;
    s = NULL;
    return LW_OK;
}

static int load(const struct lw_stills *s, const char *name, struct lw_image **out,
                struct lw_why *why)
{
    LW_AUTO_MEM(char) path = malloc(strlen(s->dir) + strlen(name) + 2);
    if (!path)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory for a path");
    strcpy(path, s->dir);
    strcat(strcat(path, "/"), name);
    int r = s->root ? lw_path_inside(s->root, path, why) : LW_OK;
    if (r < 0) {
        lw_why_prefix(why, "%s", name);
        return r;
    }
    struct lw_decode_opts o = LW_DECODE_DEFAULTS;
    o.max_side = s->max_side;
    LW_AUTO(lw_image) im = NULL;
    if ((r = lw_image_load(&im, path, &o, why)) < 0)
        return r;
    if (im->fmt == LW_PIX_RGB8) {
        *out = im;
        im = NULL;
        return LW_OK;
    }
    return lw_why_set(why, LW_EUNSUP, -1, "%s is no colour picture", path);
}

int lw_stills_next(struct lw_stills *s, struct lw_frame *out, struct lw_source_info *info,
                   struct lw_why *why)
{
    while (s->next < s->names.n) {
        struct lw_why bad;
        const size_t i = s->next++;
        const int r = load(s, s->names.v[i], &out->image, &bad);
        if (r == LW_ENOMEM) {
            if (why)
                *why = bad;
            return r;
        }
        if (r < 0) {
            lw_source_note_bad(info, &bad);
            continue;
        }
        out->index = (int64_t)i;
        out->t_ns = (int64_t)i * s->step_ns;
        return 1;
    }
    return 0;
}
