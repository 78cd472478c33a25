#include "app/peer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/documents.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/parallel.h"
#include "cam/video.h"
#include "cross/decide.h"
#include "track/group.h"
#include "track/tracker.h"

static const float INTER_EYE_MIN_PX = 20.0f; /* the `verify` requirement */

/* One face in one frame. */
struct look {
    int track;
    struct lw_track_step step;
    struct lw_best_shot shot;
    struct lw_template *tmpl;
};

struct view {
    size_t n, cap;
    struct look *looks; /* by time */
    int64_t frames, last_ns;
    int width, height;
};

/* A track of one camera, as the grouping sees it and who it is. */
struct trace {
    int camera, track;
    struct lw_track_step *steps;
};

struct peer {
    struct lw_facekit *kit;
    const char *dir;
    const struct lw_bundle *bundle;
    struct lw_documents *docs;
    struct lw_outcome *outcome;
    struct view views[LW_BUNDLE_CAMERAS_MAX];
    size_t n;
    struct trace traces[LW_GROUP_TRACKS_MAX];
    struct lw_group_track tracks[LW_GROUP_TRACKS_MAX];
    struct lw_group_result group;
};

static void peer_free(struct peer **p)
{
    if (!*p)
        return;
    for (size_t c = 0; c < LW_BUNDLE_CAMERAS_MAX; c++) {
        struct view *v = &(*p)->views[c];
        for (size_t i = 0; i < v->n; i++)
            lw_template_free(&v->looks[i].tmpl);
        free(v->looks);
    }
    for (size_t i = 0; i < (*p)->n; i++)
        free((*p)->traces[i].steps);
    lw_documents_free(&(*p)->docs);
    free(*p);
    *p = NULL;
}

/* ---- every frame ---- */

static struct look *next_look(struct view *v)
{
    if (v->n == v->cap) {
        const size_t cap = v->cap ? 2 * v->cap : 64;
        struct look *grown = realloc(v->looks, cap * sizeof(*grown));
        if (!grown)
            return NULL;
        v->looks = grown;
        v->cap = cap;
    }
    return &v->looks[v->n];
}

static int take_face(struct peer *p, size_t camera, const struct lw_frame *f,
                     const struct lw_detection *det, int track)
{
    struct look *k = next_look(&p->views[camera]);
    struct lw_face face;
    if (!k)
        return LW_ENOMEM;
    int r = lw_facekit_describe(p->kit, f->image, det, &face, NULL);
    if (r <= 0)
        return r;
    *k = (struct look){
        .track = track,
        .step = {.frame = f->index, .t_ns = f->t_ns, .box = det->box, .score = det->score},
        .shot = {.camera = (int)camera,
                 .frame = f->index,
                 .box = {det->box.x, det->box.y, det->box.w, det->box.h},
                 .inter_eye_px = face.inter_eye_px,
                 .quality = face.quality}};
    r = lw_matcher_extract(lw_facekit_matcher(p->kit), f->image, &face, &k->tmpl, NULL);
    if (r >= 0)
        p->views[camera].n++;
    return r;
}

static int look_at(struct peer *p, size_t camera, struct lw_tracker *tracker,
                   const struct lw_frame *f)
{
    LW_AUTO_MEM(struct lw_detection) found = NULL;
    struct lw_sighting sightings[LW_SIGHTINGS_MAX];
    int track_of[LW_SIGHTINGS_MAX];
    int n = lw_detector_pass_over(lw_facekit_detector(p->kit), f->image, NULL, 1.0f,
                                  LW_TRACKER_DEFAULTS.join_score, &found, NULL);
    if (n < 0)
        return n;
    n = n < LW_SIGHTINGS_MAX ? n : LW_SIGHTINGS_MAX;
    for (int i = 0; i < n; i++)
        sightings[i] = (struct lw_sighting){.box = found[i].box, .score = found[i].score};
    int r = lw_tracker_step(tracker, f->index, f->t_ns, sightings, (size_t)n, track_of);
    for (int i = 0; i < n && r >= 0; i++)
        if (track_of[i] >= 0)
            r = take_face(p, camera, f, &found[i], track_of[i]);
    return r;
}

static int watch_camera(void *ctx, size_t i, unsigned worker)
{
    LW_UNUSED(worker);
    struct peer *p = ctx;
    struct view *v = &p->views[i];
    struct lw_source_opts opts = LW_SOURCE_DEFAULTS;
    LW_AUTO(lw_tracker) tracker = NULL;
    LW_AUTO(lw_source) source = NULL;
    LW_AUTO_MEM(char) path = NULL;
    struct lw_frame f;
    opts.fps = p->bundle->cameras[i].fps;
    if (lw_path_join(p->dir, p->bundle->cameras[i].source, &path, NULL) < 0 ||
        lw_source_open(&source, p->dir, path, &opts, NULL) < 0)
        return LW_OK; /* a broken camera gives what it gives */
    int r = lw_tracker_new(&tracker, NULL);
    while (r >= 0 && lw_source_next(source, &f, NULL) > 0) {
        v->frames++;
        v->last_ns = f.t_ns;
        v->width = f.image->width;
        v->height = f.image->height;
        r = look_at(p, i, tracker, &f);
        lw_image_unref(&f.image);
    }
    return r;
}

/* ---- from faces to occupants ---- */

static enum lw_angle angle_of(enum lw_view v)
{
    static const enum lw_angle angles[] = {[LW_VIEW_WINDSHIELD] = LW_ANGLE_FRONT,
                                           [LW_VIEW_LEFT_SIDE] = LW_ANGLE_LEFT,
                                           [LW_VIEW_RIGHT_SIDE] = LW_ANGLE_RIGHT,
                                           [LW_VIEW_BOOTH] = LW_ANGLE_BOOTH};
    return angles[v];
}

/* The highest similarity of one face to each document. */
static int raise_scores(struct peer *p, const struct look *k, float *best)
{
    int r = LW_OK;
    for (size_t d = 0; d < p->docs->n && r >= 0; d++) {
        float score;
        if (!p->docs->tmpl[d])
            continue;
        r = lw_matcher_compare(lw_facekit_matcher(p->kit), k->tmpl, p->docs->tmpl[d], &score, NULL);
        if (r >= 0 && !(best[d] >= score))
            best[d] = score;
    }
    return r;
}

static int add_trace(struct peer *p, size_t camera, int track)
{
    const struct view *v = &p->views[camera];
    struct lw_group_track *t = &p->tracks[p->n];
    struct trace *at = &p->traces[p->n++];
    float score_sum = 0;
    int r = LW_OK;
    *at = (struct trace){
        .camera = (int)camera, .track = track, .steps = calloc(v->n, sizeof(*at->steps))};
    if (!at->steps)
        return LW_ENOMEM;
    *t = (struct lw_group_track){.camera = (int)camera,
                                 .angle = angle_of(p->bundle->cameras[camera].view),
                                 .width = v->width,
                                 .height = v->height,
                                 .camera_frames = v->frames,
                                 .steps = at->steps,
                                 .n_documents = p->docs->n};
    for (size_t d = 0; d < p->docs->n; d++)
        t->match[d] = NAN;
    for (size_t i = 0; i < v->n && r >= 0; i++) {
        const struct look *k = &v->looks[i];
        if (k->track != track)
            continue;
        at->steps[t->n_steps++] = k->step;
        score_sum += k->step.score;
        t->quality = lw_maxf(t->quality, k->shot.inter_eye_px);
        r = raise_scores(p, k, t->match);
    }
    t->sure = score_sum / (float)t->n_steps;
    for (size_t d = 0; d < p->docs->n; d++)
        t->match[d] -= p->outcome->threshold;
    return r;
}

static int list_tracks(struct peer *p)
{
    int r = LW_OK;
    for (size_t c = 0; c < p->bundle->n_cameras; c++) {
        const struct view *v = &p->views[c];
        bool listed[LW_TRACKS_MAX] = {false};
        for (size_t i = 0; i < v->n && r >= 0; i++) {
            const int track = v->looks[i].track;
            if (listed[track] || p->n == LW_GROUP_TRACKS_MAX)
                continue;
            listed[track] = true;
            r = add_trace(p, c, track);
        }
    }
    return r;
}

/* Largest faces first. */
static void offer_shot(struct lw_occupant *o, const struct lw_best_shot *shot)
{
    size_t at = o->n_shots;
    if (at == LW_BEST_SHOTS_MAX && o->shots[--at].inter_eye_px >= shot->inter_eye_px)
        return;
    for (; at > 0 && o->shots[at - 1].inter_eye_px < shot->inter_eye_px; at--)
        o->shots[at] = o->shots[at - 1];
    o->shots[at] = *shot;
    o->n_shots += o->n_shots < LW_BEST_SHOTS_MAX;
}

static void fill_occupant(struct peer *p, int who, struct lw_candidate *cand)
{
    struct lw_occupant *o = &p->outcome->occupants[who];
    for (size_t d = 0; d < p->docs->n; d++)
        cand->score[d] = NAN;
    memcpy(o->seat, p->group.seat[who], sizeof(o->seat));
    for (size_t i = 0; i < p->n; i++) {
        const struct view *v = &p->views[p->traces[i].camera];
        if (p->group.occupant_of[i] != who)
            continue;
        o->cameras |= 1u << p->traces[i].camera;
        o->frames_seen += (int)p->tracks[i].n_steps;
        for (size_t k = 0; k < v->n; k++)
            if (v->looks[k].track == p->traces[i].track)
                offer_shot(o, &v->looks[k].shot);
        for (size_t d = 0; d < p->docs->n; d++) {
            const float score = p->tracks[i].match[d] + p->outcome->threshold;
            if (!(cand->score[d] >= score))
                cand->score[d] = score;
        }
    }
    cand->captured = o->n_shots > 0 && o->shots[0].inter_eye_px >= INTER_EYE_MIN_PX;
    if (!cand->captured)
        cand->quality_reasons = 1u << LW_REASON_TOO_SMALL;
}

static int answer(struct peer *p)
{
    struct lw_candidate candidates[LW_OCCUPANTS_MAX] = {0};
    struct lw_outcome *o = p->outcome;
    int r = list_tracks(p);
    if (r < 0 || (r = lw_group_tracks(&p->group, p->tracks, p->n)) < 0)
        return r;
    o->n_occupants = p->group.n_occupants;
    o->n_documents = p->bundle->n_documents;
    for (size_t i = 0; i < o->n_occupants; i++)
        fill_occupant(p, (int)i, &candidates[i]);
    return lw_decide(o, p->bundle, candidates, &(struct lw_decide_opts){.threshold = o->threshold});
}

static double filmed_ms(const struct peer *p)
{
    double longest = 0;
    for (size_t c = 0; c < p->bundle->n_cameras; c++) {
        const struct view *v = &p->views[c];
        if (v->frames > 1) /* the last frame too has its time */
            longest = fmax(longest, (double)v->last_ns / (double)LW_MS * (double)v->frames /
                                        (double)(v->frames - 1));
    }
    return longest;
}

int lw_peer_run(struct lw_crossing_result **out, struct lw_facekit *kit, const char *dir,
                const struct lw_bundle *bundle, const struct lw_peer_opts *opts, double *passage_ms,
                struct lw_why *why)
{
    const int64_t t0 = lw_now_ns();
    LW_AUTO(lw_crossing_result) result = calloc(1, sizeof(*result));
    LW_AUTO(peer) p = calloc(1, sizeof(*p));
    if (!result || !p)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    *p = (struct peer){.kit = kit, .dir = dir, .bundle = bundle, .outcome = &result->outcome};
    result->bundle = *bundle;
    result->outcome.fmr = opts->fmr;
    int r = lw_matcher_threshold_at(lw_facekit_matcher(kit), LW_COMPARED_STILLS, opts->fmr,
                                    &p->outcome->threshold, why);
    const struct lw_documents_opts documents = {.threads = opts->threads};
    if (r < 0 || (r = lw_documents_load(&p->docs, kit, bundle, dir, &documents, why)) < 0)
        return r;
    r = lw_parallel(bundle->n_cameras, opts->threads, watch_camera, p);
    if (r < 0 || (r = answer(p)) < 0)
        return lw_why_set(why, r, -1, "%s: the peer cannot answer", dir);
    result->timing.total_ms = (double)(lw_now_ns() - t0) / (double)LW_MS;
    *passage_ms = filmed_ms(p);
    *out = result;
    result = NULL;
    return LW_OK;
}
