/* store/receipt.h - a traveller's own proof that a document's holder passed: one signed line of
 * JSON, nothing biometric in it (docs/formats/receipt.md). */
#ifndef LW_STORE_RECEIPT_H
#define LW_STORE_RECEIPT_H

#include "base/clock.h"
#include "cross/bundle.h"
#include "store/signed.h"

enum {
    LW_RECEIPT_PLACE = 81, /* bytes with NUL */
    LW_RECEIPT_SALT = 16,
    LW_RECEIPT_DIGEST = 32,
    LW_RECEIPT_ITERATIONS = 100000, /* of the slow digest */
    LW_RECEIPT_BYTES_MAX = 4096
};

struct lw_receipt {
    char id[LW_ULID_TEXT];
    char place[LW_RECEIPT_PLACE]; /* UTF-8 without control characters */
    enum lw_direction direction;
    int64_t utc_us;
    bool verified;  /* false: referred to an officer, who alone knows how that ended */
    bool authentic; /* the document's chip was proven genuine */
    bool synthetic;
    uint8_t salt[LW_RECEIPT_SALT], digest[LW_RECEIPT_DIGEST]; /* of the document's identity */
    uint8_t public_key[LW_SIGN_PUBLIC];
};

/* Issuer and number as printed in the MRZ. Fills id, salt, digest and public_key of *r from them;
 * the rest is the caller's. One line, without its end, is appended to out. */
int lw_receipt_issue(struct lw_strbuf *out, struct lw_receipt *r, struct lw_keys *keys,
                     const char *issuer, const char *number, struct lw_why *why);

/* Read and check. public_key NULL: the one in the receipt, which proves nothing about whose it is.
 * LW_EFORMAT: it is no receipt; LW_ECRYPTO: it was changed, cut, or signed with another key. */
int lw_receipt_check(struct lw_receipt *out, struct lw_span text,
                     const uint8_t public_key[LW_SIGN_PUBLIC], struct lw_why *why);

/* Is it about that document? Letter case and fillers do not matter. LW_ECRYPTO on a fault. */
int lw_receipt_names(const struct lw_receipt *r, const char *issuer, const char *number, bool *yes);

#endif
