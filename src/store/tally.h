/* store/tally.h - counts by hour, lane and direction that outlive the records: they are about no
 * person any more. For this room alone. */
#ifndef LW_STORE_TALLY_H
#define LW_STORE_TALLY_H

#include "cross/record.h"
#include "store/sql.h"

enum lw_measure {
    LW_TALLY_CROSSINGS,
    LW_TALLY_VERIFIED, /* crossings with everybody verified */
    LW_TALLY_COMPLETE, /* crossings with everybody captured who did not opt out */
    LW_TALLY_SYNTHETIC,
    LW_TALLY_TIMED, /* crossings whose duration is plausible: 0 to 1 hour */
    LW_TALLY_SECONDS,
    LW_TALLY_OCCUPANTS,
    LW_TALLY_OCCUPANTS_VERIFIED,
    LW_TALLY_OPTED_OUT,
    LW_TALLY_CLASSES,                                           /* verified people by class ... */
    LW_TALLY_REASONS = LW_TALLY_CLASSES + LW_CLASS_UNKNOWN + 1, /* ... referrals by reason */
    LW_TALLY_MEASURES = LW_TALLY_REASONS + LW_REASONS
};
/* "crossings", "class:citizen", "reason:too_dark" */
void lw_measure_name(char out[32], unsigned measure);

void lw_tally_count(int64_t n[LW_TALLY_MEASURES], const struct lw_record *rec);
/* Add sign times the record to the counts of its hour. Inside a transaction. */
int lw_tally_add(struct lw_sql *q, const struct lw_record *rec, int sign, struct lw_why *why);

#endif
