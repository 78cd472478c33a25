/* face/landmarks.h - 68 points of a face (300-W order: jaw 0-16, brows 17-26, nose 27-35, eyes
 * 36-47, mouth 48-67). Shared: several threads may call it on one landmarker. */
#ifndef LW_FACE_LANDMARKS_H
#define LW_FACE_LANDMARKS_H

#include "face/face.h"

struct lw_landmarker;
struct lw_nn_opts;

int lw_landmarker_new(struct lw_landmarker **out, const char *cards_dir, const char *models_dir,
                      const struct lw_nn_opts *nn, struct lw_why *why);
void lw_landmarker_free(struct lw_landmarker **l);

/* Points in image pixels for the detector's box. */
int lw_landmarks_find(struct lw_landmarker *l, const struct lw_image *image,
                      const struct lw_rect *box, struct lw_point points[LW_LANDMARKS],
                      struct lw_why *why);

/* Do the points lie as in a face seen from less than a profile: eyes apart, nose and mouth below?
 * The detector's false alarms mostly fail here. */
bool lw_landmarks_plausible(const struct lw_point points[LW_LANDMARKS], const struct lw_rect *box);

#endif
