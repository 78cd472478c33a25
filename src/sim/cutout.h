/* sim/cutout.h - a head cut out of a photograph, as a texture with soft edges.
 * Texture coordinates are metres on the head: u to the image's right, v down, (0, 0) the middle of
 * the face box; the face (forehead to chin) is LW_SIM_FACE_H high. */
#ifndef LW_SIM_CUTOUT_H
#define LW_SIM_CUTOUT_H

#include "sim/canvas.h"
#include "sim/people.h"

#define LW_SIM_FACE_H 0.185f /* metres, forehead to chin */
#define LW_SIM_FACE_W 0.135f /* ear to ear, as detectors draw it */
/* What the texture shows. */
#define LW_SIM_CUT_LEFT (-0.16f)
#define LW_SIM_CUT_RIGHT 0.16f
#define LW_SIM_CUT_TOP (-0.21f)
#define LW_SIM_CUT_BOTTOM 0.19f

struct lw_texel {
    float r, g, b, a; /* linear light, multiplied by a */
};
enum { LW_SIM_LEVELS = 6 };
struct lw_sim_cutout {
    int n_levels, width[LW_SIM_LEVELS], height[LW_SIM_LEVELS];
    struct lw_texel *level[LW_SIM_LEVELS]; /* each half of the one before */
    struct lw_rgbf skin, hair;             /* mean colours */
    float photo_yaw_deg;                   /* of the head in the photograph */
    float inter_eye_px;                    /* in the photograph: no more detail than that */
};

/* infrared: tones as a camera at 850 nm sees them (skin and cloth bright and even, no colour). */
int lw_sim_cutout_new(struct lw_sim_cutout **out, const struct lw_sim_photo *photo, bool infrared);
void lw_sim_cutout_free(struct lw_sim_cutout **c);

/* The texel at u, v from the level whose pixels are about step_m wide. */
struct lw_texel lw_sim_cutout_at(const struct lw_sim_cutout *c, float u, float v, int level);
int lw_sim_cutout_level(const struct lw_sim_cutout *c, float step_m);

#endif
