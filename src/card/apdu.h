/* card/apdu.h - commands and status words (ISO/IEC 7816-4 section 5). */
#ifndef LW_CARD_APDU_H
#define LW_CARD_APDU_H

#include "base/base.h"
#include "base/strbuf.h"

enum { LW_APDU_NE_SHORT = 256, LW_APDU_NE_EXTENDED = 65536, LW_APDU_DATA_MAX = 65535 };

struct lw_apdu {
    uint8_t cla, ins, p1, p2;
    struct lw_span data; /* empty: no data */
    size_t ne;           /* bytes wanted at most; 0: no answer but the status word */
};

/* Append the command: short where data and ne allow it, else extended. LW_EINVAL over the limits.
 */
int lw_apdu_put(struct lw_strbuf *b, const struct lw_apdu *c);

struct lw_answer {
    struct lw_span data;
    uint16_t sw;
};
/* Split what a card sent; LW_EFORMAT when shorter than a status word. */
int lw_answer_parse(struct lw_answer *out, struct lw_span bytes, struct lw_why *why);

enum lw_sw {
    LW_SW_OK = 0x9000,
    LW_SW_END_OF_FILE = 0x6282, /* fewer bytes than wanted */
    LW_SW_AUTH_FAILED = 0x6300, /* also 63Cx: x tries left */
    LW_SW_WRONG_LENGTH = 0x6700,
    LW_SW_DENIED = 0x6982,
    LW_SW_CONDITIONS = 0x6985,
    LW_SW_SM_MISSING = 0x6987,
    LW_SW_SM_WRONG = 0x6988,
    LW_SW_WRONG_DATA = 0x6a80,
    LW_SW_NOT_FOUND = 0x6a82,
    LW_SW_NO_REFERENCE = 0x6a88,
    LW_SW_WRONG_OFFSET = 0x6b00,
    LW_SW_NO_INSTRUCTION = 0x6d00,
    LW_SW_NO_CLASS = 0x6e00
};
static inline bool lw_sw_is_auth_failed(uint16_t sw)
{
    return sw == LW_SW_AUTH_FAILED || (sw & 0xfff0) == 0x63c0;
}
/* What ISO/IEC 7816-4 says of a status word, e.g. "file not found"; static. */
const char *lw_sw_text(uint16_t sw);

#endif
