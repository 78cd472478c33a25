/* The emulated passport in a reader of this process. */
#include <stdlib.h>
#include <string.h>

#include "fake/card.h"

struct fake_reader {
    struct lw_reader reader;
    struct fake_card *card;
};

static int transmit(struct lw_reader *r, struct lw_span command, uint8_t *answer, size_t cap,
                    size_t *n, struct lw_why *why)
{
    struct fake_reader *f = (struct fake_reader *)r;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    if (!fake_card_apdu(f->card, command, &b))
        return lw_why_set(why, LW_EAGAIN, -1, "the card was lost");
    if (b.n > cap)
        return lw_why_set(why, LW_ELIMIT, -1, "the card's answer is too long");
    if (b.n)
        memcpy(answer, b.s, b.n);
    *n = b.n;
    return LW_OK;
}

static int reset(struct lw_reader *r, struct lw_why *why)
{
    LW_UNUSED(why);
    fake_card_reset(((struct fake_reader *)r)->card);
    return LW_OK;
}

static struct lw_span atr(struct lw_reader *r)
{
    return fake_card_atr(((struct fake_reader *)r)->card);
}

static void close_reader(struct lw_reader *r)
{
    free(r);
}

struct lw_reader *fake_reader_new(struct fake_card *card)
{
    static const struct lw_reader_ops ops = {transmit, reset, atr, close_reader};
    struct fake_reader *f = calloc(1, sizeof(*f));
    if (!f)
        return NULL;
    f->reader.ops = &ops;
    f->card = card;
    return &f->reader;
}
