/* store/signed.h - one line of JSON whose last member signs everything before it: certificates and
 * receipts. What is signed (Ed25519) is the text up to the comma before "signature". */
#ifndef LW_STORE_SIGNED_H
#define LW_STORE_SIGNED_H

#include "base/strbuf.h"
#include "crypt/keys.h"

/* b holds an object without its end, `{"format":...`: append the signature and the end. */
int lw_signed_finish(struct lw_strbuf *b, struct lw_keys *keys, struct lw_why *why);

/* head is how such a text begins. LW_EFORMAT: it is something else, or has no signature at its end;
 * LW_ECRYPTO: it was changed, or signed with another key. what goes into the message. */
int lw_signed_check(struct lw_span text, const char *head, const char *what,
                    const uint8_t public_key[LW_SIGN_PUBLIC], struct lw_why *why);

#endif
