/* doc/mrz_text.h - lines of a MRZ out of any text; inside doc/ only. */
#ifndef LW_DOC_MRZ_TEXT_H
#define LW_DOC_MRZ_TEXT_H

#include "doc/mrz.h"

enum { LW_MRZ_LINE_BYTES = 90 }; /* the longest line that has a meaning: a TD1 in one piece */

/* A line without white space, in upper case. Characters outside ASCII are one '?' each. */
struct lw_mrz_line {
    size_t n; /* characters, also those past the end of c */
    char c[LW_MRZ_LINE_BYTES];
    size_t offset[LW_MRZ_LINE_BYTES]; /* of each character in the text */
    size_t end;                       /* offset behind the last character */
};

struct lw_mrz_lines {
    size_t n; /* lines, also those past the end of v */
    struct lw_mrz_line v[LW_MRZ_LINES];
};

/* Read the lines of one MRZ at *pos and step over them; n = 0 at the end of the text. many: stop
 * at blank lines and where the lengths say that another MRZ begins; else take the whole text.
 * LW_EFORMAT at a control character: this is no text. */
int lw_mrz_lines_read(struct lw_mrz_lines *out, struct lw_span text, size_t *pos, bool many,
                      struct lw_why *why);

/* The format that the lines come closest to, or LW_MRZ_UNKNOWN. A MRZ in one line is split. */
enum lw_mrz_format lw_mrz_lines_format(struct lw_mrz_lines *t);

#endif
