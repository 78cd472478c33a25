/* Seats, people and what they hold, sorted from far to near. */
#include <stdlib.h>

#include "sim/noise.h"
#include "sim/stage.h"

static struct lw_rgbf dark_cloth(const struct lw_sim_stage *g, float x, float tone)
{
    return lw_rgbf_scale(lw_sim_stage_light(g, x).ambient, tone);
}

static void paint_seat(struct lw_sim_stage *g, const struct lw_sim_seat *seat)
{
    const struct lw_vec3 f = seat->face;
    const float x = f.x - 0.17f, y = f.y, z = f.z;
    const bool front = seat->name[0] == '1';
    const float half = front ? 0.24f : 0.27f;
    const struct lw_vec3 back[4] = {{x, y - half, z - 0.75f},
                                    {x, y - 0.85f * half, z - 0.15f},
                                    {x, y + 0.85f * half, z - 0.15f},
                                    {x, y + half, z - 0.75f}};
    lw_sim_stage_rounded(g, back, 4, 0.09f, dark_cloth(g, x, 0.10f));
    const float top = front ? 0.07f : 0.0f;
    const struct lw_vec3 rest[4] = {{x, y - 0.11f, z - 0.13f},
                                    {x, y - 0.10f, z + top},
                                    {x, y + 0.10f, z + top},
                                    {x, y + 0.11f, z - 0.13f}};
    lw_sim_stage_rounded(g, rest, 4, 0.05f, dark_cloth(g, x, 0.13f));
}

/* --- fittings --- */

static void paint_wheel(struct lw_sim_stage *g)
{
    const struct lw_vec3 f = g->scene->vehicle->seat[0].face;
    const struct lw_vec3 at = lw_v3(f.x + 0.42f, f.y, f.z - 0.40f);
    const struct lw_vec3 a = lw_v3(0, 0.19f, 0), b = lw_v3(-0.07f, 0, 0.17f);
    struct lw_shape ring = {.n_parts = 0}, hole = {.n_parts = 0};
    lw_shape_ellipse(&ring, at, a, b);
    lw_shape_ellipse(&hole, at, lw_v3_scale(a, 0.84f), lw_v3_scale(b, 0.84f));
    lw_shape_hole(&ring, &hole);
    const struct lw_rgbf black = dark_cloth(g, at.x, 0.05f);
    lw_sim_stage_shape(g, &ring, black);
    lw_sim_stage_disc(g, at, lw_v3_scale(a, 0.35f), lw_v3_scale(b, 0.3f), black);
    const struct lw_rgbf skin =
        lw_rgbf_mul(g->scene->occupant[0].cut->skin, g->scene->light.ambient);
    for (int i = 0; i < 2; i++) {
        const float t = i ? 0.6f : 2.6f;
        const struct lw_vec3 h =
            lw_v3_add(at, lw_v3_add(lw_v3_scale(a, cosf(t)), lw_v3_scale(b, sinf(t))));
        lw_sim_stage_disc(g, lw_v3(h.x + 0.02f, h.y, h.z), lw_v3(0, 0.045f, 0), lw_v3(0, 0, 0.036f),
                          skin);
    }
}

static void paint_dash(struct lw_sim_stage *g)
{
    const struct lw_sim_vehicle *v = g->scene->vehicle;
    const float w = v->half_width - 0.10f;
    const struct lw_vec3 p[4] = {{v->cowl.x - 0.02f, -w, v->cowl.z + 0.0f},
                                 {v->cowl.x - 0.55f, -w + 0.05f, v->cowl.z - 0.02f},
                                 {v->cowl.x - 0.55f, w - 0.05f, v->cowl.z - 0.02f},
                                 {v->cowl.x - 0.02f, w, v->cowl.z + 0.0f}};
    lw_sim_stage_rounded(g, p, 4, 0.05f, dark_cloth(g, v->cowl.x, 0.09f));
    const struct lw_vec3 q[4] = {{v->cowl.x - 0.55f, -w, 0.5f},
                                 {v->cowl.x - 0.55f, -w, v->cowl.z - 0.01f},
                                 {v->cowl.x - 0.55f, w, v->cowl.z - 0.01f},
                                 {v->cowl.x - 0.55f, w, 0.5f}};
    lw_sim_stage_rounded(g, q, 4, 0.03f, dark_cloth(g, v->cowl.x, 0.05f));
}

static void paint_mirror(struct lw_sim_stage *g)
{
    const struct lw_vec3 r = g->scene->vehicle->roof_front;
    const float x = r.x + 0.12f, z = r.z - 0.15f;
    const struct lw_vec3 p[4] = {{x, -0.13f, z - 0.035f},
                                 {x, -0.12f, z + 0.04f},
                                 {x, 0.12f, z + 0.04f},
                                 {x, 0.13f, z - 0.035f}};
    const struct lw_vec3 stem[4] = {{x, -0.015f, z},
                                    {x - 0.05f, -0.015f, z + 0.17f},
                                    {x - 0.05f, 0.015f, z + 0.17f},
                                    {x, 0.015f, z}};
    lw_sim_stage_rounded(g, stem, 4, 0.004f, dark_cloth(g, x, 0.04f));
    lw_sim_stage_rounded(g, p, 4, 0.03f, dark_cloth(g, x, 0.05f));
}

static void paint_visor(struct lw_sim_stage *g, float y)
{
    const struct lw_vec3 r = g->scene->vehicle->roof_front;
    const float x = r.x + 0.06f;
    const struct lw_vec3 p[4] = {{x + 0.05f, y - 0.2f, r.z - 0.20f},
                                 {x, y - 0.2f, r.z - 0.03f},
                                 {x, y + 0.2f, r.z - 0.03f},
                                 {x + 0.05f, y + 0.2f, r.z - 0.20f}};
    lw_sim_stage_rounded(g, p, 4, 0.02f, dark_cloth(g, x, 0.22f));
}

/* A picture of a face on a phone in a holder. */
static void paint_phone(struct lw_sim_stage *g, size_t i)
{
    const struct lw_sim_distractor *d = &g->scene->distractor[i];
    const struct lw_vec3 a = d->at;
    const struct lw_vec3 q[4] = {{a.x - 0.03f, a.y - 0.045f, a.z - 0.085f},
                                 {a.x - 0.03f, a.y - 0.045f, a.z + 0.085f},
                                 {a.x - 0.03f, a.y + 0.045f, a.z + 0.085f},
                                 {a.x - 0.03f, a.y + 0.045f, a.z - 0.085f}};
    lw_sim_stage_rounded(g, q, 4, 0.01f, lw_rgbf_scale(g->scene->light.ambient, 0.35f));
    struct lw_sim_light glow = g->scene->light;
    glow.key = (struct lw_rgbf){0.10f, 0.10f, 0.11f};
    const struct lw_sim_head_pose p = {
        .at = lw_sim_stage_place(g, lw_v3_add(a, lw_v3(-0.028f, 0, 0.01f))), .size = 0.30f};
    lw_sim_head_paint(g->canvas, g->cam, d->cut, &p, &glow, lw_sim_owner_distractor(i),
                      &g->seen_distractor[i]);
}

/* A dog that sits between the front seats; no photograph, so nobody's face. */
static void paint_pet(struct lw_sim_stage *g, size_t i)
{
    const struct lw_sim_distractor *d = &g->scene->distractor[i];
    const struct lw_vec3 a =
        lw_v3_add(d->at, lw_v3(0, 0.03f * sinf(3 * g->t_s), 0.02f * sinf(4.1f * g->t_s)));
    const struct lw_sim_light l = lw_sim_stage_light(g, a.x);
    const struct lw_rgbf coat = lw_rgbf_mul(d->color, lw_rgbf_scale(l.ambient, 1.3f));
    const struct lw_rgbf dark = lw_rgbf_scale(l.ambient, 0.03f), pale = lw_rgbf_scale(coat, 1.5f);
    const float lift = lw_sim_hash(d->seed, 1, 1) * 0.03f;
    lw_sim_stage_disc(g, lw_v3(a.x - 0.04f, a.y, a.z - 0.22f), lw_v3(0, 0.12f, 0),
                      lw_v3(0, 0, 0.2f), coat);
    for (int k = -1; k <= 1; k += 2)
        lw_sim_stage_disc(g, lw_v3(a.x - 0.02f, a.y + 0.075f * (float)k, a.z + 0.045f + lift),
                          lw_v3(0, 0.026f, 0.02f * (float)k), lw_v3(0, 0.02f * (float)k, 0.06f),
                          lw_rgbf_scale(coat, 0.6f));
    lw_sim_stage_disc(g, a, lw_v3(0, 0.078f, 0), lw_v3(0, 0, 0.088f), coat);
    lw_sim_stage_disc(g, lw_v3(a.x + 0.03f, a.y, a.z - 0.035f), lw_v3(0, 0.04f, 0),
                      lw_v3(0, 0, 0.045f), pale);
    lw_sim_stage_disc(g, lw_v3(a.x + 0.06f, a.y, a.z - 0.02f), lw_v3(0, 0.017f, 0),
                      lw_v3(0, 0, 0.013f), dark);
    for (int k = -1; k <= 1; k += 2)
        lw_sim_stage_disc(g, lw_v3(a.x + 0.03f, a.y + 0.033f * (float)k, a.z + 0.025f),
                          lw_v3(0, 0.011f, 0), lw_v3(0, 0, 0.011f), dark);
    const struct lw_sim_pixel lo =
        lw_sim_project(g->cam, lw_sim_stage_place(g, lw_v3(a.x, a.y - 0.07f, a.z + 0.08f)));
    const struct lw_sim_pixel hi =
        lw_sim_project(g->cam, lw_sim_stage_place(g, lw_v3(a.x, a.y + 0.07f, a.z - 0.08f)));
    struct lw_sim_seen *seen = &g->seen_distractor[i];
    seen->box = (struct lw_rect){.x = lw_minf(lo.x, hi.x),
                                 .y = lw_minf(lo.y, hi.y),
                                 .w = fabsf(hi.x - lo.x),
                                 .h = fabsf(hi.y - lo.y)};
    seen->faces_camera = lo.depth_m > 0.3f;
}

/* --- from far to near --- */

enum kind { SEAT, PERSON, WHEEL, DASH, MIRROR, VISOR, PHONE, PET, SEAT_MIRROR };
struct item {
    enum kind kind;
    size_t i;
    float far;
};
enum { ITEMS = LW_SIM_SEATS + LW_SIM_OCCUPANTS + LW_SIM_DISTRACTORS + 6 };

static int by_distance(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    if (x->far > y->far)
        return -1;
    if (x->far < y->far)
        return 1;
    return x->kind != y->kind ? (x->kind < y->kind ? -1 : 1) : (x->i < y->i ? -1 : 1);
}

static void add(struct item *v, size_t *n, const struct lw_sim_stage *g, enum kind kind, size_t i,
                struct lw_vec3 at)
{
    const struct lw_vec3 d = lw_v3_sub(lw_sim_stage_place(g, at), g->cam->at);
    v[(*n)++] = (struct item){.kind = kind, .i = i, .far = lw_v3_length(d)};
}

static size_t list(struct item *v, const struct lw_sim_stage *g)
{
    const struct lw_sim_scene *s = g->scene;
    const struct lw_sim_vehicle *car = s->vehicle;
    const struct lw_vec3 driver = car->seat[0].face;
    size_t n = 0;
    for (size_t i = 0; i < car->n_seats; i++)
        add(v, &n, g, SEAT, i, lw_v3_add(car->seat[i].face, lw_v3(-0.17f, 0, 0)));
    for (size_t i = 0; i < s->n_occupants; i++)
        add(v, &n, g, PERSON, i,
            lw_v3_add(car->seat[s->occupant[i].seat].face, s->occupant[i].lean));
    for (size_t i = 0; i < s->n_distractors; i++) {
        if (s->distractor[i].kind == LW_DISTRACT_PHONE)
            add(v, &n, g, PHONE, i, s->distractor[i].at);
        if (s->distractor[i].kind == LW_DISTRACT_PET)
            add(v, &n, g, PET, i, s->distractor[i].at);
        if (s->distractor[i].kind == LW_DISTRACT_MIRROR)
            add(v, &n, g, SEAT_MIRROR, i, lw_sim_seat_mirror_at(car));
    }
    add(v, &n, g, WHEEL, 0, lw_v3(driver.x + 0.42f, driver.y, driver.z - 0.3f));
    add(v, &n, g, DASH, 0, lw_v3(car->cowl.x - 0.5f, 0, car->cowl.z));
    add(v, &n, g, MIRROR, 0, lw_v3(car->roof_front.x + 0.12f, 0, car->roof_front.z - 0.15f));
    for (size_t i = 0; i < 2; i++)
        if (s->visor_down[i])
            add(v, &n, g, VISOR, i,
                lw_v3(car->roof_front.x + 0.05f, i ? -0.37f : 0.37f, car->roof_front.z));
    return n;
}

void lw_sim_paint_interior(struct lw_sim_stage *g)
{
    struct item items[ITEMS];
    const size_t n = list(items, g);
    qsort(items, n, sizeof(items[0]), by_distance);
    for (size_t i = 0; i < n; i++) {
        switch (items[i].kind) {
        case SEAT:
            paint_seat(g, &g->scene->vehicle->seat[items[i].i]);
            break;
        case PERSON:
            lw_sim_paint_person(g, items[i].i);
            break;
        case WHEEL:
            paint_wheel(g);
            break;
        case DASH:
            paint_dash(g);
            break;
        case MIRROR:
            paint_mirror(g);
            break;
        case VISOR:
            paint_visor(g, items[i].i ? -0.37f : 0.37f);
            break;
        case PHONE:
            paint_phone(g, items[i].i);
            break;
        case PET:
            paint_pet(g, items[i].i);
            break;
        case SEAT_MIRROR:
            lw_sim_paint_seat_mirror(g, items[i].i);
            break;
        }
    }
}
