/* app/steps.h - steps of the capture chain that an evaluation leaves out, one at a time, to see
 * what each is worth. */
#ifndef LW_APP_STEPS_H
#define LW_APP_STEPS_H

#include "base/base.h"

/* true: left out. {0}: the whole chain, as the program works. */
struct lw_steps_off {
    bool contrast;      /* faces are embedded in the light they were seen in */
    bool fusion;        /* the best shot alone speaks for an occupant, and for a track */
    bool weighting;     /* all fused shots weigh the same */
    bool cameras;       /* the windshield camera alone, where there is one */
    bool linking;       /* tracks fall together by geometry, not by the document they match */
    bool closer_look;   /* large boxes are believed without a second look */
    bool reduced_scale; /* the detector reads whole frames at native resolution */
    bool equalise;      /* the detector reads frames in the light they were taken in */
    bool rear;          /* the rear rows are seen at the scale of the whole frame alone */
    bool split;         /* a track stays one, whoever's face it shows */
    bool rejoin;        /* tracks of one face, one after the other, stay several */
    bool motion;        /* frames in which nothing moved are looked at all the same */
    bool cabin;         /* whole pictures are looked at, whatever is known of the cabin */
    bool rest;          /* frames are looked at, faces embedded, when all are verified already */
};

enum { LW_STEPS = 14 };
struct lw_step {
    const char *name;  /* "closer-look": on the command line, in summary.json with _ */
    const char *about; /* what is left out, one phrase */
    size_t at;         /* of its bool in struct lw_steps_off */
};
extern const struct lw_step lw_steps[LW_STEPS];

/* Index in lw_steps, or LW_ENOTFOUND. */
int lw_step_find(struct lw_span name);
struct lw_steps_off lw_steps_without(size_t step); /* that one left out */

#endif
