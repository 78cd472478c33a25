/* app/watch.h - one camera's passage: frames in, tracks with their best shots out.
 * One owner: the thread that feeds the frames. The kit behind it is shared. */
#ifndef LW_APP_WATCH_H
#define LW_APP_WATCH_H

#include "face/kit.h"
#include "track/group.h"
#include "track/tracker.h"

enum { LW_WATCH_SHOTS = 6, LW_WATCH_SCALES = 3 };

/* A kept face crop. */
struct lw_watch_shot {
    int64_t frame, t_ns;
    struct lw_face face;      /* in pixels of the whole frame */
    struct lw_image *crop;    /* the face with a margin */
    float crop_x, crop_y;     /* where the crop lies in the frame */
    float worth;              /* >= 0: what it is kept and weighted by */
    struct lw_template *tmpl; /* NULL until embedded */
};

struct lw_watch_track {
    struct lw_track track;
    size_t n_steps;
    struct lw_track_step *steps; /* every frame in which it was seen, by time */
    size_t n_shots;
    struct lw_watch_shot shots[LW_WATCH_SHOTS]; /* best first */
};

struct lw_watch_opts {
    size_t n_scales;              /* passes over every frame, 1..LW_WATCH_SCALES, default 1 */
    float scale[LW_WATCH_SCALES]; /* of each, 0.1..1, default 0.42 */
    float crop_margin;            /* around the box, share of its height, default 0.5 */
    bool closer_look;             /* large boxes are looked at twice, default true */
    struct lw_tracker_opts tracker;
};
#define LW_WATCH_DEFAULTS                                                                          \
    ((struct lw_watch_opts){.n_scales = 1,                                                         \
                            .scale = {0.42f},                                                      \
                            .crop_margin = 0.5f,                                                   \
                            .closer_look = true,                                                   \
                            .tracker = LW_TRACKER_DEFAULTS})

struct lw_watch;
int lw_watch_new(struct lw_watch **out, struct lw_facekit *kit, const struct lw_watch_opts *opts);
void lw_watch_free(struct lw_watch **w);

/* Look at one frame; frames and times must grow. */
int lw_watch_frame(struct lw_watch *w, const struct lw_image *image, int64_t frame, int64_t t_ns,
                   struct lw_why *why);

/* Tracks so far, borrowed until the next frame; the caller may embed their shots in place. */
size_t lw_watch_tracks(struct lw_watch *w, struct lw_watch_track **tracks);

/* What a shot is kept by: sure detections of large faces compare best; eyes closer than the 20 px
 * that every validation requirement asks for come last. */
float lw_watch_worth(float score, float inter_eye_px);
/* Cut the face out of its picture, with a margin of that share of its height. */
int lw_watch_cut(struct lw_watch_shot *shot, const struct lw_image *image, float margin);

/* Template of a shot, made at the first call; even_light: of the face in a portrait's light. */
int lw_watch_embed(struct lw_facekit *kit, struct lw_watch_shot *shot, bool even_light,
                   struct lw_why *why);

#endif
