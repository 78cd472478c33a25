/* The components' names and their mappings from native value to 0..100, in one table. The mappings
 * are those of ISO/IEC 29794-5 as OFIQ 1.0.3 computes them; sigma(x; x0, w) below is
 * 1 / (1 + exp((x0 - x) / w)). */
#include <math.h>
#include <string.h>

#include "face/quality.h"

static double sigma(double x, double x0, double w)
{
    return 1 / (1 + exp((x0 - x) / w));
}

/* Each row says which of these forms it has; they are rounded and cut to 0..100 afterwards. */
enum form {
    NONE,      /* no mapping is agreed on */
    SIGMOID,   /* h (a + s sigma(x; x0, w)) */
    DEVIATION, /* the same of |x - 0.45| */
    UNIFORM,   /* 100 x^0.3 */
    MEAN,      /* 100 sigma(x; 0.2, 0.05) (1 - sigma(x; 0.8, 0.05)) */
    VARIANCE,  /* 100 sin(pi 60 x / (60 x + 1)) */
    OVER,      /* 1 / (x + 0.01) */
    ENTROPY,   /* 12.5 x */
    SHARE,     /* 100 (1 - x) */
    ANGLE      /* 100 max(0, cos x)^2, x in degrees */
};

static const struct row {
    const char *name;
    enum form form;
    double h, a, s, x0, w; /* of the sigmoid forms */
} table[LW_Q_COMPONENTS] = {
    [LW_Q_ILLUMINATION_UNIFORMITY] = {"illumination_uniformity", UNIFORM, 0, 0, 0, 0, 0},
    [LW_Q_LUMINANCE_MEAN] = {"luminance_mean", MEAN, 0, 0, 0, 0, 0},
    [LW_Q_LUMINANCE_VARIANCE] = {"luminance_variance", VARIANCE, 0, 0, 0, 0, 0},
    [LW_Q_UNDER_EXPOSURE_PREVENTION] = {"under_exposure_prevention", SIGMOID, 120, 0.832, -1, 0.92,
                                        0.05},
    [LW_Q_OVER_EXPOSURE_PREVENTION] = {"over_exposure_prevention", OVER, 0, 0, 0, 0, 0},
    [LW_Q_DYNAMIC_RANGE] = {"dynamic_range", ENTROPY, 0, 0, 0, 0, 0},
    [LW_Q_NATURAL_COLOUR] = {"natural_colour", SIGMOID, 200, 1, -1, 0, 10},
    [LW_Q_SINGLE_FACE_PRESENT] = {"single_face_present", SHARE, 0, 0, 0, 0, 0},
    [LW_Q_EYES_OPEN] = {"eyes_open", SIGMOID, 100, 0, 1, 0.02, 0.01},
    [LW_Q_MOUTH_CLOSED] = {"mouth_closed", SIGMOID, 100, 1, -1, 0.2, 0.06},
    [LW_Q_INTER_EYE_DISTANCE] = {"inter_eye_distance", SIGMOID, 100, 0, 1, 70, 20},
    [LW_Q_HEAD_SIZE] = {"head_size", DEVIATION, 200, 1, -1, 0, 0.05},
    [LW_Q_LEFTWARD_CROP] = {"leftward_crop", SIGMOID, 100, 0, 1, 0.9, 0.1},
    [LW_Q_RIGHTWARD_CROP] = {"rightward_crop", SIGMOID, 100, 0, 1, 0.9, 0.1},
    [LW_Q_MARGIN_ABOVE] = {"margin_above", SIGMOID, 100, 0, 1, 1.4, 0.1},
    [LW_Q_MARGIN_BELOW] = {"margin_below", SIGMOID, 100, 0, 1, 1.8, 0.1},
    [LW_Q_HEAD_POSE_YAW] = {"head_pose_yaw", ANGLE, 0, 0, 0, 0, 0},
    [LW_Q_HEAD_POSE_PITCH] = {"head_pose_pitch", ANGLE, 0, 0, 0, 0, 0},
    [LW_Q_HEAD_POSE_ROLL] = {"head_pose_roll", ANGLE, 0, 0, 0, 0, 0},
    [LW_Q_SHARPNESS] = {"sharpness", NONE, 0, 0, 0, 0, 0},
    [LW_Q_MOTION_BLUR] = {"motion_blur", NONE, 0, 0, 0, 0, 0},
    [LW_Q_GLASS_VEIL] = {"glass_veil", NONE, 0, 0, 0, 0, 0},
    [LW_Q_OCCLUSION] = {"occlusion", NONE, 0, 0, 0, 0, 0},
};

const char *lw_component_name(enum lw_component c)
{
    return (size_t)c < LW_COUNT(table) ? table[c].name : "unknown";
}

enum lw_component lw_component_find(const char *name)
{
    size_t i = 0;
    while (i < LW_COUNT(table) && strcmp(table[i].name, name) != 0)
        i++;
    return (enum lw_component)i;
}

bool lw_component_is_mapped(enum lw_component c)
{
    return (size_t)c < LW_COUNT(table) && table[c].form != NONE;
}

static double map(const struct row *r, double x)
{
    const double pi = acos(-1);
    double angle = 0;
    switch (r->form) {
    case SIGMOID:
        return r->h * (r->a + r->s * sigma(x, r->x0, r->w));
    case DEVIATION:
        return r->h * (r->a + r->s * sigma(fabs(x - 0.45), r->x0, r->w));
    case UNIFORM:
        return 100 * pow(fmax(x, 0), 0.3);
    case MEAN:
        return 100 * sigma(x, 0.2, 0.05) * (1 - sigma(x, 0.8, 0.05));
    case VARIANCE:
        return 100 * sin((60 * x) / (60 * x + 1) * pi);
    case OVER:
        return 1 / (x + 0.01);
    case ENTROPY:
        return 12.5 * x;
    case SHARE:
        return 100 * (1 - x);
    case ANGLE:
        angle = fmax(0, cos(x * pi / 180));
        return 100 * (angle * angle);
    case NONE:
        break;
    }
    return NAN;
}

int lw_quality_scalar(enum lw_component c, double native)
{
    if ((size_t)c >= LW_COUNT(table) || native == -1 || isnan(native))
        return -1;
    double q = round(map(&table[c], native));
    return isnan(q) ? -1 : (int)fmax(0, fmin(100, q));
}
