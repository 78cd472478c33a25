#include "app/rear.h"

#include <math.h>

#include "img/equalise.h"
#include "img/geom.h"

static const int64_t RECENT_NS = 500 * LW_MS;
static const float FRONT_SHARE = 0.75f; /* of the highest head: what is lower sits further back */
static const float REAR_HEAD = 0.68f;   /* height of a rear head in front heads */
static const float BEST_PX = 44.0f;     /* heads of that height the detector finds best */
static const float WORTH_IT = 1.5f;     /* times the scale of the first pass */
/* How far from a front head, in its own heights, rear heads are (track/seats.c). */
static const float ABOVE = 1.0f, BESIDE = 2.9f;
/* Tiles of the equalisation are about as large as in a whole frame. */
static const float TILE_PX = 36.0f;

static bool counts(const struct lw_track *k, int64_t t_ns)
{
    return !k->ended && k->n_seen >= 2 && t_ns - k->last_ns <= RECENT_NS;
}

bool lw_rear_window(struct lw_rear_window *out, const struct lw_track *tracks, size_t n,
                    int64_t t_ns, int width, int height, float scale)
{
    float head = 0, left = INFINITY, right = -INFINITY, top = INFINITY, bottom = -INFINITY;
    for (size_t i = 0; i < n; i++)
        if (counts(&tracks[i], t_ns))
            head = lw_maxf(head, tracks[i].box.h);
    for (size_t i = 0; i < n; i++) {
        const struct lw_rect *b = &tracks[i].box;
        if (!counts(&tracks[i], t_ns) || b->h < FRONT_SHARE * head)
            continue;
        left = lw_minf(left, b->x);
        right = lw_maxf(right, b->x + b->w);
        top = lw_minf(top, b->y);
        bottom = lw_maxf(bottom, b->y + b->h);
    }
    const float s = lw_minf(1.0f, BEST_PX / (REAR_HEAD * lw_maxf(head, 1.0f)));
    if (head <= 0 || s < WORTH_IT * scale)
        return false;
    const float x0 = lw_maxf(0, lw_minf(left, right - BESIDE * head));
    const float x1 = lw_minf((float)width, lw_maxf(right, left + BESIDE * head));
    const float y0 = lw_maxf(0, top - ABOVE * head), y1 = lw_minf((float)height, bottom);
    *out = (struct lw_rear_window){.region = {x0, y0, x1 - x0, y1 - y0}, .scale = s};
    return x1 - x0 >= head && y1 - y0 >= head;
}

int lw_rear_look(struct lw_detector *d, const struct lw_image *frame,
                 const struct lw_rear_window *window, bool equalise, float threshold,
                 struct lw_detection **found, struct lw_why *why)
{
    LW_AUTO(lw_image) part = NULL;
    LW_AUTO(lw_image) small = NULL;
    const struct lw_rect *r = &window->region;
    const int x = (int)r->x, y = (int)r->y;
    const int w = lw_maxi(1, (int)r->w), h = lw_maxi(1, (int)r->h);
    const int sw = lw_maxi(1, (int)lroundf((float)w * window->scale));
    const int sh = lw_maxi(1, (int)lroundf((float)h * window->scale));
    int e = lw_image_crop(&part, frame, x, y, w, h);
    if (e >= 0)
        e = lw_image_resize(&small, part, sw, sh);
    const struct lw_equalise_opts even = {
        .tiles_x = lw_mini(lw_maxi(1, (int)((float)sw / TILE_PX)), LW_EQUALISE_TILES_MAX),
        .tiles_y = lw_mini(lw_maxi(1, (int)((float)sh / TILE_PX)), LW_EQUALISE_TILES_MAX),
        .clip = LW_EQUALISE_DEFAULTS.clip};
    if (e >= 0 && equalise)
        e = lw_image_equalise(small, &even);
    if (e < 0)
        return lw_why_set(why, e, -1, "the rear rows of a frame could not be looked at");
    int n = lw_detector_pass_over(d, small, NULL, 1.0f, threshold, found, why);
    const float sx = (float)w / (float)sw, sy = (float)h / (float)sh;
    for (int i = 0; i < n; i++) {
        struct lw_rect *b = &(*found)[i].box;
        *b = (struct lw_rect){b->x * sx + (float)x, b->y * sy + (float)y, b->w * sx, b->h * sy};
    }
    return n;
}
