#include "sim/preset.h"

#include <string.h>

/* name, sky, sun, light on seats, lamp, mirror, glare, dirt, gain, exposure error, infrared,
 * defocus, speed */
const struct lw_sim_condition lw_sim_conditions[LW_SIM_CONDITIONS] = {
    {"clear", 0.75f, 0, 0.34f, 0.10f, 0.25f, 0, 0.05f, 3, 0.1f, 0, 0.7f, 0.9f},
    {"day", 0.85f, 0.25f, 0.24f, 0.05f, 0.65f, 0.3f, 0.35f, 4, 0.25f, 0, 1, 1.3f},
    {"glare", 1.1f, 1, 0.2f, 0.03f, 1, 1.6f, 0.6f, 4, 0.4f, 0, 1, 1.3f},
    {"dusk", 0.16f, 0, 0.22f, 0.04f, 0.8f, 0.4f, 0.35f, 12, 0.35f, 0.15f, 1.3f, 1.2f},
    {"night", 0.004f, 0, 0.2f, 0.06f, 0.9f, 0.8f, 0.4f, 16, 0.35f, 0.5f, 1.5f, 1.1f},
    {"rear", 0.8f, 0.2f, 0.22f, 0.04f, 0.6f, 0.3f, 0.3f, 4, 0.25f, 0.1f, 1.1f, 1.4f},
};

/* What most lanes share; a preset says the rest. */
#define SHARED .impostor = 0.06f, .undeclared = 0.08f, .opted_out = 0.04f
#define FIVE_SEATS                                                                                 \
    SHARED, .people_min = 1, .people_max = 5, .three_rows = 0.15f, .one_row = 0.1f,                \
            .side_cameras = 0.5f, .frames_min = 12, .frames_max = 30, .distractor = 0.12f,         \
            .occlusion = 0.35f, .restless = 0.45f
#define MIXED                                                                                      \
    SHARED, .weight = {2, 5, 2, 2, 3, 3}, .people_min = 1, .people_max = 6, .three_rows = 0.25f,   \
            .one_row = 0.08f, .frames_min = 12, .frames_max = 30, .distractor = 0.15f,             \
            .occlusion = 0.4f, .restless = 0.5f

static const struct lw_sim_preset presets[] = {
    {.name = "sample",
     .about = "a few people in good light: for a first look and for smoke tests",
     .weight = {1},
     .people_min = 1,
     .people_max = 3,
     .frames_min = 10,
     .frames_max = 12,
     .restless = 0.2f},
    {.name = "day",
     .about = "overcast and sunny days, one to five people",
     .weight = {1, 3},
     FIVE_SEATS},
    {.name = "dusk",
     .about = "little light from the sky, more noise",
     .weight = {0, 0, 0, 1},
     FIVE_SEATS},
    {.name = "night",
     .about = "the lane's lamp or a near-infrared flash alone",
     .weight = {0, 0, 0, 0, 1},
     FIVE_SEATS},
    {.name = "glare",
     .about = "low sun, strong reflections and glare spots on dirty glass",
     .weight = {0, 0, 1},
     FIVE_SEATS},
    {.name = "rear",
     .about = "full vehicles, mostly with three rows and tinted rear glass",
     .weight = {0, 0, 0, 0, 0, 1},
     SHARED,
     .people_min = 4,
     .people_max = 7,
     .three_rows = 0.7f,
     .side_cameras = 0.5f,
     .frames_min = 14,
     .frames_max = 30,
     .distractor = 0.12f,
     .occlusion = 0.4f,
     .restless = 0.45f},
    {.name = "mixed",
     .about = "all conditions: what a lane sees in a year",
     MIXED,
     .side_cameras = 0.5f},
    {.name = "faults",
     .about = "as mixed, and in each vehicle a camera that is black, freezes, stops or is swapped",
     MIXED,
     .side_cameras = 1,
     .faults = 1},
};

const struct lw_sim_preset *lw_sim_preset_at(size_t i)
{
    return i < LW_COUNT(presets) ? &presets[i] : NULL;
}

const struct lw_sim_preset *lw_sim_preset_find(const char *name)
{
    for (size_t i = 0; i < LW_COUNT(presets); i++)
        if (strcmp(presets[i].name, name) == 0)
            return &presets[i];
    return NULL;
}
