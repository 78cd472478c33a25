/* app/documents.h - the documents of a bundle: portraits, their templates and findings. */
#ifndef LW_APP_DOCUMENTS_H
#define LW_APP_DOCUMENTS_H

#include "cross/outcome.h"
#include "doc/mrz.h"
#include "face/kit.h"

/* What a document says of its holder. */
struct lw_paper {
    bool has_mrz;
    struct lw_mrz mrz;
    bool authentic; /* the chip's signatures are right (passive authentication) */
};

struct lw_documents {
    size_t n;
    struct lw_template *tmpl[LW_BUNDLE_DOCUMENTS_MAX];  /* NULL: no face, or opted out */
    struct lw_image *portrait[LW_BUNDLE_DOCUMENTS_MAX]; /* NULL: opted out */
    struct lw_paper paper[LW_BUNDLE_DOCUMENTS_MAX];
    struct lw_document_outcome
        found[LW_BUNDLE_DOCUMENTS_MAX]; /* findings; status is decided later */
};

/* Read every document of the bundle in dir on up to `threads` threads. A portrait without a face
 * is a finding; a file that is missing or does not decode is a fault that names it. A portrait of
 * somebody who opted out is neither read nor embedded. */
int lw_documents_load(struct lw_documents **out, struct lw_facekit *kit,
                      const struct lw_bundle *bundle, const char *dir, unsigned threads,
                      struct lw_why *why);
void lw_documents_free(struct lw_documents **d);

#endif
