/* face/contrast.h - the light of a face seen through glass, set to that of a portrait.
 * What glass reflects is added to every pixel and tint and dusk scale them, so a face behind a
 * windshield has a high mean and little contrast. Mean and standard deviation of its luminance are
 * moved to fixed values before embedding; measured in docs/results/contrast.md. Pure. */
#ifndef LW_FACE_CONTRAST_H
#define LW_FACE_CONTRAST_H

#include "face/face.h"

struct lw_contrast_opts {
    float mean;     /* luminance wanted in the face, 0..255, default 120 */
    float sd;       /* its standard deviation, default 48 */
    float max_gain; /* contrast is raised at most by this factor, default 5 */
};
#define LW_CONTRAST_DEFAULTS ((struct lw_contrast_opts){.mean = 120, .sd = 48, .max_gain = 5})

/* A new picture, RGB8, of the size of src, in which the face (in pixels of src) has that light.
 * opts may be NULL. LW_EINVAL when eyes do not span a face. */
int lw_contrast_normalise(struct lw_image **out, const struct lw_image *src,
                          const struct lw_face *face, const struct lw_contrast_opts *opts);

#endif
