/* doc/c40.h - texts of A-Z, 0-9 and space in two thirds of their bytes (ICAO 9303-13 2.6). */
#ifndef LW_DOC_C40_H
#define LW_DOC_C40_H

#include "base/strbuf.h"

/* Bytes that n characters take. */
static inline size_t lw_c40_bytes(size_t n)
{
    return (n + 2) / 3 * 2;
}

/* The characters, NUL-terminated; their number. LW_EFORMAT: an odd number of bytes, or something
 * that no text is written as; LW_ELIMIT: more than cap - 1 characters. */
int lw_c40_decode(char *out, size_t cap, struct lw_span bytes);

/* Append the text; '<' becomes a space. LW_EINVAL at another character. */
int lw_c40_put(struct lw_strbuf *b, const char *text);

#endif
