#include "app/seen.h"

#include <math.h>
#include <string.h>

#include "cross/hindrance.h"

void lw_seen_add(struct lw_seen *s, struct lw_shot *shot, int camera)
{
    const float weight = lw_shot_weight(shot);
    size_t at = s->n;
    if (at == LW_SEEN_SHOTS_MAX && lw_shot_weight(s->shots[--at]) >= weight)
        return;
    for (; at > 0 && lw_shot_weight(s->shots[at - 1]) < weight; at--) {
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
            weights[n++] = opts->equal_weights ? 1.0f : lw_shot_weight(s->shots[i]);
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

static struct lw_best_shot best_shot(const struct lw_shot *shot, int camera, uint32_t meets)
{
    const struct lw_face *f = &shot->face;
    return (struct lw_best_shot){.camera = camera,
                                 .frame = shot->frame,
                                 .box = {f->box.x, f->box.y, f->box.w, f->box.h},
                                 .inter_eye_px = lw_inter_eye_distance(f),
                                 .quality = lw_shot_expected_quality(shot),
                                 .meets = meets};
}

/* Shots that meet the requirements come first, each part in the order that it had. */
static size_t put_valid_first(struct lw_seen *s, const struct lw_requirements *needed)
{
    size_t valid = 0;
    for (size_t i = 0; i < s->n; i++) {
        struct lw_shot *shot = s->shots[i];
        const int camera = s->camera[i];
        if (lw_requirements_unmet(needed, &shot->face))
            continue;
        memmove(&s->shots[valid + 1], &s->shots[valid], (i - valid) * sizeof(s->shots[0]));
        memmove(&s->camera[valid + 1], &s->camera[valid], (i - valid) * sizeof(s->camera[0]));
        s->shots[valid] = shot;
        s->camera[valid++] = camera;
    }
    return valid;
}

void lw_seen_tell(struct lw_seen *s, const struct lw_requirement_set *requirements,
                  struct lw_occupant *o, struct lw_candidate *c)
{
    const struct lw_requirements *needed = &requirements->v[requirements->in_effect];
    const struct lw_face *faces[LW_BEST_SHOTS_MAX];
    c->captured = put_valid_first(s, needed) > 0;
    for (size_t i = 0; i < s->n && o->n_shots < LW_BEST_SHOTS_MAX; i++) {
        faces[o->n_shots] = &s->shots[i]->face;
        o->shots[o->n_shots++] = best_shot(s->shots[i], s->camera[i],
                                           lw_requirements_met(requirements, &s->shots[i]->face));
    }
    if (c->captured)
        c->hints = lw_hindrances(faces[0]);
    else
        c->quality_reasons = lw_reasons_not_captured(faces, o->n_shots, needed);
}
