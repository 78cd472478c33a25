/* app/references.h - what earlier crossings of a document's holder add to its portrait: a claim
 * stays one comparison, with the weighted mean of both (face/reference.h). */
#ifndef LW_APP_REFERENCES_H
#define LW_APP_REFERENCES_H

#include "app/documents.h"

struct lw_store;

struct lw_references {
    size_t used[LW_BUNDLE_DOCUMENTS_MAX];               /* earlier templates in the reference */
    struct lw_template *alone[LW_BUNDLE_DOCUMENTS_MAX]; /* the portrait's own, where one was joined;
                                                         * NULL where nothing was added */
    float unity[LW_BUNDLE_DOCUMENTS_MAX]; /* of the joined one, where something was added */
};

/* Join what the store has of each document's holder to docs->tmpl: by issuer and number as the
 * MRZ says them surely, where the store's policy lets it serve (store/encounter.h), never for
 * whoever opted out. References that are unlike the portrait are left out and told as a finding. */
int lw_references_add(struct lw_references *refs, struct lw_documents *docs, struct lw_facekit *kit,
                      struct lw_store *store, const struct lw_bundle *bundle, struct lw_why *why);
/* Similarities to docs->tmpl become scores of the n documents; NaN stays NaN. */
void lw_references_weigh(const struct lw_references *refs, size_t n, float *score);
void lw_references_clear(struct lw_references *refs);

#endif
