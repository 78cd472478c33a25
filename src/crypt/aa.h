/* crypt/aa.h - active authentication: is the answer to a challenge made with the key of DG15?
 * ICAO 9303-11 6.1: ISO/IEC 9796-2 digital signature scheme 1 (RSA), or plain ECDSA. */
#ifndef LW_CRYPT_AA_H
#define LW_CRYPT_AA_H

#include "base/base.h"

enum { LW_AA_CHALLENGE = 8 };

enum lw_aa_hash {
    LW_AA_HASH_UNSAID, /* RSA says it in the block; ECDSA without DG14 entry: all are tried */
    LW_AA_SHA1,
    LW_AA_SHA224,
    LW_AA_SHA256,
    LW_AA_SHA384,
    LW_AA_SHA512
};

/* The hash that a signature algorithm of BSI TR-03111 stands for: id-ecdsa-plain-SHA1 to -SHA512
 * (0.4.0.127.0.7.1.1.4.1.1 to .5); else LW_AA_HASH_UNSAID. */
enum lw_aa_hash lw_aa_hash_of_oid(const char *dotted);

/* 1: signed by that key (a SubjectPublicKeyInfo); 0: not. Faults: LW_EFORMAT, LW_EUNSUP when the
 * key cannot be used: neither RSA nor ECDSA, or on no known curve. */
int lw_aa_verify(struct lw_span spki, enum lw_aa_hash ecdsa_hash, struct lw_span challenge,
                 struct lw_span signature, struct lw_why *why);

/* The inner step for RSA: is block, which the public key recovered, a message block of scheme 1
 * whose digest is that of the recovered part followed by the challenge? */
bool lw_aa_block_fits(struct lw_span block, struct lw_span challenge);

#endif
