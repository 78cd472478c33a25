/* face/pose.h - which way a head is turned, from its landmarks. Pure functions. */
#ifndef LW_FACE_POSE_H
#define LW_FACE_POSE_H

#include "face/face.h"

/* Degrees, 0 looking straight into the camera.
 * yaw > 0: the nose points to the image's right; pitch > 0: the nose points up; roll > 0: the top
 * of the head leans to the image's right (the picture of an upright head turned clockwise). Turned
 * by yaw about the head's own upright axis first, then by pitch, then by roll. */
struct lw_pose {
    float yaw_deg, pitch_deg, roll_deg;
};

/* The rigid pose of a mean head (six points: nose tip, chin, outer eye corners, mouth corners)
 * whose perspective picture is nearest to the landmarks. Landmarks in 300-W order and image pixels;
 * the size of the image gives the camera: focal length = width of the longer side, centre in the
 * middle. LW_EINVAL when the points are not finite, fall together or no head fits. */
int lw_pose_estimate(struct lw_pose *out, const struct lw_point landmarks[LW_LANDMARKS], int width,
                     int height);

#endif
