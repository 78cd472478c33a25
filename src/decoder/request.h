/* decoder/request.h - what the decoder is asked to decode, and how that is written. */
#ifndef LW_DECODER_REQUEST_H
#define LW_DECODER_REQUEST_H

#include "card/card.h"
#include "decoder/wire.h"
#include "doc/lds.h"
#include "img/codec.h"

enum lw_request_kind {
    LW_REQUEST_IMAGE,       /* bytes: a picture */
    LW_REQUEST_MRZ,         /* bytes: text with one machine readable zone or many */
    LW_REQUEST_DOCUMENT,    /* files: of a chip */
    LW_REQUEST_CARD,        /* a chip that is asked through the program */
    LW_REQUEST_MRZ_PICTURE, /* bytes: a picture of a document */
    LW_REQUEST_SEAL,        /* bytes: of a visible digital seal */
    LW_REQUEST_MANIFEST,    /* bytes: a group's own list */
    LW_REQUEST_KINDS
};

struct lw_request {
    enum lw_request_kind kind;
    int64_t now_utc_us;                 /* the day of reading */
    struct lw_decode_opts image;        /* of a picture */
    int64_t time_ns;                    /* for reading a zone from a picture */
    struct lw_span bytes;               /* borrowed */
    bool leave_portrait;                /* of a chip's files: DG2 is hashed, and not decoded */
    struct lw_span files[LW_LDS_COUNT]; /* borrowed; data NULL: absent */
    struct lw_card_opts card;           /* without callbacks and password */
    struct lw_password password;        /* of the chip */
};

enum { LW_REQUEST_BYTES_MAX = 80 * 1024 * 1024 };

/* Either direction; read spans are borrowed from the bytes. LW_EFORMAT, LW_ELIMIT. */
int lw_request_wire(struct lw_wire *w, struct lw_request *q);

#endif
