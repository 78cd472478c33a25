/* app/keep.h - what the policy lets a store keep of an answered crossing: nothing else is handed
 * to it, and nothing else is even encoded. */
#ifndef LW_APP_KEEP_H
#define LW_APP_KEEP_H

#include "app/crossing.h"
#include "cross/record.h"
#include "store/store.h"

/* When the answer was there, and when the vehicle left. */
struct lw_keep_times {
    int64_t verified_utc_us, closed_utc_us;
};

/* Close the crossing: the record goes to *rec under a new id and into the store, with crops,
 * templates, portraits and document fields where the policy keeps them. r needs shots and templates
 * (struct lw_crossing_opts). p is the policy that the store was opened with.
 *
 * Where somebody opted out, pictures and templates are kept of verified people alone: among the
 * others may be the one who declined. */
int lw_keep(struct lw_store *s, const struct lw_policy *p, const struct lw_crossing_result *r,
            const struct lw_keep_times *t, struct lw_record *rec, struct lw_why *why);

/* Issuer and number as they name a document, "" where the MRZ does not say them surely. */
struct lw_store_document lw_keep_identity(const struct lw_paper *paper);

#endif
