/* Grouping. The windshield view is fitted first: each track that fits a seat, or a document, is an
 * occupant. Then each side view is fitted with what is known by then as hints: a seat that is
 * occupied is likelier than an empty one, a seat whose occupant matches the same document likelier
 * still. A side track on an occupied seat is another view of that occupant; on an empty seat it is
 * an occupant whom the windshield camera did not see. Faces are compared with documents only,
 * never with each other. */
#include "track/group.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "track/seats.h"

static const float EMPTY_SEAT = 4.0f;      /* a seat that no other camera saw occupied */
static const float SAME_DOCUMENT = -8.0f;  /* its occupant matches the track's document */
static const float OTHER_DOCUMENT = 10.0f; /* its occupant matches another one */

struct grouping {
    struct lw_group_result *out;
    const struct lw_group_track *tracks;
    size_t n;
    int seat_of[LW_GROUP_OCCUPANTS_MAX];     /* of occupants, LW_SEAT_NONE unknown */
    int document_of[LW_GROUP_OCCUPANTS_MAX]; /* best match among its tracks, -1 none */
    /* The camera being fitted. */
    size_t n_view;
    size_t view[LW_GROUP_TRACKS_MAX]; /* indices into tracks */
    const struct lw_group_track *view_tracks[LW_GROUP_TRACKS_MAX];
};

/* A face seen once may be a flicker of the detector; where a camera gave only a few frames there
 * was no second chance. */
static bool seen_enough(const struct lw_group_track *t)
{
    return t->n_steps >= 3 || (int64_t)t->n_steps * 4 >= t->camera_frames;
}

static int best_document(const struct lw_group_track *t)
{
    int best = -1;
    for (size_t d = 0; d < t->n_documents; d++)
        if (t->match[d] >= 0 && (best < 0 || t->match[d] > t->match[best]))
            best = (int)d;
    return best;
}

/* Not where another track of the same camera, seen in the same frame, already shows the person. */
static bool may_join(const struct grouping *g, size_t i, int who)
{
    for (size_t k = 0; k < g->n; k++)
        if (g->out->occupant_of[k] == who && g->tracks[k].camera == g->tracks[i].camera &&
            lw_tracks_overlap(&g->tracks[k], &g->tracks[i]))
            return false;
    return true;
}

static int occupant_with(const struct grouping *g, const int *value_of, int value)
{
    for (size_t o = 0; o < g->out->n_occupants && value >= 0; o++)
        if (value_of[o] == value)
            return (int)o;
    return -1;
}

static void join(struct grouping *g, size_t i, int who, int seat)
{
    const int d = best_document(&g->tracks[i]);
    g->out->occupant_of[i] = who;
    if (g->seat_of[who] == LW_SEAT_NONE && occupant_with(g, g->seat_of, seat) < 0)
        g->seat_of[who] = seat;
    if (g->document_of[who] < 0 && occupant_with(g, g->document_of, d) < 0)
        g->document_of[who] = d;
}

static void begin(struct grouping *g, size_t i, int seat)
{
    if (g->out->n_occupants == LW_GROUP_OCCUPANTS_MAX)
        return;
    const int who = (int)g->out->n_occupants;
    g->seat_of[who] = LW_SEAT_NONE;
    g->document_of[who] = -1;
    g->out->n_occupants++;
    join(g, i, who, seat);
}

static float hint(void *ctx, size_t k, int seat)
{
    const struct grouping *g = ctx;
    const int d = best_document(g->view_tracks[k]);
    const int who = occupant_with(g, g->seat_of, seat);
    if (d >= 0 && who >= 0 && g->document_of[who] >= 0)
        return g->document_of[who] == d ? SAME_DOCUMENT : OTHER_DOCUMENT;
    if (occupant_with(g, g->document_of, d) >= 0)
        return OTHER_DOCUMENT; /* that person sits elsewhere */
    return who >= 0 || g->out->n_occupants == 0 ? 0.0f : EMPTY_SEAT;
}

/* Document first: it is the stronger evidence. Then the seat. */
static void take(struct grouping *g, size_t i, int seat)
{
    const int d = best_document(&g->tracks[i]);
    int who = occupant_with(g, g->document_of, d);
    if (who < 0 && seat != LW_SEAT_NONE) {
        who = occupant_with(g, g->seat_of, seat);
        if (who >= 0 && d >= 0 && g->document_of[who] >= 0)
            who = -1; /* two documents are two people */
    }
    if (who >= 0 && may_join(g, i, who))
        join(g, i, who, seat);
    else if (seat != LW_SEAT_NONE || d >= 0 || g->tracks[i].angle == LW_ANGLE_BOOTH)
        begin(g, i, seat);
}

static int fit_camera(struct grouping *g, int camera)
{
    int seat[LW_GROUP_TRACKS_MAX];
    g->n_view = 0;
    for (size_t i = 0; i < g->n; i++)
        if (g->tracks[i].camera == camera && seen_enough(&g->tracks[i]) &&
            g->tracks[i].quality >= 0) {
            g->view_tracks[g->n_view] = &g->tracks[i];
            g->view[g->n_view++] = i;
        }
    int r = lw_seats_fit(g->view_tracks, g->n_view, hint, g, seat);
    if (r < 0)
        return r;
    /* Those with a document first, so that a fragment without one does not take their place. */
    for (int with_document = 1; with_document >= 0; with_document--)
        for (size_t k = 0; k < g->n_view; k++)
            if ((best_document(g->view_tracks[k]) >= 0) == with_document)
                take(g, g->view[k], seat[k]);
    return LW_OK;
}

static int fit_angle(struct grouping *g, bool front)
{
    int done = -1; /* cameras come in ascending order */
    for (size_t i = 0; i < g->n; i++) {
        if ((g->tracks[i].angle == LW_ANGLE_FRONT) != front || g->tracks[i].camera <= done)
            continue;
        done = g->tracks[i].camera;
        int r = fit_camera(g, done);
        if (r < 0)
            return r;
    }
    return LW_OK;
}

int lw_group_tracks(struct lw_group_result *out, const struct lw_group_track *tracks, size_t n)
{
    if (n > LW_GROUP_TRACKS_MAX)
        return LW_ELIMIT;
    *out = (struct lw_group_result){0};
    for (size_t i = 0; i < n; i++)
        out->occupant_of[i] = -1;
    LW_AUTO_MEM(struct grouping) g = calloc(1, sizeof(*g));
    if (!g)
        return LW_ENOMEM;
    g->out = out;
    g->tracks = tracks;
    g->n = n;
    int r = fit_angle(g, true);
    if (r >= 0)
        r = fit_angle(g, false);
    if (r < 0)
        return r;
    for (size_t o = 0; o < out->n_occupants; o++)
        if (g->seat_of[o] != LW_SEAT_NONE)
            memcpy(out->seat[o], lw_seat_name[g->seat_of[o]], sizeof(out->seat[o]));
    for (size_t i = 0; i < n; i++)
        out->n_distractors += seen_enough(&tracks[i]) && out->occupant_of[i] < 0;
    return LW_OK;
}
