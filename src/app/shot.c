#include "app/shot.h"

#include <math.h>

#include "face/contrast.h"
#include "img/geom.h"

static const float REQUIRED_EYE_PX = 20.0f;
static const float LEAST_WEIGHT = 1e-6f;
static const float UNRATED = 0.05f; /* until it is embedded */

int lw_shot_cut(struct lw_shot *shot, const struct lw_image *image, float margin)
{
    const struct lw_rect *b = &shot->face.box;
    const float m = margin * b->h;
    const int x0 = (int)floorf(b->x - m), y0 = (int)floorf(b->y - m);
    const int x1 = (int)ceilf(b->x + b->w + m), y1 = (int)ceilf(b->y + b->h + m);
    shot->crop_x = (float)x0;
    shot->crop_y = (float)y0;
    return lw_image_crop(&shot->crop, image, x0, y0, x1 - x0, y1 - y0);
}

float lw_shot_worth(float score, float inter_eye_px)
{
    const float sure = lw_maxf(score - 0.3f, 0.01f);
    const float meets = inter_eye_px >= REQUIRED_EYE_PX ? 1.0f : 0.1f;
    return meets * sure * sure * inter_eye_px * inter_eye_px;
}

float lw_shot_weight(const struct lw_shot *shot)
{
    const float rating = shot->tmpl ? shot->tmpl->quality / 100.0f : UNRATED;
    return lw_maxf(sqrtf(lw_maxf(shot->worth, 0.0f)) * rating * rating, LEAST_WEIGHT);
}

/* What the picture promises, and what the matcher made of it: together they foretell a comparison
 * better than either. */
float lw_shot_expected_quality(const struct lw_shot *shot)
{
    return shot->tmpl ? (shot->face.quality + shot->tmpl->quality) / 2 : shot->face.quality;
}

int lw_shot_embed(struct lw_facekit *kit, struct lw_shot *shot, bool normal_light,
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
    LW_AUTO(lw_image) clear = normal_light ? NULL : lw_image_ref(shot->crop);
    int r = clear ? LW_OK : lw_contrast_normalise(&clear, shot->crop, &face, NULL);
    if (r < 0)
        return lw_why_set(why, r, -1, "a face could not be brought to even light");
    return lw_matcher_extract(lw_facekit_matcher(kit), clear, &face, &shot->tmpl, why);
}

void lw_shot_clear(struct lw_shot *s)
{
    lw_image_unref(&s->crop);
    lw_template_free(&s->tmpl);
}
