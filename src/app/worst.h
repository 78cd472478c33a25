/* app/worst.h - frames of a vehicle that went badly, with the people of the truth marked in them.
 */
#ifndef LW_APP_WORST_H
#define LW_APP_WORST_H

#include "eval/crossing_report.h"

/* One frame of each camera: the one that shows most of the people who were not captured, or most of
 * all people. Captured people are framed green, missed ones orange; those who opted out are
 * covered. A camera that cannot be read is left out. Fills worst->frames; clear it. */
int lw_worst_draw(struct lw_worst *worst, const char *dir, const struct lw_bundle *bundle,
                  const struct lw_truth *truth, const struct lw_vehicle_score *score,
                  struct lw_why *why);
void lw_worst_clear(struct lw_worst *worst);

#endif
