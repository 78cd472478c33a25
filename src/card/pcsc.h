/* card/pcsc.h - card readers of this machine through PC/SC. */
#ifndef LW_CARD_PCSC_H
#define LW_CARD_PCSC_H

#include "base/strbuf.h"
#include "card/reader.h"

struct lw_pcsc_opts {
    const char *name; /* part of the reader's name; NULL: the first that has a card, else any */
    int64_t wait_ns;  /* for a card, 0..1 h, default 10 s */
    bool (*stop)(void *ctx); /* asked about 5 times a second while waiting; NULL: never */
    void *ctx;
};
#define LW_PCSC_DEFAULTS ((struct lw_pcsc_opts){.wait_ns = 10 * LW_SEC})

/* LW_ENOTFOUND: no such reader, or none at all; LW_EIO: the service does not run. */
int lw_pcsc_open(struct lw_reader **out, const struct lw_pcsc_opts *opts, struct lw_why *why);

/* Append the readers' names, one a line. Returns their count. */
int lw_pcsc_list(struct lw_strbuf *b, struct lw_why *why);

#endif
