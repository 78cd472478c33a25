#include "app/steps.h"

#include <string.h>

#define AT(step) offsetof(struct lw_steps_off, step)

const struct lw_step lw_steps[LW_STEPS] = {
    {"contrast", "faces are embedded in the light they were seen in", AT(contrast)},
    {"fusion", "the best shot alone speaks for an occupant", AT(fusion)},
    {"weighting", "all fused shots weigh the same", AT(weighting)},
    {"cameras", "the windshield camera alone", AT(cameras)},
    {"linking", "tracks fall together by geometry alone, not by the document they match",
     AT(linking)},
    {"closer-look", "large boxes are believed without a second look", AT(closer_look)},
    {"reduced-scale", "the detector reads whole frames at native resolution", AT(reduced_scale)},
    {"equalise", "the detector sees frames in the light they were taken in", AT(equalise)},
    {"rear", "the rear rows are seen at the scale of the whole frame alone", AT(rear)},
    {"split", "a track stays one track, whoever's face it shows", AT(split)},
    {"rejoin", "tracks of one face, one after the other, stay several", AT(rejoin)},
    {"motion", "frames in which nothing moved are looked at all the same", AT(motion)},
    {"cabin", "whole pictures are looked at, whatever was learnt of the cabin", AT(cabin)},
    {"rest", "looking goes on as before when all are verified", AT(rest)},
};

int lw_step_find(struct lw_span name)
{
    for (int i = 0; i < LW_STEPS; i++)
        if (strlen(lw_steps[i].name) == name.n && memcmp(lw_steps[i].name, name.data, name.n) == 0)
            return i;
    return LW_ENOTFOUND;
}

struct lw_steps_off lw_steps_without(size_t step)
{
    struct lw_steps_off off = {0};
    *(bool *)((char *)&off + lw_steps[step].at) = true;
    return off;
}
