/* track/glance.h - a cheap look at every frame of one camera: has anything moved since a frame was
 * last looked at closely, and does the camera see at all? Half a millisecond a frame.
 * Pure: the answers depend on the frames and their times alone. One owner, no locks.
 *
 * Small blocks of a decimated luma are compared, not whole pictures: a face that turns changes a
 * few blocks by much and the mean of the picture by nothing. The comparison is with the last frame
 * that was looked at, so that what moves slowly adds up. */
#ifndef LW_TRACK_GLANCE_H
#define LW_TRACK_GLANCE_H

#include "img/image.h"

struct lw_glance_opts {
    float change;        /* levels of 255 by which a block must change, 0.5..64, default 2.5 */
    float noise_factor;  /* and this many standard deviations of the noise, default 7 */
    int looks;           /* unchanged frames that are looked at all the same, default 5 */
    int64_t max_rest_ns; /* then one is looked at at least this often, default 1 s */
};
#define LW_GLANCE_DEFAULTS                                                                         \
    ((struct lw_glance_opts){.change = 2.5f, .noise_factor = 7, .looks = 5, .max_rest_ns = LW_SEC})

struct lw_glance;
/* opts may be NULL for the defaults; LW_EINVAL when out of range. */
int lw_glance_new(struct lw_glance **out, const struct lw_glance_opts *opts);
void lw_glance_free(struct lw_glance **g);

/* 1: this frame is to be looked at; 0: it shows what the last one did. All frames of a source must
 * be handed in, RGB8, of one size (LW_EINVAL), times growing. LW_ENOMEM. */
int lw_glance_take(struct lw_glance *g, const struct lw_image *image, int64_t frame, int64_t t_ns);

/* What the camera gave so far. */
struct lw_camera_health {
    int64_t frames, looked_at;
    int64_t black; /* frames without light, three or more in a row */
    int64_t blank; /* of one even tone that are not black, likewise: covered, fogged, flooded */
    /* The longest run of one and the same picture that began in full motion, as no vehicle comes to
     * stand, or is all that the camera gave; -1: none. */
    int64_t frozen_from, frozen_to; /* its first and last frame */
    int64_t frozen_ns;              /* how long it lasted */
};
void lw_glance_health(const struct lw_glance *g, struct lw_camera_health *out);

/* Words for what is wrong with the camera, "" for nothing. Returns the length. */
enum { LW_HEALTH_TEXT = 96 };
int lw_health_print(char out[LW_HEALTH_TEXT], const struct lw_camera_health *h);

#endif
