/* eval/outdir.h - the folder that an evaluation writes: all of its files or none. */
#ifndef LW_EVAL_OUTDIR_H
#define LW_EVAL_OUTDIR_H

#include "base/strbuf.h"

struct lw_out_file {
    const char *name; /* in the folder */
    const struct lw_strbuf *text;
};

/* Before the work: is path a folder that can be written, or can it be made? Nothing is changed. */
int lw_outdir_check(const char *path, struct lw_why *why);

/* Make the folder where it is missing and put the files in. All are written under other names first
 * and renamed at the end; on a fault those are gone again, and the folder too if it was made. */
int lw_outdir_write(const char *path, const struct lw_out_file *files, size_t n,
                    struct lw_why *why);

#endif
