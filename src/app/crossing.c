#include "app/crossing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/documents.h"
#include "app/passage.h"
#include "app/references.h"
#include "app/seen.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/parallel.h"
#include "cross/decide.h"
#include "img/geom.h"
#include "track/passing.h"
#include "track/seats.h"

/* An answer is worked out as often as this while the car passes. */
static const int64_t ASSESS_NS = 400 * LW_MS;
/* Frames of different cameras that are this near are of one moment. */
static const int64_t SAME_MOMENT_NS = 20 * LW_MS;
/* Whoever is verified by this much more than the threshold is so beyond doubt. */
static const float BEYOND_DOUBT = 0.03f;

/* A camera that ends this much before the others, and this share of the passage, has stopped. */
static const int64_t STOPPED_NS = LW_SEC;
static const double STOPPED_SHARE = 0.25;

enum { WHOLE_EVERY = 5 }; /* looks with a learnt cabin */

struct crossing {
    struct lw_facekit *kit;
    const char *dir;
    const struct lw_crossing_opts *opts;
    struct lw_crossing_result *result;
    struct lw_documents *docs;
    struct lw_passage passages[LW_BUNDLE_CAMERAS_MAX];
    bool due[LW_BUNDLE_CAMERAS_MAX]; /* a frame of it is looked at in this round */
    struct lw_references references;
    struct lw_group_result group;
    size_t dismissed; /* who was not expected, and not seen well */
    /* All tracks of all cameras in one list, as the grouping sees them. */
    size_t n_tracks;
    struct lw_watch_track *tracks[LW_GROUP_TRACKS_MAX];
    struct lw_group_track views[LW_GROUP_TRACKS_MAX];
    struct lw_template *fused[LW_OCCUPANTS_MAX];
    struct lw_seen seen[LW_OCCUPANTS_MAX];
};

int lw_crossing_read(struct lw_bundle *bundle, const char *dir, struct lw_why *why)
{
    LW_AUTO_MEM(char) path = NULL;
    LW_AUTO_MEM(uint8_t) text = NULL;
    size_t n = 0;
    int r = lw_path_join(dir, "crossing.json", &path, why);
    if (r >= 0)
        r = lw_file_read(path, LW_BUNDLE_JSON_BYTES_MAX, &text, &n, why);
    if (r >= 0)
        r = lw_bundle_parse(bundle, (struct lw_span){text, n}, why);
    if (r < 0)
        lw_why_prefix(why, "%s/crossing.json", dir);
    return r;
}

/* ---- the cameras, moment by moment ---- */

static struct lw_watch_opts watch_opts(const struct lw_steps_off *off)
{
    struct lw_watch_opts o = LW_WATCH_DEFAULTS;
    o.closer_look = !off->closer_look;
    o.contrast = !off->contrast;
    o.equalise = !off->equalise;
    o.rear = !off->rear;
    o.split = !off->split;
    o.rejoin = !off->rejoin;
    o.motion = !off->motion;
    if (off->reduced_scale)
        o.scale = 1.0f;
    return o;
}

/* Is it the camera that is left when the others are switched off: the first on the windshield? */
static bool is_sole_view(const struct lw_bundle *b, size_t camera)
{
    size_t i = 0;
    while (i < b->n_cameras && b->cameras[i].view != LW_VIEW_WINDSHIELD)
        i++;
    return camera == (i < b->n_cameras ? i : 0);
}

/* A region that was given holds; one that was learnt is doubted now and then. */
static void look_in_cabin(const struct crossing *c, const char *camera, struct lw_watch_opts *how)
{
    struct lw_region cabin = lw_regions_of(c->opts->regions, camera);
    if (!cabin.camera[0]) {
        cabin = lw_cabins_region(c->opts->cabins, camera);
        how->whole_every = WHOLE_EVERY;
    }
    how->cabin = (struct lw_rect){cabin.x, cabin.y, cabin.w, cabin.h};
}

static int open_camera(void *ctx, size_t i, unsigned worker)
{
    LW_UNUSED(worker);
    struct crossing *c = ctx;
    const struct lw_bundle *b = &c->result->bundle;
    struct lw_watch_opts how = watch_opts(&c->opts->off);
    how.rear &= b->cameras[i].view == LW_VIEW_WINDSHIELD;
    if (!c->opts->off.cabin)
        look_in_cabin(c, b->cameras[i].id, &how);
    if (c->opts->off.cameras && !is_sole_view(b, i))
        return LW_OK;
    return lw_passage_open(&c->passages[i], c->kit, c->dir, &b->cameras[i], &how,
                           c->opts->pictures);
}

/* The first half of the pieces looks at a frame of each camera, the other decodes the one after:
 * with cameras enough for all threads one after the other, so that only one frame is held. */
static int step_camera(void *ctx, size_t i, unsigned worker)
{
    LW_UNUSED(worker);
    struct crossing *c = ctx;
    const size_t n = c->result->bundle.n_cameras;
    const bool at_once = n < c->opts->threads;
    struct lw_passage *p = &c->passages[i % n];
    int r = LW_OK;
    if (!c->due[i % n])
        return LW_OK;
    if (i < n && (r = lw_passage_look(p)) >= 0 && !at_once)
        lw_passage_drop(p);
    if (r >= 0 && (i < n) != at_once)
        lw_passage_decode(p);
    return r;
}

static int settle_camera(void *ctx, size_t i, unsigned worker)
{
    LW_UNUSED(worker);
    struct crossing *c = ctx;
    return c->passages[i].watch ? lw_watch_settle(c->passages[i].watch, NULL) : LW_OK;
}

/* When the earliest waiting frame was taken, INT64_MAX after the last. */
static int64_t next_moment(const struct crossing *c)
{
    int64_t first = INT64_MAX;
    for (size_t i = 0; i < c->result->bundle.n_cameras; i++) {
        const int64_t t = lw_passage_next_ns(&c->passages[i]);
        first = t < first ? t : first;
    }
    return first;
}

/* ---- from tracks to occupants ---- */

static enum lw_angle angle_of(enum lw_view v)
{
    switch (v) {
    case LW_VIEW_LEFT_SIDE:
        return LW_ANGLE_LEFT;
    case LW_VIEW_RIGHT_SIDE:
        return LW_ANGLE_RIGHT;
    case LW_VIEW_BOOTH:
        return LW_ANGLE_BOOTH;
    case LW_VIEW_WINDSHIELD:
        break;
    }
    return LW_ANGLE_FRONT;
}

static float best_rating(const struct lw_watch_track *k)
{
    float best = 0;
    for (size_t i = 0; i < k->n_shots; i++)
        best = lw_maxf(best, lw_shot_expected_quality(&k->shots[i]));
    return best;
}

static void list_tracks(struct crossing *c)
{
    c->n_tracks = 0;
    for (size_t i = 0; i < c->result->bundle.n_cameras; i++) {
        const struct lw_passage *p = &c->passages[i];
        struct lw_watch_track *const *tracks;
        const size_t n = p->watch ? lw_watch_tracks(p->watch, &tracks) : 0;
        const size_t most = LW_GROUP_TRACKS_MAX * (i + 1) / c->result->bundle.n_cameras;
        for (size_t k = 0; k < n && c->n_tracks < most; k++) {
            if (tracks[k]->n_shots == 0 ||
                tracks[k]->n_steps == 0) /* a flicker, or it went into another one */
                continue;
            c->views[c->n_tracks] =
                (struct lw_group_track){.camera = (int)i,
                                        .angle = angle_of(c->result->bundle.cameras[i].view),
                                        .width = p->width,
                                        .height = p->height,
                                        .camera_frames = lw_watch_count(p->watch).looked,
                                        .n_steps = tracks[k]->n_steps,
                                        .steps = tracks[k]->steps,
                                        .sure = tracks[k]->score_sum / (float)tracks[k]->n_steps,
                                        .quality = tracks[k]->shots[0].worth,
                                        .rating = best_rating(tracks[k])};
            c->tracks[c->n_tracks++] = tracks[k];
        }
    }
}

static struct lw_seen_opts seen_opts(const struct crossing *c)
{
    return (struct lw_seen_opts){.best_alone = c->opts->off.fusion,
                                 .equal_weights = c->opts->off.weighting};
}

/* Scores of one person against all documents. */
static int compare_documents(const struct crossing *c, const struct lw_template *face, float *score)
{
    int r = lw_seen_compare(face, c->docs->tmpl, c->docs->n, lw_facekit_matcher(c->kit), score);
    if (r >= 0)
        lw_references_weigh(&c->references, c->docs->n, score);
    return r;
}

static int score_track(struct crossing *c, size_t i, float threshold)
{
    struct lw_group_track *v = &c->views[i];
    const struct lw_seen_opts opts = seen_opts(c);
    struct lw_matcher *m = lw_facekit_matcher(c->kit);
    struct lw_seen seen = {0};
    LW_AUTO(lw_template) fused = NULL;
    for (size_t s = 0; s < c->tracks[i]->n_shots; s++)
        lw_seen_add(&seen, &c->tracks[i]->shots[s], v->camera);
    int r = lw_seen_fuse(&seen, m, &opts, &fused);
    if (r >= 0)
        r = compare_documents(c, fused, v->match);
    for (size_t d = 0; d < c->docs->n; d++)
        v->match[d] -= threshold;
    v->n_documents = c->opts->off.linking ? 0 : c->docs->n;
    return r;
}

/* The shots of all tracks of one occupant, and who saw the occupant. Tracks of one camera that take
 * turns follow the occupant in no more frames than it gave. */
static void gather(struct crossing *c, int who, struct lw_occupant *o, struct lw_seen *seen)
{
    int followed[LW_BUNDLE_CAMERAS_MAX] = {0};
    for (size_t i = 0; i < c->n_tracks; i++) {
        const int camera = c->views[i].camera;
        if (c->group.occupant_of[i] != who)
            continue;
        followed[camera] += lw_watch_followed(c->passages[camera].watch, c->tracks[i]);
        o->cameras |= 1u << camera;
        for (size_t s = 0; s < c->tracks[i]->n_shots; s++)
            lw_seen_add(seen, &c->tracks[i]->shots[s], camera);
    }
    for (size_t k = 0; k < c->result->bundle.n_cameras; k++)
        o->frames_seen += lw_mini(followed[k], (int)c->passages[k].frames);
}

static int fill_occupant(struct crossing *c, int who, struct lw_candidate *cand)
{
    struct lw_occupant *o = &c->result->outcome.occupants[who];
    const struct lw_seen_opts opts = seen_opts(c);
    struct lw_matcher *m = lw_facekit_matcher(c->kit);
    struct lw_seen *seen = &c->seen[who];
    *o = (struct lw_occupant){0};
    *seen = (struct lw_seen){0};
    gather(c, who, o, seen);
    memcpy(o->seat, c->group.seat[who], sizeof(o->seat));
    lw_seen_tell(seen, &c->result->requirements, o, cand);
    lw_template_free(&c->fused[who]);
    int r = lw_seen_fuse(seen, m, &opts, &c->fused[who]);
    return r < 0 ? r : compare_documents(c, c->fused[who], cand->score);
}

static bool seen_in_one_frame(const struct crossing *c, int a, int b)
{
    for (size_t i = 0; i < c->n_tracks; i++)
        for (size_t k = 0; c->group.occupant_of[i] == a && k < c->n_tracks; k++)
            if (c->group.occupant_of[k] == b && c->views[i].camera == c->views[k].camera &&
                lw_tracks_overlap(&c->views[i], &c->views[k]))
                return true;
    return false;
}

static void tell_apart(const struct crossing *c, struct lw_candidate *candidates)
{
    const int n = (int)c->group.n_occupants;
    for (int a = 0; a < n; a++)
        for (int b = 0; b < n; b++)
            if (a != b && seen_in_one_frame(c, a, b))
                candidates[a].apart |= 1u << b;
}

/* The difference of scores that stands for a tenfold difference of the false match rate: what is
 * closer than that the matcher cannot tell apart. */
static float margin_of(const struct crossing *c)
{
    const struct lw_outcome *o = &c->result->outcome;
    float less_sure;
    if (lw_matcher_threshold_at(lw_facekit_matcher(c->kit), LW_COMPARED_FUSED, fmin(10 * o->fmr, 1),
                                &less_sure, NULL) < 0)
        return 0;
    return lw_maxf(0, o->threshold - less_sure);
}

/* Tracks of occupants and distractors; flickers and doubles are none. */
static int followed_tracks(const struct crossing *c)
{
    int n = c->group.n_distractors;
    for (size_t i = 0; i < c->n_tracks; i++)
        n += c->group.occupant_of[i] >= 0;
    return n;
}

/* The answer as it stands, from all that was seen so far. */
static int assess(struct crossing *c)
{
    struct lw_outcome *o = &c->result->outcome;
    struct lw_candidate candidates[LW_OCCUPANTS_MAX] = {0};
    int r = LW_OK;
    list_tracks(c);
    for (size_t i = 0; i < c->n_tracks && r >= 0; i++)
        r = score_track(c, i, o->threshold);
    if (r < 0 || (r = lw_group_tracks(&c->group, c->views, c->n_tracks)) < 0)
        return r;
    c->dismissed = lw_group_expect(&c->group, c->views, c->n_tracks, c->result->bundle.n_documents);
    o->n_occupants = c->group.n_occupants;
    o->tracks = followed_tracks(c);
    o->distractors = c->group.n_distractors;
    for (size_t i = 0; i < o->n_occupants && r >= 0; i++)
        r = fill_occupant(c, (int)i, &candidates[i]);
    if (r < 0)
        return r;
    tell_apart(c, candidates);
    const struct lw_decide_opts opts = {.threshold = o->threshold, .margin = margin_of(c)};
    return lw_decide(o, &c->result->bundle, candidates, &opts);
}

static bool is_known(const struct lw_outcome *o, size_t who)
{
    return o->occupants[who].decision == LW_VERIFIED &&
           o->occupants[who].score >= o->threshold + BEYOND_DOUBT;
}

/* Of whom the answer is sure fewer shots are needed from now on; of whom it is no longer, more. */
static void note_known(struct crossing *c)
{
    for (size_t i = 0; i < c->n_tracks; i++) {
        const int who = c->group.occupant_of[i];
        c->tracks[i]->known = who >= 0 && is_known(&c->result->outcome, (size_t)who);
    }
}

static bool beyond_doubt(const struct lw_outcome *o)
{
    for (size_t i = 0; i < o->n_occupants; i++)
        if (!is_known(o, i))
            return false;
    return o->verified;
}

/* All frames of all cameras in the order of their times. As soon as everybody is verified the
 * watches rest; whoever appears then ends that. */
static int follow(struct crossing *c)
{
    const size_t n = c->result->bundle.n_cameras;
    int64_t assess_at = ASSESS_NS, now;
    int r = lw_parallel(n, c->opts->threads, open_camera, c);
    while (r >= 0 && (now = next_moment(c)) != INT64_MAX) {
        for (size_t i = 0; i < n; i++)
            c->due[i] = lw_passage_next_ns(&c->passages[i]) <= now + SAME_MOMENT_NS;
        r = lw_parallel(2 * n, c->opts->threads, step_camera, c);
        for (size_t i = 0; i < n; i++)
            if (c->due[i])
                lw_passage_advance(&c->passages[i]);
        if (r < 0 || now < assess_at || c->opts->off.rest)
            continue;
        assess_at = now + ASSESS_NS;
        if ((r = assess(c)) < 0)
            return r;
        if (c->opts->tell)
            c->opts->tell(c->opts->tell_ctx, c->result, now);
        note_known(c);
        const bool rest = c->dismissed == 0 && beyond_doubt(&c->result->outcome);
        for (size_t i = 0; i < n; i++)
            if (c->passages[i].watch)
                lw_watch_rest(c->passages[i].watch, rest);
    }
    for (size_t i = 0; i < n; i++)
        lw_passage_finish(&c->passages[i]);
    return r;
}

/* What the portraits alone say of who was verified. */
static int compare_portraits(struct crossing *c)
{
    int r = LW_OK;
    for (size_t i = 0; i < c->result->outcome.n_occupants && r >= 0; i++) {
        const struct lw_occupant *o = &c->result->outcome.occupants[i];
        struct lw_crossing_portrait *p = &c->result->portrait[i];
        if (o->document < 0)
            continue;
        *p = (struct lw_crossing_portrait){.given = true, .score = o->score};
        if (!c->references.used[o->document])
            continue;
        p->given = c->references.alone[o->document] != NULL;
        if (p->given)
            r = lw_matcher_compare(lw_facekit_matcher(c->kit), c->fused[i],
                                   c->references.alone[o->document], &p->score, NULL);
    }
    return r;
}

/* ---- what a report shows ---- */

static bool is_opted_out(const struct lw_occupant *o)
{
    return (o->reasons & (1u << LW_REASON_OPTED_OUT)) != 0;
}

/* Grey over the whole head: nothing of the face may be left to see. */
static void mask(struct lw_image *im, const struct lw_rect *r)
{
    const int x0 = lw_maxi(0, (int)(r->x - 0.3f * r->w));
    const int x1 = lw_mini(im->width, (int)(r->x + 1.3f * r->w));
    const int y0 = lw_maxi(0, (int)(r->y - 0.3f * r->h));
    const int y1 = lw_mini(im->height, (int)(r->y + 1.3f * r->h));
    for (int y = y0; y < y1 && x0 < x1; y++)
        memset(lw_image_row(im, y) + 3 * x0, 128, (size_t)(3 * (x1 - x0)));
}

static const struct lw_track_step *step_at(const struct lw_group_track *v, int64_t frame)
{
    for (size_t i = 0; i < v->n_steps; i++)
        if (v->steps[i].frame == frame)
            return &v->steps[i];
    return NULL;
}

static void show_frame(struct crossing *c, size_t camera)
{
    struct lw_crossing_pictures *pics = &c->result->pictures;
    struct lw_passage *p = &c->passages[camera];
    if (!p->picture)
        return;
    const float scale = (float)p->picture->width / (float)p->width;
    for (size_t i = 0; i < c->n_tracks; i++) {
        const struct lw_track_step *s =
            c->views[i].camera == (int)camera ? step_at(&c->views[i], p->picture_frame) : NULL;
        if (!s)
            continue;
        const struct lw_rect box = {s->box.x * scale, s->box.y * scale, s->box.w * scale,
                                    s->box.h * scale};
        const int who = c->group.occupant_of[i];
        if (who < 0 || is_opted_out(&c->result->outcome.occupants[who])) {
            mask(p->picture, &box); /* people outside never agreed to be shown either */
        } else if (pics->n_boxes[camera] < LW_OCCUPANTS_MAX) {
            pics->boxes[camera][pics->n_boxes[camera]].occupant = who;
            pics->boxes[camera][pics->n_boxes[camera]++].box = box;
        }
    }
    pics->frame_index[camera] = p->picture_frame;
    pics->frames[camera] = lw_image_ref(p->picture);
}

static void show(struct crossing *c)
{
    struct lw_crossing_pictures *pics = &c->result->pictures;
    for (size_t i = 0; i < c->result->bundle.n_cameras; i++)
        show_frame(c, i);
    for (size_t d = 0; d < c->docs->n; d++)
        pics->portraits[d] = lw_image_ref(c->docs->portrait[d]);
    for (size_t i = 0; i < c->result->outcome.n_occupants; i++) {
        const struct lw_occupant *o = &c->result->outcome.occupants[i];
        for (size_t s = 0; s < o->n_shots && !is_opted_out(o); s++)
            if (c->seen[i].shots[s]->crop)
                pics->shots[i][s] = lw_image_ref(c->seen[i].shots[s]->crop);
    }
}

static void take_template(struct lw_template **to, struct lw_template **from)
{
    *to = *from;
    *from = NULL;
}

static void keep_templates(struct crossing *c)
{
    struct lw_crossing_templates *t = &c->result->templates;
    for (size_t d = 0; d < c->docs->n; d++)
        take_template(&t->documents[d], &c->docs->tmpl[d]);
    for (size_t i = 0; i < c->result->outcome.n_occupants; i++)
        if (!is_opted_out(&c->result->outcome.occupants[i]))
            take_template(&t->occupants[i], &c->fused[i]);
}

/* ---- what is learnt ---- */

/* Where the camera saw people of the vehicle: with a seat or a document. */
static void take_sight(const struct crossing *c, size_t camera, struct lw_cabin_sight *sight)
{
    const float w = (float)c->passages[camera].width, h = (float)c->passages[camera].height;
    for (size_t i = 0; i < c->n_tracks; i++) {
        const struct lw_group_track *v = &c->views[i];
        const int who = c->group.occupant_of[i];
        const struct lw_occupant *o = who >= 0 ? &c->result->outcome.occupants[who] : NULL;
        if (v->camera != (int)camera || !o || is_opted_out(o) || (!o->seat[0] && o->document < 0))
            continue;
        for (size_t k = 0; k < v->n_steps; k++) {
            const struct lw_rect *b = &v->steps[k].box;
            lw_cabin_sight_add(sight, b->x / w, b->y / h, b->w / w, b->h / h);
        }
    }
}

static void learn(struct crossing *c)
{
    for (size_t i = 0; i < c->result->bundle.n_cameras; i++) {
        struct lw_cabin_sight sight = {.any = false};
        take_sight(c, i, &sight);
        lw_cabins_learn(c->opts->cabins, c->result->bundle.cameras[i].id, &sight);
    }
}

/* ---- the whole ---- */

static int need_a_frame(const struct crossing *c, struct lw_why *why)
{
    const char *fault = "all are empty";
    for (size_t i = c->result->bundle.n_cameras; i-- > 0;) {
        if (c->passages[i].frames > 0)
            return LW_OK;
        if (c->passages[i].fault[0])
            fault = c->passages[i].fault;
    }
    return lw_why_set(why, LW_ENOTFOUND, -1, "%s: no camera yields a frame (%s)", c->dir, fault);
}

/* A camera that ends long before the others stopped in mid-passage. */
static void note_stops(struct crossing *c)
{
    const size_t n = c->result->bundle.n_cameras;
    int64_t last = 0;
    for (size_t i = 0; i < n; i++)
        last = c->passages[i].last_t_ns > last ? c->passages[i].last_t_ns : last;
    for (size_t i = 0; i < n; i++) {
        struct lw_passage *p = &c->passages[i];
        const int64_t missing = last - p->last_t_ns;
        if (p->frames > 0 && missing >= STOPPED_NS &&
            (double)missing >= STOPPED_SHARE * (double)last)
            lw_passage_blame(p, "stops %.1f s before the others", (double)missing / (double)LW_SEC);
    }
}

/* Cameras whose faces move as in another one's view: their streams were swapped. */
static void note_swaps(struct crossing *c)
{
    const size_t n = c->result->bundle.n_cameras;
    struct lw_passing moved[LW_BUNDLE_CAMERAS_MAX];
    enum lw_angle expected[LW_BUNDLE_CAMERAS_MAX];
    for (size_t i = 0; i < n; i++) {
        expected[i] = angle_of(c->result->bundle.cameras[i].view);
        lw_passing_measure(&moved[i], c->views, c->n_tracks, (int)i);
    }
    for (size_t i = 0; i < n; i++) {
        const enum lw_angle seen = lw_passing_angle(moved, expected, n, i);
        const bool right = seen == LW_ANGLE_RIGHT;
        if (seen == expected[i])
            continue;
        if (seen == LW_ANGLE_FRONT)
            lw_passage_blame(&c->passages[i],
                             "the vehicle comes nearer, as in a windshield view: swapped?");
        else
            lw_passage_blame(&c->passages[i],
                             "the vehicle passes to the %s, as in a %s view: swapped?",
                             right ? "right" : "left", right ? "right_side" : "left_side");
    }
}

static void collect_faults(struct crossing *c)
{
    struct lw_outcome *o = &c->result->outcome;
    note_stops(c);
    note_swaps(c);
    for (size_t i = 0; i < c->result->bundle.n_cameras; i++) {
        if (!c->passages[i].fault[0])
            continue;
        struct lw_camera_fault *f = &o->camera_faults[o->n_camera_faults++];
        f->camera = (int)i;
        memcpy(f->fault, c->passages[i].fault, sizeof(f->fault));
    }
}

static void take_times(struct crossing *c, int64_t t0, int64_t cpu_wall_end)
{
    struct lw_crossing_timing *t = &c->result->timing;
    int64_t last = t0;
    for (size_t i = 0; i < c->result->bundle.n_cameras; i++) {
        t->decode_ms += (double)c->passages[i].decode_ns / (double)LW_MS;
        const struct lw_passage *p = &c->passages[i];
        const int64_t embed_ns = p->watch ? lw_watch_count(p->watch).embed_ns : 0;
        t->detect_ms += (double)(p->look_ns - embed_ns) / (double)LW_MS;
        t->embed_ms += (double)embed_ns / (double)LW_MS;
        last = c->passages[i].last_frame_ns > last ? c->passages[i].last_frame_ns : last;
    }
    t->total_ms = (double)(cpu_wall_end - t0) / (double)LW_MS;
    t->answer_ms = (double)(cpu_wall_end - last) / (double)LW_MS;
}

static int run(struct crossing *c, struct lw_why *why)
{
    const int64_t t0 = lw_now_ns();
    struct lw_outcome *o = &c->result->outcome;
    const struct lw_bundle *b = &c->result->bundle;
    struct lw_matcher *m = lw_facekit_matcher(c->kit);
    o->n_documents = b->n_documents;
    o->fmr = c->opts->fmr;
    snprintf(o->model, sizeof(o->model), "%s", lw_matcher_model(m));
    int r = lw_matcher_threshold_at(m, LW_COMPARED_FUSED, o->fmr, &o->threshold, why);
    struct lw_documents_opts docs = c->opts->documents;
    docs.threads = c->opts->threads;
    if (r >= 0)
        r = lw_documents_load(&c->docs, c->kit, b, c->dir, &docs, why);
    if (r < 0)
        return r;
    struct lw_store *earlier = c->opts->earlier;
    if (earlier && (r = lw_references_add(&c->references, c->docs, c->kit, earlier, b, why)) < 0)
        return r;
    for (size_t d = 0; d < b->n_documents; d++) {
        o->documents[d] = c->docs->found[d];
        c->result->references[d] = c->references.used[d];
        c->result->papers[d] = c->docs->paper[d];
    }
    if (c->opts->policy)
        lw_policy_offer(c->opts->policy, b, o);
    if ((r = follow(c)) < 0)
        return lw_why_set(why, r, -1, "%s: the cameras cannot be followed", c->dir);
    if ((r = need_a_frame(c, why)) < 0)
        return r;
    if ((r = lw_parallel(b->n_cameras, c->opts->threads, settle_camera, c)) < 0 ||
        (r = assess(c)) < 0 || (r = compare_portraits(c)) < 0)
        return lw_why_set(why, r, -1, "%s: faces cannot be compared", c->dir);
    collect_faults(c);
    take_times(c, t0, lw_now_ns());
    if (c->opts->pictures || c->opts->shots)
        show(c);
    if (c->opts->templates)
        keep_templates(c);
    if (c->opts->cabins && c->opts->learn)
        learn(c);
    return LW_OK;
}

static void crossing_free(struct crossing **c)
{
    if (!*c)
        return;
    for (size_t i = 0; i < LW_BUNDLE_CAMERAS_MAX; i++)
        lw_passage_clear(&(*c)->passages[i]);
    for (size_t i = 0; i < LW_OCCUPANTS_MAX; i++)
        lw_template_free(&(*c)->fused[i]);
    lw_references_clear(&(*c)->references);
    lw_documents_free(&(*c)->docs);
    free(*c);
    *c = NULL;
}

int lw_crossing_run(struct lw_crossing_result **out, struct lw_facekit *kit, const char *dir,
                    const struct lw_crossing_opts *opts, struct lw_why *why)
{
    LW_AUTO(lw_crossing_result) result = calloc(1, sizeof(*result));
    LW_AUTO(crossing) c = calloc(1, sizeof(*c));
    if (!result || !c)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory for a crossing");
    c->kit = kit;
    c->dir = dir;
    c->opts = opts;
    c->result = result;
    result->requirements = opts->requirements ? *opts->requirements : lw_requirements_least;
    int r = lw_crossing_read(&result->bundle, dir, why);
    if (r < 0)
        return r;
    if (opts->policy)
        lw_policy_restrict(opts->policy, &result->bundle);
    if ((r = run(c, why)) < 0)
        return r;
    *out = result;
    result = NULL;
    return LW_OK;
}

void lw_crossing_result_free(struct lw_crossing_result **r)
{
    if (!*r)
        return;
    struct lw_crossing_pictures *p = &(*r)->pictures;
    for (size_t i = 0; i < LW_BUNDLE_CAMERAS_MAX; i++)
        lw_image_unref(&p->frames[i]);
    for (size_t i = 0; i < LW_BUNDLE_DOCUMENTS_MAX; i++) {
        lw_image_unref(&p->portraits[i]);
        lw_template_free(&(*r)->templates.documents[i]);
    }
    for (size_t i = 0; i < LW_OCCUPANTS_MAX; i++)
        lw_template_free(&(*r)->templates.occupants[i]);
    for (size_t i = 0; i < LW_OCCUPANTS_MAX; i++)
        for (size_t s = 0; s < LW_BEST_SHOTS_MAX; s++)
            lw_image_unref(&p->shots[i][s]);
    free(*r);
    *r = NULL;
}
