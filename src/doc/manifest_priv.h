/* doc/manifest_priv.h - what the forms of a manifest share; inside doc/ only. */
#ifndef LW_DOC_MANIFEST_PRIV_H
#define LW_DOC_MANIFEST_PRIV_H

#include "doc/manifest.h"

/* The bytes that are signed, in their one form. LW_EINVAL: a field breaks its rule. */
int lw_manifest_put_signed(struct lw_strbuf *b, const struct lw_manifest *m, struct lw_why *why);
void lw_manifest_make_id(struct lw_manifest *m);
int lw_manifest_parse_json(struct lw_manifest *out, struct lw_span text, struct lw_why *why);

#endif
