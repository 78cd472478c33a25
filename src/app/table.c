#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/manifest.h"
#include "app/page.h"
#include "base/clock.h"

/* Beyond the calibration table the rate is only known to be no larger than its last row. */
static bool beyond_table(const struct lw_matcher *m, float score, double fmr)
{
    return score > 0 && fmr == lw_matcher_fmr_at(m, LW_COMPARED_FUSED, 2 * score + 1);
}

void lw_score_print(char score[LW_SCORE_TEXT], char fmr[LW_SCORE_TEXT], const struct lw_occupant *o,
                    const struct lw_matcher *m)
{
    snprintf(score, LW_SCORE_TEXT, "-");
    snprintf(fmr, LW_SCORE_TEXT, "-");
    if (!o->has_score)
        return;
    snprintf(score, LW_SCORE_TEXT, "%.3f", o->score);
    double rate = m ? lw_matcher_fmr_at(m, LW_COMPARED_FUSED, o->score) : NAN;
    if (isnan(rate))
        return;
    snprintf(fmr, LW_SCORE_TEXT, "%s%.2g %%",
             beyond_table(m, o->score, rate) ? "\xE2\x89\xA4 " : "", 100.0 * rate);
}

static void put_reason_names(struct lw_strbuf *out, const char *sep, uint32_t reasons)
{
    for (int i = 0; i < LW_REASONS; i++)
        if (reasons & 1u << i) {
            lw_strbuf_printf(out, "%s%s: %s", sep, lw_reason_name((enum lw_reason)i),
                             lw_reason_advice((enum lw_reason)i));
            sep = "; ";
        }
}

/* printf pads by bytes; the one wide sign that a rate can hold is three of them. */
static int padding(const char *text, int width)
{
    return strncmp(text, "\xE2\x89\xA4", 3) == 0 ? width + 2 : width;
}

static void put_row(struct lw_strbuf *out, const struct lw_crossing_result *r,
                    const struct lw_occupant *o, const struct lw_matcher *m)
{
    char score[LW_SCORE_TEXT], fmr[LW_SCORE_TEXT];
    lw_score_print(score, fmr, o, m);
    lw_strbuf_printf(out, "  %-4s  %-10s  %6s  %*s  %-8s  ", o->seat[0] ? o->seat : "?",
                     o->document < 0 ? "-" : r->bundle.documents[o->document].id, score,
                     padding(fmr, 10), fmr, o->decision == LW_VERIFIED ? "verified" : "referral");
    put_reason_names(out, "", o->reasons);
    put_reason_names(out, " Also ", o->hints & ~o->reasons);
    while (out->n > 0 && out->s[out->n - 1] == ' ')
        out->s[--out->n] = '\0';
    lw_strbuf_putc(out, '\n');
}

static void put_manual_line(struct lw_strbuf *out, const struct lw_crossing_result *r)
{
    bool any = false;
    for (size_t i = 0; i < r->bundle.n_documents; i++) {
        const struct lw_document_outcome *d = &r->outcome.documents[i];
        if (d->status == LW_DOC_MATCHED || !d->manual_offered)
            continue;
        lw_strbuf_printf(out, "%s %s",
                         any ? "," : "  offer manual processing to:", r->bundle.documents[i].id);
        any = true;
    }
    lw_strbuf_puts(out, any ? "\n" : "");
}

static void put_document_lines(struct lw_strbuf *out, const struct lw_crossing_result *r)
{
    for (size_t i = 0; i < r->bundle.n_documents; i++) {
        const struct lw_document_outcome *d = &r->outcome.documents[i];
        if (d->status == LW_DOC_MATCHED && d->n_findings == 0)
            continue;
        lw_strbuf_printf(out, "  document %s: %s", r->bundle.documents[i].id,
                         lw_document_status_name(d->status));
        for (size_t f = 0; f < d->n_findings; f++)
            lw_strbuf_printf(out, ", %s", d->findings[f]);
        if (d->status != LW_DOC_MATCHED)
            lw_strbuf_printf(out, ": %s", lw_document_status_advice(d->status));
        lw_strbuf_putc(out, '\n');
    }
}

void lw_table_print(struct lw_strbuf *out, const struct lw_crossing_result *r,
                    const struct lw_matcher *m)
{
    const struct lw_outcome *o = &r->outcome;
    char opened[LW_TIME_TEXT];
    lw_time_print(opened, r->bundle.opened_utc_us);
    lw_strbuf_printf(out, "%s  %s  lane %s  %s  %s%s\n", r->bundle.id,
                     o->verified ? "VERIFIED" : "REFERRAL", r->bundle.lane,
                     lw_direction_name(r->bundle.direction), opened,
                     r->bundle.synthetic ? "  synthetic" : "");
    if (o->n_occupants > 0)
        lw_strbuf_printf(out, "  %-4s  %-10s  %6s  %10s  %-8s  %s\n", "Seat", "Document", "Score",
                         "FMR", "Decision", "Reason");
    else
        lw_strbuf_puts(out, o->n_camera_faults ? "  nobody was seen, and a camera has a fault\n"
                                               : "  nobody was seen\n");
    for (size_t i = 0; i < o->n_occupants; i++)
        put_row(out, r, &o->occupants[i], m);
    put_document_lines(out, r);
    put_manual_line(out, r);
    if (r->manifest)
        lw_manifest_answer_put_text(out, r->manifest);
    for (size_t i = 0; i < o->n_camera_faults; i++)
        lw_strbuf_printf(out, "  camera %s: %s\n", r->bundle.cameras[o->camera_faults[i].camera].id,
                         o->camera_faults[i].fault);
    lw_strbuf_printf(out, "  %.0f ms in all, the answer %.0f ms after the last frame\n",
                     r->timing.total_ms, r->timing.answer_ms);
}
