/* store/export_records.h - records of closed crossings for somebody who may have them: a ground, a
 * role that the policy lets export and read, and audit entries, or nothing at all. */
#ifndef LW_STORE_EXPORT_RECORDS_H
#define LW_STORE_EXPORT_RECORDS_H

#include "base/clock.h"
#include "store/store.h"

enum { LW_EXPORT_RECORDS_MAX = 100000, LW_EXPORT_GROUND_MAX = 200 };

struct lw_export_query {
    int64_t since_utc_us, until_utc_us; /* closed at or after, and before; until 0: now */
    const char *ground;                 /* the law or order it is done under; no personal data */
    bool photos;                        /* hand out photos that the role may read, too */
};

struct lw_export_photo {
    int occupant;
    float quality;
    struct lw_span bytes; /* JPEG */
};

/* Borrowed until the callback returns. */
struct lw_export_item {
    const struct lw_record *record;
    struct lw_span bytes; /* canonical: docs/formats/crossing-record.md */
    size_t n_photos;
    const struct lw_export_photo *photos; /* of each occupant the best first */
};
typedef int (*lw_export_fn)(void *ctx, const struct lw_export_item *item, struct lw_why *why);

struct lw_export_report {
    char run[LW_ULID_TEXT]; /* subject of its audit entries */
    int64_t records, photos;
    int64_t withheld; /* records that their policy lets this role not export, or not read */
    int64_t purged;   /* records of that time whose bytes are gone, or due to go */
};

/* Every record of that time that may go out, oldest first, through fn. The policy that a record was
 * kept under decides: the role has to be one of its exporters and one of the readers of the
 * decision, and for a photo of the photo, of everybody in it. One entry `export` with the ground is
 * on the disk before anything is read, one that lists the records before this returns. LW_EINVAL:
 * no ground, or no policy in the store lets the role export; LW_ELIMIT: more than
 * LW_EXPORT_RECORDS_MAX, ask for less time. */
int lw_store_export_records(struct lw_store *s, const struct lw_export_query *query,
                            lw_export_fn fn, void *ctx, struct lw_export_report *out,
                            struct lw_why *why);
/* The entry that ends it: what was handed out, before it is. */
int lw_store_export_end(struct lw_store *s, const struct lw_export_report *report,
                        struct lw_span handed_out, struct lw_why *why);

#endif
