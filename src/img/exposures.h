/* img/exposures.h - frames of one scene at different exposures made one, in which both the dark and
 * the bright parts are to be seen. Pure. */
#ifndef LW_IMG_EXPOSURES_H
#define LW_IMG_EXPOSURES_H

#include "img/image.h"

enum { LW_EXPOSURES_MAX = 4, LW_EXPOSURES_SIDE_MAX = 4096 };

/* *out: the last of 2..LW_EXPOSURES_MAX frames (RGB8, one size, 2..LW_EXPOSURES_SIDE_MAX a side)
 * with the luminance of all of them fused (Mertens, Kautz, Van Reeth: Exposure Fusion, 2007, with
 * contrast and well-exposedness as weights); what the luminance gains is added to all channels.
 * Frames have to be registered: what moved between them is seen doubled. LW_EINVAL, LW_ENOMEM. */
int lw_image_fuse_exposures(struct lw_image **out, struct lw_image *const *frames, size_t n);

#endif
