/* Does a box hold a face? The detector's large anchors are its weak side: trained with few large
 * faces, they also fire at hands, hair and patterned cloth, with scores up to 0.999. Its anchors of
 * stride 16 are its strong side. So a doubtful box is looked at again in a square twice its
 * height, at scales where a face there is 64 and 40 pixels high: faces keep their score, the false
 * ones vanish. One look costs a run over 128 x 128 pixels at most. */
#include <math.h>
#include <stdlib.h>

#include "face/detector.h"

static const float LOOK_H_PX[] = {64, 40}; /* height of the face in each look */
static const float SURROUNDINGS = 2;       /* side of the square, in heights of the box */
static const float SAME_PLACE_IOU = 0.4f;
static const float LOWEST_SCORE = 0.05f;
static const float SURE_SCORE = 0.995f; /* no closer look needed, unless ... */
static const float LARGE_H_PX = 100;    /* ... a large anchor may have said so */
static const float CONFIRMED = 0.4f;

static int look(struct lw_detector *d, const struct lw_image *image, const struct lw_rect *box,
                float h_px, float *confidence, struct lw_why *why)
{
    LW_AUTO_MEM(struct lw_detection) found = NULL;
    const float side = SURROUNDINGS * box->h;
    const struct lw_rect square = {.x = box->x + box->w / 2 - side / 2,
                                   .y = box->y + box->h / 2 - side / 2,
                                   .w = side,
                                   .h = side};
    const float scale = lw_clampf(h_px / box->h, 0.05f, 4.0f);
    int n = lw_detector_pass_over(d, image, &square, scale, LOWEST_SCORE, &found, why);
    for (int i = 0; i < n; i++)
        if (lw_rect_iou(&found[i].box, box) > SAME_PLACE_IOU)
            *confidence = lw_maxf(*confidence, found[i].score);
    return n < 0 ? n : LW_OK;
}

int lw_detector_confirm(struct lw_detector *d, const struct lw_image *image,
                        const struct lw_rect *box, float *confidence, struct lw_why *why)
{
    float best = 0;
    if (!(box->h >= 1) || !isfinite(box->x + box->y + box->w + box->h))
        return lw_why_set(why, LW_EINVAL, -1, "a face box must be 1 pixel high or more");
    for (size_t i = 0; i < LW_COUNT(LOOK_H_PX) && best < CONFIRMED; i++) {
        int r = look(d, image, box, LOOK_H_PX[i], &best, why);
        if (r < 0)
            return r;
    }
    *confidence = best;
    return LW_OK;
}

int lw_detector_believes(struct lw_detector *d, const struct lw_image *image,
                         const struct lw_detection *det, struct lw_why *why)
{
    float confidence;
    if (det->score >= SURE_SCORE && det->box.h < LARGE_H_PX)
        return 1;
    int r = lw_detector_confirm(d, image, &det->box, &confidence, why);
    return r < 0 ? r : confidence >= CONFIRMED;
}
