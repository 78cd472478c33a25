#include "track/passing.h"

#include <math.h>
#include <stdlib.h>

enum { STEPS_MIN = 4, QUARTERS = 4 };

static const int64_t LASTS_MIN_NS = 300 * LW_MS;
/* No windshield view of a development crossing passes faster than 0.6, hardly a side view slower.
 */
static const float CLEAR_SPEED = 0.8f;
static const float SLOW = 0.45f;        /* too slow for a side view of a vehicle that moves */
static const float DRIVES_SPEED = 1.5f; /* of a vehicle that moves, from its side; 1.2 at most
                                           before a windshield camera of simulated ones */
static const float DRIVES_SHIFT = 1.0f; /* head heights; so far nobody moves in a seat */
static const float GROWS = 0.05f;       /* a second, before the windshield camera */

static bool is_long(const struct lw_group_track *t)
{
    return t->n_steps >= STEPS_MIN &&
           t->steps[t->n_steps - 1].t_ns - t->steps[0].t_ns >= LASTS_MIN_NS;
}

static float centre(const struct lw_track_step *s)
{
    return s->box.x + s->box.w / 2;
}

/* Head heights to the right between two steps. */
static float shift(const struct lw_track_step *a, const struct lw_track_step *b)
{
    return (centre(b) - centre(a)) / ((a->box.h + b->box.h) / 2);
}

/* By a head's height at least, and in each quarter the same way by a tenth of it all. */
static bool is_steady(const struct lw_group_track *t)
{
    const size_t last = t->n_steps - 1;
    const float whole = shift(&t->steps[0], &t->steps[last]);
    if (fabsf(whole) < DRIVES_SHIFT)
        return false;
    for (size_t q = 0; q < QUARTERS; q++)
        if (shift(&t->steps[q * last / QUARTERS], &t->steps[(q + 1) * last / QUARTERS]) / whole <
            0.1f)
            return false;
    return true;
}

static int by_value(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static float median(float *v, size_t n)
{
    qsort(v, n, sizeof(*v), by_value);
    return (v[(n - 1) / 2] + v[n / 2]) / 2;
}

void lw_passing_measure(struct lw_passing *out, const struct lw_group_track *tracks, size_t n,
                        int camera)
{
    float speed[LW_GROUP_TRACKS_MAX], growth[LW_GROUP_TRACKS_MAX];
    size_t steady = 0;
    *out = (struct lw_passing){0};
    for (size_t i = 0; i < n && out->n < LW_GROUP_TRACKS_MAX; i++) {
        const struct lw_group_track *t = &tracks[i];
        if (t->camera != camera || !is_long(t))
            continue;
        const struct lw_track_step *a = &t->steps[0], *b = &t->steps[t->n_steps - 1];
        const float seconds = (float)(b->t_ns - a->t_ns) / (float)LW_SEC;
        speed[out->n] = shift(a, b) / seconds;
        growth[out->n++] = logf(b->box.h / a->box.h) / seconds;
        steady += is_steady(t);
    }
    out->steady = 2 * steady > out->n;
    if (out->n > 0) {
        out->speed = median(speed, out->n);
        out->growth = median(growth, out->n);
    }
}

static bool passes_by(const struct lw_passing *p)
{
    return p->steady && fabsf(p->speed) >= DRIVES_SPEED;
}

static bool comes_nearer(const struct lw_passing *p)
{
    return p->n > 0 && fabsf(p->speed) <= SLOW && p->growth >= GROWS;
}

static enum lw_angle side_of(const struct lw_passing *p)
{
    return p->speed > 0 ? LW_ANGLE_RIGHT : LW_ANGLE_LEFT;
}

static bool is_side(enum lw_angle a)
{
    return a == LW_ANGLE_LEFT || a == LW_ANGLE_RIGHT;
}

/* Does another camera tell that the vehicle moves? */
static bool vehicle_moves(const struct lw_passing *seen, const enum lw_angle *expected, size_t n,
                          size_t i)
{
    for (size_t k = 0; k < n; k++)
        if (k != i &&
            (passes_by(&seen[k]) || (expected[k] == LW_ANGLE_FRONT && comes_nearer(&seen[k]))))
            return true;
    return false;
}

enum lw_angle lw_passing_angle(const struct lw_passing *seen, const enum lw_angle *expected,
                               size_t n, size_t i)
{
    const struct lw_passing *p = &seen[i];
    if (p->n == 0 || expected[i] == LW_ANGLE_BOOTH)
        return expected[i];
    if (is_side(expected[i]) && fabsf(p->speed) >= CLEAR_SPEED)
        return side_of(p);
    if (is_side(expected[i]) && comes_nearer(p) && vehicle_moves(seen, expected, n, i))
        return LW_ANGLE_FRONT;
    if (expected[i] == LW_ANGLE_FRONT && passes_by(p))
        return side_of(p);
    return expected[i];
}
