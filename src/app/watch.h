/* app/watch.h - one camera's passage: frames in, tracks with their best shots out.
 * The best shot of each short span of a track is embedded as soon as the span is over, so that
 * little is left to do when the last frame has come, and shots of different moments speak.
 * One owner: the thread that feeds the frames. The kit behind it is shared. */
#ifndef LW_APP_WATCH_H
#define LW_APP_WATCH_H

#include "app/shot.h"
#include "track/glance.h"
#include "track/group.h"
#include "track/tracker.h"

enum { LW_WATCH_SHOTS = 12, LW_WATCH_PICTURES = 5 };

struct lw_watch_track {
    size_t n_steps;              /* 0: it went into another one */
    struct lw_track_step *steps; /* every frame in which it was seen, by time */
    float score_sum;             /* of those */
    size_t n_shots;
    /* Embedded, the one that counts most first; only the first LW_WATCH_PICTURES have a crop. */
    struct lw_shot shots[LW_WATCH_SHOTS];
    bool known;             /* the caller's word: verified beyond doubt, few more shots will do */
    bool waits;             /* pending is filled */
    struct lw_shot pending; /* best of the present span, not yet embedded */
    int64_t span_ns;        /* when that began */
};

struct lw_watch_opts {
    float scale;       /* of the frame that the detector looks at, 0.1..1, default 0.4148 */
    int least_side;    /* longer side of that frame, where the camera gives as much, default 480 */
    float crop_margin; /* around the box, share of its height, default 0.5 */
    bool equalise;     /* raise local contrast before detection, default true */
    bool contrast;     /* set the light of a face to a portrait's before embedding, default true */
    bool closer_look;  /* doubt boxes too large for a cabin, default true */
    bool rear;         /* a windshield view: look again, closer, where rear heads may be
                          (app/rear.h), default false */
    bool split;        /* a track whose face becomes another is two, default true */
    bool rejoin;       /* tracks of one face, one after the other, are one, default true */
    struct lw_rect cabin; /* where faces are looked for, shares of the picture, default all */
    int whole_every;      /* each so many-th look is at all of it even so, default 0: none */
    bool motion;          /* frames in which nothing moved are passed over, default true */
    struct lw_tracker_opts tracker;
    struct lw_glance_opts glance;
};
#define LW_WATCH_DEFAULTS                                                                          \
    ((struct lw_watch_opts){.scale = 0.4148f,                                                      \
                            .least_side = 480,                                                     \
                            .crop_margin = 0.5f,                                                   \
                            .equalise = true,                                                      \
                            .contrast = true,                                                      \
                            .closer_look = true,                                                   \
                            .split = true,                                                         \
                            .rejoin = true,                                                        \
                            .cabin = {0, 0, 1, 1},                                                 \
                            .motion = true,                                                        \
                            .tracker = LW_TRACKER_DEFAULTS,                                        \
                            .glance = LW_GLANCE_DEFAULTS})

struct lw_watch;
/* opts may be NULL for the defaults; LW_EINVAL when out of range. */
int lw_watch_new(struct lw_watch **out, struct lw_facekit *kit, const struct lw_watch_opts *opts);
void lw_watch_free(struct lw_watch **w);

/* Look at one frame; frames and times must grow. */
int lw_watch_frame(struct lw_watch *w, const struct lw_image *image, int64_t frame, int64_t t_ns,
                   struct lw_why *why);

/* Everybody is known: look five times a second only, and embed no more of tracks that have a shot.
 * A face that comes now still begins a track, and is embedded. */
void lw_watch_rest(struct lw_watch *w, bool rest);

/* Embed what still waits, at the end or whenever an answer is wanted. */
int lw_watch_settle(struct lw_watch *w, struct lw_why *why);

/* Tracks so far, borrowed until the next frame. */
size_t lw_watch_tracks(struct lw_watch *w, struct lw_watch_track *const **tracks);

/* Frames in which it was followed: seen, or passed over between two sightings no further apart than
 * a track lives (the head was turned away or hidden, or the detector rested), or after the last one
 * while nothing moved. */
int lw_watch_followed(const struct lw_watch *w, const struct lw_watch_track *k);

/* Whether the camera sees at all; of all frames, looked at or not. */
void lw_watch_health(const struct lw_watch *w, struct lw_camera_health *out);

struct lw_watch_counts {
    int64_t looked; /* frames that the detector saw */
    int64_t embed_ns;
    int embedded; /* shots */
};
struct lw_watch_counts lw_watch_count(const struct lw_watch *w);

#endif
