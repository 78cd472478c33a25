/* face/quality.h - how well a face can be compared: components of ISO/IEC 29794-5 as OFIQ computes
 * them, measures of our own for a vehicle lane, and one number made of them. Pure functions. */
#ifndef LW_FACE_QUALITY_H
#define LW_FACE_QUALITY_H

#include "face/face.h"

/* "illumination_uniformity", ... in the order of enum lw_component. */
const char *lw_component_name(enum lw_component c);
/* LW_Q_COMPONENTS for an unknown name. */
enum lw_component lw_component_find(const char *name);
/* Does a mapping to 0..100 exist? Not for the measures of our own. */
bool lw_component_is_mapped(enum lw_component c);

/* 0..100 for a native value, -1 for a native -1 (could not assess) and for NaN. Rounded half away
 * from zero. */
int lw_quality_scalar(enum lw_component c, double native);

/* Fill the components of a face of which box, landmarks, eyes, inter_eye_px and pose are known, and
 * its unified quality. second_area_ratio: area of the second largest face's box in the picture over
 * the area of the largest one's, 0 where there is only this face; negative: not known. Costs about
 * a millisecond. LW_ENOMEM. */
int lw_quality_measure(struct lw_face *face, const struct lw_image *image, float second_area_ratio);

/* Why a component of a measured face could not be assessed, a few words; NULL where it could. */
const char *lw_component_finding(const struct lw_face *face, enum lw_component c);

/* 0..100: how well a face whose components are filled will probably compare; not an ISO value. Made
 * of inter-eye distance, sharpness, the detector's score, pose, exposure, veil and smear. Below 30
 * hardly any shot compares, from 70 on nearly as many as ever. */
float lw_quality_unified(const struct lw_face *face);

#endif
