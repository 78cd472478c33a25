/* img/equalise.h - local contrast: dark cabins and veiled glass made even before a detector looks.
 * Contrast-limited adaptive histogram equalisation (Zuiderveld, Graphics Gems IV, 1994). Pure. */
#ifndef LW_IMG_EQUALISE_H
#define LW_IMG_EQUALISE_H

#include "img/image.h"

enum { LW_EQUALISE_TILES_MAX = 32 };

struct lw_equalise_opts {
    int tiles_x, tiles_y; /* 1..LW_EQUALISE_TILES_MAX, default 24 x 18 */
    float clip;           /* a grey value counts at most this many times its mean share, default 2;
                             less raises the contrast less, from 1 */
};
#define LW_EQUALISE_DEFAULTS ((struct lw_equalise_opts){.tiles_x = 24, .tiles_y = 18, .clip = 2.0f})

/* In place, RGB8 only (LW_EUNSUP otherwise); what the luminance gains is added to all three
 * channels. opts may be NULL for the defaults; LW_EINVAL when out of range or when a tile would be
 * empty. */
int lw_image_equalise(struct lw_image *im, const struct lw_equalise_opts *opts);

#endif
