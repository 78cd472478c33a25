/* Which century? Doc 9303 prints two digits of the year and has no rule for the rest (part 3, 4.8),
 * so that a date is given in full only where one century alone makes sense on the day of reading:
 * a holder was born on or before that day and is at most 110 years old; an expiry date lies less
 * than 50 years before or after it. So 10 January "20" read in 2026 stays open for a birth (6 years
 * old or 106) and is 2020 for an expiry. */
#include "doc/mrz_layout.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

enum { AGE_MAX_YEARS = 110, EXPIRY_WINDOW_YEARS = 50, FIRST_CENTURY = 1800, LAST_CENTURY = 2200 };

struct day {
    int y, m, d;
};

static int two(const char *s)
{
    return s[0] >= '0' && s[0] <= '9' && s[1] >= '0' && s[1] <= '9'
               ? (s[0] - '0') * 10 + (s[1] - '0')
               : -1;
}

static bool leap(int y)
{
    return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

static int days_in(int y, int m)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return m == 2 && leap(y) ? 29 : days[m - 1];
}

static bool exists(struct day a)
{
    return a.m >= 1 && a.m <= 12 && a.d >= 1 && a.d <= days_in(a.y, a.m);
}

/* Order of two days; a day that is shifted by years into no leap year still compares well. */
static int order(struct day a, struct day b)
{
    if (a.y != b.y)
        return a.y < b.y ? -1 : 1;
    if (a.m != b.m)
        return a.m < b.m ? -1 : 1;
    return a.d < b.d ? -1 : a.d > b.d;
}

static struct day years_later(struct day a, int years)
{
    a.y += years;
    return a;
}

static struct day day_of(int64_t utc_us)
{
    char text[LW_TIME_TEXT];
    lw_time_print(text, utc_us);
    return (struct day){two(text) * 100 + two(text + 2), two(text + 5), two(text + 8)};
}

/* The only day between first and last, both included, that ends in yymmdd. */
static bool only_day(char iso[11], const char yymmdd[6], struct day first, struct day last)
{
    const int yy = two(yymmdd), m = two(yymmdd + 2), d = two(yymmdd + 4);
    int found = 0;
    iso[0] = '\0';
    if (yy < 0 || m < 0 || d < 0)
        return false;
    for (int century = FIRST_CENTURY; century <= LAST_CENTURY; century += 100) {
        struct day a = {century + yy, m, d};
        if (!exists(a) || order(a, first) < 0 || order(a, last) > 0)
            continue;
        found++;
        snprintf(iso, 11, "%04u-%02u-%02u", (unsigned)a.y % 10000, (unsigned)a.m % 100,
                 (unsigned)a.d % 100);
    }
    if (found != 1)
        iso[0] = '\0';
    return found == 1;
}

bool lw_mrz_birth_iso(char iso[11], const char yymmdd[6], int64_t today_utc_us)
{
    struct day today = day_of(today_utc_us);
    return only_day(iso, yymmdd, years_later(today, -AGE_MAX_YEARS), today);
}

bool lw_mrz_expiry_iso(char iso[11], const char yymmdd[6], int64_t today_utc_us)
{
    struct day today = day_of(today_utc_us);
    struct day last = years_later(today, EXPIRY_WINDOW_YEARS);
    last.d--; /* less than: the window holds each pair of digits once */
    return only_day(iso, yymmdd, years_later(today, -EXPIRY_WINDOW_YEARS), last);
}

static bool filler_pair(const char *s)
{
    return s[0] == '<' && s[1] == '<';
}

bool lw_mrz_date_possible(const char yymmdd[6])
{
    const char *mm = yymmdd + 2, *dd = yymmdd + 4;
    if ((two(yymmdd) < 0 && !filler_pair(yymmdd)) || (two(mm) < 0 && !filler_pair(mm)) ||
        (two(dd) < 0 && !filler_pair(dd)))
        return false;
    struct day a = {2000, 1, 1}; /* a leap year with a month of 31 days for what is unknown */
    if (two(yymmdd) >= 0)
        a.y = 2000 + two(yymmdd);
    if (two(mm) >= 0)
        a.m = two(mm);
    if (two(dd) >= 0)
        a.d = two(dd);
    return exists(a);
}
