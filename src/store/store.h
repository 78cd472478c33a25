/* store/store.h - closed crossings in one SQLite file (docs/formats/store.md). One owner, no locks;
 * several programs may have the same file open. */
#ifndef LW_STORE_STORE_H
#define LW_STORE_STORE_H

#include "cross/record.h"

struct lw_store; /* opaque */

/* Open a store, make it where there is no file, bring an older one up to this program's schema.
 * LW_EFORMAT: no SQLite file, or another program's; LW_EUNSUP: of a newer program. */
int lw_store_open(struct lw_store **out, const char *path, struct lw_why *why);
void lw_store_close(struct lw_store **s);
#define LW_AUTO_STORE __attribute__((cleanup(lw_store_close))) struct lw_store *

/* Record, occupants, documents and outbox row in one transaction: when this returns LW_OK, all of
 * it is on the disk; otherwise none of it is. LW_EINVAL: a record of that id is there already, or
 * the record contradicts itself. LW_EAGAIN: another program keeps the file busy. */
int lw_store_put(struct lw_store *s, const struct lw_record *rec, struct lw_why *why);

/* LW_ENOTFOUND for an id that is not there. */
int lw_store_get(struct lw_store *s, const char *id, struct lw_record *out, struct lw_why *why);

struct lw_store_counts {
    int64_t records, occupants, verified, documents;
    int64_t outbox; /* not yet published */
};
int lw_store_count(struct lw_store *s, struct lw_store_counts *out, struct lw_why *why);

#endif
