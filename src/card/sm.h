/* card/sm.h - secure messaging (ICAO 9303-11 9.8): commands and answers encrypted, authenticated
 * and counted. The status word that counts is the protected one. */
#ifndef LW_CARD_SM_H
#define LW_CARD_SM_H

#include "card/apdu.h"
#include "crypt/cipher.h"

struct lw_sm {
    enum lw_cipher cipher;
    uint8_t enc[LW_CIPHER_KEY_MAX];
    uint8_t mac[LW_CIPHER_KEY_MAX];
    uint8_t ssc[LW_CIPHER_BLOCK_MAX]; /* send sequence counter, one block */
};

/* Session keys of a shared secret (9.7.1), counter zero. */
int lw_sm_start(struct lw_sm *sm, enum lw_cipher c, struct lw_span secret);
void lw_sm_wipe(struct lw_sm *sm);

/* Append the protected command to b and count. LW_EINVAL when it cannot be made. */
int lw_sm_wrap(struct lw_sm *sm, const struct lw_apdu *c, struct lw_strbuf *b);
/* Count, verify and decrypt. plain gets the data (cleared before); *sw the protected status word.
 * LW_ECRYPTO when the code is wrong, LW_EFORMAT when the objects or the padding are, LW_EUNSUP when
 * there are none: the chip ended secure messaging with this *sw, which nothing protects. After all
 * of these the session is over. */
int lw_sm_unwrap(struct lw_sm *sm, struct lw_span answer, struct lw_strbuf *plain, uint16_t *sw,
                 struct lw_why *why);

#endif
