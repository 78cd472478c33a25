/* eval/rates.h - a proportion with its 95 % interval: the one form in which rates are reported. */
#ifndef LW_EVAL_RATES_H
#define LW_EVAL_RATES_H

#include "base/strbuf.h"

struct lw_rate {
    double value;     /* n / of; NaN where of is 0 */
    double n, of;     /* counts; whole numbers except where ties count half */
    double low, high; /* 95 % interval, NaN where of is 0 */
};

/* Wilson's score interval (Wilson 1927; Brown, Cai and DasGupta 2001 recommend it for all n). It
 * keeps a width when n is 0 or all: none of 1000 gives [0, 0.0038]. Trials are taken as
 * independent; where they are not, the caller widens. */
struct lw_rate lw_rate_of(double n, double of);

/* Let the interval reach to low and high as well; NaN changes nothing. */
void lw_rate_widen(struct lw_rate *r, double low, double high);

/* The 2.5 % and 97.5 % quantiles of n values (sorted in place) that a bootstrap gave; NaN if n is
 * 0.
 */
void lw_percentile_interval(double *v, size_t n, double *low, double *high);

/* {"value": x, "n": n, "of": of, "ci95": [low, high]}, null for NaN. */
void lw_rate_put_json(struct lw_strbuf *b, const struct lw_rate *r);

enum { LW_RATE_TEXT = 64 };
/* "1.07 % [0.86, 1.33]", or "-" where of is 0. */
void lw_rate_print(char out[LW_RATE_TEXT], const struct lw_rate *r);

#endif
