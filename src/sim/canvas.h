/* sim/canvas.h - a picture of linear light, painted from far to near.
 * Beside the colours it knows for each pixel which thing is in front, so that truth can tell how
 * much of a face is covered. One owner, no locks. */
#ifndef LW_SIM_CANVAS_H
#define LW_SIM_CANVAS_H

#include "img/image.h"
#include "sim/camera.h"

struct lw_rgbf {
    float r, g, b; /* linear light; 1 is a white sheet under the open daytime sky */
};
static inline struct lw_rgbf lw_rgbf_scale(struct lw_rgbf c, float s)
{
    return (struct lw_rgbf){.r = c.r * s, .g = c.g * s, .b = c.b * s};
}
static inline struct lw_rgbf lw_rgbf_mul(struct lw_rgbf a, struct lw_rgbf b)
{
    return (struct lw_rgbf){.r = a.r * b.r, .g = a.g * b.g, .b = a.b * b.b};
}
static inline struct lw_rgbf lw_rgbf_mix(struct lw_rgbf a, struct lw_rgbf b, float t)
{
    return (struct lw_rgbf){lw_mixf(a.r, b.r, t), lw_mixf(a.g, b.g, t), lw_mixf(a.b, b.b, t)};
}
/* From sRGB (IEC 61966-2-1) of 0..255 to linear light. */
float lw_srgb_linear(uint8_t v);

enum { LW_OWNER_NONE = 0, LW_OWNER_THING = 255 }; /* between: faces, numbered from 1 */

struct lw_canvas {
    int width, height;
    struct lw_rgbf *px; /* width * height */
    uint8_t *owner;     /* who is in front */
    float *area;        /* scratch of the polygon filler */
};
int lw_canvas_new(struct lw_canvas **out, int width, int height);
void lw_canvas_free(struct lw_canvas **c);

/* Paint n pixels of row y from x on, over[i] is the covered share 0..1 of each. */
typedef void (*lw_canvas_span_fn)(void *ctx, struct lw_canvas *c, int y, int x, int n,
                                  const float *over);

/* A flat shape: its outline and holes, one after the other; holes run against the outline. */
enum { LW_SHAPE_POINTS = 128, LW_SHAPE_PARTS = 6 };
struct lw_shape {
    size_t n_parts;
    size_t n[LW_SHAPE_PARTS];
    struct lw_vec3 p[LW_SHAPE_PARTS][LW_SHAPE_POINTS]; /* world */
};

/* The shape as seen by the camera (clipped before it), through the span function. */
void lw_canvas_shape(struct lw_canvas *c, const struct lw_sim_camera *cam,
                     const struct lw_shape *shape, lw_canvas_span_fn fn, void *ctx);
/* In one colour of that opacity. owner: written where the shape covers more than half. */
void lw_canvas_paint(struct lw_canvas *c, const struct lw_sim_camera *cam,
                     const struct lw_shape *shape, struct lw_rgbf color, float opacity);

/* Gaussian-like blur (three box passes) of radius sigma in pixels. */
int lw_canvas_blur(struct lw_canvas *c, float sigma_px);
/* Mean along a line of dx, dy pixels about each pixel. */
int lw_canvas_smear(struct lw_canvas *c, float dx, float dy);

#endif
