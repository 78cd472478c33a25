/* sim/bundle.h - the folder of one crossing (docs/formats/crossing-bundle.md), truth included. */
#ifndef LW_SIM_BUNDLE_H
#define LW_SIM_BUNDLE_H

#include "base/rng.h"
#include "sim/film.h"

struct lw_sim_ident {
    size_t number; /* of the bundle in its set */
    const struct lw_sim_people *people;
    struct lw_rng rng;
};

/* Portraits d1.jpg ... and crossing.json into dir. */
int lw_sim_bundle_write(const struct lw_sim_scene *s, const struct lw_sim_film *f,
                        const struct lw_sim_ident *ident, const char *dir, struct lw_why *why);
/* scene.json beside it: cameras, vehicle, light and people as they were drawn (scene_json.c). */
int lw_sim_scene_write(const struct lw_sim_scene *s, const char *dir, struct lw_why *why);

#endif
