/* store/verify.h - is a store whole: the file, the audit chain, every record, every blob. */
#ifndef LW_STORE_VERIFY_H
#define LW_STORE_VERIFY_H

#include "base/strbuf.h"
#include "store/audit.h"

struct lw_verify_report {
    struct lw_audit_report audit;
    int64_t records, records_erased; /* there; gone, and the chain says so */
    int64_t blobs, blobs_erased;     /* opened; gone, and the chain says so */
    int64_t blobs_half_erased;       /* the key is gone, the bytes go with the next purge */
    int64_t policies;
    int64_t n_findings;
    struct lw_strbuf findings; /* one line each, the first 100; clear it */
};

/* Read everything and change nothing. keys: as in struct lw_audit_opts; without a key file blobs
 * cannot be opened, and that is a fault. Fault only where the file cannot be read as a store. */
int lw_store_verify(struct lw_verify_report *out, const char *path,
                    const struct lw_audit_opts *opts, struct lw_why *why);

#endif
