/* img/qr.h - a text as a QR code (ISO/IEC 18004), as a picture or as SVG. */
#ifndef LW_IMG_QR_H
#define LW_IMG_QR_H

#include "base/strbuf.h"
#include "img/image.h"

struct lw_qr; /* opaque */

/* The smallest code that holds the text and stands the loss of 15 % of it (level M). LW_ELIMIT: no
 * code holds so much. */
int lw_qr_new(struct lw_qr **out, const char *text, struct lw_why *why);
void lw_qr_free(struct lw_qr **q);

int lw_qr_modules(const struct lw_qr *q);             /* on each side, 21..177 */
bool lw_qr_dark(const struct lw_qr *q, int x, int y); /* within these */

/* With the margin of 4 modules that readers need; scale is pixels for each, 1..64. */
int lw_qr_image(struct lw_image **out, const struct lw_qr *q, int scale, struct lw_why *why);
void lw_qr_put_svg(struct lw_strbuf *b, const struct lw_qr *q);

#endif
