#include "doc/cms.h"

#include <string.h>

#define OID_DATA "1.2.840.113549.1.7.1"

static bool equal(struct lw_span a, struct lw_span b)
{
    return a.n == b.n && a.n > 0 && memcmp(a.data, b.data, a.n) == 0;
}

const char *lw_cms_result_text(enum lw_cms_result r)
{
    static const char *const texts[] = {
        "the signature is right",
        "a version number is wrong",
        "the digest algorithm is unknown or not announced",
        "the signed attributes are missing",
        "the signed content type is another one",
        "the content does not have the digest that is signed",
        "the signature algorithm is unknown",
        "the signature does not fit",
    };
    return texts[r];
}

/* RFC 5652 5.1 gives SignedData version 3 when the content is not plain data, 1 when it is and no
 * signer is named by key identifier. Security objects with plain data say 3 all the same. 5.3: a
 * SignerInfo has 1 with issuer and serial number, 3 with a key identifier. */
static bool versions_fit(const struct lw_cms *cms, const struct lw_cms_signer *s)
{
    const bool plain = strcmp(cms->content_type, OID_DATA) == 0 && !s->by_key_id;
    return (cms->version == 3 || (cms->version == 1 && plain)) &&
           s->version == (s->by_key_id ? 3 : 1);
}

static bool announced(const struct lw_cms *cms, enum lw_hash h)
{
    for (size_t i = 0; i < cms->n_digests; i++)
        if (h != LW_HASH_NONE && cms->digests[i] == h)
            return true;
    return false;
}

/* Attributes have to be there (9303-10 4.6.2.2). RFC 5652 lets plain data do without, and so lets
 * the attributes of one document be shown as the content of another. */
static enum lw_cms_result check_attributes(const struct lw_cms *cms, const struct lw_cms_signer *s)
{
    uint8_t digest[LW_HASH_BYTES_MAX];
    if (!s->has_attributes)
        return LW_CMS_NO_ATTRIBUTES;
    if (strcmp(s->content_type, cms->content_type) != 0)
        return LW_CMS_BAD_CONTENT_TYPE;
    if (lw_hash(digest, s->digest, cms->content) < 0 ||
        !equal(s->message_digest, (struct lw_span){digest, lw_hash_bytes(s->digest)}))
        return LW_CMS_BAD_MESSAGE_DIGEST;
    return LW_CMS_GOOD;
}

int lw_cms_check(enum lw_cms_result *out, const struct lw_cms *cms, const struct lw_cms_signer *s,
                 const struct lw_cert *c, struct lw_why *why)
{
    enum lw_hash used;
    if (!versions_fit(cms, s)) {
        *out = LW_CMS_BAD_VERSION;
        return LW_OK;
    }
    if (!announced(cms, s->digest)) {
        *out = LW_CMS_BAD_DIGEST_ALGORITHM;
        return LW_OK;
    }
    *out = check_attributes(cms, s);
    if (*out != LW_CMS_GOOD)
        return LW_OK;
    const int good =
        lw_cert_verify(c, s->algorithm, s->digest, s->attributes, s->signature, &used, why);
    if (good < 0 && good != LW_EUNSUP)
        return good;
    *out = good == 1 ? LW_CMS_GOOD : good == 0 ? LW_CMS_BAD_SIGNATURE : LW_CMS_BAD_ALGORITHM;
    return LW_OK;
}
