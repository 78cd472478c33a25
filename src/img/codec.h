/* img/codec.h - JPEG (libjpeg-turbo), PNG (libpng), JPEG 2000 (OpenJPEG) from and to memory.
 * The kind is read from the bytes, never from a file name. */
#ifndef LW_IMG_CODEC_H
#define LW_IMG_CODEC_H

#include "base/base.h"

struct lw_image;

enum lw_image_kind { LW_KIND_UNKNOWN, LW_KIND_JPEG, LW_KIND_PNG, LW_KIND_JP2, LW_KIND_J2K };
enum lw_image_kind lw_image_sniff(struct lw_span bytes);
const char *lw_image_kind_name(enum lw_image_kind k); /* "JPEG", "PNG", "JPEG 2000", ... */

struct lw_decode_opts {
    int max_side;       /* refuse wider or higher, 1..32768, default 16384 */
    int64_t max_pixels; /* refuse more, default 100 million; checked before any allocation */
    int want_side;      /* the longer side may be decoded as small as this (whole-power
                         * reductions in the codec); 0: full size, the default */
    bool ignore_exif;   /* leave the pixels as stored, default false */
};
#define LW_DECODE_DEFAULTS                                                                         \
    ((struct lw_decode_opts){                                                                      \
        .max_side = 16384, .max_pixels = 100000000, .want_side = 0, .ignore_exif = false})

struct lw_image_info {
    enum lw_image_kind kind;
    int width, height; /* upright, full size */
    int orientation;   /* EXIF 1..8; 1 where absent */
    int components;    /* 1 grey, 3 colour, 4 with alpha or CMYK */
};

/* Header only. LW_EUNSUP for an unknown kind, LW_EFORMAT, LW_ETRUNC, LW_ELIMIT. */
int lw_image_probe(struct lw_image_info *out, struct lw_span bytes,
                   const struct lw_decode_opts *opts, struct lw_why *why);

/* Decode to RGB8, upright. A truncated picture is refused (LW_ETRUNC), not filled with grey.
 * opts may be NULL. Alpha is laid over white. */
int lw_image_decode(struct lw_image **out, struct lw_span bytes, const struct lw_decode_opts *opts,
                    struct lw_why *why);
/* The same as lw_image_to_gray gives, for less work. */
int lw_image_decode_gray(struct lw_image **out, struct lw_span bytes,
                         const struct lw_decode_opts *opts, struct lw_why *why);
/* The colour picture from a file of at most 64 MiB; why names the path. */
int lw_image_load(struct lw_image **out, const char *path, const struct lw_decode_opts *opts,
                  struct lw_why *why);

/* *bytes is yours (free). quality 1..100, 4:2:0 below 90, 4:4:4 from there on. */
int lw_image_encode_jpeg(const struct lw_image *im, int quality, uint8_t **bytes, size_t *n,
                         struct lw_why *why);
int lw_image_encode_png(const struct lw_image *im, uint8_t **bytes, size_t *n, struct lw_why *why);

#endif
