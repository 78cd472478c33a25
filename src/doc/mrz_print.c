#include "doc/mrz.h"

#include <string.h>

#include "base/json.h"

struct named_text {
    const char *name, *text;
};

static void put_pair(struct lw_strbuf *b, const char *key, const char *text, bool first)
{
    lw_strbuf_printf(b, "%s\"%s\": ", first ? "" : ", ", key);
    lw_json_put_string(b, text);
}

void lw_mrz_put_json_fields(struct lw_strbuf *b, const struct lw_mrz *m)
{
    const char sex[] = {m->sex, '\0'};
    const struct named_text all[] = {
        {"document_code", m->document_code},     {"issuing_state", m->issuing_state},
        {"document_number", m->document_number}, {"surname", m->surname},
        {"given_names", m->given_names},         {"nationality", m->nationality},
        {"birth_date", m->birth_date},           {"sex", sex},
        {"expiry_date", m->expiry_date},         {"optional_data", m->optional_data},
        {"optional_data_2", m->optional_data_2},
    };
    lw_strbuf_putc(b, '{');
    for (size_t i = 0; i < LW_COUNT(all); i++)
        put_pair(b, all[i].name, all[i].text, i == 0);
    if (m->birth_date_iso[0])
        put_pair(b, "birth_date_iso", m->birth_date_iso, false);
    if (m->expiry_date_iso[0])
        put_pair(b, "expiry_date_iso", m->expiry_date_iso, false);
    lw_strbuf_putc(b, '}');
}

void lw_mrz_put_json(struct lw_strbuf *b, const struct lw_mrz *m)
{
    const char *format = lw_mrz_format_name(m->format);
    lw_strbuf_printf(b, "{\"format\": %s%s%s, \"ok\": %s, \"fields\": ", format ? "\"" : "",
                     format ? format : "null", format ? "\"" : "", lw_mrz_ok(m) ? "true" : "false");
    lw_mrz_put_json_fields(b, m);
    lw_strbuf_puts(b, ", \"findings\": [");
    for (size_t i = 0; i < m->n_findings; i++) {
        const struct lw_mrz_finding *f = &m->findings[i];
        lw_strbuf_printf(b, "%s{\"field\": \"%s\", \"rule\": \"%s\", \"line\": %d, \"column\": %d}",
                         i ? ", " : "", lw_mrz_field_name(f->field), lw_mrz_rule_name(f->rule),
                         f->line, f->column);
    }
    lw_strbuf_puts(b, "]}\n");
}

static const char *rule_text(enum lw_mrz_rule r)
{
    static const char *const texts[LW_MRZ_RULES] = {
        "the check digit is wrong",
        "a character that cannot stand here",
        "the line is too short or too long",
        "no format has this many lines",
        "no day of the calendar",
        "a filler before a letter",
        "nothing is filled in",
        "the picture shows no machine readable zone",
        "the decoder refused",
    };
    return texts[r];
}

static void put_row(struct lw_strbuf *b, const char *name, const char *text)
{
    if (text[0])
        lw_strbuf_printf(b, "  %-12s %s\n", name, text);
}

static void put_date(struct lw_strbuf *b, const char *name, const char *printed, const char *iso)
{
    if (iso[0])
        lw_strbuf_printf(b, "  %-12s %s\n", name, iso);
    else if (printed[0])
        lw_strbuf_printf(b, "  %-12s %s as printed, in full unknown\n", name, printed);
}

static void put_finding(struct lw_strbuf *b, const struct lw_mrz_finding *f)
{
    lw_strbuf_printf(b, "  ! line %d, column %d (byte %zu), %s: %s", f->line, f->column, f->offset,
                     lw_mrz_field_name(f->field), rule_text(f->rule));
    if (f->expected)
        lw_strbuf_printf(b, ", %c is right", f->expected);
    lw_strbuf_putc(b, '\n');
}

void lw_mrz_put_card(struct lw_strbuf *b, const struct lw_mrz *m)
{
    const char *format = lw_mrz_format_name(m->format);
    const char sex[] = {m->sex, '\0'};
    lw_strbuf_printf(b, "%s  %s%s%s\n", format ? format : "no known format", m->document_code,
                     m->document_number[0] ? " " : "", m->document_number);
    put_row(b, "issued by", m->issuing_state);
    put_row(b, "surname", m->surname);
    put_row(b, "given names", m->given_names);
    if (m->names_truncated)
        put_row(b, "", "(the names fill their field: they may be cut off)");
    put_row(b, "nationality", m->nationality);
    put_date(b, "born", m->birth_date, m->birth_date_iso);
    put_row(b, "sex", sex);
    put_date(b, "expires", m->expiry_date, m->expiry_date_iso);
    put_row(b, "optional", m->optional_data);
    put_row(b, "optional 2", m->optional_data_2);
    if (lw_mrz_ok(m))
        lw_strbuf_puts(b, "  all check digits are right\n");
    for (size_t i = 0; i < m->n_findings; i++)
        put_finding(b, &m->findings[i]);
}
