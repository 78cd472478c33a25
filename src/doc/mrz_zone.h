/* doc/mrz_zone.h - what may be a machine readable zone, character by character; inside doc/ only.
 */
#ifndef LW_DOC_MRZ_ZONE_H
#define LW_DOC_MRZ_ZONE_H

#include "doc/mrz.h"
#include "doc/ocrb.h"
#include "img/image.h"

struct lw_row;
struct lw_marks;

/* Two or three lines of 30, 36 or 44 characters, upright, and how likely each character is. */
struct lw_mrz_zone {
    size_t lines, columns;
    float log_p[LW_MRZ_LINES][LW_MRZ_COLUMNS][LW_OCRB_CLASSES];
    float score; /* mean over the characters of the logarithm of the likeliest, 0 is best */
    float blank; /* share of the cells in which most likely no character stands */
    struct lw_point corners[4]; /* in the picture: top left, top right, bottom right, bottom left */
};

/* Whether there is time to go on. */
struct lw_mrz_patience {
    bool (*in_time)(const void *ctx);
    const void *ctx;
};

/* Read the zone of which a row of a picture is one line. 1: *out is the likeliest, whether it is a
 * zone or not says its score. 0: the row has no lines above or below that fit. LW_ENOMEM. Once time
 * is over no further place is tried, and what was read so far is given. */
int lw_mrz_zone_read(struct lw_mrz_zone *out, const struct lw_image *gray, const struct lw_row *row,
                     const struct lw_mrz_patience *patience);

#endif
