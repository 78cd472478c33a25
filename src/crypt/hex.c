#include "crypt/hex.h"

#include <string.h>

void lw_hex_print(char *out, struct lw_span bytes)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes.n; i++) {
        *out++ = digits[bytes.data[i] >> 4];
        *out++ = digits[bytes.data[i] & 15];
    }
    *out = '\0';
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int lw_hex_parse(uint8_t *out, size_t n, const char *text)
{
    if (strlen(text) != 2 * n || strspn(text, "0123456789abcdef") != 2 * n)
        return LW_EFORMAT;
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(digit(text[2 * i]) << 4 | digit(text[2 * i + 1]));
    return LW_OK;
}
