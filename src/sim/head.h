/* sim/head.h - a head in space: the cutout on a curved card that turns, nods and leans. */
#ifndef LW_SIM_HEAD_H
#define LW_SIM_HEAD_H

#include "sim/cutout.h"

/* Light in the cabin: from all sides, and from one. */
struct lw_sim_light {
    struct lw_rgbf ambient, key;
    struct lw_vec3 key_from; /* unit vector towards the light */
};

struct lw_sim_head_pose {
    struct lw_vec3 at; /* world, middle of the face while it looks ahead */
    float yaw_deg;     /* > 0: the nose turns to the vehicle's left */
    float pitch_deg;   /* > 0: the nose rises */
    float roll_deg;    /* > 0: the top of the head leans to the vehicle's left */
    float size;        /* 1: an adult's */
    bool mirrored;     /* left and right of the photograph change places */
};

struct lw_sim_seen {
    struct lw_rect box; /* of the face's surface towards the camera, not clipped */
    int pixels;         /* of the face that were painted */
    float share_inside; /* of the box, inside the picture */
    bool faces_camera;  /* its side with eyes is to be seen at all */
};

/* Paint the head; pixels of its face get that owner, the rest LW_OWNER_THING. */
void lw_sim_head_paint(struct lw_canvas *c, const struct lw_sim_camera *cam,
                       const struct lw_sim_cutout *cut, const struct lw_sim_head_pose *pose,
                       const struct lw_sim_light *light, uint8_t owner, struct lw_sim_seen *seen);

/* How many pixels about the box still belong to that owner. */
int lw_sim_count_owner(const struct lw_canvas *c, const struct lw_rect *box, uint8_t owner);

#endif
