/* sim/preset.h - what a set of crossings is like: two tables, documented in docs/sim.md. */
#ifndef LW_SIM_PRESET_H
#define LW_SIM_PRESET_H

#include "base/base.h"

/* Light and weather of one crossing. Radiances: 1 is a white sheet under a bright sky. */
struct lw_sim_condition {
    const char *name;     /* truth.condition */
    float sky;            /* of the sky overhead */
    float sun;            /* of the direct sun; 0 where it is behind clouds or set */
    float cabin;          /* share of the sky's light that reaches the seats */
    float lamp;           /* light of the lane's lamp on the seats */
    float reflection;     /* of the glass, 1: as physics has it (a polariser or shade lowers it) */
    float glare;          /* mean number of glare spots on the windshield */
    float dirt;           /* 0 clean .. 1 */
    float gain_max;       /* largest brightening that the camera allows, 1 for a bright day */
    float exposure_error; /* sd of its exposure, in stops */
    float infrared;       /* probability of a near-infrared camera with its own flash */
    float defocus_px;     /* largest sigma of defocus, at 1920 pixels of width */
    float speed_mps;      /* fastest approach */
};

enum { LW_SIM_CONDITIONS = 6 };
extern const struct lw_sim_condition lw_sim_conditions[LW_SIM_CONDITIONS];

struct lw_sim_preset {
    const char *name, *about;
    float weight[LW_SIM_CONDITIONS]; /* how often each condition comes */
    int people_min, people_max;      /* in a vehicle */
    float three_rows;                /* probability of a vehicle with a third row */
    float one_row;                   /* of the others: of one with a single row of three seats */
    float side_cameras;              /* probability that both side cameras are there */
    int frames_min, frames_max;
    float impostor;   /* per occupant: the document presented is another person's */
    float undeclared; /* per vehicle: an occupant without a document */
    float opted_out;  /* per document */
    float distractor; /* per vehicle: each kind */
    float occlusion;  /* 0..1: how often hands, phones, visors and leaning hide faces */
    float restless;   /* 0..1: how much heads turn */
    float faults;     /* probability that one camera of a vehicle fails */
};

/* NULL: no such preset. */
const struct lw_sim_preset *lw_sim_preset_find(const char *name);
/* Borrowed; NULL past the last. */
const struct lw_sim_preset *lw_sim_preset_at(size_t i);

#endif
