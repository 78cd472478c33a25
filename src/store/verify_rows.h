/* store/verify_rows.h - do the tables say what the records' canonical bytes and policies say? For
 * verify.c alone. */
#ifndef LW_STORE_VERIFY_ROWS_H
#define LW_STORE_VERIFY_ROWS_H

#include "store/sql.h"

/* Called with one line for each thing that is wrong. */
typedef void (*lw_finding_fn)(void *ctx, const char *text);

/* Every record whose bytes are there: its columns, people and documents against the bytes, and the
 * times at which all of it goes against its policy. Whoever was erased is not missed here. A
 * corrected record may go earlier than its policy says, none may stay longer. */
int lw_verify_rows(struct lw_sql *q, lw_finding_fn found, void *ctx, struct lw_why *why);

#endif
