#include "store/signed.h"

#include <string.h>

#include "crypt/hex.h"

static const char member[] = ",\"signature\":\"";

int lw_signed_finish(struct lw_strbuf *b, struct lw_keys *keys, struct lw_why *why)
{
    uint8_t signature[LW_SIGN_BYTES];
    char hex[2 * LW_SIGN_BYTES + 1];
    if (lw_strbuf_err(b) < 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    if (keys->ops->sign(keys, signature, lw_strbuf_span(b)) < 0)
        return lw_why_set(why, LW_ECRYPTO, -1, "cannot be signed");
    lw_hex_print(hex, (struct lw_span){.data = signature, .n = sizeof(signature)});
    lw_strbuf_printf(b, "%s%s\"}", member, hex);
    return lw_strbuf_err(b) < 0 ? lw_why_set(why, LW_ENOMEM, -1, "no memory") : LW_OK;
}

int lw_signed_check(struct lw_span text, const char *head, const char *what,
                    const uint8_t public_key[LW_SIGN_PUBLIC], struct lw_why *why)
{
    uint8_t signature[LW_SIGN_BYTES];
    char hex[2 * LW_SIGN_BYTES + 1];
    const size_t tail = strlen(member) + 2 * LW_SIGN_BYTES + 2;
    while (text.n > 0 && text.data[text.n - 1] == '\n')
        text.n--;
    if (text.n < tail + strlen(head) || memcmp(text.data, head, strlen(head)) != 0 ||
        memcmp(text.data + text.n - tail, member, strlen(member)) != 0 ||
        memcmp(text.data + text.n - 2, "\"}", 2) != 0)
        return lw_why_set(why, LW_EFORMAT, -1, "is no %s", what);
    memcpy(hex, text.data + text.n - 2 - 2 * LW_SIGN_BYTES, sizeof(hex) - 1);
    hex[sizeof(hex) - 1] = '\0';
    if (lw_hex_parse(signature, sizeof(signature), hex) < 0)
        return lw_why_set(why, LW_EFORMAT, -1, "has a signature that is not hexadecimal");
    const struct lw_span message = {.data = text.data, .n = text.n - tail};
    return lw_sign_good(public_key, message, signature)
               ? LW_OK
               : lw_why_set(why, LW_ECRYPTO, -1, "was changed, or signed with another key");
}
