#include "sim/stage.h"

#include <string.h>

static const float LISTED_FROM = 0.05f; /* less of a face than that is not listed */

uint8_t lw_sim_owner_occupant(size_t i)
{
    return (uint8_t)(1 + i);
}

uint8_t lw_sim_owner_distractor(size_t i)
{
    return (uint8_t)(1 + LW_SIM_OCCUPANTS + i);
}

struct lw_vec3 lw_sim_stage_place(const struct lw_sim_stage *g, struct lw_vec3 in_vehicle)
{
    return lw_v3_add(g->vehicle, in_vehicle);
}

void lw_sim_stage_shape(struct lw_sim_stage *g, struct lw_shape *in_vehicle, struct lw_rgbf color)
{
    lw_shape_move(in_vehicle, g->vehicle);
    lw_canvas_paint(g->canvas, g->cam, in_vehicle, color, 1.0f);
}

/* The deeper in the cabin, the less light. */
struct lw_sim_light lw_sim_stage_light(const struct lw_sim_stage *g, float x)
{
    const float back = g->scene->vehicle->seat[0].face.x - x;
    const float k = 1.0f - 0.17f * lw_clampf(back, 0, 2);
    struct lw_sim_light l = g->scene->light;
    l.ambient = lw_rgbf_scale(l.ambient, k);
    l.key = lw_rgbf_scale(l.key, k * k);
    return l;
}

void lw_sim_stage_rounded(struct lw_sim_stage *g, const struct lw_vec3 *p, size_t n, float round_m,
                          struct lw_rgbf color)
{
    struct lw_shape s = {.n_parts = 0};
    lw_shape_rounded(&s, p, n, round_m);
    lw_sim_stage_shape(g, &s, color);
}

void lw_sim_stage_disc(struct lw_sim_stage *g, struct lw_vec3 at, struct lw_vec3 a,
                       struct lw_vec3 b, struct lw_rgbf color)
{
    struct lw_shape s = {.n_parts = 0};
    lw_shape_ellipse(&s, at, a, b);
    lw_sim_stage_shape(g, &s, color);
}

/* Shade under the vehicle. */
static void paint_shadow(struct lw_sim_stage *g)
{
    const struct lw_sim_vehicle *v = g->scene->vehicle;
    const float w = v->half_width + 0.12f;
    const struct lw_vec3 p[4] = {{0.15f, -w, 0.001f},
                                 {0.15f, w, 0.001f},
                                 {-v->length - 0.1f, w, 0.001f},
                                 {-v->length - 0.1f, -w, 0.001f}};
    struct lw_shape s = {.n_parts = 0};
    lw_shape_rounded(&s, p, 4, 0.3f);
    lw_shape_move(&s, g->vehicle);
    lw_canvas_paint(g->canvas, g->cam, &s, (struct lw_rgbf){0.004f, 0.004f, 0.005f}, 0.75f);
}

/* The box clipped to the picture, in whole pixels; the share of the face that is left. */
static struct lw_sim_mark mark(const struct lw_canvas *c, const struct lw_sim_seen *seen,
                               uint8_t owner, bool counted)
{
    struct lw_sim_mark m = {.listed = false};
    if (!seen->faces_camera)
        return m;
    const int x0 = lw_maxi(0, (int)floorf(seen->box.x)), y0 = lw_maxi(0, (int)floorf(seen->box.y));
    const int x1 = lw_mini(c->width, (int)ceilf(seen->box.x + seen->box.w));
    const int y1 = lw_mini(c->height, (int)ceilf(seen->box.y + seen->box.h));
    if (x1 - x0 < 4 || y1 - y0 < 4)
        return m;
    float share = 1;
    if (counted && seen->pixels > 0)
        share = seen->share_inside * (float)lw_sim_count_owner(c, &seen->box, owner) /
                (float)seen->pixels;
    else if (counted)
        share = 0;
    m = (struct lw_sim_mark){
        .x = x0, .y = y0, .w = x1 - x0, .h = y1 - y0, .visible = lw_minf(share, 1)};
    m.listed = m.visible >= LISTED_FROM;
    return m;
}

static void tell(const struct lw_sim_stage *g, struct lw_sim_frame_truth *truth)
{
    memset(truth, 0, sizeof(*truth));
    for (size_t i = 0; i < g->scene->n_occupants; i++)
        truth->occupant[i] = mark(g->canvas, &g->seen[i], lw_sim_owner_occupant(i), true);
    for (size_t i = 0; i < g->scene->n_distractors; i++)
        truth->distractor[i] = mark(g->canvas, &g->seen_distractor[i], lw_sim_owner_distractor(i),
                                    g->scene->distractor[i].kind != LW_DISTRACT_PET);
}

static float bumper_x(const struct lw_sim_scene *s, float t_s)
{
    return s->x0 + s->speed_mps * t_s;
}

void lw_sim_stage_paint(const struct lw_sim_easel *easel, const struct lw_sim_scene *s,
                        const struct lw_sim_view *view, int frame, struct lw_sim_frame_truth *truth)
{
    struct lw_canvas *c = easel->canvas;
    const size_t n = (size_t)c->width * (size_t)c->height;
    memcpy(c->px, easel->background->px, n * sizeof(*c->px));
    memset(c->owner, LW_OWNER_NONE, n);
    struct lw_sim_stage g = {.canvas = c,
                             .spare = easel->spare,
                             .scene = s,
                             .cam = &view->camera,
                             .t_s = (float)frame / s->fps};
    g.vehicle = lw_v3(bumper_x(s, g.t_s), 0, 0);
    lw_sim_paint_bystanders(&g);
    paint_shadow(&g);
    lw_sim_paint_far_panels(&g);
    lw_sim_paint_interior(&g);
    lw_sim_paint_near_panels(&g);
    tell(&g, truth);
}

void lw_sim_stage_motion(const struct lw_sim_scene *s, const struct lw_sim_view *view, int frame,
                         float *dx, float *dy)
{
    const float t = (float)frame / s->fps;
    const struct lw_vec3 face = s->vehicle->seat[0].face;
    const struct lw_vec3 at = lw_v3(face.x - 0.3f, 0, face.z);
    const struct lw_sim_pixel a =
        lw_sim_project(&view->camera, lw_v3_add(at, lw_v3(bumper_x(s, t), 0, 0)));
    const struct lw_sim_pixel b =
        lw_sim_project(&view->camera, lw_v3_add(at, lw_v3(bumper_x(s, t + s->exposure_s), 0, 0)));
    *dx = b.x - a.x;
    *dy = b.y - a.y;
}
