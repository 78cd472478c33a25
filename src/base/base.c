#include "base/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *lw_err_name(int code)
{
    switch (code) {
    case LW_OK:
        return "ok";
    case LW_EINVAL:
        return "invalid argument";
    case LW_ENOMEM:
        return "out of memory";
    case LW_EIO:
        return "input/output error";
    case LW_ETRUNC:
        return "truncated";
    case LW_EFORMAT:
        return "bad format";
    case LW_ELIMIT:
        return "over a limit";
    case LW_ENOTFOUND:
        return "not found";
    case LW_EAGAIN:
        return "not now";
    case LW_ETIMEOUT:
        return "timed out";
    case LW_ECRYPTO:
        return "cryptographic failure";
    case LW_EUNSUP:
        return "not supported";
    default:
        return "unknown fault";
    }
}

/* Messages may quote outside bytes: one line, printable, whatever came in. UTF-8 stays. */
static void keep_printable(char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            *s = '?';
}

int lw_why_set(struct lw_why *why, int code, int64_t offset, const char *fmt, ...)
{
    if (!why)
        return code;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(why->text, sizeof(why->text), fmt, ap);
    va_end(ap);
    keep_printable(why->text);
    why->code = code;
    why->offset = offset;
    return code;
}

void lw_why_prefix(struct lw_why *why, const char *fmt, ...)
{
    if (!why)
        return;
    char prefix[LW_WHY_TEXT];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(prefix, sizeof(prefix), fmt, ap);
    va_end(ap);
    char whole[2 * LW_WHY_TEXT + 2];
    snprintf(whole, sizeof(whole), "%s: %s", prefix, why->text);
    whole[LW_WHY_TEXT - 1] = '\0';
    memcpy(why->text, whole, LW_WHY_TEXT);
    keep_printable(why->text);
}

void lw_mem_cleanup(void *pp)
{
    void *p;
    memcpy(&p, pp, sizeof(p));
    free(p);
}

void lw_wipe(void *p, size_t n)
{
    if (p && n)
        explicit_bzero(p, n);
}
