/* face/cover.h - how much of a face does not look like the rest of it: a visor, a head-rest, a
 * pillar, a hand with a phone, another head before it. Pure function. */
#ifndef LW_FACE_COVER_H
#define LW_FACE_COVER_H

#include "face/face.h"

/* Share of the face's blocks whose tone differs from the face's own, 0..1; -1: could not assess.
 * Hair, beards and hard shadows count a little, too. LW_ENOMEM; LW_EINVAL when the landmarks do not
 * make a face. */
int lw_cover_measure(double *share, const struct lw_image *image,
                     const struct lw_point landmarks[LW_LANDMARKS]);

#endif
