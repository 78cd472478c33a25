/* app/shot.h - a face cut out of a frame, and its template. One owner. */
#ifndef LW_APP_SHOT_H
#define LW_APP_SHOT_H

#include "face/kit.h"

/* A kept face crop. */
struct lw_shot {
    int64_t frame, t_ns;
    struct lw_face face;      /* in pixels of the whole frame */
    struct lw_image *crop;    /* the face with a margin */
    float crop_x, crop_y;     /* where the crop lies in the frame */
    float worth;              /* >= 0: what it is kept by */
    struct lw_template *tmpl; /* NULL until embedded */
};

/* What a shot is kept by: sure detections of large faces compare best; eyes closer than the 20 px
 * that every validation requirement asks for come last. */
float lw_shot_worth(float score, float inter_eye_px);
/* What an embedded shot counts in a fusion, > 0: that, and how well the matcher expects it to
 * compare. */
float lw_shot_weight(const struct lw_shot *shot);
/* 0..100: how well it should compare. */
float lw_shot_expected_quality(const struct lw_shot *shot);
/* Cut the face out of its picture, with a margin of that share of its height. */
int lw_shot_cut(struct lw_shot *shot, const struct lw_image *image, float margin);

/* Template of a shot, made at the first call. normal_light: set the contrast of the face to that of
 * a portrait first. */
int lw_shot_embed(struct lw_facekit *kit, struct lw_shot *shot, bool normal_light,
                  struct lw_why *why);
void lw_shot_clear(struct lw_shot *shot);

#endif
