#include "eval/ablation.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/rng.h"
#include "eval/html.h"

enum { REPLICATES = 2000 };

struct ratio {
    double n, of;
};

static void add(struct ratio *r, const struct lw_vehicle_score *v, size_t rate)
{
    r->n += v->n[rate];
    r->of += v->of[rate];
}

static double difference(const struct ratio *a, const struct ratio *b)
{
    return a->of > 0 && b->of > 0 ? a->n / a->of - b->n / b->of : NAN;
}

struct pairing {
    const struct lw_vehicle_score *whole, *without;
    size_t n;
};

static double draw(const struct pairing *p, size_t rate, struct lw_rng *rng)
{
    struct ratio a = {0}, b = {0};
    for (size_t i = 0; i < p->n; i++) {
        const size_t k = lw_rng_below(rng, (uint32_t)p->n);
        add(&a, &p->whole[k], rate);
        add(&b, &p->without[k], rate);
    }
    return difference(&a, &b);
}

static struct lw_gain gain_of(const struct pairing *p, size_t rate, double *scratch)
{
    struct ratio a = {0}, b = {0};
    struct lw_gain g = {0};
    struct lw_rng rng = lw_rng_seed(1);
    size_t kept = 0;
    for (size_t i = 0; i < p->n; i++) {
        add(&a, &p->whole[i], rate);
        add(&b, &p->without[i], rate);
        g.up += p->whole[i].n[rate] > p->without[i].n[rate];
        g.down += p->whole[i].n[rate] < p->without[i].n[rate];
    }
    g.value = difference(&a, &b);
    for (size_t i = 0; i < REPLICATES && !isnan(g.value); i++) {
        scratch[kept] = draw(p, rate, &rng);
        if (!isnan(scratch[kept]))
            kept++;
    }
    lw_percentile_interval(scratch, kept, &g.low, &g.high);
    return g;
}

int lw_ablation_weigh(struct lw_ablation *a, const struct lw_vehicle_score *whole,
                      const struct lw_vehicle_score *without, size_t n)
{
    const struct pairing p = {whole, without, n};
    LW_AUTO_MEM(double) scratch = calloc(REPLICATES, sizeof(*scratch));
    if (!scratch)
        return LW_ENOMEM;
    int r = lw_crossing_rates(a->without, without, n, NULL);
    for (size_t i = 0; r >= 0 && i < LW_CROSSING_RATES; i++)
        a->gain[i] = gain_of(&p, i, scratch);
    return r;
}

void lw_gain_print(char out[LW_GAIN_TEXT], const struct lw_gain *g)
{
    if (isnan(g->value))
        snprintf(out, LW_GAIN_TEXT, "-");
    else if (g->up + g->down == 0 && g->low >= 0 && g->high <= 0)
        snprintf(out, LW_GAIN_TEXT, "0");
    else
        snprintf(out, LW_GAIN_TEXT, "%+.1f [%+.1f, %+.1f]", 100 * g->value, 100 * g->low,
                 100 * g->high);
}

/* ---- summary.json ---- */

static bool is_row(size_t rate)
{
    return rate >= LW_RATE_CAPTURE_ROW1 && rate <= LW_RATE_CAPTURE_ROW3;
}

static void put_key(struct lw_strbuf *b, size_t rate)
{
    if (is_row(rate))
        lw_strbuf_puts(b, "\"capture_rate_row_");
    else
        lw_strbuf_putc(b, '"');
    lw_strbuf_printf(b, "%s\": ", lw_crossing_rate_name((enum lw_crossing_rate)rate));
}

static void put_gain(struct lw_strbuf *b, const struct lw_gain *g)
{
    lw_strbuf_puts(b, "{\"value\": ");
    lw_json_put_double(b, g->value);
    lw_strbuf_puts(b, ", \"ci95\": [");
    lw_json_put_double(b, g->low);
    lw_strbuf_puts(b, ", ");
    lw_json_put_double(b, g->high);
    lw_strbuf_printf(b, "], \"vehicles_up\": %zu, \"vehicles_down\": %zu}", g->up, g->down);
}

/* "closer-look" is closer_look in JSON. */
static void put_name(struct lw_strbuf *b, const char *name)
{
    for (; *name; name++)
        lw_strbuf_putc(b, *name == '-' ? '_' : *name);
}

static void put_step(struct lw_strbuf *b, const struct lw_ablation *a)
{
    lw_strbuf_puts(b, "    \"");
    put_name(b, a->name);
    lw_strbuf_puts(b, "\": {\n      \"left_out\": ");
    lw_json_put_string(b, a->about);
    for (size_t i = 0; i < LW_CROSSING_RATES; i++) {
        lw_strbuf_puts(b, ",\n      ");
        put_key(b, i);
        lw_strbuf_puts(b, "{\"without\": ");
        lw_rate_put_json(b, &a->without[i]);
        lw_strbuf_puts(b, ", \"difference\": ");
        put_gain(b, &a->gain[i]);
        lw_strbuf_putc(b, '}');
    }
    lw_strbuf_puts(b, ",\n      \"cpu_ms_per_vehicle\": ");
    lw_json_put_double(b, a->cpu_ms_per_vehicle);
    lw_strbuf_puts(b, ",\n      \"answer_ms_p95\": ");
    lw_json_put_double(b, a->answer_p95_ms);
    lw_strbuf_puts(b, "\n    }");
}

void lw_ablated_put_json(struct lw_strbuf *b, const struct lw_ablated *a)
{
    lw_strbuf_puts(b, "{\n");
    for (size_t i = 0; i < a->n; i++) {
        put_step(b, &a->rows[i]);
        lw_strbuf_puts(b, i + 1 < a->n ? ",\n" : "\n");
    }
    lw_strbuf_puts(b, "  }");
}

/* ---- table ---- */

static const struct {
    enum lw_crossing_rate rate;
    const char *title;
} shown[] = {{LW_RATE_VEHICLE_COMPLETENESS, "Vehicles complete"},
             {LW_RATE_CAPTURE, "Occupants captured"},
             {LW_RATE_TRUE_VERIFICATION, "True verification"},
             {LW_RATE_VEHICLE_VERIFIED_DOCUMENTED, "Wholly verified"},
             {LW_RATE_PHANTOM, "With a phantom"}};

void lw_ablated_put_text(struct lw_strbuf *b, const struct lw_ablated *a)
{
    lw_strbuf_printf(b,
                     "\nwhat each step is worth, in points (the whole chain minus without):\n"
                     "%-14s",
                     "");
    for (size_t i = 0; i < LW_COUNT(shown); i++)
        lw_strbuf_printf(b, "  %-20s", shown[i].title);
    lw_strbuf_puts(b, "  CPU ms\n");
    for (size_t k = 0; k < a->n; k++) {
        lw_strbuf_printf(b, "%-14s", a->rows[k].name);
        for (size_t i = 0; i < LW_COUNT(shown); i++) {
            char text[LW_GAIN_TEXT];
            lw_gain_print(text, &a->rows[k].gain[shown[i].rate]);
            lw_strbuf_printf(b, "  %-20s", text);
        }
        lw_strbuf_printf(b, "  %+.0f\n", a->cpu_ms_per_vehicle - a->rows[k].cpu_ms_per_vehicle);
    }
}

static void put_heads(struct lw_strbuf *b)
{
    lw_strbuf_puts(b, "<div class=\"scroll\"><table><thead><tr><th>without</th>");
    for (size_t i = 0; i < LW_COUNT(shown); i++)
        lw_strbuf_printf(b, "<th class=\"n\">%s</th>", shown[i].title);
    lw_strbuf_puts(b, "<th class=\"n\">CPU, answer</th></tr></thead><tbody>\n");
}

static void put_costs(struct lw_strbuf *b, double cpu_ms, double answer_ms)
{
    lw_strbuf_printf(b, "<td class=\"n\">%.2f s<br><span class=\"soft\">%.0f ms</span></td></tr>\n",
                     cpu_ms / 1000, answer_ms);
}

static void put_table(struct lw_strbuf *b, const struct lw_ablated *a)
{
    put_heads(b);
    lw_strbuf_puts(b, "<tr><td>nothing: the whole chain</td>");
    for (size_t i = 0; i < LW_COUNT(shown); i++)
        lw_strbuf_printf(b, "<td class=\"n\">%.1f %%</td>", 100 * a->rates[shown[i].rate].value);
    put_costs(b, a->cpu_ms_per_vehicle, a->answer_p95_ms);
    for (size_t k = 0; k < a->n; k++) {
        const struct lw_ablation *row = &a->rows[k];
        lw_strbuf_puts(b, "<tr><td style=\"min-width:24ch\"><b>");
        lw_strbuf_put_html(b, row->name);
        lw_strbuf_puts(b, "</b><br><span class=\"soft\">");
        lw_strbuf_put_html(b, row->about);
        lw_strbuf_puts(b, "</span></td>");
        for (size_t i = 0; i < LW_COUNT(shown); i++) {
            char text[LW_GAIN_TEXT];
            lw_gain_print(text, &row->gain[shown[i].rate]);
            lw_strbuf_printf(b, "<td class=\"n\">%.1f %%<br><span class=\"soft\">%s</span></td>",
                             100 * row->without[shown[i].rate].value, text);
        }
        put_costs(b, row->cpu_ms_per_vehicle, row->answer_p95_ms);
    }
    lw_strbuf_puts(b, "</tbody></table></div>\n");
}

void lw_ablated_put_html(struct lw_strbuf *b, const struct lw_ablated *a)
{
    lw_html_section(b, "What each step is worth");
    lw_strbuf_puts(b, "<div class=\"scroll\">\n");
    lw_ablated_put_plot(b, a, false);
    lw_strbuf_puts(b, "</div>\n");
    put_table(b, a);
    lw_html_p(
        b, "foot",
        "The same vehicles again with one step left out. Under each rate: how many points the "
        "step adds, with a 95 % interval (vehicles drawn with replacement, both ways of "
        "working from the same draw); a bare 0 where no vehicle differs. Steps lean on each other: "
        "what they add one by one "
        "does not sum up to what they add together.");
    lw_html_section_end(b);
}
