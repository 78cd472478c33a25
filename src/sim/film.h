/* sim/film.h - films a scene: one video per camera, and the truth of each of its frames. */
#ifndef LW_SIM_FILM_H
#define LW_SIM_FILM_H

#include "sim/stage.h"

struct lw_sim_film {
    size_t n_views;
    int frames;
    struct lw_sim_frame_truth *truth[LW_SIM_VIEWS]; /* frames each */
};

struct lw_sim_set {
    const char *dir;    /* of the bundle */
    bool (*stop)(void); /* asked before each frame; NULL: never */
};
/* Writes DIR/<view id>.mp4. One frame is in memory at a time. LW_EAGAIN when it was stopped. */
int lw_sim_film_shoot(struct lw_sim_film **out, const struct lw_sim_scene *s,
                      const struct lw_sim_set *set, struct lw_why *why);
void lw_sim_film_free(struct lw_sim_film **f);

#endif
