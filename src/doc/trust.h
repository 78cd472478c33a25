/* doc/trust.h - whom we believe: certificates of country signing authorities (CSCA), their
 * revocation lists, and document signers published beside them (ICAO 9303-12).
 * One owner while it is filled; afterwards any thread may read. */
#ifndef LW_DOC_TRUST_H
#define LW_DOC_TRUST_H

#include "crypt/cert.h"

struct lw_trust;
int lw_trust_new(struct lw_trust **out);
void lw_trust_free(struct lw_trust **t);

enum {
    LW_TRUST_CERTS_MAX = 20000,
    LW_TRUST_SIGNERS_MAX = 100000,
    LW_TRUST_FILE_BYTES_MAX = 256 * 1024 * 1024
};

/* What a source gave. */
struct lw_trust_sum {
    size_t authorities, signers, crls; /* taken in */
    size_t again;                      /* were there already */
    size_t left_out;                   /* objects that could not be read or used */
    size_t lists;                      /* master lists, their signatures checked */
};

/* Certificates and revocation lists in DER or PEM, master lists (CMS; the list's own signer is
 * checked, and must be certified by an authority in the list or already trusted), LDIF of the ICAO
 * PKD. sum is added to. LW_EFORMAT: nothing that can be used; a master list whose signature is not
 * right. */
int lw_trust_add(struct lw_trust *t, struct lw_span bytes, const char *source,
                 struct lw_trust_sum *sum, struct lw_why *why);
/* A file, or all files of a folder: certificates first, so that lists can lean on them. A file of
 * the folder that holds none of these things is counted in left_out; a bad master list is a fault.
 */
int lw_trust_load(struct lw_trust *t, const char *path, struct lw_trust_sum *sum,
                  struct lw_why *why);

/* Authorities are kept as bytes and parsed when they are asked for: lists of a thousand cost
 * nothing to a document that needs one of them. */
struct lw_trusted {
    struct lw_span der;
    const char *source; /* file it came from */
};
size_t lw_trust_count(const struct lw_trust *t);
struct lw_trusted lw_trust_peek(const struct lw_trust *t, size_t i);
size_t lw_trust_signer_count(const struct lw_trust *t);
struct lw_span lw_trust_signer_der(const struct lw_trust *t, size_t i);
size_t lw_trust_crl_count(const struct lw_trust *t);
const struct lw_crl *lw_trust_crl(const struct lw_trust *t, size_t i);

/* May this authority certify, as far as can be seen: NULL, or why not ("its own signature does not
 * fit"). A link certificate, which an older key of the same authority signed, is checked where that
 * key is here too. */
const char *lw_trust_problem(const struct lw_trust *t, const struct lw_cert *authority);

/* An authority that signed c and may do so; *out is yours. LW_ENOTFOUND where there is none; then
 * *named says whether one of that name and key is here, so that the signature is wrong and trust is
 * not what is lacking. LW_ENOMEM. */
int lw_trust_issuer(const struct lw_trust *t, const struct lw_cert *c, struct lw_cert **out,
                    bool *named);
/* The published document signer with that issuer and serial number or key identifier, parsed;
 * LW_ENOTFOUND. matches is called with each candidate. */
int lw_trust_signer(const struct lw_trust *t, bool (*matches)(const struct lw_cert *, void *),
                    void *ctx, struct lw_cert **out);

enum lw_revocation { LW_REVOCATION_UNKNOWN, LW_REVOCATION_GOOD, LW_REVOCATION_REVOKED };
/* By the lists that the issuer signed. *stale: the newest of them was to be replaced before now. */
enum lw_revocation lw_trust_revocation(const struct lw_trust *t, const struct lw_cert *c,
                                       const struct lw_cert *issuer, int64_t now_utc_us,
                                       bool *stale);

#endif
