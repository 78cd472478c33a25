/* decoder/work.h - the work itself: one request is decoded and answered. Runs in the confined
 * process; nothing here may need a file, a clock of the day or another process. */
#ifndef LW_DECODER_WORK_H
#define LW_DECODER_WORK_H

#include "decoder/link.h"
#include "doc/trust.h"

/* Answer one request on the link. What is wrong with it is answered too; the result is a fault only
 * where no answer could be sent. trust NULL: nobody is trusted. */
typedef int (*lw_work_fn)(const struct lw_link *l, struct lw_span request,
                          const struct lw_trust *trust);
int lw_work(const struct lw_link *l, struct lw_span request, const struct lw_trust *trust);

/* Let the libraries make and load what they would want to open files for later. */
int lw_work_warm_up(struct lw_why *why);

#endif
