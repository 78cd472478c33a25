/* app/records_print.h - records as others name their fields (docs/formats/records-export.md). */
#ifndef LW_APP_RECORDS_PRINT_H
#define LW_APP_RECORDS_PRINT_H

#include "store/export_records.h"

/* One line of JSON for each picture, and for each occupant without one: ANSI/NIST-ITL Type-10 and
 * ISO/IEC 19794-5 names where they exist. source: field 10.004, NULL: the lane. */
int lw_records_print_type10(struct lw_strbuf *out, const struct lw_export_item *item,
                            const char *source, struct lw_why *why);

#endif
