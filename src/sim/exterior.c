#include "sim/noise.h"
#include "sim/stage.h"

static float light_outside(const struct lw_sim_stage *g, struct lw_vec3 normal)
{
    const struct lw_sim_world *w = g->scene->world;
    const float up = 0.55f + 0.45f * normal.z;
    const float sun = w->sun * lw_maxf(0, lw_v3_dot(normal, w->sun_from));
    return w->sky * 0.8f * up + 0.8f * sun + (w->night ? 0.02f : 0.0f) +
           (g->scene->infrared ? 0.10f : 0.0f);
}

static bool looks_at(const struct lw_sim_stage *g, const struct lw_sim_panel *p)
{
    const struct lw_vec3 at = lw_sim_stage_place(g, p->plate.p[0][0]);
    return lw_v3_dot(p->normal, lw_v3_sub(g->cam->at, at)) > 0;
}

struct tint {
    float clear;
};

static void span_tint(void *ctx, struct lw_canvas *c, int y, int x, int n, const float *over)
{
    const struct tint *t = ctx;
    struct lw_rgbf *px = c->px + (size_t)y * (size_t)c->width + (size_t)x;
    for (int i = 0; i < n; i++)
        px[i] = lw_rgbf_scale(px[i], lw_mixf(1.0f, t->clear, over[i]));
}

/* The inside of the shell that one sees past the people, with the windows on the far side. */
void lw_sim_paint_far_panels(struct lw_sim_stage *g)
{
    const struct lw_sim_vehicle *v = g->scene->vehicle;
    const struct lw_rgbf lining = lw_rgbf_scale(g->scene->light.ambient, 0.10f);
    for (size_t i = 0; i < v->n_panels; i++) {
        const struct lw_sim_panel *p = &v->panel[i];
        if (looks_at(g, p))
            continue;
        for (size_t k = 0; k < p->n_windows; k++) {
            struct tint t = {.clear = v->clear[p->glass[k]]};
            struct lw_shape w = p->window[k];
            lw_shape_move(&w, g->vehicle);
            lw_canvas_shape(g->canvas, g->cam, &w, span_tint, &t);
        }
        struct lw_shape plate = p->plate;
        lw_sim_stage_shape(g, &plate, lining);
    }
}

static struct lw_rgbf grey(float v)
{
    return (struct lw_rgbf){v, v, v};
}

/* Those of the side whose plate is seen. */
static void wheels(struct lw_sim_stage *g, float side)
{
    const struct lw_sim_vehicle *v = g->scene->vehicle;
    const float light = light_outside(g, lw_v3(0, side, 0));
    for (int i = 0; i < 2; i++) {
        const struct lw_vec3 at =
            lw_v3(i ? -0.85f : -v->length + 0.8f, side * (v->half_width + 0.01f), 0.33f);
        lw_sim_stage_disc(g, at, lw_v3(0.36f, 0, 0), lw_v3(0, 0, 0.36f), grey(0.02f * light));
        lw_sim_stage_disc(g, at, lw_v3(0.21f, 0, 0), lw_v3(0, 0, 0.21f), grey(0.35f * light));
    }
}

/* Wing mirrors, lamps, grille and number plate. */
static void fittings(struct lw_sim_stage *g)
{
    const struct lw_sim_vehicle *v = g->scene->vehicle;
    const float light = light_outside(g, lw_v3(1, 0, 0));
    for (int i = 0; i < 2; i++) {
        const float side = i ? 1.0f : -1.0f, y = side * (v->half_width + 0.10f);
        const struct lw_vec3 m[4] = {{v->cowl.x - 0.28f, y - 0.10f, v->belt_z + 0.03f},
                                     {v->cowl.x - 0.28f, y - 0.11f, v->belt_z + 0.17f},
                                     {v->cowl.x - 0.28f, y + 0.11f, v->belt_z + 0.17f},
                                     {v->cowl.x - 0.28f, y + 0.10f, v->belt_z + 0.03f}};
        struct lw_shape s = {.n_parts = 0};
        lw_shape_rounded(&s, m, 4, 0.05f);
        lw_sim_stage_shape(g, &s, lw_rgbf_scale(v->body, 0.8f * light));
        const float z = v->cowl.z - 0.36f;
        lw_sim_stage_disc(g, lw_v3(0.005f, side * 0.62f, z), lw_v3(0, 0.17f, 0),
                          lw_v3(0, 0, 0.075f),
                          lw_rgbf_scale((struct lw_rgbf){0.8f, 0.8f, 0.85f},
                                        light + (v->rows == 3 ? 0.1f : 0.0f)));
    }
    const struct lw_vec3 grille[4] = {{0.004f, -0.38f, v->cowl.z - 0.47f},
                                      {0.004f, -0.42f, v->cowl.z - 0.34f},
                                      {0.004f, 0.42f, v->cowl.z - 0.34f},
                                      {0.004f, 0.38f, v->cowl.z - 0.47f}};
    struct lw_shape s = {.n_parts = 0};
    lw_shape_rounded(&s, grille, 4, 0.04f);
    lw_sim_stage_shape(g, &s, (struct lw_rgbf){0.02f * light, 0.02f * light, 0.02f * light});
}

/* A blade that sweeps over the windshield. */
static void wiper(struct lw_sim_stage *g)
{
    const struct lw_sim_vehicle *v = g->scene->vehicle;
    const float angle =
        0.25f + 1.2f * (0.5f + 0.5f * sinf(5.0f * g->t_s + (float)(g->scene->dirt_seed % 7)));
    const struct lw_vec3 up = lw_v3_sub(v->roof_front, v->cowl);
    const struct lw_vec3 foot =
        lw_v3_add(lw_v3(v->cowl.x + 0.01f, 0.30f, v->cowl.z), lw_v3_scale(up, 0.03f));
    const struct lw_vec3 along =
        lw_v3_add(lw_v3(0, -0.62f * cosf(angle), 0), lw_v3_scale(up, 0.75f * sinf(angle)));
    const struct lw_vec3 tip = lw_v3_add(foot, along);
    const struct lw_vec3 wide =
        lw_v3_scale(lw_v3_unit(lw_v3_cross(along, lw_v3(1, 0, 0.6f))), 0.011f);
    const struct lw_vec3 p[4] = {lw_v3_add(foot, wide), lw_v3_add(tip, wide), lw_v3_sub(tip, wide),
                                 lw_v3_sub(foot, wide)};
    struct lw_shape s = {.n_parts = 0};
    lw_shape_polygon(&s, p, 4);
    const float l = 0.03f * light_outside(g, lw_v3(0, 0, 1));
    lw_sim_stage_shape(g, &s, (struct lw_rgbf){l, l, l});
}

void lw_sim_paint_near_panels(struct lw_sim_stage *g)
{
    const struct lw_sim_vehicle *v = g->scene->vehicle;
    for (size_t i = 0; i < v->n_panels; i++) {
        const struct lw_sim_panel *p = &v->panel[i];
        if (!looks_at(g, p))
            continue;
        for (size_t k = 0; k < p->n_windows; k++)
            lw_sim_paint_glass(g, p, k);
        struct lw_shape plate = p->plate;
        lw_sim_stage_shape(g, &plate, lw_rgbf_scale(v->body, light_outside(g, p->normal)));
        if (fabsf(p->normal.y) > 0.99f)
            wheels(g, p->normal.y);
    }
    fittings(g);
    if (g->scene->wiper)
        wiper(g);
}

/* --- things beside the lane --- */

static struct lw_sim_light open_light(const struct lw_sim_stage *g)
{
    const float l = 0.8f * light_outside(g, lw_v3(1, 0, 0));
    return (struct lw_sim_light){
        .ambient = {l, l, l}, .key = {0.3f * l, 0.3f * l, 0.3f * l}, .key_from = {0.7f, 0, 0.7f}};
}

static void world_polygon(struct lw_sim_stage *g, const struct lw_vec3 *p, size_t n, float round_m,
                          struct lw_rgbf color)
{
    struct lw_shape s = {.n_parts = 0};
    lw_shape_rounded(&s, p, n, round_m);
    lw_canvas_paint(g->canvas, g->cam, &s, color, 1.0f);
}

static void poster(struct lw_sim_stage *g, const struct lw_sim_distractor *d, size_t i)
{
    const struct lw_sim_light light = open_light(g);
    const struct lw_vec3 a = d->at;
    const float l = light.ambient.r;
    const struct lw_vec3 board[4] = {{a.x - 0.14f, a.y - 0.30f, a.z - 0.42f},
                                     {a.x - 0.14f, a.y - 0.30f, a.z + 0.40f},
                                     {a.x - 0.14f, a.y + 0.30f, a.z + 0.40f},
                                     {a.x - 0.14f, a.y + 0.30f, a.z - 0.42f}};
    const struct lw_vec3 post[4] = {{a.x - 0.16f, a.y - 0.03f, 0},
                                    {a.x - 0.16f, a.y - 0.03f, a.z},
                                    {a.x - 0.16f, a.y + 0.03f, a.z},
                                    {a.x - 0.16f, a.y + 0.03f, 0}};
    world_polygon(g, post, 4, 0.005f, (struct lw_rgbf){0.2f * l, 0.2f * l, 0.2f * l});
    world_polygon(g, board, 4, 0.01f, lw_rgbf_scale(d->color, l));
    const struct lw_sim_head_pose pose = {.at = lw_v3(a.x - 0.2f, a.y, a.z), .size = 1.25f};
    lw_sim_head_paint(g->canvas, g->cam, d->cut, &pose, &light, lw_sim_owner_distractor(i),
                      &g->seen_distractor[i]);
}

static void bystander(struct lw_sim_stage *g, const struct lw_sim_distractor *d, size_t i)
{
    const struct lw_sim_light light = open_light(g);
    const struct lw_vec3 a = lw_v3_add(d->at, lw_v3(0.10f * g->t_s, 0.05f * sinf(2 * g->t_s), 0));
    const struct lw_vec3 body[8] = {
        {a.x - 0.1f, a.y - 0.07f, a.z - 0.12f}, {a.x - 0.1f, a.y - 0.22f, a.z - 0.24f},
        {a.x - 0.1f, a.y - 0.25f, a.z - 0.80f}, {a.x - 0.1f, a.y - 0.18f, 0.02f},
        {a.x - 0.1f, a.y + 0.18f, 0.02f},       {a.x - 0.1f, a.y + 0.25f, a.z - 0.80f},
        {a.x - 0.1f, a.y + 0.22f, a.z - 0.24f}, {a.x - 0.1f, a.y + 0.07f, a.z - 0.12f}};
    world_polygon(g, body, 8, 0.05f, lw_rgbf_mul(d->color, light.ambient));
    const struct lw_sim_head_pose pose = {
        .at = a, .size = 1.0f, .yaw_deg = 30.0f * lw_sim_noise2(d->seed, g->t_s, 0) - 15.0f};
    lw_sim_head_paint(g->canvas, g->cam, d->cut, &pose, &light, lw_sim_owner_distractor(i),
                      &g->seen_distractor[i]);
}

void lw_sim_paint_bystanders(struct lw_sim_stage *g)
{
    for (size_t i = 0; i < g->scene->n_distractors; i++) {
        const struct lw_sim_distractor *d = &g->scene->distractor[i];
        if (d->kind == LW_DISTRACT_POSTER)
            poster(g, d, i);
        else if (d->kind == LW_DISTRACT_BYSTANDER)
            bystander(g, d, i);
    }
}
