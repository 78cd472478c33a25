/* sim/people.h - the folder of photographs (DIR/person/photo.jpg) and a face cut out of one.
 * The list is read-only after opening and may be shared between threads. */
#ifndef LW_SIM_PEOPLE_H
#define LW_SIM_PEOPLE_H

#include "face/kit.h"

enum { LW_SIM_PEOPLE_MAX = 100000, LW_SIM_PHOTOS_MAX = 200, LW_SIM_PHOTO_SIDE = 2048 };

struct lw_sim_person {
    char *name; /* of the folder */
    char **photos;
    size_t n_photos;
};
struct lw_sim_people {
    char *dir;
    size_t n;
    struct lw_sim_person *v; /* in bytewise order of their names */
};

/* Folders without a picture are left out. LW_ENOTFOUND when no person remains. */
int lw_sim_people_open(struct lw_sim_people **out, const char *dir, struct lw_why *why);
void lw_sim_people_free(struct lw_sim_people **p);

struct lw_sim_photo {
    struct lw_image *image;
    struct lw_face face; /* the largest, weighted to the centre */
};
/* 1: a usable photograph; 0: no face in it. The longer side is at most LW_SIM_PHOTO_SIDE. */
int lw_sim_photo_load(struct lw_sim_photo *out, const struct lw_sim_people *people, size_t person,
                      size_t photo, struct lw_facekit *kit, struct lw_why *why);
void lw_sim_photo_clear(struct lw_sim_photo *p);

#endif
