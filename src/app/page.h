/* app/page.h - crossings as one self-contained HTML page that a person likes to look at. */
#ifndef LW_APP_PAGE_H
#define LW_APP_PAGE_H

#include "app/crossing.h"
#include "base/strbuf.h"

struct lw_page; /* a page in the making; one owner */

struct lw_page_opts {
    const char *title;
    const char *note; /* shown under the title, NULL for none */
};
int lw_page_new(struct lw_page **out, const struct lw_page_opts *opts);
void lw_page_free(struct lw_page **p);
/* Append one crossing: annotated frames with seats and boxes, a table (seat, document, score, FMR,
 * decision, reason with advice), best shots beside the portrait they were compared with, documents
 * with findings, timing. A synthetic bundle says so in the heading. m may be NULL: no FMR then. */
int lw_page_add(struct lw_page *p, const struct lw_crossing_result *r, const struct lw_matcher *m);
int lw_page_write(struct lw_page *p, const char *path, struct lw_why *why);

/* Similarity and false match rate of an occupant as page and table show them, "-" where there is
 * none; "\xE2\x89\xA4" before a rate that lies beyond the calibration table. */
enum { LW_SCORE_TEXT = 24 };
void lw_score_print(char score[LW_SCORE_TEXT], char fmr[LW_SCORE_TEXT], const struct lw_occupant *o,
                    const struct lw_matcher *m);

/* The same crossing as a plain table for a terminal. */
void lw_table_print(struct lw_strbuf *out, const struct lw_crossing_result *r,
                    const struct lw_matcher *m);

#endif
