/* sim/camera.h - a pinhole camera that stands still beside the lane. */
#ifndef LW_SIM_CAMERA_H
#define LW_SIM_CAMERA_H

#include "sim/vec.h"

struct lw_sim_camera {
    struct lw_vec3 at;                   /* world */
    struct lw_vec3 right, down, forward; /* unit vectors */
    float focal_px;
    int width, height; /* principal point in the middle */
};

struct lw_sim_camera lw_sim_camera_aim(struct lw_vec3 at, struct lw_vec3 target, float focal_px,
                                       int width, int height);

/* depth_m <= 0: behind the camera, and x, y have no meaning. */
struct lw_sim_pixel {
    float x, y, depth_m;
};
struct lw_sim_pixel lw_sim_project(const struct lw_sim_camera *c, struct lw_vec3 p);
/* Unit vector from the camera through a pixel. */
struct lw_vec3 lw_sim_ray(const struct lw_sim_camera *c, float x, float y);

#endif
