/* app/lane_calibration.h - what a fused score is worth: occupants of an evaluation against
 * photographs of people who are known not to be them. */
#ifndef LW_APP_LANE_CALIBRATION_H
#define LW_APP_LANE_CALIBRATION_H

#include "app/lanes.h"

/* The "calibration_fused" object of a model card (docs/formats/model-card.md). Every answered
 * occupant who stands for a person of the truth is compared with every photograph in dir
 * (DIR/person/photo.jpg); a folder named as the truth names the person holds that person's own. The
 * pass has run, with templates. threads 1..64. */
int lw_lane_calibrate(struct lw_strbuf *out, const struct lw_lane_pass *p,
                      const struct lw_lanes *lanes, struct lw_facekit *kit, const char *dir,
                      unsigned threads, struct lw_why *why);

#endif
