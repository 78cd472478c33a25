#include "app/watch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/rear.h"
#include "base/clock.h"
#include "face/anchors.h"
#include "img/equalise.h"
#include "img/geom.h"

/* Faces in a cabin are lower than this share of the frame; what is larger is looked at closer. */
static const float LARGE_FACE = 0.16f;
/* One shot of each span is embedded. The spans are longer when there are many shots already, of
 * which more say little (docs/results/passage.md), and of somebody who is known. */
static const int64_t SPAN_NS = 100 * LW_MS, LATER_SPAN_NS = 300 * LW_MS,
                     KNOWN_SPAN_NS = 1000 * LW_MS;
enum { MANY_SHOTS = 6 };
static const int64_t KNOWN_LOOK_NS = 180 * LW_MS; /* between two looks at a known face */
static const int64_t REST_NS = 180 * LW_MS;       /* between two looks at rest */
static const float NEARLY = 0.04f;      /* heads may become so much narrower, or broader */
static const float SAME_BOX = 0.4f;     /* IoU of two boxes that are of one face */
static const float CROSSING_BOX = 0.5f; /* covered share of the smaller of two heads that cross */
static const int64_t REAR_NS = 150 * LW_MS; /* between two closer looks at the rear rows */
/* Two shots of one track that are less alike than one in twenty pairs of strangers are not of one
 * person: the track went over to another head when one passed behind the other. On 1,949 spans of
 * development crossings shots of one person had a median similarity of 0.90 and 4 (0.2 %) fell
 * below; of the four times that a track had changed its person all did. */
static const double STRANGERS = 0.05;
/* But from the side, or half in the dark, a face is a stranger to itself, too: only where the box
 * jumped, from one sighting to the next, may it be another head. It overlapped by 0 to 0.3 where a
 * track had changed its person, by 0.7 or more on a driver's head that turned away and back. */
static const float JUMP = 0.5f;
static const float ONE_HEAD = 0.4f; /* share of the smaller of two boxes that lies on the other */
static const size_t MOMENT = 4;     /* one part in so many of the shorter track */
/* A face that comes back to this camera is taken for one that left it when no more than this share
 * of strangers look so much alike: its first shot and one of before, or later all of both. */
static const double SAME_FACE = 0.0001, SAME_PERSON = 0.00005;

struct lw_watch {
    struct lw_watch_opts opts;
    struct lw_facekit *kit;
    struct lw_tracker *tracker;
    struct lw_glance *glance;
    size_t n;
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
    return o->crop_margin >= 0 && o->scale >= 0.1f && o->scale <= 1.0f && o->least_side >= 0;
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

/* Nothing of it is left. */
static void track_clear(struct lw_watch_track *k)
{
    for (size_t s = 0; s < k->n_shots; s++)
        lw_shot_clear(&k->shots[s]);
    if (k->waits)
        lw_shot_clear(&k->pending);
    free(k->steps);
    *k = (struct lw_watch_track){0};
}

void lw_watch_free(struct lw_watch **w)
{
    if (!*w)
        return;
    for (size_t i = 0; i < (*w)->n; i++) {
        track_clear((*w)->tracks[i]);
        free((*w)->tracks[i]);
    }
    lw_tracker_free(&(*w)->tracker);
    lw_glance_free(&(*w)->glance);
    free(*w);
    *w = NULL;
}

static bool is_owned(const struct lw_watch *w, const struct lw_watch_track *k)
{
    const struct lw_track *tracks;
    const size_t n = lw_tracker_peek(w->tracker, &tracks);
    for (size_t i = 0; i < n; i++)
        if (w->owner[i] == k && !tracks[i].ended)
            return true;
    return false;
}

/* An empty one, or, where all places are taken, the shortest of those that ended without a shot:
 * flickers of the detector, which hours of video have many of. NULL: no memory, no room. */
static struct lw_watch_track *add_track(struct lw_watch *w)
{
    struct lw_watch_track *k = NULL;
    if (w->n < LW_COUNT(w->tracks)) {
        k = calloc(1, sizeof(*k));
        if (k)
            w->tracks[w->n++] = k;
        return k;
    }
    for (size_t i = 0; i < w->n; i++) {
        struct lw_watch_track *t = w->tracks[i];
        if (t->n_shots == 0 && !t->waits && (!k || t->n_steps < k->n_steps) && !is_owned(w, t))
            k = t;
    }
    if (k)
        track_clear(k);
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

/* Takes the shot to its place: the one that counts most comes first, the least one goes where all
 * places are taken, and only the first few keep their pictures. */
static void insert_shot(struct lw_watch_track *k, const struct lw_shot *shot)
{
    const float weight = lw_shot_weight(shot);
    size_t at = k->n_shots;
    if (at == LW_WATCH_SHOTS && lw_shot_weight(&k->shots[at - 1]) >= weight) {
        struct lw_shot least = *shot;
        lw_shot_clear(&least);
        return;
    }
    if (at == LW_WATCH_SHOTS)
        lw_shot_clear(&k->shots[--at]);
    else
        k->n_shots++;
    for (; at > 0 && lw_shot_weight(&k->shots[at - 1]) < weight; at--)
        k->shots[at] = k->shots[at - 1];
    k->shots[at] = *shot;
    for (size_t i = LW_WATCH_PICTURES; i < k->n_shots; i++)
        lw_image_unref(&k->shots[i].crop);
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
    return k->n_shots > 0 && lw_matcher_fmr_at(m, LW_COMPARED_STILLS, resemblance(w, k, shot)) >
                                 STRANGERS; /* uncalibrated: NaN, no */
}

static int64_t last_shot_before(const struct lw_watch_track *k, int64_t frame)
{
    int64_t last = -1;
    for (size_t i = 0; i < k->n_shots; i++)
        if (k->shots[i].frame < frame && k->shots[i].frame > last)
            last = k->shots[i].frame;
    return last;
}

static bool is_latest(const struct lw_watch_track *k, const struct lw_shot *shot)
{
    for (size_t i = 0; i < k->n_shots; i++)
        if (k->shots[i].frame > shot->frame)
            return false;
    return true;
}

/* Did the box jump between the last shot before and this one, as it does when the track goes over
 * to another head? */
static bool has_jumped(const struct lw_watch_track *k, const struct lw_shot *shot)
{
    const int64_t before = last_shot_before(k, shot->frame);
    for (size_t i = k->n_steps; i-- > 1 && k->steps[i].frame > before;)
        if (k->steps[i].frame <= shot->frame &&
            lw_rect_iou(&k->steps[i - 1].box, &k->steps[i].box) < JUMP)
            return true;
    return false;
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
    struct lw_watch_track *to = add_track(w);
    if (!to)
        return k;
    while (first > 0 && 2 * k->steps[first - 1].frame > before + shot->frame)
        first--;
    for (size_t i = first; i < k->n_steps; i++)
        if (add_step(to, &k->steps[i]) < 0)
            return k;
    for (size_t i = first; i < k->n_steps; i++)
        k->score_sum -= k->steps[i].score;
    k->n_steps = first;
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

/* Does the frame lie between the first and the last shot of the track? A face was believed there.
 */
static bool shows_a_face(const struct lw_watch_track *k, int64_t frame)
{
    bool after = false, before = false;
    for (size_t i = 0; i < k->n_shots; i++) {
        after = after || k->shots[i].frame <= frame;
        before = before || k->shots[i].frame >= frame;
    }
    return after && before;
}

/* May they be of one head? Not where both show a face in one frame, apart. For a moment they may
 * lie apart: one track began elsewhere, on what is no face. */
static bool may_be_one(const struct lw_watch_track *a, const struct lw_watch_track *b)
{
    size_t i = 0, apart = 0;
    for (size_t j = 0; j < b->n_steps; j++) {
        while (i < a->n_steps && a->steps[i].frame < b->steps[j].frame)
            i++;
        if (i == a->n_steps || a->steps[i].frame != b->steps[j].frame ||
            lw_rect_covered(&a->steps[i].box, &b->steps[j].box) >= ONE_HEAD)
            continue;
        if (shows_a_face(a, a->steps[i].frame) && shows_a_face(b, a->steps[i].frame))
            return false;
        apart++;
    }
    return MOMENT * apart <= (a->n_steps < b->n_steps ? a->n_steps : b->n_steps);
}

static int fuse(const struct lw_watch *w, const struct lw_watch_track *k, struct lw_template **out)
{
    const struct lw_template *t[LW_WATCH_SHOTS];
    float weights[LW_WATCH_SHOTS];
    for (size_t i = 0; i < k->n_shots; i++) {
        t[i] = k->shots[i].tmpl;
        weights[i] = lw_shot_weight(&k->shots[i]);
    }
    return lw_matcher_fuse(lw_facekit_matcher(w->kit), t, weights, k->n_shots, out, NULL);
}

/* A track that may be of the same head, and whose shots, taken all together, are of the same
 * person; NULL. Where a face was turned away when it came back its first shot did not tell. */
static struct lw_watch_track *other_part(struct lw_watch *w, const struct lw_watch_track *k)
{
    struct lw_matcher *m = lw_facekit_matcher(w->kit);
    struct lw_watch_track *found = NULL;
    LW_AUTO(lw_template) mine = NULL;
    float most = -INFINITY, like;
    if (w->n < 2 || fuse(w, k, &mine) < 0)
        return NULL;
    for (size_t i = 0; i < w->n; i++) {
        struct lw_watch_track *t = w->tracks[i];
        LW_AUTO(lw_template) theirs = NULL;
        if (t == k || t->n_shots == 0 || t->n_steps == 0 || !may_be_one(t, k) ||
            fuse(w, t, &theirs) < 0 || lw_matcher_compare(m, mine, theirs, &like, NULL) < 0)
            continue;
        if (like > most) {
            most = like;
            found = t;
        }
    }
    return found && lw_matcher_fmr_at(m, LW_COMPARED_STILLS, most) <= SAME_PERSON ? found : NULL;
}

static int by_frame(const void *a, const void *b)
{
    const struct lw_track_step *x = a, *y = b;
    if (x->frame != y->frame)
        return x->frame > y->frame ? 1 : -1;
    return (x->score < y->score) - (x->score > y->score);
}

/* By frame, and of two in one frame the surer. */
static void put_in_order(struct lw_watch_track *k)
{
    size_t n = 0;
    qsort(k->steps, k->n_steps, sizeof(k->steps[0]), by_frame);
    for (size_t i = 0; i < k->n_steps; i++)
        if (n == 0 || k->steps[i].frame != k->steps[n - 1].frame)
            k->steps[n++] = k->steps[i];
        else
            k->score_sum -= k->steps[i].score;
    k->n_steps = n;
}

/* The other track goes on with all that this one has; this one is empty from now on. */
static struct lw_watch_track *merge(struct lw_watch *w, struct lw_watch_track *to,
                                    struct lw_watch_track *k)
{
    const size_t before = to->n_steps;
    const float score_sum = to->score_sum;
    for (size_t i = 0; i < k->n_steps; i++)
        if (add_step(to, &k->steps[i]) < 0) {
            to->n_steps = before;
            to->score_sum = score_sum;
            return k;
        }
    put_in_order(to);
    for (size_t i = 0; i < k->n_shots; i++)
        insert_shot(to, &k->shots[i]);
    hand_over(w, k, to);
    k->n_shots = 0; /* they moved */
    track_clear(k);
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
    struct lw_watch_track *same = w->opts.rejoin && k->n_shots == 0 ? former(w, k, &shot) : NULL;
    if (same)
        k = merge(w, same, k);
    else if (w->opts.split && is_latest(k, &shot) && has_jumped(k, &shot) &&
             is_stranger(w, k, &shot))
        k = split(w, k, &shot);
    insert_shot(k, &shot);
    if (w->opts.rejoin && (same = other_part(w, k)))
        merge(w, same, k);
    return LW_OK;
}

/* At rest only who is new is embedded. */
static bool is_settled(const struct lw_watch *w, const struct lw_watch_track *k)
{
    return w->rests && k->n_shots > 0;
}

static bool embeds(const struct lw_watch *w, const struct lw_watch_track *k)
{
    return k->waits && !is_settled(w, k);
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

static int64_t span_of(const struct lw_watch_track *k)
{
    if (k->known)
        return KNOWN_SPAN_NS;
    return k->n_shots < MANY_SHOTS ? SPAN_NS : LATER_SPAN_NS;
}

static int settle_spans(struct lw_watch *w, int64_t t_ns, struct lw_why *why)
{
    int r = LW_OK;
    const size_t n = w->n;
    for (size_t i = 0; i < n && r >= 0; i++)
        if (embeds(w, w->tracks[i]) && t_ns - w->tracks[i]->span_ns >= span_of(w->tracks[i]))
            r = settle(w, w->tracks[i], why);
    return r;
}

/* Would one more sighting change nothing? */
static bool is_enough(const struct lw_watch *w, const struct lw_watch_track *k, int64_t t_ns)
{
    return is_settled(w, k) || (k->known && k->waits && t_ns - k->pending.t_ns < KNOWN_LOOK_NS);
}

/* A sighting that is worth more than what waits takes its place. */
static int consider_shot(struct lw_watch *w, struct lw_watch_track *k, const struct lw_image *image,
                         const struct lw_track_step *step, struct lw_why *why)
{
    struct lw_shot shot = {.frame = step->frame, .t_ns = step->t_ns};
    if (is_enough(w, k, step->t_ns))
        return LW_OK;
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
    int r = add_step(k, step);
    if (r < 0)
        return lw_why_set(why, r, -1, "no memory for a track");
    return consider_shot(w, k, image, step, why);
}

/* Small frames are reduced less: there every pixel counts, and costs little. */
static float scale_for(const struct lw_watch_opts *o, const struct lw_image *image)
{
    const float longer = (float)lw_maxi(image->width, image->height);
    return lw_minf(1.0f, lw_maxf(o->scale, (float)o->least_side / longer));
}

/* A side of the reduced frame. The detector pads it to its stride: where that is near it is met. */
static int reduced_side(int side, float scale)
{
    if (scale >= 1)
        return side;
    const float exact = (float)side * scale;
    const int fitting = (int)lroundf(exact / LW_ANCHOR_ALIGN) * LW_ANCHOR_ALIGN;
    const bool near = fitting <= side && fabsf((float)fitting - exact) <= NEARLY * exact;
    return near ? fitting : lw_maxi(1, (int)lroundf(exact));
}

/* Faces of one frame, the surest first. Unsure sightings may continue a track, so they are asked
 * for too. The detector sees more in a reduced frame, where noise and blur are less, and with its
 * local contrast raised (docs/results). */
static int find_faces(struct lw_watch *w, const struct lw_image *image,
                      struct lw_detection out[LW_SIGHTINGS_MAX], struct lw_why *why)
{
    LW_AUTO(lw_image) small = NULL;
    LW_AUTO_MEM(struct lw_detection) found = NULL;
    const float scale = scale_for(&w->opts, image);
    const int width = reduced_side(image->width, scale);
    const int height = reduced_side(image->height, scale);
    int r = lw_image_resize(&small, image, width, height);
    if (r >= 0 && w->opts.equalise && width >= LW_EQUALISE_TILES_MAX &&
        height >= LW_EQUALISE_TILES_MAX)
        r = lw_image_equalise(small, NULL);
    if (r < 0)
        return lw_why_set(why, r, -1, "a frame could not be reduced");
    const struct lw_rect *c = &w->opts.cabin;
    const int every = w->opts.whole_every;
    const bool whole = (c->w >= 1 && c->h >= 1) || (every > 0 && w->counts.looked % every == 0);
    const struct lw_rect cabin = {c->x * (float)width, c->y * (float)height, c->w * (float)width,
                                  c->h * (float)height};
    int n = lw_detector_pass_over(lw_facekit_detector(w->kit), small, whole ? NULL : &cabin, 1.0f,
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

/* What the closer look found is new, or as the first look has it, or surer than that; where it
 * covers half of another box it is two heads taken for one. */
static int add_detection(struct lw_detection list[LW_SIGHTINGS_MAX], int n, float sure,
                         const struct lw_detection *d)
{
    bool fresh = n < LW_SIGHTINGS_MAX;
    for (int i = 0; i < n; i++) {
        fresh = fresh && lw_rect_covered(&list[i].box, &d->box) <= CROSSING_BOX;
        if (lw_rect_iou(&list[i].box, &d->box) <= SAME_BOX)
            continue;
        if (list[i].score < sure && d->score > list[i].score)
            list[i] = *d;
        list[i].score = lw_maxf(list[i].score, d->score);
        return n;
    }
    if (fresh)
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
                        scale_for(&w->opts, image)))
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

/* Nobody whom this camera follows needs more shots. */
static bool may_rest(const struct lw_watch *w)
{
    const struct lw_track *tracks;
    const size_t n = lw_tracker_peek(w->tracker, &tracks);
    bool known = false;
    for (size_t i = 0; i < n; i++) {
        if (tracks[i].ended || !w->owner[i])
            continue;
        if (!w->owner[i]->known)
            return false;
        known = true;
    }
    return known;
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
    if (w->counts.looked > 0 && t_ns - w->looked_ns < REST_NS && t_ns > w->looked_ns &&
        (w->rests || may_rest(w))) {
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

int lw_watch_followed(const struct lw_watch *w, const struct lw_watch_track *k)
{
    const int64_t longest = w->opts.tracker.max_gap_ns;
    int64_t n = k->n_steps > 0;
    for (size_t i = 1; i < k->n_steps; i++) {
        const struct lw_track_step *a = &k->steps[i - 1], *b = &k->steps[i];
        n += b->t_ns - a->t_ns <= longest ? b->frame - a->frame : 1;
    }
    if (k->n_steps > 0 && k->steps[k->n_steps - 1].frame == w->looked_at)
        n += w->skipped;
    return (int)n;
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
