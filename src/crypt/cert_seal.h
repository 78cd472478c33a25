/* crypt/cert_seal.h - what only visible digital seals ask of a certificate: the two letters of its
 * name, the documents that it may sign, signatures without a structure of their own. */
#ifndef LW_CRYPT_CERT_SEAL_H
#define LW_CRYPT_CERT_SEAL_H

#include "crypt/cert.h"

/* The subject's common name. False: none, several bytes of it are NUL, or it is too long. */
bool lw_cert_common_name(const struct lw_cert *c, char out[LW_CERT_NAME]);

/* The codes of MRZs that it may sign, "V" for all that begin with V (ICAO 9303-12 7.1.1.6). The
 * number of them; LW_ENOTFOUND: no such extension; LW_EFORMAT: it cannot be read. */
enum { LW_CERT_TYPES_MAX = 32 };
int lw_cert_document_types(const struct lw_cert *c, char types[LW_CERT_TYPES_MAX][3]);

/* 1: r||s over data is right under c's key, with the hash that goes with the curve (9303-13 2.4);
 * 0: it is not. LW_EUNSUP: the key is no ECDSA key. */
int lw_cert_verify_raw(const struct lw_cert *c, struct lw_span data, struct lw_span signature,
                       struct lw_why *why);

#endif
