/* store/store.h - closed crossings in one SQLite file (docs/formats/store.md). One owner, no locks;
 * several programs may have the same file open. */
#ifndef LW_STORE_STORE_H
#define LW_STORE_STORE_H

#include "cross/record.h"
#include "store/audit.h"

struct lw_store; /* opaque */

struct lw_store_opts {
    const char *keys; /* key file; NULL: the store's path + ".keys", made where there is none */
    struct lw_actor actor; /* who is named in the audit chain; an empty name is "lanewise" */
};
#define LW_STORE_DEFAULTS ((struct lw_store_opts){.actor = {.role = LW_ROLE_OPERATOR}})

/* Open a store, make it where there is no file, bring an older one up to this program's schema.
 * opts may be NULL. LW_EFORMAT: no SQLite file, another program's, made with other keys, or older
 * than its keys have seen; LW_EUNSUP: of a newer program. */
int lw_store_open(struct lw_store **out, const char *path, const struct lw_store_opts *opts,
                  struct lw_why *why);
void lw_store_close(struct lw_store **s);
#define LW_AUTO_STORE __attribute__((cleanup(lw_store_close))) struct lw_store *

/* Record, occupants, documents, audit entry and outbox row in one transaction: when this returns
 * LW_OK, all of it is on the disk; otherwise none of it is. LW_EINVAL: a record of that id is there
 * already, or the record contradicts itself. LW_EAGAIN: another program keeps the file busy. */
int lw_store_put(struct lw_store *s, const struct lw_record *rec, struct lw_why *why);

/* Reading a record is an audit entry, too. LW_ENOTFOUND for an id that is not there. */
int lw_store_get(struct lw_store *s, const char *id, struct lw_record *out, struct lw_why *why);

/* An entry for what happens above the store: "login", "override", "policy" ... The texts hold no
 * personal data; longer ones than 512 bytes are refused. */
int lw_store_audit(struct lw_store *s, const char *action, const char *subject, const char *detail,
                   struct lw_why *why);

struct lw_store_counts {
    int64_t records, occupants, verified, documents;
    int64_t outbox; /* not yet published */
};
int lw_store_count(struct lw_store *s, struct lw_store_counts *out, struct lw_why *why);

#endif
