/* doc/mrz_picture.h - the machine readable zone of a photographed or scanned document: picture in,
 * fields, findings, a confidence for each field and what check digits corrected out. Reads OCR-B,
 * turned by any angle, in any of the five formats, anywhere on the picture; one zone, the clearest.
 * Needs no fillers to find it. How: docs/formats/mrz.md. Any thread may call it; no state stays. */
#ifndef LW_DOC_MRZ_PICTURE_H
#define LW_DOC_MRZ_PICTURE_H

#include "doc/mrz.h"
#include "img/image.h"

enum {
    LW_MRZ_PICTURE_BYTES_MAX = 64 * 1024 * 1024, /* of one picture file */
    LW_MRZ_CORRECTED_MAX = LW_MRZ_LINES * LW_MRZ_COLUMNS
};

struct lw_mrz_picture_opts {
    int max_side;       /* pixels; wider or higher pictures are refused, 64..32000, default 16384 */
    int64_t max_pixels; /* of the file, default 100 million */
    int64_t time_ns;    /* no new attempt begins after this long, default 2 s; one attempt on a
                         * picture of 12 million pixels takes about 0.1 s */
    int64_t today_utc_us; /* decides the century of dates as in lw_mrz_parse; default 0: 1970 */
};
#define LW_MRZ_PICTURE_DEFAULTS                                                                    \
    ((struct lw_mrz_picture_opts){                                                                 \
        .max_side = 16384, .max_pixels = 100000000, .time_ns = 2 * LW_SEC, .today_utc_us = 0})

/* A character that the picture alone would have read otherwise. */
struct lw_mrz_corrected {
    int line, column; /* from 1 */
    char read, used;
};

struct lw_mrz_reading {
    bool found;        /* false: no zone; then mrz has the one finding `no_mrz` */
    struct lw_mrz mrz; /* as lw_mrz_parse reads the lines */
    size_t n_lines;
    char lines[LW_MRZ_LINES][LW_MRZ_COLUMNS + 1];
    float confidence[LW_MRZ_FIELDS]; /* 0..1: that the whole field is read right; -1 where the
                                      * format has no such field */
    size_t n_corrected;
    struct lw_mrz_corrected corrected[LW_MRZ_CORRECTED_MAX];
    struct lw_point corners[4]; /* of the zone, as its reader sees it: top left, top right, bottom
                                 * right, bottom left; pixels of the upright full-size picture */
    int width, height;          /* of that picture */
};

/* A picture file in memory: JPEG, PNG or JPEG 2000. No zone is no fault. Faults are those of
 * lw_image_decode, LW_EINVAL for options out of range and LW_ENOMEM. opts may be NULL. */
int lw_mrz_picture_read(struct lw_mrz_reading *out, struct lw_span file,
                        const struct lw_mrz_picture_opts *opts, struct lw_why *why);
/* The same from pixels. */
int lw_mrz_picture_read_image(struct lw_mrz_reading *out, const struct lw_image *image,
                              const struct lw_mrz_picture_opts *opts, struct lw_why *why);

/* One line of JSON: as lw_mrz_put_json, with `lines`, `confidence`, `corrected`, `corners`. */
void lw_mrz_reading_put_json(struct lw_strbuf *b, const struct lw_mrz_reading *r);
/* The same for people. */
void lw_mrz_reading_put_card(struct lw_strbuf *b, const struct lw_mrz_reading *r);

#endif
