/* face/face.h - what is known of one face in one picture. */
#ifndef LW_FACE_FACE_H
#define LW_FACE_FACE_H

#include "img/image.h"

enum { LW_LANDMARKS = 68 };

/* ISO/IEC 29794-5 components and our own lane measures; order of the table in face/quality_map.c.
 */
enum lw_component {
    LW_Q_ILLUMINATION_UNIFORMITY,
    LW_Q_LUMINANCE_MEAN,
    LW_Q_LUMINANCE_VARIANCE,
    LW_Q_UNDER_EXPOSURE_PREVENTION,
    LW_Q_OVER_EXPOSURE_PREVENTION,
    LW_Q_DYNAMIC_RANGE,
    LW_Q_NATURAL_COLOUR,
    LW_Q_SINGLE_FACE_PRESENT,
    LW_Q_EYES_OPEN,
    LW_Q_MOUTH_CLOSED,
    LW_Q_INTER_EYE_DISTANCE,
    LW_Q_HEAD_SIZE,
    LW_Q_LEFTWARD_CROP,
    LW_Q_RIGHTWARD_CROP,
    LW_Q_MARGIN_ABOVE,
    LW_Q_MARGIN_BELOW,
    LW_Q_HEAD_POSE_YAW,
    LW_Q_HEAD_POSE_PITCH,
    LW_Q_HEAD_POSE_ROLL,
    LW_Q_SHARPNESS,   /* ours, not ISO */
    LW_Q_MOTION_BLUR, /* ours */
    LW_Q_GLASS_VEIL,  /* ours */
    LW_Q_OCCLUSION,   /* ours */
    LW_Q_COMPONENTS
};

struct lw_component_value {
    double native; /* the component's own unit; -1: could not assess */
    int scalar;    /* 0..100, -1 where could not assess or no mapping */
};

struct lw_face {
    struct lw_rect box;                      /* detector's box, image pixels */
    float score;                             /* detector, 0..1 */
    struct lw_point landmarks[LW_LANDMARKS]; /* 300-W order, image pixels */
    struct lw_point eyes[2];                 /* centres, image left first */
    float inter_eye_px;
    bool posed;                         /* a head could be fitted; else the angles are 0 */
    float yaw_deg, pitch_deg, roll_deg; /* 0 frontal; positive: face/pose.h */
    float quality;                      /* 0..100, our estimate of how well it will compare */
    struct lw_component_value components[LW_Q_COMPONENTS];
};

#endif
