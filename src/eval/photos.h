/* eval/photos.h - the photographs of an evaluation, each processed once. One owner. */
#ifndef LW_EVAL_PHOTOS_H
#define LW_EVAL_PHOTOS_H

#include "face/kit.h"

enum { LW_PHOTOS_MAX = 1000000 };

struct lw_photo {
    char *path;               /* what is opened */
    char *name;               /* what reports call it, e.g. "anna/01.jpg" */
    uint32_t person;          /* from 0, in bytewise order of the folders; 0 where not known */
    struct lw_template *tmpl; /* NULL: no face was acquired */
};

struct lw_photos {
    size_t n, people; /* people 0 where not known */
    struct lw_photo *v;
    size_t failed_at; /* after a fault of lw_photos_extract: which photo, SIZE_MAX for none */
};

int lw_photos_new(struct lw_photos **out, size_t n); /* n empty ones */
void lw_photos_free(struct lw_photos **p);           /* wipes the templates */

/* DIR/person/photo: every folder in DIR is a person, every file in it a photograph; files beside
 * the folders (a read-me) are left out. Bytewise order. LW_EFORMAT for a folder without a
 * photograph, or in place of one; why names the folder. */
int lw_photos_list(struct lw_photos **out, const char *dir, struct lw_why *why);

/* Called by any worker after each photograph. */
typedef void (*lw_photos_progress_fn)(size_t done, size_t total);

/* Find the face of each photograph (lw_facekit_portrait) and make its template. A picture that does
 * not decode is a fault: why names it, with the smallest index if there are several among the
 * first. threads 1..64; progress may be NULL. */
int lw_photos_extract(struct lw_photos *p, struct lw_facekit *kit, unsigned threads,
                      lw_photos_progress_fn progress, struct lw_why *why);

size_t lw_photos_missed(const struct lw_photos *p); /* how many have no template */

#endif
