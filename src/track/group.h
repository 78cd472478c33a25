/* track/group.h - from the tracks of all cameras to occupants: which tracks are people in the
 * vehicle, which of them are views of one seat, and which seat it is.
 * Pure: recorded tracks replay it exactly. */
#ifndef LW_TRACK_GROUP_H
#define LW_TRACK_GROUP_H

#include "img/image.h"

enum lw_angle { LW_ANGLE_FRONT, LW_ANGLE_LEFT, LW_ANGLE_RIGHT, LW_ANGLE_BOOTH };

/* A box of a track in one frame. */
struct lw_track_step {
    int64_t frame, t_ns;
    struct lw_rect box;
    float score;
};

enum {
    LW_GROUP_TRACKS_MAX = 192,
    LW_GROUP_VIEW_MAX = 32, /* tracks of one camera that are looked at, the longest first */
    LW_GROUP_CAMERAS_MAX = 8,
    LW_GROUP_DOCUMENTS_MAX = 16,
    LW_GROUP_OCCUPANTS_MAX = 16
};

struct lw_group_track {
    int camera; /* index; tracks of one camera are different people when they share a frame */
    enum lw_angle angle;
    int width, height;     /* of the camera's frames */
    int64_t camera_frames; /* how many it gave */
    size_t n_steps;
    const struct lw_track_step *steps; /* by time; borrowed */
    float sure;                        /* mean detection score, 0..1 */
    float quality;                     /* >= 0: worth of its best shot, < 0 when it has none */
    float rating;                      /* 0..100: how well that should compare */
    size_t n_documents;
    float match[LW_GROUP_DOCUMENTS_MAX]; /* similarity minus threshold per document, NaN: none */
};

struct lw_group_result {
    int occupant_of[LW_GROUP_TRACKS_MAX]; /* index of the occupant, -1: a distractor or noise */
    size_t n_occupants;
    char seat[LW_GROUP_OCCUPANTS_MAX][4]; /* "1L", "" where geometry does not tell */
    int n_distractors;
};

/* tracks[0..n-1]; n at most LW_GROUP_TRACKS_MAX (LW_ELIMIT). */
int lw_group_tracks(struct lw_group_result *out, const struct lw_group_track *tracks, size_t n);

/* The documents say how many people to expect. Of more than those, people without a document who
 * were seen badly are taken for what else looks like a face: a head-rest, a pet, part of somebody
 * who is known already. The worst seen go first, to the distractors, until there are no more than
 * expected or nobody like that is left. expected 0: nothing is known, nobody goes. Returns how many
 * went. */
size_t lw_group_expect(struct lw_group_result *g, const struct lw_group_track *tracks, size_t n,
                       size_t expected);

#endif
