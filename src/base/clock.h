/* base/clock.h - the two clocks, RFC 3339 text and ULIDs. */
#ifndef LW_BASE_CLOCK_H
#define LW_BASE_CLOCK_H

#include "base/base.h"

int64_t lw_now_ns(void);     /* monotonic; inside the program */
int64_t lw_now_utc_us(void); /* microseconds since 1970-01-01 UTC; in records */
int64_t lw_cpu_ns(void);     /* CPU time of this process, all threads */

enum { LW_TIME_TEXT = 28 };
/* "2026-01-31T08:15:00.000Z", milliseconds. Years 1970..9999, else "0000-00-00T00:00:00.000Z". */
void lw_time_print(char out[LW_TIME_TEXT], int64_t utc_us);
/* RFC 3339 in UTC ("Z" only), with 0-6 fractional digits. LW_EFORMAT on anything else, leap
 * seconds and impossible dates included. */
int lw_time_parse(const char *s, int64_t *utc_us);

enum { LW_ULID_TEXT = 27 };
/* 26 characters of Crockford base 32: 48 bits of milliseconds, 80 random bits (ULID spec). */
void lw_ulid_print(char out[LW_ULID_TEXT], int64_t utc_us, const uint8_t random[10]);
bool lw_ulid_valid(const char *s); /* 26 digits of that alphabet, first one 0..7 */

#endif
