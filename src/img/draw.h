/* img/draw.h - boxes and labels on a picture for reports. */
#ifndef LW_IMG_DRAW_H
#define LW_IMG_DRAW_H

#include "img/image.h"

struct lw_color {
    uint8_t r, g, b;
};
void lw_draw_rect(struct lw_image *im, const struct lw_rect *r, int thickness, struct lw_color c);
void lw_draw_disc(struct lw_image *im, struct lw_point p, float radius, struct lw_color c);
/* Capital letters, digits and a few signs of a 5x7 raster font, `scale` pixels a dot, on a filled
 * background; unknown characters become '?'. */
void lw_draw_text(struct lw_image *im, int x, int y, int scale, const char *text,
                  struct lw_color fg, struct lw_color bg);
int lw_draw_text_width(int scale, const char *text);

#endif
