/* crypt/keyfile.h - a store's secrets in one file (docs/formats/key-file.md). Several programs may
 * have the same file open: each change locks it, reads it afresh and replaces it whole. */
#ifndef LW_CRYPT_KEYFILE_H
#define LW_CRYPT_KEYFILE_H

#include "crypt/keys.h"

/* With `make`, a file that is not there is made, readable by its owner alone. LW_ENOTFOUND;
 * LW_EFORMAT also where others may read it. */
int lw_keyfile_open(struct lw_keys **out, const char *path, bool make, struct lw_why *why);

#endif
