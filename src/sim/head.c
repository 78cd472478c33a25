/* A photograph knows no depth. The card carries half an ellipsoid with a nose on it, flat where
 * hair and neck end, so that a turned head narrows, its far cheek vanishes behind the nose, and
 * light from the side falls as it does on a head. Behind it stands a plain skull, so that one does
 * not see through the head when it turns. Good up to about 45 degrees of turning. */
#include "sim/head.h"

#include <stdlib.h>
#include <string.h>

enum { COLS = 26, ROWS = 30, CELLS = COLS * ROWS, POINTS = (COLS + 1) * (ROWS + 1) };

struct vertex {
    float u, v;
    struct lw_vec3 world;
    struct lw_sim_pixel px;
    struct lw_rgbf shade;
};

static float bump(float u, float v)
{
    const float x = u / 0.090f, y = (v + 0.012f) / 0.132f;
    const float q = 1.0f - x * x - y * y;
    const float skull = q > 0 ? 0.085f * powf(q, 0.62f) : 0.0f;
    const float nx = u / 0.018f, ny = (v - 0.018f) / 0.030f;
    return skull + 0.017f * expf(-nx * nx - ny * ny);
}

static bool in_face(float u, float v)
{
    const float x = u / (0.5f * LW_SIM_FACE_W), y = v / (0.5f * LW_SIM_FACE_H);
    return x * x + y * y <= 1.0f;
}

struct frame {
    struct lw_vec3 x, y, z; /* the head's axes in the world */
    struct lw_vec3 origin;
    float size;
};

/* Turned about the neck, which lies below and behind the middle of the face: yaw, then pitch, then
 * roll in the head's own axes. */
static struct frame frame_of(const struct lw_sim_head_pose *p)
{
    const float cy = cosf(lw_radians(p->yaw_deg)), sy = sinf(lw_radians(p->yaw_deg));
    const float cp = cosf(lw_radians(p->pitch_deg)), sp = sinf(lw_radians(p->pitch_deg));
    const float cr = cosf(lw_radians(p->roll_deg)), sr = sinf(lw_radians(p->roll_deg));
    struct frame f = {.size = p->size};
    f.x = lw_v3(cy * cp, sy * cp, sp);
    const struct lw_vec3 side = lw_v3(-sy, cy, 0);
    const struct lw_vec3 up = lw_v3(-cy * sp, -sy * sp, cp);
    f.y = lw_v3_sub(lw_v3_scale(side, cr), lw_v3_scale(up, sr));
    f.z = lw_v3_add(lw_v3_scale(up, cr), lw_v3_scale(side, sr));
    const struct lw_vec3 arm = lw_v3_scale(lw_v3(0.07f, 0, 0.12f), p->size);
    const struct lw_vec3 neck = lw_v3_sub(p->at, arm);
    f.origin = lw_v3_add(neck, lw_v3_add(lw_v3_scale(f.x, arm.x), lw_v3_scale(f.z, arm.z)));
    return f;
}

static struct lw_vec3 to_world(const struct frame *f, float depth, float u, float v)
{
    const struct lw_vec3 d =
        lw_v3_add(lw_v3_scale(f->x, depth), lw_v3_sub(lw_v3_scale(f->y, u), lw_v3_scale(f->z, v)));
    return lw_v3_add(f->origin, lw_v3_scale(d, f->size));
}

static struct lw_rgbf shade(const struct lw_sim_light *l, struct lw_vec3 normal)
{
    const float k = lw_maxf(0, lw_v3_dot(normal, l->key_from));
    return (struct lw_rgbf){l->ambient.r + k * l->key.r, l->ambient.g + k * l->key.g,
                            l->ambient.b + k * l->key.b};
}

static void place(struct vertex *v, const struct frame *f, const struct lw_sim_camera *cam,
                  const struct lw_sim_light *light)
{
    const float e = 0.004f, b = bump(v->u, v->v);
    const float du = (bump(v->u + e, v->v) - b) / e, dv = (bump(v->u, v->v + e) - b) / e;
    const struct lw_vec3 n =
        lw_v3_unit(lw_v3_add(f->x, lw_v3_sub(lw_v3_scale(f->z, dv), lw_v3_scale(f->y, du))));
    v->world = to_world(f, b, v->u, v->v);
    v->px = lw_sim_project(cam, v->world);
    v->shade = shade(light, n);
}

struct painter {
    struct lw_canvas *canvas;
    const struct lw_sim_cutout *cut;
    int level;
    uint8_t owner;
    bool mirrored;
};

static void dot(const struct painter *p, int x, int y, const struct vertex *t[3], const float w[3])
{
    const float u = w[0] * t[0]->u + w[1] * t[1]->u + w[2] * t[2]->u;
    const float v = w[0] * t[0]->v + w[1] * t[1]->v + w[2] * t[2]->v;
    const struct lw_texel c = lw_sim_cutout_at(p->cut, p->mirrored ? -u : u, v, p->level);
    if (c.a < 0.004f)
        return;
    const size_t at = (size_t)y * (size_t)p->canvas->width + (size_t)x;
    struct lw_rgbf *d = &p->canvas->px[at];
    const struct lw_rgbf *a = &t[0]->shade, *b = &t[1]->shade, *e = &t[2]->shade;
    d->r = d->r * (1 - c.a) + c.r * (w[0] * a->r + w[1] * b->r + w[2] * e->r);
    d->g = d->g * (1 - c.a) + c.g * (w[0] * a->g + w[1] * b->g + w[2] * e->g);
    d->b = d->b * (1 - c.a) + c.b * (w[0] * a->b + w[1] * b->b + w[2] * e->b);
    if (c.a > 0.5f)
        p->canvas->owner[at] = in_face(u, v) ? p->owner : LW_OWNER_THING;
}

static float edge(const struct lw_sim_pixel *a, const struct lw_sim_pixel *b, float x, float y)
{
    return (b->x - a->x) * (y - a->y) - (b->y - a->y) * (x - a->x);
}

/* Pixel centres on a shared edge belong to one of the two: the edge that runs down or left. */
static bool keeps(const struct lw_sim_pixel *a, const struct lw_sim_pixel *b, float e)
{
    return e > 0 || (e >= 0 && (a->y < b->y || (a->y <= b->y && a->x > b->x)));
}

/* Triangles with their front to the camera run clockwise on the screen; others are not painted. */
static void triangle(const struct painter *p, const struct vertex *a, const struct vertex *b,
                     const struct vertex *c)
{
    const struct vertex *t[3] = {a, b, c};
    const float area = edge(&a->px, &b->px, c->px.x, c->px.y);
    if (!(area > 1e-4f))
        return;
    const float x0 = lw_minf(a->px.x, lw_minf(b->px.x, c->px.x));
    const float x1 = lw_maxf(a->px.x, lw_maxf(b->px.x, c->px.x));
    const float y0 = lw_minf(a->px.y, lw_minf(b->px.y, c->px.y));
    const float y1 = lw_maxf(a->px.y, lw_maxf(b->px.y, c->px.y));
    const int w = p->canvas->width, h = p->canvas->height;
    if (x1 < 0 || y1 < 0 || x0 >= (float)w || y0 >= (float)h)
        return;
    for (int y = lw_maxi(0, (int)y0); y <= lw_mini(h - 1, (int)y1); y++)
        for (int x = lw_maxi(0, (int)x0); x <= lw_mini(w - 1, (int)x1); x++) {
            const float px = (float)x + 0.5f, py = (float)y + 0.5f;
            const float ea = edge(&b->px, &c->px, px, py), eb = edge(&c->px, &a->px, px, py);
            const float ec = edge(&a->px, &b->px, px, py);
            if (keeps(&b->px, &c->px, ea) && keeps(&c->px, &a->px, eb) && keeps(&a->px, &b->px, ec))
                dot(p, x, y, t, (float[3]){ea / area, eb / area, ec / area});
        }
}

static float distance2(const struct lw_sim_camera *cam, struct lw_vec3 p)
{
    const struct lw_vec3 d = lw_v3_sub(p, cam->at);
    return lw_v3_dot(d, d);
}

struct cell {
    int at; /* its first vertex */
    float far;
};

static int by_distance(const void *a, const void *b)
{
    const struct cell *x = a, *y = b;
    if (x->far > y->far)
        return -1;
    return x->far < y->far ? 1 : x->at - y->at;
}

/* Far cells first, so that a nose stands before the cheek behind it. */
static void paint_mesh(const struct painter *p, const struct vertex *v,
                       const struct lw_sim_camera *cam)
{
    struct cell cells[CELLS];
    for (int i = 0; i < CELLS; i++) {
        const int at = i / COLS * (COLS + 1) + i % COLS;
        cells[i] = (struct cell){.at = at, .far = distance2(cam, v[at].world)};
    }
    qsort(cells, CELLS, sizeof(cells[0]), by_distance);
    for (int i = 0; i < CELLS; i++) {
        const struct vertex *a = &v[cells[i].at], *b = a + 1, *c = a + COLS + 1, *d = c + 1;
        triangle(p, a, b, d);
        triangle(p, a, d, c);
    }
}

/* The back of the head: a round shape behind the card that always shows its full width. */
static void paint_skull(struct lw_canvas *c, const struct lw_sim_camera *cam, const struct frame *f,
                        const struct lw_sim_cutout *cut, const struct lw_sim_light *light)
{
    const struct lw_vec3 centre = to_world(f, -0.035f, 0, -0.045f);
    const struct lw_vec3 to_cam = lw_v3_unit(lw_v3_sub(cam->at, centre));
    const struct lw_vec3 side = lw_v3_unit(lw_v3_cross(f->z, to_cam));
    struct lw_shape s = {.n_parts = 1, .n = {40}};
    for (int i = 0; i < 40; i++) {
        const float t = 6.2831853f * (float)i / 40.0f;
        s.p[0][i] = lw_v3_add(centre, lw_v3_add(lw_v3_scale(side, 0.074f * f->size * cosf(t)),
                                                lw_v3_scale(f->z, 0.085f * f->size * sinf(t))));
    }
    lw_canvas_paint(c, cam, &s, lw_rgbf_mul(cut->hair, shade(light, to_cam)), 1.0f);
}

static void measure(const struct vertex *v, const struct lw_canvas *c,
                    const struct lw_sim_camera *cam, const struct frame *f,
                    struct lw_sim_seen *seen)
{
    float x0 = 1e9f, y0 = 1e9f, x1 = -1e9f, y1 = -1e9f;
    for (int i = 0; i < POINTS; i++) {
        if (!in_face(v[i].u, v[i].v))
            continue;
        x0 = lw_minf(x0, v[i].px.x);
        x1 = lw_maxf(x1, v[i].px.x);
        y0 = lw_minf(y0, v[i].px.y);
        y1 = lw_maxf(y1, v[i].px.y);
    }
    seen->box = (struct lw_rect){.x = x0, .y = y0, .w = x1 - x0, .h = y1 - y0};
    const float w = lw_minf(x1, (float)c->width) - lw_maxf(x0, 0);
    const float h = lw_minf(y1, (float)c->height) - lw_maxf(y0, 0);
    seen->share_inside = w > 0 && h > 0 ? w * h / (seen->box.w * seen->box.h) : 0;
    const struct lw_vec3 to_cam = lw_v3_unit(lw_v3_sub(cam->at, f->origin));
    seen->faces_camera = lw_v3_dot(to_cam, f->x) > 0.26f; /* within 75 degrees */
}

int lw_sim_count_owner(const struct lw_canvas *c, const struct lw_rect *box, uint8_t owner)
{
    const int x0 = lw_maxi(0, (int)box->x - 1), x1 = lw_mini(c->width, (int)(box->x + box->w) + 2);
    const int y0 = lw_maxi(0, (int)box->y - 1), y1 = lw_mini(c->height, (int)(box->y + box->h) + 2);
    int n = 0;
    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++)
            n += c->owner[(size_t)y * (size_t)c->width + (size_t)x] == owner;
    return n;
}

void lw_sim_head_paint(struct lw_canvas *c, const struct lw_sim_camera *cam,
                       const struct lw_sim_cutout *cut, const struct lw_sim_head_pose *pose,
                       const struct lw_sim_light *light, uint8_t owner, struct lw_sim_seen *seen)
{
    const struct frame f = frame_of(pose);
    memset(seen, 0, sizeof(*seen));
    const float depth = lw_v3_dot(lw_v3_sub(f.origin, cam->at), cam->forward);
    if (depth < 0.4f)
        return;
    struct vertex v[POINTS];
    for (int i = 0; i < POINTS; i++) {
        v[i].u = lw_mixf(LW_SIM_CUT_LEFT, LW_SIM_CUT_RIGHT, (float)(i % (COLS + 1)) / COLS);
        v[i].v = lw_mixf(LW_SIM_CUT_TOP, LW_SIM_CUT_BOTTOM, (float)(i / (COLS + 1)) / ROWS);
        place(&v[i], &f, cam, light);
    }
    paint_skull(c, cam, &f, cut, light);
    measure(v, c, cam, &f, seen);
    const struct painter p = {.canvas = c,
                              .cut = cut,
                              .level = lw_sim_cutout_level(cut, depth / cam->focal_px / f.size),
                              .owner = owner,
                              .mirrored = pose->mirrored};
    paint_mesh(&p, v, cam);
    seen->pixels = lw_sim_count_owner(c, &seen->box, owner);
}
