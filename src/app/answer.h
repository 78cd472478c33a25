/* app/answer.h - the JSON line of `lanewise cross --json` (design section 7). */
#ifndef LW_APP_ANSWER_H
#define LW_APP_ANSWER_H

#include "app/crossing.h"
#include "base/strbuf.h"

/* One line with its newline. */
void lw_answer_print(struct lw_strbuf *out, const struct lw_crossing_result *r);

#endif
