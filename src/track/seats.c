/* Fit of seats to faces. One face is taken as the anchor and put on one seat; the layout then says
 * where, and how large, every other seat's face must be relative to it, at the same moment. Each
 * other track takes the seat that it fits best, or none. The (anchor, seat) with the least total
 * cost wins. Costs are squared deviations in units of the layout's spread.
 *
 *   windshield, driver as anchor on 1L (image right), head 130 px high:
 *     a face 3.4 heads to the left, as high and as large      -> 1R
 *     a face 0.8 heads to the left, 0.6 higher, 0.78 as large -> 2L                            */
#include "track/seats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char lw_seat_name[LW_SEATS][4] = {"1L", "1C", "1R", "2L", "2C", "2R", "3L", "3C", "3R"};

int lw_seat_of_name(const char *name)
{
    for (int s = 0; s < LW_SEATS; s++)
        if (strcmp(lw_seat_name[s], name) == 0)
            return s;
    return LW_SEAT_NONE;
}

/* Centre of a face relative to the layout's origin and its size, in heads of the unit row. */
struct spot {
    float dx, dy, log_size;
};
struct layout {
    struct spot spot[LW_SEATS];
    float sd_dx, sd_dy, sd_log_size;
    float prior[LW_SEATS]; /* cost of using the seat at all */
};

/* Windshield: origin between the front heads; L is the image's right. Sizes: D / (D + 4 * row). */
static const struct layout front = {.spot = {{1.70f, 0, 0},
                                             {0, 0, 0},
                                             {-1.70f, 0, 0},
                                             {0.97f, -0.53f, -0.255f},
                                             {0, -0.53f, -0.255f},
                                             {-0.97f, -0.53f, -0.255f},
                                             {0.66f, -0.80f, -0.44f},
                                             {0, -0.80f, -0.44f},
                                             {-0.66f, -0.80f, -0.44f}},
                                    .sd_dx = 0.38f,
                                    .sd_dy = 0.28f,
                                    .sd_log_size = 0.11f,
                                    .prior = {0, 3, 0, 0, 0.5f, 0, 1, 2, 1}};

/* Left side: the car drives to the image's left; origin is the near front head. The right side is
 * its mirror image with L and R exchanged. */
static const struct layout left = {.spot = {{0, 0, 0},
                                            {0.35f, -0.08f, -0.19f},
                                            {0.62f, -0.11f, -0.35f},
                                            {4.05f, -0.05f, 0},
                                            {3.75f, -0.12f, -0.20f},
                                            {3.55f, -0.16f, -0.36f},
                                            {7.80f, -0.12f, 0},
                                            {7.10f, -0.18f, -0.20f},
                                            {6.40f, -0.23f, -0.38f}},
                                   .sd_dx = 0.55f,
                                   .sd_dy = 0.25f,
                                   .sd_log_size = 0.11f,
                                   .prior = {0, 3, 0, 0, 0.5f, 0, 1, 2, 1}};

static const float OUTLIER = 16.0f;         /* cost at which a face fits no seat */
static const float NO_FRONT_ROW = 4.0f;     /* somebody drives, though not every camera sees it */
static const float OFF_CENTRE_HEADS = 2.0f; /* spread of the car about the image's centre */

static struct layout layout_for(enum lw_angle angle)
{
    if (angle == LW_ANGLE_FRONT)
        return front;
    struct layout l = left;
    if (angle == LW_ANGLE_RIGHT)
        for (int s = 0; s < LW_SEATS; s++) {
            const int mirror = s / 3 * 3 + 2 - s % 3;
            l.spot[s] = left.spot[mirror];
            l.spot[s].dx = -l.spot[s].dx;
        }
    return l;
}

bool lw_tracks_overlap(const struct lw_group_track *a, const struct lw_group_track *b)
{
    size_t i = 0, j = 0;
    while (i < a->n_steps && j < b->n_steps) {
        if (a->steps[i].frame == b->steps[j].frame)
            return true;
        if (a->steps[i].frame < b->steps[j].frame)
            i++;
        else
            j++;
    }
    return false;
}

/* Track j seen from track i, in heads of i. */
struct relation {
    float dx, dy, log_size;
    bool together; /* measured in common frames */
};

static struct relation between(const struct lw_track_step *a, const struct lw_track_step *b)
{
    return (struct relation){.dx = (b->box.x + b->box.w / 2 - a->box.x - a->box.w / 2) / a->box.h,
                             .dy = (b->box.y + b->box.h / 2 - a->box.y - a->box.h / 2) / a->box.h,
                             .log_size = logf(b->box.h / a->box.h)};
}

static void add(struct relation *sum, const struct relation *r)
{
    sum->dx += r->dx;
    sum->dy += r->dy;
    sum->log_size += r->log_size;
}

/* Mean over common frames; else the two steps nearest in time. */
static struct relation relate(const struct lw_group_track *a, const struct lw_group_track *b)
{
    struct relation sum = {0};
    const struct lw_track_step *na = &a->steps[0], *nb = &b->steps[0];
    size_t i = 0, j = 0;
    int n = 0;
    while (i < a->n_steps && j < b->n_steps) {
        const int64_t gap = llabs(a->steps[i].frame - b->steps[j].frame);
        if (gap < llabs(na->frame - nb->frame)) {
            na = &a->steps[i];
            nb = &b->steps[j];
        }
        if (gap == 0) {
            const struct relation r = between(&a->steps[i], &b->steps[j]);
            add(&sum, &r);
            n++;
        }
        if (a->steps[i].frame <= b->steps[j].frame)
            i++;
        else
            j++;
    }
    if (n == 0)
        return between(na, nb);
    return (struct relation){.dx = sum.dx / (float)n,
                             .dy = sum.dy / (float)n,
                             .log_size = sum.log_size / (float)n,
                             .together = true};
}

static float square(float x)
{
    return x * x;
}

/* How badly a face seen so from the anchor fits seat s while the anchor sits on sa. */
static float misfit(const struct layout *l, const struct relation *r, int sa, int s)
{
    const float head = expf(l->spot[sa].log_size); /* the anchor's, in unit heads */
    const float loose = r->together ? 1.0f : 2.0f;
    const float dx = r->dx * head - (l->spot[s].dx - l->spot[sa].dx);
    const float dy = r->dy * head - (l->spot[s].dy - l->spot[sa].dy);
    const float ds = r->log_size - (l->spot[s].log_size - l->spot[sa].log_size);
    return square(dx / (l->sd_dx * loose)) + square(dy / (l->sd_dy * loose)) +
           square(ds / (l->sd_log_size * loose)) + l->prior[s];
}

struct fit {
    struct layout layout;
    const struct lw_group_track *const *tracks;
    size_t n;
    lw_seat_hint_fn hint;
    void *ctx;
    struct relation *rel; /* n x n */
    size_t *order;        /* tracks by falling length */
};

static float hint(const struct fit *f, size_t k, int s)
{
    return f->hint ? f->hint(f->ctx, k, s) : 0.0f;
}

static bool seat_free(const struct fit *f, const int *seat, size_t k, int s)
{
    for (size_t i = 0; i < f->n; i++)
        if (i != k && seat[i] == s && lw_tracks_overlap(f->tracks[i], f->tracks[k]))
            return false;
    return true;
}

/* Cheapest seat for track k that nobody in a common frame holds. */
static float place(const struct fit *f, size_t anchor, int sa, size_t k, int *seat)
{
    float best = OUTLIER;
    seat[k] = LW_SEAT_NONE;
    for (int s = 0; s < LW_SEATS; s++) {
        const float cost = misfit(&f->layout, &f->rel[anchor * f->n + k], sa, s) + hint(f, k, s);
        if (cost < best && seat_free(f, seat, k, s)) {
            best = cost;
            seat[k] = s;
        }
    }
    return best;
}

/* In the windshield view the car stands about the middle of the picture. */
static float off_centre(const struct fit *f, size_t anchor, int sa)
{
    const struct lw_group_track *t = f->tracks[anchor];
    if (t->angle != LW_ANGLE_FRONT)
        return 0.0f;
    const struct lw_rect *b = &t->steps[t->n_steps / 2].box;
    const float unit = b->h / expf(f->layout.spot[sa].log_size);
    const float centre = b->x + b->w / 2 - f->layout.spot[sa].dx * unit;
    return square((centre - (float)t->width / 2) / (unit * OFF_CENTRE_HEADS));
}

static float hypothesis(const struct fit *f, size_t anchor, int sa, int *seat)
{
    float total = f->layout.prior[sa] + hint(f, anchor, sa) + off_centre(f, anchor, sa);
    bool front_row = sa < 3;
    for (size_t k = 0; k < f->n; k++)
        seat[k] = LW_SEAT_NONE;
    seat[anchor] = sa;
    for (size_t i = 0; i < f->n; i++) {
        const size_t k = f->order[i];
        if (k == anchor)
            continue;
        total += place(f, anchor, sa, k, seat);
        front_row = front_row || (seat[k] >= 0 && seat[k] < 3);
    }
    return total + (front_row ? 0.0f : NO_FRONT_ROW);
}

static void sort_by_length(const struct fit *f)
{
    for (size_t i = 0; i < f->n; i++) {
        size_t j = i;
        for (; j > 0 && f->tracks[f->order[j - 1]]->n_steps < f->tracks[i]->n_steps; j--)
            f->order[j] = f->order[j - 1];
        f->order[j] = i;
    }
}

static void best_fit(const struct fit *f, int *trial, int *seat)
{
    float best = INFINITY;
    sort_by_length(f);
    for (size_t a = 0; a < f->n; a++)
        for (size_t b = 0; b < f->n; b++)
            f->rel[a * f->n + b] = relate(f->tracks[a], f->tracks[b]);
    for (size_t a = 0; a < f->n; a++)
        for (int s = 0; s < LW_SEATS; s++) {
            const float cost = hypothesis(f, a, s, trial);
            if (cost < best) {
                best = cost;
                memcpy(seat, trial, f->n * sizeof(*seat));
            }
        }
}

int lw_seats_fit(const struct lw_group_track *const *tracks, size_t n, lw_seat_hint_fn hint_fn,
                 void *ctx, int *seat)
{
    for (size_t k = 0; k < n; k++)
        seat[k] = LW_SEAT_NONE;
    if (n == 0 || tracks[0]->angle == LW_ANGLE_BOOTH)
        return LW_OK;
    struct fit f = {.layout = layout_for(tracks[0]->angle),
                    .tracks = tracks,
                    .n = n,
                    .hint = hint_fn,
                    .ctx = ctx};
    LW_AUTO_MEM(int) trial = calloc(n, sizeof(*trial));
    LW_AUTO_MEM(struct relation) rel = calloc(n * n, sizeof(*rel));
    LW_AUTO_MEM(size_t) order = calloc(n, sizeof(*order));
    if (!trial || !rel || !order)
        return LW_ENOMEM;
    f.rel = rel;
    f.order = order;
    best_fit(&f, trial, seat);
    return LW_OK;
}
