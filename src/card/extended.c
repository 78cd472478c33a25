/* Whether a card takes extended length. The third byte of the card capabilities has bit 7 (40) for
 * it: in the historical bytes of the answer to reset (ISO/IEC 7816-3 8.2, 7816-4 12.1.1.9), or in
 * EF.ATR/INFO, where object 7F66 says how long commands and answers may be. */
#include "card/files.h"

#include "doc/tlv.h"

enum { CAPABILITIES = 3, EXTENDED_BIT = 0x40, MODEST_ANSWER = 2048, ATR_INFO_MAX = 256 };

static bool says_extended(struct lw_span capabilities)
{
    return capabilities.n >= CAPABILITIES && (capabilities.data[2] & EXTENDED_BIT);
}

/* The interface bytes: each Y nibble says which of TA, TB, TC, TD follow; TD holds the next Y. */
static int skip_interface_bytes(struct lw_cursor *c, uint8_t y)
{
    uint8_t td = y;
    while (td & 0xf0) {
        size_t before_td = (size_t)((td >> 4 & 1) + (td >> 5 & 1) + (td >> 6 & 1));
        bool more = td & 0x80;
        if (lw_cursor_skip(c, before_td) < 0 || (more && lw_cursor_u8(c, &td) < 0))
            return LW_ETRUNC;
        if (!more)
            break;
    }
    return LW_OK;
}

/* Category 80: compact objects, tag and length in one byte each; 7x holds the capabilities. */
static bool historical_say_extended(struct lw_cursor c)
{
    uint8_t b;
    struct lw_span value;
    if (lw_cursor_u8(&c, &b) < 0 || b != 0x80)
        return false;
    while (lw_cursor_u8(&c, &b) == LW_OK && lw_cursor_take(&c, b & 0x0f, &value) == LW_OK)
        if (b >> 4 == 7)
            return says_extended(value);
    return false;
}

static bool atr_says_extended(struct lw_span atr)
{
    struct lw_cursor c = lw_cursor_over(atr), historical;
    uint8_t ts, t0;
    return lw_cursor_u8(&c, &ts) == LW_OK && lw_cursor_u8(&c, &t0) == LW_OK &&
           skip_interface_bytes(&c, t0) == LW_OK &&
           lw_cursor_sub(&c, t0 & 0x0f, &historical) == LW_OK &&
           historical_say_extended(historical);
}

/* 7F66: the longest command and the longest answer, two integers. */
static size_t longest_answer(const struct lw_tlv_reader *r, const struct lw_tlv *t)
{
    struct lw_tlv_reader inside;
    struct lw_tlv command, answer;
    uint64_t n = 0;
    if (lw_tlv_enter(r, t, &inside, NULL) < 0 || lw_tlv_expect(&inside, 0x02, &command, NULL) < 0 ||
        lw_tlv_expect(&inside, 0x02, &answer, NULL) < 0 || lw_tlv_uint(&answer, &n, NULL) < 0)
        return 0;
    return n > LW_APDU_NE_EXTENDED ? LW_APDU_NE_EXTENDED : (size_t)n;
}

static size_t file_says(struct lw_span file)
{
    struct lw_tlv_limits limits = LW_TLV_LIMITS;
    struct lw_tlv_reader r;
    struct lw_tlv t;
    bool able = false;
    size_t longest = 0;
    if (lw_tlv_open(&r, file, &limits, NULL) < 0)
        return 0;
    while (lw_tlv_next(&r, &t, NULL) == 1) {
        if (t.tag == 0x47)
            able = says_extended(t.value);
        else if (t.tag == 0x7f66)
            longest = longest_answer(&r, &t);
    }
    return longest ? longest : able ? MODEST_ANSWER : 0;
}

int lw_card_extended(struct lw_channel *c, size_t *out, struct lw_why *why)
{
    static const uint8_t id[2] = {0x2f, 0x01};
    struct lw_answer a;
    *out = atr_says_extended(c->reader->ops->atr(c->reader)) ? MODEST_ANSWER : 0;
    int r = lw_channel_send(
        c, &(struct lw_apdu){.ins = 0xa4, .p1 = 0x02, .p2 = 0x0c, .data = {id, sizeof(id)}}, &a,
        why);
    if (r < 0 || a.sw != LW_SW_OK)
        return r;
    r = lw_channel_send(c, &(struct lw_apdu){.ins = 0xb0, .ne = ATR_INFO_MAX}, &a, why);
    if (r == LW_OK && a.data.n > 0) {
        size_t said = file_says(a.data);
        *out = said ? said : *out;
    }
    return r;
}
