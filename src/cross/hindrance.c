#include "cross/hindrance.h"

#include <math.h>

#define BIT(r) (1u << LW_REASON_##r)

/* Bounds beyond which few faces still compare, on development crossings where they have examples
 * and on photographs spoiled on purpose where they have none; docs/QUALITY.md has both. Of linear
 * light, as the components are. */
static const double DARK_MEAN = 0.012, BURNT_SHARE = 0.02, BRIGHT_MEAN = 0.35, VEIL = 0.8;
static const double COVERED = 0.55;
static const float TURNED_YAW_DEG = 50, TURNED_PITCH_DEG = 30, TURNED_ROLL_DEG = 25;

static double native(const struct lw_face *f, enum lw_component c)
{
    return f->components[c].native;
}

static bool is_turned(const struct lw_face *f)
{
    return !f->posed || fabsf(f->yaw_deg) > TURNED_YAW_DEG ||
           fabsf(f->pitch_deg) > TURNED_PITCH_DEG || fabsf(f->roll_deg) > TURNED_ROLL_DEG;
}

static bool is_glaring(const struct lw_face *f)
{
    return native(f, LW_Q_OVER_EXPOSURE_PREVENTION) > BURNT_SHARE ||
           native(f, LW_Q_LUMINANCE_MEAN) > BRIGHT_MEAN || native(f, LW_Q_GLASS_VEIL) > VEIL;
}

uint32_t lw_hindrances(const struct lw_face *f)
{
    const double mean = native(f, LW_Q_LUMINANCE_MEAN);
    uint32_t r = 0;
    if (mean >= 0 && mean < DARK_MEAN)
        r |= BIT(TOO_DARK);
    if (native(f, LW_Q_OCCLUSION) > COVERED)
        r |= BIT(OCCLUDED);
    if (is_turned(f))
        r |= BIT(TURNED_AWAY);
    if (is_glaring(f))
        r |= BIT(GLARE);
    return r;
}

/* Does the face have too few pixels, or is it only foreshortened? */
static uint32_t why_small(const struct lw_face *f, float needed_px)
{
    const double upright = native(f, LW_Q_INTER_EYE_DISTANCE); /* as if it faced the camera */
    return is_turned(f) && upright >= (double)needed_px ? BIT(TURNED_AWAY) : BIT(TOO_SMALL);
}

static uint32_t why_unmet(const struct lw_face *f, const struct lw_requirements *needed)
{
    const uint32_t unmet = lw_requirements_unmet(needed, f);
    if (unmet & (1u << LW_UNMET_INTER_EYE | 1u << LW_UNMET_PORTRAIT))
        return why_small(f, needed->inter_eye_px);
    const uint32_t r = lw_hindrances(f);
    return r ? r : BIT(TOO_SMALL); /* blurred: being nearer and slower is what helps */
}

/* The best shot speaks; others only add what holds for all of them. */
uint32_t lw_reasons_not_captured(const struct lw_face *const *faces, size_t n,
                                 const struct lw_requirements *needed)
{
    uint32_t all = ~0u;
    if (n == 0)
        return BIT(NO_FACE);
    for (size_t i = 0; i < n; i++)
        all &= why_unmet(faces[i], needed) | lw_hindrances(faces[i]);
    return why_unmet(faces[0], needed) | all;
}
