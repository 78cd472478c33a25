/* Which certificate does a signer mean? By RFC 5652 the one with that issuer and serial number, but
 * issuers write names in more than one way: parts in another order (Malaysia), as PrintableString
 * here and UTF8String there (Ukraine), with more spaces. Letters have to be the same, also in their
 * case: what is not signed may not be changed unseen. */
#include "doc/cms.h"

#include <string.h>

enum { PARTS_MAX = 32 };

static bool equal(struct lw_span a, struct lw_span b)
{
    return a.n == b.n && a.n > 0 && memcmp(a.data, b.data, a.n) == 0;
}

/* INTEGER contents have a zero before a high bit, certificates keep the number without it. */
static bool same_serial(struct lw_span integer, struct lw_span number)
{
    if (integer.n > 1 && integer.data[0] == 0) {
        integer.data++;
        integer.n--;
    }
    return equal(integer, number);
}

/* The elements inside one; 0 where there are none or too many. */
static size_t split(struct lw_tlv parts[PARTS_MAX], struct lw_span whole)
{
    struct lw_tlv_limits limits = LW_TLV_LIMITS;
    struct lw_tlv_reader outer, r;
    struct lw_tlv t;
    size_t n = 0;
    int e = 0;
    if (lw_tlv_open(&outer, whole, &limits, NULL) < 0 || lw_tlv_next(&outer, &t, NULL) != 1 ||
        lw_tlv_enter(&outer, &t, &r, NULL) < 0)
        return 0;
    while (n < PARTS_MAX && (e = lw_tlv_next(&r, &parts[n], NULL)) == 1)
        n++;
    return e == 0 ? n : 0;
}

/* UTF8String, PrintableString, TeletexString, IA5String. */
static bool is_text(const struct lw_tlv *t)
{
    return t->tag == 0x0c || t->tag == 0x13 || t->tag == 0x14 || t->tag == 0x16;
}

static size_t skip_spaces(struct lw_span s, size_t i)
{
    while (i < s.n && s.data[i] == ' ')
        i++;
    return i;
}

/* Equal but for the number of spaces, outer ones aside. */
static bool same_text(struct lw_span a, struct lw_span b)
{
    size_t i = skip_spaces(a, 0), k = skip_spaces(b, 0);
    while (i < a.n && k < b.n) {
        if (a.data[i] != b.data[k])
            return false;
        const bool space = a.data[i] == ' ';
        i = space ? skip_spaces(a, i) : i + 1;
        k = space ? skip_spaces(b, k) : k + 1;
    }
    return skip_spaces(a, i) == a.n && skip_spaces(b, k) == b.n;
}

/* AttributeTypeAndValue: the same type, and a text that means the same. */
static bool same_attribute(const struct lw_tlv *a, const struct lw_tlv *b)
{
    struct lw_tlv x[PARTS_MAX], y[PARTS_MAX];
    return a->tag == b->tag && split(x, a->whole) == 2 && split(y, b->whole) == 2 &&
           equal(x[0].whole, y[0].whole) && is_text(&x[1]) && is_text(&y[1]) &&
           same_text(x[1].value, y[1].value);
}

/* RelativeDistinguishedName. */
static bool same_part(const struct lw_tlv *a, const struct lw_tlv *b)
{
    struct lw_tlv x[PARTS_MAX], y[PARTS_MAX];
    const size_t n = a->tag == b->tag ? split(x, a->whole) : 0;
    if (n == 0 || split(y, b->whole) != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!same_attribute(&x[i], &y[i]))
            return false;
    return true;
}

static void swap(struct lw_tlv *a, struct lw_tlv *b)
{
    const struct lw_tlv t = *a;
    *a = *b;
    *b = t;
}

/* The same parts in whatever order; equal bytes are looked for first. */
static bool same_name(struct lw_span a, struct lw_span b, bool *exact)
{
    struct lw_tlv x[PARTS_MAX], y[PARTS_MAX];
    const size_t n = split(x, a);
    *exact = true;
    if (n == 0 || split(y, b) != n)
        return false;
    for (size_t i = 0; i < n; i++) {
        size_t k = i;
        while (k < n && !equal(x[i].whole, y[k].whole))
            k++;
        if (k == n) {
            *exact = false;
            for (k = i; k < n && !same_part(&x[i], &y[k]);)
                k++;
        }
        if (k == n)
            return false;
        swap(&y[i], &y[k]); /* what is left of y stands behind i */
    }
    return true;
}

bool lw_cms_names(const struct lw_cms_signer *s, const struct lw_cert *c, bool *exact)
{
    *exact = true;
    if (s->by_key_id)
        return equal(s->key_id, lw_cert_key_id(c));
    return same_serial(s->serial, lw_cert_serial(c)) &&
           same_name(s->issuer, lw_cert_issuer(c), exact);
}
