/* sim/world.h - what stands around the lane: sky, clouds, trees, buildings, the ground, lamps.
 * The background of a camera is painted once; reflections in glass look it up in a small map. */
#ifndef LW_SIM_WORLD_H
#define LW_SIM_WORLD_H

#include "sim/canvas.h"
#include "sim/preset.h"

enum { LW_SIM_MAP = 384 };
struct lw_sim_world {
    uint32_t seed;
    float sky, sun;
    struct lw_vec3 sun_from;
    bool night, infrared;
    struct lw_rgbf *map; /* LW_SIM_MAP squared: directions above the horizon, paraboloid */
};

int lw_sim_world_new(struct lw_sim_world **out, uint32_t seed, const struct lw_sim_condition *c,
                     bool infrared);
void lw_sim_world_free(struct lw_sim_world **w);

/* Radiance from a direction, ground included. */
struct lw_rgbf lw_sim_world_at(const struct lw_sim_world *w, struct lw_vec3 direction);
/* The same from the map; directions below the horizon give the ground's mean. */
struct lw_rgbf lw_sim_world_reflection(const struct lw_sim_world *w, struct lw_vec3 direction);
void lw_sim_world_paint(const struct lw_sim_world *w, struct lw_canvas *c,
                        const struct lw_sim_camera *cam);

#endif
