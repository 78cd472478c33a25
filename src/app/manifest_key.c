#include "app/manifest_key.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "crypt/digest.h"
#include "crypt/hex.h"

enum { DIGITS = 2 * LW_SIGN_SEED };

static int write_seed(const char *path, const uint8_t seed[LW_SIGN_SEED], struct lw_why *why)
{
    char text[DIGITS + 2];
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return lw_why_set(why, LW_EIO, -1, "cannot be made: %s", strerror(errno));
    lw_hex_print(text, (struct lw_span){seed, LW_SIGN_SEED});
    text[DIGITS] = '\n';
    bool good = write(fd, text, DIGITS + 1) == DIGITS + 1 && fsync(fd) == 0;
    good &= close(fd) == 0;
    lw_wipe(text, sizeof(text));
    if (good)
        return LW_OK;
    unlink(path);
    return lw_why_set(why, LW_EIO, -1, "cannot be written: %s", strerror(errno));
}

int lw_manifest_key_make(const char *path, struct lw_signer *out, struct lw_why *why)
{
    uint8_t seed[LW_SIGN_SEED];
    int r = lw_random_bytes(seed, sizeof(seed));
    if (r == LW_OK)
        r = lw_signer_init(out, seed);
    if (r < 0)
        lw_why_set(why, r, -1, "no random bytes");
    else
        r = write_seed(path, seed, why);
    lw_wipe(seed, sizeof(seed));
    return r;
}

int lw_manifest_key_read(const char *path, struct lw_signer *out, struct lw_why *why)
{
    uint8_t seed[LW_SIGN_SEED];
    LW_AUTO_MEM(uint8_t) text = NULL;
    size_t n = 0;
    struct stat st;
    if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 077))
        return lw_why_set(why, LW_EFORMAT, -1, "may be used by others than its owner (mode %04o)",
                          (unsigned)st.st_mode & 07777u);
    int r = lw_file_read(path, 4096, &text, &n, why);
    if (r < 0)
        return r;
    if (n == DIGITS + 1 && text[DIGITS] == '\n')
        text[DIGITS] = '\0';
    if (strlen((char *)text) != DIGITS || lw_hex_parse(seed, sizeof(seed), (char *)text) < 0)
        r = lw_why_set(why, LW_EFORMAT, 0, "is no key of %d hexadecimal digits", DIGITS);
    else if (lw_signer_init(out, seed) < 0)
        r = lw_why_set(why, LW_ECRYPTO, -1, "cannot be used");
    lw_wipe(text, n);
    lw_wipe(seed, sizeof(seed));
    return r;
}

int lw_manifest_keys_parse(struct lw_manifest_keys *out, const struct lw_opt_list *list,
                           struct lw_why *why)
{
    out->n = 0;
    for (size_t i = 0; i < list->n; i++)
        if (strlen(list->v[i]) != 2 * LW_SIGN_PUBLIC ||
            lw_hex_parse(out->bytes + LW_SIGN_PUBLIC * out->n++, LW_SIGN_PUBLIC, list->v[i]) < 0)
            return lw_why_set(why, LW_EINVAL, -1, "\"%.70s\" is no key of %d hexadecimal digits",
                              list->v[i], 2 * LW_SIGN_PUBLIC);
    return LW_OK;
}
