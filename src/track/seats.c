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
                                    .sd_log_size = 0.16f,
                                    .prior = {0, 3, 0, 0, 0.5f, 0, 1, 2, 1}};

/* Left side: the car drives to the image's left; origin is the near front head. The right side is
 * its mirror image with L and R exchanged. The far seats are often hidden behind the near ones. */
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
                                   .sd_log_size = 0.16f,
                                   .prior = {0, 3, 1.5f, 0, 1, 1.5f, 1, 2, 2.5f}};

const float lw_seat_outlier = 16.0f;
static const float OFF_CENTRE_HEADS = 1.0f; /* spread of the car about the image's centre */

/* The side layout holds for a camera that stands a little behind the front seats. From further
 * ahead or behind the far seats, which are smaller, show shifted against the near ones: how much
 * further, in heads, and what it costs to assume that. */
struct stand {
    float behind, prior;
};
static const struct stand stands[] = {{0, 0}, {-5, 3}, {-10, 3}, {5, 3}};

static struct layout layout_for(enum lw_angle angle, float behind)
{
    if (angle == LW_ANGLE_FRONT)
        return front;
    struct layout l = left;
    for (int s = 0; s < LW_SEATS; s++)
        l.spot[s].dx += behind * (1.0f - expf(l.spot[s].log_size));
    if (angle == LW_ANGLE_LEFT)
        return l;
    struct layout right = l;
    for (int s = 0; s < LW_SEATS; s++) {
        const int mirror = s / 3 * 3 + 2 - s % 3;
        right.spot[s] = l.spot[mirror];
        right.spot[s].dx = -l.spot[mirror].dx;
        right.prior[s] = l.prior[mirror];
    }
    return right;
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
    float prior; /* of the layout */
    const struct lw_group_track *const *tracks;
    size_t n;
    struct relation rel[LW_GROUP_VIEW_MAX][LW_GROUP_VIEW_MAX]; /* [anchor][track] */
};

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

static void price(const struct fit *f, size_t anchor, int sa, struct lw_seat_hypothesis *h)
{
    h->base = f->prior + off_centre(f, anchor, sa);
    for (size_t k = 0; k < f->n; k++)
        for (int s = 0; s < LW_SEATS; s++)
            h->cost[k][s] = k == anchor ? (s == sa ? f->layout.prior[s] : INFINITY)
                                        : misfit(&f->layout, &f->rel[anchor][k], sa, s);
}

static bool seat_free(const struct fit *f, const int8_t *seat, size_t k, int s)
{
    for (size_t i = 0; i < k; i++)
        if (seat[i] == s && lw_tracks_overlap(f->tracks[i], f->tracks[k]))
            return false;
    return true;
}

/* Each track in turn, the longest first, takes the cheapest seat that nobody in a common frame
 * holds, or none. */
static float seat_all(const struct fit *f, const struct lw_seat_hypothesis *h, int8_t *seat)
{
    float total = h->base;
    for (size_t k = 0; k < f->n; k++) {
        float best = lw_seat_outlier;
        seat[k] = LW_SEAT_NONE;
        for (int8_t s = 0; s < LW_SEATS; s++)
            if (h->cost[k][s] < best && seat_free(f, seat, k, s)) {
                best = h->cost[k][s];
                seat[k] = s;
            }
        total += best;
    }
    return total;
}

struct seating {
    int8_t seat[LW_GROUP_VIEW_MAX];
};

/* Keep h among the best, one for each seating. */
static size_t keep(struct lw_seat_hypothesis *out, struct seating *seatings, size_t n, size_t max,
                   const struct lw_seat_hypothesis *h, const struct seating *seating,
                   size_t n_tracks)
{
    size_t at = 0;
    for (size_t i = 0; i < n; i++)
        if (memcmp(seatings[i].seat, seating->seat, n_tracks) == 0) {
            if (out[i].total <= h->total)
                return n;
            n--;
            memmove(&out[i], &out[i + 1], (n - i) * sizeof(*out));
            memmove(&seatings[i], &seatings[i + 1], (n - i) * sizeof(*seatings));
            break;
        }
    while (at < n && out[at].total <= h->total)
        at++;
    if (at == max)
        return n;
    n = n < max ? n + 1 : max;
    memmove(&out[at + 1], &out[at], (n - at - 1) * sizeof(*out));
    memmove(&seatings[at + 1], &seatings[at], (n - at - 1) * sizeof(*seatings));
    out[at] = *h;
    seatings[at] = *seating;
    return n;
}

static size_t try_layout(struct fit *f, struct lw_seat_hypothesis *out, struct seating *seatings,
                         size_t n, size_t max)
{
    struct lw_seat_hypothesis h;
    struct seating seating;
    for (size_t a = 0; a < f->n; a++)
        for (int s = 0; s < LW_SEATS; s++) {
            price(f, a, s, &h);
            h.total = seat_all(f, &h, seating.seat);
            n = keep(out, seatings, n, max, &h, &seating, f->n);
        }
    return n;
}

static size_t try_all(struct fit *f, struct lw_seat_hypothesis *out, struct seating *seatings,
                      size_t max)
{
    const enum lw_angle angle = f->tracks[0]->angle;
    const size_t layouts = angle == LW_ANGLE_FRONT ? 1 : LW_COUNT(stands);
    size_t n = 0;
    for (size_t a = 0; a < f->n; a++)
        for (size_t b = 0; b < f->n; b++)
            f->rel[a][b] = relate(f->tracks[a], f->tracks[b]);
    for (size_t i = 0; i < layouts; i++) {
        f->layout = layout_for(angle, stands[i].behind);
        f->prior = stands[i].prior;
        n = try_layout(f, out, seatings, n, max);
    }
    return n;
}

int lw_seats_fit(const struct lw_group_track *const *tracks, size_t n,
                 struct lw_seat_hypothesis *out, size_t max)
{
    if (n > LW_GROUP_VIEW_MAX)
        return LW_ELIMIT;
    if (n == 0 || tracks[0]->angle == LW_ANGLE_BOOTH)
        return 0;
    LW_AUTO_MEM(struct fit) f = calloc(1, sizeof(*f));
    LW_AUTO_MEM(struct seating) seatings = calloc(max, sizeof(*seatings));
    if (!f || !seatings)
        return LW_ENOMEM;
    f->tracks = tracks;
    f->n = n;
    return (int)try_all(f, out, seatings, max);
}
