#include <string.h>

#include "sim/papers.h"
#include "sim/script.h"

/* Seats in the order in which they fill: the driver, the front, then the rear rows at random; the
 * "rear" condition fills from behind. */
static size_t choose_seats(struct lw_sim_script *p, size_t want, size_t seats[LW_SIM_OCCUPANTS])
{
    const struct lw_sim_vehicle *v = p->scene->vehicle;
    struct lw_rng r = lw_rng_fork(&p->root, LW_PART_SEATS);
    float rank[LW_SIM_SEATS];
    for (size_t i = 0; i < v->n_seats; i++) {
        const int row = v->seat[i].name[0] - '1';
        rank[i] =
            (float)row * 0.55f + lw_sim_range(&r, 0, 1) + (v->seat[i].name[1] == 'C' ? 0.45f : 0);
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
    if (!lw_sim_chance(r, 0.45f * occlusion))
        return;
    o->deed = (enum lw_sim_deed)(1 + lw_rng_below(r, 3));
    o->deed_from = lw_sim_range(r, -0.3f, 0.7f * length);
    o->deed_until = o->deed_from + lw_sim_range(r, 0.5f, 1.6f);
}

/* To the window on their side, where the booth and the side cameras are, or to the other. */
static void set_glances(struct lw_sim_occupant *o, const struct lw_sim_scene *s, struct lw_rng *r)
{
    const float length = (float)s->frames / s->fps;
    const char place = s->vehicle->seat[o->seat].name[1];
    for (int i = 0; i < LW_SIM_GLANCES; i++) {
        const bool left = place == 'L'   ? lw_sim_chance(r, 0.75f)
                          : place == 'R' ? lw_sim_chance(r, 0.25f)
                                         : lw_sim_chance(r, 0.5f);
        const float yaw = lw_sim_range(r, 22, 45), from = lw_sim_range(r, -0.3f, length);
        const float held = lw_sim_range(r, 0.5f, 1.4f);
        if (lw_sim_chance(r, 0.75f * lw_minf(1, o->restless * 1.5f)))
            o->glance[i] = (struct lw_sim_glance){
                .from = from, .until = from + held, .yaw_deg = left ? yaw : -yaw};
    }
}

static void set_person(struct lw_sim_occupant *o, struct lw_sim_script *p, size_t index)
{
    struct lw_rng r = lw_rng_fork(&p->root, LW_PART_PEOPLE + index);
    const float still = 0.4f + p->preset->restless;
    o->seed = (uint32_t)lw_rng_u64(&r);
    o->size = lw_sim_range(&r, 0.93f, 1.07f);
    o->lean = lw_v3(lw_sim_gauss(&r, 0.03f, 0.07f), lw_sim_gauss(&r, 0.045f, 0.10f),
                    lw_sim_gauss(&r, 0.02f, 0.04f));
    o->yaw_deg = lw_sim_gauss(&r, 7 * still, 25);
    o->pitch_deg = lw_sim_gauss(&r, 4 * still, 12);
    o->roll_deg = lw_sim_gauss(&r, 3 * still, 10);
    o->restless = p->preset->restless * lw_sim_range(&r, 0.4f, 1.3f);
    const float tone = lw_sim_range(&r, 0.05f, 0.6f), hue = lw_sim_range(&r, 0, 6.28f),
                rich = lw_sim_range(&r, 0, 0.6f);
    o->clothes =
        (struct lw_rgbf){tone * (1 + rich * cosf(hue)), tone * (1 + rich * cosf(hue - 2.09f)),
                         tone * (1 + rich * cosf(hue + 2.09f))};
    if (p->scene->infrared)
        o->clothes = (struct lw_rgbf){0.2f + 0.6f * tone, 0.2f + 0.6f * tone, 0.2f + 0.6f * tone};
    o->shirt = -1;
    set_glances(o, p->scene, &r);
    set_deed(o, p->scene, p->preset->occlusion, &r);
}

static int add_document(struct lw_sim_script *p, struct lw_sim_role *role, struct lw_rng *r,
                        struct lw_why *why)
{
    struct lw_sim_scene *s = p->scene;
    struct lw_sim_document *d = &s->document[s->n_documents];
    d->person = role->person;
    d->opted_out = lw_sim_chance(r, p->preset->opted_out);
    int e = lw_sim_papers_print(d, r, why);
    if (e < 0)
        return e;
    d->portrait = role->portrait;
    role->portrait = NULL;
    return (int)s->n_documents++;
}

static int give_papers(struct lw_sim_script *p, struct lw_sim_occupant *o, struct lw_sim_role *self,
                       bool undeclared, struct lw_rng *r, struct lw_why *why)
{
    o->document = o->claims = -1;
    if (undeclared)
        return LW_OK;
    struct lw_sim_role other = {.person = 0};
    int e = lw_sim_chance(r, p->preset->impostor) ? lw_sim_next_role(p, &other) : 0;
    if (e > 0)
        e = o->claims = add_document(p, &other, r, why);
    else if (e == 0)
        e = o->document = add_document(p, self, r, why);
    lw_sim_role_clear(&other);
    return e < 0 ? e : LW_OK;
}

static int seat_all(struct lw_sim_script *p, struct lw_why *why)
{
    struct lw_sim_scene *s = p->scene;
    struct lw_rng r = lw_rng_fork(&p->root, LW_PART_PAPERS);
    const uint32_t spread = (uint32_t)(p->preset->people_max - p->preset->people_min + 1);
    const size_t want = (size_t)p->preset->people_min + lw_rng_below(&r, spread);
    size_t seats[LW_SIM_OCCUPANTS];
    const size_t n = choose_seats(p, want, seats);
    const bool undeclared = lw_sim_chance(&r, p->preset->undeclared);
    for (size_t i = 0; i < n; i++) {
        struct lw_sim_role self = {.person = 0};
        int e = lw_sim_next_role(p, &self);
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
static void shuffle_documents(struct lw_sim_script *p)
{
    struct lw_sim_scene *s = p->scene;
    struct lw_rng r = lw_rng_fork(&p->root, LW_PART_DESK);
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

int lw_sim_seat_people(struct lw_sim_script *p, struct lw_why *why)
{
    const int r = seat_all(p, why);
    if (r == LW_OK)
        shuffle_documents(p);
    return r;
}
