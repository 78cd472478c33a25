/* base/base.h - the words that every room uses: error codes, why, spans, units, cleanup. */
#ifndef LW_BASE_BASE_H
#define LW_BASE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LW_VERSION "0.1.0"

/* A fault: we could not do the job. Functions return 0 or a count on success, else one of these.
 * Something learned about the input (a wrong check digit, no face) is a finding and no fault. */
enum lw_err {
    LW_OK = 0,
    LW_EINVAL = -1,    /* the caller's argument is out of range */
    LW_ENOMEM = -2,    /* no memory */
    LW_EIO = -3,       /* the operating system refused a read or write */
    LW_ETRUNC = -4,    /* the input ends too early */
    LW_EFORMAT = -5,   /* the input breaks its format */
    LW_ELIMIT = -6,    /* the input is larger than a limit allows */
    LW_ENOTFOUND = -7, /* no such file, key or entry */
    LW_EAGAIN = -8,    /* not now */
    LW_ETIMEOUT = -9,  /* not in time */
    LW_ECRYPTO = -10,  /* a cryptographic operation failed */
    LW_EUNSUP = -11    /* well formed, but not supported */
};

/* Short English name of a code, e.g. "truncated"; static storage. */
const char *lw_err_name(int code);

enum { LW_WHY_TEXT = 256 };

/* Filled only on failure: where and why. A caller that does not care passes NULL. */
struct lw_why {
    int code;               /* enum lw_err */
    int64_t offset;         /* byte offset in the input, -1 where it has no meaning */
    char text[LW_WHY_TEXT]; /* one line, no trailing stop; names the place and the rule */
};

/* Fill why (if not NULL; the text is cut, control characters become '?') and return code, so that
 * `return lw_why_set(why, LW_EFORMAT, pos, "...")` reads well. */
int lw_why_set(struct lw_why *why, int code, int64_t offset, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Put "prefix: " before the text of a filled why, for callers that know the file or the key. */
void lw_why_prefix(struct lw_why *why, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Borrowed bytes. */
struct lw_span {
    const uint8_t *data;
    size_t n;
};

/* A pointer freed on every return: LW_AUTO(lw_image) im = NULL; needs lw_image_free(T **). */
#define LW_AUTO(T) __attribute__((cleanup(T##_free))) struct T *
/* The same for plain malloc memory: LW_AUTO_MEM(char) text = NULL; */
#define LW_AUTO_MEM(T) __attribute__((cleanup(lw_mem_cleanup))) T *
void lw_mem_cleanup(void *pp); /* free(*pp), for LW_AUTO_MEM only */

#define LW_COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define LW_UNUSED(x) ((void)(x))

/* Durations are int64_t nanoseconds. */
#define LW_US ((int64_t)1000)
#define LW_MS ((int64_t)1000000)
#define LW_SEC ((int64_t)1000000000)

#define LW_KIB ((size_t)1024)
#define LW_MIB ((size_t)1024 * 1024)

/* Overwrite secret or biometric bytes; the compiler may not drop it. */
void lw_wipe(void *p, size_t n);

static inline int lw_mini(int a, int b)
{
    return a < b ? a : b;
}
static inline int lw_maxi(int a, int b)
{
    return a > b ? a : b;
}
static inline float lw_minf(float a, float b)
{
    return a < b ? a : b;
}
static inline float lw_maxf(float a, float b)
{
    return a > b ? a : b;
}
static inline float lw_clampf(float x, float lo, float hi)
{
    return x < lo ? lo : x > hi ? hi : x;
}

#endif
