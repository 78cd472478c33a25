/* track/tracker.h - joins the faces of one camera over time.
 * Pure: the answer depends on the sightings and their times alone, so recorded box lists replay it
 * exactly. One owner, no locks. */
#ifndef LW_TRACK_TRACKER_H
#define LW_TRACK_TRACKER_H

#include "img/image.h"

struct lw_tracker;

/* One face as the detector saw it. */
struct lw_sighting {
    struct lw_rect box; /* frame pixels */
    float score;        /* 0..1 */
};

struct lw_tracker_opts {
    float start_score;  /* a sighting this sure may begin a track, default 0.6 */
    float join_score;   /* a less sure one may only continue a track, default 0.35 */
    float min_iou;      /* of the predicted and the seen box, first round, default 0.25 */
    float max_shift;    /* third round: centre moved at most this many box widths, default 0.9 */
    float max_resize;   /* height changes at most by this factor a step, default 1.3 */
    float min_covered;  /* last round: this share of the smaller box lies on the other, up to twice
                           their sizes, > 0, above 1 switches the round off, default 0.7 */
    int64_t max_gap_ns; /* a track unseen for longer has ended, default 1.5 s */
};
#define LW_TRACKER_DEFAULTS                                                                        \
    ((struct lw_tracker_opts){.start_score = 0.6f,                                                 \
                              .join_score = 0.35f,                                                 \
                              .min_iou = 0.25f,                                                    \
                              .max_shift = 0.9f,                                                   \
                              .max_resize = 1.3f,                                                  \
                              .min_covered = 0.7f,                                                 \
                              .max_gap_ns = 1500 * LW_MS})

enum { LW_TRACKS_MAX = 256, LW_SIGHTINGS_MAX = 64 };

struct lw_track {
    int id; /* 0..LW_TRACKS_MAX-1; equals the index in the list */
    int64_t first_ns, last_ns;
    int64_t first_frame, last_frame;
    int n_seen;           /* frames with a sighting */
    float score_sum;      /* of those sightings */
    struct lw_rect box;   /* last seen */
    float vx, vy, vlog_h; /* pixels and log height per second, smoothed */
    bool ended;
};

/* opts may be NULL for the defaults; LW_EINVAL when out of range. */
int lw_tracker_new(struct lw_tracker **out, const struct lw_tracker_opts *opts);
void lw_tracker_free(struct lw_tracker **t);

/* Take the sightings of one frame. track_of[i] becomes the track of sightings[i], -1 for none (too
 * unsure to begin one, or LW_TRACKS_MAX live). After LW_TRACKS_MAX tracks a new one takes the
 * place, and the id, of the one that ended first. Two sightings of one frame never share a track.
 * Frames and times must grow (LW_EINVAL, nothing taken); n at most LW_SIGHTINGS_MAX (LW_ELIMIT). */
int lw_tracker_step(struct lw_tracker *t, int64_t frame, int64_t t_ns,
                    const struct lw_sighting *sightings, size_t n, int *track_of);

/* Where a living track should be at t_ns. */
struct lw_rect lw_track_predict(const struct lw_track *track, int64_t t_ns);

/* All tracks, ended ones too unless their place was taken; borrowed until the next step. Returns
 * the count. */
size_t lw_tracker_peek(const struct lw_tracker *t, const struct lw_track **tracks);

#endif
