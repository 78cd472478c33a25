#include "app/oracle.h"

#include <stdlib.h>
#include <string.h>

#include "app/seen.h"
#include "base/file.h"
#include "base/parallel.h"
#include "cam/video.h"
#include "cross/decide.h"

/* What one camera has of each truth occupant, best first. */
struct view {
    size_t n[LW_OCCUPANTS_MAX];
    struct lw_shot shots[LW_OCCUPANTS_MAX][LW_WATCH_SHOTS];
};

struct run {
    struct lw_facekit *kit;
    const char *dir;
    const struct lw_bundle *bundle;
    const struct lw_truth *truth;
    struct lw_template *const *documents;
    const struct lw_oracle_opts *opts;
    struct view views[LW_BUNDLE_CAMERAS_MAX];
};

static void run_free(struct run **o)
{
    if (!*o)
        return;
    for (size_t c = 0; c < LW_BUNDLE_CAMERAS_MAX; c++)
        for (size_t i = 0; i < LW_OCCUPANTS_MAX; i++)
            for (size_t s = 0; s < (*o)->views[c].n[i]; s++)
                lw_shot_clear(&(*o)->views[c].shots[i][s]);
    free(*o);
    *o = NULL;
}

/* Put the shot where its worth belongs; the least one makes room. */
static void keep(struct view *v, size_t who, const struct lw_shot *shot)
{
    struct lw_shot *list = v->shots[who];
    size_t at = v->n[who];
    if (at == LW_WATCH_SHOTS)
        lw_shot_clear(&list[--at]);
    else
        v->n[who]++;
    for (; at > 0 && list[at - 1].worth < shot->worth; at--)
        list[at] = list[at - 1];
    list[at] = *shot;
}

static int look_at_box(struct run *o, struct view *v, size_t who, const struct lw_truth_box *box,
                       const struct lw_image *image, struct lw_why *why)
{
    const struct lw_detection det = {.box = {box->x, box->y, box->w, box->h},
                                     .score = box->visible};
    struct lw_shot shot = {.frame = box->frame};
    int r = lw_facekit_describe(o->kit, image, &det, &shot.face, why);
    if (r <= 0)
        return r;
    shot.worth = lw_shot_worth(box->visible, shot.face.inter_eye_px);
    if (v->n[who] == LW_WATCH_SHOTS && v->shots[who][LW_WATCH_SHOTS - 1].worth >= shot.worth)
        return LW_OK;
    r = lw_shot_cut(&shot, image, LW_WATCH_DEFAULTS.crop_margin);
    if (r == LW_OK)
        keep(v, who, &shot);
    return r;
}

static int look_at_frame(struct run *o, size_t camera, const struct lw_frame *f, struct lw_why *why)
{
    for (size_t i = 0; i < o->truth->n_occupants; i++) {
        const struct lw_truth_occupant *t = &o->truth->occupants[i];
        for (size_t k = 0; k < t->n_boxes; k++) {
            if (t->boxes[k].camera != (int)camera || t->boxes[k].frame != f->index)
                continue;
            int r = look_at_box(o, &o->views[camera], i, &t->boxes[k], f->image, why);
            if (r < 0)
                return r;
        }
    }
    return LW_OK;
}

/* A camera that cannot be read, or not to its end, gives what it gives: the pipeline too has to
 * live with it. */
static int watch_camera(void *ctx, size_t camera, unsigned worker)
{
    struct run *o = ctx;
    const struct lw_bundle_camera *c = &o->bundle->cameras[camera];
    struct lw_source_opts opts = LW_SOURCE_DEFAULTS;
    LW_AUTO(lw_source) source = NULL;
    LW_AUTO_MEM(char) path = NULL;
    struct lw_frame f;
    LW_UNUSED(worker);
    opts.fps = c->fps;
    if (lw_path_join(o->dir, c->source, &path, NULL) < 0 ||
        lw_source_open(&source, o->dir, path, &opts, NULL) < 0)
        return LW_OK;
    int r = LW_OK;
    while (r >= 0 && lw_source_next(source, &f, NULL) > 0) {
        r = look_at_frame(o, camera, &f, NULL);
        lw_image_unref(&f.image);
    }
    return r;
}

static int gather(struct run *o, size_t who, struct lw_seen *seen)
{
    int r = LW_OK;
    for (size_t c = 0; c < o->bundle->n_cameras; c++)
        for (size_t s = 0; s < o->views[c].n[who] && r >= 0; s++) {
            struct lw_shot *shot = &o->views[c].shots[who][s];
            r = lw_shot_embed(o->kit, shot, true, NULL);
            lw_seen_add(seen, shot, (int)c);
        }
    return r;
}

static int answer_for(struct run *o, size_t who, struct lw_crossing_result *answer,
                      struct lw_candidate *candidates)
{
    const struct lw_seen_opts opts = {0};
    struct lw_outcome *out = &answer->outcome;
    struct lw_matcher *m = lw_facekit_matcher(o->kit);
    struct lw_seen seen = {0};
    int r = gather(o, who, &seen);
    if (r < 0 || seen.n == 0)
        return r;
    const size_t at = out->n_occupants++;
    struct lw_occupant *answered = &out->occupants[at];
    memcpy(answered->seat, o->truth->occupants[who].seat, sizeof(answered->seat));
    for (size_t s = 0; s < seen.n; s++)
        answered->cameras |= 1u << seen.camera[s];
    lw_seen_tell(&seen, o->opts->requirements, answered, &candidates[at]);
    r = lw_seen_fuse(&seen, m, &opts, &answer->templates.occupants[at]);
    return r < 0 ? r
                 : lw_seen_compare(answer->templates.occupants[at], o->documents,
                                   o->bundle->n_documents, m, candidates[at].score);
}

static int run(struct run *o, struct lw_crossing_result *out)
{
    struct lw_candidate candidates[LW_OCCUPANTS_MAX] = {0};
    int r = lw_parallel(o->bundle->n_cameras, o->opts->threads, watch_camera, o);
    out->outcome.n_documents = o->bundle->n_documents;
    for (size_t i = 0; r >= 0 && i < o->truth->n_occupants; i++)
        r = answer_for(o, i, out, candidates);
    if (r < 0)
        return r;
    return lw_decide(&out->outcome, o->bundle, candidates,
                     &(struct lw_decide_opts){.threshold = o->opts->threshold});
}

int lw_oracle_run(struct lw_crossing_result **out, struct lw_facekit *kit, const char *dir,
                  const struct lw_bundle *bundle, const struct lw_truth *truth,
                  struct lw_template *const *documents, const struct lw_oracle_opts *opts,
                  struct lw_why *why)
{
    LW_AUTO(lw_crossing_result) result = calloc(1, sizeof(*result));
    LW_AUTO(run) o = calloc(1, sizeof(*o));
    if (!o || !result)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    if (truth->n_occupants > LW_OCCUPANTS_MAX)
        return lw_why_set(why, LW_ELIMIT, -1, "%s: truth has more than %d occupants", dir,
                          LW_OCCUPANTS_MAX);
    o->kit = kit;
    o->dir = dir;
    o->bundle = bundle;
    o->truth = truth;
    o->documents = documents;
    o->opts = opts;
    result->bundle = *bundle;
    result->requirements = *opts->requirements;
    int r = run(o, result);
    if (r < 0)
        return lw_why_set(why, r, -1, "%s: the truth boxes cannot be compared", dir);
    *out = result;
    result = NULL;
    return LW_OK;
}
