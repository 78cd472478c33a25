/* store/schema.h - the tables, and how an older file becomes a newer one (docs/formats/store.md).
 */
#ifndef LW_STORE_SCHEMA_H
#define LW_STORE_SCHEMA_H

#include "store/audit.h"
#include "store/policies.h"
#include "store/sql.h"

enum {
    LW_STORE_APPLICATION_ID = 0x4c4e5753, /* "LNWS" in the file's header */
    LW_STORE_SCHEMA = 6,                  /* PRAGMA user_version of a current file */
    LW_STORE_SCHEMA_AUDIT = 2,            /* the first one with an audit chain */
    LW_STORE_SCHEMA_TALLY = 4,            /* the first one with counts */
    LW_STORE_SCHEMA_NUMBERED = 6          /* the first one with numbered checkpoints */
};

/* 0 for an empty file. Changes nothing. LW_EFORMAT: another program's file; LW_EUNSUP: of a newer
 * program. */
int lw_schema_version(struct lw_sql *q, int64_t *version, struct lw_why *why);

/* Make the tables of an empty file, or bring an older file up to LW_STORE_SCHEMA, each step in one
 * transaction with its audit entries. Records from before schema 3 need a policy. */
int lw_schema_prepare(struct lw_sql *q, struct lw_keys *keys, const struct lw_actor *actor,
                      const struct lw_store_policy *policy, struct lw_why *why);

/* For those who only read: LW_EUNSUP where there is no audit chain yet, or of a newer program. */
int lw_schema_check(struct lw_sql *q, int64_t *version, struct lw_why *why);

extern const char *const lw_schema_sql[LW_STORE_SCHEMA]; /* the steps, for schema.c alone */

#endif
