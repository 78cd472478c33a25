#include "face/align.h"

#include <math.h>

const struct lw_point lw_align_template[LW_ALIGN_POINTS] = {
    {38.2946f, 51.6963f}, {73.5318f, 51.5014f}, {56.0252f, 71.7366f},
    {41.5493f, 92.3655f}, {70.7299f, 92.2041f},
};

/* A warp that shrinks more than this averages areas first. */
static const float ANTIALIAS = 2.0f;

static struct lw_point mean_of(const struct lw_point *p, const int *which, int n)
{
    struct lw_point m = {0, 0};
    for (int i = 0; i < n; i++) {
        m.x += p[which[i]].x / (float)n;
        m.y += p[which[i]].y / (float)n;
    }
    return m;
}

void lw_align_five(const struct lw_point landmarks[LW_LANDMARKS],
                   struct lw_point five[LW_ALIGN_POINTS])
{
    /* Lids without the corners, nose tip, outer and inner mouth corner of each side. */
    static const int left_eye[] = {37, 38, 40, 41}, right_eye[] = {43, 44, 46, 47};
    static const int nose[] = {30}, mouth_left[] = {48, 60}, mouth_right[] = {54, 64};
    five[0] = mean_of(landmarks, left_eye, 4);
    five[1] = mean_of(landmarks, right_eye, 4);
    five[2] = mean_of(landmarks, nose, 1);
    five[3] = mean_of(landmarks, mouth_left, 2);
    five[4] = mean_of(landmarks, mouth_right, 2);
}

/* A similarity [a b c; -b a f] backwards. */
static int invert(struct lw_affine *out, const struct lw_affine *m)
{
    double det = (double)m->a * (double)m->e - (double)m->b * (double)m->d;
    if (!(fabs(det) > 1e-12))
        return LW_EINVAL;
    double a = (double)m->e / det, b = -(double)m->b / det;
    double d = -(double)m->d / det, e = (double)m->a / det;
    *out = (struct lw_affine){.a = (float)a,
                              .b = (float)b,
                              .c = (float)-(a * (double)m->c + b * (double)m->f),
                              .d = (float)d,
                              .e = (float)e,
                              .f = (float)-(d * (double)m->c + e * (double)m->f)};
    return LW_OK;
}

int lw_align_fit(struct lw_affine *out, const struct lw_point five[LW_ALIGN_POINTS])
{
    struct lw_affine to_template;
    for (int i = 0; i < LW_ALIGN_POINTS; i++)
        if (!isfinite(five[i].x) || !isfinite(five[i].y))
            return LW_EINVAL;
    int r = lw_similarity_fit(&to_template, five, lw_align_template, LW_ALIGN_POINTS);
    return r < 0 ? r : invert(out, &to_template);
}

int lw_align_face(struct lw_image **out, const struct lw_image *src,
                  const struct lw_point five[LW_ALIGN_POINTS])
{
    struct lw_affine to_source;
    int r = lw_align_fit(&to_source, five);
    if (r < 0)
        return r;
    return lw_image_warp(out, src, &to_source, LW_ALIGN_SIDE, LW_ALIGN_SIDE, ANTIALIAS);
}
