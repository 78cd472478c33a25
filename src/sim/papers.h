/* sim/papers.h - the documents of people who do not exist: portrait and machine readable zone. */
#ifndef LW_SIM_PAPERS_H
#define LW_SIM_PAPERS_H

#include "base/rng.h"
#include "sim/scene.h"

/* The face with shoulders' room about it, at most 480 pixels high, upright. */
int lw_sim_portrait_cut(struct lw_image **out, const struct lw_sim_photo *photo);

/* A passport of Utopia (ICAO 9303-3 section 5 reserves UTO for specimens): names of invented
 * syllables, dates and numbers, right check digits; and a class. */
int lw_sim_papers_print(struct lw_sim_document *d, struct lw_rng *rng, struct lw_why *why);

#endif
