/* store/rights.h - what people may ask about themselves: their own data, a correction, erasure.
 *
 * A person is found by the document that they hold in their hands, through its keyed digest; there
 * is no list and no search. Each request names a ground and a purpose, comes from a role that the
 * policy of the record allows, and is an audit entry. Owned: as the store. */
#ifndef LW_STORE_RIGHTS_H
#define LW_STORE_RIGHTS_H

#include "store/purge.h"
#include "store/store.h"

enum { LW_GROUND_MAX = 200 };

struct lw_request {
    struct lw_store_document who; /* issuer and number; authentic does not matter */
    const char *ground; /* 1..200 bytes, no personal data: "GDPR Art. 15, letter 2026-114" */
};

/* --- export --- */

/* A file of what is handed out; bytes are borrowed. */
typedef int (*lw_own_fn)(void *ctx, const char *name, struct lw_span bytes, struct lw_why *why);

struct lw_own_report {
    int64_t records, files;
};
/* Hand out everything of that person and nothing of anybody else: data.json, pictures, templates,
 * fields, and who has looked at it (docs/formats/own-data.md). put is called after the audit
 * entries are on the disk. LW_ENOTFOUND: nothing is there of that document; LW_EINVAL: no ground,
 * no purpose, or a role that may not. */
int lw_store_own_data(struct lw_store *s, const struct lw_request *q, lw_own_fn put, void *ctx,
                      struct lw_own_report *out, struct lw_why *why);

/* --- erasure --- */

struct lw_erase_report {
    int64_t records; /* of which the person was erased */
    int64_t refused; /* that the policy keeps until their time */
    struct lw_purge_report purge;
};
/* Erase that person from every record whose policy gives them that right, and everything else that
 * is due now, with a certificate. Other people of the same vehicle keep their decisions; the
 * record's text, which names everybody, goes. now_utc_us 0: what the clock says. */
int lw_store_erase(struct lw_store *s, const struct lw_request *q, int64_t now_utc_us,
                   struct lw_erase_report *out, struct lw_why *why);

/* --- correction --- */

struct lw_correction {
    const char *record;                 /* id of the one that is wrong */
    const char *lane;                   /* NULL: as it was; the same below */
    const enum lw_direction *direction; /* of the crossing */
    const int64_t *opened_utc_us;
    const enum lw_person_class *person_class; /* of the person's document */
    const char *verified_seat; /* who sits there is the document's holder: an officer says so */
    bool not_me;               /* who was verified as the holder was somebody else */
};
/* A new record that names the old one and takes its place; *id is its. What the old one keeps of
 * that person stays no longer than the corrected one would keep it, and serves at no later
 * crossing. LW_ENOTFOUND, LW_EINVAL: nothing to change, corrected before, a role that may not. */
int lw_store_correct(struct lw_store *s, const struct lw_request *q, const struct lw_correction *c,
                     char id[LW_BUNDLE_ID], struct lw_why *why);

#endif
