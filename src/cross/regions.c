#include "cross/regions.h"

#include <string.h>

#include "cross/fields.h"

static const double LEAST_SIDE = 0.05; /* of a region, share of the picture */

static int read_cabin(struct lw_region *out, const struct lw_fields *f)
{
    const struct lw_json *a;
    double v[4];
    int r = lw_fields_array(f, "cabin", 4, 4, "numbers", &a);
    if (r < 0)
        return r;
    for (size_t i = 0; i < 4; i++) {
        v[i] = lw_json_number(lw_json_at(a, i));
        if (!(v[i] >= 0 && v[i] <= 1))
            return lw_fields_refuse(f, "cabin", "[%zu] is not 0 to 1", i);
    }
    if (v[2] < LEAST_SIDE || v[3] < LEAST_SIDE || v[0] + v[2] > 1 + 1e-6 || v[1] + v[3] > 1 + 1e-6)
        return lw_fields_refuse(f, "cabin",
                                "is no part of the picture, at least 0.05 wide and high");
    out->x = (float)v[0];
    out->y = (float)v[1];
    out->w = (float)v[2];
    out->h = (float)v[3];
    return LW_OK;
}

static int read_region(struct lw_regions *set, const struct lw_json *v, size_t i,
                       struct lw_why *why)
{
    static const char *const known[] = {"id", "cabin", NULL};
    struct lw_region g = {.camera = ""};
    struct lw_fields f;
    int r = lw_fields_open(&f, v, known, why, "cameras[%zu]", i);
    if (r < 0 || (r = lw_fields_id(&f, "id", g.camera)) < 0 || (r = read_cabin(&g, &f)) < 0)
        return r;
    for (size_t k = 0; k < set->n; k++)
        if (strcmp(set->v[k].camera, g.camera) == 0)
            return lw_fields_refuse(&f, "id", "\"%s\" has a region already", g.camera);
    set->v[set->n++] = g;
    return LW_OK;
}

int lw_regions_parse(struct lw_regions *out, struct lw_span json, struct lw_why *why)
{
    static const char *const known[] = {"version", "cameras", NULL};
    LW_AUTO(lw_json_doc) doc = NULL;
    struct lw_regions set = {.n = 0};
    const struct lw_json *a;
    struct lw_fields f;
    int64_t version;
    int r = lw_json_parse(&doc, json, why);
    if (r < 0 || (r = lw_fields_open(&f, lw_json_root(doc), known, why, "%s", "")) < 0 ||
        (r = lw_fields_int(&f, "version", 1, 1, &version)) < 0 ||
        (r = lw_fields_array(&f, "cameras", 0, LW_REGIONS_MAX, "cameras", &a)) < 0)
        return r;
    for (size_t i = 0; i < lw_json_size(a); i++)
        if ((r = read_region(&set, lw_json_at(a, i), i, why)) < 0)
            return r;
    *out = set;
    return LW_OK;
}

struct lw_region lw_regions_of(const struct lw_regions *r, const char *camera)
{
    for (size_t i = 0; r && i < r->n; i++)
        if (strcmp(r->v[i].camera, camera) == 0)
            return r->v[i];
    return (struct lw_region){.w = 1, .h = 1};
}
