/* track/seats.h - which seat each face of one camera sits on, from geometry alone.
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

/* What is known from elsewhere of each seat, added to the cost of putting track k there; may be
 * NULL. Units: squared standard deviations; 0 neutral, positive: unlikely. */
typedef float (*lw_seat_hint_fn)(void *ctx, size_t track, int seat);

/* seat[k] for each of the n tracks, all of one camera and angle; LW_SEAT_NONE where none fits (a
 * distractor by geometry). Tracks that share a frame never share a seat. The booth view has no
 * layout: all LW_SEAT_NONE. */
int lw_seats_fit(const struct lw_group_track *const *tracks, size_t n, lw_seat_hint_fn hint,
                 void *ctx, int *seat);

/* Do two tracks of one camera share a frame? */
bool lw_tracks_overlap(const struct lw_group_track *a, const struct lw_group_track *b);

#endif
