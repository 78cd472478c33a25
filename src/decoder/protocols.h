/* decoder/protocols.h - which protocols a chip speaks, for people. */
#ifndef LW_DECODER_PROTOCOLS_H
#define LW_DECODER_PROTOCOLS_H

#include "base/strbuf.h"
#include "doc/document.h"

/* What EF.CardAccess, DG14 and DG15 say that the chip can do, with commas between; those that
 * cannot be read are findings of d. */
void lw_protocols_put(struct lw_strbuf *b, struct lw_document *d, const struct lw_lds *lds);

#endif
