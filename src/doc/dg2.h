/* doc/dg2.h - the pictures of the holder in DG2 (ICAO 9303-10 4.7.2): records of ISO/IEC
 * 19794-5:2005 ("010") and :2011 ("030"), and of ISO/IEC 39794-5:2019 (ASN.1).
 * Nothing is decoded here: pictures are spans of the file. */
#ifndef LW_DOC_DG2_H
#define LW_DOC_DG2_H

#include "doc/lds.h"
#include "img/codec.h"

enum lw_face_format { LW_FACE_19794_2005, LW_FACE_19794_2011, LW_FACE_39794 };
const char *lw_face_format_name(enum lw_face_format f); /* "ISO/IEC 19794-5:2005" */

struct lw_face_picture {
    enum lw_face_format format;
    enum lw_image_kind kind;     /* by its own bytes, not by what the record says */
    struct lw_span bytes;        /* borrowed */
    size_t at;                   /* its offset in the file */
    int said_width, said_height; /* by the record, 0 where it says nothing; often wrong */
    bool lengths_differ;         /* a length in the record did not fit and was not believed */
};

enum { LW_DG2_PICTURES_MAX = 16 };
struct lw_dg2 {
    size_t n; /* at least 1 */
    struct lw_face_picture pictures[LW_DG2_PICTURES_MAX];
    unsigned left_out; /* pictures past the maximum, of unknown kind, or behind a broken one */
};

/* LW_EFORMAT, LW_ETRUNC, LW_ELIMIT where no picture can be found. */
int lw_dg2_parse(struct lw_dg2 *out, struct lw_span file, struct lw_why *why);

/* One biometric data block (the contents of 5F2E or 7F2E); at is its offset. Pictures are added. */
int lw_face_block_parse(struct lw_dg2 *out, struct lw_span block, size_t at, struct lw_why *why);

#endif
