/* img/kinds.h - what the three decoders offer to codec.c; nobody outside img/ includes it.
 *
 * Each kind has its own reader of headers, written over lw_cursor: size, limits and completeness
 * are known before the library sees a byte. */
#ifndef LW_IMG_KINDS_H
#define LW_IMG_KINDS_H

#include "base/cursor.h"
#include "img/codec.h"
#include "img/image.h"

struct lw_coded {
    int width, height;  /* as stored, before the orientation is applied */
    int components;     /* as in struct lw_image_info */
    int orientation;    /* EXIF 1..8 */
    int halvings;       /* how often the codec can halve the size while decoding */
    int halve;          /* how often it shall, 0..halvings; set by codec.c */
    int64_t tiles;      /* of JPEG 2000, else 0: each costs some kilobytes of the codec */
    int64_t work_bytes; /* the codec's own memory at full size, beside the image */
    size_t data;        /* offset of the first scan, chunk or tile-part */
    bool ink_inverted;  /* CMYK of an Adobe program: 255 is no ink */
    bool plain;         /* PNG: 8 bits of grey or colour in order, nothing to compute from them */
    bool gray;          /* GRAY8 is wanted; set by codec.c, and RGB8 will do */
};

int lw_jpeg_header(struct lw_coded *out, struct lw_span bytes, struct lw_why *why);
int lw_png_header(struct lw_coded *out, struct lw_span bytes, struct lw_why *why);
int lw_jp2_header(struct lw_coded *out, struct lw_span bytes, struct lw_why *why); /* box file */
int lw_j2k_header(struct lw_coded *out, struct lw_span bytes, struct lw_why *why); /* codestream */

/* RGB8, or GRAY8 where that is wanted, as stored, each side divided by 2^halve and rounded up. */
int lw_jpeg_pixels(struct lw_image **out, struct lw_span bytes, const struct lw_coded *c,
                   struct lw_why *why);
int lw_png_pixels(struct lw_image **out, struct lw_span bytes, const struct lw_coded *c,
                  struct lw_why *why);
int lw_jp2_pixels(struct lw_image **out, struct lw_span bytes, const struct lw_coded *c,
                  struct lw_why *why);

/* LW_ETRUNC unless all tile-parts of the codestream are there, from the first one's offset on. */
int lw_jp2_complete(struct lw_span bytes, size_t from, struct lw_why *why);

/* LW_ETRUNC in the words that all kinds use. */
int lw_coded_truncated(struct lw_span bytes, struct lw_why *why);

/* A row of colour pixels to grey, as lw_image_to_gray. */
void lw_gray_row(uint8_t *restrict gray, const uint8_t *restrict rgb, int width);

/* The orientation in a TIFF block (EXIF 2.3, 4.6.4 tag 0x0112); 1 where it is absent or the block
 * is broken: a bad EXIF block does not spoil the picture. */
int lw_exif_orientation(struct lw_span tiff);

/* Turn a picture stored with orientation 1..8 upright. */
int lw_image_upright(struct lw_image **out, const struct lw_image *stored, int orientation);

#endif
