/* doc/ocrb.h - which OCR-B character a small picture shows; inside doc/ and tools/ocrb only.
 * A convolutional network of 40,000 weights, taught by tools/ocrb from our own drawing of the
 * standard's 37 characters (ISO 1073-2 constant stroke), never from a font file. Pure. */
#ifndef LW_DOC_OCRB_H
#define LW_DOC_OCRB_H

#include "base/base.h"

enum {
    LW_OCRB_W = 20, /* pixels of a patch */
    LW_OCRB_H = 24,
    LW_OCRB_PIXELS = LW_OCRB_W * LW_OCRB_H,
    LW_OCRB_CAP = 16,    /* a capital letter is this high in a patch, in its middle */
    LW_OCRB_GLYPHS = 37, /* A..Z, 0..9, filler */
    LW_OCRB_CLASSES,     /* and the last one: no character of this script */
    LW_OCRB_NONE = LW_OCRB_GLYPHS
};

/* Sizes of the layers: 5 x 5 and 3 x 3 convolutions with stride 2, then two full layers. */
enum {
    LW_OCRB_W1 = LW_OCRB_W / 2,
    LW_OCRB_H1 = LW_OCRB_H / 2,
    LW_OCRB_C1 = 16,
    LW_OCRB_W2 = LW_OCRB_W / 4,
    LW_OCRB_H2 = LW_OCRB_H / 4,
    LW_OCRB_C2 = 24,
    LW_OCRB_N2 = LW_OCRB_W2 * LW_OCRB_H2 * LW_OCRB_C2,
    LW_OCRB_N3 = 48
};

/* Weights: of each layer those of one input side by side, so that loops over outputs vectorise. */
struct lw_ocrb_net {
    float k1[25][LW_OCRB_C1], b1[LW_OCRB_C1];
    float k2[9 * LW_OCRB_C1][LW_OCRB_C2], b2[LW_OCRB_C2];
    float k3[LW_OCRB_N2][LW_OCRB_N3], b3[LW_OCRB_N3];
    float k4[LW_OCRB_N3][LW_OCRB_CLASSES], b4[LW_OCRB_CLASSES];
};

/* What the layers gave, after rectification; training needs it. */
struct lw_ocrb_run {
    float y1[LW_OCRB_H1][LW_OCRB_W1][LW_OCRB_C1];
    float y2[LW_OCRB_H2][LW_OCRB_W2][LW_OCRB_C2];
    float y3[LW_OCRB_N3];
    float y4[LW_OCRB_CLASSES]; /* before softmax */
};

/* The taught network; made from its table at the first call. Shared: any thread may call it. */
const struct lw_ocrb_net *lw_ocrb_net_peek(void);

/* Paper and ink of any brightness to mean 0 and deviation 1, ink positive. A patch whose deviation
 * is under a tenth of contrast (paper minus ink, of the whole line) stays as flat as it is. */
void lw_ocrb_normalise(float patch[LW_OCRB_PIXELS], float contrast);

void lw_ocrb_forward(struct lw_ocrb_run *run, const struct lw_ocrb_net *net,
                     const float patch[LW_OCRB_PIXELS]);
/* Logarithms of the probabilities of all classes for a normalised patch. */
void lw_ocrb_classify(float log_p[LW_OCRB_CLASSES], const float patch[LW_OCRB_PIXELS]);

char lw_ocrb_char(int glyph); /* 'A'..'Z', '0'..'9', '<' */
int lw_ocrb_glyph(char c);    /* the other way; -1 for anything else */

#endif
