#include "app/seen.h"

#include <math.h>

static const float INTER_EYE_MIN_PX = 20.0f; /* the `verify` requirement */
static const float LEAST_WEIGHT = 1e-3f;

void lw_seen_add(struct lw_seen *s, struct lw_watch_shot *shot, int camera)
{
    size_t at = s->n;
    if (at == LW_SEEN_SHOTS_MAX && s->shots[--at]->worth >= shot->worth)
        return;
    for (; at > 0 && s->shots[at - 1]->worth < shot->worth; at--) {
        s->shots[at] = s->shots[at - 1];
        s->camera[at] = s->camera[at - 1];
    }
    s->shots[at] = shot;
    s->camera[at] = camera;
    s->n += s->n < LW_SEEN_SHOTS_MAX;
}

int lw_seen_fuse(const struct lw_seen *s, struct lw_matcher *matcher,
                 const struct lw_seen_opts *opts, struct lw_template **out)
{
    const struct lw_template *t[LW_SEEN_SHOTS_MAX];
    float weights[LW_SEEN_SHOTS_MAX];
    const size_t most = opts->best_alone ? 1 : LW_SEEN_SHOTS_MAX;
    size_t n = 0;
    for (size_t i = 0; i < s->n && n < most; i++)
        if (s->shots[i]->tmpl) {
            t[n] = s->shots[i]->tmpl;
            weights[n++] = opts->equal_weights ? 1.0f : lw_maxf(s->shots[i]->worth, LEAST_WEIGHT);
        }
    return n ? lw_matcher_fuse(matcher, t, weights, n, out, NULL) : LW_OK;
}

int lw_seen_compare(const struct lw_template *fused, struct lw_template *const *documents, size_t n,
                    struct lw_matcher *matcher, float *score)
{
    int r = LW_OK;
    for (size_t d = 0; d < n && r >= 0; d++) {
        score[d] = NAN;
        if (fused && documents[d])
            r = lw_matcher_compare(matcher, fused, documents[d], &score[d], NULL);
    }
    return r;
}

static struct lw_best_shot best_shot(const struct lw_watch_shot *shot, int camera)
{
    const struct lw_face *f = &shot->face;
    return (struct lw_best_shot){.camera = camera,
                                 .frame = shot->frame,
                                 .box = {f->box.x, f->box.y, f->box.w, f->box.h},
                                 .inter_eye_px = f->inter_eye_px,
                                 .quality = f->quality};
}

void lw_seen_tell(const struct lw_seen *s, struct lw_occupant *o, struct lw_candidate *c)
{
    for (size_t i = 0; i < s->n && o->n_shots < LW_BEST_SHOTS_MAX; i++) {
        o->shots[o->n_shots++] = best_shot(s->shots[i], s->camera[i]);
        c->captured |= s->shots[i]->face.inter_eye_px >= INTER_EYE_MIN_PX;
    }
    if (!c->captured)
        c->quality_reasons = 1u << (s->n ? LW_REASON_TOO_SMALL : LW_REASON_NO_FACE);
}
