/* card/save.h - what was read from a chip: as an LDS folder, as JSON, as text for people. */
#ifndef LW_CARD_SAVE_H
#define LW_CARD_SAVE_H

#include "base/strbuf.h"
#include "card/card.h"

/* LW_OK when dir can become the folder: it is not there yet, or empty. LW_EFORMAT otherwise. */
int lw_card_check_folder(const char *dir, struct lw_why *why);
/* EF_COM.bin, EF_SOD.bin, DG1.bin ... of each file that was read whole: the folder with all of them
 * appears at once, or not at all. Parents of dir are made. */
int lw_card_save(const struct lw_card *card, const char *dir, struct lw_why *why);

/* One line: access, protocol, files, proofs, findings and times. */
void lw_card_put_json(struct lw_strbuf *b, const struct lw_card *card);
/* A few lines, without anything that the files say of their holder. */
void lw_card_put_text(struct lw_strbuf *b, const struct lw_card *card);

#endif
