/* crypt/seen.h - how far an audit chain has come, after every transaction, in a few bytes beside
 * the key file (docs/formats/key-file.md); for keyfile.c alone. One owner, no locks.
 *
 * The key file's own anchor is renewed at checkpoints, since replacing that file takes three waits
 * for the disk. These bytes are written without waiting: they survive the end of a program, so that
 * a chain that is cut after its last checkpoint is found; after a power cut they may be behind. */
#ifndef LW_CRYPT_SEEN_H
#define LW_CRYPT_SEEN_H

#include "crypt/keys.h"

struct lw_seen {
    int fd; /* -1: not open yet */
};
#define LW_SEEN_INIT ((struct lw_seen){.fd = -1})

/* Best effort: what cannot be written is not. key: 32 bytes. */
void lw_seen_write(struct lw_seen *s, const char *keyfile, const uint8_t key[32],
                   const struct lw_anchor *a);
/* False where there is nothing, or not what the owner of the key wrote. */
bool lw_seen_read(const char *keyfile, const uint8_t key[32], struct lw_anchor *out);
void lw_seen_close(struct lw_seen *s);

#endif
