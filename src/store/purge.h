/* store/purge.h - erase what is due, in small steps that may be interrupted anywhere, with a signed
 * certificate (docs/formats/purge-certificate.md). */
#ifndef LW_STORE_PURGE_H
#define LW_STORE_PURGE_H

#include "base/strbuf.h"
#include "store/store.h"

struct lw_purge_opts {
    int64_t now_utc_us;  /* 0: what the clock says */
    bool dry_run;        /* count what is due and change nothing */
    bool clock_is_right; /* go on although the clock has jumped; that becomes an audit entry */
    unsigned pause_ms;   /* between two steps, for other writers, default 5 */
};
#define LW_PURGE_DEFAULTS ((struct lw_purge_opts){.pause_ms = 5})

struct lw_purge_counts {
    int64_t photos, templates, fields; /* blobs */
    int64_t occupants, documents;      /* decisions about people */
    int64_t texts;                     /* records whose bytes went, since they name everybody */
    int64_t records;                   /* rows that went altogether */
};

struct lw_purge_report {
    struct lw_purge_counts erased;                /* with dry_run: due */
    int64_t oldest_due_utc_us, newest_due_utc_us; /* of blobs and people; 0 where there are none */
    int wrapping_keys;                            /* destroyed */
    struct lw_strbuf certificate; /* one line of JSON, empty where nothing was due; clear it */
};

/* Erase everything that is due at `now`. LW_EINVAL where the clock has gone back by more than 5
 * minutes or forward by more than 31 days, since the last audit entry or between any two before
 * that nobody has said to be right since: then nothing is done. opts may be NULL. */
int lw_store_purge(struct lw_store *s, const struct lw_purge_opts *opts,
                   struct lw_purge_report *out, struct lw_why *why);

/* Is this certificate signed with that key? LW_EFORMAT: it is no certificate; LW_ECRYPTO: it was
 * changed, or signed with another key. */
int lw_purge_certificate_check(struct lw_span text, const uint8_t public_key[LW_SIGN_PUBLIC],
                               struct lw_why *why);

#endif
