/* app/stats_print.h - counts without people, as JSON and as a table. */
#ifndef LW_APP_STATS_PRINT_H
#define LW_APP_STATS_PRINT_H

#include "store/stats.h"

void lw_stats_print_json(struct lw_strbuf *b, const struct lw_stats *s, int64_t threshold);
void lw_stats_print_table(struct lw_strbuf *b, const struct lw_stats *s, int64_t threshold);

#endif
