#include "app/watch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "face/contrast.h"
#include "img/geom.h"

/* Faces in a cabin are lower than this share of the frame; what is larger is looked at closer. */
static const float LARGE_FACE = 0.16f;
static const float REQUIRED_EYE_PX = 20.0f;

struct lw_watch {
    struct lw_watch_opts opts;
    struct lw_facekit *kit;
    struct lw_tracker *tracker;
    size_t n;
    struct lw_watch_track tracks[LW_TRACKS_MAX];
};

static bool valid(const struct lw_watch_opts *o)
{
    if (o->n_scales < 1 || o->n_scales > LW_WATCH_SCALES || !(o->crop_margin >= 0))
        return false;
    for (size_t i = 0; i < o->n_scales; i++)
        if (!(o->scale[i] >= 0.1f && o->scale[i] <= 1.0f))
            return false;
    return true;
}

int lw_watch_new(struct lw_watch **out, struct lw_facekit *kit, const struct lw_watch_opts *opts)
{
    const struct lw_watch_opts defaults = LW_WATCH_DEFAULTS;
    LW_AUTO(lw_watch) w = calloc(1, sizeof(*w));
    if (!w)
        return LW_ENOMEM;
    w->opts = opts ? *opts : defaults;
    w->kit = kit;
    if (!valid(&w->opts))
        return LW_EINVAL;
    int r = lw_tracker_new(&w->tracker, &w->opts.tracker);
    if (r < 0)
        return r;
    *out = w;
    w = NULL;
    return LW_OK;
}

static void clear_shot(struct lw_watch_shot *s)
{
    lw_image_unref(&s->crop);
    lw_template_free(&s->tmpl);
}

void lw_watch_free(struct lw_watch **w)
{
    if (!*w)
        return;
    for (size_t i = 0; i < (*w)->n; i++) {
        struct lw_watch_track *k = &(*w)->tracks[i];
        for (size_t s = 0; s < k->n_shots; s++)
            clear_shot(&k->shots[s]);
        free(k->steps);
    }
    lw_tracker_free(&(*w)->tracker);
    free(*w);
    *w = NULL;
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
    return LW_OK;
}

/* The index at which a shot of this worth would stand, LW_WATCH_SHOTS when it is not kept. */
static size_t rank(const struct lw_watch_track *k, float worth)
{
    size_t i = 0;
    while (i < k->n_shots && k->shots[i].worth >= worth)
        i++;
    return i;
}

static void insert_shot(struct lw_watch_track *k, size_t at, struct lw_watch_shot *shot)
{
    if (k->n_shots == LW_WATCH_SHOTS)
        clear_shot(&k->shots[--k->n_shots]);
    memmove(&k->shots[at + 1], &k->shots[at], (k->n_shots - at) * sizeof(*shot));
    k->shots[at] = *shot;
    k->n_shots++;
}

int lw_watch_cut(struct lw_watch_shot *shot, const struct lw_image *image, float margin)
{
    const struct lw_rect *b = &shot->face.box;
    const float m = margin * b->h;
    const int x0 = (int)floorf(b->x - m), y0 = (int)floorf(b->y - m);
    const int x1 = (int)ceilf(b->x + b->w + m), y1 = (int)ceilf(b->y + b->h + m);
    shot->crop_x = (float)x0;
    shot->crop_y = (float)y0;
    return lw_image_crop(&shot->crop, image, x0, y0, x1 - x0, y1 - y0);
}

float lw_watch_worth(float score, float inter_eye_px)
{
    const float sure = lw_maxf(score - 0.3f, 0.01f);
    const float meets = inter_eye_px >= REQUIRED_EYE_PX ? 1.0f : 0.1f;
    return meets * sure * sure * inter_eye_px * inter_eye_px;
}

static int consider_shot(struct lw_watch *w, struct lw_watch_track *k, const struct lw_image *image,
                         const struct lw_track_step *step, struct lw_why *why)
{
    struct lw_watch_shot shot = {.frame = step->frame, .t_ns = step->t_ns};
    const struct lw_detection det = {.box = step->box, .score = step->score};
    int r = 1;
    if (w->opts.closer_look && step->box.h > LARGE_FACE * (float)image->height)
        r = lw_detector_believes(lw_facekit_detector(w->kit), image, &det, why);
    if (r > 0)
        r = lw_facekit_describe(w->kit, image, &det, &shot.face, why);
    if (r <= 0)
        return r;
    shot.worth = lw_watch_worth(step->score, shot.face.inter_eye_px);
    const size_t at = rank(k, shot.worth);
    if (at == LW_WATCH_SHOTS)
        return LW_OK;
    r = lw_watch_cut(&shot, image, w->opts.crop_margin);
    if (r < 0)
        return lw_why_set(why, r, -1, "a face could not be cut out");
    insert_shot(k, at, &shot);
    return LW_OK;
}

static int take_sighting(struct lw_watch *w, int id, const struct lw_image *image,
                         const struct lw_track_step *step, struct lw_why *why)
{
    struct lw_watch_track *k = &w->tracks[id];
    int r = add_step(k, step);
    if (r < 0)
        return lw_why_set(why, r, -1, "no memory for a track");
    return consider_shot(w, k, image, step, why);
}

static void follow(struct lw_watch *w)
{
    const struct lw_track *tracks;
    w->n = lw_tracker_peek(w->tracker, &tracks);
    for (size_t i = 0; i < w->n; i++)
        w->tracks[i].track = tracks[i];
}

/* Faces of one frame at all scales, doubles taken out, the surest first. A pass at a small scale
 * sees through noise and blur, one at a larger scale sees rear rows. Unsure sightings may continue
 * a track, so they are asked for too. */
static int find_faces(struct lw_watch *w, const struct lw_image *image,
                      struct lw_detection out[LW_SIGHTINGS_MAX], struct lw_why *why)
{
    struct lw_detection all[LW_WATCH_SCALES * LW_SIGHTINGS_MAX];
    struct lw_detector *d = lw_facekit_detector(w->kit);
    size_t n = 0;
    for (size_t i = 0; i < w->opts.n_scales; i++) {
        LW_AUTO_MEM(struct lw_detection) found = NULL;
        int k = lw_detector_pass_over(d, image, NULL, w->opts.scale[i], w->opts.tracker.join_score,
                                      &found, why);
        if (k < 0)
            return k;
        k = lw_mini(k, LW_SIGHTINGS_MAX);
        memcpy(all + n, found, (size_t)k * sizeof(*found));
        n += (size_t)k;
    }
    n = lw_detection_nms(all, n, lw_detector_peek_opts(d)->nms_iou);
    n = n < LW_SIGHTINGS_MAX ? n : LW_SIGHTINGS_MAX;
    memcpy(out, all, n * sizeof(*out));
    return (int)n;
}

int lw_watch_frame(struct lw_watch *w, const struct lw_image *image, int64_t frame, int64_t t_ns,
                   struct lw_why *why)
{
    struct lw_detection found[LW_SIGHTINGS_MAX];
    struct lw_sighting sightings[LW_SIGHTINGS_MAX];
    int track_of[LW_SIGHTINGS_MAX];
    const int n = find_faces(w, image, found, why);
    if (n < 0)
        return n;
    for (int i = 0; i < n; i++)
        sightings[i] = (struct lw_sighting){.box = found[i].box, .score = found[i].score};
    int r = lw_tracker_step(w->tracker, frame, t_ns, sightings, (size_t)n, track_of);
    if (r < 0)
        return lw_why_set(why, r, -1, "frame %lld does not follow the one before it",
                          (long long)frame);
    follow(w);
    for (int i = 0; i < n && r >= 0; i++) {
        const struct lw_track_step step = {
            .frame = frame, .t_ns = t_ns, .box = found[i].box, .score = found[i].score};
        if (track_of[i] >= 0)
            r = take_sighting(w, track_of[i], image, &step, why);
    }
    return r;
}

size_t lw_watch_tracks(struct lw_watch *w, struct lw_watch_track **tracks)
{
    *tracks = w->tracks;
    return w->n;
}

int lw_watch_embed(struct lw_facekit *kit, struct lw_watch_shot *shot, bool even_light,
                   struct lw_why *why)
{
    if (shot->tmpl)
        return LW_OK;
    struct lw_face face = shot->face; /* the same face in pixels of the crop */
    face.box.x -= shot->crop_x;
    face.box.y -= shot->crop_y;
    for (size_t i = 0; i < LW_LANDMARKS; i++) {
        face.landmarks[i].x -= shot->crop_x;
        face.landmarks[i].y -= shot->crop_y;
    }
    for (size_t i = 0; i < 2; i++) {
        face.eyes[i].x -= shot->crop_x;
        face.eyes[i].y -= shot->crop_y;
    }
    LW_AUTO(lw_image) clear = even_light ? NULL : lw_image_ref(shot->crop);
    int r = clear ? LW_OK : lw_contrast_normalise(&clear, shot->crop, &face, NULL);
    if (r < 0)
        return lw_why_set(why, r, -1, "a face could not be brought to even light");
    return lw_matcher_extract(lw_facekit_matcher(kit), clear, &face, &shot->tmpl, why);
}
