/* Tracking by detection. Each track carries a constant-velocity motion model of its box centre and
 * log height. A frame is joined in four rounds, each a best one-to-one assignment: sure sightings
 * to living tracks by overlap with the predicted box; sightings left over, unsure ones included, by
 * overlap (Zhang et al., ByteTrack, 2022: weak detections continue tracks but begin none); then by
 * distance for faces that jumped or came back after a miss; then ones of up to twice or half the
 * size that lie on a predicted box: a head that turns or hides behind a hand gives boxes of other
 * sizes. What is sure and left over begins a track. Assignment is one-to-one within a frame, so two
 * people seen in one frame stay two tracks. */
#include "track/tracker.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const float RESIZE_MOST = 2.0f; /* of one head's boxes from one sighting to the next */

/* Gains of one round, higher is better; <= 0: not allowed. */
struct round {
    size_t n_tracks, n_sightings;
    size_t track[LW_TRACKS_MAX];
    size_t sighting[LW_SIGHTINGS_MAX];
    float gain[LW_TRACKS_MAX][LW_SIGHTINGS_MAX];
};

struct lw_tracker {
    struct lw_tracker_opts opts;
    int64_t last_frame, last_ns;
    size_t n;
    struct lw_track tracks[LW_TRACKS_MAX];
    struct round round; /* scratch of one step */
};

static bool valid(const struct lw_tracker_opts *o)
{
    return o->start_score >= 0 && o->join_score >= 0 && o->join_score <= o->start_score &&
           o->min_iou > 0 && o->min_iou <= 1 && o->max_shift >= 0 && o->max_resize >= 1 &&
           o->min_covered > 0 && o->max_gap_ns >= 0;
}

int lw_tracker_new(struct lw_tracker **out, const struct lw_tracker_opts *opts)
{
    const struct lw_tracker_opts defaults = LW_TRACKER_DEFAULTS;
    if (!opts)
        opts = &defaults;
    if (!valid(opts))
        return LW_EINVAL;
    struct lw_tracker *t = calloc(1, sizeof(*t));
    if (!t)
        return LW_ENOMEM;
    t->opts = *opts;
    t->last_frame = INT64_MIN;
    t->last_ns = INT64_MIN;
    *out = t;
    return LW_OK;
}

void lw_tracker_free(struct lw_tracker **t)
{
    free(*t);
    *t = NULL;
}

struct lw_rect lw_track_predict(const struct lw_track *k, int64_t t_ns)
{
    const float dt = (float)(t_ns - k->last_ns) / (float)LW_SEC;
    /* A size cannot grow for ever on a velocity measured over a few frames. */
    const float grow = expf(lw_clampf(k->vlog_h * dt, -0.5f, 0.5f));
    const float cx = k->box.x + k->box.w / 2 + k->vx * dt;
    const float cy = k->box.y + k->box.h / 2 + k->vy * dt;
    const float w = k->box.w * grow;
    const float h = k->box.h * grow;
    return (struct lw_rect){.x = cx - w / 2, .y = cy - h / 2, .w = w, .h = h};
}

/* Greedy by falling gain. Faces of different people do not overlap enough for the difference to
 * the optimum to matter: two tracks that want one sighting have both lost it half of the time. */
static void match(struct round *r, int *track_of, bool *track_taken)
{
    for (;;) {
        float best = 0.0f;
        size_t bi = 0, bj = 0;
        for (size_t i = 0; i < r->n_tracks; i++)
            for (size_t j = 0; j < r->n_sightings; j++)
                if (r->gain[i][j] > best && !track_taken[r->track[i]] &&
                    track_of[r->sighting[j]] < 0) {
                    best = r->gain[i][j];
                    bi = i;
                    bj = j;
                }
        if (best <= 0.0f)
            return;
        track_taken[r->track[bi]] = true;
        track_of[r->sighting[bj]] = (int)r->track[bi];
    }
}

static bool sizes_agree(const struct lw_rect *a, const struct lw_rect *b, float factor)
{
    return a->h <= b->h * factor && b->h <= a->h * factor;
}

static float overlap_gain(const struct lw_tracker_opts *o, const struct lw_rect *p,
                          const struct lw_rect *s)
{
    const float iou = lw_rect_iou(p, s);
    return iou >= o->min_iou && sizes_agree(p, s, o->max_resize) ? iou : 0.0f;
}

static float distance_gain(const struct lw_tracker_opts *o, const struct lw_rect *p,
                           const struct lw_rect *s)
{
    const float dx = (p->x + p->w / 2) - (s->x + s->w / 2);
    const float dy = (p->y + p->h / 2) - (s->y + s->h / 2);
    const float far = sqrtf(dx * dx + dy * dy) / lw_maxf(lw_minf(p->w, s->w), 1.0f);
    return far < o->max_shift && sizes_agree(p, s, o->max_resize) ? o->max_shift - far : 0.0f;
}

/* Of the smaller box, the share that lies on the other. */
static float lying_gain(const struct lw_tracker_opts *o, const struct lw_rect *p,
                        const struct lw_rect *s)
{
    const float share = lw_rect_covered(p, s);
    return share >= o->min_covered && sizes_agree(p, s, RESIZE_MOST) ? share : 0.0f;
}

typedef float (*gain_fn)(const struct lw_tracker_opts *o, const struct lw_rect *p,
                         const struct lw_rect *s);

static void run_round(struct lw_tracker *t, int64_t t_ns, const struct lw_sighting *s, size_t n,
                      float min_score, gain_fn gain, int *track_of, bool *taken)
{
    struct round *r = &t->round;
    r->n_tracks = 0;
    r->n_sightings = 0;
    for (size_t j = 0; j < n; j++)
        if (track_of[j] < 0 && s[j].score >= min_score)
            r->sighting[r->n_sightings++] = j;
    for (size_t i = 0; i < t->n; i++) {
        if (t->tracks[i].ended || taken[i])
            continue;
        const struct lw_rect p = lw_track_predict(&t->tracks[i], t_ns);
        for (size_t j = 0; j < r->n_sightings; j++)
            r->gain[r->n_tracks][j] = gain(&t->opts, &p, &s[r->sighting[j]].box);
        r->track[r->n_tracks++] = i;
    }
    match(r, track_of, taken);
}

static void smooth(float *v, float seen, float weight)
{
    *v += weight * (seen - *v);
}

static void observe(struct lw_track *k, int64_t frame, int64_t t_ns, const struct lw_sighting *s)
{
    const float dt = (float)(t_ns - k->last_ns) / (float)LW_SEC;
    if (k->n_seen > 0 && dt > 0) {
        const float w = k->n_seen == 1 ? 0.7f : 0.4f;
        smooth(&k->vx, (s->box.x + s->box.w / 2 - k->box.x - k->box.w / 2) / dt, w);
        smooth(&k->vy, (s->box.y + s->box.h / 2 - k->box.y - k->box.h / 2) / dt, w);
        smooth(&k->vlog_h, logf(s->box.h / k->box.h) / dt, w / 2);
    }
    k->box = s->box;
    k->last_ns = t_ns;
    k->last_frame = frame;
    k->n_seen++;
    k->score_sum += s->score;
}

/* A new place, or that of the track that ended first; LW_TRACKS_MAX: all live. */
static size_t free_place(struct lw_tracker *t)
{
    size_t at = LW_TRACKS_MAX;
    if (t->n < LW_TRACKS_MAX)
        return t->n++;
    for (size_t i = 0; i < t->n; i++)
        if (t->tracks[i].ended &&
            (at == LW_TRACKS_MAX || t->tracks[i].last_ns < t->tracks[at].last_ns))
            at = i;
    return at;
}

static int begin(struct lw_tracker *t, int64_t frame, int64_t t_ns, const struct lw_sighting *s)
{
    const size_t at = free_place(t);
    if (at == LW_TRACKS_MAX)
        return -1;
    struct lw_track *k = &t->tracks[at];
    *k = (struct lw_track){.id = (int)at, .first_ns = t_ns, .last_ns = t_ns, .first_frame = frame};
    observe(k, frame, t_ns, s);
    return k->id;
}

static bool usable(const struct lw_sighting *s)
{
    return isfinite(s->box.x) && isfinite(s->box.y) && s->box.w > 0 && s->box.h > 0 &&
           isfinite(s->box.w) && isfinite(s->box.h) && isfinite(s->score);
}

static void end_old_tracks(struct lw_tracker *t, int64_t t_ns)
{
    for (size_t i = 0; i < t->n; i++)
        if (t_ns - t->tracks[i].last_ns > t->opts.max_gap_ns)
            t->tracks[i].ended = true;
}

int lw_tracker_step(struct lw_tracker *t, int64_t frame, int64_t t_ns, const struct lw_sighting *s,
                    size_t n, int *track_of)
{
    if (n > LW_SIGHTINGS_MAX)
        return LW_ELIMIT;
    if (frame <= t->last_frame || t_ns <= t->last_ns)
        return LW_EINVAL;
    for (size_t j = 0; j < n; j++)
        if (!usable(&s[j]))
            return LW_EINVAL;
    t->last_frame = frame;
    t->last_ns = t_ns;
    end_old_tracks(t, t_ns);

    bool taken[LW_TRACKS_MAX] = {false};
    for (size_t j = 0; j < n; j++)
        track_of[j] = -1;
    run_round(t, t_ns, s, n, t->opts.start_score, overlap_gain, track_of, taken);
    run_round(t, t_ns, s, n, t->opts.join_score, overlap_gain, track_of, taken);
    run_round(t, t_ns, s, n, t->opts.join_score, distance_gain, track_of, taken);
    run_round(t, t_ns, s, n, t->opts.join_score, lying_gain, track_of, taken);
    for (size_t j = 0; j < n; j++) {
        if (track_of[j] >= 0)
            observe(&t->tracks[track_of[j]], frame, t_ns, &s[j]);
        else if (s[j].score >= t->opts.start_score)
            track_of[j] = begin(t, frame, t_ns, &s[j]);
    }
    return LW_OK;
}

size_t lw_tracker_peek(const struct lw_tracker *t, const struct lw_track **tracks)
{
    *tracks = t->tracks;
    return t->n;
}
