/* Which manifests were presented, in a text of one line each:
 *
 *     01KAS8... 3b6a27bc... 2026-11-24T08:00:00Z x0001
 *
 * id, the first 16 digits of the key, expiry, crossing ("-": none). A manifest that has expired is
 * refused for that, so its line is dropped at the next change and the file stays small. A change:
 * lock the file, look whether the name still means that file, read it, replace it whole, unlock. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "crypt/hex.h"
#include "doc/manifest.h"

enum { FILE_BYTES_MAX = 64 * 1024 * 1024, LINE_MAX_BYTES = 160, KEY_DIGITS = 16 };

static int open_locked(const char *path, int *fd, struct lw_why *why)
{
    struct stat opened, named;
    for (;;) {
        *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);
        if (*fd < 0)
            return lw_why_set(why, LW_EIO, -1, "cannot be opened: %s", strerror(errno));
        if (flock(*fd, LOCK_EX) == 0 && fstat(*fd, &opened) == 0 && stat(path, &named) == 0 &&
            opened.st_ino == named.st_ino && opened.st_dev == named.st_dev)
            return LW_OK;
        close(*fd); /* replaced while we waited */
    }
}

struct line {
    char id[LW_ULID_TEXT], key[KEY_DIGITS + 1], expires[32], crossing[65];
};

/* One line of the text at *pos; false at its end. *good: it is as it should be. */
static bool next_line(const char *text, size_t n, size_t *pos, struct line *out, bool *good)
{
    char copy[LINE_MAX_BYTES];
    const char *end = *pos < n ? memchr(text + *pos, '\n', n - *pos) : NULL;
    if (*pos >= n)
        return false;
    const size_t length = end ? (size_t)(end - text) - *pos : n - *pos;
    int used = 0;
    *good = false;
    if (end && length < sizeof(copy)) {
        memcpy(copy, text + *pos, length);
        copy[length] = '\0';
        *good = sscanf(copy, "%26s %16s %31s %64s%n", out->id, out->key, out->expires,
                       out->crossing, &used) == 4 &&
                (size_t)used == length && lw_ulid_valid(out->id);
    }
    *pos += length + 1;
    return true;
}

struct looking {
    const struct lw_manifest *m;
    const char *crossing;
    char key[2 * LW_SIGN_PUBLIC + 1];
    int64_t now_utc_us;
    struct lw_strbuf kept; /* lines that have not expired */
    bool here, again;
};

static int look(struct looking *l, const char *text, size_t n, struct lw_why *why)
{
    struct line line;
    size_t pos = 0, number = 0;
    bool good;
    while (next_line(text, n, &pos, &line, &good)) {
        int64_t expires_utc_us = 0;
        number++;
        if (!good || lw_time_parse(line.expires, &expires_utc_us) < 0)
            return lw_why_set(why, LW_EFORMAT, -1, "line %zu: not of a list of manifests", number);
        if (strcmp(line.id, l->m->id) == 0 && strncmp(line.key, l->key, KEY_DIGITS) == 0) {
            l->here = true;
            l->again |= l->crossing[0] == '\0' || strcmp(line.crossing, l->crossing) != 0;
        }
        if (expires_utc_us > l->now_utc_us)
            lw_strbuf_printf(&l->kept, "%s %s %s %s\n", line.id, line.key, line.expires,
                             line.crossing);
    }
    return LW_OK;
}

static int add(struct looking *l, const char *path, struct lw_why *why)
{
    char expires[LW_TIME_TEXT];
    lw_time_print(expires, l->m->expires_s * 1000000);
    lw_strbuf_printf(&l->kept, "%s %.16s %.19sZ %s\n", l->m->id, l->key, expires,
                     l->crossing[0] ? l->crossing : "-");
    if (lw_strbuf_err(&l->kept))
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    return lw_file_write(path, lw_strbuf_span(&l->kept), why);
}

int lw_manifest_remember(const char *path, const struct lw_manifest *m, const char *crossing,
                         int64_t now_utc_us, bool *again, struct lw_why *why)
{
    struct looking l = {.m = m, .crossing = crossing, .now_utc_us = now_utc_us};
    LW_AUTO_MEM(uint8_t) data = NULL;
    size_t n = 0;
    int fd;
    lw_hex_print(l.key, (struct lw_span){m->public_key, sizeof(m->public_key)});
    int r = open_locked(path, &fd, why);
    if (r < 0)
        return r;
    r = lw_file_read(path, FILE_BYTES_MAX, &data, &n, why);
    if (r == LW_OK)
        r = look(&l, (const char *)data, n, why);
    if (r == LW_OK && !l.here)
        r = add(&l, path, why);
    lw_strbuf_clear(&l.kept);
    close(fd);
    if (r == LW_OK)
        *again = l.again;
    return r;
}
