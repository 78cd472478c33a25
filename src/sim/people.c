#include "sim/people.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "img/codec.h"
#include "img/geom.h"

void lw_sim_people_free(struct lw_sim_people **pp)
{
    struct lw_sim_people *p = *pp;
    if (!p)
        return;
    for (size_t i = 0; i < p->n; i++) {
        free(p->v[i].name);
        for (size_t k = 0; k < p->v[i].n_photos; k++)
            free(p->v[i].photos[k]);
        free(p->v[i].photos);
    }
    free(p->v);
    free(p->dir);
    free(p);
    *pp = NULL;
}

static bool is_picture(const char *name)
{
    static const char *const ends[] = {".jpg", ".jpeg", ".png", ".jp2"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < LW_COUNT(ends); i++)
        if (strcasecmp(dot, ends[i]) == 0)
            return true;
    return false;
}

/* Takes the pictures out of a folder's names; the rest stays for names_clear. */
static int take_pictures(struct lw_sim_person *p, struct lw_names *names)
{
    p->photos = calloc(names->n + 1, sizeof(*p->photos));
    if (!p->photos)
        return LW_ENOMEM;
    for (size_t i = 0; i < names->n && p->n_photos < LW_SIM_PHOTOS_MAX; i++)
        if (is_picture(names->v[i])) {
            p->photos[p->n_photos++] = names->v[i];
            names->v[i] = NULL;
        }
    return LW_OK;
}

static int add_person(struct lw_sim_people *people, const char *name, struct lw_why *why)
{
    LW_AUTO_MEM(char) dir = NULL;
    int r = lw_path_join(people->dir, name, &dir, why);
    struct lw_names names = {.n = 0};
    if (r < 0 || lw_names_list(&names, dir, 10000, NULL) < 0)
        return r; /* a file beside the folders is none of them */
    struct lw_sim_person *p = &people->v[people->n];
    p->name = strdup(name);
    r = p->name ? take_pictures(p, &names) : LW_ENOMEM;
    lw_names_clear(&names);
    if (r == LW_OK && p->n_photos > 0) {
        people->n++;
        return LW_OK;
    }
    free(p->name);
    free(p->photos);
    memset(p, 0, sizeof(*p));
    return r == LW_OK ? LW_OK : lw_why_set(why, r, -1, "no memory for the list of people");
}

int lw_sim_people_open(struct lw_sim_people **out, const char *dir, struct lw_why *why)
{
    LW_AUTO(lw_sim_people) p = calloc(1, sizeof(*p));
    if (!p || !(p->dir = strdup(dir)))
        return lw_why_set(why, LW_ENOMEM, -1, "no memory for the list of people");
    struct lw_names names = {.n = 0};
    int r = lw_names_list(&names, dir, LW_SIM_PEOPLE_MAX, why);
    if (r == LW_OK && !(p->v = calloc(names.n + 1, sizeof(*p->v))))
        r = lw_why_set(why, LW_ENOMEM, -1, "no memory for the list of people");
    for (size_t i = 0; r == LW_OK && i < names.n; i++)
        r = add_person(p, names.v[i], why);
    lw_names_clear(&names);
    if (r == LW_OK && p->n == 0)
        r = lw_why_set(why, LW_ENOTFOUND, -1,
                       "no photographs: folders with pictures are expected (DIR/person/photo.jpg)");
    if (r < 0) {
        lw_why_prefix(why, "%s", dir);
        return r;
    }
    *out = p;
    p = NULL;
    return LW_OK;
}

/* Very large photographs only cost time: a lane never shows a face as large as that. */
static int shrink(struct lw_image **im, struct lw_why *why)
{
    const int side = lw_maxi((*im)->width, (*im)->height);
    if (side <= LW_SIM_PHOTO_SIDE)
        return LW_OK;
    const float s = (float)LW_SIM_PHOTO_SIDE / (float)side;
    struct lw_image *small = NULL;
    const int r = lw_image_resize(&small, *im, lw_maxi(1, (int)((float)(*im)->width * s)),
                                  lw_maxi(1, (int)((float)(*im)->height * s)));
    if (r < 0)
        return lw_why_set(why, r, -1, "no memory for a photograph");
    lw_image_unref(im);
    *im = small;
    return LW_OK;
}

static int read_photo(struct lw_image **out, const struct lw_sim_people *people, size_t person,
                      size_t photo, struct lw_why *why)
{
    LW_AUTO_MEM(char) dir = NULL;
    LW_AUTO_MEM(char) path = NULL;
    const struct lw_sim_person *p = &people->v[person];
    int r = lw_path_join(people->dir, p->name, &dir, why);
    if (r < 0 || (r = lw_path_join(dir, p->photos[photo], &path, why)) < 0)
        return r;
    LW_AUTO(lw_image) im = NULL;
    struct lw_decode_opts o = LW_DECODE_DEFAULTS;
    o.want_side = LW_SIM_PHOTO_SIDE;
    if ((r = lw_image_load(&im, path, &o, why)) < 0 || (r = shrink(&im, why)) < 0)
        return r;
    *out = im;
    im = NULL;
    return LW_OK;
}

int lw_sim_photo_load(struct lw_sim_photo *out, const struct lw_sim_people *people, size_t person,
                      size_t photo, struct lw_facekit *kit, struct lw_why *why)
{
    LW_AUTO(lw_image) im = NULL;
    int r = read_photo(&im, people, person, photo, why);
    if (r < 0)
        return r;
    LW_AUTO_MEM(struct lw_face) faces = NULL;
    r = lw_facekit_faces(kit, im, &faces, why);
    if (r <= 0)
        return r;
    out->face = faces[0];
    out->image = im;
    im = NULL;
    return 1;
}

void lw_sim_photo_clear(struct lw_sim_photo *p)
{
    lw_image_unref(&p->image);
}
