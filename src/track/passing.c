#include "track/passing.h"

#include <math.h>
#include <stdlib.h>

enum { STEPS_MIN = 4 };

static const int64_t LASTS_MIN_NS = 300 * LW_MS;
/* No windshield view of a development crossing passes faster than 0.6, hardly a side view slower.
 */
static const float CLEAR_SPEED = 0.8f;

static bool is_long(const struct lw_group_track *t)
{
    return t->n_steps >= STEPS_MIN &&
           t->steps[t->n_steps - 1].t_ns - t->steps[0].t_ns >= LASTS_MIN_NS;
}

static float speed(const struct lw_group_track *t)
{
    const struct lw_track_step *a = &t->steps[0], *b = &t->steps[t->n_steps - 1];
    const float seconds = (float)(b->t_ns - a->t_ns) / (float)LW_SEC;
    const float shift = b->box.x + b->box.w / 2 - a->box.x - a->box.w / 2;
    return shift / ((a->box.h + b->box.h) / 2) / seconds;
}

static int by_value(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

float lw_passing_speed(const struct lw_group_track *tracks, size_t n, int camera)
{
    float v[LW_GROUP_TRACKS_MAX];
    size_t k = 0;
    for (size_t i = 0; i < n && k < LW_GROUP_TRACKS_MAX; i++)
        if (tracks[i].camera == camera && is_long(&tracks[i]))
            v[k++] = speed(&tracks[i]);
    if (k == 0)
        return NAN;
    qsort(v, k, sizeof(*v), by_value);
    return (v[(k - 1) / 2] + v[k / 2]) / 2;
}

enum lw_angle lw_passing_angle(const struct lw_group_track *tracks, size_t n, int camera,
                               enum lw_angle expected)
{
    const float s = lw_passing_speed(tracks, n, camera);
    const bool side = expected == LW_ANGLE_LEFT || expected == LW_ANGLE_RIGHT;
    if (!side || !(fabsf(s) >= CLEAR_SPEED))
        return expected;
    return s > 0 ? LW_ANGLE_RIGHT : LW_ANGLE_LEFT;
}
