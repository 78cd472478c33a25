#include "crypt/seen.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* 8 bytes number, big-endian, 32 bytes hash, 32 bytes HMAC-SHA-256 over "lanewise-seen-1" and both.
 */
enum { MAGIC = 15, NUMBER = 8, HASH = 32, BYTES = NUMBER + HASH + LW_HMAC_BYTES };

static char *path_of(const char *keyfile)
{
    char *path = NULL;
    return asprintf(&path, "%s.seen", keyfile) < 0 ? NULL : path;
}

static int seal(uint8_t out[LW_HMAC_BYTES], const uint8_t key[32], const uint8_t *bytes)
{
    uint8_t message[MAGIC + NUMBER + HASH];
    memcpy(message, "lanewise-seen-1", MAGIC);
    memcpy(message + MAGIC, bytes, NUMBER + HASH);
    return lw_hmac(out, (struct lw_span){.data = key, .n = 32},
                   (struct lw_span){.data = message, .n = sizeof(message)});
}

void lw_seen_write(struct lw_seen *s, const char *keyfile, const uint8_t key[32],
                   const struct lw_anchor *a)
{
    uint8_t bytes[BYTES];
    if (s->fd < 0) {
        LW_AUTO_MEM(char) path = path_of(keyfile);
        s->fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;
    }
    for (int i = 0; i < NUMBER; i++)
        bytes[i] = (uint8_t)((uint64_t)a->seq >> (8 * (NUMBER - 1 - i)));
    memcpy(bytes + NUMBER, a->hash, HASH);
    if (s->fd >= 0 && seal(bytes + NUMBER + HASH, key, bytes) == LW_OK &&
        pwrite(s->fd, bytes, BYTES, 0) != BYTES)
        lw_seen_close(s); /* tried again with the next one */
}

bool lw_seen_read(const char *keyfile, const uint8_t key[32], struct lw_anchor *out)
{
    uint8_t bytes[BYTES + 1], expected[LW_HMAC_BYTES];
    LW_AUTO_MEM(char) path = path_of(keyfile);
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW) : -1;
    if (fd < 0)
        return false;
    ssize_t n = read(fd, bytes, sizeof(bytes));
    close(fd);
    if (n != BYTES || seal(expected, key, bytes) < 0 ||
        memcmp(expected, bytes + NUMBER + HASH, sizeof(expected)) != 0)
        return false;
    uint64_t seq = 0;
    for (int i = 0; i < NUMBER; i++)
        seq = seq << 8 | bytes[i];
    *out = (struct lw_anchor){.seq = (int64_t)seq};
    memcpy(out->hash, bytes + NUMBER, HASH);
    return true;
}

void lw_seen_close(struct lw_seen *s)
{
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
}
