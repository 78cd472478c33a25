/* app/chip_document.h - a document whose chip was read into a folder of the bundle. */
#ifndef LW_APP_CHIP_DOCUMENT_H
#define LW_APP_CHIP_DOCUMENT_H

#include "cross/outcome.h"
#include "decoder/decoder.h"

struct lw_chip_opts {
    struct lw_decoder *decoder;
    const char *bundle_dir; /* files may not lie outside of it */
    bool trusted;           /* the decoder was given somebody to trust */
    bool opted_out;         /* the portrait is not decoded */
    int64_t now_utc_us;
};

/* What a document says of its holder. */
struct lw_paper {
    bool has_mrz;
    struct lw_mrz mrz;
    bool authentic; /* the chip's signatures are right (passive authentication) */
};

struct lw_chip_document {
    struct lw_image *portrait; /* NULL: none that may vouch for anyone; yours */
    struct lw_paper paper;     /* nothing where the document may not vouch for anyone */
};

/* Whatever is wrong with the files is a finding in found. A portrait is given only where the
 * document is authentic, or, with nobody to trust, consistent in itself. Faults are ours. */
int lw_chip_document_read(struct lw_chip_document *out, const char *folder,
                          const struct lw_chip_opts *opts, struct lw_document_outcome *found,
                          struct lw_why *why);

/* Add "a:b" once; past the maximum nothing. */
void lw_finding_add(struct lw_document_outcome *d, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void lw_mrz_findings_add(struct lw_document_outcome *d, const struct lw_mrz *m);

#endif
