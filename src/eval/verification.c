#include "eval/verification.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/json.h"
#include "eval/html.h"

static void put_key(struct lw_strbuf *b, const char *key)
{
    lw_strbuf_printf(b, "  \"%s\": ", key);
}

static void put_rate(struct lw_strbuf *b, const char *key, const struct lw_rate *r)
{
    put_key(b, key);
    lw_rate_put_json(b, r);
    lw_strbuf_puts(b, ",\n");
}

void lw_verification_put_json(struct lw_strbuf *b, const struct lw_verification *v)
{
    const struct lw_scores *s = v->scores;
    lw_strbuf_printf(b, "{\n  \"pairs\": %" PRId64 ",\n  \"genuine\": %" PRId64,
                     s->genuine + s->impostor, s->genuine);
    lw_strbuf_printf(b, ",\n  \"impostor\": %" PRId64 ",\n", s->impostor);
    put_rate(b, "fta", &v->fta);
    put_rate(b, "auc", &v->est.auc);
    put_rate(b, "eer", &v->est.eer);
    put_rate(b, "accuracy_10fold", &v->accuracy);
    put_key(b, "fnmr_at_fmr");
    for (size_t i = 0; i < LW_FMR_TARGETS; i++) {
        lw_strbuf_printf(b, "%s\n    \"%s\": ", i ? "," : "{", lw_fmr_target_names[i]);
        lw_rate_put_json(b, &v->est.fnmr[i]);
    }
    lw_strbuf_puts(b, "\n  },\n");
    put_key(b, "threshold_at_fmr");
    for (size_t i = 0; i < LW_FMR_TARGETS; i++) {
        lw_strbuf_printf(b, "%s\"%s\": ", i ? ", " : "{", lw_fmr_target_names[i]);
        lw_json_put_float(b, v->est.threshold[i]);
    }
    lw_strbuf_puts(b, "}\n}\n");
}

static void put_line(struct lw_strbuf *b, const char *name, const struct lw_rate *r)
{
    char text[LW_RATE_TEXT];
    lw_rate_print(text, r);
    lw_strbuf_printf(b, "%-26s %s\n", name, text);
}

void lw_verification_put_text(struct lw_strbuf *b, const struct lw_verification *v)
{
    char genuine[LW_COUNT_TEXT], impostor[LW_COUNT_TEXT];
    const struct lw_scores *s = v->scores;
    lw_count_print(genuine, s->genuine);
    lw_count_print(impostor, s->impostor);
    lw_strbuf_printf(b, "%-26s %s genuine, %s impostor\n", "comparisons", genuine, impostor);
    put_line(b, "failure to acquire", &v->fta);
    put_line(b, "equal error rate", &v->est.eer);
    put_line(b, "accuracy, ten folds", &v->accuracy);
    lw_strbuf_printf(b, "%-26s %.6f\n", "area under the ROC curve", v->est.auc.value);
    lw_strbuf_puts(b, "\n    FMR  threshold  false matches  FNMR [95 % interval]\n");
    for (size_t i = 0; i < LW_FMR_TARGETS; i++) {
        char text[LW_RATE_TEXT];
        lw_rate_print(text, &v->est.fnmr[i]);
        lw_strbuf_printf(b, "%5.4g %%  %9.4f  %13" PRId64 "  %s\n", 100 * lw_fmr_targets[i],
                         (double)v->est.threshold[i], v->est.false_matches[i], text);
    }
}

/* How many false matches keep the upper end of FMR's interval at or below fmr; -1: not even none.
 */
static int64_t allowed_for_sure(const struct lw_scores *s, double fmr)
{
    int64_t lo = -1, hi = lw_scores_allowed(s, fmr);
    while (lo < hi) {
        int64_t mid = lo + (hi - lo + 1) / 2;
        if (lw_rate_of((double)mid, (double)s->impostor).high <= fmr)
            lo = mid;
        else
            hi = mid - 1;
    }
    return lo;
}

/* The threshold of a row, or where everything matches: the lowest score there is. */
static float calibrated_threshold(const struct lw_scores *s, int64_t allowed)
{
    float t = lw_scores_threshold(s, allowed);
    if (t > -INFINITY)
        return t;
    return s->n_bins ? s->bins_low : s->top[s->n_top - 1].score;
}

static void put_rows(struct lw_strbuf *b, const struct lw_scores *s)
{
    static const double steps[] = {1, 0.5, 0.2};
    double decade = 1;
    float last = -INFINITY;
    for (size_t i = 0; s->n_top > 0; i++) {
        if (i > 0 && i % LW_COUNT(steps) == 0)
            decade /= 10;
        double fmr = decade * steps[i % LW_COUNT(steps)];
        int64_t allowed = allowed_for_sure(s, fmr);
        if (allowed < LW_CALIBRATION_MIN)
            return;
        float t = calibrated_threshold(s, allowed);
        if (!(t > last)) /* where scores are few, steps fall together */
            continue;
        lw_strbuf_printf(b, "%s    [%.3g, ", last > -INFINITY ? ",\n" : "", fmr);
        lw_json_put_float(b, t);
        lw_strbuf_putc(b, ']');
        last = t;
    }
}

void lw_verification_put_calibration(struct lw_strbuf *b, const struct lw_verification *v,
                                     const char *data, const char *command)
{
    lw_strbuf_puts(b, "{\n  \"data\": ");
    lw_json_put_string(b, data);
    lw_strbuf_puts(b, ",\n  \"command\": ");
    lw_json_put_string(b, command);
    lw_strbuf_puts(b, ",\n  \"method\": \"smallest threshold at which the upper end of the 95 % "
                      "interval (Wilson) of the measured FMR is at most fmr\"");
    lw_strbuf_printf(b, ",\n  \"genuine_pairs\": %" PRId64 ",\n  \"impostor_pairs\": %" PRId64,
                     v->scores->genuine, v->scores->impostor);
    lw_strbuf_puts(b, ",\n  \"rows\": [\n");
    put_rows(b, v->scores);
    lw_strbuf_puts(b, "\n  ]\n}\n");
}
