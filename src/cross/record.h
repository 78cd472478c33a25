/* cross/record.h - the closed crossing as canonical bytes (docs/formats/crossing-record.md). */
#ifndef LW_CROSS_RECORD_H
#define LW_CROSS_RECORD_H

#include "base/strbuf.h"
#include "cross/outcome.h"

#define LW_RECORD_FORMAT "lanewise-crossing-record"
enum {
    LW_RECORD_VERSION =
        2, /* newest; 1 has no manual_offered and is written where nobody's is set */
    LW_RECORD_BYTES_MAX = 256 * 1024
};

struct lw_record {
    char id[LW_BUNDLE_ID];       /* ULID of this record */
    char corrects[LW_BUNDLE_ID]; /* id of the record that this one corrects, "" for none */
    int64_t closed_utc_us;
    struct lw_bundle bundle; /* paths, frame rates and MRZ are not part of the record's bytes */
    struct lw_outcome outcome;
};

/* The same record gives the same bytes on every machine; times are cut to milliseconds, bytes
 * outside printable ASCII become '?'. LW_EINVAL for a record that breaks the format's rules, e.g.
 * a referral with a document; out then holds nothing new. */
int lw_record_print(struct lw_strbuf *out, const struct lw_record *rec);
/* Strict inverse: refuses what is not byte for byte what lw_record_print would write. */
int lw_record_parse(struct lw_record *out, struct lw_span bytes, struct lw_why *why);

#endif
