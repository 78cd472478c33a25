/* sim/dirt.h - what lies on a window: a map of how much light it stops and scatters. */
#ifndef LW_SIM_DIRT_H
#define LW_SIM_DIRT_H

#include "base/base.h"

enum { LW_SIM_DIRT = 1024 }; /* cells on a side, a power of two; 2.5 mm each, then it repeats */

int lw_sim_dirt_new(uint8_t **out, uint32_t seed); /* LW_SIM_DIRT squared, yours (free) */
/* Share of the light, 0..0.5, at a place on the glass in metres. */
float lw_sim_dirt_at(const uint8_t *map, float u_m, float v_m);

#endif
