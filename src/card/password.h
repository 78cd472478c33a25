/* card/password.h - what opens a chip: three fields of the MRZ, or the card access number. */
#ifndef LW_CARD_PASSWORD_H
#define LW_CARD_PASSWORD_H

#include "crypt/cipher.h"
#include "doc/mrz.h"

enum lw_password_kind { LW_PASSWORD_NONE, LW_PASSWORD_MRZ, LW_PASSWORD_CAN };

struct lw_password {
    enum lw_password_kind kind;
    uint8_t key[LW_SHA1_BYTES]; /* MRZ: SHA-1 of the MRZ information */
    char can[17];
};

/* 9303-11 4.3.2: document number (of at least 9 characters, '<' behind shorter ones), birth and
 * expiry date (YYMMDD), each with its check digit. LW_EFORMAT names the field. */
int lw_password_of_fields(struct lw_password *out, const char *number, const char *birth,
                          const char *expiry, struct lw_why *why);
/* The same from a parsed MRZ; findings in these fields are refused: the chip would too. */
int lw_password_of_mrz(struct lw_password *out, const struct lw_mrz *mrz, struct lw_why *why);
/* 4 to 16 digits as printed on the card (9303-11 says 6). */
int lw_password_of_can(struct lw_password *out, const char *can, struct lw_why *why);
void lw_password_wipe(struct lw_password *p);

/* K of 9303-11 9.7.3: what the password's key is derived from. Borrowed. */
struct lw_span lw_password_secret(const struct lw_password *p);

#endif
