#include "eval/rates.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"

static const double Z95 = 1.959963984540054; /* normal quantile at 0.975 */

struct lw_rate lw_rate_of(double n, double of)
{
    struct lw_rate r = {.value = NAN, .n = n, .of = of, .low = NAN, .high = NAN};
    if (!(of > 0))
        return r;
    const double p = n / of, zz = Z95 * Z95;
    const double centre = (p + zz / (2 * of)) / (1 + zz / of);
    const double half = Z95 / (1 + zz / of) * sqrt(p * (1 - p) / of + zz / (4 * of * of));
    r.value = p;
    /* Exactly 0 and 1 at the ends, where rounding would leave a trace. */
    r.low = n <= 0 ? 0 : fmax(0, centre - half);
    r.high = n >= of ? 1 : fmin(1, centre + half);
    return r;
}

void lw_rate_widen(struct lw_rate *r, double low, double high)
{
    if (low < r->low)
        r->low = low;
    if (high > r->high)
        r->high = high;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Between the two neighbours, as R's default (type 7) does. */
static double quantile(const double *sorted, size_t n, double q)
{
    double at = q * (double)(n - 1);
    size_t i = (size_t)at;
    double rest = at - (double)i;
    return i + 1 < n ? sorted[i] + rest * (sorted[i + 1] - sorted[i]) : sorted[n - 1];
}

void lw_percentile_interval(double *v, size_t n, double *low, double *high)
{
    *low = *high = NAN;
    if (n == 0)
        return;
    qsort(v, n, sizeof(*v), by_value);
    *low = quantile(v, n, 0.025);
    *high = quantile(v, n, 0.975);
}

static void put_count(struct lw_strbuf *b, double n)
{
    if (n == floor(n) && n < 1e18)
        lw_strbuf_printf(b, "%.0f", n);
    else
        lw_json_put_double(b, n);
}

void lw_rate_put_json(struct lw_strbuf *b, const struct lw_rate *r)
{
    lw_strbuf_puts(b, "{\"value\": ");
    lw_json_put_double(b, r->value);
    lw_strbuf_puts(b, ", \"n\": ");
    put_count(b, r->n);
    lw_strbuf_puts(b, ", \"of\": ");
    put_count(b, r->of);
    lw_strbuf_puts(b, ", \"ci95\": [");
    lw_json_put_double(b, r->low);
    lw_strbuf_puts(b, ", ");
    lw_json_put_double(b, r->high);
    lw_strbuf_puts(b, "]}");
}

void lw_rate_print(char out[LW_RATE_TEXT], const struct lw_rate *r)
{
    if (isnan(r->value)) {
        snprintf(out, LW_RATE_TEXT, "-");
        return;
    }
    /* As many digits as the interval deserves. */
    double size = 100 * (r->high - r->low);
    int digits = size >= 5 ? 1 : size >= 0.05 ? 2 : 4;
    snprintf(out, LW_RATE_TEXT, "%.*f %% [%.*f, %.*f]", digits, 100 * r->value, digits,
             100 * r->low, digits, 100 * r->high);
}
