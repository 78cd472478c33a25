/* track/seats.h - on which seats the faces of one camera can sit, from geometry alone.
 * Pure. The layouts are pinhole views of an ordinary car in units of a head's height (0.21 m):
 * rows 4 heads apart, front seats 3.4 heads apart, rear seats 2.5; camera about 14 heads in front
 * of the first row, or beside the car. Only relations between faces are used, so the car's place
 * in the lane and the focal length do not matter. */
#ifndef LW_TRACK_SEATS_H
#define LW_TRACK_SEATS_H

#include "track/group.h"

enum { LW_SEATS = 9, LW_SEAT_NONE = -1 };
extern const char lw_seat_name[LW_SEATS][4]; /* 1L 1C 1R 2L ... 3R */
int lw_seat_of_name(const char *name);       /* index, LW_SEAT_NONE */

/* One way in which the faces of a camera can sit: an anchor track on a seat, and what it then costs
 * to put each track on each seat, in squared standard deviations. */
struct lw_seat_hypothesis {
    float total; /* cost on its own: every track on the best seat left for it, or none */
    float base;  /* of the anchor: how likely the car stands there */
    float cost[LW_GROUP_VIEW_MAX][LW_SEATS];
};

extern const float lw_seat_outlier; /* cost at which a face fits no seat */

/* Up to max hypotheses, the cheapest first, each seating the faces differently. tracks[0..n-1] are
 * of one camera, n at most LW_GROUP_VIEW_MAX (LW_ELIMIT). Returns the count; 0 for no tracks and
 * for the booth view, which has no layout. */
int lw_seats_fit(const struct lw_group_track *const *tracks, size_t n,
                 struct lw_seat_hypothesis *out, size_t max);

/* Do two tracks of one camera share a frame? */
bool lw_tracks_overlap(const struct lw_group_track *a, const struct lw_group_track *b);

#endif
