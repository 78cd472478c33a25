/* doc/master_list.h - a list of CSCA certificates that a state has signed (ICAO 9303-12 9). */
#ifndef LW_DOC_MASTER_LIST_H
#define LW_DOC_MASTER_LIST_H

#include "doc/cms.h"
#include "doc/trust.h"

struct lw_master_list;

/* ContentInfo of SignedData, whatever is in it. */
bool lw_master_list_sniff(struct lw_span der);

/* The signature must be right, and its signer certified by an authority that is in the list, beside
 * it, or already in trust. LW_EFORMAT says what is not. */
int lw_master_list_open(struct lw_master_list **out, struct lw_span der,
                        const struct lw_trust *trust, struct lw_why *why);
void lw_master_list_free(struct lw_master_list **list);

size_t lw_master_list_count(const struct lw_master_list *list);
struct lw_span lw_master_list_cert(const struct lw_master_list *list, size_t i); /* DER, borrowed */

#endif
