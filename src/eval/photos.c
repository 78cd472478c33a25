#include "eval/photos.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/parallel.h"
#include "img/codec.h"

int lw_photos_new(struct lw_photos **out, size_t n)
{
    LW_AUTO(lw_photos) p = calloc(1, sizeof(*p));
    if (!p)
        return LW_ENOMEM;
    p->v = calloc(n + 1, sizeof(*p->v));
    if (!p->v)
        return LW_ENOMEM;
    p->n = n;
    p->failed_at = SIZE_MAX;
    *out = p;
    p = NULL; /* moved to the caller */
    return LW_OK;
}

void lw_photos_free(struct lw_photos **p)
{
    if (!*p)
        return;
    for (size_t i = 0; (*p)->v && i < (*p)->n; i++) {
        free((*p)->v[i].path);
        free((*p)->v[i].name);
        lw_template_free(&(*p)->v[i].tmpl);
    }
    free((*p)->v);
    free(*p);
    *p = NULL;
}

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int add_photo(struct lw_photos *p, size_t *cap, const char *dir, const char *person,
                     const char *file)
{
    if (p->n == *cap) {
        size_t grown = *cap ? 2 * *cap : 256;
        struct lw_photo *v = realloc(p->v, grown * sizeof(*v));
        if (!v)
            return LW_ENOMEM;
        p->v = v;
        *cap = grown;
    }
    struct lw_photo photo = {.person = (uint32_t)p->people};
    if (asprintf(&photo.path, "%s/%s/%s", dir, person, file) < 0)
        return LW_ENOMEM;
    photo.name = strdup(photo.path + strlen(dir) + 1);
    p->v[p->n++] = photo;
    return photo.name ? LW_OK : LW_ENOMEM;
}

static int list_person(struct lw_photos *p, size_t *cap, const char *dir, const char *person,
                       const char *path, struct lw_why *why)
{
    struct lw_names files = {0};
    int r = lw_names_list(&files, path, LW_PHOTOS_MAX - p->n, why);
    if (r == LW_OK && files.n == 0)
        r = lw_why_set(why, LW_EFORMAT, -1, "has no photograph");
    for (size_t i = 0; r == LW_OK && i < files.n; i++)
        if (add_photo(p, cap, dir, person, files.v[i]) < 0)
            r = lw_why_set(why, LW_ENOMEM, -1, "no memory");
        else if (is_folder(p->v[p->n - 1].path))
            r = lw_why_set(why, LW_EFORMAT, -1,
                           "\"%.80s\" is a folder: expected are DIR/person/photo.jpg", files.v[i]);
    lw_names_clear(&files);
    if (r < 0)
        lw_why_prefix(why, "%s", path);
    else
        p->people++;
    return r;
}

int lw_photos_list(struct lw_photos **out, const char *dir, struct lw_why *why)
{
    LW_AUTO(lw_photos) p = NULL;
    struct lw_names names = {0};
    size_t cap = 0;
    int r = lw_names_list(&names, dir, LW_PHOTOS_MAX, why);
    if (r < 0) {
        lw_why_prefix(why, "%s", dir);
        return r;
    }
    if (lw_photos_new(&p, 0) < 0)
        r = lw_why_set(why, LW_ENOMEM, -1, "no memory");
    for (size_t i = 0; r == LW_OK && i < names.n; i++) {
        LW_AUTO_MEM(char) path = NULL;
        if (asprintf(&path, "%s/%s", dir, names.v[i]) < 0)
            r = lw_why_set(why, LW_ENOMEM, -1, "no memory");
        else if (is_folder(path))
            r = list_person(p, &cap, dir, names.v[i], path, why);
    }
    lw_names_clear(&names);
    if (r == LW_OK && p->n == 0)
        r = lw_why_set(why, LW_EFORMAT, -1, "%s: has no folder DIR/person/photo.jpg", dir);
    if (r < 0)
        return r;
    *out = p;
    p = NULL; /* moved to the caller */
    return LW_OK;
}

struct extraction {
    struct lw_photos *photos;
    struct lw_facekit *kit;
    lw_photos_progress_fn progress;
    atomic_size_t done;
    pthread_mutex_t lock; /* guards photos->failed_at and why */
    struct lw_why why;
};

static int extract_one(struct lw_photo *photo, struct lw_facekit *kit, struct lw_why *why)
{
    LW_AUTO(lw_image) image = NULL;
    struct lw_face face;
    int r = lw_image_load(&image, photo->path, NULL, why);
    if (r < 0)
        return r; /* the text names the file */
    r = lw_facekit_portrait(kit, image, &face, &photo->tmpl, why);
    if (r < 0)
        lw_why_prefix(why, "%s", photo->path);
    return r;
}

static int extract_piece(void *ctx, size_t i, unsigned worker)
{
    struct extraction *e = ctx;
    struct lw_why why = {0};
    LW_UNUSED(worker);
    int r = extract_one(&e->photos->v[i], e->kit, &why);
    if (r < 0) {
        pthread_mutex_lock(&e->lock);
        if (i < e->photos->failed_at) {
            e->photos->failed_at = i;
            e->why = why;
        }
        pthread_mutex_unlock(&e->lock);
        return r;
    }
    size_t done = atomic_fetch_add(&e->done, 1) + 1;
    if (e->progress)
        e->progress(done, e->photos->n);
    return LW_OK;
}

int lw_photos_extract(struct lw_photos *p, struct lw_facekit *kit, unsigned threads,
                      lw_photos_progress_fn progress, struct lw_why *why)
{
    struct extraction e = {
        .photos = p, .kit = kit, .progress = progress, .lock = PTHREAD_MUTEX_INITIALIZER};
    int r = lw_parallel(p->n, threads, extract_piece, &e);
    pthread_mutex_destroy(&e.lock);
    if (r == LW_OK)
        return LW_OK;
    if (p->failed_at == SIZE_MAX)
        return lw_why_set(why, r, -1, "the photographs cannot be processed: %s", lw_err_name(r));
    if (why)
        *why = e.why;
    return e.why.code;
}

size_t lw_photos_missed(const struct lw_photos *p)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++)
        n += !p->v[i].tmpl;
    return n;
}
