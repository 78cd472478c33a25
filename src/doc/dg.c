#include "doc/lds.h"

#include <stdio.h>
#include <string.h>

/* A string of exactly n printable characters into out[n + 1]. */
static int fixed_text(char *out, size_t n, const struct lw_tlv *t, const char *what,
                      struct lw_why *why)
{
    bool good = t->value.n == n;
    for (size_t i = 0; good && i < n; i++)
        good = t->value.data[i] >= 0x20 && t->value.data[i] < 0x7f;
    if (!good)
        return lw_why_set(why, LW_EFORMAT, (int64_t)t->at, "byte %zu: %s is not %zu characters",
                          t->at, what, n);
    memcpy(out, t->value.data, n);
    out[n] = '\0';
    return LW_OK;
}

/* A list of tags of one or two bytes (ISO/IEC 7816-4, tag 5C); returns 0 at its end, or a tag. */
static int next_tag(struct lw_cursor *c, uint32_t *tag)
{
    uint8_t b;
    if (lw_cursor_u8(c, &b) < 0)
        return 0;
    *tag = b;
    if ((b & 0x1f) != 0x1f)
        return 1;
    if (lw_cursor_u8(c, &b) < 0)
        return 0;
    *tag = *tag << 8 | b;
    return 1;
}

static void read_groups(struct lw_com *com, struct lw_span list)
{
    struct lw_cursor c = lw_cursor_over(list);
    uint32_t tag;
    while (next_tag(&c, &tag)) {
        const enum lw_lds_id ef = lw_lds_of_tag(tag);
        if (ef)
            com->groups |= 1u << ef;
        else
            com->unknown_tags++;
    }
}

int lw_com_parse(struct lw_com *out, struct lw_span file, struct lw_why *why)
{
    struct lw_tlv_limits limits = LW_TLV_LIMITS;
    struct lw_tlv_reader r;
    struct lw_tlv t;
    struct lw_com com = {.groups = 0};
    int e = lw_lds_open(&r, &limits, 0x60, file, why);
    while (e >= 0 && (e = lw_tlv_next(&r, &t, why)) == 1) {
        if (t.tag == 0x5f01)
            e = fixed_text(com.lds_version, 4, &t, "the LDS version", why);
        else if (t.tag == 0x5f36)
            e = fixed_text(com.unicode_version, 6, &t, "the Unicode version", why);
        else if (t.tag == 0x5c)
            read_groups(&com, t.value);
        else
            com.unknown_tags++;
    }
    if (e < 0)
        return e;
    *out = com;
    return LW_OK;
}

int lw_dg1_parse(struct lw_span *mrz, struct lw_span file, struct lw_why *why)
{
    struct lw_tlv_limits limits = LW_TLV_LIMITS;
    struct lw_tlv_reader r;
    struct lw_tlv t;
    int e = lw_lds_open(&r, &limits, 0x61, file, why);
    if (e < 0 || (e = lw_tlv_expect(&r, 0x5f1f, &t, why)) < 0 || (e = lw_tlv_end(&r, why)) < 0)
        return e;
    if (t.value.n != 72 && t.value.n != 88 && t.value.n != 90)
        return lw_why_set(why, LW_EFORMAT, (int64_t)t.at,
                          "byte %zu: a MRZ of %zu characters, not 72, 88 or 90", t.at, t.value.n);
    *mrz = t.value;
    return LW_OK;
}

int lw_dg7_parse(struct lw_dg7 *out, struct lw_span file, struct lw_why *why)
{
    struct lw_tlv_limits limits = LW_TLV_LIMITS;
    struct lw_tlv_reader r;
    struct lw_tlv t;
    struct lw_dg7 dg = {.n = 0};
    uint64_t count = 0;
    int e = lw_lds_open(&r, &limits, 0x67, file, why);
    if (e < 0 || (e = lw_tlv_expect(&r, 0x02, &t, why)) < 0 ||
        (e = lw_tlv_uint(&t, &count, why)) < 0)
        return e;
    if (count < 1 || count > LW_DG7_PICTURES_MAX)
        return lw_why_set(why, LW_EFORMAT, (int64_t)t.at,
                          "byte %zu: says %llu pictures, not 1 to 9", t.at,
                          (unsigned long long)count);
    while (dg.n < count) {
        if ((e = lw_tlv_expect(&r, 0x5f43, &t, why)) < 0)
            return e;
        dg.pictures[dg.n++] = t.value;
    }
    if ((e = lw_tlv_end(&r, why)) < 0)
        return e;
    *out = dg;
    return LW_OK;
}

struct known_detail {
    uint32_t tag;
    const char *name;
    bool text;
};

static const struct known_detail details_11[] = {
    {0x5f0e, "full_name", true},
    {0x5f0f, "other_name", true},
    {0x5f10, "personal_number", true},
    {0x5f2b, "full_birth_date", true},
    {0x5f11, "place_of_birth", true},
    {0x5f42, "address", true},
    {0x5f12, "telephone", true},
    {0x5f13, "profession", true},
    {0x5f14, "title", true},
    {0x5f15, "summary", true},
    {0x5f16, "proof_of_citizenship", false},
    {0x5f17, "other_documents", true},
    {0x5f18, "custody", true},
};

static const struct known_detail details_12[] = {
    {0x5f19, "issuing_authority", true},
    {0x5f26, "issue_date", true},
    {0x5f1a, "other_person", true},
    {0x5f1b, "endorsements", true},
    {0x5f1c, "tax_exit_requirements", true},
    {0x5f1d, "image_front", false},
    {0x5f1e, "image_rear", false},
    {0x5f55, "personalised_at", true},
    {0x5f56, "personalisation_system", true},
};

/* Some issuers write full dates as eight digits in four bytes of BCD; they stay bytes then. */
static bool printable(struct lw_span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.data[i] < 0x20 || s.data[i] == 0x7f)
            return false;
    return true;
}

static void add_detail(struct lw_details *out, const struct known_detail *known, size_t n_known,
                       const struct lw_tlv *t)
{
    size_t i = 0;
    while (i < n_known && known[i].tag != t->tag)
        i++;
    if (i == n_known || out->n == LW_DETAILS_MAX) {
        out->unknown_tags++;
        return;
    }
    struct lw_detail *d = &out->v[out->n++];
    *d = (struct lw_detail){.value = t->value, .text = known[i].text && printable(t->value)};
    snprintf(d->name, sizeof(d->name), "%s", known[i].name);
}

/* Elements stand in the file itself, repeated ones inside A0 after their number (4.7.11); where
 * issuers put them outside, they are read there. The list of tags (5C) adds nothing. */
static int read_details(struct lw_details *out, const struct known_detail *known, size_t n_known,
                        struct lw_tlv_reader *r, struct lw_why *why)
{
    struct lw_tlv t, inner;
    struct lw_tlv_reader group;
    int e;
    while ((e = lw_tlv_next(r, &t, why)) == 1) {
        if (t.tag == 0x5c)
            continue;
        if (t.tag != 0xa0) {
            add_detail(out, known, n_known, &t);
            continue;
        }
        if ((e = lw_tlv_enter(r, &t, &group, why)) < 0)
            return e;
        while ((e = lw_tlv_next(&group, &inner, why)) == 1)
            if (inner.tag != 0x02)
                add_detail(out, known, n_known, &inner);
        if (e < 0)
            return e;
    }
    return e;
}

static int parse_details(struct lw_details *out, uint32_t tag, const struct known_detail *known,
                         size_t n_known, struct lw_span file, struct lw_why *why)
{
    struct lw_tlv_limits limits = LW_TLV_LIMITS;
    struct lw_tlv_reader r;
    struct lw_details d = {.n = 0};
    int e = lw_lds_open(&r, &limits, tag, file, why);
    if (e < 0 || (e = read_details(&d, known, n_known, &r, why)) < 0)
        return e;
    *out = d;
    return LW_OK;
}

int lw_dg11_parse(struct lw_details *out, struct lw_span file, struct lw_why *why)
{
    return parse_details(out, 0x6b, details_11, LW_COUNT(details_11), file, why);
}

int lw_dg12_parse(struct lw_details *out, struct lw_span file, struct lw_why *why)
{
    return parse_details(out, 0x6c, details_12, LW_COUNT(details_12), file, why);
}

int lw_dg15_parse(struct lw_span *spki, struct lw_span file, struct lw_why *why)
{
    struct lw_tlv_limits limits = LW_TLV_LIMITS;
    struct lw_tlv_reader r;
    struct lw_tlv t;
    int e = lw_lds_open(&r, &limits, 0x6f, file, why);
    if (e < 0 || (e = lw_tlv_expect(&r, 0x30, &t, why)) < 0 || (e = lw_tlv_end(&r, why)) < 0)
        return e;
    *spki = t.whole;
    return LW_OK;
}
