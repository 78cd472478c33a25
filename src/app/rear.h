/* app/rear.h - a second look for the rear rows: between and above the heads that were found, at a
 * scale at which heads further back have the size that the detector knows best. Pure but for the
 * detector. */
#ifndef LW_APP_REAR_H
#define LW_APP_REAR_H

#include "face/detector.h"
#include "track/tracker.h"

struct lw_rear_window {
    struct lw_rect region; /* of the frame, pixels */
    float scale;           /* at which to look at it, <= 1 */
};

/* Where rear heads can be in a windshield view, seen from the tracks that live at t_ns. false:
 * nowhere, or heads there are large enough for a pass at `scale` already. */
bool lw_rear_window(struct lw_rear_window *out, const struct lw_track *tracks, size_t n,
                    int64_t t_ns, int width, int height, float scale);

/* Faces there, in frame pixels; *found is yours (free). Returns the count. */
int lw_rear_look(struct lw_detector *d, const struct lw_image *frame,
                 const struct lw_rear_window *window, bool equalise, float threshold,
                 struct lw_detection **found, struct lw_why *why);

#endif
