/* base/zip.h - a ZIP file in memory, its files as they are (PKWARE APPNOTE 6.3, method 0): pictures
 * do not get smaller, and what is personal never lies in a temporary file. One owner. */
#ifndef LW_BASE_ZIP_H
#define LW_BASE_ZIP_H

#include "base/strbuf.h"

enum { LW_ZIP_FILES_MAX = 65535 }; /* without ZIP64; 4 GiB in all */

struct lw_zip {
    struct lw_strbuf bytes;   /* the files so far, and their heads */
    struct lw_strbuf central; /* the list at the end */
    unsigned n;
    int64_t utc_us; /* of all files */
};
#define LW_ZIP_INIT(utc)                                                                           \
    ((struct lw_zip){.bytes = LW_STRBUF_INIT, .central = LW_STRBUF_INIT, .utc_us = (utc)})

/* name: UTF-8, relative, with slashes. LW_ELIMIT, LW_ENOMEM, LW_EINVAL. */
int lw_zip_add(struct lw_zip *z, const char *name, struct lw_span bytes);
/* Close the list: z->bytes is the whole file then. */
int lw_zip_finish(struct lw_zip *z);
void lw_zip_wipe(struct lw_zip *z);

#endif
