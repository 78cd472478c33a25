/* doc/sod.h - the document security object, EF.SOD (ICAO 9303-10 4.6.2): SignedData whose content
 * lists the digest of each data group. */
#ifndef LW_DOC_SOD_H
#define LW_DOC_SOD_H

#include "doc/cms.h"
#include "doc/lds.h"

struct lw_sod {
    struct lw_cms *cms;
    int version; /* 0 or 1 */
    enum lw_hash hash;
    uint32_t groups;                          /* bit n: a digest of data group n is there */
    struct lw_span digests[LW_LDS_DG16 + 1];  /* borrowed */
    char lds_version[8], unicode_version[12]; /* version 1 only, else "" */
};

/* file is EF.SOD as read. LW_EFORMAT, LW_ETRUNC, LW_ELIMIT, LW_ENOMEM; LW_EUNSUP for content that
 * is no LDS security object or a digest that is not known. */
int lw_sod_parse(struct lw_sod **out, struct lw_span file, struct lw_why *why);
void lw_sod_free(struct lw_sod **sod);

#endif
