/* Draws a scene from a seed: light, vehicle, cameras, what stands about; the people come from
 * seating.c. */
#include <stdlib.h>
#include <string.h>

#include "sim/dirt.h"
#include "sim/script.h"

const char *lw_sim_distraction_name(enum lw_sim_distraction d)
{
    static const char *const names[] = {"poster", "bystander", "shirt", "pet", "phone", "mirror"};
    return names[d];
}

void lw_sim_scene_free(struct lw_sim_scene **sp)
{
    struct lw_sim_scene *s = *sp;
    if (!s)
        return;
    for (size_t i = 0; i < s->n_occupants; i++)
        lw_sim_cutout_free(&s->occupant[i].cut);
    for (size_t i = 0; i < s->n_documents; i++)
        lw_image_unref(&s->document[i].portrait);
    for (size_t i = 0; i < s->n_distractors; i++)
        lw_sim_cutout_free(&s->distractor[i].cut);
    lw_sim_vehicle_free(&s->vehicle);
    lw_sim_world_free(&s->world);
    free(s->dirt_map);
    free(s);
    *sp = NULL;
}

static const struct lw_sim_condition *pick_condition(const struct lw_sim_preset *p,
                                                     struct lw_rng *r)
{
    float sum = 0;
    for (int i = 0; i < LW_SIM_CONDITIONS; i++)
        sum += p->weight[i];
    float x = lw_sim_range(r, 0, sum);
    for (int i = 0; i < LW_SIM_CONDITIONS - 1; i++) {
        if (x < p->weight[i])
            return &lw_sim_conditions[i];
        x -= p->weight[i];
    }
    return &lw_sim_conditions[LW_SIM_CONDITIONS - 1];
}

/* --- light --- */

static void set_light(struct lw_sim_scene *s, struct lw_rng *r)
{
    const struct lw_sim_condition *c = s->condition;
    const float lamp = s->infrared ? 0.35f : c->lamp;
    const float sky = s->world->sky * c->cabin * lw_sim_range(r, 0.85f, 1.15f);
    const float side = lw_sim_range(r, -1, 1);
    const float key = 0.55f * sky + 0.45f * lamp + s->world->sun * lw_sim_range(r, 0, 0.35f);
    s->light.ambient = (struct lw_rgbf){0.62f * sky + 0.55f * lamp, 0.64f * sky + 0.54f * lamp,
                                        0.66f * sky + 0.50f * lamp};
    s->light.key = (struct lw_rgbf){key, 0.97f * key, 0.92f * key};
    if (s->infrared) {
        const float g = s->light.ambient.g;
        s->light.ambient = (struct lw_rgbf){g, g, g};
        s->light.key = (struct lw_rgbf){key, key, key};
    }
    s->light.key_from = lw_v3_unit(lw_v3(1.0f, side, lw_sim_range(r, 0.1f, 0.7f)));
    s->dirt = c->dirt * lw_sim_range(r, 0.3f, 1.0f);
    s->dirt_seed = (uint32_t)lw_rng_u64(r);
    s->exposure_s =
        c->sky > 0.3f ? lw_sim_range(r, 0.0008f, 0.004f) : lw_sim_range(r, 0.004f, 0.014f);
    if (s->infrared)
        s->exposure_s = 0.001f;
}

static void set_glare(struct lw_sim_scene *s, struct lw_rng *r)
{
    const float mean = s->condition->glare * (s->infrared ? 0.4f : 1.0f);
    for (int i = 0; i < LW_SIM_GLARES; i++) {
        if (!lw_sim_chance(r, mean / LW_SIM_GLARES))
            continue;
        s->glare[s->n_glares++] = (struct lw_sim_glare){.y = lw_sim_range(r, -0.6f, 0.6f),
                                                        .up = lw_sim_range(r, 0.2f, 0.9f),
                                                        .speed = lw_sim_range(r, -0.35f, 0.35f),
                                                        .radius_m = lw_sim_range(r, 0.03f, 0.11f),
                                                        .strength = lw_sim_range(r, 0.4f, 2.2f)};
    }
}

static int set_stage(struct lw_sim_script *p)
{
    struct lw_sim_scene *s = p->scene;
    struct lw_rng r = lw_rng_fork(&p->root, LW_PART_LIGHT);
    s->condition = pick_condition(p->preset, &r);
    s->infrared = lw_sim_chance(&r, s->condition->infrared);
    int e = lw_sim_world_new(&s->world, (uint32_t)lw_rng_u64(&r), s->condition, s->infrared);
    if (e < 0)
        return e;
    set_light(s, &r);
    set_glare(s, &r);
    if ((e = lw_sim_dirt_new(&s->dirt_map, s->dirt_seed)) < 0)
        return e;
    struct lw_rng v = lw_rng_fork(&p->root, LW_PART_VEHICLE);
    const bool three = lw_sim_chance(&v, p->preset->three_rows);
    const int rows = three ? 3 : lw_sim_chance(&v, p->preset->one_row) ? 1 : 2;
    s->visor_down[0] = lw_sim_chance(&v, 0.12f * p->preset->occlusion * 2);
    s->visor_down[1] = lw_sim_chance(&v, 0.12f * p->preset->occlusion * 2);
    s->wiper = lw_sim_chance(&v, 0.10f * p->preset->occlusion * 2);
    return lw_sim_vehicle_new(&s->vehicle, rows, lw_sim_chance(&v, 0.45f), &v);
}

/* --- cameras --- */

static struct lw_sim_view *add_view(struct lw_sim_script *p, const char *id, const char *view,
                                    struct lw_sim_camera camera, struct lw_rng *r)
{
    struct lw_sim_scene *s = p->scene;
    struct lw_sim_view *v = &s->view[s->n_views++];
    v->id = id;
    v->view = view;
    v->camera = camera;
    v->exposure_error = lw_sim_gauss(r, s->condition->exposure_error, 1.2f);
    v->defocus_px =
        s->condition->defocus_px * lw_sim_range(r, 0.3f, 1.0f) * (float)p->size.width / 1920.0f;
    v->noise_seed = (uint32_t)lw_rng_u64(r);
    return v;
}

static float focal_for(const struct lw_sim_script *p, float face_px, float distance_m)
{
    return face_px / LW_SIM_FACE_H * distance_m * (float)p->size.width / 1920.0f;
}

static void add_side(struct lw_sim_script *p, float side, struct lw_rng *r)
{
    const struct lw_sim_scene *s = p->scene;
    const struct lw_sim_vehicle *v = s->vehicle;
    const float mid = s->x0 + 0.5f * s->speed_mps * (float)s->frames / s->fps;
    const struct lw_vec3 face = v->seat[0].face;
    const float ahead = lw_sim_range(r, 1.4f, 2.0f), out = lw_sim_range(r, 2.0f, 2.5f);
    const struct lw_vec3 at =
        lw_v3(mid + face.x + ahead, side * out, face.z + lw_sim_range(r, 0.0f, 0.3f));
    const struct lw_vec3 target = lw_v3(mid + face.x - 0.25f, side * 0.3f, face.z - 0.02f);
    const float distance = lw_v3_length(lw_v3_sub(at, target));
    add_view(p, side > 0 ? "left" : "right", side > 0 ? "left_side" : "right_side",
             lw_sim_camera_aim(at, target, focal_for(p, lw_sim_range(r, 95, 130), distance),
                               p->size.width, p->size.height),
             r);
}

static void set_cameras(struct lw_sim_script *p)
{
    struct lw_sim_scene *s = p->scene;
    struct lw_rng r = lw_rng_fork(&p->root, LW_PART_CAMERAS);
    const struct lw_vec3 face = s->vehicle->seat[0].face;
    const uint32_t spread = (uint32_t)(p->preset->frames_max - p->preset->frames_min + 1);
    s->fps = 10;
    s->frames = p->preset->frames_min + (int)lw_rng_below(&r, spread);
    s->speed_mps = s->condition->speed_mps * lw_sim_range(&r, 0.3f, 1.0f);
    const float near_m = lw_sim_range(&r, 3.7f, 4.5f);
    const float gone = s->speed_mps * (float)s->frames / s->fps;
    s->x0 = -near_m - gone - face.x; /* the camera stands at x = 0 */
    const float middle = near_m + 0.5f * gone;
    const float beside = (lw_sim_chance(&r, 0.5f) ? 1.0f : -1.0f) * lw_sim_range(&r, 0.2f, 0.9f);
    const struct lw_vec3 at = lw_v3(0, beside, face.z + lw_sim_range(&r, 0.3f, 0.65f));
    const struct lw_vec3 target = lw_v3(-middle, lw_sim_range(&r, -0.08f, 0.08f), face.z - 0.02f);
    const float px = lw_sim_range(&r, 92, 128);
    add_view(p, "front", "windshield",
             lw_sim_camera_aim(at, target, focal_for(p, px, middle), p->size.width, p->size.height),
             &r);
    if (lw_sim_chance(&r, p->preset->side_cameras)) {
        add_side(p, 1, &r);
        add_side(p, -1, &r);
    }
}

static void swap_sides(struct lw_sim_scene *s)
{
    for (size_t i = 0; i < s->n_views; i++) {
        struct lw_sim_view *v = &s->view[i];
        if (strcmp(v->view, "windshield") == 0)
            continue;
        v->view = strcmp(v->view, "left_side") == 0 ? "right_side" : "left_side";
        v->fault = LW_FAULT_SWAPPED;
    }
}

/* One camera at most, so that some way to see the people remains. */
static void break_camera(struct lw_sim_script *p)
{
    struct lw_sim_scene *s = p->scene;
    struct lw_rng r = lw_rng_fork(&p->root, LW_PART_FAULTS);
    struct lw_sim_view *v = &s->view[lw_rng_below(&r, (uint32_t)s->n_views)];
    const enum lw_sim_fault fault = (enum lw_sim_fault)(1 + lw_rng_below(&r, 4));
    const float when = lw_sim_range(&r, 0.2f, 0.8f);
    if (!lw_sim_chance(&r, p->preset->faults))
        return;
    if (fault == LW_FAULT_SWAPPED) {
        swap_sides(s);
        return;
    }
    v->fault = fault;
    v->broken_from = lw_maxi(1, (int)(when * (float)s->frames));
}

/* --- things that look like people --- */

static void place_distractor(struct lw_sim_distractor *d, struct lw_sim_scene *s, struct lw_rng *r)
{
    const float side = lw_sim_chance(r, 0.5f) ? 1.0f : -1.0f;
    const struct lw_vec3 face = s->vehicle->seat[0].face;
    d->seed = (uint32_t)lw_rng_u64(r);
    d->color = (struct lw_rgbf){lw_sim_range(r, 0.1f, 0.5f), lw_sim_range(r, 0.1f, 0.5f),
                                lw_sim_range(r, 0.1f, 0.5f)};
    if (d->kind == LW_DISTRACT_PET) /* coats from black to fawn */
        d->color =
            lw_rgbf_scale((struct lw_rgbf){1.0f, 0.78f, 0.55f}, lw_sim_range(r, 0.05f, 0.5f));
    switch (d->kind) {
    case LW_DISTRACT_POSTER:
        d->at = lw_v3(-lw_sim_range(r, 6.5f, 9.0f), side * lw_sim_range(r, 1.9f, 2.6f),
                      lw_sim_range(r, 1.5f, 2.3f));
        break;
    case LW_DISTRACT_BYSTANDER:
        d->at = lw_v3(-lw_sim_range(r, 6.0f, 8.5f), side * lw_sim_range(r, 1.7f, 2.3f),
                      lw_sim_range(r, 1.5f, 1.7f));
        break;
    case LW_DISTRACT_MIRROR: /* how far before the camera, and beside the middle of the mirror */
        d->at = lw_v3(lw_sim_range(r, -0.5f, 0.5f), side * lw_sim_range(r, 0, 0.08f),
                      lw_sim_range(r, -0.05f, 0.03f));
        break;
    case LW_DISTRACT_PHONE:
        d->at = lw_v3(face.x + 0.55f, lw_sim_range(r, -0.15f, 0.1f), face.z - 0.20f);
        break;
    default:
        d->at = lw_v3(face.x + 0.12f, side * 0.02f, face.z - 0.16f);
    }
}

static bool seat_is_free(const struct lw_sim_scene *s, const char *name)
{
    bool is_there = false;
    for (size_t i = 0; i < s->vehicle->n_seats; i++)
        is_there |= strcmp(s->vehicle->seat[i].name, name) == 0;
    for (size_t i = 0; i < s->n_occupants; i++)
        if (strcmp(s->vehicle->seat[s->occupant[i].seat].name, name) == 0)
            return false;
    return is_there;
}

static int add_distractor(struct lw_sim_script *p, enum lw_sim_distraction kind, struct lw_rng *r)
{
    struct lw_sim_scene *s = p->scene;
    struct lw_sim_distractor *d = &s->distractor[s->n_distractors];
    d->kind = kind;
    if (kind == LW_DISTRACT_MIRROR && !seat_is_free(s, "2C"))
        return LW_OK;
    if (kind != LW_DISTRACT_PET) {
        struct lw_sim_role role = {.person = 0};
        const int e = lw_sim_next_role(p, &role);
        lw_image_unref(&role.portrait);
        if (e <= 0)
            return e;
        d->cut = role.cut;
    }
    place_distractor(d, s, r);
    if (kind == LW_DISTRACT_SHIRT)
        s->occupant[lw_rng_below(r, (uint32_t)s->n_occupants)].shirt = (int)s->n_distractors;
    s->n_distractors++;
    return LW_OK;
}

static int add_distractors(struct lw_sim_script *p)
{
    struct lw_rng r = lw_rng_fork(&p->root, LW_PART_DISTRACT);
    for (int k = LW_DISTRACT_POSTER; k <= LW_DISTRACT_MIRROR; k++)
        if (lw_sim_chance(&r, p->preset->distractor)) {
            const int e = add_distractor(p, (enum lw_sim_distraction)k, &r);
            if (e < 0)
                return e;
        }
    return LW_OK;
}

static int write_script(struct lw_sim_script *p, struct lw_why *why)
{
    int r = lw_sim_shuffle(p);
    if (r < 0 || (r = set_stage(p)) < 0)
        return lw_why_set(why, r, -1, "no memory for a scene");
    set_cameras(p); /* the number of frames is known from here on */
    break_camera(p);
    if ((r = lw_sim_seat_people(p, why)) < 0)
        return r;
    r = add_distractors(p);
    return r < 0 ? lw_why_set(why, r, -1, "no memory for a scene") : LW_OK;
}

int lw_sim_scene_new(struct lw_sim_scene **out, const struct lw_sim_preset *preset,
                     const struct lw_sim_cast *cast, struct lw_sim_frame_size size, uint64_t seed,
                     struct lw_why *why)
{
    LW_AUTO(lw_sim_scene) s = calloc(1, sizeof(*s));
    if (!s)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory for a scene");
    struct lw_sim_script p = {
        .scene = s, .preset = preset, .cast = cast, .size = size, .root = lw_rng_seed(seed)};
    const int r = write_script(&p, why);
    free(p.order);
    if (r < 0)
        return r;
    *out = s;
    s = NULL;
    return LW_OK;
}
