#include "app/manifest.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "doc/mrz.h"

int lw_manifest_load(struct lw_manifest *out, unsigned *found, struct lw_decoder *decoder,
                     const char *path, struct lw_why *why)
{
    LW_AUTO_MEM(uint8_t) data = NULL;
    struct lw_refusal no;
    size_t n = 0;
    int r = lw_file_read(path, LW_MANIFEST_BYTES_MAX, &data, &n, why);
    if (r >= 0)
        r = lw_decoder_manifest(decoder, (struct lw_span){data, n}, out, &no, why);
    if (r < 0)
        return r;
    if (r == 0)
        *out = (struct lw_manifest){.people = 0};
    *found = r == 0 ? 1u << LW_MANIFEST_REFUSED : 0;
    return LW_OK;
}

int lw_manifest_accept(unsigned *found, const struct lw_manifest *m,
                       const struct lw_manifest_keys *keys, const char *seen, const char *crossing,
                       int64_t now_utc_us, struct lw_why *why)
{
    bool again = false;
    if (*found & 1u << LW_MANIFEST_REFUSED)
        return LW_OK;
    *found = lw_manifest_check(m, keys->bytes, keys->n, now_utc_us);
    if (*found || !seen)
        return LW_OK;
    int r = lw_manifest_remember(seen, m, crossing, now_utc_us, &again, why);
    if (r == LW_OK && again)
        *found |= 1u << LW_MANIFEST_REPLAYED;
    return r;
}

static const char *rule_text(enum lw_manifest_rule r)
{
    static const char *const texts[LW_MANIFEST_RULES] = {
        "it was changed, or not signed with its key",
        "its time is over",
        "it was issued at a time to come",
        "its signer is none of those who are accepted",
        "it was presented before",
        "the decoder was stopped at it"};
    return texts[r];
}

static void put_finding(struct lw_strbuf *b, const char *rule, const char *text, const char **comma)
{
    lw_strbuf_printf(b, "%s{\"rule\": \"%s\", \"text\": ", *comma, rule);
    lw_json_put_string(b, text);
    lw_strbuf_putc(b, '}');
    *comma = ", ";
}

static void put_rules(struct lw_strbuf *b, unsigned found, const char **comma)
{
    for (int i = 0; i < LW_MANIFEST_RULES; i++)
        if (found & 1u << i)
            put_finding(b, lw_manifest_rule_name((enum lw_manifest_rule)i),
                        rule_text((enum lw_manifest_rule)i), comma);
}

static const char *verdict_of(unsigned found)
{
    return found & 1u << LW_MANIFEST_REFUSED ? "unreadable" : found ? "not_valid" : "valid";
}

static void put_check_json(struct lw_strbuf *b, const struct lw_manifest *m, unsigned found)
{
    LW_AUTO_STRBUF all = LW_STRBUF_INIT;
    const char *comma = "";
    lw_strbuf_printf(b, "{\"verdict\": \"%s\", \"findings\": [", verdict_of(found));
    put_rules(b, found, &comma);
    if (found & 1u << LW_MANIFEST_REFUSED)
        lw_strbuf_puts(&all, "null\n");
    else
        lw_manifest_put_json(&all, m);
    lw_strbuf_printf(b, "], \"manifest\": %.*s}\n", (int)all.n - 1, lw_strbuf_peek(&all));
}

static void put_contents(struct lw_strbuf *b, const struct lw_manifest *m)
{
    char issued[LW_TIME_TEXT], expires[LW_TIME_TEXT];
    lw_time_print(issued, m->issued_s * 1000000);
    lw_time_print(expires, m->expires_s * 1000000);
    lw_strbuf_printf(b, "manifest %s: %u people, %zu documents\n", m->id, m->people,
                     m->n_documents);
    for (size_t i = 0; i < m->n_documents; i++)
        lw_strbuf_printf(b, "  %-3s %s\n", m->documents[i].issuing_state, m->documents[i].number);
    lw_strbuf_printf(b, "  issued %.19sZ, good until %.19sZ\n  signed by ", issued, expires);
    for (size_t i = 0; i < sizeof(m->public_key); i++)
        lw_strbuf_printf(b, "%02x", m->public_key[i]);
    lw_strbuf_putc(b, '\n');
}

static void put_check_text(struct lw_strbuf *b, const struct lw_manifest *m, unsigned found)
{
    if (!(found & 1u << LW_MANIFEST_REFUSED))
        put_contents(b, m);
    for (int i = 0; i < LW_MANIFEST_RULES; i++)
        if (found & 1u << i)
            lw_strbuf_printf(b, "  ! %s: %s\n", lw_manifest_rule_name((enum lw_manifest_rule)i),
                             rule_text((enum lw_manifest_rule)i));
    lw_strbuf_printf(b, "verdict: %s\n", verdict_of(found));
}

void lw_manifest_put_findings(struct lw_strbuf *b, const struct lw_manifest *m, unsigned found,
                              bool as_json)
{
    if (as_json)
        put_check_json(b, m, found);
    else
        put_check_text(b, m, found);
}

__attribute__((format(printf, 3, 4))) static void differ(struct lw_manifest_answer *a,
                                                         const char *rule, const char *fmt, ...)
{
    if (a->n_differences == LW_MANIFEST_DIFFERENCES_MAX)
        return;
    va_list ap;
    va_start(ap, fmt);
    a->differences[a->n_differences].rule = rule;
    vsnprintf(a->differences[a->n_differences++].text, LW_MANIFEST_TEXT, fmt, ap);
    va_end(ap);
}

/* State and number of a presented document; false where it gives none. */
static bool reference_of(struct lw_manifest_document *out, const struct lw_paper *paper)
{
    const struct lw_mrz *mrz = &paper->mrz;
    if (!paper->has_mrz || !mrz->issuing_state[0] || !mrz->document_number[0] ||
        strlen(mrz->document_number) >= sizeof(out->number))
        return false;
    snprintf(out->issuing_state, sizeof(out->issuing_state), "%s", mrz->issuing_state);
    snprintf(out->number, sizeof(out->number), "%s", mrz->document_number);
    return true;
}

static size_t find_listed(const struct lw_manifest *m, const struct lw_manifest_document *d)
{
    size_t i = 0;
    while (i < m->n_documents && (strcmp(m->documents[i].issuing_state, d->issuing_state) != 0 ||
                                  strcmp(m->documents[i].number, d->number) != 0))
        i++;
    return i;
}

/* The end of a number is enough to find the document in a hand. */
static const char *tail(const char *number)
{
    const size_t n = strlen(number);
    return n > 3 ? number + n - 3 : number;
}

void lw_manifest_compare(struct lw_manifest_answer *a, const struct lw_crossing_result *r)
{
    const struct lw_manifest *m = &a->manifest;
    bool presented[LW_MANIFEST_PEOPLE_MAX] = {false};
    a->n_differences = 0;
    if (a->found & 1u << LW_MANIFEST_REFUSED)
        return;
    for (size_t i = 0; i < r->bundle.n_documents; i++) {
        const char *id = r->bundle.documents[i].id;
        struct lw_manifest_document d;
        if (!reference_of(&d, &r->papers[i])) {
            differ(a, "no_reference", "document %s gives no state and number to compare", id);
            continue;
        }
        const size_t k = find_listed(m, &d);
        if (k == m->n_documents)
            differ(a, "unlisted_document", "document %s is not on the list", id);
        else
            presented[k] = true;
    }
    for (size_t k = 0; k < m->n_documents; k++)
        if (!presented[k])
            differ(a, "missing_document",
                   "entry %zu of the list (%s, ending in %s) was not presented", k + 1,
                   m->documents[k].issuing_state, tail(m->documents[k].number));
    if (r->outcome.n_occupants != m->people)
        differ(a, "people", "the list says %u people, %zu were seen", m->people,
               r->outcome.n_occupants);
}

void lw_manifest_answer_put_json(struct lw_strbuf *b, const struct lw_manifest_answer *a)
{
    const char *comma = "";
    lw_strbuf_printf(b, "{\"id\": \"%s\", \"people\": %u, \"documents\": %zu, \"findings\": [",
                     a->manifest.id, a->manifest.people, a->manifest.n_documents);
    put_rules(b, a->found, &comma);
    for (size_t i = 0; i < a->n_differences; i++)
        put_finding(b, a->differences[i].rule, a->differences[i].text, &comma);
    lw_strbuf_puts(b, "]}");
}

void lw_manifest_answer_put_text(struct lw_strbuf *b, const struct lw_manifest_answer *a)
{
    for (int i = 0; i < LW_MANIFEST_RULES; i++)
        if (a->found & 1u << i)
            lw_strbuf_printf(b, "  manifest: %s\n", rule_text((enum lw_manifest_rule)i));
    for (size_t i = 0; i < a->n_differences; i++)
        lw_strbuf_printf(b, "  manifest: %s\n", a->differences[i].text);
}
