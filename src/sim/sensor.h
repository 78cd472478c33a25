/* sim/sensor.h - from light to the picture that a camera hands out. */
#ifndef LW_SIM_SENSOR_H
#define LW_SIM_SENSOR_H

#include "base/rng.h"
#include "sim/scene.h"

struct lw_sim_sensor; /* one per camera: its exposure control follows the frames */

int lw_sim_sensor_new(struct lw_sim_sensor **out, const struct lw_sim_scene *s,
                      const struct lw_sim_view *view);
void lw_sim_sensor_free(struct lw_sim_sensor **s);

/* Defocus and motion blur (in the canvas, which is used up), exposure, noise, clipping, tone curve
 * and the word SYNTHETIC. dx, dy: motion during the metered exposure. Where the scene brackets, of
 * three frames the second is exposed shorter, the third longer. */
int lw_sim_sensor_take(struct lw_sim_sensor *s, struct lw_canvas *light, float dx, float dy,
                       struct lw_image **out);

#endif
