#include "face/requirements.h"

#include <math.h>
#include <string.h>

static const float RADIANS = 0.017453293f;

const struct lw_requirement_set lw_requirements_least = {
    .n = 1, .in_effect = 0, .v = {{.name = "verify", .inter_eye_px = 20}}};

bool lw_component_gates(enum lw_component c)
{
    switch (c) {
    case LW_Q_HEAD_SIZE:
    case LW_Q_LEFTWARD_CROP:
    case LW_Q_RIGHTWARD_CROP:
    case LW_Q_MARGIN_ABOVE:
    case LW_Q_MARGIN_BELOW:
        return false;
    default:
        return (unsigned)c < LW_Q_COMPONENTS;
    }
}

int lw_requirements_find(const struct lw_requirement_set *set, const char *name)
{
    for (size_t i = 0; i < set->n; i++)
        if (strcmp(set->v[i].name, name) == 0)
            return (int)i;
    return -1;
}

float lw_inter_eye_distance(const struct lw_face *face)
{
    const bool foreshortened = face->posed && fabsf(face->yaw_deg) <= 45.0f;
    return foreshortened ? face->inter_eye_px / cosf(face->yaw_deg * RADIANS) : face->inter_eye_px;
}

void lw_portrait_size(const struct lw_face *face, float *w, float *h)
{
    *w = 4 * face->inter_eye_px;
    *h = *w * 760 / 480;
}

/* -1 says "could not assess", except for angles, where it is a degree. */
static bool is_assessed(const struct lw_bound *b, const struct lw_component_value *v)
{
    if (!isfinite(v->native))
        return false;
    return v->native != -1 || v->scalar >= 0 || b->component == LW_Q_HEAD_POSE_YAW ||
           b->component == LW_Q_HEAD_POSE_PITCH || b->component == LW_Q_HEAD_POSE_ROLL;
}

static bool is_met(const struct lw_bound *b, const struct lw_face *face)
{
    const struct lw_component_value *v = &face->components[b->component];
    if (!is_assessed(b, v))
        return !b->assessed;
    return v->native >= b->min && v->native <= b->max &&
           (b->scalar_min == 0 || v->scalar >= b->scalar_min);
}

uint32_t lw_requirements_unmet(const struct lw_requirements *r, const struct lw_face *face)
{
    uint32_t unmet = 0;
    float w, h;
    lw_portrait_size(face, &w, &h);
    if (!(w >= (float)r->portrait_w && h >= (float)r->portrait_h))
        unmet |= 1u << LW_UNMET_PORTRAIT;
    if (!(lw_inter_eye_distance(face) >= r->inter_eye_px))
        unmet |= 1u << LW_UNMET_INTER_EYE;
    if (!(face->quality >= r->quality))
        unmet |= 1u << LW_UNMET_QUALITY;
    for (size_t i = 0; i < r->n_bounds; i++)
        if (!is_met(&r->bounds[i], face))
            unmet |= 1u << (LW_UNMET_BOUNDS + i);
    return unmet;
}

uint32_t lw_requirements_met(const struct lw_requirement_set *set, const struct lw_face *face)
{
    uint32_t met = 0;
    for (size_t i = 0; i < set->n; i++)
        if (lw_requirements_unmet(&set->v[i], face) == 0)
            met |= 1u << i;
    return met;
}
