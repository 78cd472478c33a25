/* decoder/answer.h - what the decoder found, and how that is written. The program reads answers as
 * it reads any bytes from outside: whatever sent them may be in an attacker's hands. */
#ifndef LW_DECODER_ANSWER_H
#define LW_DECODER_ANSWER_H

#include "decoder/found.h"
#include "decoder/wire.h"
#include "doc/manifest.h"
#include "doc/mrz_picture.h"
#include "doc/vds_check.h"

struct lw_card;

/* Either direction, to its end; LW_EFORMAT when read values are out of bounds. */

/* The size of a picture; its rows follow the frame, without gaps. */
struct lw_picture {
    enum lw_pixfmt fmt;
    int width, height;
};
int lw_picture_wire(struct lw_wire *w, struct lw_picture *p);
static inline size_t lw_picture_row(const struct lw_picture *p)
{
    return (size_t)p->width * (size_t)p->fmt;
}

/* A read list is yours to clear, also after a fault. LW_ENOMEM too. */
int lw_mrz_list_wire(struct lw_wire *w, struct lw_mrz_list *l);

/* Of a picture. */
int lw_mrz_reading_wire(struct lw_wire *w, struct lw_mrz_reading *r);

/* A seal; its parts are written as places in file, from where they are borrowed when read. */
int lw_vds_wire(struct lw_wire *w, struct lw_vds_check *c, struct lw_span file);

/* A group's list. What is read is well formed; its signature is another matter. */
int lw_manifest_wire(struct lw_wire *w, struct lw_manifest *m);

/* A document but for its pixels; portrait is its size, fmt 0: none. Details are written as places
 * in DG11 and DG12 of files, from where they are borrowed when read. */
int lw_document_wire(struct lw_wire *w, struct lw_document *d, struct lw_picture *portrait,
                     char protocols[LW_PROTOCOLS_TEXT], const struct lw_span *files);

/* What was read from a chip. Files that were read are copied. */
int lw_card_wire(struct lw_wire *w, struct lw_card *c);

/* A fault of the work itself: a picture that does not decode, a text that is none. */
int lw_why_wire(struct lw_wire *w, struct lw_why *why);

#endif
