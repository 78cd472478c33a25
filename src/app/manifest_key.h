/* app/manifest_key.h - a group's key as a file of 64 hexadecimal digits, its owner's alone; public
 * keys as the same number of digits on the command line. */
#ifndef LW_APP_MANIFEST_KEY_H
#define LW_APP_MANIFEST_KEY_H

#include "app/opts.h"
#include "crypt/sign.h"

/* A new file with a new key; LW_EIO where something is already there. */
int lw_manifest_key_make(const char *path, struct lw_signer *out, struct lw_why *why);
/* LW_EFORMAT also where others may read the file. */
int lw_manifest_key_read(const char *path, struct lw_signer *out, struct lw_why *why);

/* Public keys as options give them, one after another. */
struct lw_manifest_keys {
    size_t n;
    uint8_t bytes[LW_OPT_LIST_MAX * LW_SIGN_PUBLIC];
};
int lw_manifest_keys_parse(struct lw_manifest_keys *out, const struct lw_opt_list *list,
                           struct lw_why *why);

#endif
