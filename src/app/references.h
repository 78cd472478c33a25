/* app/references.h - what earlier crossings of a document's holder add to its portrait.
 *
 * A claim stays one comparison: the portrait and the earlier templates are fused, weighted by
 * quality, into one reference. Comparing with each of them and taking the best score would be as
 * many chances for somebody else, at a threshold that was calibrated for one. */
#ifndef LW_APP_REFERENCES_H
#define LW_APP_REFERENCES_H

#include "app/documents.h"

struct lw_store;

struct lw_references {
    size_t used[LW_BUNDLE_DOCUMENTS_MAX];               /* earlier templates in the reference */
    struct lw_template *alone[LW_BUNDLE_DOCUMENTS_MAX]; /* the portrait's own, where one was fused;
                                                         * NULL where nothing was added */
};

/* Fuse what the store has of each document's holder into docs->tmpl: by issuer and number as the
 * MRZ says them surely, where the store's policy lets it serve (store/encounter.h), never for
 * whoever opted out. References that are unlike the portrait are left out and told as a finding. */
int lw_references_add(struct lw_references *refs, struct lw_documents *docs, struct lw_facekit *kit,
                      struct lw_store *store, const struct lw_bundle *bundle, struct lw_why *why);
void lw_references_clear(struct lw_references *refs);

#endif
