/* card/pace.h - password authenticated connection establishment (ICAO 9303-11 4.4): generic,
 * integrated and chip authentication mapping. */
#ifndef LW_CARD_PACE_H
#define LW_CARD_PACE_H

#include "card/channel.h"
#include "card/password.h"
#include "card/secinfo.h"
#include "crypt/group.h"

/* What the chip said in PACE-CAM; checked against its static key by lw_cam_check (card/chip.h). */
struct lw_pace_proof {
    unsigned parameter_id;
    struct lw_number mapping_key; /* PK_MAP,IC */
    struct lw_number data;        /* CA_IC, decrypted */
};

/* The best of the infos that this side can do: CAM, then GM, then IM; the longer key first. NULL:
 * none. */
const struct lw_pace_info *lw_pace_choose(const struct lw_secinfo *s);

/* Run with info, one of s. On LW_OK the channel is secure; *proof is set for CAM and may be NULL.
 * LW_ECRYPTO: wrong password, or a chip that cannot prove to know it. LW_EUNSUP: group or command
 * unknown. */
int lw_pace(struct lw_channel *c, const struct lw_secinfo *s, const struct lw_pace_info *info,
            const struct lw_password *password, const struct lw_random *random,
            struct lw_pace_proof *proof, struct lw_why *why);

#endif
