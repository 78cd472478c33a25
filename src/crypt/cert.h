/* crypt/cert.h - X.509 certificates and revocation lists of document issuers (ICAO 9303-12), and
 * signatures made with the keys in them. Immutable after parsing: any thread may read. */
#ifndef LW_CRYPT_CERT_H
#define LW_CRYPT_CERT_H

#include "crypt/hash.h"

struct lw_cert;

/* One certificate in DER and nothing behind it. Curves given by explicit parameters are taken when
 * they equal a known curve. LW_EFORMAT; LW_EUNSUP for a key that cannot be used. */
int lw_cert_parse(struct lw_cert **out, struct lw_span der, struct lw_why *why);
void lw_cert_free(struct lw_cert **c);

enum { LW_CERT_NAME = 256, LW_CERT_ID = 65 };
struct lw_cert_info {
    char subject[LW_CERT_NAME], issuer[LW_CERT_NAME]; /* RFC 2253, cut where longer */
    char subject_country[4], issuer_country[4];       /* upper case; "" where absent */
    char sha256[LW_CERT_ID];                          /* of the DER, hexadecimal */
    char key[32];                                     /* "RSA 2048", "EC brainpoolP256r1" */
    int64_t not_before_utc_us, not_after_utc_us;
    bool self_issued; /* subject and issuer are the same name */
    bool ca; /* of an authority: by basic constraints, by key usage, or as a root of version 1 */
    bool signs_certs, signs_crls,
        signs_data;          /* key usage; all true where the extension is absent */
    bool signs_master_lists; /* extended key usage 2.23.136.1.1.3 */
    bool signs_seals;        /* extended key usage 2.23.136.1.1.11.1 */
    bool special;            /* some extended key usage: for other things than documents */
};
const struct lw_cert_info *lw_cert_info(const struct lw_cert *c); /* borrowed */

/* Borrowed DER: of all of it, of the issuer's and subject's names, the contents of the serial
 * number, and the key identifiers (n 0 where absent). */
struct lw_span lw_cert_der(const struct lw_cert *c);
struct lw_span lw_cert_issuer(const struct lw_cert *c);
struct lw_span lw_cert_serial(const struct lw_cert *c);
struct lw_span lw_cert_key_id(const struct lw_cert *c);
struct lw_span lw_cert_issuer_key_id(const struct lw_cert *c);

/* A quick guess over a certificate's DER: false when it cannot be the issuer of c, since neither
 * the country nor the key identifier of c's issuer stands in it. */
bool lw_cert_may_be_issuer(struct lw_span der, const struct lw_cert *c);
/* May issuer have signed c: its subject is c's issuer, and key identifiers do not disagree? */
bool lw_cert_names_issuer(const struct lw_cert *c, const struct lw_cert *issuer);
/* Did it? Only the signature is looked at. */
bool lw_cert_signed_by(const struct lw_cert *c, const struct lw_cert *issuer);

/* 1: signature over data is right under this AlgorithmIdentifier (DER) and c's key; 0: it is not.
 * hash is the signer's digest algorithm, for identifiers that name none (rsaEncryption). *used: the
 * hash that was used. RSA PKCS #1 v1.5 and PSS, ECDSA. LW_EUNSUP: other algorithms. */
int lw_cert_verify(const struct lw_cert *c, struct lw_span algorithm, enum lw_hash hash,
                   struct lw_span data, struct lw_span signature, enum lw_hash *used,
                   struct lw_why *why);

/* A revocation list. */
struct lw_crl;
int lw_crl_parse(struct lw_crl **out, struct lw_span der, struct lw_why *why);
void lw_crl_free(struct lw_crl **crl);
struct lw_span lw_crl_der(const struct lw_crl *crl);
int64_t lw_crl_this_update_utc_us(const struct lw_crl *crl);
int64_t lw_crl_next_update_utc_us(const struct lw_crl *crl); /* INT64_MAX where absent */
/* Issued and signed by that certificate's key. */
bool lw_crl_signed_by(const struct lw_crl *crl, const struct lw_cert *issuer);
bool lw_crl_lists(const struct lw_crl *crl, const struct lw_cert *c);

#endif
