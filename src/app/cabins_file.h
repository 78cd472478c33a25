/* app/cabins_file.h - learnt cabins (cross/cabins.h) in a file. */
#ifndef LW_APP_CABINS_FILE_H
#define LW_APP_CABINS_FILE_H

#include "cross/cabins.h"

/* *out is yours (lw_cabins_free). may_be_new: a file that is not there holds none. why names the
 * file. */
int lw_cabins_load(struct lw_cabins **out, const char *path, bool may_be_new, struct lw_why *why);
/* All of it or nothing; why names the file. */
int lw_cabins_save(const struct lw_cabins *c, const char *path, struct lw_why *why);
void lw_cabins_free(struct lw_cabins **c);

#endif
