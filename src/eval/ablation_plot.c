/* Differences and rates as dots with their intervals, in SVG. */
#include <math.h>
#include <stdio.h>

#include "eval/ablation.h"

/* The colours of the report page (eval/html.c), for a picture that stands alone. */
static const char style[] =
    "<style>:root{--card:#fff;--ink:#1b2430;--soft:#5b6776;--line:#dfe3e9;--c0:#1f6feb;"
    "--c1:#d4620b}\n"
    "@media(prefers-color-scheme:dark){:root{--card:#182029;--ink:#e6ebf1;--soft:#9aa7b6;"
    "--line:#2b3643;--c0:#6ea8ff;--c1:#ff9d47}}\n"
    "text{fill:var(--ink);font:12px system-ui,'Segoe UI',Roboto,'Noto Sans',sans-serif}\n"
    ".tick{fill:var(--soft)}.grid{stroke:var(--line);fill:none}.axis{stroke:var(--soft)}\n"
    ".k0{--k:var(--c0)}.k1{--k:var(--c1)}.key{fill:var(--k)}\n"
    ".line{fill:none;stroke:var(--k);stroke-width:2.2}</style>\n"
    "<rect width=\"100%\" height=\"100%\" fill=\"var(--card)\"/>\n";

static void begin(struct lw_strbuf *b, int width, int height, const char *label, bool alone)
{
    const int edge = alone ? 14 : 0;
    if (alone)
        lw_strbuf_printf(b, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" ",
                         width + 2 * edge, height + 2 * edge);
    else
        lw_strbuf_puts(b, "<svg class=\"plot\" ");
    lw_strbuf_printf(b, "viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", width + 2 * edge,
                     height + 2 * edge);
    lw_strbuf_put_html(b, label);
    lw_strbuf_puts(b, "\">\n");
    if (alone)
        lw_strbuf_puts(b, style);
    lw_strbuf_printf(b, "<g transform=\"translate(%d %d)\">\n", edge, edge);
}

static void end(struct lw_strbuf *b)
{
    lw_strbuf_puts(b, "</g></svg>\n");
}

static void put_line(struct lw_strbuf *b, const char *class_name, double x0, double y0, double x1,
                     double y1)
{
    lw_strbuf_printf(b, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
                     class_name, x0, y0, x1, y1);
}

static void put_text(struct lw_strbuf *b, double x, double y, const char *rest, const char *text)
{
    lw_strbuf_printf(b, "<text x=\"%.1f\" y=\"%.1f\"%s>", x, y, rest);
    lw_strbuf_put_html(b, text);
    lw_strbuf_puts(b, "</text>\n");
}

static const char middle[] = " class=\"tick\" text-anchor=\"middle\"";

/* A dot with its interval. */
static void put_dot(struct lw_strbuf *b, int colour, double x, double low, double high, double y)
{
    lw_strbuf_printf(b, "<g class=\"k%d\">", colour);
    put_line(b, "line", low, y, high, y);
    lw_strbuf_printf(b, "<circle class=\"key\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/></g>\n", x, y);
}

/* ---- all steps ---- */

enum { LEFT = 120, PANEL = 270, GAP = 22, ROW = 30, HEAD = 46 };

static const struct {
    enum lw_crossing_rate rate;
    const char *title;
} panels[] = {{LW_RATE_VEHICLE_COMPLETENESS, "vehicles complete"},
              {LW_RATE_CAPTURE, "occupants captured"},
              {LW_RATE_TRUE_VERIFICATION, "true verification"}};

/* A round number of points that all intervals fit into. */
static double widest(const struct lw_ablated *a)
{
    static const double round[] = {0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0};
    double most = 0;
    size_t i = 0;
    for (size_t k = 0; k < a->n; k++)
        for (size_t p = 0; p < LW_COUNT(panels); p++) {
            const struct lw_gain *g = &a->rows[k].gain[panels[p].rate];
            most = fmax(most, fmax(fabs(g->low), fabs(g->high))); /* fmax passes NaN over */
        }
    while (i + 1 < LW_COUNT(round) && round[i] < most)
        i++;
    return round[i];
}

static double across(double points, double range)
{
    return PANEL / 2.0 + points / range * (PANEL / 2.0 - 12);
}

static void put_panel(struct lw_strbuf *b, const struct lw_ablated *a, size_t p, double range)
{
    const double bottom = HEAD + ROW * (double)a->n;
    lw_strbuf_printf(b, "<g transform=\"translate(%zu 0)\">\n", LEFT + p * (PANEL + GAP));
    put_text(b, PANEL / 2.0, 14, " text-anchor=\"middle\"", panels[p].title);
    for (int t = -2; t <= 2; t++) {
        char tick[16];
        const double x = across(t * range / 2, range);
        snprintf(tick, sizeof(tick), "%+g", 100 * t * range / 2);
        put_line(b, t ? "grid" : "axis", x, HEAD - 12, x, bottom);
        put_text(b, x, HEAD - 17, middle, t ? tick : "0");
    }
    for (size_t k = 0; k < a->n; k++) {
        const struct lw_gain *g = &a->rows[k].gain[panels[p].rate];
        char text[LW_GAIN_TEXT];
        lw_gain_print(text, g);
        if (isnan(g->value))
            continue;
        lw_strbuf_puts(b, "<g><title>");
        lw_strbuf_put_html(b, text);
        lw_strbuf_puts(b, "</title>");
        put_dot(b, 0, across(g->value, range), across(g->low, range), across(g->high, range),
                HEAD + ROW * ((double)k + 0.5));
        lw_strbuf_puts(b, "</g>\n");
    }
    lw_strbuf_puts(b, "</g>\n");
}

void lw_ablated_put_plot(struct lw_strbuf *b, const struct lw_ablated *a, bool alone)
{
    const int panel_count = (int)LW_COUNT(panels);
    const double range = widest(a);
    begin(b, LEFT + panel_count * (PANEL + GAP), HEAD + ROW * (int)a->n + 22,
          "Points that each step adds, with 95 % intervals", alone);
    for (size_t k = 0; k < a->n; k++)
        put_text(b, 0, HEAD + ROW * ((double)k + 0.5) + 4, "", a->rows[k].name);
    for (size_t p = 0; p < LW_COUNT(panels); p++)
        put_panel(b, a, p, range);
    put_text(b, LEFT + (panel_count * (PANEL + GAP) - GAP) / 2.0, HEAD + ROW * (double)a->n + 18,
             middle, "percentage points that the step adds; 95 % interval over vehicles");
    end(b);
}

/* ---- one step ---- */

enum { NAMES = 250, AXIS = 420, FIGURES = 160, PAIR = 40, TOP = 44 };

static const struct {
    enum lw_crossing_rate rate;
    const char *title;
} rates[] = {{LW_RATE_VEHICLE_COMPLETENESS, "vehicles complete"},
             {LW_RATE_VEHICLE_COMPLETENESS_ONE, "\xE2\x80\xA6 with the windshield camera alone"},
             {LW_RATE_CAPTURE, "occupants captured"},
             {LW_RATE_CAPTURE_ROW3, "\xE2\x80\xA6 in row 3"},
             {LW_RATE_TRUE_VERIFICATION, "true verification"},
             {LW_RATE_VEHICLE_VERIFIED_DOCUMENTED, "documented vehicles wholly verified"},
             {LW_RATE_PHANTOM, "vehicles with a phantom"}};

static double at_share(double share)
{
    return NAMES + share * AXIS;
}

static void put_rate(struct lw_strbuf *b, int colour, const struct lw_rate *r, double y)
{
    if (r->of > 0)
        put_dot(b, colour, at_share(r->value), at_share(r->low), at_share(r->high), y);
}

static void put_share_axis(struct lw_strbuf *b, double bottom)
{
    for (int t = 0; t <= 4; t++) {
        char tick[16];
        snprintf(tick, sizeof(tick), "%d %%", 25 * t);
        put_line(b, "grid", at_share(0.25 * t), TOP - 12, at_share(0.25 * t), bottom);
        put_text(b, at_share(0.25 * t), TOP - 17, middle, tick);
    }
    put_text(b, NAMES + AXIS + 32, TOP - 17, " class=\"tick\"", "points added");
}

void lw_ablation_put_picture(struct lw_strbuf *b, const struct lw_ablated *a, size_t row)
{
    const struct lw_ablation *step = &a->rows[row];
    const double bottom = TOP + PAIR * (double)LW_COUNT(rates);
    char label[160];
    snprintf(label, sizeof(label), "Rates with and without the step %.60s", step->name);
    begin(b, NAMES + AXIS + FIGURES, (int)bottom + 34, label, true);
    put_share_axis(b, bottom);
    for (size_t i = 0; i < LW_COUNT(rates); i++) {
        const double y = TOP + PAIR * ((double)i + 0.5);
        char text[LW_GAIN_TEXT];
        lw_gain_print(text, &step->gain[rates[i].rate]);
        put_text(b, 0, y + 4, "", rates[i].title);
        put_rate(b, 0, &a->rates[rates[i].rate], y - 6);
        put_rate(b, 1, &step->without[rates[i].rate], y + 6);
        put_text(b, NAMES + AXIS + 32, y + 4, "", text);
    }
    put_dot(b, 0, NAMES + 12, NAMES, NAMES + 24, bottom + 20);
    put_text(b, NAMES + 32, bottom + 24, "", "the whole chain");
    put_dot(b, 1, NAMES + 162, NAMES + 150, NAMES + 174, bottom + 20);
    lw_strbuf_printf(b, "<text x=\"%d\" y=\"%.1f\">without ", NAMES + 182, bottom + 24);
    lw_strbuf_put_html(b, step->name);
    lw_strbuf_puts(b, "</text>\n");
    end(b);
}
