/* sim/shapes.h - outlines for the painter: polygons with round corners, ellipses, holes. */
#ifndef LW_SIM_SHAPES_H
#define LW_SIM_SHAPES_H

#include "sim/canvas.h"

/* Each adds one part; a shape that is full stays as it is. */
void lw_shape_polygon(struct lw_shape *s, const struct lw_vec3 *p, size_t n);
/* Corners cut by curves that begin radius_m before them. */
void lw_shape_rounded(struct lw_shape *s, const struct lw_vec3 *p, size_t n, float radius_m);
/* centre + a cos t + b sin t */
void lw_shape_ellipse(struct lw_shape *s, struct lw_vec3 centre, struct lw_vec3 a,
                      struct lw_vec3 b);
/* The first part of `hole`, turned round if need be, as a hole of the first part of s. */
void lw_shape_hole(struct lw_shape *s, const struct lw_shape *hole);
void lw_shape_move(struct lw_shape *s, struct lw_vec3 by);
struct lw_vec3 lw_shape_normal(const struct lw_shape *s); /* of the first part; unit */

/* A smooth closed curve through the points (Catmull-Rom), `steps` points between two of them. */
void lw_shape_smooth(struct lw_shape *s, const struct lw_vec3 *p, size_t n, size_t steps);

#endif
