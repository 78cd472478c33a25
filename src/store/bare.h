/* store/bare.h - a yardstick for the benchmarks: the same bytes in one plain table of SQLite, with
 * the same safety (write-ahead log, synchronous FULL) and nothing else: no encryption, no audit
 * chain, no due times. One owner, no locks. */
#ifndef LW_STORE_BARE_H
#define LW_STORE_BARE_H

#include "base/base.h"

struct lw_bare;

/* The file must not be there yet. */
int lw_bare_open(struct lw_bare **out, const char *path, struct lw_why *why);
void lw_bare_free(struct lw_bare **b);

/* n pieces of bytes, a row each, `times` times over in one transaction. */
int lw_bare_put(struct lw_bare *b, const struct lw_span *pieces, size_t n, size_t times,
                struct lw_why *why);

#endif
