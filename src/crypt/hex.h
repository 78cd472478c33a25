/* crypt/hex.h - bytes as lower-case hexadecimal digits and back. */
#ifndef LW_CRYPT_HEX_H
#define LW_CRYPT_HEX_H

#include "base/base.h"

/* out holds 2 * bytes.n + 1. */
void lw_hex_print(char *out, struct lw_span bytes);
/* Exactly 2 * n digits 0-9 a-f; LW_EFORMAT otherwise, out is then as it was. */
int lw_hex_parse(uint8_t *out, size_t n, const char *text);

#endif
