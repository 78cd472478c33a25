/* Grouping. Faces are compared with documents only, never with each other: tracks that clearly
 * resemble one document of this vehicle, and no other, are views of one person, a party. What is
 * left are single tracks. For each camera geometry gives a few ways to seat its faces (seats.h).
 * The combination of one way for each camera is taken in which all parties and single tracks
 * together sit best: the costs of a party's views add up, two parties never share a seat, nor do
 * two tracks of one camera that share a frame; single tracks of several cameras on one seat are one
 * person; and each seat that only single tracks occupy costs something, so that views rather fall
 * together. */
#include "track/group.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "track/seats.h"

enum {
    WAYS = 10,
    NOBODY = -1,
    MOMENTS = 10 /* times as many sightings as boxes that lie on the head now and then */
};
static const int64_t LASTING_NS = 700 * LW_MS;
static const float LINK = -0.10f;       /* similarity below the threshold that still links */
static const float LINK_MARGIN = 0.06f; /* and by which the second document must be less alike */
static const float SURE = 0.65f;        /* mean detection score of a face beyond doubt */
static const float NEW_SEAT = 5.0f;     /* of a seat without a party */
static const float NO_FRONT_ROW = 4.0f; /* somebody drives, though not every camera sees it */
static const float SAME_PLACE = 0.6f;   /* share of the smaller box that a double covers */
static const float NEAR_PLACE = 0.4f;   /* and that is covered where heads cross */
static const float ALIKE = 0.15f;       /* similarities of one face in two tracks differ by less */

/* Who is not expected must be seen better than this, or better than that and mostly. */
static const float POOR = 45.0f, FAIR = 58.0f, MOSTLY = 0.6f;

struct view {
    size_t n, n_ways;
    size_t track[LW_GROUP_VIEW_MAX]; /* indices into tracks, the longest first */
    struct lw_seat_hypothesis ways[WAYS];
};

/* Who sits where, for one combination of ways. */
struct seating {
    float total;
    int seat_of[LW_GROUP_TRACKS_MAX]; /* LW_SEAT_NONE: fits nowhere */
    int party_on[LW_SEATS];           /* NOBODY where only single tracks, or none, sit */
    bool taken[LW_SEATS];
};

struct grouping {
    struct lw_group_result *out;
    const struct lw_group_track *tracks;
    size_t n, n_views;
    int party[LW_GROUP_TRACKS_MAX]; /* document that the track is linked to, NOBODY */
    int view_of[LW_GROUP_TRACKS_MAX], place_of[LW_GROUP_TRACKS_MAX]; /* -1: not looked at */
    struct view views[LW_GROUP_CAMERAS_MAX];
    size_t way[LW_GROUP_CAMERAS_MAX];
    struct seating trial, best;
};

/* A face seen once may be a flicker of the detector; where a camera gave only a few frames there
 * was no second chance, and where it gave many a few more are a flicker still. */
static bool seen_enough(const struct lw_group_track *t)
{
    const int64_t n = (int64_t)t->n_steps;
    if (t->quality < 0)
        return false;
    if (4 * n >= t->camera_frames)
        return true;
    return n >= 3 &&
           (20 * n >= t->camera_frames || t->steps[n - 1].t_ns - t->steps[0].t_ns >= LASTING_NS);
}

static int linked_document(const struct lw_group_track *t)
{
    int best = NOBODY;
    float first = LINK, second = -INFINITY;
    for (size_t d = 0; d < t->n_documents; d++) {
        if (t->match[d] >= first) {
            second = best >= 0 ? first : second;
            first = t->match[d];
            best = (int)d;
        } else if (t->match[d] > second) {
            second = t->match[d];
        }
    }
    return best >= 0 && first - second >= LINK_MARGIN ? best : NOBODY;
}

/* Without a document to speak for it a track must be a face beyond doubt. */
static bool sure_enough(const struct lw_group_track *t)
{
    return linked_document(t) >= 0 || t->sure >= SURE;
}

/* How two tracks of one camera lie to each other in the frames that have both. */
struct meeting {
    size_t frames, near, same; /* common ones; with boxes near each other; with one on the other */
};

static struct meeting meet(const struct lw_group_track *a, const struct lw_group_track *b)
{
    struct meeting m = {0};
    size_t i = 0;
    for (size_t j = 0; j < b->n_steps; j++) {
        while (i < a->n_steps && a->steps[i].frame < b->steps[j].frame)
            i++;
        if (i == a->n_steps || a->steps[i].frame != b->steps[j].frame)
            continue;
        const float share = lw_rect_covered(&a->steps[i].box, &b->steps[j].box);
        m.frames++;
        m.near += share > NEAR_PLACE;
        m.same += share > SAME_PLACE;
    }
    return m;
}

/* Would both be verified as the same document? */
static bool share_document(const struct lw_group_track *a, const struct lw_group_track *b)
{
    const int d = linked_document(a);
    return d != NOBODY && linked_document(b) == d && a->match[d] >= 0 && b->match[d] >= 0;
}

/* Are they about as like each of the documents? */
static bool answer_alike(const struct lw_group_track *a, const struct lw_group_track *b)
{
    bool compared = false;
    for (size_t d = 0; d < a->n_documents; d++) {
        const float apart = fabsf(a->match[d] - b->match[d]); /* NaN: not compared */
        if (apart > ALIKE)
            return false;
        compared |= apart <= ALIKE;
    }
    return compared;
}

/* Is the lesser track b no face of its own beside a? Either the detector saw one face as two boxes;
 * or it did so for a moment, at which the track went over to the other box; or a track strayed to
 * another head for a while. Two people who look alike are together in most frames, apart. */
static bool doubles(const struct lw_group_track *a, const struct lw_group_track *b)
{
    const struct meeting m = meet(a, b);
    if (m.frames == 0 || b->n_steps > a->n_steps || (b->n_steps == a->n_steps && b > a))
        return false;
    if (linked_document(a) != NOBODY && linked_document(b) != NOBODY &&
        linked_document(a) != linked_document(b))
        return false;
    if (2 * b->n_steps <= a->n_steps && 2 * m.same > b->n_steps)
        return true;
    if (MOMENTS * b->n_steps <= a->n_steps && 2 * m.near > b->n_steps)
        return true;
    if (share_document(a, b))
        return 2 * m.frames <= b->n_steps || 2 * m.near > m.frames;
    return 4 * m.frames <= b->n_steps && m.near == m.frames && answer_alike(a, b);
}

static bool is_double(const struct grouping *g, size_t i)
{
    for (size_t k = 0; k < g->n; k++)
        if (k != i && g->tracks[k].camera == g->tracks[i].camera &&
            doubles(&g->tracks[k], &g->tracks[i]))
            return true;
    return false;
}

static void add_to_view(struct grouping *g, struct view *v, size_t i)
{
    size_t at = v->n;
    if (v->n == LW_GROUP_VIEW_MAX)
        return;
    while (at > 0 && g->tracks[v->track[at - 1]].n_steps < g->tracks[i].n_steps) {
        v->track[at] = v->track[at - 1];
        at--;
    }
    v->track[at] = i;
    v->n++;
}

static int fit_view(struct grouping *g, int view)
{
    const struct lw_group_track *tracks[LW_GROUP_VIEW_MAX];
    struct view *v = &g->views[view];
    for (size_t k = 0; k < v->n; k++) {
        tracks[k] = &g->tracks[v->track[k]];
        g->view_of[v->track[k]] = view;
        g->place_of[v->track[k]] = (int)k;
    }
    int n = lw_seats_fit(tracks, v->n, v->ways, WAYS);
    v->n_ways = n > 0 ? (size_t)n : 0;
    return lw_mini(n, LW_OK);
}

/* Two tracks of one frame are not one person: of two that go by one document the less alike one is
 * seated by geometry, as if it went by none. */
static void part_rivals(struct grouping *g)
{
    for (size_t i = 0; i < g->n; i++)
        for (size_t k = 0; k < g->n && g->party[i] != NOBODY; k++)
            if (k != i && g->view_of[i] >= 0 && g->view_of[k] == g->view_of[i] &&
                g->party[k] == g->party[i] && lw_tracks_overlap(&g->tracks[k], &g->tracks[i]) &&
                g->tracks[i].match[g->party[i]] < g->tracks[k].match[g->party[i]])
                g->party[i] = NOBODY;
}

static int look_at_views(struct grouping *g)
{
    int camera_of[LW_GROUP_CAMERAS_MAX];
    for (size_t i = 0; i < g->n; i++) {
        size_t v = 0;
        g->view_of[i] = -1;
        g->party[i] = linked_document(&g->tracks[i]);
        if (!seen_enough(&g->tracks[i]) || !sure_enough(&g->tracks[i]) || is_double(g, i))
            continue;
        while (v < g->n_views && camera_of[v] != g->tracks[i].camera)
            v++;
        if (v == LW_GROUP_CAMERAS_MAX)
            continue;
        if (v == g->n_views)
            camera_of[g->n_views++] = g->tracks[i].camera;
        add_to_view(g, &g->views[v], i);
    }
    for (size_t v = 0; v < g->n_views; v++) {
        int r = fit_view(g, (int)v);
        if (r < 0)
            return r;
    }
    part_rivals(g);
    return LW_OK;
}

static float cost(const struct grouping *g, size_t i, int seat)
{
    const struct view *v = &g->views[g->view_of[i]];
    return v->n_ways
               ? lw_minf(v->ways[g->way[g->view_of[i]]].cost[g->place_of[i]][seat], lw_seat_outlier)
               : lw_seat_outlier;
}

static void seat_parties(struct grouping *g, struct seating *s)
{
    for (int p = 0; p < LW_GROUP_DOCUMENTS_MAX; p++) {
        float best = INFINITY;
        int seat = LW_SEAT_NONE, views = 0;
        for (int c = 0; c < LW_SEATS; c++) {
            float sum = 0;
            views = 0;
            for (size_t i = 0; i < g->n; i++)
                if (g->view_of[i] >= 0 && g->party[i] == p) {
                    sum += cost(g, i, c);
                    views++;
                }
            if (views && !s->taken[c] && sum < best) {
                best = sum;
                seat = c;
            }
        }
        if (!views)
            continue;
        const float none = lw_seat_outlier * (float)views;
        s->total += lw_minf(best, none);
        if (best >= none)
            continue;
        s->taken[seat] = true;
        s->party_on[seat] = p;
        for (size_t i = 0; i < g->n; i++)
            if (g->view_of[i] >= 0 && g->party[i] == p)
                s->seat_of[i] = seat;
    }
}

static bool held_in_its_frames(const struct grouping *g, const struct seating *s, size_t i,
                               int seat)
{
    for (size_t k = 0; k < g->n; k++)
        if (k != i && g->view_of[k] == g->view_of[i] && s->seat_of[k] == seat &&
            lw_tracks_overlap(&g->tracks[k], &g->tracks[i]))
            return true;
    return false;
}

static void seat_single(struct grouping *g, struct seating *s, size_t i)
{
    float best = lw_seat_outlier;
    int seat = LW_SEAT_NONE;
    for (int c = 0; c < LW_SEATS; c++) {
        const float price = cost(g, i, c) + (s->taken[c] ? 0.0f : NEW_SEAT);
        if (price < best && !held_in_its_frames(g, s, i, c)) {
            best = price;
            seat = c;
        }
    }
    s->total += best;
    s->seat_of[i] = seat;
    if (seat != LW_SEAT_NONE)
        s->taken[seat] = true;
}

static void try_combination(struct grouping *g)
{
    struct seating *s = &g->trial;
    *s = (struct seating){0};
    for (size_t i = 0; i < g->n; i++)
        s->seat_of[i] = LW_SEAT_NONE;
    for (int c = 0; c < LW_SEATS; c++)
        s->party_on[c] = NOBODY;
    for (size_t v = 0; v < g->n_views; v++)
        s->total += g->views[v].n_ways ? g->views[v].ways[g->way[v]].base : 0.0f;
    seat_parties(g, s);
    for (size_t v = 0; v < g->n_views; v++) /* the windshield camera usually comes first */
        for (size_t k = 0; k < g->views[v].n; k++)
            if (g->party[g->views[v].track[k]] == NOBODY)
                seat_single(g, s, g->views[v].track[k]);
    s->total += s->taken[0] || s->taken[1] || s->taken[2] ? 0.0f : NO_FRONT_ROW;
    if (s->total < g->best.total)
        g->best = *s;
}

/* The next combination of ways, like an odometer; false after the last. */
static bool next_combination(struct grouping *g)
{
    for (size_t v = 0; v < g->n_views; v++) {
        if (++g->way[v] < g->views[v].n_ways)
            return true;
        g->way[v] = 0;
    }
    return false;
}

/* With many cameras fewer ways of each are tried, so that the number of combinations stays small.
 */
static void limit_ways(struct grouping *g)
{
    const size_t most = g->n_views <= 3 ? WAYS : g->n_views <= 5 ? 4 : 2;
    for (size_t v = 0; v < g->n_views; v++)
        if (g->views[v].n_ways > most)
            g->views[v].n_ways = most;
}

static int begin_occupant(struct grouping *g, int seat)
{
    if (g->out->n_occupants == LW_GROUP_OCCUPANTS_MAX)
        return NOBODY;
    const int who = (int)g->out->n_occupants++;
    if (seat != LW_SEAT_NONE)
        memcpy(g->out->seat[who], lw_seat_name[seat], sizeof(g->out->seat[who]));
    return who;
}

static bool beside_itself(const struct grouping *g, size_t i, int who)
{
    for (size_t k = 0; k < g->n; k++)
        if (g->out->occupant_of[k] == who && g->tracks[k].camera == g->tracks[i].camera &&
            lw_tracks_overlap(&g->tracks[k], &g->tracks[i]))
            return true;
    return false;
}

/* Tracks of one party or one seat become one occupant; a party's two tracks in one frame do not:
 * the longer one came first. */
static void name_occupants(struct grouping *g)
{
    int on_seat[LW_SEATS], of_party[LW_GROUP_DOCUMENTS_MAX];
    for (int c = 0; c < LW_SEATS; c++)
        on_seat[c] = NOBODY;
    for (int p = 0; p < LW_GROUP_DOCUMENTS_MAX; p++)
        of_party[p] = NOBODY;
    for (size_t v = 0; v < g->n_views; v++)
        for (size_t k = 0; k < g->views[v].n; k++) {
            const size_t i = g->views[v].track[k];
            const int seat = g->best.seat_of[i], p = g->party[i];
            const bool booth = g->tracks[i].angle == LW_ANGLE_BOOTH;
            if (seat == LW_SEAT_NONE && p == NOBODY && !booth)
                continue;
            int who = p != NOBODY ? of_party[p] : seat != LW_SEAT_NONE ? on_seat[seat] : NOBODY;
            if (who == NOBODY && seat != LW_SEAT_NONE)
                who = on_seat[seat];
            if (who == NOBODY || beside_itself(g, i, who))
                who = begin_occupant(g, who == NOBODY ? seat : LW_SEAT_NONE);
            g->out->occupant_of[i] = who;
            if (p != NOBODY && of_party[p] == NOBODY)
                of_party[p] = who;
            if (seat != LW_SEAT_NONE && on_seat[seat] == NOBODY)
                on_seat[seat] = who;
        }
}

int lw_group_tracks(struct lw_group_result *out, const struct lw_group_track *tracks, size_t n)
{
    if (n > LW_GROUP_TRACKS_MAX)
        return LW_ELIMIT;
    *out = (struct lw_group_result){0};
    for (size_t i = 0; i < n; i++)
        out->occupant_of[i] = NOBODY;
    LW_AUTO_MEM(struct grouping) g = calloc(1, sizeof(*g));
    if (!g)
        return LW_ENOMEM;
    g->out = out;
    g->tracks = tracks;
    g->n = n;
    g->best.total = INFINITY;
    int r = look_at_views(g);
    if (r < 0)
        return r;
    limit_ways(g);
    do
        try_combination(g);
    while (next_combination(g));
    name_occupants(g);
    for (size_t i = 0; i < n; i++)
        out->n_distractors += g->view_of[i] >= 0 && out->occupant_of[i] == NOBODY;
    return LW_OK;
}

/* How well an occupant was seen; INFINITY for somebody who goes by a document. */
struct sight {
    float rating, share; /* of a camera's frames */
};

static struct sight sight_of(const struct lw_group_result *g, const struct lw_group_track *tracks,
                             size_t n, int who)
{
    struct sight s = {0, 0};
    for (size_t i = 0; i < n; i++) {
        const struct lw_group_track *t = &tracks[i];
        if (g->occupant_of[i] != who)
            continue;
        if (linked_document(t) != NOBODY)
            return (struct sight){INFINITY, 1};
        s.rating = lw_maxf(s.rating, t->rating);
        s.share = lw_maxf(s.share, (float)t->n_steps / (float)lw_maxi((int)t->camera_frames, 1));
    }
    return s;
}

static int worst_seen(const struct lw_group_result *g, const struct lw_group_track *tracks,
                      size_t n)
{
    int worst = NOBODY;
    float least = FAIR;
    for (int who = 0; who < (int)g->n_occupants; who++) {
        const struct sight s = sight_of(g, tracks, n, who);
        if (s.rating < least && (s.rating < POOR || s.share < MOSTLY)) {
            least = s.rating;
            worst = who;
        }
    }
    return worst;
}

static void dismiss(struct lw_group_result *g, size_t n, int who)
{
    for (size_t i = 0; i < n; i++) {
        if (g->occupant_of[i] == who) {
            g->occupant_of[i] = NOBODY;
            g->n_distractors++;
        } else if (g->occupant_of[i] > who) {
            g->occupant_of[i]--;
        }
    }
    g->n_occupants--;
    memmove(g->seat[who], g->seat[who + 1], (g->n_occupants - (size_t)who) * sizeof(g->seat[0]));
}

size_t lw_group_expect(struct lw_group_result *g, const struct lw_group_track *tracks, size_t n,
                       size_t expected)
{
    const size_t before = g->n_occupants;
    int who;
    while (expected > 0 && g->n_occupants > expected && (who = worst_seen(g, tracks, n)) != NOBODY)
        dismiss(g, n, who);
    return before - g->n_occupants;
}
