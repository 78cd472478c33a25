#include "doc/vds_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "doc/c40.h"
#include "doc/vds_priv.h"

const char *lw_vds_signature_name(enum lw_vds_signature s)
{
    static const char *const names[] = {"unchecked", "valid", "invalid"};
    return names[s];
}

const char *lw_vds_stay_name(enum lw_vds_stay s)
{
    static const char *const names[] = {"", "valid_until", "at_the_border", "transit", "for"};
    return names[s];
}

void lw_vds_find(struct lw_vds_check *c, const char *rule, const char *fmt, ...)
{
    if (c->n_findings == LW_VDS_FINDINGS_MAX)
        return;
    struct lw_vds_finding *f = &c->findings[c->n_findings++];
    va_list ap;
    snprintf(f->rule, sizeof(f->rule), "%s", rule);
    va_start(ap, fmt);
    vsnprintf(f->text, sizeof(f->text), fmt, ap);
    va_end(ap);
}

/* 9303-7 9.1.3 and 9303-8 6.1.3. A visa has one of two MRZs. */
static const struct profile {
    enum lw_vds_kind kind;
    uint8_t tag;
    const char *name;
    size_t min, max; /* bytes */
    bool required;
} profiles[] = {
    {LW_VDS_VISA, 1, "mrz", 48, 48, false},          {LW_VDS_VISA, 2, "mrz", 44, 44, false},
    {LW_VDS_VISA, 3, "entries", 1, 1, false},        {LW_VDS_VISA, 4, "stay", 3, 3, true},
    {LW_VDS_VISA, 5, "passport_number", 6, 6, true}, {LW_VDS_VISA, 6, "visa_type", 1, 4, false},
    {LW_VDS_VISA, 7, "additional", 0, 254, false},   {LW_VDS_ETD, 2, "mrz", 48, 48, true},
};

static const struct profile *profile_of(enum lw_vds_kind kind, uint8_t tag)
{
    for (size_t i = 0; i < LW_COUNT(profiles); i++)
        if (profiles[i].kind == kind && profiles[i].tag == tag)
            return &profiles[i];
    return NULL;
}

const char *lw_vds_feature_name(enum lw_vds_kind kind, uint8_t tag)
{
    const struct profile *p = profile_of(kind, tag);
    return p ? p->name : NULL;
}

static void check_feature(struct lw_vds_check *c, const struct lw_vds_feature *f)
{
    const struct profile *p = profile_of(c->seal.kind, f->tag);
    if (!p && c->seal.kind != LW_VDS_OTHER)
        lw_vds_find(c, "unknown_feature", "a feature with tag %02X, which the standard has not",
                    f->tag);
    else if (p && (f->value.n < p->min || f->value.n > p->max))
        lw_vds_find(c, "format", "%s has %zu bytes", p->name, f->value.n);
    if (p && !lw_vds_feature(&c->seal, f->tag))
        lw_vds_find(c, "format", "%s stands there more than once", p->name);
}

static void check_profile(struct lw_vds_check *c)
{
    const struct lw_vds *v = &c->seal;
    if (v->kind == LW_VDS_OTHER)
        lw_vds_find(c, "profile",
                    "feature set %02X of category %02X: neither a visa nor an emergency travel "
                    "document",
                    v->feature_set, v->category);
    for (size_t i = 0; i < v->n_features; i++)
        check_feature(c, &v->features[i]);
    for (size_t i = 0; i < LW_COUNT(profiles); i++)
        if (profiles[i].kind == v->kind && profiles[i].required &&
            !lw_vds_feature(v, profiles[i].tag))
            lw_vds_find(c, "missing_feature", "there is no %s", profiles[i].name);
    if (v->kind == LW_VDS_VISA && !lw_vds_feature(v, 1) == !lw_vds_feature(v, 2))
        lw_vds_find(c, "missing_feature", "there is not one MRZ");
    if (v->kind == LW_VDS_ETD && v->version < 4)
        lw_vds_find(c, "format", "version 3, which emergency travel documents must not have");
}

/* Which feature holds the MRZ, and how many characters of each line. */
static const struct lw_vds_feature *mrz_feature(const struct lw_vds *v, size_t *first,
                                                size_t *second, size_t *columns)
{
    const bool a = v->kind == LW_VDS_VISA && lw_vds_feature(v, 1);
    *columns = *first = a ? 44 : 36;
    *second = v->kind == LW_VDS_VISA ? 28 : 36;
    return v->kind == LW_VDS_OTHER ? NULL : lw_vds_feature(v, a ? 1 : 2);
}

static void read_mrz(struct lw_vds_check *c, int64_t now_utc_us)
{
    size_t first, second, columns;
    char text[80], both[100];
    const struct lw_vds_feature *f = mrz_feature(&c->seal, &first, &second, &columns);
    if (!f)
        return;
    const int n = lw_c40_decode(text, sizeof(text), f->value);
    if (n < 0 || (size_t)n != first + second) {
        lw_vds_find(c, "format", "the MRZ is no text in C40 of %zu characters", first + second);
        return;
    }
    for (int i = 0; i < n; i++)
        text[i] = text[i] == ' ' ? '<' : text[i];
    memset(c->lines, '<', sizeof(c->lines));
    memcpy(c->lines[0], text, first);
    memcpy(c->lines[1], text + first, second);
    c->lines[0][columns] = c->lines[1][columns] = '\0';
    const int bytes = snprintf(both, sizeof(both), "%s\n%s\n", c->lines[0], c->lines[1]);
    c->has_mrz = lw_mrz_parse(&c->mrz, (struct lw_span){(const uint8_t *)both, (size_t)bytes},
                              now_utc_us, NULL) == LW_OK;
    for (size_t i = 0; c->has_mrz && i < c->mrz.n_findings; i++)
        lw_vds_find(c, "seal_mrz", "%s: %s", lw_mrz_field_name(c->mrz.findings[i].field),
                    lw_mrz_rule_name(c->mrz.findings[i].rule));
}

static enum lw_vds_stay stay_of(const uint8_t b[3])
{
    if (b[0] != b[1] || b[1] != b[2])
        return LW_VDS_STAY_FOR;
    return b[0] == 0     ? LW_VDS_STAY_UNTIL
           : b[0] == 255 ? LW_VDS_STAY_BORDER
           : b[0] == 254 ? LW_VDS_STAY_TRANSIT
                         : LW_VDS_STAY_FOR;
}

static void read_visa(struct lw_vds_check *c)
{
    const struct lw_vds_feature *f = lw_vds_feature(&c->seal, 3);
    if (f && f->value.n == 1)
        c->entries = f->value.data[0];
    f = lw_vds_feature(&c->seal, 4);
    if (f && f->value.n == 3) {
        c->stay = stay_of(f->value.data);
        c->days = f->value.data[0];
        c->months = f->value.data[1];
        c->years = f->value.data[2];
    }
    f = lw_vds_feature(&c->seal, 5);
    if (!f || f->value.n != 6)
        return;
    int n = lw_c40_decode(c->passport_number, sizeof(c->passport_number), f->value);
    if (n < 0)
        lw_vds_find(c, "format", "the passport's number is no text in C40");
    while (n > 0 && c->passport_number[n - 1] == ' ')
        c->passport_number[--n] = '\0';
    if (n < 0)
        c->passport_number[0] = '\0';
}

/* The header's state is padded with spaces, the MRZ's is cut. */
static void check_state(struct lw_vds_check *c)
{
    char state[4];
    snprintf(state, sizeof(state), "%.*s", (int)strcspn(c->seal.country, " "), c->seal.country);
    if (c->has_mrz && strcmp(state, c->mrz.issuing_state) != 0)
        lw_vds_find(c, "country", "the seal is of %s, its MRZ of %s", state, c->mrz.issuing_state);
}

static void check_days(struct lw_vds_check *c, int64_t now_utc_us)
{
    char today[LW_TIME_TEXT];
    lw_time_print(today, now_utc_us);
    today[10] = '\0';
    if (strcmp(c->seal.signature_date, today) > 0)
        lw_vds_find(c, "date", "it was signed on %s, which is not yet", c->seal.signature_date);
    if (strspn(c->seal.reference, "0") == strlen(c->seal.reference))
        lw_vds_find(c, "test_reference", "the certificate's reference is one for tests");
}

/* Rules that are told, but do not make a seal invalid. */
static bool spoils(const char *rule)
{
    return strcmp(rule, "unknown_feature") != 0 && strcmp(rule, "stale_crl") != 0 &&
           strcmp(rule, "unknown_certificate") != 0 && strcmp(rule, "trust") != 0;
}

static void judge(struct lw_vds_check *c)
{
    c->verdict = c->chain == LW_PA_CHAIN_VALID && c->signature == LW_VDS_SIGNATURE_VALID
                     ? LW_PA_VALID
                     : LW_PA_NO_TRUST;
    for (size_t i = 0; i < c->n_findings; i++)
        if (spoils(c->findings[i].rule))
            c->verdict = LW_PA_NOT_VALID;
    if (!c->readable)
        c->verdict = LW_PA_UNREADABLE;
}

int lw_vds_check(struct lw_vds_check *out, struct lw_span bytes, const struct lw_trust *trust,
                 int64_t now_utc_us, struct lw_why *why)
{
    struct lw_vds_check c = {.chain = LW_PA_CHAIN_NO_TRUST, .entries = -1};
    struct lw_why bad;
    int r = lw_vds_parse(&c.seal, bytes, &bad);
    c.readable = r == LW_OK;
    if (r < 0) {
        lw_vds_find(&c, "format", "%s", bad.text);
    } else {
        check_profile(&c);
        read_mrz(&c, now_utc_us);
        if (c.seal.kind == LW_VDS_VISA)
            read_visa(&c);
        check_state(&c);
        check_days(&c, now_utc_us);
        if ((r = lw_vds_check_signer(&c, trust, now_utc_us, why)) < 0)
            return r;
    }
    judge(&c);
    *out = c;
    return LW_OK;
}

void lw_vds_make_refused(struct lw_vds_check *out, const char *text)
{
    *out = (struct lw_vds_check){
        .verdict = LW_PA_UNREADABLE, .chain = LW_PA_CHAIN_NO_TRUST, .entries = -1};
    lw_vds_find(out, "decoder_refused", "%s", text);
}

static void compare_texts(struct lw_vds_check *c, enum lw_mrz_field field, const char *sealed,
                          const char *printed)
{
    if (strcmp(sealed, printed) != 0)
        lw_vds_find(c, "mrz_mismatch", "%s is %s in the seal and %s in print",
                    lw_mrz_field_name(field), sealed[0] ? sealed : "empty",
                    printed[0] ? printed : "empty");
}

static void compare_same(struct lw_vds_check *c, const struct lw_mrz *printed)
{
    const struct lw_mrz *m = &c->mrz;
    const char sealed_sex[] = {m->sex, '\0'}, printed_sex[] = {printed->sex, '\0'};
    const struct {
        enum lw_mrz_field field;
        const char *sealed, *printed;
    } all[] = {
        {LW_MRZ_DOCUMENT_CODE, m->document_code, printed->document_code},
        {LW_MRZ_ISSUING_STATE, m->issuing_state, printed->issuing_state},
        {LW_MRZ_SURNAME, m->surname, printed->surname},
        {LW_MRZ_GIVEN_NAMES, m->given_names, printed->given_names},
        {LW_MRZ_DOCUMENT_NUMBER, m->document_number, printed->document_number},
        {LW_MRZ_NATIONALITY, m->nationality, printed->nationality},
        {LW_MRZ_BIRTH_DATE, m->birth_date, printed->birth_date},
        {LW_MRZ_SEX, sealed_sex, printed_sex},
        {LW_MRZ_EXPIRY_DATE, m->expiry_date, printed->expiry_date},
    };
    for (size_t i = 0; i < LW_COUNT(all); i++)
        compare_texts(c, all[i].field, all[i].sealed, all[i].printed);
    if (c->seal.kind == LW_VDS_ETD)
        compare_texts(c, LW_MRZ_OPTIONAL_DATA, m->optional_data, printed->optional_data);
}

static bool is_visa(enum lw_mrz_format f)
{
    return f == LW_MRZ_MRV_A || f == LW_MRZ_MRV_B;
}

void lw_vds_compare(struct lw_vds_check *c, const struct lw_mrz *printed)
{
    for (size_t i = 0; i < printed->n_findings; i++)
        lw_vds_find(c, "printed_mrz", "%s: %s", lw_mrz_field_name(printed->findings[i].field),
                    lw_mrz_rule_name(printed->findings[i].rule));
    if (c->seal.kind == LW_VDS_VISA && !is_visa(printed->format)) {
        if (strcmp(printed->document_number, c->passport_number) != 0)
            lw_vds_find(c, "passport_mismatch", "the visa is for passport %s, this is %s",
                        c->passport_number, printed->document_number);
    } else if (c->has_mrz && printed->format == c->mrz.format) {
        compare_same(c, printed);
    } else if (c->readable) {
        lw_vds_find(c, "mrz_mismatch", "the printed MRZ is of another kind than the sealed one");
    }
    judge(c);
}

bool lw_vds_ok(const struct lw_vds_check *c)
{
    for (size_t i = 0; i < c->n_findings; i++)
        if (strcmp(c->findings[i].rule, "unknown_feature") != 0)
            return false;
    return c->verdict == LW_PA_VALID;
}
