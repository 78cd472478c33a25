/* decoder/pixels.h - the rows of a picture over a link, without the gaps between them. */
#ifndef LW_DECODER_PIXELS_H
#define LW_DECODER_PIXELS_H

#include "decoder/answer.h"
#include "decoder/link.h"

int lw_pixels_send(const struct lw_link *l, const struct lw_image *im);
/* A picture of that size; LW_ENOMEM, and the faults of the link. */
int lw_pixels_receive(struct lw_image **out, const struct lw_link *l, const struct lw_picture *p);

#endif
