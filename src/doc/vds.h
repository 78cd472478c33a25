/* doc/vds.h - visible digital seals: a document's data and its issuer's signature in a barcode
 * (ICAO 9303-13; visas 9303-7 section 9, emergency travel documents 9303-8 section 6). */
#ifndef LW_DOC_VDS_H
#define LW_DOC_VDS_H

#include "base/base.h"

enum {
    LW_VDS_BYTES_MAX = 4096, /* more than any barcode holds */
    LW_VDS_FEATURES_MAX = 64,
    LW_VDS_REFERENCE = 41 /* 20 bytes of serial number in hexadecimal, NUL */
};

enum lw_vds_kind { LW_VDS_OTHER, LW_VDS_VISA, LW_VDS_ETD };
const char *lw_vds_kind_name(enum lw_vds_kind k); /* "visa" */

struct lw_vds_feature {
    uint8_t tag;
    struct lw_span value;
};

/* Spans borrow the input. */
struct lw_vds {
    int version; /* 3 or 4: the byte says one less */
    char country[4];
    char signer[5];                          /* country in two letters, two more */
    char reference[LW_VDS_REFERENCE];        /* hexadecimal, upper case */
    char issue_date[11], signature_date[11]; /* "2026-06-13" */
    uint8_t feature_set, category;
    enum lw_vds_kind kind; /* by these two */
    size_t n_features;
    struct lw_vds_feature features[LW_VDS_FEATURES_MAX];
    struct lw_span signed_part, signature; /* header and message zone; r||s */
};

/* bytes are what the barcode holds, without its padding, and nothing else. LW_EFORMAT, LW_ETRUNC,
 * LW_ELIMIT; LW_EUNSUP for another version. why names the byte. */
int lw_vds_parse(struct lw_vds *out, struct lw_span bytes, struct lw_why *why);

/* The only feature with that tag; NULL: none, or several. */
const struct lw_vds_feature *lw_vds_feature(const struct lw_vds *v, uint8_t tag);

#endif
