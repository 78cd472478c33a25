/* doc/cms.h - CMS SignedData (RFC 5652) as security objects and master lists use it: taken apart
 * strictly, checked step by step. BER is read (some issuers use indefinite lengths), but nothing
 * may stand in it that is not looked at: an answer must not survive a changed byte. */
#ifndef LW_DOC_CMS_H
#define LW_DOC_CMS_H

#include "crypt/cert.h"
#include "doc/tlv.h"

enum { LW_CMS_OID = 64, LW_CMS_CERTS_MAX = 16, LW_CMS_SIGNERS_MAX = 4, LW_CMS_DIGESTS_MAX = 8 };

struct lw_cms_signer {
    size_t at; /* offset of the SignerInfo */
    int version;
    bool by_key_id;                /* else by issuer and serial number */
    struct lw_span issuer, serial; /* DER name; contents of the INTEGER */
    struct lw_span key_id;
    enum lw_hash digest;                 /* LW_HASH_NONE: one that is not known */
    struct lw_span algorithm, signature; /* AlgorithmIdentifier in DER; the octets */
    struct lw_span unsigned_attributes;  /* n 0 where absent */

    bool has_attributes;
    struct lw_span attributes; /* as SET OF, in DER: what is signed */
    char content_type[LW_CMS_OID];
    struct lw_span message_digest;
    bool has_signing_time;
    int64_t signing_time_utc_us;
};

/* Spans borrow the input, or what `held` owns. */
struct lw_cms {
    int version;
    char content_type[LW_CMS_OID];
    struct lw_span content; /* of the OCTET STRING, its pieces put together */
    size_t n_digests;
    enum lw_hash digests[LW_CMS_DIGESTS_MAX]; /* digestAlgorithms; LW_HASH_NONE for unknown ones */
    size_t n_certs, n_signers;
    struct lw_span certs[LW_CMS_CERTS_MAX];
    struct lw_span crls; /* whole element, n 0 where absent */
    struct lw_cms_signer signers[LW_CMS_SIGNERS_MAX];
    struct lw_strbuf held[1 + LW_CMS_SIGNERS_MAX];
};

/* der is a ContentInfo and nothing else; at its offset in the file, for messages. Faults:
 * LW_EFORMAT, LW_ETRUNC, LW_ELIMIT, LW_ENOMEM. */
int lw_cms_parse(struct lw_cms **out, struct lw_span der, size_t at, struct lw_why *why);
void lw_cms_free(struct lw_cms **cms);

/* Is that the certificate that the signer names? *exact: the parts of its issuer's name are the
 * same to the byte, in whatever order; otherwise they only read the same. */
bool lw_cms_names(const struct lw_cms_signer *s, const struct lw_cert *c, bool *exact);

/* Why a signature does not hold; LW_CMS_GOOD when it does. */
enum lw_cms_result {
    LW_CMS_GOOD,
    LW_CMS_BAD_VERSION,          /* of SignedData or SignerInfo, RFC 5652 5.1 and 5.3 */
    LW_CMS_BAD_DIGEST_ALGORITHM, /* unknown, or not announced in digestAlgorithms */
    LW_CMS_NO_ATTRIBUTES,        /* nothing but the content is signed */
    LW_CMS_BAD_CONTENT_TYPE,     /* the signed one is another than the one outside */
    LW_CMS_BAD_MESSAGE_DIGEST,   /* the content was changed */
    LW_CMS_BAD_ALGORITHM,        /* a signature algorithm that is not known */
    LW_CMS_BAD_SIGNATURE         /* not made with this key over these attributes */
};
const char *lw_cms_result_text(enum lw_cms_result r); /* one clause */
/* Check the signature of one signer with the certificate's key. Only memory and library faults are
 * faults. */
int lw_cms_check(enum lw_cms_result *out, const struct lw_cms *cms, const struct lw_cms_signer *s,
                 const struct lw_cert *c, struct lw_why *why);

#endif
