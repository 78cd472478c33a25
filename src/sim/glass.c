/* What glass does to what is behind it, for each pixel: it lets a share of it pass, mirrors the
 * world (Fresnel's law in Schlick's form, two surfaces, a slightly curved pane), scatters light on
 * its dirt, and shows the mirror images of strong lamps as spots that wander over it. What it
 * adds moves with the world; what is behind it moves with the vehicle. */
#include "sim/dirt.h"
#include "sim/stage.h"

struct pane {
    const struct lw_sim_stage *g;
    struct lw_vec3 point, normal; /* of the plane, world */
    float clear, mirror, dirt, bend;
    bool windshield;
};

static float fresnel(float cosine)
{
    const float k = 1.0f - cosine, k2 = k * k;
    return 0.08f + 0.92f * k2 * k2 * k;
}

/* Where on the windshield: y, and 0 at the lower edge .. 1 at the upper. */
static float height_on(const struct pane *p, struct lw_vec3 hit)
{
    const struct lw_sim_vehicle *v = p->g->scene->vehicle;
    return (hit.z - v->cowl.z) / (v->roof_front.z - v->cowl.z);
}

static float glare_at(const struct pane *p, struct lw_vec3 hit)
{
    const struct lw_sim_scene *s = p->g->scene;
    float sum = 0;
    for (size_t i = 0; i < s->n_glares; i++) {
        const struct lw_sim_glare *k = &s->glare[i];
        const float dy = hit.y - k->y - k->speed * p->g->t_s;
        const float dz = (height_on(p, hit) - k->up) * 0.7f;
        const float q = (dy * dy + dz * dz) / (k->radius_m * k->radius_m);
        const float core = q < 30 ? expf(-0.5f * q) : 0.0f;
        sum += k->strength * (core + 0.08f / (1.0f + 0.3f * q));
    }
    return sum;
}

/* Specks and smears; the wiper keeps a fan of the windshield clean. */
static float dirt_at(const struct pane *p, struct lw_vec3 hit)
{
    if (p->dirt <= 0.01f)
        return 0;
    float d = lw_sim_dirt_at(p->g->scene->dirt_map, hit.y + 0.7f * hit.x, hit.z);
    if (p->windshield) {
        const float dy = hit.y - 0.25f, dz = (hit.z - p->g->scene->vehicle->cowl.z) * 1.5f;
        d *= 0.35f + 0.65f * lw_smoothf(0.55f, 0.7f, sqrtf(dy * dy + dz * dz));
    }
    return p->dirt * d;
}

static struct lw_rgbf through(const struct pane *p, struct lw_rgbf behind, struct lw_vec3 ray)
{
    const struct lw_sim_stage *g = p->g;
    const float along = -lw_v3_dot(ray, p->normal);
    const float t = lw_v3_dot(lw_v3_sub(p->point, g->cam->at), p->normal) / -along;
    const struct lw_vec3 hit = lw_v3_add(g->cam->at, lw_v3_scale(ray, t));
    struct lw_vec3 in_car = lw_v3_sub(hit, g->vehicle);
    struct lw_vec3 n = p->normal;
    n.y += p->bend * in_car.y;
    n = lw_v3_unit(n);
    const float cosine = lw_maxf(0.02f, -lw_v3_dot(ray, n));
    const struct lw_vec3 back = lw_v3_add(ray, lw_v3_scale(n, 2.0f * cosine));
    const float f = fresnel(cosine), dirt = dirt_at(p, in_car);
    const float pass = p->clear * (1.0f - f) * (1.0f - dirt), m = f * p->mirror;
    const struct lw_rgbf world = lw_sim_world_reflection(g->scene->world, back);
    const struct lw_sim_world *w = g->scene->world;
    const float lit = w->sky * 0.8f + 0.5f * w->sun + (w->night ? 0.01f : 0);
    float add = dirt * lit * 0.55f;
    if (p->windshield && g->scene->n_glares)
        add += glare_at(p, in_car) * (0.25f * lit + 0.02f);
    return (struct lw_rgbf){behind.r * pass + world.r * m + add,
                            behind.g * pass + world.g * m + add,
                            behind.b * pass + world.b * m + add};
}

static void span_glass(void *ctx, struct lw_canvas *c, int y, int x, int n, const float *over)
{
    const struct pane *p = ctx;
    struct lw_rgbf *px = c->px + (size_t)y * (size_t)c->width + (size_t)x;
    for (int i = 0; i < n; i++) {
        const struct lw_vec3 ray = lw_sim_ray(p->g->cam, (float)(x + i) + 0.5f, (float)y + 0.5f);
        px[i] = lw_rgbf_mix(px[i], through(p, px[i], ray), over[i]);
    }
}

void lw_sim_paint_glass(struct lw_sim_stage *g, const struct lw_sim_panel *panel, size_t window)
{
    const struct lw_sim_scene *s = g->scene;
    const enum lw_sim_glass kind = panel->glass[window];
    struct lw_shape shape = panel->window[window];
    lw_shape_move(&shape, g->vehicle);
    struct pane p = {.g = g,
                     .point = shape.p[0][0],
                     .normal = panel->normal,
                     .clear = s->vehicle->clear[kind],
                     .mirror = s->condition->reflection * (s->infrared ? 0.35f : 1.0f),
                     .dirt = s->dirt,
                     .bend = kind == LW_GLASS_WINDSHIELD ? 0.35f : 0.05f,
                     .windshield = kind == LW_GLASS_WINDSHIELD};
    lw_canvas_shape(g->canvas, g->cam, &shape, span_glass, &p);
}
