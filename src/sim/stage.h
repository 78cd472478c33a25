/* sim/stage.h - paints one frame of a scene from one camera and measures the truth in it. */
#ifndef LW_SIM_STAGE_H
#define LW_SIM_STAGE_H

#include "sim/scene.h"

/* One face in one frame. */
struct lw_sim_mark {
    bool listed;    /* some of it is to be seen */
    int x, y, w, h; /* pixels, inside the picture */
    float visible;  /* share of the face that nothing covers */
};

struct lw_sim_frame_truth {
    struct lw_sim_mark occupant[LW_SIM_OCCUPANTS], distractor[LW_SIM_DISTRACTORS];
};

/* What a view is painted on; all of one size. */
struct lw_sim_easel {
    struct lw_canvas *canvas;     /* afterwards linear light as it arrives at the lens */
    struct lw_canvas *background; /* the world as this camera sees it (lw_sim_world_paint) */
    struct lw_canvas *spare;      /* what mirrors show is painted here first */
};
void lw_sim_stage_paint(const struct lw_sim_easel *easel, const struct lw_sim_scene *s,
                        const struct lw_sim_view *view, int frame,
                        struct lw_sim_frame_truth *truth);

/* Where a point of the vehicle moves on the picture during the exposure, in pixels. */
void lw_sim_stage_motion(const struct lw_sim_scene *s, const struct lw_sim_view *view, int frame,
                         float *dx, float *dy);

/* --- for the files of the stage --- */
struct lw_sim_stage {
    struct lw_canvas *canvas, *spare;
    const struct lw_sim_scene *scene;
    const struct lw_sim_camera *cam;
    float t_s;              /* since the first frame */
    struct lw_vec3 vehicle; /* where its origin is in the world */
    struct lw_sim_seen seen[LW_SIM_OCCUPANTS], seen_distractor[LW_SIM_DISTRACTORS];
};
struct lw_vec3 lw_sim_stage_place(const struct lw_sim_stage *g, struct lw_vec3 in_vehicle);
void lw_sim_stage_shape(struct lw_sim_stage *g, struct lw_shape *in_vehicle, struct lw_rgbf color);
/* The same for polygons with round corners and for ellipses. */
void lw_sim_stage_rounded(struct lw_sim_stage *g, const struct lw_vec3 *p, size_t n, float round_m,
                          struct lw_rgbf color);
void lw_sim_stage_disc(struct lw_sim_stage *g, struct lw_vec3 at, struct lw_vec3 a,
                       struct lw_vec3 b, struct lw_rgbf color);
struct lw_sim_light lw_sim_stage_light(const struct lw_sim_stage *g, float x); /* in the cabin */
uint8_t lw_sim_owner_occupant(size_t i);
uint8_t lw_sim_owner_distractor(size_t i);

void lw_sim_paint_person(struct lw_sim_stage *g, size_t occupant);
void lw_sim_paint_interior(struct lw_sim_stage *g);
void lw_sim_paint_far_panels(struct lw_sim_stage *g);
void lw_sim_paint_near_panels(struct lw_sim_stage *g);
void lw_sim_paint_bystanders(struct lw_sim_stage *g);
/* A mirror on the head-rest behind the front seats, as parents have it: it faces forward, so that
 * the camera sees in it who stands beside the camera. */
struct lw_vec3 lw_sim_seat_mirror_at(const struct lw_sim_vehicle *v); /* in the vehicle */
void lw_sim_paint_seat_mirror(struct lw_sim_stage *g, size_t distractor);
/* Glass of a window that looks to the camera, over what is behind it. */
void lw_sim_paint_glass(struct lw_sim_stage *g, const struct lw_sim_panel *panel, size_t window);

#endif
