#include "sim/vehicle.h"

#include <stdlib.h>
#include <string.h>

/* Metres; x runs from the bumper (0) backwards. */
struct outline {
    float hood_z, cowl_x, cowl_z, roof_front_x, roof_z, roof_rear_x, tail_x, length;
    float belt_z, half, half_roof; /* half widths at the belt line and at the roof */
    float row_x[3], seat_z;
};

static const struct outline saloon = {.hood_z = 0.72f,
                                      .cowl_x = -1.10f,
                                      .cowl_z = 1.00f,
                                      .roof_front_x = -1.80f,
                                      .roof_z = 1.47f,
                                      .roof_rear_x = -3.35f,
                                      .tail_x = -3.95f,
                                      .length = 4.45f,
                                      .belt_z = 0.94f,
                                      .half = 0.86f,
                                      .half_roof = 0.63f,
                                      .row_x = {-2.12f, -2.95f, -3.7f},
                                      .seat_z = 1.17f};
/* A pick-up: its only row is a bench for three, the load lies open behind it. */
static const struct outline pickup = {.hood_z = 0.86f,
                                      .cowl_x = -1.12f,
                                      .cowl_z = 1.08f,
                                      .roof_front_x = -1.75f,
                                      .roof_z = 1.66f,
                                      .roof_rear_x = -2.48f,
                                      .tail_x = -2.66f,
                                      .length = 4.95f,
                                      .belt_z = 1.04f,
                                      .half = 0.90f,
                                      .half_roof = 0.70f,
                                      .row_x = {-2.10f, -2.62f, -3.7f},
                                      .seat_z = 1.30f};
static const struct outline van = {.hood_z = 0.88f,
                                   .cowl_x = -0.95f,
                                   .cowl_z = 1.14f,
                                   .roof_front_x = -1.70f,
                                   .roof_z = 1.84f,
                                   .roof_rear_x = -4.60f,
                                   .tail_x = -4.80f,
                                   .length = 4.85f,
                                   .belt_z = 1.10f,
                                   .half = 0.93f,
                                   .half_roof = 0.74f,
                                   .row_x = {-2.10f, -2.95f, -3.78f},
                                   .seat_z = 1.42f};

static struct lw_sim_panel *plate(struct lw_sim_vehicle *v, const struct lw_vec3 *p, size_t n,
                                  float round_m)
{
    struct lw_sim_panel *panel = &v->panel[v->n_panels++];
    lw_shape_rounded(&panel->plate, p, n, round_m);
    panel->normal = lw_shape_normal(&panel->plate);
    const struct lw_vec3 middle = lw_v3(-0.5f * v->length, 0, 0.7f);
    if (lw_v3_dot(panel->normal, lw_v3_sub(p[0], middle)) < 0)
        panel->normal = lw_v3_scale(panel->normal, -1);
    return panel;
}

static void window(struct lw_sim_panel *panel, const struct lw_vec3 *p, size_t n, float round_m,
                   enum lw_sim_glass glass)
{
    struct lw_shape *w = &panel->window[panel->n_windows];
    lw_shape_rounded(w, p, n, round_m);
    lw_shape_hole(&panel->plate, w);
    panel->glass[panel->n_windows++] = glass;
}

/* A point of the side above the belt line: x, and 0 at the belt .. 1 at the roof. */
static struct lw_vec3 on_side(const struct outline *o, float side, float x, float up)
{
    return lw_v3(x, side * lw_mixf(o->half - 0.02f, o->half_roof, up),
                 lw_mixf(o->belt_z, o->roof_z, up));
}

static void side_window(struct lw_sim_panel *panel, const struct outline *o, float side,
                        const float x[4], enum lw_sim_glass glass)
{
    const struct lw_vec3 p[4] = {on_side(o, side, x[0], 0.06f), on_side(o, side, x[1], 0.88f),
                                 on_side(o, side, x[2], 0.88f), on_side(o, side, x[3], 0.06f)};
    window(panel, p, 4, 0.06f, glass);
}

static void sides(struct lw_sim_vehicle *v, const struct outline *o, float side)
{
    const float h = side * o->half;
    const struct lw_vec3 low[5] = {lw_v3(-0.03f, h, 0.22f), lw_v3(-0.03f, h, o->hood_z),
                                   lw_v3(o->cowl_x, h, o->belt_z + 0.02f),
                                   lw_v3(-o->length, h, o->belt_z + 0.02f),
                                   lw_v3(-o->length, h, 0.22f)};
    plate(v, low, 5, 0.08f);
    const struct lw_vec3 wing[4] = {lw_v3(-0.03f, h, o->hood_z - 0.01f),
                                    lw_v3(0, side * (o->half - 0.04f), o->hood_z),
                                    lw_v3(o->cowl_x, side * (o->half - 0.04f), o->cowl_z),
                                    lw_v3(o->cowl_x, h, o->belt_z + 0.01f)};
    plate(v, wing, 4, 0.01f);
    const struct lw_vec3 high[4] = {
        on_side(o, side, o->cowl_x - 0.02f, 0), on_side(o, side, o->roof_front_x, 1),
        on_side(o, side, o->roof_rear_x, 1), on_side(o, side, o->tail_x, 0)};
    struct lw_sim_panel *p = plate(v, high, 4, 0.05f);
    const float pillar = 0.5f * (o->row_x[0] + o->row_x[1]) + 0.12f;
    side_window(
        p, o, side,
        (float[4]){o->cowl_x - 0.28f, o->roof_front_x - 0.10f, pillar + 0.05f, pillar + 0.07f},
        LW_GLASS_FRONT_SIDE);
    if (v->rows == 1)
        return;
    const float second = o->row_x[1] - 0.42f;
    side_window(p, o, side,
                (float[4]){pillar - 0.06f, pillar - 0.06f, second + 0.06f, second - 0.02f},
                LW_GLASS_REAR_SIDE);
    const float last = o->roof_rear_x - 0.02f;
    if (last < second - 0.35f)
        side_window(p, o, side,
                    (float[4]){second - 0.12f, second - 0.06f, last + 0.10f, last - 0.02f},
                    LW_GLASS_REAR_SIDE);
}

static void front_and_roof(struct lw_sim_vehicle *v, const struct outline *o)
{
    const float h = o->half - 0.03f, r = o->half_roof + 0.02f;
    const struct lw_vec3 nose[4] = {lw_v3(0, -h, 0.22f), lw_v3(0, -h, o->hood_z),
                                    lw_v3(0, h, o->hood_z), lw_v3(0, h, 0.22f)};
    plate(v, nose, 4, 0.12f);
    const struct lw_vec3 hood[4] = {lw_v3(0, -h, o->hood_z), lw_v3(o->cowl_x, -h, o->cowl_z),
                                    lw_v3(o->cowl_x, h, o->cowl_z), lw_v3(0, h, o->hood_z)};
    plate(v, hood, 4, 0.10f);
    const struct lw_vec3 roof[4] = {
        lw_v3(o->roof_front_x, -r, o->roof_z), lw_v3(o->roof_rear_x, -r, o->roof_z),
        lw_v3(o->roof_rear_x, r, o->roof_z), lw_v3(o->roof_front_x, r, o->roof_z)};
    plate(v, roof, 4, 0.05f);
    const float cx = o->cowl_x, cz = o->cowl_z - 0.03f, rx = o->roof_front_x, rz = o->roof_z;
    const struct lw_vec3 frame[4] = {lw_v3(cx, -h, cz), lw_v3(rx, -r, rz), lw_v3(rx, r, rz),
                                     lw_v3(cx, h, cz)};
    struct lw_sim_panel *p = plate(v, frame, 4, 0.04f);
    const struct lw_vec3 a = lw_v3(lw_mixf(cx, rx, 0.06f), 0, lw_mixf(cz, rz, 0.06f));
    const struct lw_vec3 b = lw_v3(lw_mixf(cx, rx, 0.93f), 0, lw_mixf(cz, rz, 0.93f));
    const float wa = h - 0.09f, wb = r - 0.07f;
    const struct lw_vec3 glass[4] = {lw_v3(a.x, -wa, a.z), lw_v3(b.x, -wb, b.z),
                                     lw_v3(b.x, wb, b.z), lw_v3(a.x, wa, a.z)};
    window(p, glass, 4, 0.10f, LW_GLASS_WINDSHIELD);
}

static void back(struct lw_sim_vehicle *v, const struct outline *o)
{
    const float h = o->half - 0.03f, r = o->half_roof;
    const struct lw_vec3 frame[4] = {
        lw_v3(o->roof_rear_x, -r, o->roof_z), lw_v3(o->tail_x, -h, o->belt_z),
        lw_v3(o->tail_x, h, o->belt_z), lw_v3(o->roof_rear_x, r, o->roof_z)};
    struct lw_sim_panel *p = plate(v, frame, 4, 0.04f);
    const struct lw_vec3 a = lw_v3_mix(frame[0], frame[1], 0.12f),
                         b = lw_v3_mix(frame[0], frame[1], 0.9f);
    const struct lw_vec3 glass[4] = {lw_v3(a.x, -r + 0.08f, a.z), lw_v3(b.x, -h + 0.14f, b.z),
                                     lw_v3(b.x, h - 0.14f, b.z), lw_v3(a.x, r - 0.08f, a.z)};
    window(p, glass, 4, 0.08f, LW_GLASS_REAR);
    const struct lw_vec3 tail[4] = {lw_v3(-o->length, -h, 0.3f), lw_v3(o->tail_x, -h, o->belt_z),
                                    lw_v3(o->tail_x, h, o->belt_z), lw_v3(-o->length, h, 0.3f)};
    plate(v, tail, 4, 0.08f);
}

static void add_seat(struct lw_sim_vehicle *v, int row, char place, struct lw_vec3 face)
{
    struct lw_sim_seat *s = &v->seat[v->n_seats++];
    s->name[0] = (char)('1' + row);
    s->name[1] = place;
    s->name[2] = '\0';
    s->face = face;
}

/* Rear seats stand a little higher and nearer to the middle than those before them. */
static void seats(struct lw_sim_vehicle *v, const struct outline *o)
{
    static const float out[3] = {0.38f, 0.28f, 0.33f}, up[3] = {0, 0.065f, 0.12f};
    for (int row = 0; row < v->rows; row++) {
        const float x = o->row_x[row], z = o->seat_z + up[row];
        add_seat(v, row, 'L', lw_v3(x, out[row], z));
        if (row > 0 || v->rows == 1)
            add_seat(v, row, 'C', lw_v3(x - 0.03f, 0, z + 0.01f));
        add_seat(v, row, 'R', lw_v3(x, -out[row], z));
    }
}

static struct lw_rgbf paint_colour(struct lw_rng *rng)
{
    static const struct lw_rgbf paints[] = {{0.75f, 0.76f, 0.78f}, {0.03f, 0.03f, 0.035f},
                                            {0.30f, 0.31f, 0.33f}, {0.35f, 0.03f, 0.03f},
                                            {0.04f, 0.10f, 0.28f}, {0.10f, 0.20f, 0.12f},
                                            {0.42f, 0.36f, 0.27f}, {0.12f, 0.25f, 0.35f}};
    const struct lw_rgbf c = paints[lw_rng_below(rng, LW_COUNT(paints))];
    return lw_rgbf_scale(c, (float)lw_rng_range(rng, 0.8, 1.2));
}

int lw_sim_vehicle_new(struct lw_sim_vehicle **out, int rows, bool dark_rear, struct lw_rng *rng)
{
    const struct outline *o = rows > 2 ? &van : rows > 1 ? &saloon : &pickup;
    struct lw_sim_vehicle *v = calloc(1, sizeof(*v));
    if (!v)
        return LW_ENOMEM;
    v->rows = rows;
    v->length = o->length;
    v->half_width = o->half;
    v->roof_z = o->roof_z;
    v->belt_z = o->belt_z;
    v->cowl = lw_v3(o->cowl_x, 0, o->cowl_z);
    v->roof_front = lw_v3(o->roof_front_x, 0, o->roof_z);
    v->body = paint_colour(rng);
    v->clear[LW_GLASS_WINDSHIELD] = (float)lw_rng_range(rng, 0.70, 0.82);
    v->clear[LW_GLASS_FRONT_SIDE] = (float)lw_rng_range(rng, 0.65, 0.80);
    v->clear[LW_GLASS_REAR_SIDE] =
        (float)(dark_rear ? lw_rng_range(rng, 0.22, 0.45) : lw_rng_range(rng, 0.6, 0.75));
    v->clear[LW_GLASS_REAR] = v->clear[LW_GLASS_REAR_SIDE];
    sides(v, o, 1);
    sides(v, o, -1);
    front_and_roof(v, o);
    back(v, o);
    seats(v, o);
    *out = v;
    return LW_OK;
}

void lw_sim_vehicle_free(struct lw_sim_vehicle **v)
{
    free(*v);
    *v = NULL;
}
