/* store/schema.h - the tables, and how an older file becomes a newer one (docs/formats/store.md).
 */
#ifndef LW_STORE_SCHEMA_H
#define LW_STORE_SCHEMA_H

#include "store/sql.h"

enum {
    LW_STORE_APPLICATION_ID = 0x4c4e5753, /* "LNWS" in the file's header */
    LW_STORE_SCHEMA = 1                   /* PRAGMA user_version of a current file */
};

/* Make the tables of an empty file, or bring an older file up to LW_STORE_SCHEMA, each step in one
 * transaction. LW_EFORMAT for another program's file, LW_EUNSUP for a newer one. */
int lw_schema_prepare(struct lw_sql *q, struct lw_why *why);

#endif
