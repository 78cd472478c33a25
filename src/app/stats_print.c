#include "app/stats_print.h"

#include <stdio.h>

#include "base/json.h"

static void put_text_or_null(struct lw_strbuf *b, const char *key, const char *text)
{
    lw_strbuf_printf(b, "\"%s\":", key);
    if (*text)
        lw_json_put_string(b, text);
    else
        lw_strbuf_puts(b, "null");
}

static void put_count(struct lw_strbuf *b, bool comma, const char *key, int64_t n)
{
    lw_strbuf_printf(b, "%s\"%s\":", comma ? "," : "", key);
    if (n < 0)
        lw_strbuf_puts(b, "null");
    else
        lw_strbuf_printf(b, "%jd", (intmax_t)n);
}

static void put_row(struct lw_strbuf *b, const struct lw_stats_row *r)
{
    lw_strbuf_putc(b, '{');
    put_text_or_null(b, "period", r->period);
    lw_strbuf_putc(b, ',');
    put_text_or_null(b, "lane", r->lane);
    lw_strbuf_putc(b, ',');
    put_text_or_null(b, "direction",
                     r->direction < 0 ? "" : lw_direction_name((enum lw_direction)r->direction));
    put_count(b, true, "crossings", r->crossings);
    put_count(b, true, "verified", r->verified);
    put_count(b, true, "referred", r->referred);
    put_count(b, true, "complete", r->complete);
    put_count(b, true, "incomplete", r->incomplete);
    put_count(b, true, "occupants", r->occupants);
    put_count(b, true, "occupants_verified", r->occupants_verified);
    put_count(b, true, "occupants_referred", r->occupants_referred);
    put_count(b, true, "opted_out", r->opted_out);
    put_count(b, true, "mean_seconds", r->mean_seconds);
    if (!r->lane[0]) {
        lw_strbuf_puts(b, ",\"confirmed\":{");
        for (int i = 0; i <= LW_CLASS_UNKNOWN; i++)
            put_count(b, i > 0, lw_person_class_name((enum lw_person_class)i), r->confirmed[i]);
        lw_strbuf_puts(b, "},\"reasons\":{");
        for (int i = 0; i < LW_REASONS; i++)
            if (i != LW_REASON_OPTED_OUT)
                put_count(b, i > 0, lw_reason_name((enum lw_reason)i), r->reasons[i]);
        lw_strbuf_putc(b, '}');
    }
    lw_strbuf_putc(b, '}');
}

void lw_stats_print_json(struct lw_strbuf *b, const struct lw_stats *s, int64_t threshold)
{
    lw_strbuf_printf(b,
                     "{\"period\":\"%s\",\"over\":%s,\"synthetic\":%s,\"by_lane\":%s,"
                     "\"threshold\":%jd,\"hidden\":%jd,\"rows\":[",
                     s->period, s->over ? "true" : "false", s->synthetic ? "true" : "false",
                     s->by_lane ? "true" : "false", (intmax_t)threshold, (intmax_t)s->hidden);
    for (size_t i = 0; i < s->n_rows; i++) {
        lw_strbuf_puts(b, i ? "," : "");
        put_row(b, &s->rows[i]);
    }
    lw_strbuf_puts(b, "]}\n");
}

static void put_cell(struct lw_strbuf *b, int64_t n)
{
    if (n < 0)
        lw_strbuf_puts(b, "        ·");
    else
        lw_strbuf_printf(b, " %8jd", (intmax_t)n);
}

void lw_stats_print_table(struct lw_strbuf *b, const struct lw_stats *s, int64_t threshold)
{
    lw_strbuf_printf(b, "%s, UTC%s%s\n", s->period, s->over ? "" : ", not over yet",
                     s->synthetic ? ", with synthetic crossings" : "");
    lw_strbuf_printf(b, "%-14s %-12s %-9s %8s %8s %8s %8s %8s %8s\n", "Period", "Lane", "Direction",
                     "Crossing", "Verified", "Complete", "People", "Verified", "Declined");
    for (size_t i = 0; i < s->n_rows; i++) {
        const struct lw_stats_row *r = &s->rows[i];
        lw_strbuf_printf(
            b, "%-14s %-12s %-9s", *r->period ? r->period : "all", *r->lane ? r->lane : "all",
            r->direction < 0 ? "both" : lw_direction_name((enum lw_direction)r->direction));
        const int64_t cells[] = {r->crossings, r->verified,           r->complete,
                                 r->occupants, r->occupants_verified, r->opted_out};
        for (size_t k = 0; k < LW_COUNT(cells); k++)
            put_cell(b, cells[k]);
        lw_strbuf_putc(b, '\n');
    }
    if (s->hidden)
        lw_strbuf_printf(b,
                         "· is a count under %jd, or one that would give such a count away: %jd "
                         "are hidden\n",
                         (intmax_t)threshold, (intmax_t)s->hidden);
}
