#include "sim/dirt.h"

#include <stdlib.h>

#include "sim/noise.h"

static const float CELL_M = 0.0025f;

int lw_sim_dirt_new(uint8_t **out, uint32_t seed)
{
    uint8_t *map = malloc((size_t)LW_SIM_DIRT * LW_SIM_DIRT);
    if (!map)
        return LW_ENOMEM;
    for (int y = 0; y < LW_SIM_DIRT; y++)
        for (int x = 0; x < LW_SIM_DIRT; x++) {
            const float u = (float)x * CELL_M, v = (float)y * CELL_M;
            const float smear = lw_sim_noise2(seed, u * 5.0f, v * 7.0f);
            const float speck = lw_sim_noise2(seed + 5, u * 210.0f, v * 210.0f);
            const float d = 0.14f * smear * smear + 0.35f * lw_smoothf(0.80f, 0.97f, speck);
            map[y * LW_SIM_DIRT + x] = (uint8_t)(510.0f * d);
        }
    *out = map;
    return LW_OK;
}

float lw_sim_dirt_at(const uint8_t *map, float u_m, float v_m)
{
    /* Shifted to positive numbers, so that cutting rounds down everywhere. */
    const int x = (int)(u_m / CELL_M + 65536.0f) & (LW_SIM_DIRT - 1);
    const int y = (int)(v_m / CELL_M + 65536.0f) & (LW_SIM_DIRT - 1);
    return (float)map[y * LW_SIM_DIRT + x] * (1.0f / 510.0f);
}
