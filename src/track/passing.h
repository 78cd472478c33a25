/* track/passing.h - how the faces of a camera move while the vehicle drives ahead, and which view
 * that is. Before a camera on its left a vehicle passes to the image's left, before one on its
 * right to the right: seen in 59 of 60 side views of development crossings. Before the windshield
 * camera faces grow and hardly pass. Pure. */
#ifndef LW_TRACK_PASSING_H
#define LW_TRACK_PASSING_H

#include "track/group.h"

/* Medians over the tracks of one camera that are long enough. */
struct lw_passing {
    size_t n;     /* of those tracks; 0: nothing is known */
    float speed;  /* head heights a second, > 0 to the image's right */
    float growth; /* of the logarithm of the height, a second */
    bool steady;  /* most of them pass all the time by about the same, as nobody moves in a seat */
};
void lw_passing_measure(struct lw_passing *out, const struct lw_group_track *tracks, size_t n,
                        int camera);

/* The view that camera i of n has, `expected` where that is not clear: expected[k] and seen[k] are
 * of camera k. A side view in the windshield's place shows by itself; a windshield view in a side
 * camera's place only where another camera tells that the vehicle moves. */
enum lw_angle lw_passing_angle(const struct lw_passing *seen, const enum lw_angle *expected,
                               size_t n, size_t i);

#endif
