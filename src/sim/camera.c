#include "sim/camera.h"

struct lw_sim_camera lw_sim_camera_aim(struct lw_vec3 at, struct lw_vec3 target, float focal_px,
                                       int width, int height)
{
    struct lw_sim_camera c = {.at = at, .focal_px = focal_px, .width = width, .height = height};
    c.forward = lw_v3_unit(lw_v3_sub(target, at));
    c.right = lw_v3_unit(lw_v3_cross(c.forward, lw_v3(0, 0, 1)));
    c.down = lw_v3_cross(c.forward, c.right);
    return c;
}

struct lw_sim_pixel lw_sim_project(const struct lw_sim_camera *c, struct lw_vec3 p)
{
    const struct lw_vec3 d = lw_v3_sub(p, c->at);
    const float depth = lw_v3_dot(d, c->forward);
    const float s = depth > 1e-6f ? c->focal_px / depth : 0.0f;
    return (struct lw_sim_pixel){.x = 0.5f * (float)c->width + s * lw_v3_dot(d, c->right),
                                 .y = 0.5f * (float)c->height + s * lw_v3_dot(d, c->down),
                                 .depth_m = depth};
}

struct lw_vec3 lw_sim_ray(const struct lw_sim_camera *c, float x, float y)
{
    const float u = (x - 0.5f * (float)c->width) / c->focal_px;
    const float v = (y - 0.5f * (float)c->height) / c->focal_px;
    return lw_v3_unit(
        lw_v3_add(c->forward, lw_v3_add(lw_v3_scale(c->right, u), lw_v3_scale(c->down, v))));
}
