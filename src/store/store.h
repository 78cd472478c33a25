/* store/store.h - closed crossings in one SQLite file (docs/formats/store.md). One owner, no locks;
 * several programs may have the same file open. */
#ifndef LW_STORE_STORE_H
#define LW_STORE_STORE_H

#include "cross/record.h"
#include "store/audit.h"

struct lw_store;  /* opaque */
struct lw_writer; /* store/writer.h */

struct lw_store_opts {
    bool existing;         /* LW_ENOTFOUND where there is no file, instead of making one */
    const char *keys;      /* key file; NULL: the store's path + ".keys", made for a new store */
    struct lw_span policy; /* text of a policy file; what is put is kept under it. Without one the
                            * store cannot be put into */
    struct lw_actor actor; /* who is named in the audit chain; an empty name is "lanewise" */
    struct lw_writer *writer; /* open for reading, on a connection of its own, one for each thread;
                               * entries and crossings go through that writer of the same file */
};
#define LW_STORE_DEFAULTS ((struct lw_store_opts){.actor = {.role = LW_ROLE_OPERATOR}})

/* Open a store, make it where there is no file, bring an older one up to this program's schema.
 * opts may be NULL; the policy's text is copied. LW_EFORMAT: no SQLite file, another program's,
 * made with other keys, or older than its keys have seen; LW_EUNSUP: of a newer program. */
int lw_store_open(struct lw_store **out, const char *path, const struct lw_store_opts *opts,
                  struct lw_why *why);
void lw_store_close(struct lw_store **s);
#define LW_AUTO_STORE __attribute__((cleanup(lw_store_close))) struct lw_store *

/* Something of one person that is sealed with a key of its own, where the policy keeps it at all.
 */
struct lw_store_blob {
    enum lw_item kind; /* photo (JPEG), template, or fields (JSON, of a document) */
    bool portrait;     /* a photo: the one in the document, not of an occupant. It is a photo and a
                        * field at once: kept only where the policy keeps both */
    int index;         /* of the occupant; with fields and portraits of the document */
    float quality;     /* photo, template: 0..100, larger compares better */
    struct lw_span bytes;
};

struct lw_store_document {
    char issuer[4];  /* MRZ's issuing state, "" not known */
    char number[24]; /* document number, "" not known */
    bool authentic;  /* the chip's signatures are right (passive authentication) */
};

/* How like the document's own portrait an occupant is, earlier references left aside: evidence for
 * lw_encounter_obstacle. */
struct lw_store_portrait {
    bool given;
    float score; /* the matcher's similarity */
};

/* A closed crossing with what is known beside the record. */
struct lw_store_entry {
    const struct lw_record *record;
    int64_t verified_utc_us[LW_OCCUPANTS_MAX]; /* 0: when the crossing closed */
    struct lw_store_document documents[LW_BUNDLE_DOCUMENTS_MAX];
    size_t n_blobs;
    const struct lw_store_blob *blobs;
    struct lw_store_portrait portrait[LW_OCCUPANTS_MAX];
};
enum { LW_STORE_BLOBS_MAX = 256, LW_STORE_BLOB_BYTES_MAX = 16 * 1024 * 1024 };

/* Record, people, documents, sealed blobs, audit entry and outbox row in one transaction: when this
 * returns LW_OK, all of it is on the disk; otherwise none of it is. What the policy does not keep
 * is left out; what may serve at that person's later crossings is entered (store/encounter.h).
 * LW_EINVAL: no policy, a record of that id is there already, the record contradicts itself, or
 * something of a person who opted out was handed in. LW_EAGAIN: another program keeps the file
 * busy. */
int lw_store_put_entry(struct lw_store *s, const struct lw_store_entry *e, struct lw_why *why);
/* The record alone. */
int lw_store_put(struct lw_store *s, const struct lw_record *rec, struct lw_why *why);

/* Reading a record is an audit entry, too. LW_ENOTFOUND for an id that is not there (any more). */
int lw_store_get(struct lw_store *s, const char *id, struct lw_record *out, struct lw_why *why);

/* An entry for what happens above the store: "login", "override" ... The texts hold no personal
 * data; longer ones than 512 bytes are refused. */
int lw_store_audit(struct lw_store *s, const char *action, const char *subject, const char *detail,
                   struct lw_why *why);

struct lw_store_counts {
    int64_t records, occupants, verified, documents, blobs;
    int64_t outbox; /* not yet published */
};
int lw_store_count(struct lw_store *s, struct lw_store_counts *out, struct lw_why *why);

#endif
