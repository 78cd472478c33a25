/* card/chip.h - is the chip the one that was issued, or a copy of its data? Chip authentication
 * version 1, active authentication, and the proof within PACE-CAM (ICAO 9303-11 section 6). Each
 * proves that the chip has the private key of a public one; that this key is the issuer's is proven
 * by passive authentication of the file that holds it. */
#ifndef LW_CARD_CHIP_H
#define LW_CARD_CHIP_H

#include "card/channel.h"
#include "card/pace.h"
#include "card/secinfo.h"

enum lw_proof {
    LW_PROOF_UNTRIED, /* not reached */
    LW_PROOF_ABSENT,  /* the chip does not offer it */
    LW_PROOF_VALID,
    LW_PROOF_INVALID, /* a copy, or a forged key */
    LW_PROOF_UNUSABLE /* offered, but the chip or this side cannot do it; why says what */
};
const char *lw_proof_name(enum lw_proof p); /* "valid" */

/* With the keys of DG14. VALID: the channel has new keys. INVALID: the session is over (the channel
 * is not secure any more). UNUSABLE: it goes on as before, or is over where secure says so. Faults:
 * LW_EAGAIN, LW_ETIMEOUT, LW_EIO, LW_ENOMEM only. */
int lw_ca(struct lw_channel *c, const struct lw_secinfo *dg14, const struct lw_random *random,
          enum lw_proof *out, struct lw_why *why);

/* With the key of DG15 (the whole file). hash: of DG14's entry, LW_AA_HASH_UNSAID without one. */
int lw_aa(struct lw_channel *c, struct lw_span dg15, enum lw_aa_hash hash,
          const struct lw_random *random, enum lw_proof *out, struct lw_why *why);

/* With the keys of EF.CardSecurity. */
enum lw_proof lw_cam_check(const struct lw_pace_proof *proof,
                           const struct lw_secinfo *card_security, struct lw_why *why);

#endif
