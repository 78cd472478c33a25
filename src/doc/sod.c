#include "doc/sod.h"

#include <stdlib.h>
#include <string.h>

/* 9303-10 gives the first; the others stand in documents of Belgium and France, the Netherlands,
 * and China, which signs it as plain data. */
static bool known_content(const char *oid)
{
    static const char *const oids[] = {"2.23.136.1.1.1", "1.3.27.1.1.1", "1.2.528.1.1006.1.20.1",
                                       "1.2.840.113549.1.7.1"};
    for (size_t i = 0; i < LW_COUNT(oids); i++)
        if (strcmp(oid, oids[i]) == 0)
            return true;
    return false;
}

static int bad(struct lw_why *why, size_t at, const char *what)
{
    return lw_why_set(why, LW_EFORMAT, (int64_t)at, "LDS security object, byte %zu: %s", at, what);
}

static int read_hash(struct lw_sod *sod, struct lw_tlv_reader *r, struct lw_why *why)
{
    struct lw_tlv_reader inside;
    struct lw_tlv t;
    char oid[LW_CMS_OID];
    int e = lw_tlv_expect(r, 0x30, &t, why);
    if (e < 0 || (e = lw_tlv_enter(r, &t, &inside, why)) < 0 ||
        (e = lw_tlv_expect(&inside, 0x06, &t, why)) < 0 ||
        (e = lw_tlv_oid_print(oid, sizeof(oid), &t, why)) < 0)
        return e;
    sod->hash = lw_hash_of_oid(oid);
    if (sod->hash == LW_HASH_NONE)
        return lw_why_set(why, LW_EUNSUP, -1, "LDS security object: digest algorithm %s is unknown",
                          oid);
    return LW_OK;
}

/* DataGroupHash: number and digest. */
static int read_group(struct lw_sod *sod, const struct lw_tlv_reader *list, const struct lw_tlv *t,
                      struct lw_why *why)
{
    struct lw_tlv_reader r;
    struct lw_tlv number, digest;
    uint64_t n = 0;
    int e = lw_tlv_enter(list, t, &r, why);
    if (e < 0 || (e = lw_tlv_expect(&r, 0x02, &number, why)) < 0 ||
        (e = lw_tlv_uint(&number, &n, why)) < 0 ||
        (e = lw_tlv_expect(&r, 0x04, &digest, why)) < 0 || (e = lw_tlv_end(&r, why)) < 0)
        return e;
    if (n < LW_LDS_DG1 || n > LW_LDS_DG16)
        return bad(why, number.at, "a data group outside 1 to 16");
    if (sod->groups & 1u << n)
        return bad(why, number.at, "a data group that stands there twice");
    if (digest.value.n != lw_hash_bytes(sod->hash))
        return bad(why, digest.at, "a digest of a wrong length");
    sod->groups |= 1u << n;
    sod->digests[n] = digest.value;
    return LW_OK;
}

static int read_groups(struct lw_sod *sod, struct lw_tlv_reader *r, struct lw_why *why)
{
    struct lw_tlv_reader list;
    struct lw_tlv t;
    int e = lw_tlv_expect(r, 0x30, &t, why);
    if (e < 0 || (e = lw_tlv_enter(r, &t, &list, why)) < 0)
        return e;
    while ((e = lw_tlv_next(&list, &t, why)) == 1)
        if ((e = read_group(sod, &list, &t, why)) < 0)
            return e;
    return e;
}

static void take_text(char *out, size_t n, const struct lw_tlv *t)
{
    const size_t length = t->value.n < n ? t->value.n : n - 1;
    memcpy(out, t->value.data, length);
    out[length] = '\0';
}

/* LDSVersionInfo, in version 1. */
static int read_versions(struct lw_sod *sod, struct lw_tlv_reader *r, struct lw_why *why)
{
    struct lw_tlv_reader inside;
    struct lw_tlv t;
    int e = lw_tlv_accept(r, 0x30, &t, why);
    if (e <= 0 || (e = lw_tlv_enter(r, &t, &inside, why)) < 0 ||
        (e = lw_tlv_expect(&inside, 0x13, &t, why)) < 0)
        return e;
    take_text(sod->lds_version, sizeof(sod->lds_version), &t);
    if ((e = lw_tlv_expect(&inside, 0x13, &t, why)) < 0)
        return e;
    take_text(sod->unicode_version, sizeof(sod->unicode_version), &t);
    return lw_tlv_end(&inside, why);
}

/* LDSSecurityObject, 4.6.2.3. Offsets count from its beginning: it may have come in pieces. */
static int read_object(struct lw_sod *sod, struct lw_why *why)
{
    struct lw_tlv_limits limits = LW_TLV_LIMITS;
    struct lw_tlv_reader outer, r;
    struct lw_tlv t;
    uint64_t version = 0;
    int e = lw_tlv_open(&outer, sod->cms->content, &limits, why);
    if (e < 0 || (e = lw_tlv_expect(&outer, 0x30, &t, why)) < 0 ||
        (e = lw_tlv_end(&outer, why)) < 0 || (e = lw_tlv_enter(&outer, &t, &r, why)) < 0 ||
        (e = lw_tlv_expect(&r, 0x02, &t, why)) < 0 || (e = lw_tlv_uint(&t, &version, why)) < 0)
        return e;
    if (version > 1)
        return lw_why_set(why, LW_EUNSUP, (int64_t)t.at, "LDS security object: a version above 1");
    sod->version = (int)version;
    if ((e = read_hash(sod, &r, why)) < 0 || (e = read_groups(sod, &r, why)) < 0 ||
        (version == 1 && (e = read_versions(sod, &r, why)) < 0))
        return e;
    return lw_tlv_end(&r, why);
}

static int parse(struct lw_sod *sod, struct lw_span file, struct lw_why *why)
{
    struct lw_tlv_limits limits = LW_TLV_LIMITS;
    struct lw_tlv_reader r;
    int e = lw_lds_open(&r, &limits, 0x77, file, why);
    if (e < 0 || (e = lw_cms_parse(&sod->cms, (struct lw_span){r.c.data, r.c.n}, r.base, why)) < 0)
        return e;
    if (!known_content(sod->cms->content_type))
        return lw_why_set(why, LW_EUNSUP, -1, "content of type %s is no LDS security object",
                          sod->cms->content_type);
    return read_object(sod, why);
}

int lw_sod_parse(struct lw_sod **out, struct lw_span file, struct lw_why *why)
{
    struct lw_sod *sod = calloc(1, sizeof(*sod));
    if (!sod)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    int e = parse(sod, file, why);
    if (e < 0) {
        lw_sod_free(&sod);
        return e;
    }
    *out = sod;
    return LW_OK;
}

void lw_sod_free(struct lw_sod **sod)
{
    if (!*sod)
        return;
    lw_cms_free(&(*sod)->cms);
    free(*sod);
    *sod = NULL;
}
