/* card/channel.h - commands to one card: through the reader, under secure messaging once there are
 * keys, with limits, a watch on the time and a way to stop. One owner, no locks. */
#ifndef LW_CARD_CHANNEL_H
#define LW_CARD_CHANNEL_H

#include "card/apdu.h"
#include "card/reader.h"
#include "card/sm.h"

struct lw_channel_opts {
    size_t max_apdus;        /* commands in all, 1..1000000, default 20000 */
    int64_t max_ns;          /* from new on, default 120 s */
    bool (*stop)(void *ctx); /* asked before each command; NULL: never */
    void *stop_ctx;
};
#define LW_CHANNEL_DEFAULTS ((struct lw_channel_opts){.max_apdus = 20000, .max_ns = 120 * LW_SEC})

/* Why a channel ended before its work was done. */
enum lw_channel_end { LW_CHANNEL_OPEN, LW_CHANNEL_STOPPED, LW_CHANNEL_TIME_OVER };

struct lw_channel {
    struct lw_reader *reader; /* borrowed */
    struct lw_channel_opts opts;
    enum lw_channel_end end;
    bool secure; /* sm is in use */
    struct lw_sm sm;
    bool extended;  /* the card takes extended length */
    size_t apdus;   /* sent so far */
    int64_t raw_ns; /* time within the reader */
    int64_t start_ns;
    struct lw_strbuf command, raw, plain; /* of the last exchange */
};

/* reader stays the caller's; opts NULL: defaults. */
int lw_channel_init(struct lw_channel *c, struct lw_reader *reader,
                    const struct lw_channel_opts *opts, struct lw_why *why);
void lw_channel_clear(struct lw_channel *c); /* wipes keys and data */

/* Faults: those of the reader (LW_EAGAIN: card lost), LW_ETIMEOUT when stopped or out of time (see
 * end), LW_ELIMIT; LW_ECRYPTO, LW_EFORMAT and LW_EUNSUP (then out->sw says why) when secure
 * messaging broke. After a fault the keys are wiped: secure is false. A status word is no fault.
 * out is borrowed until the next call. */
int lw_channel_send(struct lw_channel *c, const struct lw_apdu *command, struct lw_answer *out,
                    struct lw_why *why);
/* The same, and any status but 9000 is a fault: LW_EUNSUP "what: file not found (6A82)", LW_ECRYPTO
 * where it says that authentication failed. */
int lw_channel_do(struct lw_channel *c, const char *what, const struct lw_apdu *command,
                  struct lw_answer *out, struct lw_why *why);

/* From now on with these keys; sm is copied. */
void lw_channel_secure(struct lw_channel *c, const struct lw_sm *sm);
/* Reset the card, forget the keys. */
int lw_channel_reset(struct lw_channel *c, struct lw_why *why);

#endif
