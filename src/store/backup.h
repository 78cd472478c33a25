/* store/backup.h - a copy of a store while it is in use. */
#ifndef LW_STORE_BACKUP_H
#define LW_STORE_BACKUP_H

#include "store/store.h"

/* Copy to a file that must not exist yet, a few pages at a time between other programs' writes. The
 * copy needs the store's key file; what is purged later cannot be read in it any more. Half a copy
 * is removed. An audit entry in the store. */
int lw_store_backup(struct lw_store *s, const char *to, struct lw_why *why);

#endif
