/* track/passing.h - which way the faces of a side camera pass. A vehicle that drives ahead passes
 * to the image's left before a camera on its left, to the right before one on its right: seen in 59
 * of 60 side views of development crossings. Pure. */
#ifndef LW_TRACK_PASSING_H
#define LW_TRACK_PASSING_H

#include "track/group.h"

/* Median over the camera's tracks, in head heights a second, > 0 to the image's right; NaN when no
 * track is long enough. */
float lw_passing_speed(const struct lw_group_track *tracks, size_t n, int camera);

/* The side camera whose vehicle passes that way, or `expected` where that is not clear. */
enum lw_angle lw_passing_angle(const struct lw_group_track *tracks, size_t n, int camera,
                               enum lw_angle expected);

#endif
