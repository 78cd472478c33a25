/* decoder/chip.h - a chip behind the link: the protocols run in the confined process, the reader
 * stays with the program, and commands and answers go between them. */
#ifndef LW_DECODER_CHIP_H
#define LW_DECODER_CHIP_H

#include "card/card.h"
#include "decoder/link.h"

/* In the confined process: lw_card_read with a reader that asks over the link. */
int lw_chip_read(struct lw_card **out, const struct lw_link *l, const struct lw_card_opts *opts,
                 struct lw_why *why);

/* In the program: do what one frame LW_WIRE_ASK says with the reader, and tell how it went. opts
 * has the callbacks. LW_EFORMAT: nothing that may be asked. */
int lw_chip_serve(const struct lw_link *l, struct lw_span asked, struct lw_reader *reader,
                  const struct lw_card_opts *opts);

#endif
