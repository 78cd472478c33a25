/* store/ranges.h - sets of row numbers, written as "3-7,9"; for this room alone. */
#ifndef LW_STORE_RANGES_H
#define LW_STORE_RANGES_H

#include "base/strbuf.h"

struct lw_range {
    int64_t first, last;
};
struct lw_ranges {
    size_t n, cap;
    struct lw_range *v;
};

void lw_ranges_clear(struct lw_ranges *r);
int lw_ranges_add(struct lw_ranges *r, int64_t first, int64_t last);
/* "3-7,9" added to the set; LW_EFORMAT for anything else. */
int lw_ranges_parse(struct lw_ranges *r, const char *text);
/* Sort and join what touches. Before lw_ranges_has and lw_ranges_print. */
void lw_ranges_settle(struct lw_ranges *r);
bool lw_ranges_has(const struct lw_ranges *r, int64_t x);
void lw_ranges_print(struct lw_strbuf *b, const struct lw_ranges *r);

#endif
