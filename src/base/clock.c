#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec ts;
    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * LW_SEC + ts.tv_nsec;
}

int64_t lw_now_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

int64_t lw_now_utc_us(void)
{
    return read_clock(CLOCK_REALTIME) / LW_US;
}

int64_t lw_cpu_ns(void)
{
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

void lw_time_print(char out[LW_TIME_TEXT], int64_t utc_us)
{
    struct tm tm = {0};
    time_t s = (time_t)(utc_us / 1000000);
    if (utc_us < 0 || !gmtime_r(&s, &tm) || tm.tm_year > 8099) {
        memcpy(out, "0000-00-00T00:00:00.000Z", sizeof("0000-00-00T00:00:00.000Z"));
        return;
    }
    snprintf(out, LW_TIME_TEXT, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
             (unsigned)(tm.tm_year + 1900) % 10000, (unsigned)(tm.tm_mon + 1) % 100,
             (unsigned)tm.tm_mday % 100, (unsigned)tm.tm_hour % 100, (unsigned)tm.tm_min % 100,
             (unsigned)tm.tm_sec % 100, (unsigned)(utc_us / 1000 % 1000));
}

/* n decimal digits, or -1. */
static int digits(const char **s, int n)
{
    int v = 0;
    for (int i = 0; i < n; i++, (*s)++) {
        if (**s < '0' || **s > '9')
            return -1;
        v = 10 * v + (**s - '0');
    }
    return v;
}

static bool take(const char **s, char c)
{
    if (**s != c)
        return false;
    (*s)++;
    return true;
}

static int fraction_us(const char **s)
{
    if (!take(s, '.'))
        return 0;
    int v = 0, n = 0;
    for (; **s >= '0' && **s <= '9'; (*s)++, n++)
        if (n < 6)
            v = 10 * v + (**s - '0');
    if (n == 0 || n > 6)
        return -1;
    for (; n < 6; n++)
        v *= 10;
    return v;
}

static bool date_exists(int y, int m, int d)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (y < 1970 || m < 1 || m > 12 || d < 1)
        return false;
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    return d <= days[m - 1] + (m == 2 && leap);
}

int lw_time_parse(const char *s, int64_t *utc_us)
{
    int y = digits(&s, 4);
    if (y < 0 || !take(&s, '-'))
        return LW_EFORMAT;
    int mo = digits(&s, 2);
    if (mo < 0 || !take(&s, '-'))
        return LW_EFORMAT;
    int d = digits(&s, 2);
    if (d < 0 || !take(&s, 'T') || !date_exists(y, mo, d))
        return LW_EFORMAT;
    int h = digits(&s, 2);
    if (h < 0 || h > 23 || !take(&s, ':'))
        return LW_EFORMAT;
    int mi = digits(&s, 2);
    if (mi < 0 || mi > 59 || !take(&s, ':'))
        return LW_EFORMAT;
    int sec = digits(&s, 2);
    if (sec < 0 || sec > 59)
        return LW_EFORMAT;
    int us = fraction_us(&s);
    if (us < 0 || !take(&s, 'Z') || *s)
        return LW_EFORMAT;
    struct tm tm = {.tm_year = y - 1900,
                    .tm_mon = mo - 1,
                    .tm_mday = d,
                    .tm_hour = h,
                    .tm_min = mi,
                    .tm_sec = sec};
    *utc_us = (int64_t)timegm(&tm) * 1000000 + us;
    return LW_OK;
}

static const char crockford[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void lw_ulid_print(char out[LW_ULID_TEXT], int64_t utc_us, const uint8_t random[10])
{
    uint64_t ms = (uint64_t)(utc_us / 1000);
    for (int i = 9; i >= 0; i--, ms >>= 5)
        out[i] = crockford[ms & 31];
    unsigned acc = 0, bits = 0;
    char *o = out + 10;
    for (int i = 0; i < 10; i++) {
        acc = (acc << 8) | random[i];
        for (bits += 8; bits >= 5; bits -= 5)
            *o++ = crockford[(acc >> (bits - 5)) & 31];
    }
    *o = '\0';
}

bool lw_ulid_valid(const char *s)
{
    return strlen(s) == LW_ULID_TEXT - 1 && strspn(s, crockford) == LW_ULID_TEXT - 1 && s[0] <= '7';
}
