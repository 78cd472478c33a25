/* A flat mirror inside the vehicle. What it shows is painted beside the picture and copied through
 * its outline. The face in it lies as far behind it as the person stands before
 * it, so that it comes nearer twice as fast as the vehicle does. */
#include <string.h>

#include "sim/stage.h"

static const float HALF_W = 0.15f, HALF_H = 0.11f, RIM = 0.012f;

struct lw_vec3 lw_sim_seat_mirror_at(const struct lw_sim_vehicle *v)
{
    const struct lw_sim_seat *seat = &v->seat[0];
    for (size_t i = 0; i < v->n_seats; i++)
        if (strcmp(v->seat[i].name, "2C") == 0)
            seat = &v->seat[i];
    return lw_v3_add(seat->face, lw_v3(-0.10f, 0, 0.06f));
}

static struct lw_shape outline(const struct lw_sim_stage *g, float rim)
{
    const struct lw_vec3 a = lw_sim_stage_place(g, lw_sim_seat_mirror_at(g->scene->vehicle));
    const float w = HALF_W + rim, h = HALF_H + rim;
    const struct lw_vec3 q[4] = {lw_v3(a.x, a.y - w, a.z - h), lw_v3(a.x, a.y - w, a.z + h),
                                 lw_v3(a.x, a.y + w, a.z + h), lw_v3(a.x, a.y + w, a.z - h)};
    struct lw_shape s = {.n_parts = 0};
    lw_shape_rounded(&s, q, 4, 0.03f);
    return s;
}

static void span_copy(void *ctx, struct lw_canvas *c, int y, int x, int n, const float *over)
{
    const struct lw_canvas *from = ctx;
    const size_t at = (size_t)y * (size_t)c->width + (size_t)x;
    for (int i = 0; i < n; i++) {
        const size_t k = at + (size_t)i;
        c->px[k] = lw_rgbf_mix(c->px[k], from->px[k], over[i]);
        if (over[i] > 0.5f)
            c->owner[k] = from->owner[k];
    }
}

/* Where the mirror image stands: on the line from the camera through the mirror, as far behind it
 * as the person is before it. The mirror is tilted so that this camera sees them; others see the
 * roof. */
static bool find_image(const struct lw_sim_stage *g, const struct lw_sim_distractor *d,
                       struct lw_vec3 *at)
{
    const struct lw_vec3 m = lw_sim_stage_place(g, lw_sim_seat_mirror_at(g->scene->vehicle));
    const struct lw_vec3 to_mirror = lw_v3_unit(lw_v3_sub(m, g->cam->at));
    const float behind = d->at.x - m.x;
    *at = lw_v3_add(m, lw_v3_scale(to_mirror, behind));
    *at = lw_v3_add(*at, lw_v3(0, d->at.y, d->at.z));
    return fabsf(to_mirror.y) < 0.35f;
}

static float light_outside(const struct lw_sim_world *w)
{
    return 0.5f * (w->sky * 0.8f + 0.6f * w->sun) + (w->night ? 0.03f : 0.0f) +
           (w->infrared ? 0.08f : 0.0f);
}

static void paint_image(struct lw_sim_stage *g, size_t i)
{
    const struct lw_sim_distractor *d = &g->scene->distractor[i];
    const float lit = light_outside(g->scene->world);
    const struct lw_sim_light light = {.ambient = {lit, lit, lit},
                                       .key = {0.2f * lit, 0.2f * lit, 0.2f * lit},
                                       .key_from = {1, 0, 0}};
    struct lw_sim_head_pose pose = {
        .size = 1, .yaw_deg = 8.0f * sinf(1.7f * g->t_s), .mirrored = true};
    struct lw_shape glass = outline(g, 0);
    lw_canvas_paint(g->canvas, g->cam, &glass,
                    (struct lw_rgbf){0.5f * lit, 0.5f * lit, 0.52f * lit}, 1.0f);
    if (find_image(g, d, &pose.at))
        lw_sim_head_paint(g->canvas, g->cam, d->cut, &pose, &light, lw_sim_owner_distractor(i),
                          &g->seen_distractor[i]);
}

void lw_sim_paint_seat_mirror(struct lw_sim_stage *g, size_t i)
{
    struct lw_canvas *c = g->canvas;
    struct lw_shape rim = outline(g, RIM), glass = outline(g, 0);
    lw_canvas_paint(c, g->cam, &rim, lw_rgbf_scale(g->scene->light.ambient, 0.06f), 1.0f);
    g->canvas = g->spare;
    paint_image(g, i);
    g->canvas = c;
    lw_canvas_shape(c, g->cam, &glass, span_copy, g->spare);
}
