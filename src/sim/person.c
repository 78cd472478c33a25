/* An occupant: how they hold the head now, clothes, hands, and what is printed on the shirt. */
#include "sim/noise.h"
#include "sim/stage.h"

/* 1 from `from` to `until`, with soft ends of 0.3 s. */
static float during(float t, float from, float until)
{
    return lw_smoothf(from, from + 0.3f, t) * (1 - lw_smoothf(until, until + 0.3f, t));
}

static float glance_yaw(const struct lw_sim_occupant *o, float t)
{
    float yaw = 0;
    for (int i = 0; i < LW_SIM_GLANCES; i++) {
        const struct lw_sim_glance *k = &o->glance[i];
        if (k->until > k->from)
            yaw += k->yaw_deg * during(t, k->from, k->until);
    }
    return lw_clampf(yaw, -50, 50);
}

static struct lw_sim_head_pose pose_of(const struct lw_sim_stage *g,
                                       const struct lw_sim_occupant *o)
{
    const float t = g->t_s, amp = o->restless;
    const float slow = lw_sim_noise2(o->seed, 0.7f * t, 0) - 0.5f;
    const float nod = lw_sim_noise2(o->seed + 1, 0.8f * t, 0) - 0.5f;
    const float sway = lw_sim_noise2(o->seed + 2, 0.5f * t, 0) - 0.5f;
    struct lw_sim_head_pose p = {.size = o->size};
    p.yaw_deg = o->yaw_deg + 45.0f * amp * slow + glance_yaw(o, t);
    p.pitch_deg = o->pitch_deg + 30.0f * amp * nod;
    p.roll_deg = o->roll_deg + 14.0f * amp * sway;
    const struct lw_vec3 seat = g->scene->vehicle->seat[o->seat].face;
    p.at = lw_v3_add(lw_v3_add(seat, o->lean), lw_v3(0.05f * amp * nod, 0.12f * amp * sway, 0));
    if (o->deed == LW_DEED_BEND) {
        const float k = during(t, o->deed_from, o->deed_until);
        p.pitch_deg -= 38.0f * k;
        p.at = lw_v3_add(p.at, lw_v3(0.10f * k, 0, -0.07f * k));
    }
    return p;
}

static bool busy(const struct lw_sim_stage *g, const struct lw_sim_occupant *o)
{
    return g->t_s >= o->deed_from && g->t_s < o->deed_until;
}

struct cloth {
    struct lw_rgbf color;
    struct lw_sim_pixel at;
    float px_per_m;
    uint32_t seed;
};

/* Weave and stripes that stay on the body while it moves, darker towards the lap. */
static void span_cloth(void *ctx, struct lw_canvas *c, int y, int x, int n, const float *over)
{
    const struct cloth *k = ctx;
    const size_t row = (size_t)y * (size_t)c->width + (size_t)x;
    const float v = ((float)y - k->at.y) / k->px_per_m;
    const float fall = 1.0f - 0.75f * lw_clampf(v - 0.10f, 0, 0.8f);
    const float stripes = k->seed & 1 ? 0.18f * sinf(v * (60.0f + (float)(k->seed % 50))) : 0;
    for (int i = 0; i < n; i++) {
        const float u = ((float)(x + i) - k->at.x) / k->px_per_m;
        const float fold = 0.8f + 0.45f * lw_sim_noise2(k->seed, u * 11.0f, v * 7.0f);
        struct lw_rgbf *p = &c->px[row + (size_t)i];
        *p = lw_rgbf_mix(*p, lw_rgbf_scale(k->color, fall * (fold + stripes)), over[i]);
        if (over[i] > 0.5f)
            c->owner[row + (size_t)i] = LW_OWNER_THING;
    }
}

/* Shoulders and chest turned half towards the camera. */
static void paint_torso(struct lw_sim_stage *g, const struct lw_sim_occupant *o,
                        const struct lw_sim_head_pose *p)
{
    const float k = p->size;
    const struct lw_vec3 root = lw_sim_stage_place(g, lw_v3_add(p->at, lw_v3(-0.06f, 0, 0)));
    struct lw_vec3 to_cam = lw_v3_sub(g->cam->at, root);
    to_cam = lw_v3_unit(lw_v3(to_cam.x + 1.0f * fabsf(to_cam.y), to_cam.y, 0));
    const struct lw_vec3 side = lw_v3_cross(lw_v3(0, 0, 1), to_cam);
    static const float outline[][2] = {{0.055f, -0.125f}, {0.10f, -0.165f},  {0.18f, -0.195f},
                                       {0.225f, -0.26f},  {0.245f, -0.40f},  {0.25f, -0.62f},
                                       {-0.25f, -0.62f},  {-0.245f, -0.40f}, {-0.225f, -0.26f},
                                       {-0.18f, -0.195f}, {-0.10f, -0.165f}, {-0.055f, -0.125f}};
    struct lw_vec3 q[LW_COUNT(outline)];
    for (size_t i = 0; i < LW_COUNT(outline); i++)
        q[i] = lw_v3_add(
            root, lw_v3_add(lw_v3_scale(side, k * outline[i][0]), lw_v3(0, 0, k * outline[i][1])));
    const struct lw_sim_light light = lw_sim_stage_light(g, p->at.x);
    const struct lw_vec3 neck[4] = {
        lw_v3_add(root, lw_v3_add(lw_v3_scale(side, -0.055f * k), lw_v3(0, 0, -0.05f * k))),
        lw_v3_add(root, lw_v3_add(lw_v3_scale(side, 0.055f * k), lw_v3(0, 0, -0.05f * k))),
        lw_v3_add(root, lw_v3_add(lw_v3_scale(side, 0.075f * k), lw_v3(0, 0, -0.19f * k))),
        lw_v3_add(root, lw_v3_add(lw_v3_scale(side, -0.075f * k), lw_v3(0, 0, -0.19f * k)))};
    struct lw_shape n = {.n_parts = 0}, s = {.n_parts = 0};
    lw_shape_polygon(&n, neck, 4);
    lw_canvas_paint(g->canvas, g->cam, &n,
                    lw_rgbf_scale(lw_rgbf_mul(o->cut->skin, light.ambient), 0.9f), 1);
    lw_shape_smooth(&s, q, LW_COUNT(q), 6);
    const struct lw_sim_pixel at = lw_sim_project(g->cam, lw_v3_add(root, lw_v3(0, 0, -0.2f)));
    const struct lw_rgbf lit = {light.ambient.r + 0.5f * light.key.r,
                                light.ambient.g + 0.5f * light.key.g,
                                light.ambient.b + 0.5f * light.key.b};
    struct cloth cloth = {.color = lw_rgbf_mul(o->clothes, lit),
                          .at = at,
                          .px_per_m = g->cam->focal_px / lw_maxf(at.depth_m, 0.3f),
                          .seed = o->seed};
    lw_canvas_shape(g->canvas, g->cam, &s, span_cloth, &cloth);
}

static void paint_hand(struct lw_sim_stage *g, const struct lw_sim_occupant *o,
                       const struct lw_sim_head_pose *p)
{
    const struct lw_sim_light light = lw_sim_stage_light(g, p->at.x);
    const struct lw_rgbf skin = lw_rgbf_scale(lw_rgbf_mul(o->cut->skin, light.ambient), 1.25f);
    const float side = o->seed & 2 ? 1.0f : -1.0f;
    const bool phone = o->deed == LW_DEED_PHONE;
    const struct lw_vec3 at =
        lw_v3_add(p->at, lw_v3(0.14f, side * (phone ? 0.065f : 0.03f), phone ? 0.0f : -0.075f));
    if (phone) {
        const struct lw_vec3 q[4] = {{at.x, at.y - 0.036f, at.z - 0.075f},
                                     {at.x, at.y - 0.036f, at.z + 0.075f},
                                     {at.x, at.y + 0.036f, at.z + 0.075f},
                                     {at.x, at.y + 0.036f, at.z - 0.075f}};
        lw_sim_stage_rounded(g, q, 4, 0.01f, lw_rgbf_scale(light.ambient, 0.05f));
    }
    lw_sim_stage_disc(g, lw_v3(at.x + 0.01f, at.y, at.z - 0.05f), lw_v3(0, 0.045f, 0.01f),
                      lw_v3(0, -0.01f, 0.05f), skin);
    for (int i = 0; i < 4; i++) {
        const float y = at.y - 0.036f + 0.024f * (float)i;
        lw_sim_stage_disc(g, lw_v3(at.x + 0.012f, y, at.z + 0.005f + 0.006f * (float)(i % 3)),
                          lw_v3(0, 0.0115f, 0), lw_v3(0, 0.004f * side, 0.042f),
                          lw_rgbf_scale(skin, 0.9f + 0.07f * (float)(i & 1)));
    }
}

static void paint_shirt(struct lw_sim_stage *g, const struct lw_sim_occupant *o,
                        const struct lw_sim_head_pose *p)
{
    const size_t i = (size_t)o->shirt;
    const struct lw_sim_head_pose print = {
        .at = lw_sim_stage_place(g, lw_v3_add(p->at, lw_v3(-0.13f, 0, -0.36f))), .size = 0.72f};
    const struct lw_sim_light light = lw_sim_stage_light(g, p->at.x);
    lw_sim_head_paint(g->canvas, g->cam, g->scene->distractor[i].cut, &print, &light,
                      lw_sim_owner_distractor(i), &g->seen_distractor[i]);
}

void lw_sim_paint_person(struct lw_sim_stage *g, size_t i)
{
    const struct lw_sim_occupant *o = &g->scene->occupant[i];
    struct lw_sim_head_pose p = pose_of(g, o);
    const struct lw_sim_light light = lw_sim_stage_light(g, p.at.x);
    paint_torso(g, o, &p);
    if (o->shirt >= 0)
        paint_shirt(g, o, &p);
    const struct lw_vec3 in_vehicle = p.at;
    p.at = lw_sim_stage_place(g, p.at);
    lw_sim_head_paint(g->canvas, g->cam, o->cut, &p, &light, lw_sim_owner_occupant(i), &g->seen[i]);
    p.at = in_vehicle;
    if ((o->deed == LW_DEED_HAND || o->deed == LW_DEED_PHONE) && busy(g, o))
        paint_hand(g, o, &p);
}
