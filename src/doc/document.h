/* doc/document.h - one document from its chip's files: who it is of, the portrait, and whether it
 * is authentic. */
#ifndef LW_DOC_DOCUMENT_H
#define LW_DOC_DOCUMENT_H

#include "doc/dg2.h"
#include "doc/mrz.h"
#include "doc/pa.h"
#include "img/image.h"

struct lw_document {
    struct lw_pa pa; /* with what was found in the groups */
    bool has_mrz;
    struct lw_mrz mrz;
    struct lw_details holder, issue; /* DG11 and DG12; borrow the files */

    size_t faces;               /* pictures in DG2 */
    struct lw_image *portrait;  /* the first that can be decoded, upright; NULL: none */
    enum lw_face_format record; /* where it stood */
    enum lw_image_kind kind;
};

struct lw_document_opts {
    const struct lw_trust *trust; /* NULL: nobody is trusted */
    int64_t now_utc_us;           /* the day of reading */
    bool leave_portrait;          /* DG2 is hashed, and not looked into; default false */
};

/* Read and check everything. lds must outlive the document. Faults are ours; what is wrong with
 * the document is in it. */
int lw_document_check(struct lw_document **out, const struct lw_lds *lds,
                      const struct lw_document_opts *opts, struct lw_why *why);
void lw_document_free(struct lw_document **d);

/* Valid, and nothing to say about it. */
static inline bool lw_document_ok(const struct lw_document *d)
{
    return d->pa.verdict == LW_PA_VALID && d->pa.n_findings == 0;
}

/* One line of JSON as `lanewise doc check --json` prints it; portrait_file may be NULL. */
void lw_document_put_json(struct lw_strbuf *b, const struct lw_document *d,
                          const char *portrait_file);
void lw_document_put_card(struct lw_strbuf *b, const struct lw_document *d,
                          const char *portrait_file);

#endif
