/* sim/script.h - for the files that write a scene: the streams of random numbers, the cast. */
#ifndef LW_SIM_SCRIPT_H
#define LW_SIM_SCRIPT_H

#include "base/rng.h"
#include "sim/scene.h"

/* Each part draws from its own stream, so that a change in one does not reshuffle the others. */
enum lw_sim_part {
    LW_PART_LIGHT = 1,
    LW_PART_CAST,
    LW_PART_VEHICLE,
    LW_PART_SEATS,
    LW_PART_PAPERS,
    LW_PART_CAMERAS,
    LW_PART_DISTRACT,
    LW_PART_DESK,
    LW_PART_FAULTS,
    LW_PART_PEOPLE = 100 /* and on: one each */
};

struct lw_sim_script {
    struct lw_sim_scene *scene;
    const struct lw_sim_preset *preset;
    const struct lw_sim_cast *cast;
    struct lw_sim_frame_size size;
    struct lw_rng root, casting;
    size_t *order; /* people, shuffled */
    size_t next;   /* first one not used */
};

static inline bool lw_sim_chance(struct lw_rng *r, float p)
{
    return lw_rng_unit(r) < (double)p;
}
static inline float lw_sim_range(struct lw_rng *r, float a, float b)
{
    return (float)lw_rng_range(r, (double)a, (double)b);
}
/* Normal, cut off at +-most. */
static inline float lw_sim_gauss(struct lw_rng *r, float sd, float most)
{
    return lw_clampf(sd * (float)lw_rng_gauss(r), -most, most);
}

/* --- casting.c --- */
/* A person with the two pictures of them that a crossing needs. */
struct lw_sim_role {
    size_t person;
    struct lw_image *portrait;
    struct lw_sim_cutout *cut;
};
int lw_sim_shuffle(struct lw_sim_script *p);
/* The next person with a usable photograph. 1, or 0 when there is none left. */
int lw_sim_next_role(struct lw_sim_script *p, struct lw_sim_role *out);
void lw_sim_role_clear(struct lw_sim_role *r);

/* --- seating.c --- */
/* Occupants, their papers, and how they hold themselves. */
int lw_sim_seat_people(struct lw_sim_script *p, struct lw_why *why);

#endif
