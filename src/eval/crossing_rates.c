#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "eval/crossings.h"

enum { REPLICATES = 2000 };

/* n of `of` in each vehicle, for one rate. */
struct tally {
    double n, of;
};

static double ratio_of_draw(const struct tally *t, size_t n, struct lw_rng *rng)
{
    double sum = 0, of = 0;
    for (size_t i = 0; i < n; i++) {
        const struct tally *drawn = &t[lw_rng_below(rng, (uint32_t)n)];
        sum += drawn->n;
        of += drawn->of;
    }
    return of > 0 ? sum / of : NAN;
}

/* The rate over all vehicles; its interval by drawing vehicles. scratch holds REPLICATES. */
static struct lw_rate rate_over(const struct tally *t, size_t n, double *scratch)
{
    double sum = 0, of = 0, low, high;
    size_t kept = 0;
    struct lw_rng rng = lw_rng_seed(1);
    for (size_t i = 0; i < n; i++) {
        sum += t[i].n;
        of += t[i].of;
    }
    struct lw_rate r = lw_rate_of(sum, of);
    for (size_t i = 0; i < REPLICATES && of > 0; i++) {
        double x = ratio_of_draw(t, n, &rng);
        if (!isnan(x))
            scratch[kept++] = x;
    }
    lw_percentile_interval(scratch, kept, &low, &high);
    lw_rate_widen(&r, low, high);
    return r;
}

struct room {
    struct tally *tallies;
    double *scratch;
};

static void room_clear(struct room *m)
{
    free(m->tallies);
    free(m->scratch);
}

static int room_init(struct room *m, size_t n)
{
    *m = (struct room){calloc(n + 1, sizeof(*m->tallies)), calloc(REPLICATES, sizeof(double))};
    if (m->tallies && m->scratch)
        return LW_OK;
    room_clear(m);
    return LW_ENOMEM;
}

int lw_crossing_rates(struct lw_rate out[LW_CROSSING_RATES], const struct lw_vehicle_score *v,
                      size_t n, const char *condition)
{
    struct room m;
    int r = room_init(&m, n);
    if (r < 0)
        return r;
    for (size_t rate = 0; rate < LW_CROSSING_RATES; rate++) {
        size_t kept = 0;
        for (size_t i = 0; i < n; i++)
            if (!condition || strcmp(v[i].condition, condition) == 0)
                m.tallies[kept++] = (struct tally){v[i].n[rate], v[i].of[rate]};
        out[rate] = rate_over(m.tallies, kept, m.scratch);
    }
    room_clear(&m);
    return LW_OK;
}

/* ---- funnels ---- */

struct filling {
    const struct lw_vehicle_score *v;
    const struct lw_camera_ids *ids;
    size_t n;
    struct room room;
    struct lw_funnel *out;
    size_t n_out, cap;
};

/* Does the person belong to the bar? stage: how far they got, as that bar sees it. */
typedef bool (*member_fn)(const struct filling *f, size_t vehicle, const struct lw_person_score *p,
                          const char *name, enum lw_stage *stage);

static bool in_all(const struct filling *f, size_t vehicle, const struct lw_person_score *p,
                   const char *name, enum lw_stage *stage)
{
    LW_UNUSED(f);
    LW_UNUSED(vehicle);
    LW_UNUSED(p);
    LW_UNUSED(name);
    LW_UNUSED(stage);
    return true;
}

static bool in_row(const struct filling *f, size_t vehicle, const struct lw_person_score *p,
                   const char *name, enum lw_stage *stage)
{
    LW_UNUSED(f);
    LW_UNUSED(vehicle);
    LW_UNUSED(stage);
    return p->row == *name - '0';
}

static bool on_side(const struct filling *f, size_t vehicle, const struct lw_person_score *p,
                    const char *name, enum lw_stage *stage)
{
    LW_UNUSED(f);
    LW_UNUSED(vehicle);
    LW_UNUSED(stage);
    return p->side == *name;
}

static bool in_condition(const struct filling *f, size_t vehicle, const struct lw_person_score *p,
                         const char *name, enum lw_stage *stage)
{
    LW_UNUSED(p);
    LW_UNUSED(stage);
    return strcmp(f->v[vehicle].condition, name) == 0;
}

/* People who are to be seen in that camera; from `validated` on they count only where one of its
 * shots met the requirements. */
static bool before_camera(const struct filling *f, size_t vehicle, const struct lw_person_score *p,
                          const char *name, enum lw_stage *stage)
{
    const struct lw_camera_ids *ids = &f->ids[vehicle];
    for (size_t c = 0; c < ids->n; c++) {
        if (strcmp(ids->id[c], name) != 0 || !(p->truth_cameras & (1u << c)))
            continue;
        if (*stage > LW_STAGE_DETECTED && !(p->shot_cameras & (1u << c)))
            *stage = LW_STAGE_DETECTED;
        return true;
    }
    return false;
}

static struct lw_funnel *next_funnel(struct filling *f)
{
    if (f->n_out == f->cap) {
        size_t cap = f->cap ? 2 * f->cap : 16;
        struct lw_funnel *out = realloc(f->out, cap * sizeof(*out));
        if (!out)
            return NULL;
        f->out = out;
        f->cap = cap;
    }
    return &f->out[f->n_out];
}

static int add_funnel(struct filling *f, const char *group, const char *name, member_fn member)
{
    struct lw_funnel *bar = next_funnel(f);
    if (!bar)
        return LW_ENOMEM;
    memset(bar, 0, sizeof(*bar));
    snprintf(bar->group, sizeof(bar->group), "%s", group);
    snprintf(bar->name, sizeof(bar->name), "%s", name);
    for (int stage = 0; stage < LW_STAGES; stage++) {
        for (size_t i = 0; i < f->n; i++) {
            f->room.tallies[i] = (struct tally){0, 0};
            for (size_t k = 0; k < f->v[i].n_people; k++) {
                const struct lw_person_score *p = &f->v[i].people[k];
                enum lw_stage reached = p->stage;
                if (p->opted_out || !p->documented || !member(f, i, p, name, &reached))
                    continue;
                f->room.tallies[i].of++;
                f->room.tallies[i].n += (int)reached >= stage;
            }
        }
        bar->stage[stage] = rate_over(f->room.tallies, f->n, f->room.scratch);
    }
    f->n_out += bar->stage[0].of > 0;
    return LW_OK;
}

static bool have_funnel(const struct filling *f, const char *group, const char *name)
{
    for (size_t i = 0; i < f->n_out; i++)
        if (strcmp(f->out[i].group, group) == 0 && strcmp(f->out[i].name, name) == 0)
            return true;
    return false;
}

static int add_conditions(struct filling *f)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->v[i].condition[0] && !have_funnel(f, "condition", f->v[i].condition) &&
            add_funnel(f, "condition", f->v[i].condition, in_condition) < 0)
            return LW_ENOMEM;
    return LW_OK;
}

static int add_cameras(struct filling *f)
{
    for (size_t i = 0; i < f->n; i++)
        for (size_t c = 0; c < f->ids[i].n; c++)
            if (!have_funnel(f, "camera", f->ids[i].id[c]) &&
                add_funnel(f, "camera", f->ids[i].id[c], before_camera) < 0)
                return LW_ENOMEM;
    return LW_OK;
}

static int add_all(struct filling *f)
{
    static const char *const rows[] = {"1", "2", "3"}, *const sides[] = {"L", "C", "R"};
    int r = add_funnel(f, "all", "", in_all);
    for (size_t i = 0; r == LW_OK && i < 3; i++)
        r = add_funnel(f, "row", rows[i], in_row);
    for (size_t i = 0; r == LW_OK && i < 3; i++)
        r = add_funnel(f, "side", sides[i], on_side);
    if (r == LW_OK)
        r = add_cameras(f);
    return r == LW_OK ? add_conditions(f) : r;
}

int lw_crossing_funnels(struct lw_funnel **out, size_t *n_out, const struct lw_vehicle_score *v,
                        const struct lw_camera_ids *ids, size_t n)
{
    struct filling f = {.v = v, .ids = ids, .n = n};
    int r = room_init(&f.room, n);
    if (r < 0)
        return r;
    r = add_all(&f);
    room_clear(&f.room);
    if (r < 0) {
        free(f.out);
        return r;
    }
    *out = f.out;
    *n_out = f.n_out;
    return LW_OK;
}
