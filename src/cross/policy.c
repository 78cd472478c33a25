#include "cross/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cross/fields.h"
#include "cross/names.h"
#include "cross/policy_impl.h"

static const char *const item_names[LW_ITEMS] = {"photo", "template", "fields", "decision"};
static const char *const event_names[LW_EVENTS] = {"opened", "verified", "closed"};
static const char *const role_names[LW_ROLES] = {"officer", "supervisor", "privacy", "auditor",
                                                 "operator"};

enum { RULES_MAX = LW_POLICY_CLASSES * 4 };
#define HOUR_US (3600 * INT64_C(1000000))
#define DAY_US (24 * HOUR_US)
#define YEAR_US (INT64_C(31556952) * 1000000) /* 365.2425 days */
#define KEEP_YEARS_MAX 100

const char *lw_item_name(enum lw_item i)
{
    return (unsigned)i < LW_ITEMS ? item_names[i] : "?";
}

const char *lw_role_name(enum lw_role r)
{
    return (unsigned)r < LW_ROLES ? role_names[r] : "?";
}

int lw_role_parse(const char *name, enum lw_role *out)
{
    for (unsigned i = 0; i < LW_ROLES; i++) {
        if (strcmp(name, role_names[i]) == 0) {
            *out = (enum lw_role)i;
            return LW_OK;
        }
    }
    return LW_EINVAL;
}

/* A rule as written: for several classes and directions at once. */
struct written {
    uint32_t classes, directions;
    bool opted_out;
    struct lw_policy_rule rule;
};

/* An array of words, none twice, as bits. */
static int read_words(const struct lw_fields *f, const char *key, size_t min,
                      const char *const *names, size_t n, uint32_t *bits)
{
    const struct lw_json *a;
    int r = lw_fields_array(f, key, min, n, "entries", &a);
    uint32_t got = 0;
    for (size_t i = 0; r == LW_OK && i < lw_json_size(a); i++) {
        const char *s = lw_json_string(lw_json_at(a, i));
        size_t k = 0;
        while (k < n && !(s && strcmp(s, names[k]) == 0))
            k++;
        if (k == n || got & (1u << k))
            return lw_fields_refuse(f, key, "[%zu] is %s", i,
                                    k == n ? "no known word" : "there twice");
        got |= 1u << k;
    }
    if (r == LW_OK)
        *bits = got;
    return r;
}

/* "12h after verified", "none"; the grammar of docs/formats/policy.md. */
static bool parse_keep(struct lw_keep *k, const char *s)
{
    static const struct {
        const char *unit;
        int64_t us;
    } units[] = {{"min ", 60 * INT64_C(1000000)}, {"h ", HOUR_US}, {"d ", DAY_US}, {"y ", YEAR_US}};
    char *end;
    *k = (struct lw_keep){.after = LW_EVENT_OPENED};
    if (strcmp(s, "none") == 0)
        return true;
    if (*s < '1' || *s > '9')
        return false;
    long long n = strtoll(s, &end, 10);
    for (size_t u = 0; u < LW_COUNT(units); u++) {
        size_t len = strlen(units[u].unit);
        if (strncmp(end, units[u].unit, len) != 0 || n > KEEP_YEARS_MAX * YEAR_US / units[u].us)
            continue;
        for (unsigned e = 0; e < LW_EVENTS; e++) {
            const char *rest = end + len;
            if (strncmp(rest, "after ", 6) != 0 || strcmp(rest + 6, event_names[e]) != 0)
                continue;
            *k = (struct lw_keep){.for_us = n * units[u].us, .after = (enum lw_event)e};
            return true;
        }
    }
    return false;
}

static int read_keep(struct lw_policy_rule *rule, const struct lw_fields *rule_fields)
{
    static const char *const known[] = {"photo", "template", "fields", "decision", NULL};
    struct lw_fields f;
    const struct lw_json *v;
    int r = lw_fields_get(rule_fields, "keep", &v);
    if (r < 0 ||
        (r = lw_fields_open(&f, v, known, rule_fields->why, "%s.keep", rule_fields->place)) < 0)
        return r;
    for (unsigned i = 0; i < LW_ITEMS; i++) {
        char text[40];
        if ((r = lw_fields_text(&f, item_names[i], text, sizeof(text))) < 0)
            return r;
        if (!parse_keep(&rule->keep[i], text))
            return lw_fields_refuse(&f, item_names[i],
                                    "\"%s\" is neither \"none\" nor like \"12h after verified\", "
                                    "at most %d years",
                                    text, KEEP_YEARS_MAX);
    }
    return LW_OK;
}

static int read_readers(struct lw_policy_rule *rule, const struct lw_fields *rule_fields)
{
    static const char *const known[] = {"photo", "template", "fields", "decision", NULL};
    struct lw_fields f;
    const struct lw_json *v;
    int r = lw_fields_get(rule_fields, "read", &v);
    if (r < 0 ||
        (r = lw_fields_open(&f, v, known, rule_fields->why, "%s.read", rule_fields->place)) < 0)
        return r;
    for (unsigned i = 0; r == LW_OK && i < LW_ITEMS; i++)
        r = read_words(&f, item_names[i], 0, role_names, LW_ROLES, &rule->readers[i]);
    return r;
}

/* What no law can allow: to keep the picture of somebody who declined, or to use what is not kept.
 */
static int check_sense(const struct written *w, const struct lw_fields *f)
{
    const struct lw_policy_rule *rule = &w->rule;
    bool pictures = rule->keep[LW_ITEM_PHOTO].for_us || rule->keep[LW_ITEM_TEMPLATE].for_us;
    if (w->opted_out && (rule->photograph || pictures))
        return lw_fields_refuse(f, "opted_out",
                                "people who declined are not photographed and "
                                "no photo or template of them is kept");
    if (!rule->photograph && pictures)
        return lw_fields_refuse(f, "photograph", "is false, but a photo or template is kept");
    if (rule->encounters && !pictures)
        return lw_fields_refuse(f, "encounters", "is true, but neither photo nor template is kept");
    return LW_OK;
}

static int read_rule(struct written *w, const struct lw_json *v, size_t i, struct lw_why *why)
{
    static const char *const known[] = {
        "classes", "directions", "opted_out",        "photograph", "encounters", "offer_manual",
        "keep",    "read",       "erase_on_request", "source",     NULL};
    struct lw_fields f;
    char source[1024];
    int r = lw_fields_open(&f, v, known, why, "rules[%zu]", i);
    if (r < 0 || (r = read_words(&f, "classes", 1, lw_class_names, LW_CLASSES, &w->classes)) < 0 ||
        (r = read_words(&f, "directions", 1, lw_direction_names, LW_DIRECTIONS, &w->directions)) <
            0 ||
        (r = lw_fields_bool(&f, "opted_out", &w->opted_out)) < 0 ||
        (r = lw_fields_bool(&f, "photograph", &w->rule.photograph)) < 0 ||
        (r = lw_fields_bool(&f, "offer_manual", &w->rule.offer_manual)) < 0 ||
        (r = lw_fields_bool(&f, "encounters", &w->rule.encounters)) < 0 ||
        (r = lw_fields_bool(&f, "erase_on_request", &w->rule.erase_on_request)) < 0 ||
        (r = read_keep(&w->rule, &f)) < 0 || (r = read_readers(&w->rule, &f)) < 0 ||
        (r = lw_fields_name(&f, "source", source, sizeof(source))) < 0)
        return r;
    return check_sense(w, &f);
}

/* Which of the 24 cells have a rule. */
struct filled {
    bool cell[LW_POLICY_CLASSES][2][2];
};

static int spread(struct lw_policy *p, struct filled *filled, const struct written *w, size_t i,
                  struct lw_why *why)
{
    for (unsigned c = 0; c < LW_POLICY_CLASSES; c++) {
        for (unsigned d = 0; d < LW_DIRECTIONS; d++) {
            if (!(w->classes & (1u << c)) || !(w->directions & (1u << d)))
                continue;
            if (filled->cell[c][w->opted_out][d])
                return lw_why_set(why, LW_EFORMAT, -1, "rules[%zu]: a second rule for %s, %s%s", i,
                                  lw_class_names[c], lw_direction_names[d],
                                  w->opted_out ? ", opted out" : "");
            filled->cell[c][w->opted_out][d] = true;
            p->rules[c][w->opted_out][d] = w->rule;
        }
    }
    return LW_OK;
}

static struct lw_policy_rule stricter(struct lw_policy_rule a, const struct lw_policy_rule *b)
{
    a.photograph = a.photograph && b->photograph;
    a.offer_manual = a.offer_manual || b->offer_manual;
    a.encounters = a.encounters && b->encounters;
    a.erase_on_request = a.erase_on_request || b->erase_on_request;
    for (unsigned i = 0; i < LW_ITEMS; i++) {
        if (b->keep[i].for_us < a.keep[i].for_us)
            a.keep[i].for_us = b->keep[i].for_us;
        if (b->keep[i].after < a.keep[i].after)
            a.keep[i].after = b->keep[i].after;
        a.readers[i] &= b->readers[i];
    }
    return a;
}

/* Minors and unknown people: the strictest of everything written for this direction and choice. */
static void set_strictest(struct lw_policy *p, const struct filled *filled, bool opted_out,
                          unsigned d)
{
    struct lw_policy_rule least = p->rules[LW_CLASS_CITIZEN][opted_out][d];
    for (unsigned c = 0; c < LW_POLICY_CLASSES; c++)
        if (filled->cell[c][opted_out][d])
            least = stricter(least, &p->rules[c][opted_out][d]);
    if (!least.keep[LW_ITEM_PHOTO].for_us && !least.keep[LW_ITEM_TEMPLATE].for_us)
        least.encounters = false;
    p->rules[LW_CLASS_MINOR][opted_out][d] = least;
    p->rules[LW_CLASS_UNKNOWN][opted_out][d] = least;
}

static int complete(struct lw_policy *p, const struct filled *filled, struct lw_why *why)
{
    for (unsigned o = 0; o < 2; o++) {
        for (unsigned d = 0; d < LW_DIRECTIONS; d++) {
            for (unsigned c = 0; c < LW_CLASS_MINOR; c++)
                if (!filled->cell[c][o][d])
                    return lw_why_set(why, LW_EFORMAT, -1, "rules: none for %s, %s%s",
                                      lw_class_names[c], lw_direction_names[d],
                                      o ? ", opted out" : "");
            set_strictest(p, filled, o, d);
        }
    }
    return LW_OK;
}

static int read_rules(struct lw_policy *p, const struct lw_fields *f)
{
    const struct lw_json *a;
    struct filled filled = {0};
    int r = lw_fields_array(f, "rules", 1, RULES_MAX, "rules", &a);
    for (size_t i = 0; r == LW_OK && i < lw_json_size(a); i++) {
        struct written w = {.opted_out = false};
        if ((r = read_rule(&w, lw_json_at(a, i), i, f->why)) == LW_OK)
            r = spread(p, &filled, &w, i, f->why);
    }
    return r < 0 ? r : complete(p, &filled, f->why);
}

static int read_sources(const struct lw_fields *f)
{
    const struct lw_json *a;
    int r = lw_fields_array(f, "sources", 0, 50, "sources", &a);
    for (size_t i = 0; r == LW_OK && i < lw_json_size(a); i++)
        if (!lw_json_string(lw_json_at(a, i)))
            return lw_fields_refuse(f, "sources", "[%zu] is no string", i);
    return r;
}

static int read_head(struct lw_policy *p, const struct lw_fields *f)
{
    static const char *const formats[] = {"lanewise-policy"};
    unsigned format;
    int64_t version, day;
    char about[4096], noon[32];
    int r = lw_fields_choice(f, "format", formats, 1, &format);
    if (r < 0 || (r = lw_fields_int(f, "version", 1, 1, &version)) < 0 ||
        (r = lw_fields_id(f, "name", p->name)) < 0 ||
        (r = lw_fields_text(f, "revision", p->revision, sizeof(p->revision))) < 0)
        return r;
    snprintf(noon, sizeof(noon), "%sT12:00:00Z", p->revision);
    if (lw_time_parse(noon, &day) < 0)
        return lw_fields_refuse(f, "revision", "\"%s\" is no date as 2026-01-31", p->revision);
    if ((r = lw_fields_name(f, "about", about, sizeof(about))) < 0 || (r = read_sources(f)) < 0 ||
        (r = lw_fields_number(f, "fmr", 1e-7, 0.01, &p->fmr)) < 0 ||
        (r = read_words(f, "export_roles", 0, role_names, LW_ROLES, &p->exporters)) < 0 ||
        (r = read_words(f, "erase_roles", 0, role_names, LW_ROLES, &p->erasers)) < 0)
        return r;
    return read_words(f, "correct_roles", 0, role_names, LW_ROLES, &p->correctors);
}

int lw_policy_parse(struct lw_policy *out, struct lw_span json, struct lw_why *why)
{
    static const char *const known[] = {
        "format",       "version",       "name",  "revision",    "about",        "sources", "fmr",
        "export_roles", "correct_roles", "rules", "erase_roles", "requirements", NULL};
    LW_AUTO(lw_json_doc) doc = NULL;
    struct lw_policy p = {.fmr = 0};
    struct lw_fields f;
    if (json.n > LW_POLICY_BYTES_MAX)
        return lw_why_set(why, LW_ELIMIT, -1, "has %zu bytes, the limit is %d", json.n,
                          LW_POLICY_BYTES_MAX);
    int r = lw_json_parse(&doc, json, why);
    if (r < 0 || (r = lw_fields_open(&f, lw_json_root(doc), known, why, "%s", "")) < 0 ||
        (r = read_head(&p, &f)) < 0 || (r = read_rules(&p, &f)) < 0 ||
        (r = lw_policy_read_requirements(&p.requirements, &f)) < 0)
        return r;
    *out = p;
    return LW_OK;
}

const struct lw_policy_rule *lw_policy_rule(const struct lw_policy *p, enum lw_person_class c,
                                            bool opted_out, enum lw_direction d)
{
    return &p->rules[c][opted_out][d];
}

int64_t lw_policy_due(const struct lw_policy_rule *rule, enum lw_item item,
                      const struct lw_policy_times *t)
{
    const struct lw_keep *k = &rule->keep[item];
    if (!k->for_us)
        return t->closed_utc_us;
    if (k->after == LW_EVENT_OPENED)
        return t->opened_utc_us + k->for_us;
    if (k->after == LW_EVENT_VERIFIED && t->verified_utc_us)
        return t->verified_utc_us + k->for_us;
    return t->closed_utc_us + k->for_us;
}

void lw_policy_restrict(const struct lw_policy *p, struct lw_bundle *bundle)
{
    for (size_t i = 0; i < bundle->n_documents; i++) {
        struct lw_bundle_document *d = &bundle->documents[i];
        if (!lw_policy_rule(p, d->person_class, d->opted_out, bundle->direction)->photograph)
            d->opted_out = true;
    }
}

void lw_policy_offer(const struct lw_policy *p, const struct lw_bundle *bundle,
                     struct lw_outcome *out)
{
    for (size_t i = 0; i < bundle->n_documents; i++) {
        const struct lw_bundle_document *d = &bundle->documents[i];
        out->documents[i].manual_offered =
            lw_policy_rule(p, d->person_class, d->opted_out, bundle->direction)->offer_manual;
    }
}
