/* store/inside.h - what the files of this room share about an open store. */
#ifndef LW_STORE_INSIDE_H
#define LW_STORE_INSIDE_H

#include "crypt/keys.h"
#include "store/audit.h"
#include "store/audit_chain.h"
#include "store/policies.h"
#include "store/sql.h"
#include "store/store.h"

struct lw_store {
    struct lw_sql q;
    struct lw_keys *keys;
    struct lw_actor actor;
    struct lw_store_policy policy; /* its text is ours */
    int64_t policy_seq;            /* its row; 0 where there is none */
    struct lw_store_identity identity;
    struct lw_anchor end;     /* of the audit chain after our last transaction; seq 0: none yet */
    struct lw_writer *writer; /* not ours; NULL: we write ourselves */
    bool no_wait;             /* our transactions do not wait for the disk just now */
    bool lazy;                /* our last transaction may not be on the disk yet */
    char *path;
};

/* LW_EINVAL for texts that cannot be an entry of the audit chain. */
int lw_store_check_texts(const char *action, const char *subject, const char *detail,
                         struct lw_why *why);

/* A ground is a line of at most max bytes that says something. */
bool lw_store_is_ground(const char *ground, size_t max);

/* A write transaction with its audit entries. finish signs the chain's new end and commits where r
 * is LW_OK, else undoes everything. */
int lw_store_begin(struct lw_store *s, struct lw_why *why);
int lw_store_note(struct lw_store *s, const char *action, const char *subject, const char *detail,
                  struct lw_why *why);
int lw_store_finish(struct lw_store *s, int r, struct lw_why *why);
/* One entry in a transaction of its own that does not wait for the disk: it is there for every
 * other reader and survives the end of this program, and is on the disk with the next transaction
 * that waits. */
int lw_store_note_lazily(struct lw_store *s, const char *action, const char *subject,
                         const char *detail, struct lw_why *why);
/* Do transactions from here on wait for the disk? A power cut can undo the last of those that do
 * not, whole ones and in order; they survive the end of this program. */
int lw_store_wait_for_disk(struct lw_store *s, bool wait, struct lw_why *why);
/* Bring what is in the log to the disk. */
int lw_store_sync_log(struct lw_store *s, struct lw_why *why);

/* Keyed digest of a document's identity; LW_ENOTFOUND where issuer or number is empty. */
int lw_store_identify(struct lw_store *s, const struct lw_store_document *d,
                      uint8_t out[LW_HMAC_BYTES]);

#endif
