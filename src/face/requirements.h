/* face/requirements.h - validation requirements: what an image of a person must meet before that
 * person counts as captured. Tables of bounds, read from policy files (docs/formats/policy.md).
 * Pure. */
#ifndef LW_FACE_REQUIREMENTS_H
#define LW_FACE_REQUIREMENTS_H

#include "face/face.h"

enum { LW_BOUNDS_MAX = 20, LW_REQUIREMENTS_MAX = 8, LW_REQUIREMENTS_NAME = 65 };

/* One component must lie within bounds. */
struct lw_bound {
    enum lw_component component;
    double min, max; /* native, ends included; infinite where open */
    int scalar_min;  /* 0..100; 0: the native value alone counts */
    bool assessed;   /* fails, too, where the component could not be assessed */
};

struct lw_requirements {
    char name[LW_REQUIREMENTS_NAME];
    int portrait_w, portrait_h; /* pixels of the portrait that can be cut out, 0: any */
    float inter_eye_px;         /* at least */
    float quality;              /* unified quality at least, 0..100 */
    size_t n_bounds;
    struct lw_bound bounds[LW_BOUNDS_MAX];
};

/* Several tables side by side; one of them decides who counts as captured. */
struct lw_requirement_set {
    size_t n, in_effect; /* in_effect < n */
    struct lw_requirements v[LW_REQUIREMENTS_MAX];
};

/* Without a policy that says more: eyes 20 px apart. */
extern const struct lw_requirement_set lw_requirements_least;

/* Crop and background components say where a face lies in the picture, which in a vehicle says
 * nothing of the shot: they are reported, and never part of a requirement. */
bool lw_component_gates(enum lw_component c);

/* The index of that name, -1 where there is none. */
int lw_requirements_find(const struct lw_requirement_set *set, const char *name);

/* Pixels between the eyes as ISO/IEC 29794-5 counts them, as if the head faced the camera; of heads
 * turned by more than 45 degrees, and where the pose is unknown, as they are seen. */
float lw_inter_eye_distance(const struct lw_face *face);

/* Bits of what the face does not meet, 0: it meets all. Bound i is bit LW_UNMET_BOUNDS + i. */
enum { LW_UNMET_PORTRAIT, LW_UNMET_INTER_EYE, LW_UNMET_QUALITY, LW_UNMET_BOUNDS };
uint32_t lw_requirements_unmet(const struct lw_requirements *r, const struct lw_face *face);
/* Bits of the tables in the set that the face meets. */
uint32_t lw_requirements_met(const struct lw_requirement_set *set, const struct lw_face *face);

/* The portrait of a face that can be cut out without enlarging it: in a full frontal image the eyes
 * are a quarter of its width apart, and 480 x 760 is the shape asked of capture devices. */
void lw_portrait_size(const struct lw_face *face, float *w, float *h);

#endif
