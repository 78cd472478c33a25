/* card/card.h - reading a travel document's chip: access, files, proofs, in the order that suits a
 * moving queue. What the chip says is a result; a chip's bytes are an attacker's input. */
#ifndef LW_CARD_CARD_H
#define LW_CARD_CARD_H

#include "card/channel.h"
#include "card/chip.h"
#include "card/files.h"
#include "card/password.h"
#include "crypt/random.h"

struct lw_card_opts {
    const struct lw_password *password; /* NULL: only what the chip gives to anyone */
    const struct lw_random *random;     /* NULL: the system's */
    bool portrait_first;     /* DG2 and DG1 before all else: time is short, default false */
    bool extended;           /* long answers where the card says that it can, default true */
    size_t chunk;            /* bytes for each command, 0: as many as fit, at most 4096 */
    size_t max_file_bytes;   /* 1..16 MiB, default 1 MiB */
    unsigned retries;        /* after a lost card or a broken session, 0..100, default 3 */
    int64_t max_ns;          /* for all of it, default 120 s */
    bool (*stop)(void *ctx); /* asked before each command; NULL: never */
    void (*progress)(void *ctx, enum lw_ef ef, size_t done, size_t total); /* may be NULL */
    void *ctx;
};
#define LW_CARD_DEFAULTS                                                                           \
    ((struct lw_card_opts){                                                                        \
        .extended = true, .max_file_bytes = LW_MIB, .retries = 3, .max_ns = 120 * LW_SEC})

enum lw_card_access { LW_ACCESS_NONE, LW_ACCESS_BAC, LW_ACCESS_PACE };

/* What was noticed: a rule that can be counted, and a line for people. */
struct lw_card_finding {
    char rule[24];
    char text[LW_WHY_TEXT];
};
enum { LW_CARD_FINDINGS_MAX = 48 };

struct lw_card {
    enum lw_card_access access;
    char protocol[64]; /* "PACE-ECDH-GM-AES-CBC-CMAC-128 brainpoolP256r1", "BAC", "none" */
    struct lw_ef_file files[LW_EF_COUNT];
    enum lw_proof chip;   /* chip authentication */
    enum lw_proof active; /* active authentication */
    enum lw_proof cam; /* the proof within PACE-CAM; that the key is the issuer's, doc/pa.h says of
                          EF.CardSecurity */
    enum lw_channel_end end;
    unsigned lost; /* times that the card was lost and found again */
    size_t apdus;
    int64_t total_ns, raw_ns; /* raw: within the reader */
    size_t n_findings;
    struct lw_card_finding findings[LW_CARD_FINDINGS_MAX];
};

/* Read all but DG3 and DG4. Rules: pace_failed, access_missing, card_access_differs, file_broken,
 * file_denied, session_broken, chip_authentication, active_authentication, pace_cam; and why it
 * ended early: card_lost, session_broken, reader_failed, stopped, too_long. *out is yours also
 * where files are missing: see their states. Faults: LW_ETIMEOUT no card, or stopped before the
 * chip was open; LW_ECRYPTO wrong password; LW_EUNSUP no way in; LW_EIO; LW_EAGAIN lost too often;
 * LW_ELIMIT. */
int lw_card_read(struct lw_card **out, struct lw_reader *reader, const struct lw_card_opts *opts,
                 struct lw_why *why);
void lw_card_free(struct lw_card **c); /* wipes */

#endif
