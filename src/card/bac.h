/* card/bac.h - basic access control (ICAO 9303-11 4.3). */
#ifndef LW_CARD_BAC_H
#define LW_CARD_BAC_H

#include "card/channel.h"
#include "card/password.h"
#include "crypt/random.h"

/* The application must be selected and the password be of an MRZ. On LW_OK the channel is secure.
 * LW_ECRYPTO: the chip does not take these keys, or its answer is wrong. LW_EUNSUP: the chip does
 * not know the protocol. */
int lw_bac(struct lw_channel *c, const struct lw_password *password, const struct lw_random *random,
           struct lw_why *why);

#endif
