/* decoder/found.h - what the decoder finds beyond one struct of doc/. */
#ifndef LW_DECODER_FOUND_H
#define LW_DECODER_FOUND_H

#include "doc/document.h"

/* The machine readable zones of one text. */
struct lw_mrz_list {
    size_t n;
    struct lw_mrz *v; /* ours */
};
void lw_mrz_list_clear(struct lw_mrz_list *l);

/* A chip's files. */
enum { LW_PROTOCOLS_TEXT = 512 };
struct lw_decoded {
    struct lw_document *document;      /* borrows the files; free it */
    char protocols[LW_PROTOCOLS_TEXT]; /* that the chip speaks, for people */
};

#endif
