/* app/documents.h - the documents of a bundle: portraits, their templates and findings. */
#ifndef LW_APP_DOCUMENTS_H
#define LW_APP_DOCUMENTS_H

#include "app/chip_document.h"
#include "cross/outcome.h"
#include "face/kit.h"

struct lw_documents {
    size_t n;
    struct lw_template *tmpl[LW_BUNDLE_DOCUMENTS_MAX];  /* NULL: no face, or opted out */
    struct lw_image *portrait[LW_BUNDLE_DOCUMENTS_MAX]; /* NULL: opted out */
    struct lw_paper paper[LW_BUNDLE_DOCUMENTS_MAX];
    struct lw_document_outcome
        found[LW_BUNDLE_DOCUMENTS_MAX]; /* findings; status is decided later */
};

struct lw_documents_opts {
    struct lw_decoder *decoder; /* NULL: one is opened for the occasion, and trusts nobody */
    bool trusted;               /* it was given somebody to trust */
    unsigned threads;
};

/* Read every document of the bundle in dir. A portrait without a face, and whatever is wrong with
 * the files of a chip, is a finding; so is a decoder that refused. A file of the bundle that is
 * missing, or a portrait's that does not decode, is a fault that names it. A portrait of somebody
 * who opted out is neither decoded nor embedded. */
int lw_documents_load(struct lw_documents **out, struct lw_facekit *kit,
                      const struct lw_bundle *bundle, const char *dir,
                      const struct lw_documents_opts *opts, struct lw_why *why);
void lw_documents_free(struct lw_documents **d);

#endif
