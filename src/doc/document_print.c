#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "doc/document.h"

static const char *format_name(enum lw_image_kind k)
{
    return k == LW_KIND_JPEG ? "jpeg" : "jp2";
}

/* Text of a detail: fillers become spaces; dates of some issuers are four bytes of BCD. */
static void detail_text(char out[LW_PA_TEXT], const struct lw_detail *v)
{
    size_t n = 0;
    if (v->text)
        for (size_t i = 0; i < v->value.n && n + 1 < LW_PA_TEXT; i++)
            out[n++] = v->value.data[i] == '<' ? ' ' : (char)v->value.data[i];
    else if (v->value.n <= 8)
        for (size_t i = 0; i < v->value.n; i++)
            n += (size_t)snprintf(out + n, LW_PA_TEXT - n, "%02x", v->value.data[i]);
    else
        n = (size_t)snprintf(out, LW_PA_TEXT, "%zu bytes", v->value.n);
    out[n] = '\0';
}

static void put_groups(struct lw_strbuf *b, const struct lw_pa *pa)
{
    const char *comma = "";
    for (int g = LW_LDS_DG1; g <= LW_LDS_DG16; g++)
        if (pa->groups[g] != LW_PA_UNNAMED) {
            lw_strbuf_printf(b, "%s\"%d\": \"%s\"", comma, g, lw_pa_group_name(pa->groups[g]));
            comma = ", ";
        }
}

static void put_portrait(struct lw_strbuf *b, const struct lw_document *d, const char *file)
{
    if (!d->portrait) {
        lw_strbuf_puts(b, "null");
        return;
    }
    lw_strbuf_printf(b, "{\"width\": %d, \"height\": %d, \"format\": \"%s\", \"file\": ",
                     d->portrait->width, d->portrait->height, format_name(d->kind));
    if (file)
        lw_json_put_string(b, file);
    else
        lw_strbuf_puts(b, "null");
    lw_strbuf_putc(b, '}');
}

static void put_findings(struct lw_strbuf *b, const struct lw_pa *pa)
{
    for (size_t i = 0; i < pa->n_findings; i++) {
        const struct lw_pa_finding *f = &pa->findings[i];
        lw_strbuf_printf(b, "%s{\"file\": \"%s\", \"rule\": \"%s\", \"text\": ", i ? ", " : "",
                         f->where, f->rule);
        lw_json_put_string(b, f->text);
        lw_strbuf_putc(b, '}');
    }
}

static void put_details(struct lw_strbuf *b, const struct lw_details *v, const char **comma)
{
    char text[LW_PA_TEXT];
    for (size_t i = 0; i < v->n; i++) {
        detail_text(text, &v->v[i]);
        lw_strbuf_printf(b, "%s{\"name\": \"%s\", \"text\": ", *comma, v->v[i].name);
        lw_json_put_string(b, text);
        lw_strbuf_putc(b, '}');
        *comma = ", ";
    }
}

void lw_document_put_json(struct lw_strbuf *b, const struct lw_document *d,
                          const char *portrait_file)
{
    const struct lw_mrz none = {.format = LW_MRZ_UNKNOWN};
    const struct lw_pa *pa = &d->pa;
    const char *comma = "";
    lw_strbuf_printf(b, "{\"verdict\": \"%s\", \"data_groups\": {",
                     lw_pa_verdict_name(pa->verdict));
    put_groups(b, pa);
    lw_strbuf_printf(b, "}, \"signature\": \"%s\", \"chain\": \"%s\", \"fields\": ",
                     lw_pa_signature_name(pa->signature), lw_pa_chain_name(pa->chain));
    lw_mrz_put_json_fields(b, d->has_mrz ? &d->mrz : &none);
    lw_strbuf_puts(b, ", \"portrait\": ");
    put_portrait(b, d, portrait_file);
    lw_strbuf_puts(b, ", \"findings\": [");
    put_findings(b, pa);
    lw_strbuf_puts(b, "], \"details\": [");
    put_details(b, &d->holder, &comma);
    put_details(b, &d->issue, &comma);
    lw_strbuf_puts(b, "], \"signer\": ");
    lw_json_put_string(b, pa->signer);
    lw_strbuf_puts(b, ", \"authority\": ");
    lw_json_put_string(b, pa->authority);
    if (pa->has_card_security)
        lw_strbuf_printf(b, ", \"card_security\": \"%s\"", lw_pa_verdict_name(pa->card_security));
    else
        lw_strbuf_puts(b, ", \"card_security\": null");
    lw_strbuf_puts(b, "}\n");
}

static void put_row(struct lw_strbuf *b, const char *name, const char *text)
{
    if (text[0])
        lw_strbuf_printf(b, "  %-22s %s\n", name, text);
}

static void put_card_details(struct lw_strbuf *b, const struct lw_details *v)
{
    char text[LW_PA_TEXT];
    for (size_t i = 0; i < v->n; i++) {
        detail_text(text, &v->v[i]);
        put_row(b, v->v[i].name, text);
    }
}

static void put_card_portrait(struct lw_strbuf *b, const struct lw_document *d, const char *file)
{
    if (!d->portrait)
        return;
    lw_strbuf_printf(b, "  %-22s %d x %d, %s, %s\n", "portrait", d->portrait->width,
                     d->portrait->height, lw_image_kind_name(d->kind),
                     lw_face_format_name(d->record));
    if (file)
        put_row(b, "", file);
}

static void put_card_groups(struct lw_strbuf *b, const struct lw_pa *pa)
{
    lw_strbuf_printf(b, "  %-22s", "data groups");
    for (int g = LW_LDS_DG1; g <= LW_LDS_DG16; g++)
        if (pa->groups[g] != LW_PA_UNNAMED)
            lw_strbuf_printf(b, " %d %s", g, lw_pa_group_name(pa->groups[g]));
    lw_strbuf_putc(b, '\n');
}

void lw_document_put_card(struct lw_strbuf *b, const struct lw_document *d,
                          const char *portrait_file)
{
    const struct lw_pa *pa = &d->pa;
    char time[LW_TIME_TEXT];
    if (d->has_mrz)
        lw_mrz_put_card(b, &d->mrz);
    put_card_details(b, &d->holder);
    put_card_details(b, &d->issue);
    put_card_portrait(b, d, portrait_file);
    put_card_groups(b, pa);
    put_row(b, "signature", lw_pa_signature_name(pa->signature));
    put_row(b, "chain", lw_pa_chain_name(pa->chain));
    put_row(b, "signed by", pa->signer);
    put_row(b, "certified by", pa->authority);
    if (pa->has_card_security)
        put_row(b, "EF.CardSecurity", lw_pa_verdict_name(pa->card_security));
    if (pa->has_signing_time) {
        lw_time_print(time, pa->signing_time_utc_us);
        put_row(b, "signed at", time);
    }
    for (size_t i = 0; i < pa->n_findings; i++)
        lw_strbuf_printf(b, "  ! %s, %s: %s\n", pa->findings[i].where, pa->findings[i].rule,
                         pa->findings[i].text);
    lw_strbuf_printf(b, "verdict: %s\n", lw_pa_verdict_name(pa->verdict));
}
