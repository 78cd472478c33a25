/* tools/mkpassport/passport.h - makes the files of a travel document's chip, its signer and its
 * issuing authority, right or with one deliberate fault, for tests. Nothing here is secret or of
 * any state: the issuer is Utopia. */
#ifndef LW_TOOLS_MKPASSPORT_PASSPORT_H
#define LW_TOOLS_MKPASSPORT_PASSPORT_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "crypt/hash.h"
#include "doc/lds.h"

/* "rsa2048", "rsa3072", "rsa4096", "rsapss2048", or OpenSSL's name of a curve: "prime256v1",
 * "secp384r1", "brainpoolP256r1", ... */
EVP_PKEY *mkp_key(const char *kind);

/* How a key signs. */
struct mkp_scheme {
    enum lw_hash hash;
    bool pss;                  /* RSA only */
    bool plain_rsa_identifier; /* rsaEncryption where sha256WithRSAEncryption belongs */
    bool null_parameters;      /* ECDSA with NULL, as some issuers have it */
};

struct mkp_cert_opts {
    const char *common_name, *country; /* "CSCA-UTOPIA", "UT" */
    int64_t not_before_utc_us, not_after_utc_us;
    long serial;
    bool ca;
    bool no_key_usage;         /* leave the extension out */
    bool master_list_signer;   /* extended key usage 2.23.136.1.1.3 */
    bool seal_signer;          /* extended key usage 2.23.136.1.1.11.1 */
    const char *document_type; /* the only one on its list; NULL: no list */
    bool explicit_parameters;  /* the curve by its numbers */
    bool no_key_ids;
};
/* The hash that goes with a curve of that many bits. */
const EVP_MD *mkp_md_of_bits(int bits);
/* issuer NULL: self-signed. Names of issuer are taken from it; signed with issuer_key. */
X509 *mkp_cert(const struct mkp_cert_opts *o, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key,
               const struct mkp_scheme *scheme);
int mkp_cert_der(struct lw_strbuf *out, X509 *cert);
/* A revocation list of issuer with one serial number (0: none). */
int mkp_crl_der(struct lw_strbuf *out, X509 *issuer, EVP_PKEY *issuer_key, long revoked,
                int64_t this_update_utc_us, int64_t next_update_utc_us);

/* Files. Each appends to *out. */
enum mkp_record { MKP_19794_2005, MKP_19794_2011, MKP_39794 };
struct mkp_face {
    struct lw_span picture; /* JPEG or JPEG 2000 */
    int width, height;      /* what the record says */
};
void mkp_com(struct lw_strbuf *out, uint32_t groups);
void mkp_dg1(struct lw_strbuf *out, const char *mrz); /* without line ends */
void mkp_dg2(struct lw_strbuf *out, enum mkp_record record, const struct mkp_face *faces, size_t n);
/* One face record alone, as it stands in the data block. */
void mkp_face_record(struct lw_strbuf *out, enum mkp_record record, const struct mkp_face *faces,
                     size_t n);
void mkp_dg7(struct lw_strbuf *out, struct lw_span picture);
void mkp_dg11(struct lw_strbuf *out, const char *full_name, const char *other_name);
void mkp_dg12(struct lw_strbuf *out, const char *authority, const char *date);
void mkp_dg15(struct lw_strbuf *out, EVP_PKEY *key);
void mkp_card_access(struct lw_strbuf *out);
/* PACE-CAM and the key of it, as a SET. */
void mkp_cam_infos(struct lw_strbuf *out, EVP_PKEY *key);
void mkp_dg14(struct lw_strbuf *out, EVP_PKEY *key);

/* What goes into SignedData; the defaults are right. */
struct mkp_sod_opts {
    const char *content_type;        /* default "2.23.136.1.1.1" */
    const char *signed_content_type; /* default the same */
    enum lw_hash group_hash;         /* default SHA-256 */
    int lds_version;                 /* 0 or 1 */
    int version;                     /* of SignedData, default 3 */
    bool by_key_id;
    bool indefinite; /* BER with indefinite lengths and content in pieces */
    bool no_attributes, no_signer_cert;
    bool unsigned_attributes, crls;
    bool wrong_message_digest, wrong_signature;
    struct lw_span extra_cert; /* DER, n 0: none */
    X509 *second;              /* another signer of the same content; NULL: none */
    EVP_PKEY *second_key;
    bool wrong_second; /* its signature */
    enum lw_hash extra_digest_algorithm;
    int64_t signing_time_utc_us; /* 0: no such attribute */
    struct mkp_scheme scheme;
};
/* The LDS security object over the digests of the files that are there. */
int mkp_lds_object(struct lw_strbuf *out, const struct lw_lds *lds, const struct mkp_sod_opts *o);
/* ContentInfo of SignedData over any content. */
int mkp_signed_data(struct lw_strbuf *out, struct lw_span content, X509 *signer, EVP_PKEY *key,
                    const struct mkp_sod_opts *o);
/* EF.SOD. */
int mkp_sod(struct lw_strbuf *out, const struct lw_lds *lds, X509 *signer, EVP_PKEY *key,
            const struct mkp_sod_opts *o);
/* EF.CardSecurity with these SecurityInfos (a SET in DER). */
int mkp_card_security(struct lw_strbuf *out, struct lw_span infos, X509 *signer, EVP_PKEY *key,
                      const struct mkp_sod_opts *o);
/* A master list of n certificates. */
int mkp_master_list(struct lw_strbuf *out, X509 *const *certs, size_t n, X509 *signer,
                    EVP_PKEY *key, X509 *authority, bool wrong_signature);

/* A whole document. */
struct mkp_opts {
    const char *csca_key, *ds_key; /* defaults "prime256v1" */
    struct mkp_scheme csca_scheme; /* hash LW_HASH_NONE: SHA-256 */
    bool explicit_parameters;
    const char *country; /* of the certificates, default "UT" */
    const char *mrz;     /* default the specimen of Doc 9303-4 */
    enum mkp_record record;
    struct mkp_face face;
    bool full; /* DG7, 11, 12, 14, 15, EF.CardAccess and EF.CardSecurity too */
    struct mkp_sod_opts sod;
    const char *fault; /* one of mkp_faults, NULL: none */
};
struct mkp_fault {
    const char *name, *what;
};
extern const struct mkp_fault mkp_faults[];
extern const size_t mkp_faults_n;

struct mkp_passport {
    struct lw_lds *lds;
    struct lw_strbuf csca, ds, crl; /* DER */
    EVP_PKEY *csca_key, *ds_key, *second_key;
    X509 *csca_cert, *ds_cert, *second_cert;
};
/* LW_EINVAL for a fault or key that is not known. */
int mkp_make(struct mkp_passport *out, const struct mkp_opts *opts);
void mkp_clear(struct mkp_passport *p);
/* Write EF_*.bin and DG*.bin into dir, csca.cer and csca.crl into trust_dir. */
int mkp_write(const struct mkp_passport *p, const char *dir, const char *trust_dir,
              struct lw_why *why);

#endif
