/* store/suppress.h - hide small counts in a set of tables so that they cannot be computed back;
 * pure.
 *
 * A count from 1 to threshold - 1 is hidden, since it is about few people. That alone is not
 * enough: where a line of a table has one hidden cell, its total gives it away. So further cells
 * are hidden until no hidden one follows from what is shown: the lines are equations over the
 * hidden cells, and none of these may have a unique value (checked by elimination, whatever lines
 * are given), nor may the hidden parts of a line that shows its total add up to less than the
 * threshold. */
#ifndef LW_STORE_SUPPRESS_H
#define LW_STORE_SUPPRESS_H

#include "base/base.h"

/* cells[total] = sum of cells[parts[0..n-1]] */
struct lw_table_line {
    size_t total, n;
    const size_t *parts;
};

struct lw_table {
    size_t n;
    const int64_t *value; /* >= 0 */
    bool *hidden;         /* may come in with cells that have to be hidden anyway */
    const bool *shown;    /* cells that are shown elsewhere and cannot be hidden; may be NULL */
    size_t n_lines;
    const struct lw_table_line *lines;
};

enum { LW_SUPPRESS_HIDDEN_MAX = 800 };

/* Returns the number of hidden cells. LW_ELIMIT when it would be more than LW_SUPPRESS_HIDDEN_MAX,
 * or when what is shown elsewhere gives something away: ask for coarser tables. LW_ENOMEM. */
int lw_suppress(const struct lw_table *t, int64_t threshold);

#endif
