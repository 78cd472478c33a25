/* doc/mrz_decode.h - the likeliest text of a zone, given what may stand where and which check
 * digits must fit; inside doc/ only. */
#ifndef LW_DOC_MRZ_DECODE_H
#define LW_DOC_MRZ_DECODE_H

#include "doc/mrz_picture.h"
#include "doc/mrz_zone.h"

/* Fills lines, mrz, confidence and corrected of out. */
int lw_mrz_decode(struct lw_mrz_reading *out, const struct lw_mrz_zone *zone, int64_t today_utc_us);

#endif
