/* face/pixels.h - bytes of a picture to what a network reads. */
#ifndef LW_FACE_PIXELS_H
#define LW_FACE_PIXELS_H

#include "img/image.h"
#include "nn/card.h"

/* Write w x h pixels of the picture, from its row y0 on, as planes in the card's colour order,
 * mean and scale: dst holds channels * w * h floats. What lies right of or below the picture is
 * black. A grey picture serves as three equal channels; a colour one may not feed a grey card. */
void lw_pixels_fill(float *dst, int w, int h, const struct lw_image *im, int y0,
                    const struct lw_card *card);

#endif
