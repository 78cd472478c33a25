/* tools/ocrb/drawing.h - the 37 characters of OCR-B, drawn as strokes by us, and pictures of them
 * as bad as cameras make them. */
#ifndef LW_TOOLS_OCRB_DRAWING_H
#define LW_TOOLS_OCRB_DRAWING_H

#include "base/rng.h"
#include "doc/ocrb.h"

/* One patch as the reader would cut it, normalised, and what it shows. */
struct sample {
    float patch[LW_OCRB_PIXELS];
    int label; /* 0..LW_OCRB_CLASSES-1 */
};
void sample_draw(struct sample *out, struct lw_rng *rng);

#endif
