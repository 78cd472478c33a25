/* The funnel as a table of bars: one row for each kind of occupant, one column for each stage. */
#include <stdio.h>
#include <string.h>

#include "eval/crossing_report.h"
#include "eval/html.h"

enum { LEFT = 150, CELL = 150, BAR = 96, ROW = 26, HEAD = 34, GAP = 14 };

static void put_cell(struct lw_strbuf *b, int x, int y, const struct lw_rate *r)
{
    char text[LW_RATE_TEXT];
    lw_rate_print(text, r);
    lw_strbuf_puts(b, "<g><title>");
    lw_strbuf_printf(b, "%.0f of %.0f: %s", r->n, r->of, text);
    lw_strbuf_printf(b,
                     "</title><rect class=\"track\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"14\" "
                     "rx=\"3\"/><rect class=\"bar k0\" x=\"%d\" y=\"%d\" width=\"%.1f\" "
                     "height=\"14\" rx=\"3\"/>",
                     x, y - 11, BAR, x, y - 11, BAR * r->value);
    lw_strbuf_printf(b, "<text class=\"tick\" x=\"%d\" y=\"%d\">%.0f %%</text></g>\n", x + BAR + 8,
                     y, 100 * r->value);
}

static void put_row(struct lw_strbuf *b, const struct lw_funnel *f, int y)
{
    char name[LW_TRUTH_NAME + 24];
    if (f->name[0])
        snprintf(name, sizeof(name), "%s %s", f->group, f->name);
    else
        snprintf(name, sizeof(name), "all");
    lw_strbuf_printf(b, "<text x=\"0\" y=\"%d\">", y);
    lw_strbuf_put_html(b, name);
    lw_strbuf_puts(b, "</text>\n");
    lw_strbuf_printf(b, "<text class=\"tick\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%.0f</text>\n",
                     LEFT + 44, y, f->stage[LW_STAGE_SEATED].of);
    for (int stage = LW_STAGE_DETECTED; stage < LW_STAGES; stage++)
        put_cell(b, LEFT + 70 + (stage - 1) * CELL, y, &f->stage[stage]);
}

static void put_heads(struct lw_strbuf *b)
{
    lw_strbuf_printf(
        b, "<text class=\"tick\" x=\"%d\" y=\"16\" text-anchor=\"end\">seated</text>\n", LEFT + 44);
    for (int stage = LW_STAGE_DETECTED; stage < LW_STAGES; stage++)
        lw_strbuf_printf(b, "<text class=\"tick\" x=\"%d\" y=\"16\">%s</text>\n",
                         LEFT + 70 + (stage - 1) * CELL, lw_stage_name((enum lw_stage)stage));
}

static bool starts_group(const struct lw_funnel *f, size_t i)
{
    return i > 0 && strcmp(f[i].group, f[i - 1].group) != 0;
}

void lw_funnel_put(struct lw_strbuf *b, const struct lw_funnel *f, size_t n)
{
    int height = HEAD + ROW * (int)n;
    for (size_t i = 0; i < n; i++)
        height += starts_group(f, i) ? GAP : 0;
    lw_strbuf_printf(b,
                     "<svg class=\"plot\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"How far "
                     "documented occupants got, stage by stage\">\n",
                     LEFT + 70 + (LW_STAGES - 1) * CELL, height);
    put_heads(b);
    int y = HEAD + 8;
    for (size_t i = 0; i < n; i++, y += ROW) {
        if (starts_group(f, i))
            y += GAP;
        put_row(b, &f[i], y);
    }
    lw_strbuf_puts(b, "</svg>\n");
}
