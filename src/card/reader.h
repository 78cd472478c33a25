/* card/reader.h - what the protocols need of a card reader: PC/SC behind it, or a test card. */
#ifndef LW_CARD_READER_H
#define LW_CARD_READER_H

#include "base/base.h"

/* A whole extended answer: 65536 bytes and the status word. */
enum { LW_APDU_ANSWER_MAX = 65538 };

struct lw_reader;
struct lw_reader_ops {
    /* Send a command, receive at least the status word. LW_EAGAIN: the card was lost or reset: all
     * of its state is gone, reset() and start again. LW_ELIMIT: more than cap bytes. LW_EIO: the
     * reader does not work. */
    int (*transmit)(struct lw_reader *r, struct lw_span command, uint8_t *answer, size_t cap,
                    size_t *n, struct lw_why *why);
    /* Power the card up anew, waiting for it as long as the reader's options say. LW_ETIMEOUT: no
     * card came. */
    int (*reset)(struct lw_reader *r, struct lw_why *why);
    /* The answer to reset, borrowed until the next call; may be empty. */
    struct lw_span (*atr)(struct lw_reader *r);
    void (*free)(struct lw_reader *r);
};

/* The head of every implementation. One owner. */
struct lw_reader {
    const struct lw_reader_ops *ops;
};

void lw_reader_free(struct lw_reader **r);

#endif
