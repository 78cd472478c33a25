/* cross/record.h - the closed crossing as canonical bytes (docs/formats/crossing-record.md). */
#ifndef LW_CROSS_RECORD_H
#define LW_CROSS_RECORD_H

#include "base/strbuf.h"
#include "cross/outcome.h"

struct lw_record {
    char id[LW_BUNDLE_ID];       /* ULID of this record */
    char corrects[LW_BUNDLE_ID]; /* id of the record that this one corrects, "" for none */
    int64_t closed_utc_us;
    struct lw_bundle bundle; /* portraits and MRZ are not part of the record's bytes */
    struct lw_outcome outcome;
};

/* The same record gives the same bytes on every machine. */
int lw_record_print(struct lw_strbuf *out, const struct lw_record *rec);
/* Strict inverse. */
int lw_record_parse(struct lw_record *out, struct lw_span bytes, struct lw_why *why);

#endif
