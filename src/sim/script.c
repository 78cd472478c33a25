/* Draws a scene from a seed. Each part has its own stream of random numbers, so that a change in
 * one does not reshuffle the others. */
#include <stdlib.h>
#include <string.h>

#include "img/geom.h"
#include "sim/papers.h"
#include "sim/scene.h"

enum part {
    PART_LIGHT = 1,
    PART_CAST,
    PART_VEHICLE,
    PART_SEATS,
    PART_PAPERS,
    PART_CAMERAS,
    PART_DISTRACT,
    PART_PEOPLE = 100
};

struct script {
    struct lw_sim_scene *scene;
    const struct lw_sim_preset *preset;
    const struct lw_sim_cast *cast;
    struct lw_sim_frame_size size;
    struct lw_rng root, casting;
    size_t *order; /* people, shuffled */
    size_t next;   /* first one not used */
};

const char *lw_sim_distraction_name(enum lw_sim_distraction d)
{
    static const char *const names[] = {"poster", "bystander", "shirt", "pet", "phone"};
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
    free(s);
    *sp = NULL;
}

static bool chance(struct lw_rng *r, float p)
{
    return lw_rng_unit(r) < (double)p;
}

static float range(struct lw_rng *r, float a, float b)
{
    return (float)lw_rng_range(r, (double)a, (double)b);
}

static float gauss(struct lw_rng *r, float sd, float most)
{
    return lw_clampf(sd * (float)lw_rng_gauss(r), -most, most);
}

static const struct lw_sim_condition *pick_condition(const struct lw_sim_preset *p,
                                                     struct lw_rng *r)
{
    float sum = 0;
    for (int i = 0; i < LW_SIM_CONDITIONS; i++)
        sum += p->weight[i];
    float x = range(r, 0, sum);
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
    const float sky = s->world->sky * c->cabin * range(r, 0.85f, 1.15f);
    const float side = range(r, -1, 1);
    const float key = 0.55f * sky + 0.45f * lamp + s->world->sun * range(r, 0, 0.35f);
    s->light.ambient = (struct lw_rgbf){0.62f * sky + 0.55f * lamp, 0.64f * sky + 0.54f * lamp,
                                        0.66f * sky + 0.50f * lamp};
    s->light.key = (struct lw_rgbf){key, 0.97f * key, 0.92f * key};
    if (s->infrared) {
        const float g = s->light.ambient.g;
        s->light.ambient = (struct lw_rgbf){g, g, g};
        s->light.key = (struct lw_rgbf){key, key, key};
    }
    s->light.key_from = lw_v3_unit(lw_v3(1.0f, side, range(r, 0.1f, 0.7f)));
    s->dirt = c->dirt * range(r, 0.3f, 1.0f);
    s->dirt_seed = (uint32_t)lw_rng_u64(r);
    s->exposure_s = c->sky > 0.3f ? range(r, 0.0008f, 0.004f) : range(r, 0.004f, 0.014f);
    if (s->infrared)
        s->exposure_s = 0.001f;
}

static void set_glare(struct lw_sim_scene *s, struct lw_rng *r)
{
    const float mean = s->condition->glare * (s->infrared ? 0.4f : 1.0f);
    for (int i = 0; i < LW_SIM_GLARES; i++) {
        if (!chance(r, mean / LW_SIM_GLARES))
            continue;
        s->glare[s->n_glares++] = (struct lw_sim_glare){.y = range(r, -0.6f, 0.6f),
                                                        .up = range(r, 0.2f, 0.9f),
                                                        .speed = range(r, -0.35f, 0.35f),
                                                        .radius_m = range(r, 0.03f, 0.11f),
                                                        .strength = range(r, 0.4f, 2.2f)};
    }
}

static int set_stage(struct script *p)
{
    struct lw_sim_scene *s = p->scene;
    struct lw_rng r = lw_rng_fork(&p->root, PART_LIGHT);
    s->condition = pick_condition(p->preset, &r);
    s->infrared = chance(&r, s->condition->infrared);
    int e = lw_sim_world_new(&s->world, (uint32_t)lw_rng_u64(&r), s->condition, s->infrared);
    if (e < 0)
        return e;
    set_light(s, &r);
    set_glare(s, &r);
    struct lw_rng v = lw_rng_fork(&p->root, PART_VEHICLE);
    const int rows = chance(&v, p->preset->three_rows) ? 3 : 2;
    s->visor_down[0] = chance(&v, 0.12f * p->preset->occlusion * 2);
    s->visor_down[1] = chance(&v, 0.12f * p->preset->occlusion * 2);
    s->wiper = chance(&v, 0.10f * p->preset->occlusion * 2);
    return lw_sim_vehicle_new(&s->vehicle, rows, chance(&v, 0.45f), &v);
}

/* --- the cast --- */

static int shuffle(struct script *p)
{
    const size_t n = p->cast->people->n;
    p->order = malloc(n * sizeof(*p->order));
    if (!p->order)
        return LW_ENOMEM;
    for (size_t i = 0; i < n; i++)
        p->order[i] = i;
    p->casting = lw_rng_fork(&p->root, PART_CAST);
    for (size_t i = n; i > 1; i--) {
        const size_t k = lw_rng_below(&p->casting, (uint32_t)i);
        const size_t t = p->order[i - 1];
        p->order[i - 1] = p->order[k];
        p->order[k] = t;
    }
    return LW_OK;
}

/* An unreadable photograph is passed over like one without a face. */
static int load(struct script *p, size_t person, size_t photo, struct lw_sim_photo *out)
{
    const int r = lw_sim_photo_load(out, p->cast->people, person, photo, p->cast->kit, NULL);
    return r == LW_ENOMEM ? r : r > 0;
}

/* The best of a person's other photographs for the lane: the one most nearly from the front, since
 * the head that is built on it turns by itself. */
static int load_lane_photo(struct script *p, size_t person, size_t not, struct lw_sim_photo *best)
{
    const size_t n = p->cast->people->v[person].n_photos;
    int found = 0;
    for (size_t i = 1; i < n && i <= 4; i++) {
        struct lw_sim_photo other = {.image = NULL};
        const int r = load(p, person, (not +i) % n, &other);
        if (r < 0)
            return r;
        if (r && (!found || fabsf(other.face.yaw_deg) < fabsf(best->face.yaw_deg))) {
            lw_sim_photo_clear(best);
            *best = other;
            found = 1;
        } else {
            lw_sim_photo_clear(&other);
        }
    }
    return found;
}

struct role {
    size_t person;
    struct lw_image *portrait; /* NULL unless asked for */
    struct lw_sim_cutout *cut;
};

/* The two pictures of one person; with a single photograph both come from it. */
static int dress(struct script *p, size_t person, size_t first, struct role *out)
{
    struct lw_sim_photo card = {.image = NULL}, lane = {.image = NULL};
    int r = load(p, person, first, &card);
    if (r > 0) {
        r = load_lane_photo(p, person, first, &lane);
        if (r >= 0)
            r = lw_sim_cutout_new(&out->cut, r ? &lane : &card, p->scene->infrared);
        if (r == LW_OK)
            r = lw_sim_portrait_cut(&out->portrait, &card);
        if (r < 0)
            lw_sim_cutout_free(&out->cut);
        r = r == LW_OK ? 1 : r;
    }
    lw_sim_photo_clear(&card);
    lw_sim_photo_clear(&lane);
    out->person = person;
    return r;
}

/* The next person with a usable photograph. 1, or 0 when there is none left. */
static int next_role(struct script *p, struct role *out)
{
    while (p->next < p->cast->people->n) {
        const size_t person = p->order[p->next++];
        const size_t n = p->cast->people->v[person].n_photos;
        const size_t first = lw_rng_below(&p->casting, (uint32_t)n);
        for (size_t i = 0; i < n && i < 4; i++) {
            const int r = dress(p, person, (first + i) % n, out);
            if (r != 0)
                return r;
        }
    }
    return 0;
}

/* --- occupants --- */

/* Seats in the order in which they fill: the driver, the front, then the rear rows at random; the
 * "rear" condition fills from behind. */
static size_t choose_seats(struct script *p, size_t want, size_t seats[LW_SIM_OCCUPANTS])
{
    const struct lw_sim_vehicle *v = p->scene->vehicle;
    struct lw_rng r = lw_rng_fork(&p->root, PART_SEATS);
    float rank[LW_SIM_SEATS];
    for (size_t i = 0; i < v->n_seats; i++) {
        const int row = v->seat[i].name[0] - '1';
        rank[i] = (float)row * 0.55f + range(&r, 0, 1) + (v->seat[i].name[1] == 'C' ? 0.45f : 0);
        if (strcmp(p->scene->condition->name, "rear") == 0)
            rank[i] -= (float)row * 1.1f;
        if (i == 0)
            rank[i] = -10;
    }
    size_t n = 0;
    for (; n < want && n < v->n_seats && n < LW_SIM_OCCUPANTS; n++) {
        size_t best = 0;
        for (size_t i = 1; i < v->n_seats; i++)
            best = rank[i] < rank[best] ? i : best;
        seats[n] = best;
        rank[best] = 1e9f;
    }
    return n;
}

static void set_deed(struct lw_sim_occupant *o, const struct lw_sim_scene *s, float occlusion,
                     struct lw_rng *r)
{
    const float length = (float)s->frames / s->fps;
    if (!chance(r, 0.45f * occlusion))
        return;
    o->deed = (enum lw_sim_deed)(1 + lw_rng_below(r, 3));
    o->deed_from = range(r, -0.3f, 0.7f * length);
    o->deed_until = o->deed_from + range(r, 0.5f, 1.6f);
}

static void set_person(struct lw_sim_occupant *o, struct script *p, size_t index)
{
    struct lw_rng r = lw_rng_fork(&p->root, PART_PEOPLE + index);
    const float still = 0.4f + p->preset->restless;
    o->seed = (uint32_t)lw_rng_u64(&r);
    o->size = range(&r, 0.93f, 1.07f);
    o->lean = lw_v3(gauss(&r, 0.03f, 0.07f), gauss(&r, 0.03f, 0.07f), gauss(&r, 0.02f, 0.04f));
    o->yaw_deg = gauss(&r, 7 * still, 25);
    o->pitch_deg = gauss(&r, 4 * still, 12);
    o->roll_deg = gauss(&r, 3 * still, 10);
    o->restless = p->preset->restless * range(&r, 0.4f, 1.3f);
    const float tone = range(&r, 0.05f, 0.6f), hue = range(&r, 0, 6.28f), rich = range(&r, 0, 0.6f);
    o->clothes =
        (struct lw_rgbf){tone * (1 + rich * cosf(hue)), tone * (1 + rich * cosf(hue - 2.09f)),
                         tone * (1 + rich * cosf(hue + 2.09f))};
    if (p->scene->infrared)
        o->clothes = (struct lw_rgbf){0.2f + 0.6f * tone, 0.2f + 0.6f * tone, 0.2f + 0.6f * tone};
    o->shirt = -1;
    set_deed(o, p->scene, p->preset->occlusion, &r);
}

static int add_document(struct script *p, struct role *role, struct lw_rng *r, struct lw_why *why)
{
    struct lw_sim_scene *s = p->scene;
    struct lw_sim_document *d = &s->document[s->n_documents];
    d->person = role->person;
    d->opted_out = chance(r, p->preset->opted_out);
    int e = lw_sim_papers_print(d, r, why);
    if (e < 0)
        return e;
    d->portrait = role->portrait;
    role->portrait = NULL;
    return (int)s->n_documents++;
}

static int give_papers(struct script *p, struct lw_sim_occupant *o, struct role *self,
                       bool undeclared, struct lw_rng *r, struct lw_why *why)
{
    o->document = o->claims = -1;
    if (undeclared)
        return LW_OK;
    struct role other = {.person = 0};
    int e = chance(r, p->preset->impostor) ? next_role(p, &other) : 0;
    if (e > 0)
        e = o->claims = add_document(p, &other, r, why);
    else if (e == 0)
        e = o->document = add_document(p, self, r, why);
    lw_sim_cutout_free(&other.cut);
    lw_image_unref(&other.portrait);
    return e < 0 ? e : LW_OK;
}

static int seat_people(struct script *p, struct lw_why *why)
{
    struct lw_sim_scene *s = p->scene;
    struct lw_rng r = lw_rng_fork(&p->root, PART_PAPERS);
    const uint32_t spread = (uint32_t)(p->preset->people_max - p->preset->people_min + 1);
    const size_t want = (size_t)p->preset->people_min + lw_rng_below(&r, spread);
    size_t seats[LW_SIM_OCCUPANTS];
    const size_t n = choose_seats(p, want, seats);
    const bool undeclared = chance(&r, p->preset->undeclared);
    for (size_t i = 0; i < n; i++) {
        struct role self = {.person = 0};
        int e = next_role(p, &self);
        if (e == 0 && i > 0)
            return LW_OK; /* fewer people than seats */
        if (e == 0)
            return lw_why_set(why, LW_ENOTFOUND, -1, "%s: no photograph shows a face",
                              p->cast->people->dir);
        struct lw_sim_occupant *o = &s->occupant[i];
        if (e > 0) {
            o->person = self.person;
            o->seat = seats[i];
            o->cut = self.cut;
            s->n_occupants++;
            set_person(o, p, i);
            e = give_papers(p, o, &self, undeclared && i + 1 == n && n > 1, &r, why);
        }
        lw_image_unref(&self.portrait);
        if (e < 0)
            return e;
    }
    return LW_OK;
}

/* Documents lie on the officer's desk in no order: neither by seat nor by person. */
static void shuffle_documents(struct script *p)
{
    struct lw_sim_scene *s = p->scene;
    struct lw_rng r = lw_rng_fork(&p->root, PART_PAPERS + 1000);
    for (size_t i = s->n_documents; i > 1; i--) {
        const int a = (int)i - 1, b = (int)lw_rng_below(&r, (uint32_t)i);
        const struct lw_sim_document t = s->document[a];
        s->document[a] = s->document[b];
        s->document[b] = t;
        for (size_t k = 0; k < s->n_occupants && a != b; k++) {
            struct lw_sim_occupant *o = &s->occupant[k];
            o->document = o->document == a ? b : o->document == b ? a : o->document;
            o->claims = o->claims == a ? b : o->claims == b ? a : o->claims;
        }
    }
}

/* --- cameras --- */

static struct lw_sim_view *add_view(struct script *p, const char *id, const char *view,
                                    struct lw_sim_camera camera, struct lw_rng *r)
{
    struct lw_sim_scene *s = p->scene;
    struct lw_sim_view *v = &s->view[s->n_views++];
    v->id = id;
    v->view = view;
    v->camera = camera;
    v->exposure_error = gauss(r, s->condition->exposure_error, 1.2f);
    v->defocus_px =
        s->condition->defocus_px * range(r, 0.3f, 1.0f) * (float)p->size.width / 1920.0f;
    v->noise_seed = (uint32_t)lw_rng_u64(r);
    return v;
}

static float focal_for(const struct script *p, float face_px, float distance_m)
{
    return face_px / LW_SIM_FACE_H * distance_m * (float)p->size.width / 1920.0f;
}

static void add_side(struct script *p, float side, struct lw_rng *r)
{
    const struct lw_sim_scene *s = p->scene;
    const struct lw_sim_vehicle *v = s->vehicle;
    const float mid = s->x0 + 0.5f * s->speed_mps * (float)s->frames / s->fps;
    const struct lw_vec3 face = v->seat[0].face;
    const float ahead = range(r, 1.4f, 2.0f), out = range(r, 2.0f, 2.5f);
    const struct lw_vec3 at =
        lw_v3(mid + face.x + ahead, side * out, face.z + range(r, 0.0f, 0.3f));
    const struct lw_vec3 target = lw_v3(mid + face.x - 0.25f, side * 0.3f, face.z - 0.02f);
    const float distance = lw_v3_length(lw_v3_sub(at, target));
    add_view(p, side > 0 ? "left" : "right", side > 0 ? "left_side" : "right_side",
             lw_sim_camera_aim(at, target, focal_for(p, range(r, 95, 130), distance), p->size.width,
                               p->size.height),
             r);
}

static void set_cameras(struct script *p)
{
    struct lw_sim_scene *s = p->scene;
    struct lw_rng r = lw_rng_fork(&p->root, PART_CAMERAS);
    const struct lw_vec3 face = s->vehicle->seat[0].face;
    const uint32_t spread = (uint32_t)(p->preset->frames_max - p->preset->frames_min + 1);
    s->fps = 10;
    s->frames = p->preset->frames_min + (int)lw_rng_below(&r, spread);
    s->speed_mps = s->condition->speed_mps * range(&r, 0.3f, 1.0f);
    const float near_m = range(&r, 3.7f, 4.5f);
    const float gone = s->speed_mps * (float)s->frames / s->fps;
    s->x0 = -near_m - gone - face.x; /* the camera stands at x = 0 */
    const float middle = near_m + 0.5f * gone;
    const struct lw_vec3 at = lw_v3(0, range(&r, -0.8f, 0.8f), face.z + range(&r, 0.3f, 0.65f));
    const struct lw_vec3 target = lw_v3(-middle, range(&r, -0.08f, 0.08f), face.z - 0.02f);
    const float px = range(&r, 92, 128);
    add_view(p, "front", "windshield",
             lw_sim_camera_aim(at, target, focal_for(p, px, middle), p->size.width, p->size.height),
             &r);
    if (chance(&r, p->preset->side_cameras)) {
        add_side(p, 1, &r);
        add_side(p, -1, &r);
    }
}

/* --- things that look like people --- */

static void place_distractor(struct lw_sim_distractor *d, struct lw_sim_scene *s, struct lw_rng *r)
{
    const float side = chance(r, 0.5f) ? 1.0f : -1.0f;
    const struct lw_vec3 face = s->vehicle->seat[0].face;
    d->seed = (uint32_t)lw_rng_u64(r);
    d->color = (struct lw_rgbf){range(r, 0.1f, 0.5f), range(r, 0.1f, 0.5f), range(r, 0.1f, 0.5f)};
    if (d->kind == LW_DISTRACT_PET) /* coats from black to fawn */
        d->color = lw_rgbf_scale((struct lw_rgbf){1.0f, 0.78f, 0.55f}, range(r, 0.05f, 0.5f));
    switch (d->kind) {
    case LW_DISTRACT_POSTER:
        d->at = lw_v3(-range(r, 6.5f, 9.0f), side * range(r, 1.9f, 2.6f), range(r, 1.5f, 2.3f));
        break;
    case LW_DISTRACT_BYSTANDER:
        d->at = lw_v3(-range(r, 6.0f, 8.5f), side * range(r, 1.7f, 2.3f), range(r, 1.5f, 1.7f));
        break;
    case LW_DISTRACT_PHONE:
        d->at = lw_v3(face.x + 0.55f, range(r, -0.15f, 0.1f), face.z - 0.20f);
        break;
    default:
        d->at = lw_v3(face.x + 0.12f, side * 0.02f, face.z - 0.16f);
    }
}

static int add_distractor(struct script *p, enum lw_sim_distraction kind, struct lw_rng *r)
{
    struct lw_sim_scene *s = p->scene;
    struct lw_sim_distractor *d = &s->distractor[s->n_distractors];
    d->kind = kind;
    if (kind != LW_DISTRACT_PET) {
        struct role role = {.person = 0};
        const int e = next_role(p, &role);
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

static int add_distractors(struct script *p)
{
    struct lw_rng r = lw_rng_fork(&p->root, PART_DISTRACT);
    for (int k = LW_DISTRACT_POSTER; k <= LW_DISTRACT_PHONE; k++)
        if (chance(&r, p->preset->distractor)) {
            const int e = add_distractor(p, (enum lw_sim_distraction)k, &r);
            if (e < 0)
                return e;
        }
    return LW_OK;
}

static int write_script(struct script *p, struct lw_why *why)
{
    int r = shuffle(p);
    if (r < 0 || (r = set_stage(p)) < 0)
        return lw_why_set(why, r, -1, "no memory for a scene");
    set_cameras(p); /* the number of frames is known from here on */
    if ((r = seat_people(p, why)) < 0)
        return r;
    shuffle_documents(p);
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
    struct script p = {
        .scene = s, .preset = preset, .cast = cast, .size = size, .root = lw_rng_seed(seed)};
    const int r = write_script(&p, why);
    free(p.order);
    if (r < 0)
        return r;
    *out = s;
    s = NULL;
    return LW_OK;
}
