/* doc/tlv.h - one checked BER-TLV reader for all that chips and files say, and a writer.
 * X.690 and ISO/IEC 7816-4 annex E: tags of 1 to 4 bytes, definite lengths of up to 4 bytes,
 * indefinite lengths. Nothing is copied: elements borrow the input. */
#ifndef LW_DOC_TLV_H
#define LW_DOC_TLV_H

#include "base/cursor.h"
#include "base/strbuf.h"

/* The limits of one whole input, shared by its readers; `seen` counts and is reset by open. */
struct lw_tlv_limits {
    bool der;           /* refuse what X.690 10 forbids: indefinite and overlong lengths and tags */
    unsigned max_depth; /* levels of nesting, 1..64 */
    size_t max_count;   /* elements in all */
    size_t max_bytes;   /* of the input */
    size_t seen;
};
/* BER as found in the wild; der is switched on by callers whose standard says DER. */
#define LW_TLV_LIMITS                                                                              \
    ((struct lw_tlv_limits){.max_depth = 24, .max_count = 100000, .max_bytes = 16 * LW_MIB})

struct lw_tlv {
    uint32_t tag;         /* its bytes, big-endian: 0x30, 0x5f1f, 0x7f61 */
    bool constructed;     /* bit 6 of the first tag byte */
    bool indefinite;      /* the length was 0x80 */
    size_t at;            /* offset of the first tag byte in the whole input */
    size_t header;        /* bytes of tag and length */
    struct lw_span value; /* without the end-of-contents bytes of an indefinite one */
    struct lw_span whole; /* all bytes as read, end-of-contents included: what digests are over */
};

/* Walks one level. Copies are independent positions over the same limits. */
struct lw_tlv_reader {
    struct lw_cursor c;
    size_t base;    /* offset of c's first byte in the whole input */
    unsigned depth; /* 0: outermost */
    struct lw_tlv_limits *limits;
};

/* limits is the caller's and must outlive the readers. LW_ELIMIT: larger than max_bytes. */
int lw_tlv_open(struct lw_tlv_reader *r, struct lw_span bytes, struct lw_tlv_limits *limits,
                struct lw_why *why);
/* 1: the next element of this level; 0: the level ends here. LW_ETRUNC, LW_EFORMAT, LW_ELIMIT with
 * the offset of the offence; the reader stays where it was. */
int lw_tlv_next(struct lw_tlv_reader *r, struct lw_tlv *out, struct lw_why *why);
/* The next element must be there (else LW_ETRUNC) and have this tag (else LW_EFORMAT). */
int lw_tlv_expect(struct lw_tlv_reader *r, uint32_t tag, struct lw_tlv *out, struct lw_why *why);
/* 1: the next element has this tag and is taken; 0: it has another or there is none. */
int lw_tlv_accept(struct lw_tlv_reader *r, uint32_t tag, struct lw_tlv *out, struct lw_why *why);
/* 1: the first element from here with this tag, after which r stands; 0: none, r is at the end. */
int lw_tlv_find(struct lw_tlv_reader *r, uint32_t tag, struct lw_tlv *out, struct lw_why *why);
/* A reader over the elements inside t, which must be constructed and come from r. */
int lw_tlv_enter(const struct lw_tlv_reader *r, const struct lw_tlv *t, struct lw_tlv_reader *child,
                 struct lw_why *why);
/* The same for a primitive element whose contents are themselves TLV (an OCTET STRING). */
int lw_tlv_unwrap(const struct lw_tlv_reader *r, const struct lw_tlv *t,
                  struct lw_tlv_reader *child, struct lw_why *why);
/* LW_EFORMAT with the offset when something follows. */
int lw_tlv_end(const struct lw_tlv_reader *r, struct lw_why *why);

/* Tag and length alone, for a file that is still being read in parts. *header: their bytes;
 * *length: of the contents. LW_ETRUNC: more bytes are needed. LW_EUNSUP: indefinite. */
int lw_tlv_header(struct lw_span start, uint32_t *tag, size_t *header, size_t *length);

/* Contents of an INTEGER that is not negative and fits (X.690 8.3; leading zeros only as needed).
 */
int lw_tlv_uint(const struct lw_tlv *t, uint64_t *out, struct lw_why *why);
/* Contents of an OBJECT IDENTIFIER as "1.2.840.113549.1.7.2" (X.690 8.19); LW_ELIMIT when longer
 * than n characters with the NUL. */
int lw_tlv_oid_print(char *out, size_t n, const struct lw_tlv *t, struct lw_why *why);

/* Append with the shortest definite length. tag as in struct lw_tlv. */
void lw_tlv_put_header(struct lw_strbuf *b, uint32_t tag, size_t length);
void lw_tlv_put(struct lw_strbuf *b, uint32_t tag, struct lw_span value);

#endif
