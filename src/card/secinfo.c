#include "card/secinfo.h"

#include <stdio.h>
#include <string.h>

#include "doc/tlv.h"

enum { SET = 0x31, SEQUENCE = 0x30, OID = 0x06, INTEGER = 0x02, OCTETS = 0x04, EXPLICIT_0 = 0xa0 };

/* bsi-de protocols smartcard: 0.4.0.127.0.7.2.2; id-icao-mrtd-security-aaProtocolObject. */
static const uint8_t bsi[] = {0x04, 0x00, 0x7f, 0x00, 0x07, 0x02, 0x02};
static const uint8_t icao_aa[] = {0x67, 0x81, 0x08, 0x01, 0x01, 0x05};

/* One SecurityInfo: protocol, required and optional data; the reader stands behind the protocol. */
struct info {
    struct lw_tlv oid;
    struct lw_tlv_reader data;
    uint8_t arc[3]; /* behind the bsi arcs: protocol, variant, cipher */
    size_t n_arcs;
};

static bool starts_with(struct lw_span s, const uint8_t *prefix, size_t n)
{
    return s.n >= n && memcmp(s.data, prefix, n) == 0;
}

static int copy_oid(struct lw_oid *out, const struct lw_tlv *t, struct lw_why *why)
{
    if (t->value.n > LW_OID_MAX)
        return lw_why_set(why, LW_ELIMIT, (int64_t)t->at, "byte %zu: protocol of %zu bytes", t->at,
                          t->value.n);
    memcpy(out->bytes, t->value.data, t->value.n);
    out->n = (uint8_t)t->value.n;
    return LW_OK;
}

static int read_small(struct lw_tlv_reader *r, uint64_t limit, uint64_t *out, struct lw_why *why)
{
    struct lw_tlv t;
    int e = lw_tlv_expect(r, INTEGER, &t, why);
    if (e == LW_OK)
        e = lw_tlv_uint(&t, out, why);
    if (e == LW_OK && *out > limit)
        return lw_why_set(why, LW_ELIMIT, (int64_t)t.at, "byte %zu: number above the limit", t.at);
    return e;
}

/* An optional INTEGER at the end; -1 when there is none. */
static int read_optional(struct lw_tlv_reader *r, int64_t *out, struct lw_why *why)
{
    *out = -1;
    if (lw_cursor_left(&r->c) == 0)
        return LW_OK;
    uint64_t v = 0;
    int e = read_small(r, INT32_MAX, &v, why);
    if (e == LW_OK)
        *out = (int64_t)v;
    return e == LW_OK ? lw_tlv_end(r, why) : e;
}

static int full(const struct info *i, struct lw_why *why)
{
    return lw_why_set(why, LW_ELIMIT, (int64_t)i->oid.at, "byte %zu: more than %d infos of a kind",
                      i->oid.at, LW_SECINFO_EACH_MAX);
}

/* PACEInfo (9.2.1): version, parameterId OPTIONAL. false: a variant that nobody specified. */
static bool pace_variant(struct lw_pace_info *p, const struct info *i)
{
    static const struct {
        bool known, curve;
        enum lw_pace_mapping mapping;
    } variants[] = {[1] = {true, false, LW_PACE_GENERIC},
                    [2] = {true, true, LW_PACE_GENERIC},
                    [3] = {true, false, LW_PACE_INTEGRATED},
                    [4] = {true, true, LW_PACE_INTEGRATED},
                    [6] = {true, true, LW_PACE_CHIP}};
    if (i->arc[1] >= LW_COUNT(variants) || !variants[i->arc[1]].known || i->arc[2] < 1 ||
        i->arc[2] > 4 || (variants[i->arc[1]].mapping == LW_PACE_CHIP && i->arc[2] == 1))
        return false;
    p->curve = variants[i->arc[1]].curve;
    p->mapping = variants[i->arc[1]].mapping;
    p->cipher = (enum lw_cipher)(i->arc[2] - 1);
    return true;
}

static int add_pace(struct lw_secinfo *out, struct info *i, struct lw_why *why)
{
    struct lw_pace_info p = {.version = 0};
    uint64_t version = 0;
    int64_t id = -1;
    if (!pace_variant(&p, i)) {
        out->n_unknown++;
        return LW_OK;
    }
    if (out->n_pace == LW_SECINFO_EACH_MAX)
        return full(i, why);
    int e = copy_oid(&p.oid, &i->oid, why);
    if (e == LW_OK)
        e = read_small(&i->data, 255, &version, why);
    if (e == LW_OK)
        e = read_optional(&i->data, &id, why);
    if (e < 0)
        return e;
    p.version = (unsigned)version;
    p.parameter_id = (int)id;
    out->pace[out->n_pace++] = p;
    return LW_OK;
}

/* ChipAuthenticationInfo (9.2.5): version, keyId OPTIONAL. */
static int add_ca(struct lw_secinfo *out, struct info *i, struct lw_why *why)
{
    struct lw_ca_info c = {.curve = i->arc[1] == 2};
    uint64_t version = 0;
    if (i->arc[1] < 1 || i->arc[1] > 2 || i->arc[2] < 1 || i->arc[2] > 4) {
        out->n_unknown++;
        return LW_OK;
    }
    if (out->n_ca == LW_SECINFO_EACH_MAX)
        return full(i, why);
    c.cipher = (enum lw_cipher)(i->arc[2] - 1);
    int e = copy_oid(&c.oid, &i->oid, why);
    if (e == LW_OK)
        e = read_small(&i->data, 255, &version, why);
    if (e == LW_OK)
        e = read_optional(&i->data, &c.key_id, why);
    if (e < 0)
        return e;
    c.version = (unsigned)version;
    out->ca[out->n_ca++] = c;
    return LW_OK;
}

/* ChipAuthenticationPublicKeyInfo (9.2.6): SubjectPublicKeyInfo, keyId OPTIONAL. */
static int add_ca_key(struct lw_secinfo *out, struct info *i, struct lw_why *why)
{
    struct lw_ca_key k = {.curve = i->arc[1] == 2};
    struct lw_tlv spki;
    if (out->n_ca_keys == LW_SECINFO_EACH_MAX)
        return full(i, why);
    int e = lw_tlv_expect(&i->data, SEQUENCE, &spki, why);
    if (e == LW_OK)
        e = read_optional(&i->data, &k.key_id, why);
    if (e < 0)
        return e;
    k.spki = spki.whole;
    out->ca_keys[out->n_ca_keys++] = k;
    return LW_OK;
}

/* ActiveAuthenticationInfo (9.2.8): version 1, signatureAlgorithm. */
static int add_aa(struct lw_secinfo *out, struct info *i, struct lw_why *why)
{
    uint64_t version = 0;
    struct lw_tlv algorithm;
    char text[64];
    int e = read_small(&i->data, 255, &version, why);
    if (e == LW_OK)
        e = lw_tlv_expect(&i->data, OID, &algorithm, why);
    if (e == LW_OK)
        e = lw_tlv_oid_print(text, sizeof(text), &algorithm, why);
    if (e < 0)
        return e;
    out->has_aa = true;
    out->aa_hash = lw_aa_hash_of_oid(text);
    return LW_OK;
}

static int add(struct lw_secinfo *out, struct info *i, struct lw_why *why)
{
    struct lw_span oid = i->oid.value;
    if (oid.n == sizeof(icao_aa) && starts_with(oid, icao_aa, sizeof(icao_aa)))
        return add_aa(out, i, why);
    if (!starts_with(oid, bsi, sizeof(bsi)) || oid.n - sizeof(bsi) > sizeof(i->arc)) {
        out->n_unknown++;
        return LW_OK;
    }
    i->n_arcs = oid.n - sizeof(bsi);
    memcpy(i->arc, oid.data + sizeof(bsi), i->n_arcs);
    if (i->n_arcs == 3 && i->arc[0] == 4)
        return add_pace(out, i, why);
    if (i->n_arcs == 3 && i->arc[0] == 3)
        return add_ca(out, i, why);
    if (i->n_arcs == 2 && i->arc[0] == 1 && (i->arc[1] == 1 || i->arc[1] == 2))
        return add_ca_key(out, i, why);
    out->n_unknown++;
    return LW_OK;
}

static int parse_set(struct lw_secinfo *out, struct lw_tlv_reader *r, struct lw_why *why)
{
    struct lw_tlv set, seq;
    struct lw_tlv_reader infos;
    int e = lw_tlv_expect(r, SET, &set, why);
    if (e == LW_OK)
        e = lw_tlv_end(r, why);
    if (e == LW_OK)
        e = lw_tlv_enter(r, &set, &infos, why);
    while (e == LW_OK && lw_cursor_left(&infos.c) > 0) {
        struct info i = {.n_arcs = 0};
        e = lw_tlv_expect(&infos, SEQUENCE, &seq, why);
        if (e == LW_OK)
            e = lw_tlv_enter(&infos, &seq, &i.data, why);
        if (e == LW_OK)
            e = lw_tlv_expect(&i.data, OID, &i.oid, why);
        if (e == LW_OK)
            e = add(out, &i, why);
    }
    return e;
}

int lw_secinfo_parse(struct lw_secinfo *out, struct lw_span bytes, struct lw_why *why)
{
    struct lw_tlv_limits limits = LW_TLV_LIMITS;
    struct lw_tlv_reader r;
    struct lw_secinfo s = {.n_pace = 0};
    int e = lw_tlv_open(&r, bytes, &limits, why);
    if (e == LW_OK)
        e = parse_set(&s, &r, why);
    if (e == LW_OK)
        *out = s;
    return e;
}

int lw_secinfo_parse_dg14(struct lw_secinfo *out, struct lw_span file, struct lw_why *why)
{
    struct lw_tlv_limits limits = LW_TLV_LIMITS;
    struct lw_tlv_reader r, inside;
    struct lw_tlv dg14;
    struct lw_secinfo s = {.n_pace = 0};
    int e = lw_tlv_open(&r, file, &limits, why);
    if (e == LW_OK)
        e = lw_tlv_expect(&r, 0x6e, &dg14, why);
    if (e == LW_OK)
        e = lw_tlv_enter(&r, &dg14, &inside, why);
    if (e == LW_OK)
        e = parse_set(&s, &inside, why);
    if (e == LW_OK)
        *out = s;
    return e;
}

/* ContentInfo { signedData, [0] { SignedData { version, digests, { type, [0] { eContent } } .. */
static int enter_content(struct lw_tlv_reader *r, struct lw_tlv_reader *content, struct lw_why *why)
{
    static const uint32_t path[] = {SEQUENCE, EXPLICIT_0, SEQUENCE, SEQUENCE, EXPLICIT_0};
    struct lw_tlv t;
    struct lw_tlv_reader inside = *r;
    int e = LW_OK;
    for (size_t i = 0; e == LW_OK && i < LW_COUNT(path); i++) {
        if (lw_tlv_find(&inside, path[i], &t, why) != 1)
            return lw_why_set(why, LW_EFORMAT, (int64_t)inside.base,
                              "byte %zu: not a signed file with contents", inside.base);
        e = lw_tlv_enter(&inside, &t, &inside, why);
    }
    if (e == LW_OK)
        e = lw_tlv_expect(&inside, OCTETS, &t, why);
    return e == LW_OK ? lw_tlv_unwrap(&inside, &t, content, why) : e;
}

int lw_secinfo_parse_card_security(struct lw_secinfo *out, struct lw_span file, struct lw_why *why)
{
    struct lw_tlv_limits limits = LW_TLV_LIMITS;
    struct lw_tlv_reader r, content;
    struct lw_secinfo s = {.n_pace = 0};
    int e = lw_tlv_open(&r, file, &limits, why);
    if (e == LW_OK)
        e = enter_content(&r, &content, why);
    if (e == LW_OK)
        e = parse_set(&s, &content, why);
    if (e == LW_OK)
        *out = s;
    return e;
}

void lw_pace_info_print(char out[40], const struct lw_pace_info *info)
{
    static const char *const mappings[] = {"GM", "IM", "CAM"};
    static const char *const ciphers[] = {"3DES-CBC-CBC", "AES-CBC-CMAC-128", "AES-CBC-CMAC-192",
                                          "AES-CBC-CMAC-256"};
    snprintf(out, 40, "PACE-%s-%s-%s", info->curve ? "ECDH" : "DH", mappings[info->mapping],
             ciphers[info->cipher]);
}
