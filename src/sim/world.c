#include "sim/world.h"

#include <stdlib.h>
#include <string.h>

#include "sim/noise.h"

static const float PI = 3.14159265f;

static struct lw_rgbf grey(float v)
{
    return (struct lw_rgbf){v, v, v};
}

static struct lw_rgbf sky_at(const struct lw_sim_world *w, struct lw_vec3 d)
{
    const float up = lw_maxf(d.z, 0.0f);
    const struct lw_rgbf zenith = {0.42f, 0.60f, 0.95f}, horizon = {0.95f, 0.97f, 1.0f};
    const struct lw_rgbf blue = lw_rgbf_mix(horizon, zenith, lw_smoothf(0.0f, 0.7f, up));
    const float s = 1.0f / (0.25f + up);
    const float cloud = lw_sim_fbm2(w->seed, d.x * s * 1.6f, d.y * s * 1.6f, 5);
    struct lw_rgbf c = lw_rgbf_mix(blue, grey(1.05f), lw_smoothf(0.42f, 0.62f, cloud));
    c = lw_rgbf_scale(c, w->sky * (0.8f + 0.4f * cloud));
    const float toward = lw_v3_dot(d, w->sun_from);
    if (w->sun > 0 && toward > 0) {
        const float halo = powf(toward, 24.0f), disc = lw_smoothf(0.9985f, 0.9995f, toward);
        const float k = w->sun * (0.9f * halo + 40.0f * disc);
        c = (struct lw_rgbf){c.r + k, c.g + 0.92f * k, c.b + 0.8f * k};
    }
    return c;
}

/* Height of trees and roofs over the horizon, as the sine of the elevation. */
static float tree_line(const struct lw_sim_world *w, float azimuth)
{
    const float t = azimuth * 6.0f;
    return 0.03f + 0.10f * lw_sim_fbm2(w->seed + 7, t, 0.5f, 5) +
           0.05f * lw_smoothf(0.45f, 0.7f, lw_sim_noise2(w->seed + 8, t * 0.4f, 2.5f));
}

/* Blocks along the horizon; the height is 0 where there is none. */
static float building(const struct lw_sim_world *w, float azimuth, float *tone, float *across)
{
    const float t = (azimuth + PI) * 5.0f, cell = floorf(t);
    const float present = lw_sim_hash(w->seed + 21, (int32_t)cell, 0);
    const float width = 0.35f + 0.5f * lw_sim_hash(w->seed + 22, (int32_t)cell, 0);
    *across = (t - cell - 0.5f) / width;
    *tone = 0.18f + 0.4f * lw_sim_hash(w->seed + 23, (int32_t)cell, 0);
    if (present < 0.55f || fabsf(*across) > 0.5f)
        return 0;
    return 0.10f + 0.22f * lw_sim_hash(w->seed + 24, (int32_t)cell, 0);
}

static struct lw_rgbf building_at(const struct lw_sim_world *w, float up, float across, float tone,
                                  float cell)
{
    const float fx = across * 7.0f, fy = up * 36.0f;
    const bool window = fx - floorf(fx) > 0.35f && fy - floorf(fy) > 0.45f;
    const float lit = lw_sim_hash(w->seed + 31, (int32_t)floorf(fx) + (int32_t)(cell * 977.0f),
                                  (int32_t)floorf(fy));
    if (window && w->night)
        return lit > 0.6f ? (struct lw_rgbf){0.05f, 0.04f, 0.022f} : grey(0.0008f);
    const float v = w->sky * (window ? 0.12f : 0.55f * tone);
    return (struct lw_rgbf){v * 1.02f, v, v * 0.95f};
}

/* Tubes under the canopy of the lane and posts along the road: bright, small, above. */
static float lamps_at(struct lw_vec3 d)
{
    if (d.z < 0.15f)
        return 0;
    const float x = d.x / d.z, y = d.y / d.z; /* on a ceiling one unit up */
    const float row = x * 0.7f - floorf(x * 0.7f);
    const bool tube = fabsf(row - 0.5f) < 0.035f && fabsf(fabsf(y) - 0.8f) < 0.35f;
    return tube && fabsf(x) < 5.0f ? 1.0f : 0.0f;
}

/* Branches, girders, a canopy: dark patches with sharp rims high above, whose mirror images lie on
 * the windshield. Open sky in some places. */
static float overhead(const struct lw_sim_world *w, struct lw_vec3 d)
{
    if (lw_sim_hash(w->seed, 5, 1) < 0.35f)
        return 0;
    const float s = 1.0f / (0.35f + d.z);
    const float n = lw_sim_fbm2(w->seed + 13, d.x * s * 2.5f, d.y * s * 2.5f, 4);
    return lw_smoothf(0.52f, 0.56f, n);
}

static struct lw_rgbf ground_at(const struct lw_sim_world *w, struct lw_vec3 d)
{
    const float v = w->sky * 0.20f + (w->night ? 0.004f : 0);
    const float t = 1.0f / lw_maxf(-d.z, 1e-3f);
    const float far = lw_smoothf(8.0f, 40.0f, t);
    return lw_rgbf_scale((struct lw_rgbf){0.98f, 0.99f, 1.0f}, v * (0.9f + 0.3f * far));
}

struct lw_rgbf lw_sim_world_at(const struct lw_sim_world *w, struct lw_vec3 d)
{
    if (d.z < 0)
        return ground_at(w, d);
    const float azimuth = atan2f(d.y, d.x);
    float tone, across;
    const float roof = building(w, azimuth, &tone, &across);
    if (d.z < roof)
        return building_at(w, d.z, across, tone, tone);
    if (d.z < tree_line(w, azimuth)) {
        const float leaf = lw_sim_fbm2(w->seed + 9, azimuth * 60.0f, d.z * 60.0f, 4);
        return lw_rgbf_scale((struct lw_rgbf){0.55f, 0.8f, 0.32f},
                             w->sky * (0.02f + 0.22f * leaf * leaf));
    }
    const struct lw_rgbf leaf = {0.05f * w->sky, 0.07f * w->sky, 0.04f * w->sky};
    const struct lw_rgbf c = lw_rgbf_mix(sky_at(w, d), leaf, overhead(w, d));
    const float lamp = lamps_at(d) * (w->night ? 0.9f : 0.35f * w->sky);
    return (struct lw_rgbf){c.r + lamp, c.g + 0.96f * lamp, c.b + 0.86f * lamp};
}

/* Paraboloid map: (x, y) / (1 + z) is inside the unit circle for all directions above ground. */
static void fill_map(struct lw_sim_world *w)
{
    for (int iy = 0; iy < LW_SIM_MAP; iy++)
        for (int ix = 0; ix < LW_SIM_MAP; ix++) {
            const float s = 2.0f / (LW_SIM_MAP - 1);
            const float x = (float)ix * s - 1.0f, y = (float)iy * s - 1.0f;
            const float q = lw_minf(x * x + y * y, 1.0f), k = 2.0f / (1.0f + q);
            const struct lw_vec3 d = lw_v3_unit(lw_v3(x * k, y * k, lw_maxf(k - 1.0f, 0.001f)));
            struct lw_rgbf c = lw_sim_world_at(w, d);
            const float most =
                6.0f; /* a mirror image of the sun is a glare spot, drawn elsewhere */
            w->map[iy * LW_SIM_MAP + ix] =
                (struct lw_rgbf){lw_minf(c.r, most), lw_minf(c.g, most), lw_minf(c.b, most)};
        }
}

int lw_sim_world_new(struct lw_sim_world **out, uint32_t seed, const struct lw_sim_condition *c,
                     bool infrared)
{
    LW_AUTO(lw_sim_world) w = calloc(1, sizeof(*w));
    if (!w || !(w->map = malloc((size_t)LW_SIM_MAP * LW_SIM_MAP * sizeof(*w->map))))
        return LW_ENOMEM;
    w->seed = seed;
    w->sky = infrared ? 0.35f * c->sky : c->sky; /* a clear sky is dark in infrared */
    w->sun = c->sun;
    w->night = c->sky < 0.02f;
    w->infrared = infrared;
    const float azimuth = 2 * PI * lw_sim_hash(seed, 1, 1);
    const float height = 0.25f + 0.6f * lw_sim_hash(seed, 2, 1);
    const float flat = sqrtf(1 - height * height);
    w->sun_from = lw_v3(flat * cosf(azimuth), flat * sinf(azimuth), height);
    fill_map(w);
    *out = w;
    w = NULL;
    return LW_OK;
}

void lw_sim_world_free(struct lw_sim_world **w)
{
    if (*w)
        free((*w)->map);
    free(*w);
    *w = NULL;
}

struct lw_rgbf lw_sim_world_reflection(const struct lw_sim_world *w, struct lw_vec3 d)
{
    if (d.z <= 0)
        return ground_at(w, d);
    const float k = 0.5f * (LW_SIM_MAP - 1) / (1.0f + d.z);
    const float x = d.x * k + 0.5f * (LW_SIM_MAP - 1), y = d.y * k + 0.5f * (LW_SIM_MAP - 1);
    const int ix = lw_maxi(0, lw_mini((int)x, LW_SIM_MAP - 2));
    const int iy = lw_maxi(0, lw_mini((int)y, LW_SIM_MAP - 2));
    const struct lw_rgbf *p = w->map + iy * LW_SIM_MAP + ix;
    const float fx = x - (float)ix;
    return lw_rgbf_mix(lw_rgbf_mix(p[0], p[1], fx),
                       lw_rgbf_mix(p[LW_SIM_MAP], p[LW_SIM_MAP + 1], fx), y - (float)iy);
}

/* Asphalt, kerbs and the lines of the lane, where the ray meets the ground. */
static struct lw_rgbf road_at(const struct lw_sim_world *w, const struct lw_sim_camera *cam,
                              struct lw_vec3 d)
{
    const float t = cam->at.z / -d.z;
    const float x = cam->at.x + t * d.x, y = cam->at.y + t * d.y;
    const float light =
        w->sky + 0.5f * w->sun * lw_maxf(w->sun_from.z, 0) + (w->night ? 0.012f : 0);
    const float grain = t < 25 ? lw_sim_fbm2(w->seed + 3, x * 9.0f, y * 9.0f, 3) : 0.5f;
    const float wear = lw_sim_fbm2(w->seed + 4, x * 0.4f, y * 0.9f, 3);
    float v = 0.10f + 0.05f * grain + 0.07f * wear;
    const float side = fabsf(y);
    if (side > 1.75f && side < 1.88f)
        v = 0.45f + 0.2f * wear; /* line */
    else if (side > 2.6f && side < 5.0f)
        v = 0.26f + 0.06f * grain; /* island of the booth */
    return (struct lw_rgbf){v * light, v * light * 0.99f, v * light * 0.97f};
}

void lw_sim_world_paint(const struct lw_sim_world *w, struct lw_canvas *c,
                        const struct lw_sim_camera *cam)
{
    for (int y = 0; y < c->height; y++)
        for (int x = 0; x < c->width; x++) {
            const struct lw_vec3 d = lw_sim_ray(cam, (float)x + 0.5f, (float)y + 0.5f);
            const size_t at = (size_t)y * (size_t)c->width + (size_t)x;
            c->px[at] = d.z < -0.012f ? road_at(w, cam, d) : lw_sim_world_at(w, d);
            c->owner[at] = LW_OWNER_NONE;
        }
}
