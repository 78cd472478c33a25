/* decoder/link.h - bytes over a socket between the program and its decoder: frames with a length
 * that is checked before anything is allocated, and a time by which they must have passed. */
#ifndef LW_DECODER_LINK_H
#define LW_DECODER_LINK_H

#include "base/base.h"

struct lw_link {
    int fd;
    int64_t until_ns; /* monotonic; 0: no limit, and only read(2) and write(2) are used */
};

/* What a frame holds. The first is the only one that the program begins with. */
enum lw_frame_kind {
    LW_WIRE_REQUEST = 1, /* program to decoder */
    LW_WIRE_ANSWER,      /* decoder to program; may be followed by the rows of a picture */
    LW_WIRE_FAULT,       /* code, offset, text */
    LW_WIRE_ASK,         /* a chip is asked: decoder to program */
    LW_WIRE_TOLD,        /* its answer: program to decoder */
    LW_WIRE_KINDS
};

/* All of it or a fault: LW_ETIMEOUT, LW_ETRUNC where the other side closed, LW_EIO. */
int lw_link_send(const struct lw_link *l, const void *bytes, size_t n);
int lw_link_receive(const struct lw_link *l, void *bytes, size_t n);

int lw_link_send_frame(const struct lw_link *l, enum lw_frame_kind kind, struct lw_span payload);
/* *payload is yours (free), with one NUL behind it. LW_ELIMIT: it would be longer than max;
 * LW_EFORMAT: no frame of ours; else as above. */
int lw_link_receive_frame(const struct lw_link *l, enum lw_frame_kind *kind, uint8_t **payload,
                          size_t *n, size_t max);
/* LW_OK when the other side has closed and said no more; LW_EFORMAT when there is more. */
int lw_link_at_end(const struct lw_link *l);

#endif
