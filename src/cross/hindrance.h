/* cross/hindrance.h - from measured faces to the quality reasons of a referral. Pure. */
#ifndef LW_CROSS_HINDRANCE_H
#define LW_CROSS_HINDRANCE_H

#include "cross/outcome.h"
#include "face/requirements.h"

/* What makes this face hard to compare: bits of too_dark, occluded, turned_away and glare. */
uint32_t lw_hindrances(const struct lw_face *face);

/* Why somebody whose best shots these are (best first) is not captured: the quality reasons, never
 * none. no_face where there is no shot at all. */
uint32_t lw_reasons_not_captured(const struct lw_face *const *faces, size_t n,
                                 const struct lw_requirements *needed);

#endif
