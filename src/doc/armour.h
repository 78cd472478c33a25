/* doc/armour.h - binary objects in texts: PEM (RFC 7468) and LDIF (RFC 2849). */
#ifndef LW_DOC_ARMOUR_H
#define LW_DOC_ARMOUR_H

#include "base/strbuf.h"

enum lw_armour { LW_ARMOUR_NONE, LW_ARMOUR_PEM, LW_ARMOUR_LDIF };
/* By the first lines of the text; LW_ARMOUR_NONE for anything else, DER among it. */
enum lw_armour lw_armour_sniff(struct lw_span text);

/* The next object at *pos: *out is emptied and gets its bytes; label its PEM label or LDIF
 * attribute in lower case without options ("certificate", "cacertificate"). Other lines are passed
 * over. 1; 0 at the end of the text; LW_EFORMAT at broken base64, LW_ENOMEM. */
enum { LW_ARMOUR_LABEL = 48 };
int lw_armour_next(enum lw_armour kind, struct lw_span text, size_t *pos,
                   char label[LW_ARMOUR_LABEL], struct lw_strbuf *out, struct lw_why *why);

#endif
