#include "doc/cms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define OID_SIGNED_DATA "1.2.840.113549.1.7.2"
#define OID_CONTENT_TYPE "1.2.840.113549.1.9.3"
#define OID_MESSAGE_DIGEST "1.2.840.113549.1.9.4"
#define OID_SIGNING_TIME "1.2.840.113549.1.9.5"

static int bad(struct lw_why *why, size_t at, const char *what)
{
    return lw_why_set(why, LW_EFORMAT, (int64_t)at, "byte %zu: %s", at, what);
}

static int expect_oid(char out[LW_CMS_OID], struct lw_tlv_reader *r, struct lw_why *why)
{
    struct lw_tlv t;
    int e = lw_tlv_expect(r, 0x06, &t, why);
    return e < 0 ? e : lw_tlv_oid_print(out, LW_CMS_OID, &t, why);
}

/* A constructed element that must be next, entered. */
static int expect_inside(struct lw_tlv_reader *r, uint32_t tag, struct lw_tlv_reader *inside,
                         struct lw_why *why)
{
    struct lw_tlv t;
    int e = lw_tlv_expect(r, tag, &t, why);
    return e < 0 ? e : lw_tlv_enter(r, &t, inside, why);
}

static int expect_version(int *version, struct lw_tlv_reader *r, struct lw_why *why)
{
    struct lw_tlv t;
    uint64_t v = 0;
    int e = lw_tlv_expect(r, 0x02, &t, why);
    if (e < 0 || (e = lw_tlv_uint(&t, &v, why)) < 0)
        return e;
    if (v > 9)
        return bad(why, t.at, "a version above 9");
    *version = (int)v;
    return LW_OK;
}

/* AlgorithmIdentifier of a digest: parameters absent or NULL, anything else is no known one. */
static int expect_digest(enum lw_hash *out, struct lw_tlv_reader *r, struct lw_why *why)
{
    struct lw_tlv_reader inside;
    struct lw_tlv t;
    char oid[LW_CMS_OID];
    int e = expect_inside(r, 0x30, &inside, why);
    if (e < 0 || (e = expect_oid(oid, &inside, why)) < 0)
        return e;
    *out = lw_hash_of_oid(oid);
    if ((e = lw_tlv_next(&inside, &t, why)) < 0)
        return e;
    if (e == 1 && (t.tag != 0x05 || t.value.n != 0))
        *out = LW_HASH_NONE;
    return lw_tlv_end(&inside, why);
}

static int read_digests(struct lw_cms *cms, struct lw_tlv_reader *r, struct lw_why *why)
{
    struct lw_tlv_reader set;
    int e = expect_inside(r, 0x31, &set, why);
    while (e == LW_OK && lw_cursor_left(&set.c) > 0) {
        if (cms->n_digests == LW_CMS_DIGESTS_MAX)
            return lw_why_set(why, LW_ELIMIT, -1, "more than %d digest algorithms",
                              LW_CMS_DIGESTS_MAX);
        e = expect_digest(&cms->digests[cms->n_digests++], &set, why);
    }
    return e;
}

/* The pieces of a constructed OCTET STRING, which BER allows (X.690 8.7.3), one level deep. */
static int join_octets(struct lw_strbuf *held, const struct lw_tlv_reader *outer,
                       const struct lw_tlv *octets, struct lw_why *why)
{
    struct lw_tlv_reader r;
    struct lw_tlv t;
    int e = lw_tlv_enter(outer, octets, &r, why);
    while (e >= 0 && (e = lw_tlv_next(&r, &t, why)) == 1) {
        if (t.tag != 0x04)
            return bad(why, t.at, "a piece of an octet string that is none");
        lw_strbuf_put(held, t.value.data, t.value.n);
    }
    return e < 0 ? e : lw_strbuf_err(held);
}

/* EncapsulatedContentInfo, 5.2. */
static int read_content(struct lw_cms *cms, struct lw_tlv_reader *r, struct lw_why *why)
{
    struct lw_tlv_reader inside, wrapped;
    struct lw_tlv t;
    int e = expect_inside(r, 0x30, &inside, why);
    if (e < 0 || (e = expect_oid(cms->content_type, &inside, why)) < 0 ||
        (e = expect_inside(&inside, 0xa0, &wrapped, why)) < 0 ||
        (e = lw_tlv_end(&inside, why)) < 0 || (e = lw_tlv_next(&wrapped, &t, why)) < 0)
        return e;
    if (e == 0 || (t.tag != 0x04 && t.tag != 0x24))
        return bad(why, wrapped.base, "content that is no octet string");
    cms->content = t.value;
    if (t.tag == 0x24) {
        if ((e = join_octets(&cms->held[0], &wrapped, &t, why)) < 0)
            return e;
        cms->content = lw_strbuf_span(&cms->held[0]);
    }
    return lw_tlv_end(&wrapped, why);
}

static int read_certs(struct lw_cms *cms, struct lw_tlv_reader *r, struct lw_why *why)
{
    struct lw_tlv_reader set;
    struct lw_tlv t;
    int e = lw_tlv_accept(r, 0xa0, &t, why);
    if (e <= 0 || (e = lw_tlv_enter(r, &t, &set, why)) < 0)
        return e;
    while ((e = lw_tlv_next(&set, &t, why)) == 1) {
        if (t.tag != 0x30)
            return bad(why, t.at, "a certificate that is not X.509");
        if (cms->n_certs == LW_CMS_CERTS_MAX)
            return lw_why_set(why, LW_ELIMIT, (int64_t)t.at, "byte %zu: more than %d certificates",
                              t.at, LW_CMS_CERTS_MAX);
        cms->certs[cms->n_certs++] = t.whole;
    }
    return e;
}

/* SignerIdentifier, 5.3. */
static int read_identifier(struct lw_cms_signer *s, struct lw_tlv_reader *r, struct lw_why *why)
{
    struct lw_tlv_reader inside;
    struct lw_tlv t, serial;
    int e = lw_tlv_accept(r, 0x80, &t, why);
    if (e < 0)
        return e;
    if (e == 1) {
        s->by_key_id = true;
        s->key_id = t.value;
        return LW_OK;
    }
    if ((e = expect_inside(r, 0x30, &inside, why)) < 0 ||
        (e = lw_tlv_expect(&inside, 0x30, &t, why)) < 0 ||
        (e = lw_tlv_expect(&inside, 0x02, &serial, why)) < 0)
        return e;
    s->issuer = t.whole;
    s->serial = serial.value;
    return lw_tlv_end(&inside, why);
}

/* UTCTime and GeneralizedTime in the forms of RFC 5652 11.3; what has another form says nothing. */
static bool read_time(int64_t *utc_us, const struct lw_tlv *t)
{
    char text[24];
    const size_t year = t->tag == 0x17 ? 2 : 4;
    const char *s = (const char *)t->value.data;
    if ((t->tag != 0x17 && t->tag != 0x18) || t->value.n != year + 11 || s[year + 10] != 'Z')
        return false;
    const char *century = t->tag == 0x18 ? "" : s[0] >= '5' ? "19" : "20";
    const char *rest = s + year;
    snprintf(text, sizeof(text), "%s%.*s-%.2s-%.2sT%.2s:%.2s:%.2sZ", century, (int)year, s, rest,
             rest + 2, rest + 4, rest + 6, rest + 8);
    return lw_time_parse(text, utc_us) == LW_OK;
}

/* What an attribute says, when it is one of those that matter; each of them once, with one value.
 */
static int read_attribute(struct lw_cms_signer *s, const struct lw_tlv_reader *set,
                          const struct lw_tlv *attribute, struct lw_why *why)
{
    struct lw_tlv_reader inside, values;
    struct lw_tlv t;
    char oid[LW_CMS_OID];
    int e = lw_tlv_enter(set, attribute, &inside, why);
    if (e < 0 || (e = expect_oid(oid, &inside, why)) < 0 ||
        (e = expect_inside(&inside, 0x31, &values, why)) < 0 || (e = lw_tlv_end(&inside, why)) < 0)
        return e;
    const bool type = strcmp(oid, OID_CONTENT_TYPE) == 0;
    const bool digest = strcmp(oid, OID_MESSAGE_DIGEST) == 0;
    const bool time = strcmp(oid, OID_SIGNING_TIME) == 0;
    if (!type && !digest && !time)
        return LW_OK;
    if ((type && s->content_type[0]) || (digest && s->message_digest.data) ||
        (time && s->has_signing_time))
        return bad(why, attribute->at, "an attribute that stands there twice");
    if (type) {
        e = expect_oid(s->content_type, &values, why);
    } else if (digest) {
        if ((e = lw_tlv_expect(&values, 0x04, &t, why)) == LW_OK)
            s->message_digest = t.value;
    } else if ((e = lw_tlv_next(&values, &t, why)) == 1) {
        s->has_signing_time = read_time(&s->signing_time_utc_us, &t);
    }
    return e < 0 ? e : lw_tlv_end(&values, why);
}

/* The same element with definite shortest lengths (X.690 10.1): what was signed, where BER was
 * sent. Depth is limited by the reader. */
static int put_der(struct lw_strbuf *b, const struct lw_tlv_reader *outer, const struct lw_tlv *t,
                   uint32_t tag, struct lw_why *why)
{
    struct lw_tlv_reader r;
    struct lw_tlv inner;
    LW_AUTO_STRBUF contents = LW_STRBUF_INIT;
    if (!t->constructed) {
        lw_tlv_put(b, tag, t->value);
        return lw_strbuf_err(b);
    }
    int e = lw_tlv_enter(outer, t, &r, why);
    while (e >= 0 && (e = lw_tlv_next(&r, &inner, why)) == 1)
        e = put_der(&contents, &r, &inner, inner.tag, why);
    if (e < 0 || (e = lw_strbuf_err(&contents)) < 0)
        return e;
    lw_tlv_put(b, tag, lw_strbuf_span(&contents));
    return lw_strbuf_err(b);
}

/* 5.4: signed is the DER of the SET OF, not of the [0] that stands in its place. */
static int read_attributes(struct lw_cms_signer *s, struct lw_strbuf *held, struct lw_tlv_reader *r,
                           struct lw_why *why)
{
    struct lw_tlv_reader set;
    struct lw_tlv all, t;
    int e = lw_tlv_accept(r, 0xa0, &all, why);
    if (e <= 0 || (e = put_der(held, r, &all, 0x31, why)) < 0)
        return e;
    s->has_attributes = true;
    s->attributes = lw_strbuf_span(held);
    if ((e = lw_tlv_enter(r, &all, &set, why)) < 0)
        return e;
    while ((e = lw_tlv_next(&set, &t, why)) == 1)
        if ((e = read_attribute(s, &set, &t, why)) < 0)
            return e;
    return e;
}

/* SignerInfo, 5.3. */
static int read_signer(struct lw_cms_signer *s, struct lw_strbuf *held,
                       const struct lw_tlv_reader *set, const struct lw_tlv *whole,
                       struct lw_why *why)
{
    struct lw_tlv_reader r;
    struct lw_tlv t;
    s->at = whole->at;
    int e = lw_tlv_enter(set, whole, &r, why);
    if (e < 0 || (e = expect_version(&s->version, &r, why)) < 0 ||
        (e = read_identifier(s, &r, why)) < 0 || (e = expect_digest(&s->digest, &r, why)) < 0 ||
        (e = read_attributes(s, held, &r, why)) < 0 || (e = lw_tlv_expect(&r, 0x30, &t, why)) < 0)
        return e;
    s->algorithm = t.whole;
    if ((e = lw_tlv_expect(&r, 0x04, &t, why)) < 0)
        return e;
    s->signature = t.value;
    if ((e = lw_tlv_accept(&r, 0xa1, &t, why)) < 0)
        return e;
    if (e == 1)
        s->unsigned_attributes = t.whole;
    return lw_tlv_end(&r, why);
}

static int read_signers(struct lw_cms *cms, struct lw_tlv_reader *r, struct lw_why *why)
{
    struct lw_tlv_reader set;
    struct lw_tlv t;
    int e = expect_inside(r, 0x31, &set, why);
    while (e >= 0 && (e = lw_tlv_next(&set, &t, why)) == 1) {
        if (t.tag != 0x30)
            return bad(why, t.at, "a signer that is none");
        if (cms->n_signers == LW_CMS_SIGNERS_MAX)
            return lw_why_set(why, LW_ELIMIT, (int64_t)t.at, "byte %zu: more than %d signers", t.at,
                              LW_CMS_SIGNERS_MAX);
        struct lw_strbuf *held = &cms->held[1 + cms->n_signers];
        e = read_signer(&cms->signers[cms->n_signers++], held, &set, &t, why);
    }
    return e;
}

/* SignedData, 5.1. */
static int read_signed_data(struct lw_cms *cms, struct lw_tlv_reader *r, struct lw_why *why)
{
    struct lw_tlv t;
    int e = expect_version(&cms->version, r, why);
    if (e < 0 || (e = read_digests(cms, r, why)) < 0 || (e = read_content(cms, r, why)) < 0 ||
        (e = read_certs(cms, r, why)) < 0 || (e = lw_tlv_accept(r, 0xa1, &t, why)) < 0)
        return e;
    if (e == 1)
        cms->crls = t.whole;
    if ((e = read_signers(cms, r, why)) < 0)
        return e;
    return lw_tlv_end(r, why);
}

static int parse(struct lw_cms *cms, struct lw_span der, size_t at, struct lw_why *why)
{
    struct lw_tlv_limits limits = LW_TLV_LIMITS;
    struct lw_tlv_reader outer, info, wrapped, data;
    char oid[LW_CMS_OID];
    int e = lw_tlv_open(&outer, der, &limits, why);
    if (e < 0)
        return e;
    outer.base = at;
    if ((e = expect_inside(&outer, 0x30, &info, why)) < 0 || (e = lw_tlv_end(&outer, why)) < 0 ||
        (e = expect_oid(oid, &info, why)) < 0)
        return e;
    if (strcmp(oid, OID_SIGNED_DATA) != 0)
        return bad(why, info.base, "content that is not signed data");
    if ((e = expect_inside(&info, 0xa0, &wrapped, why)) < 0 || (e = lw_tlv_end(&info, why)) < 0 ||
        (e = expect_inside(&wrapped, 0x30, &data, why)) < 0 || (e = lw_tlv_end(&wrapped, why)) < 0)
        return e;
    return read_signed_data(cms, &data, why);
}

int lw_cms_parse(struct lw_cms **out, struct lw_span der, size_t at, struct lw_why *why)
{
    struct lw_cms *cms = calloc(1, sizeof(*cms));
    if (!cms)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    int e = parse(cms, der, at, why);
    if (e < 0) {
        lw_cms_free(&cms);
        return e;
    }
    *out = cms;
    return LW_OK;
}

void lw_cms_free(struct lw_cms **cms)
{
    if (!*cms)
        return;
    for (size_t i = 0; i < LW_COUNT((*cms)->held); i++)
        lw_strbuf_clear(&(*cms)->held[i]);
    free(*cms);
    *cms = NULL;
}
