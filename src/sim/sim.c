#include "sim/sim.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/parallel.h"
#include "base/strbuf.h"
#include "sim/bundle.h"

struct studio {
    const struct lw_sim_opts *opts;
    const struct lw_sim_preset *preset;
    struct lw_sim_cast cast;
    struct lw_rng root;
    const char *dir; /* under its unfinished name */
    atomic_size_t done;
    pthread_mutex_t lock; /* over why */
    struct lw_why why;    /* of the first failure */
    bool failed;
};

static int check(const struct lw_sim_opts *o, struct lw_why *why)
{
    if (o->count < 1 || o->count > LW_SIM_COUNT_MAX)
        return lw_why_set(why, LW_EINVAL, -1, "count is 1 to %d", LW_SIM_COUNT_MAX);
    if (o->width < 320 || o->width > 3840 || o->width % 2 || o->height < 180 || o->height > 2160 ||
        o->height % 2)
        return lw_why_set(why, LW_EINVAL, -1, "%dx%d: width 320 to 3840, height 180 to 2160, even",
                          o->width, o->height);
    if (o->threads < 1 || o->threads > 64)
        return lw_why_set(why, LW_EINVAL, -1, "threads are 1 to 64");
    return LW_OK;
}

static int find_preset(const char *name, const struct lw_sim_preset **out, struct lw_why *why)
{
    *out = lw_sim_preset_find(name);
    if (*out)
        return LW_OK;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    for (size_t i = 0; lw_sim_preset_at(i); i++)
        lw_strbuf_printf(&b, "%s%s", i ? ", " : "", lw_sim_preset_at(i)->name);
    return lw_why_set(why, LW_ENOTFOUND, -1, "preset \"%.40s\" is none of %s", name,
                      lw_strbuf_peek(&b));
}

/* A folder that is not there, or has nothing in it and gives way. */
static int check_target(const char *path, struct lw_why *why)
{
    struct stat st;
    if (lstat(path, &st) < 0)
        return errno == ENOENT ? LW_OK
                               : lw_why_set(why, LW_EIO, -1, "%s: %s", path, strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return lw_why_set(why, LW_EINVAL, -1, "%s: exists and is no folder", path);
    struct lw_names names = {.n = 0};
    const int r = lw_names_list(&names, path, 100000, NULL);
    const bool empty = r == LW_OK && names.n == 0;
    lw_names_clear(&names);
    return empty ? LW_OK : lw_why_set(why, LW_EINVAL, -1, "%s: the folder is not empty", path);
}

static int shoot_into(struct studio *p, size_t i, const char *dir, struct lw_why *why)
{
    LW_AUTO(lw_sim_scene) s = NULL;
    LW_AUTO(lw_sim_film) f = NULL;
    struct lw_rng rng = lw_rng_fork(&p->root, i);
    const struct lw_sim_frame_size size = {.width = p->opts->width, .height = p->opts->height};
    const struct lw_sim_set set = {.dir = dir, .stop = p->opts->stop};
    int r = lw_sim_scene_new(&s, p->preset, &p->cast, size, lw_rng_u64(&rng), why);
    if (r < 0)
        return r;
    s->bracket = p->opts->bracket;
    if ((r = lw_sim_film_shoot(&f, s, &set, why)) < 0)
        return r;
    const struct lw_sim_ident ident = {.number = i, .people = p->cast.people, .rng = rng};
    return lw_sim_bundle_write(s, f, &ident, dir, why);
}

static int make_bundle(void *ctx, size_t i, unsigned worker)
{
    LW_UNUSED(worker);
    struct studio *p = ctx;
    struct lw_why why = {.code = LW_OK};
    char name[24];
    LW_AUTO_MEM(char) dir = NULL;
    snprintf(name, sizeof(name), "c%05zu", i);
    int r = lw_path_join(p->dir, name, &dir, &why);
    if (r == LW_OK)
        r = lw_dir_make(dir, &why);
    if (r == LW_OK)
        r = shoot_into(p, i, dir, &why);
    if (r < 0) {
        pthread_mutex_lock(&p->lock);
        if (!p->failed)
            p->why = why;
        p->failed = true;
        pthread_mutex_unlock(&p->lock);
    } else if (p->opts->progress) {
        p->opts->progress("crossings", atomic_fetch_add(&p->done, 1) + 1, p->opts->count);
    }
    return r;
}

static int produce(struct studio *p, struct lw_why *why)
{
    int r = lw_dir_make(p->dir, why);
    if (r < 0)
        return r;
    pthread_mutex_init(&p->lock, NULL);
    r = lw_parallel(p->opts->count, p->opts->threads, make_bundle, p);
    pthread_mutex_destroy(&p->lock);
    if (r < 0) {
        if (why)
            *why = p->why;
        return r;
    }
    if (rename(p->dir, p->opts->out) < 0)
        return lw_why_set(why, LW_EIO, -1, "%s: %s", p->opts->out, strerror(errno));
    return LW_OK;
}

/* "out" -> "out.part-PID", beside it, so that it can be renamed. */
static char *unfinished_name(const char *out)
{
    size_t n = strlen(out);
    while (n > 1 && out[n - 1] == '/')
        n--;
    char *name = malloc(n + 32);
    if (name)
        snprintf(name, n + 32, "%.*s.part-%ld", (int)n, out, (long)getpid());
    return name;
}

int lw_sim_run(const struct lw_sim_opts *opts, struct lw_facekit *kit, struct lw_why *why)
{
    const struct lw_sim_preset *preset = NULL;
    LW_AUTO(lw_sim_people) people = NULL;
    int r = check(opts, why);
    if (r < 0 || (r = find_preset(opts->preset ? opts->preset : "mixed", &preset, why)) < 0 ||
        (r = check_target(opts->out, why)) < 0 ||
        (r = lw_sim_people_open(&people, opts->photos, why)) < 0)
        return r;
    LW_AUTO_MEM(char) dir = unfinished_name(opts->out);
    if (!dir)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory for a path");
    struct studio p = {.opts = opts,
                       .preset = preset,
                       .cast = {.people = people, .kit = kit},
                       .root = lw_rng_seed(opts->seed),
                       .dir = dir};
    r = produce(&p, why);
    if (r < 0)
        lw_tree_remove(dir);
    return r;
}
