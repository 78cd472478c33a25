/* docs/formats/policy.md, validation requirements. */
#include <math.h>
#include <string.h>

#include "cross/policy_impl.h"
#include "face/quality.h"

enum { WHY_TEXT = 1024, PIXELS_MAX = 16384 };

/* An optional number. */
static int read_end(const struct lw_fields *f, const char *key, double *out)
{
    return lw_fields_has(f, key) ? lw_fields_number(f, key, -1e6, 1e6, out) : LW_OK;
}

static int read_component(enum lw_component *out, const struct lw_fields *f)
{
    char name[64];
    int r = lw_fields_text(f, "component", name, sizeof(name));
    if (r < 0)
        return r;
    const enum lw_component c = lw_component_find(name);
    if (c == LW_Q_COMPONENTS)
        return lw_fields_refuse(f, "component", "\"%s\" is no quality component", name);
    if (!lw_component_gates(c))
        return lw_fields_refuse(f, "component",
                                "\"%s\" says where a face lies in the picture: it is reported, "
                                "and never asked for",
                                name);
    *out = c;
    return LW_OK;
}

static int check_bound(const struct lw_bound *b, const struct lw_fields *f)
{
    if (isinf(b->min) && isinf(b->max) && !b->scalar_min && !b->assessed)
        return lw_fields_refuse(f, "component", "has no bound: min, max, scalar or assessed");
    if (b->min > b->max)
        return lw_fields_refuse(f, "min", "is above max");
    if (b->scalar_min && !lw_component_is_mapped(b->component))
        return lw_fields_refuse(f, "scalar", "%s has no mapping to 0..100",
                                lw_component_name(b->component));
    return LW_OK;
}

static int read_bound(struct lw_bound *out, const struct lw_json *v, const struct lw_fields *table,
                      size_t i)
{
    static const char *const known[] = {"component", "min", "max", "scalar",
                                        "assessed",  "why", NULL};
    struct lw_bound b = {.min = -INFINITY, .max = INFINITY};
    struct lw_fields f;
    char why[WHY_TEXT];
    int64_t scalar = 0;
    int r = lw_fields_open(&f, v, known, table->why, "%.60s.bounds[%zu]", table->place, i);
    if (r < 0 || (r = read_component(&b.component, &f)) < 0 ||
        (r = read_end(&f, "min", &b.min)) < 0 || (r = read_end(&f, "max", &b.max)) < 0)
        return r;
    if (lw_fields_has(&f, "scalar") && (r = lw_fields_int(&f, "scalar", 1, 100, &scalar)) < 0)
        return r;
    if (lw_fields_has(&f, "assessed") && (r = lw_fields_bool(&f, "assessed", &b.assessed)) < 0)
        return r;
    b.scalar_min = (int)scalar;
    if ((r = lw_fields_name(&f, "why", why, sizeof(why))) < 0 || (r = check_bound(&b, &f)) < 0)
        return r;
    *out = b;
    return LW_OK;
}

static int read_bounds(struct lw_requirements *t, const struct lw_fields *f)
{
    const struct lw_json *a;
    int r = lw_fields_array(f, "bounds", 0, LW_BOUNDS_MAX, "bounds", &a);
    for (size_t i = 0; r == LW_OK && i < lw_json_size(a); i++)
        r = read_bound(&t->bounds[t->n_bounds++], lw_json_at(a, i), f, i);
    return r;
}

/* [width, height], both 0 where a portrait of any size will do. */
static int read_portrait(struct lw_requirements *t, const struct lw_fields *f)
{
    const struct lw_json *a;
    int r = lw_fields_array(f, "portrait_px", 2, 2, "numbers", &a);
    if (r < 0)
        return r;
    int *const to[2] = {&t->portrait_w, &t->portrait_h};
    for (size_t i = 0; i < 2; i++) {
        const struct lw_json *v = lw_json_at(a, i);
        const int64_t px = lw_json_type(v) == LW_JSON_INT ? lw_json_int(v) : -1;
        if (px < 0 || px > PIXELS_MAX)
            return lw_fields_refuse(f, "portrait_px", "[%zu] is not 0 to %d", i, PIXELS_MAX);
        *to[i] = (int)px;
    }
    return LW_OK;
}

static int read_table(struct lw_requirements *t, const struct lw_json *v, size_t i,
                      struct lw_why *why)
{
    static const char *const known[] = {"name",    "why",    "portrait_px", "inter_eye_px",
                                        "quality", "bounds", NULL};
    struct lw_fields f;
    char reason[WHY_TEXT];
    double eyes, quality;
    int r = lw_fields_open(&f, v, known, why, "requirements.presets[%zu]", i);
    if (r < 0 || (r = lw_fields_id(&f, "name", t->name)) < 0 ||
        (r = lw_fields_name(&f, "why", reason, sizeof(reason))) < 0 ||
        (r = read_portrait(t, &f)) < 0 ||
        (r = lw_fields_number(&f, "inter_eye_px", 0, PIXELS_MAX, &eyes)) < 0 ||
        (r = lw_fields_number(&f, "quality", 0, 100, &quality)) < 0)
        return r;
    t->inter_eye_px = (float)eyes;
    t->quality = (float)quality;
    return read_bounds(t, &f);
}

static int read_tables(struct lw_requirement_set *set, const struct lw_fields *f)
{
    const struct lw_json *a;
    int r = lw_fields_array(f, "presets", 1, LW_REQUIREMENTS_MAX, "presets", &a);
    for (size_t i = 0; r == LW_OK && i < lw_json_size(a); i++) {
        struct lw_requirements t = {.n_bounds = 0};
        if ((r = read_table(&t, lw_json_at(a, i), i, f->why)) < 0)
            return r;
        if (lw_requirements_find(set, t.name) >= 0)
            return lw_fields_refuse(f, "presets", "[%zu] is a second one of the name \"%s\"", i,
                                    t.name);
        set->v[set->n++] = t;
    }
    return r;
}

int lw_policy_read_requirements(struct lw_requirement_set *out, const struct lw_fields *policy)
{
    static const char *const known[] = {"in_effect", "presets", NULL};
    struct lw_requirement_set set = {.n = 0};
    const struct lw_json *v;
    struct lw_fields f;
    char name[LW_BUNDLE_ID];
    if (!lw_fields_has(policy, "requirements")) {
        *out = lw_requirements_least;
        return LW_OK;
    }
    int r = lw_fields_get(policy, "requirements", &v);
    if (r < 0 || (r = lw_fields_open(&f, v, known, policy->why, "requirements")) < 0 ||
        (r = read_tables(&set, &f)) < 0 || (r = lw_fields_id(&f, "in_effect", name)) < 0)
        return r;
    const int at = lw_requirements_find(&set, name);
    if (at < 0)
        return lw_fields_refuse(&f, "in_effect", "\"%s\" is none of the presets", name);
    set.in_effect = (size_t)at;
    *out = set;
    return LW_OK;
}
