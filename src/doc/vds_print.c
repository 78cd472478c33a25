#include "base/json.h"
#include "doc/vds_check.h"

static void put_text(struct lw_strbuf *b, const char *key, const char *text)
{
    lw_strbuf_printf(b, ", \"%s\": ", key);
    lw_json_put_string(b, text);
}

static void put_text_or_null(struct lw_strbuf *b, const char *key, const char *text)
{
    if (text[0])
        put_text(b, key, text);
    else
        lw_strbuf_printf(b, ", \"%s\": null", key);
}

static void put_hex(struct lw_strbuf *b, struct lw_span s)
{
    for (size_t i = 0; i < s.n; i++)
        lw_strbuf_printf(b, "%02x", s.data[i]);
}

static void put_header(struct lw_strbuf *b, const struct lw_vds *v)
{
    lw_strbuf_printf(b, ", \"kind\": \"%s\", \"version\": %d", lw_vds_kind_name(v->kind),
                     v->version);
    put_text(b, "issuing_country", v->country);
    put_text(b, "signer", v->signer);
    put_text(b, "certificate", v->reference);
    put_text(b, "issue_date", v->issue_date);
    put_text(b, "signature_date", v->signature_date);
    lw_strbuf_printf(b, ", \"feature_set\": %d, \"category\": %d", v->feature_set, v->category);
}

static void put_features(struct lw_strbuf *b, const struct lw_vds *v)
{
    lw_strbuf_puts(b, ", \"features\": [");
    for (size_t i = 0; i < v->n_features; i++) {
        const char *name = lw_vds_feature_name(v->kind, v->features[i].tag);
        lw_strbuf_printf(b, "%s{\"tag\": %d, \"name\": %s%s%s, \"hex\": \"", i ? ", " : "",
                         v->features[i].tag, name ? "\"" : "", name ? name : "null",
                         name ? "\"" : "");
        put_hex(b, v->features[i].value);
        lw_strbuf_puts(b, "\"}");
    }
    lw_strbuf_putc(b, ']');
}

static void put_stay(struct lw_strbuf *b, const struct lw_vds_check *c)
{
    if (c->stay == LW_VDS_STAY_NONE)
        lw_strbuf_puts(b, ", \"stay\": null");
    else if (c->stay == LW_VDS_STAY_FOR)
        lw_strbuf_printf(b,
                         ", \"stay\": {\"rule\": \"for\", \"days\": %d, \"months\": %d, "
                         "\"years\": %d}",
                         c->days, c->months, c->years);
    else
        lw_strbuf_printf(b, ", \"stay\": {\"rule\": \"%s\"}", lw_vds_stay_name(c->stay));
}

static void put_contents(struct lw_strbuf *b, const struct lw_vds_check *c)
{
    const struct lw_mrz none = {.format = LW_MRZ_UNKNOWN};
    put_header(b, &c->seal);
    lw_strbuf_puts(b, ", \"fields\": ");
    lw_mrz_put_json_fields(b, c->has_mrz ? &c->mrz : &none);
    lw_strbuf_puts(b, ", \"mrz\": [");
    for (int i = 0; c->has_mrz && i < 2; i++)
        lw_strbuf_printf(b, "%s\"%s\"", i ? ", " : "", c->lines[i]);
    lw_strbuf_putc(b, ']');
    if (c->entries < 0)
        lw_strbuf_puts(b, ", \"entries\": null");
    else if (c->entries == 0)
        lw_strbuf_puts(b, ", \"entries\": \"unlimited\"");
    else
        lw_strbuf_printf(b, ", \"entries\": %d", c->entries);
    put_stay(b, c);
    put_text_or_null(b, "passport_number", c->passport_number);
    put_features(b, &c->seal);
}

void lw_vds_put_json(struct lw_strbuf *b, const struct lw_vds_check *c)
{
    lw_strbuf_printf(b, "{\"verdict\": \"%s\", \"signature\": \"%s\", \"chain\": \"%s\"",
                     lw_pa_verdict_name(c->verdict), lw_vds_signature_name(c->signature),
                     lw_pa_chain_name(c->chain));
    if (c->readable)
        put_contents(b, c);
    put_text_or_null(b, "signed_by", c->signer);
    put_text_or_null(b, "certified_by", c->authority);
    lw_strbuf_puts(b, ", \"findings\": [");
    for (size_t i = 0; i < c->n_findings; i++) {
        lw_strbuf_printf(b, "%s{\"rule\": \"%s\", \"text\": ", i ? ", " : "", c->findings[i].rule);
        lw_json_put_string(b, c->findings[i].text);
        lw_strbuf_putc(b, '}');
    }
    lw_strbuf_puts(b, "]}\n");
}

static void put_row(struct lw_strbuf *b, const char *name, const char *text)
{
    if (text[0])
        lw_strbuf_printf(b, "  %-14s %s\n", name, text);
}

static void put_visa(struct lw_strbuf *b, const struct lw_vds_check *c)
{
    static const char *const stays[] = {"", "until the visa's last day",
                                        "as the border decides on entry",
                                        "transit without entering the country"};
    put_row(b, "passport", c->passport_number);
    if (c->entries == 0)
        put_row(b, "entries", "unlimited");
    else if (c->entries > 0)
        lw_strbuf_printf(b, "  %-14s %d\n", "entries", c->entries);
    if (c->stay == LW_VDS_STAY_FOR)
        lw_strbuf_printf(b, "  %-14s %d days, %d months, %d years\n", "stay", c->days, c->months,
                         c->years);
    else
        put_row(b, "stay", stays[c->stay]);
}

void lw_vds_put_card(struct lw_strbuf *b, const struct lw_vds_check *c)
{
    const struct lw_vds *v = &c->seal;
    if (c->has_mrz)
        lw_mrz_put_card(b, &c->mrz);
    if (c->readable) {
        put_visa(b, c);
        lw_strbuf_printf(b, "  %-14s %s, version %d, of %s, issued %s\n", "seal",
                         lw_vds_kind_name(v->kind), v->version, v->country, v->issue_date);
        lw_strbuf_printf(b, "  %-14s %s %s on %s: %s\n", "signer", v->signer, v->reference,
                         v->signature_date, lw_vds_signature_name(c->signature));
    }
    put_row(b, "signed by", c->signer);
    put_row(b, "certified by", c->authority);
    put_row(b, "chain", lw_pa_chain_name(c->chain));
    for (size_t i = 0; i < c->n_findings; i++)
        lw_strbuf_printf(b, "  ! %s: %s\n", c->findings[i].rule, c->findings[i].text);
    lw_strbuf_printf(b, "verdict: %s\n", lw_pa_verdict_name(c->verdict));
}
