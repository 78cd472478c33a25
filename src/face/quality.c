#include "face/quality.h"

#include <math.h>

#include "face/cover.h"
#include "face/light.h"
#include "face/texture.h"

static void put(struct lw_face *f, enum lw_component c, double native)
{
    if (!isfinite(native))
        native = -1;
    f->components[c] =
        (struct lw_component_value){.native = native, .scalar = lw_quality_scalar(c, native)};
}

static struct lw_point middle(struct lw_point a, struct lw_point b)
{
    return (struct lw_point){(a.x + b.x) / 2, (a.y + b.y) / 2};
}

static double distance(struct lw_point a, struct lw_point b)
{
    return hypot((double)a.x - (double)b.x, (double)a.y - (double)b.y);
}

/* The largest distance of n pairs of landmarks. */
static double opening(const struct lw_point *lm, const int pairs[][2], int n)
{
    double most = 0;
    for (int i = 0; i < n; i++)
        most = fmax(most, distance(lm[pairs[i][0]], lm[pairs[i][1]]));
    return most;
}

static void measure_openings(struct lw_face *f, double eyes_to_chin)
{
    static const int left[][2] = {{37, 41}, {38, 40}}, right[][2] = {{43, 47}, {44, 46}};
    static const int lips[][2] = {{61, 67}, {62, 66}, {63, 65}};
    double eye = fmin(opening(f->landmarks, left, 2), opening(f->landmarks, right, 2));
    put(f, LW_Q_EYES_OPEN, eye / eyes_to_chin);
    put(f, LW_Q_MOUTH_CLOSED, opening(f->landmarks, lips, 3) / eyes_to_chin);
}

/* How far the eyes are from the picture's borders. As in OFIQ the crops are measured from the
 * farther eye: the one on the image's right to the left border, and the other way round. */
static void measure_place(struct lw_face *f, const struct lw_image *image, double eyes_to_chin)
{
    const struct lw_point *lm = f->landmarks;
    struct lw_point left = middle(lm[36], lm[39]), right = middle(lm[42], lm[45]);
    struct lw_point eyes = middle(left, right);
    double apart = distance(left, right), facing = cos((double)f->yaw_deg * acos(-1) / 180);
    put(f, LW_Q_INTER_EYE_DISTANCE, facing > 1e-6 ? apart / facing : -1);
    put(f, LW_Q_HEAD_SIZE, eyes_to_chin / image->height);
    put(f, LW_Q_LEFTWARD_CROP, (double)right.x / apart);
    put(f, LW_Q_RIGHTWARD_CROP, (image->width - (double)left.x) / apart);
    put(f, LW_Q_MARGIN_ABOVE, (double)eyes.y / eyes_to_chin);
    put(f, LW_Q_MARGIN_BELOW, (image->height - (double)eyes.y) / eyes_to_chin);
}

static void put_light(struct lw_face *f, const struct lw_light *l)
{
    put(f, LW_Q_ILLUMINATION_UNIFORMITY, l->illumination_uniformity);
    put(f, LW_Q_LUMINANCE_MEAN, l->mean);
    put(f, LW_Q_LUMINANCE_VARIANCE, l->variance);
    put(f, LW_Q_UNDER_EXPOSURE_PREVENTION, l->under);
    put(f, LW_Q_OVER_EXPOSURE_PREVENTION, l->over);
    put(f, LW_Q_DYNAMIC_RANGE, l->entropy);
    put(f, LW_Q_NATURAL_COLOUR, l->natural_colour);
    put(f, LW_Q_GLASS_VEIL, l->veil);
}

static void put_pose(struct lw_face *f)
{
    put(f, LW_Q_HEAD_POSE_YAW, f->posed ? (double)f->yaw_deg : -1);
    put(f, LW_Q_HEAD_POSE_PITCH, f->posed ? (double)f->pitch_deg : -1);
    put(f, LW_Q_HEAD_POSE_ROLL, f->posed ? (double)f->roll_deg : -1);
}

/* log10 of the detector's doubt: -4 none .. 0. */
static double doubt(const struct lw_face *f)
{
    return log10(fmax(1e-4, fmin(1, 1 - (double)f->score)));
}

/* What covers a face makes the detector doubt it and brings in foreign tones; neither alone tells
 * covered faces as well as both. 0..1. */
static void put_occlusion(struct lw_face *f, double foreign_share)
{
    put(f, LW_Q_OCCLUSION, foreign_share >= 0 ? (4 + doubt(f) + 2 * foreign_share) / 6 : -1);
}

int lw_quality_measure(struct lw_face *face, const struct lw_image *image, float second_area_ratio)
{
    struct lw_light light = {-1, -1, -1, -1, -1, -1, -1, -1};
    struct lw_texture texture = {-1, -1};
    double foreign_share = -1;
    int r = lw_light_measure(&light, image, face->landmarks);
    if (r == LW_OK || r == LW_EINVAL)
        r = lw_texture_measure(&texture, image, face->landmarks);
    if (r == LW_OK || r == LW_EINVAL)
        r = lw_cover_measure(&foreign_share, image, face->landmarks);
    if (r < 0 && r != LW_EINVAL) /* no face in the landmarks: a finding, all stays -1 */
        return r;

    for (int c = 0; c < LW_Q_COMPONENTS; c++)
        put(face, (enum lw_component)c, -1);
    const struct lw_point *lm = face->landmarks;
    struct lw_point eyes = middle(middle(lm[36], lm[39]), middle(lm[42], lm[45]));
    double eyes_to_chin = distance(eyes, lm[8]); /* T of ISO/IEC 29794-5 */
    if (isfinite(eyes_to_chin) && eyes_to_chin > 0) {
        measure_openings(face, eyes_to_chin);
        measure_place(face, image, eyes_to_chin);
    }
    put_light(face, &light);
    put(face, LW_Q_SINGLE_FACE_PRESENT, second_area_ratio >= 0 ? (double)second_area_ratio : -1);
    put_pose(face);
    put_occlusion(face, foreign_share);
    put(face, LW_Q_SHARPNESS, texture.sharpness);
    put(face, LW_Q_MOTION_BLUR, texture.motion_blur);
    face->quality = lw_quality_unified(face);
    return LW_OK;
}

const char *lw_component_finding(const struct lw_face *face, enum lw_component c)
{
    const struct lw_component_value *v = &face->components[c];
    if (v->native != -1 || v->scalar >= 0)
        return NULL;
    switch (c) {
    case LW_Q_SINGLE_FACE_PRESENT:
        return "other faces were not looked for";
    case LW_Q_HEAD_POSE_YAW:
    case LW_Q_HEAD_POSE_PITCH:
    case LW_Q_HEAD_POSE_ROLL:
        return "no head fits the landmarks";
    case LW_Q_ILLUMINATION_UNIFORMITY:
        return "half of a cheek or more is not seen";
    case LW_Q_NATURAL_COLOUR:
        return "neither cheek is seen";
    case LW_Q_SHARPNESS:
    case LW_Q_MOTION_BLUR:
        return "the face has no contrast";
    case LW_Q_INTER_EYE_DISTANCE:
        return "the head is turned by a right angle or more";
    case LW_Q_EYES_OPEN:
    case LW_Q_MOUTH_CLOSED:
    case LW_Q_HEAD_SIZE:
    case LW_Q_LEFTWARD_CROP:
    case LW_Q_RIGHTWARD_CROP:
    case LW_Q_MARGIN_ABOVE:
    case LW_Q_MARGIN_BELOW:
    case LW_Q_OCCLUSION:
        return "the landmarks do not make a face";
    default:
        return "too little of the face is in the picture";
    }
}

/* 0 far below lo, 1 far above hi, a straight line between. */
static double ramp(double x, double lo, double hi)
{
    return fmax(0, fmin(1, (x - lo) / (hi - lo)));
}

static double native(const struct lw_face *f, enum lw_component c)
{
    return f->components[c].native;
}

static double ramp_squared(double x, double lo, double hi)
{
    double r = ramp(fabs(x), lo, hi);
    return r * r;
}

/* A product: one bad property spoils a shot, whatever the others are. What could not be assessed
 * counts as the worst, except veil and smear, which only add a doubt. The weights follow what each
 * property costs of a person's comparison score, frame against frame of the same track, in
 * development crossings (docs/QUALITY.md has the outcome); where those hold too few examples
 * (profiles, darkness) they are a cautious guess. */
float lw_quality_unified(const struct lw_face *f)
{
    double apart = fmax(0, (double)f->inter_eye_px), x = native(f, LW_Q_SHARPNESS);
    double size = pow(apart, 2.2) / (pow(apart, 2.2) + pow(12, 2.2)); /* a half at 12 px */
    double sharp = 0.85 * ramp(x, 0.05, 0.35) + 0.15 * ramp(x, 0.35, 0.5);
    double sure = 0.75 + 0.25 * ramp(-doubt(f), 0, 4);
    double turned = !f->posed ? 0.1
                              : (1 - 0.8 * ramp_squared((double)f->yaw_deg, 20, 90)) *
                                    (1 - 0.8 * ramp_squared((double)f->pitch_deg, 15, 60)) *
                                    (1 - 0.5 * ramp(fabs((double)f->roll_deg), 12, 40));
    double dark = 0.5 + 0.5 * ramp(native(f, LW_Q_LUMINANCE_MEAN), 0.002, 0.03);
    double burnt = 1 - 0.8 * ramp(native(f, LW_Q_OVER_EXPOSURE_PREVENTION), 0, 0.15);
    double veiled = 1 - 0.3 * ramp(native(f, LW_Q_GLASS_VEIL), 0.6, 1);
    double smeared = 1 - 0.3 * ramp(native(f, LW_Q_MOTION_BLUR), 0.4, 0.9);
    double q = 100 * size * sharp * sure * turned * dark * burnt * veiled * smeared;
    return (float)fmax(0, fmin(100, q)); /* NaN becomes 0 */
}
