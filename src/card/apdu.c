#include "card/apdu.h"

int lw_apdu_put(struct lw_strbuf *b, const struct lw_apdu *c)
{
    if (c->data.n > LW_APDU_DATA_MAX || c->ne > LW_APDU_NE_EXTENDED)
        return LW_EINVAL;
    bool extended = c->data.n > 255 || c->ne > LW_APDU_NE_SHORT;
    const uint8_t header[4] = {c->cla, c->ins, c->p1, c->p2};
    lw_strbuf_put(b, header, sizeof(header));
    if (extended)
        lw_strbuf_putc(b, 0);
    if (c->data.n && extended)
        lw_strbuf_putc(b, (char)(c->data.n >> 8));
    if (c->data.n)
        lw_strbuf_putc(b, (char)(c->data.n & 0xff));
    lw_strbuf_put(b, c->data.data, c->data.n);
    if (c->ne && extended)
        lw_strbuf_putc(b, (char)(c->ne >> 8 & 0xff));
    if (c->ne)
        lw_strbuf_putc(b, (char)(c->ne & 0xff)); /* 256 and 65536 are zeros */
    return lw_strbuf_err(b);
}

int lw_answer_parse(struct lw_answer *out, struct lw_span bytes, struct lw_why *why)
{
    if (bytes.n < 2)
        return lw_why_set(why, LW_EFORMAT, -1, "the card answered %zu bytes, no status word",
                          bytes.n);
    size_t n = bytes.n - 2;
    *out = (struct lw_answer){.data = {bytes.data, n},
                              .sw = (uint16_t)(bytes.data[n] << 8 | bytes.data[n + 1])};
    return LW_OK;
}

const char *lw_sw_text(uint16_t sw)
{
    static const struct {
        uint16_t sw;
        const char *text;
    } words[] = {{LW_SW_OK, "done"},
                 {LW_SW_END_OF_FILE, "end of file"},
                 {LW_SW_AUTH_FAILED, "authentication failed"},
                 {LW_SW_WRONG_LENGTH, "wrong length"},
                 {LW_SW_DENIED, "access denied"},
                 {0x6983, "blocked"},
                 {LW_SW_CONDITIONS, "conditions not satisfied"},
                 {LW_SW_SM_MISSING, "secure messaging object missing"},
                 {LW_SW_SM_WRONG, "secure messaging object wrong"},
                 {LW_SW_WRONG_DATA, "wrong data"},
                 {0x6a81, "function not supported"},
                 {LW_SW_NOT_FOUND, "file not found"},
                 {0x6a86, "wrong parameters"},
                 {LW_SW_NO_REFERENCE, "referenced data not found"},
                 {LW_SW_WRONG_OFFSET, "offset outside the file"},
                 {LW_SW_NO_INSTRUCTION, "instruction not supported"},
                 {LW_SW_NO_CLASS, "class not supported"},
                 {0x6f00, "error without diagnosis"}};
    if (lw_sw_is_auth_failed(sw))
        return "authentication failed";
    for (size_t i = 0; i < LW_COUNT(words); i++)
        if (words[i].sw == sw)
            return words[i].text;
    return "unknown status";
}
