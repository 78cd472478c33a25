/* crypt/keyfile_text.h - the contents of a key file, and its text; for keyfile.c alone. */
#ifndef LW_CRYPT_KEYFILE_TEXT_H
#define LW_CRYPT_KEYFILE_TEXT_H

#include "crypt/keys.h"

enum { LW_KEYFILE_KEYS_MAX = 40000, LW_KEYFILE_BYTES_MAX = 8 * 1024 * 1024 };

struct lw_wrapping_key {
    int64_t generation, until_utc_us;
    uint8_t key[LW_SEAL_KEY];
};

struct lw_keyfile_text {
    int64_t generation; /* new blobs are wrapped under it, from 1 */
    uint8_t seed[LW_SIGN_SEED];
    uint8_t identity[32];
    struct lw_anchor anchor;
    size_t n;
    struct lw_wrapping_key *keys; /* yours */
};

void lw_keyfile_text_wipe(struct lw_keyfile_text *t);
/* *text is yours: lw_wipe and free it. */
int lw_keyfile_text_print(const struct lw_keyfile_text *t, char **text, size_t *n,
                          struct lw_why *why);
int lw_keyfile_text_parse(struct lw_keyfile_text *out, struct lw_span text, struct lw_why *why);

#endif
