#include <math.h>

#include "doc/mrz_picture.h"

static void put_confidence(struct lw_strbuf *b, const struct lw_mrz_reading *r)
{
    const char *comma = "";
    lw_strbuf_puts(b, ", \"confidence\": {");
    for (enum lw_mrz_field f = LW_MRZ_DOCUMENT_CODE; f < LW_MRZ_COMPOSITE; f++) {
        if (r->confidence[f] < 0)
            continue;
        lw_strbuf_printf(b, "%s\"%s\": %.3f", comma, lw_mrz_field_name(f),
                         (double)r->confidence[f]);
        comma = ", ";
    }
    lw_strbuf_puts(b, "}, \"corrected\": [");
    for (size_t i = 0; i < r->n_corrected; i++) {
        const struct lw_mrz_corrected *c = &r->corrected[i];
        lw_strbuf_printf(b, "%s{\"line\": %d, \"column\": %d, \"read\": \"%c\", \"used\": \"%c\"}",
                         i ? ", " : "", c->line, c->column, c->read, c->used);
    }
    lw_strbuf_puts(b, "]");
}

static void put_place(struct lw_strbuf *b, const struct lw_mrz_reading *r)
{
    lw_strbuf_puts(b, ", \"lines\": [");
    for (size_t i = 0; i < r->n_lines; i++)
        lw_strbuf_printf(b, "%s\"%s\"", i ? ", " : "", r->lines[i]);
    lw_strbuf_puts(b, "], \"corners\": [");
    for (int i = 0; i < 4 && r->found; i++)
        lw_strbuf_printf(b, "%s[%.1f, %.1f]", i ? ", " : "", (double)r->corners[i].x,
                         (double)r->corners[i].y);
    lw_strbuf_puts(b, "]");
}

void lw_mrz_reading_put_json(struct lw_strbuf *b, const struct lw_mrz_reading *r)
{
    LW_AUTO_STRBUF whole = LW_STRBUF_INIT;
    lw_mrz_put_json(&whole, &r->mrz);
    if (whole.n < 2 || lw_strbuf_err(&whole) < 0) {
        b->err = LW_ENOMEM;
        return;
    }
    lw_strbuf_put(b, whole.s, whole.n - 2); /* without its closing brace and line end */
    put_confidence(b, r);
    put_place(b, r);
    lw_strbuf_puts(b, "}\n");
}

void lw_mrz_reading_put_card(struct lw_strbuf *b, const struct lw_mrz_reading *r)
{
    if (!r->found) {
        lw_strbuf_puts(b, "no MRZ: the picture shows no machine readable zone\n");
        return;
    }
    lw_mrz_put_card(b, &r->mrz);
    for (size_t i = 0; i < r->n_lines; i++)
        lw_strbuf_printf(b, "  %-12s %s\n", i ? "" : "as read", r->lines[i]);
    for (size_t i = 0; i < r->n_corrected; i++) {
        const struct lw_mrz_corrected *c = &r->corrected[i];
        lw_strbuf_printf(b, "  line %d, column %d: looks like %c, taken for %c\n", c->line,
                         c->column, c->read, c->used);
    }
    for (enum lw_mrz_field f = LW_MRZ_DOCUMENT_CODE; f < LW_MRZ_COMPOSITE; f++)
        if (r->confidence[f] >= 0 && r->confidence[f] < 0.95f)
            lw_strbuf_printf(b, "  %s: doubtful, %.0f %% sure\n", lw_mrz_field_name(f),
                             floor((double)r->confidence[f] * 100));
}
