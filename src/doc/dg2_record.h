/* doc/dg2_record.h - the two kinds of face records; inside doc/ only. */
#ifndef LW_DOC_DG2_RECORD_H
#define LW_DOC_DG2_RECORD_H

#include "doc/dg2.h"

int lw_19794_parse(struct lw_dg2 *out, struct lw_span block, size_t at, struct lw_why *why);
int lw_39794_parse(struct lw_dg2 *out, struct lw_span block, size_t at, struct lw_why *why);
/* Take the picture in when there is room and it is a JPEG or JPEG 2000; count it otherwise. */
void lw_dg2_add(struct lw_dg2 *out, const struct lw_face_picture *p);

#endif
