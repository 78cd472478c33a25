/* tools/mrzpictures/type.h - characters of a font file into grey pixels (FreeType). */
#ifndef LW_TOOLS_MRZPICTURES_TYPE_H
#define LW_TOOLS_MRZPICTURES_TYPE_H

#include "img/image.h"

struct type;

/* size: pixels an em; height stretches upwards only. LW_ENOTFOUND names the file. */
int type_open(struct type **out, const char *path, float size, float height, struct lw_why *why);
void type_free(struct type **t);

/* Draw c with its origin at *x, foot, in a grey level, over what is there; steps *x on. */
int type_draw(struct type *t, struct lw_image *im, char c, float *x, float foot, float grey);

#endif
