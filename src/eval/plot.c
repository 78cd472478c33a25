#include "eval/plot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "eval/html.h"

/* The picture in its own units; the page scales it. */
static const double WIDTH = 560, HEIGHT = 400, LEFT = 66, RIGHT = 18, TOP = 40, BOTTOM = 54;

double lw_probit(double p)
{
    double low = -8.3, high = 8.3;
    for (int i = 0; i < 60; i++) {
        double mid = (low + high) / 2;
        if (erfc(-mid * M_SQRT1_2) / 2 < p)
            low = mid;
        else
            high = mid;
    }
    return low;
}

static double scaled(enum lw_scale scale, double v)
{
    switch (scale) {
    case LW_SCALE_LOG:
        return log10(fmax(v, 1e-300));
    case LW_SCALE_PROBIT:
        return lw_probit(v);
    case LW_SCALE_LINEAR:
        break;
    }
    return v;
}

/* 0 at the axis' low end, 1 at its high end, not cut off. */
static double share_of(const struct lw_axis *a, double v)
{
    double low = scaled(a->scale, a->low), high = scaled(a->scale, a->high);
    return (scaled(a->scale, v) - low) / (high - low);
}

static double at_x(const struct lw_plot *p, double v)
{
    return LEFT + share_of(&p->x, v) * (WIDTH - LEFT - RIGHT);
}

/* A little outside is kept: the clip path cuts there, far outside would only swell the file. */
static double at_y(const struct lw_plot *p, double v)
{
    double share = fmin(1.05, fmax(-0.05, share_of(&p->y, v)));
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);
}

static void print_tick(char out[LW_COUNT_TEXT], const struct lw_axis *a, double v)
{
    if (a->percent)
        snprintf(out, LW_COUNT_TEXT, "%.6g %%", 100 * v);
    else if (a->scale == LW_SCALE_LOG && v >= 1000 && v < 1e15)
        lw_count_print(out, (int64_t)llround(v));
    else
        snprintf(out, LW_COUNT_TEXT, "%.6g", v);
}

enum { TICKS_MAX = 24 };

static size_t linear_ticks(const struct lw_axis *a, double *t)
{
    double raw = (a->high - a->low) / 8, step = pow(10, floor(log10(raw)));
    step *= raw / step > 5 ? 10 : raw / step > 2 ? 5 : raw / step > 1 ? 2 : 1;
    size_t n = 0;
    for (double i = ceil(a->low / step - 1e-9); n < TICKS_MAX && i * step <= a->high + 1e-9 * step;
         i++)
        t[n++] = i * step + 0.0; /* no negative zero */
    return n;
}

static size_t log_ticks(const struct lw_axis *a, double *t)
{
    size_t n = 0;
    for (double e = ceil(log10(a->low) - 1e-9); n < TICKS_MAX && e <= log10(a->high) + 1e-9; e++)
        t[n++] = pow(10, e);
    return n;
}

static size_t probit_ticks(const struct lw_axis *a, double *t)
{
    static const double all[] = {1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.02, 0.05,
                                 0.1,  0.2,  0.4,  0.6,  0.8,  0.9,  0.95, 0.99};
    size_t n = 0;
    for (size_t i = 0; i < LW_COUNT(all); i++)
        if (all[i] >= a->low * 0.999 && all[i] <= a->high * 1.001)
            t[n++] = all[i];
    return n;
}

static size_t find_ticks(const struct lw_axis *a, double t[TICKS_MAX])
{
    switch (a->scale) {
    case LW_SCALE_LOG:
        return log_ticks(a, t);
    case LW_SCALE_PROBIT:
        return probit_ticks(a, t);
    case LW_SCALE_LINEAR:
        break;
    }
    return linear_ticks(a, t);
}

static void put_x_ticks(struct lw_strbuf *b, const struct lw_plot *p)
{
    double t[TICKS_MAX], written_to = 0;
    char text[LW_COUNT_TEXT];
    const double bottom = HEIGHT - BOTTOM;
    size_t n = find_ticks(&p->x, t);
    for (size_t i = 0; i < n; i++) {
        double x = at_x(p, t[i]);
        print_tick(text, &p->x, t[i]);
        double half = 3.2 * (double)strlen(text);
        lw_strbuf_printf(b, "<path class=\"grid\" d=\"M%.1f %.1fV%.1f\"/>\n", x, bottom, TOP);
        if (x - half < written_to) /* no room beside the one before */
            continue;
        lw_strbuf_printf(
            b, "<text class=\"tick\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>\n", x,
            bottom + 18, text);
        written_to = x + half + 6;
    }
}

static void put_y_ticks(struct lw_strbuf *b, const struct lw_plot *p)
{
    double t[TICKS_MAX];
    char text[LW_COUNT_TEXT];
    size_t n = find_ticks(&p->y, t);
    for (size_t i = 0; i < n; i++) {
        double y = at_y(p, t[i]);
        print_tick(text, &p->y, t[i]);
        lw_strbuf_printf(b,
                         "<path class=\"grid\" d=\"M%.1f %.1fH%.1f\"/>"
                         "<text class=\"tick\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s"
                         "</text>\n",
                         LEFT, y, WIDTH - RIGHT, LEFT - 8, y + 4, text);
    }
}

static void put_axes(struct lw_strbuf *b, const struct lw_plot *p)
{
    const double bottom = HEIGHT - BOTTOM, right = WIDTH - RIGHT;
    put_x_ticks(b, p);
    put_y_ticks(b, p);
    lw_strbuf_printf(b, "<path class=\"axis\" d=\"M%.1f %.1fV%.1fH%.1f\"/>\n", LEFT, TOP, bottom,
                     right);
    lw_strbuf_printf(b, "<text class=\"label\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">",
                     (LEFT + right) / 2, HEIGHT - 12);
    lw_strbuf_put_html(b, p->x.label);
    lw_strbuf_printf(b,
                     "</text>\n<text class=\"label\" transform=\"translate(15 %.1f) rotate(-90)\" "
                     "text-anchor=\"middle\">",
                     (TOP + bottom) / 2);
    lw_strbuf_put_html(b, p->y.label);
    lw_strbuf_puts(b, "</text>\n");
}

/* Line through the points from i to the next NaN; returns where that is. */
static size_t put_run(struct lw_strbuf *b, const struct lw_plot *p, const struct lw_curve *c,
                      size_t i)
{
    char command = 'M';
    for (; i < c->n && isfinite(c->x[i]) && isfinite(c->y[i]); i++, command = 'L')
        lw_strbuf_printf(b, "%c%.1f %.1f", command, at_x(p, c->x[i]), at_y(p, c->y[i]));
    return i;
}

static void put_curve(struct lw_strbuf *b, const struct lw_plot *p, const struct lw_curve *c)
{
    static const char *const names[] = {"line", "help", "area"};
    for (size_t i = 0; i < c->n; i++) {
        size_t first = i;
        if (!isfinite(c->x[i]) || !isfinite(c->y[i]))
            continue;
        lw_strbuf_printf(b, "<path class=\"%s k%u\" d=\"", names[c->kind], c->colour);
        i = put_run(b, p, c, i);
        if (c->kind == LW_CURVE_AREA)
            lw_strbuf_printf(b, "V%.1fH%.1fZ", HEIGHT - BOTTOM, at_x(p, c->x[first]));
        lw_strbuf_puts(b, "\"/>\n");
    }
}

static void put_band(struct lw_strbuf *b, const struct lw_plot *p)
{
    const struct lw_band *band = &p->band;
    if (band->n < 2)
        return;
    lw_strbuf_printf(b, "<path class=\"band k%u\" d=\"", band->colour);
    for (size_t i = 0; i < band->n; i++)
        lw_strbuf_printf(b, "%c%.1f %.1f", i ? 'L' : 'M', at_x(p, band->x[i]),
                         at_y(p, band->high[i]));
    for (size_t i = band->n; i-- > 0;)
        lw_strbuf_printf(b, "L%.1f %.1f", at_x(p, band->x[i]), at_y(p, band->low[i]));
    lw_strbuf_puts(b, "Z\"/>\n");
}

static void put_mark(struct lw_strbuf *b, const struct lw_plot *p, const struct lw_mark *m)
{
    double x = at_x(p, m->x);
    bool line = !isfinite(m->y);
    double y = line ? TOP + 12 : at_y(p, m->y);
    if (!(x >= LEFT - 1 && x <= WIDTH - RIGHT + 1))
        return;
    lw_strbuf_puts(b, "<g>");
    if (m->hint) {
        lw_strbuf_puts(b, "<title>");
        lw_strbuf_put_html(b, m->hint);
        lw_strbuf_puts(b, "</title>");
    }
    if (line)
        lw_strbuf_printf(b, "<path class=\"cut\" d=\"M%.1f %.1fV%.1f\"/>", x, HEIGHT - BOTTOM, TOP);
    else
        lw_strbuf_printf(b, "<circle class=\"dot k%u\" cx=\"%.1f\" cy=\"%.1f\" r=\"4.5\"/>",
                         m->colour, x, y);
    if (m->label) {
        bool left = x > LEFT + 0.72 * (WIDTH - LEFT - RIGHT);
        lw_strbuf_printf(b, "<text class=\"note\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">",
                         left ? x - 8 : x + 8, line ? y : y - 8, left ? "end" : "start");
        lw_strbuf_put_html(b, m->label);
        lw_strbuf_puts(b, "</text>");
    }
    lw_strbuf_puts(b, "</g>\n");
}

static void put_legend(struct lw_strbuf *b, const struct lw_plot *p)
{
    double x = LEFT;
    for (size_t i = 0; i < p->n_curves; i++) {
        const struct lw_curve *c = &p->curves[i];
        size_t letters = 0;
        if (!c->label)
            continue;
        for (const char *s = c->label; *s; s++)
            letters += ((unsigned char)*s & 0xc0) != 0x80; /* UTF-8 continuation bytes */
        lw_strbuf_printf(b,
                         "<rect class=\"key k%u\" x=\"%.1f\" y=\"%.1f\" width=\"14\" height=\"6\" "
                         "rx=\"3\"/><text class=\"tick\" x=\"%.1f\" y=\"%.1f\">",
                         c->colour, x, TOP - 21, x + 20, TOP - 14);
        lw_strbuf_put_html(b, c->label);
        lw_strbuf_puts(b, "</text>\n");
        x += 40 + 6.4 * (double)letters;
    }
}

/* Two plots in one page must not share a clip path. */
static unsigned plot_number(const struct lw_plot *p)
{
    unsigned h = 2166136261u;
    for (const char *s = p->title; *s; s++)
        h = (h ^ (unsigned char)*s) * 16777619u;
    return h;
}

void lw_plot_put(struct lw_strbuf *b, const struct lw_plot *p)
{
    const unsigned number = plot_number(p);
    lw_strbuf_printf(b, "<svg class=\"plot\" viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"",
                     WIDTH, HEIGHT);
    lw_strbuf_put_html(b, p->title);
    lw_strbuf_printf(b,
                     "\">\n<clipPath id=\"clip%08x\"><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
                     "height=\"%.1f\"/></clipPath>\n",
                     number, LEFT, TOP, WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM);
    put_axes(b, p);
    lw_strbuf_printf(b, "<g clip-path=\"url(#clip%08x)\">\n", number);
    put_band(b, p);
    for (size_t i = 0; i < p->n_curves; i++)
        put_curve(b, p, &p->curves[i]);
    lw_strbuf_puts(b, "</g>\n");
    for (size_t i = 0; i < p->n_marks; i++)
        put_mark(b, p, &p->marks[i]);
    put_legend(b, p);
    lw_strbuf_puts(b, "</svg>\n");
}
