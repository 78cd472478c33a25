/* sim/noise.h - value noise, the same for the same place and seed. */
#ifndef LW_SIM_NOISE_H
#define LW_SIM_NOISE_H

#include "sim/vec.h"

float lw_sim_noise2(uint32_t seed, float x, float y); /* 0..1, cells of side 1 */
/* Sum of octaves, each of half the size and half the weight; 0..1. */
float lw_sim_fbm2(uint32_t seed, float x, float y, int octaves);
float lw_sim_hash(uint32_t seed, int32_t x, int32_t y); /* 0..1 */

#endif
