/* eval/html.h - the frame of a report: one self-contained HTML page, light or dark as the reader
 * has it, without anything loaded from elsewhere. */
#ifndef LW_EVAL_HTML_H
#define LW_EVAL_HTML_H

#include "eval/rates.h"

void lw_html_begin(struct lw_strbuf *b, const char *title, const char *subtitle);
void lw_html_end(struct lw_strbuf *b, const char *foot);

/* A boxed part of the page with a heading; close it. */
void lw_html_section(struct lw_strbuf *b, const char *heading);
void lw_html_section_end(struct lw_strbuf *b);

/* A paragraph, text escaped. */
void lw_html_p(struct lw_strbuf *b, const char *class_name, const char *text);

/* Headline figures: begin, one card each, end. */
void lw_html_cards(struct lw_strbuf *b);
void lw_html_card(struct lw_strbuf *b, const char *value, const char *name, const char *detail);
void lw_html_rate_card(struct lw_strbuf *b, const struct lw_rate *r, const char *name);
void lw_html_cards_end(struct lw_strbuf *b);

/* "1,234,567" */
enum { LW_COUNT_TEXT = 32 };
void lw_count_print(char out[LW_COUNT_TEXT], int64_t n);

#endif
