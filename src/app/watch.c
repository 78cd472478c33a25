#include "app/watch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/rear.h"
#include "base/clock.h"
#include "img/equalise.h"
#include "img/geom.h"

/* Faces in a cabin are lower than this share of the frame; what is larger is looked at closer. */
static const float LARGE_FACE = 0.16f;
/* One shot of each span is embedded; of somebody who is known the spans are longer. */
static const int64_t SPAN_NS = 100 * LW_MS, KNOWN_SPAN_NS = 600 * LW_MS;
static const int64_t REST_NS = 180 * LW_MS; /* between two looks at rest */
static const float SAME_BOX = 0.4f;         /* IoU of two boxes that are of one face */
static const int64_t REAR_NS = 150 * LW_MS; /* between two closer looks at the rear rows */
/* Two shots of one track that are less alike than one in twenty pairs of strangers are not of one
 * person: the track went over to another head when one passed behind the other. On 1,949 spans of
 * development crossings shots of one person had a median similarity of 0.90 and 4 (0.2 %) fell
 * below; of the four times that a track had changed its person all did. */
static const double STRANGERS = 0.05;
/* A face that comes back to this camera is taken for one that left it when no more than this share
 * of strangers look so much alike. */
static const double SAME_FACE = 0.0001;

struct lw_watch {
    struct lw_watch_opts opts;
    struct lw_facekit *kit;
    struct lw_tracker *tracker;
    struct lw_glance *glance;
    size_t n, n_splits;
    struct lw_watch_track *tracks[2 * LW_TRACKS_MAX]; /* owned */
    struct lw_watch_track *owner[LW_TRACKS_MAX];      /* of a track of the tracker */
    bool rests;
    int64_t rear_ns;   /* when it was last looked closer at the rear rows */
    int64_t looked_ns; /* when the detector last saw a frame */
    int64_t looked_at; /* the number of that frame */
    int skipped;       /* frames since then */
    struct lw_watch_counts counts;
};

static bool valid(const struct lw_watch_opts *o)
{
    return o->crop_margin >= 0 && o->scale >= 0.1f && o->scale <= 1.0f;
}

int lw_watch_new(struct lw_watch **out, struct lw_facekit *kit, const struct lw_watch_opts *opts)
{
    const struct lw_watch_opts defaults = LW_WATCH_DEFAULTS;
    LW_AUTO(lw_watch) w = calloc(1, sizeof(*w));
    if (!w)
        return LW_ENOMEM;
    w->opts = opts ? *opts : defaults;
    w->kit = kit;
    w->looked_at = -1;
    if (!valid(&w->opts))
        return LW_EINVAL;
    int r = lw_tracker_new(&w->tracker, &w->opts.tracker);
    if (r >= 0)
        r = lw_glance_new(&w->glance, &w->opts.glance);
    if (r < 0)
        return r;
    *out = w;
    w = NULL;
    return LW_OK;
}

void lw_watch_free(struct lw_watch **w)
{
    if (!*w)
        return;
    for (size_t i = 0; i < (*w)->n; i++) {
        struct lw_watch_track *k = (*w)->tracks[i];
        for (size_t s = 0; s < k->n_shots; s++)
            lw_shot_clear(&k->shots[s]);
        if (k->waits)
            lw_shot_clear(&k->pending);
        free(k->steps);
        free(k);
    }
    lw_tracker_free(&(*w)->tracker);
    lw_glance_free(&(*w)->glance);
    free(*w);
    *w = NULL;
}

/* NULL: no memory. */
static struct lw_watch_track *add_track(struct lw_watch *w)
{
    struct lw_watch_track *k = calloc(1, sizeof(*k));
    if (k)
        w->tracks[w->n++] = k;
    return k;
}

/* Grows in powers of two, so the capacity need not be kept. */
static int add_step(struct lw_watch_track *k, const struct lw_track_step *step)
{
    const size_t n = k->n_steps;
    if (n == 0 || (n >= 8 && (n & (n - 1)) == 0)) {
        struct lw_track_step *grown = realloc(k->steps, (n ? 2 * n : 8) * sizeof(*grown));
        if (!grown)
            return LW_ENOMEM;
        k->steps = grown;
    }
    k->steps[k->n_steps++] = *step;
    k->score_sum += step->score;
    return LW_OK;
}

/* ---- shots ---- */

/* Is it worth embedding? Where all places are taken, only what may do better than one of them. */
static bool is_kept(const struct lw_watch_track *k, const struct lw_shot *shot)
{
    bool better = k->n_shots < LW_WATCH_SHOTS;
    for (size_t i = 0; i < k->n_shots && !better; i++)
        better = k->shots[i].worth < shot->worth;
    return better;
}

/* The one that counts most comes first; only the first few keep their pictures. */
static void insert_shot(struct lw_watch_track *k, const struct lw_shot *shot)
{
    const float weight = lw_shot_weight(shot);
    size_t at = k->n_shots;
    if (at == LW_WATCH_SHOTS)
        lw_shot_clear(&k->shots[--at]);
    else
        k->n_shots++;
    for (; at > 0 && lw_shot_weight(&k->shots[at - 1]) < weight; at--)
        k->shots[at] = k->shots[at - 1];
    k->shots[at] = *shot;
    if (k->n_shots > LW_WATCH_PICTURES)
        lw_image_unref(&k->shots[LW_WATCH_PICTURES].crop);
}

/* Similarity of the shot to the kept one that is most like it. */
static float resemblance(const struct lw_watch *w, const struct lw_watch_track *k,
                         const struct lw_shot *shot)
{
    float best = -INFINITY, score;
    for (size_t i = 0; i < k->n_shots; i++)
        if (lw_matcher_compare(lw_facekit_matcher(w->kit), k->shots[i].tmpl, shot->tmpl, &score,
                               NULL) >= 0)
            best = lw_maxf(best, score);
    return best;
}

/* Does no kept shot look like this one? */
static bool is_stranger(const struct lw_watch *w, const struct lw_watch_track *k,
                        const struct lw_shot *shot)
{
    struct lw_matcher *m = lw_facekit_matcher(w->kit);
    const float best = resemblance(w, k, shot);
    return k->n_shots > 0 &&
           lw_matcher_fmr_at(m, LW_COMPARED_STILLS, best) > STRANGERS; /* uncalibrated: NaN, no */
}

static int64_t last_shot_before(const struct lw_watch_track *k, int64_t frame)
{
    int64_t last = -1;
    for (size_t i = 0; i < k->n_shots; i++)
        if (k->shots[i].frame < frame && k->shots[i].frame > last)
            last = k->shots[i].frame;
    return last;
}

/* What the tracker says of the one is of the other from now on. */
static void hand_over(struct lw_watch *w, const struct lw_watch_track *from,
                      struct lw_watch_track *to)
{
    for (size_t i = 0; i < LW_TRACKS_MAX; i++)
        if (w->owner[i] == from)
            w->owner[i] = to;
}

/* What was seen nearer to the shot than to the one before it becomes a track of its own, which the
 * tracker goes on with. Stays in the old one where there is no room. */
static struct lw_watch_track *split(struct lw_watch *w, struct lw_watch_track *k,
                                    const struct lw_shot *shot)
{
    const int64_t before = last_shot_before(k, shot->frame);
    size_t first = k->n_steps;
    struct lw_watch_track *to = w->n_splits < LW_TRACKS_MAX ? add_track(w) : NULL;
    if (!to)
        return k;
    w->n_splits++;
    while (first > 0 && 2 * k->steps[first - 1].frame > before + shot->frame)
        first--;
    for (size_t i = first; i < k->n_steps; i++)
        if (add_step(to, &k->steps[i]) < 0)
            return k;
    for (size_t i = first; i < k->n_steps; i++)
        k->score_sum -= k->steps[i].score;
    k->n_steps = first;
    to->frames = (int)to->n_steps;
    k->frames = lw_maxi(k->frames - to->frames, (int)k->n_steps);
    hand_over(w, k, to);
    return to;
}

/* The track that had ended before this one began and showed the same face, or NULL. */
static struct lw_watch_track *former(struct lw_watch *w, const struct lw_watch_track *k,
                                     const struct lw_shot *shot)
{
    struct lw_watch_track *found = NULL;
    float most = -INFINITY;
    for (size_t i = 0; i < w->n; i++) {
        struct lw_watch_track *t = w->tracks[i];
        if (t == k || t->n_shots == 0 || t->n_steps == 0 ||
            t->steps[t->n_steps - 1].frame >= k->steps[0].frame)
            continue;
        const float like = resemblance(w, t, shot);
        if (like > most) {
            most = like;
            found = t;
        }
    }
    const double fmr = lw_matcher_fmr_at(lw_facekit_matcher(w->kit), LW_COMPARED_STILLS, most);
    return found && fmr <= SAME_FACE ? found : NULL; /* uncalibrated: NaN, no */
}

/* The former track goes on; this one is empty from now on. */
static struct lw_watch_track *resume(struct lw_watch *w, struct lw_watch_track *to,
                                     struct lw_watch_track *k)
{
    for (size_t i = 0; i < k->n_steps; i++)
        if (add_step(to, &k->steps[i]) < 0)
            return k;
    to->frames += k->frames;
    hand_over(w, k, to);
    k->n_steps = 0;
    k->frames = 0;
    k->score_sum = 0;
    return to;
}

/* Embed the shot that waits. */
static int settle(struct lw_watch *w, struct lw_watch_track *k, struct lw_why *why)
{
    struct lw_shot shot = k->pending;
    const int64_t t0 = lw_now_ns();
    k->waits = false;
    k->pending = (struct lw_shot){0};
    if (!is_kept(k, &shot)) {
        lw_shot_clear(&shot);
        return LW_OK;
    }
    int r = lw_shot_embed(w->kit, &shot, w->opts.contrast, why);
    w->counts.embed_ns += lw_now_ns() - t0;
    w->counts.embedded++;
    if (r < 0) {
        lw_shot_clear(&shot);
        return r;
    }
    struct lw_watch_track *before = k->n_shots == 0 ? former(w, k, &shot) : NULL;
    if (before)
        k = resume(w, before, k);
    else if (w->opts.split && is_stranger(w, k, &shot))
        k = split(w, k, &shot);
    insert_shot(k, &shot);
    return LW_OK;
}

static bool embeds(const struct lw_watch *w, const struct lw_watch_track *k)
{
    return k->waits && !(w->rests && k->n_shots > 0);
}

int lw_watch_settle(struct lw_watch *w, struct lw_why *why)
{
    int r = LW_OK;
    const size_t n = w->n; /* a split adds one that does not wait */
    for (size_t i = 0; i < n && r >= 0; i++)
        if (embeds(w, w->tracks[i]))
            r = settle(w, w->tracks[i], why);
    return r;
}

static int settle_spans(struct lw_watch *w, int64_t t_ns, struct lw_why *why)
{
    int r = LW_OK;
    const size_t n = w->n;
    for (size_t i = 0; i < n && r >= 0; i++)
        if (embeds(w, w->tracks[i]) &&
            t_ns - w->tracks[i]->span_ns >= (w->tracks[i]->known ? KNOWN_SPAN_NS : SPAN_NS))
            r = settle(w, w->tracks[i], why);
    return r;
}

/* A sighting that is worth more than what waits takes its place. */
static int consider_shot(struct lw_watch *w, struct lw_watch_track *k, const struct lw_image *image,
                         const struct lw_track_step *step, struct lw_why *why)
{
    struct lw_shot shot = {.frame = step->frame, .t_ns = step->t_ns};
    const struct lw_detection det = {.box = step->box, .score = step->score};
    int r = 1;
    if (w->opts.closer_look && step->box.h > LARGE_FACE * (float)image->height)
        r = lw_detector_believes(lw_facekit_detector(w->kit), image, &det, why);
    if (r > 0)
        r = lw_facekit_describe(w->kit, image, &det, &shot.face, why);
    if (r <= 0)
        return r;
    shot.worth = lw_shot_worth(step->score, shot.face.inter_eye_px);
    if (k->waits && k->pending.worth >= shot.worth)
        return LW_OK;
    r = lw_shot_cut(&shot, image, w->opts.crop_margin);
    if (r < 0)
        return lw_why_set(why, r, -1, "a face could not be cut out");
    if (k->waits)
        lw_shot_clear(&k->pending);
    else
        k->span_ns = step->t_ns;
    k->waits = true;
    k->pending = shot;
    return LW_OK;
}

/* ---- frames ---- */

/* NULL: there is no room for one more. Two sightings of one frame never share a track, not even
 * where a track that was taken for ended goes on after all. */
static struct lw_watch_track *track_of_id(struct lw_watch *w, int id, int64_t frame)
{
    const struct lw_track *tracks;
    lw_tracker_peek(w->tracker, &tracks);
    const struct lw_watch_track *k = w->owner[id];
    const bool born = tracks[id].n_seen == 1;
    const bool taken = !born && k && k->n_steps > 0 && k->steps[k->n_steps - 1].frame == frame;
    if (taken && w->n_splits++ >= LW_TRACKS_MAX)
        return NULL;
    if (born || taken)
        w->owner[id] = add_track(w);
    return w->owner[id];
}

static int take_sighting(struct lw_watch *w, int id, const struct lw_image *image,
                         const struct lw_track_step *step, struct lw_why *why)
{
    struct lw_watch_track *k = track_of_id(w, id, step->frame);
    if (!k)
        return LW_OK;
    const bool before = k->n_steps > 0 && k->steps[k->n_steps - 1].frame == w->looked_at;
    int r = add_step(k, step);
    if (r < 0)
        return lw_why_set(why, r, -1, "no memory for a track");
    k->frames += before ? 1 + w->skipped : 1;
    return consider_shot(w, k, image, step, why);
}

/* Faces of one frame, the surest first. Unsure sightings may continue a track, so they are asked
 * for too. The detector sees more in a reduced frame, where noise and blur are less, and with its
 * local contrast raised (docs/results). */
static int find_faces(struct lw_watch *w, const struct lw_image *image,
                      struct lw_detection out[LW_SIGHTINGS_MAX], struct lw_why *why)
{
    LW_AUTO(lw_image) small = NULL;
    LW_AUTO_MEM(struct lw_detection) found = NULL;
    const int width = lw_maxi(1, (int)lroundf((float)image->width * w->opts.scale));
    const int height = lw_maxi(1, (int)lroundf((float)image->height * w->opts.scale));
    int r = lw_image_resize(&small, image, width, height);
    if (r >= 0 && w->opts.equalise && width >= LW_EQUALISE_TILES_MAX &&
        height >= LW_EQUALISE_TILES_MAX)
        r = lw_image_equalise(small, NULL);
    if (r < 0)
        return lw_why_set(why, r, -1, "a frame could not be reduced");
    const struct lw_rect *c = &w->opts.cabin;
    const struct lw_rect cabin = {c->x * (float)width, c->y * (float)height, c->w * (float)width,
                                  c->h * (float)height};
    int n = lw_detector_pass_over(lw_facekit_detector(w->kit), small,
                                  c->w < 1 || c->h < 1 ? &cabin : NULL, 1.0f,
                                  w->opts.tracker.join_score, &found, why);
    const float sx = (float)image->width / (float)width, sy = (float)image->height / (float)height;
    n = lw_mini(n, LW_SIGHTINGS_MAX);
    for (int i = 0; i < n; i++) {
        const struct lw_rect *b = &found[i].box;
        out[i].box = (struct lw_rect){b->x * sx, b->y * sy, b->w * sx, b->h * sy};
        out[i].score = found[i].score;
    }
    return n;
}

/* What the closer look found is new, or as the first look has it, or surer than that. */
static int add_detection(struct lw_detection list[LW_SIGHTINGS_MAX], int n, float sure,
                         const struct lw_detection *d)
{
    for (int i = 0; i < n; i++) {
        if (lw_rect_iou(&list[i].box, &d->box) <= SAME_BOX)
            continue;
        if (list[i].score < sure && d->score > list[i].score)
            list[i] = *d;
        list[i].score = lw_maxf(list[i].score, d->score);
        return n;
    }
    if (n < LW_SIGHTINGS_MAX)
        list[n++] = *d;
    return n;
}

/* Look closer at the rear rows; returns how many faces there are now. */
static int find_rear_faces(struct lw_watch *w, const struct lw_image *image, int64_t t_ns,
                           struct lw_detection list[LW_SIGHTINGS_MAX], int n, struct lw_why *why)
{
    LW_AUTO_MEM(struct lw_detection) found = NULL;
    const struct lw_track *tracks;
    const size_t n_tracks = lw_tracker_peek(w->tracker, &tracks);
    struct lw_rear_window window;
    if (!w->opts.rear || w->rests || (w->counts.looked > 0 && t_ns - w->rear_ns < REAR_NS) ||
        !lw_rear_window(&window, tracks, n_tracks, t_ns, image->width, image->height,
                        w->opts.scale))
        return n;
    w->rear_ns = t_ns;
    const int m = lw_rear_look(lw_facekit_detector(w->kit), image, &window, w->opts.equalise,
                               w->opts.tracker.join_score, &found, why);
    for (int i = 0; i < m; i++)
        n = add_detection(list, n, w->opts.tracker.start_score, &found[i]);
    return m < 0 ? m : n;
}

static int look(struct lw_watch *w, const struct lw_image *image, int64_t frame, int64_t t_ns,
                struct lw_why *why)
{
    struct lw_detection found[LW_SIGHTINGS_MAX];
    struct lw_sighting sightings[LW_SIGHTINGS_MAX];
    int track_of[LW_SIGHTINGS_MAX];
    int n = find_faces(w, image, found, why);
    if (n >= 0)
        n = find_rear_faces(w, image, t_ns, found, n, why);
    if (n < 0)
        return n;
    for (int i = 0; i < n; i++)
        sightings[i] = (struct lw_sighting){.box = found[i].box, .score = found[i].score};
    int r = lw_tracker_step(w->tracker, frame, t_ns, sightings, (size_t)n, track_of);
    if (r < 0)
        return lw_why_set(why, r, -1, "frame %lld does not follow the one before it",
                          (long long)frame);
    for (int i = 0; i < n && r >= 0; i++) {
        const struct lw_track_step step = {
            .frame = frame, .t_ns = t_ns, .box = found[i].box, .score = found[i].score};
        if (track_of[i] >= 0)
            r = take_sighting(w, track_of[i], image, &step, why);
    }
    return r;
}

int lw_watch_frame(struct lw_watch *w, const struct lw_image *image, int64_t frame, int64_t t_ns,
                   struct lw_why *why)
{
    const int moved = lw_glance_take(w->glance, image, frame, t_ns);
    if (moved < 0)
        return lw_why_set(why, moved, -1, "frame %lld cannot be looked at", (long long)frame);
    if (!moved && w->opts.motion) {
        w->skipped++;
        return LW_OK;
    }
    if (w->rests && w->counts.looked > 0 && t_ns - w->looked_ns < REST_NS && t_ns > w->looked_ns) {
        w->skipped++;
        return LW_OK;
    }
    int r = settle_spans(w, t_ns, why);
    if (r < 0 || (r = look(w, image, frame, t_ns, why)) < 0)
        return r;
    w->looked_ns = t_ns;
    w->looked_at = frame;
    w->skipped = 0;
    w->counts.looked++;
    return LW_OK;
}

void lw_watch_health(const struct lw_watch *w, struct lw_camera_health *out)
{
    lw_glance_health(w->glance, out);
}

void lw_watch_rest(struct lw_watch *w, bool rest)
{
    w->rests = rest;
}

size_t lw_watch_tracks(struct lw_watch *w, struct lw_watch_track *const **tracks)
{
    *tracks = w->tracks;
    return w->n;
}

struct lw_watch_counts lw_watch_count(const struct lw_watch *w)
{
    return w->counts;
}
