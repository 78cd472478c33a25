/* store/encounter.h - photos and templates of a person's earlier crossings as further references
 * for the document that is claimed now, and for nothing else (docs/formats/store.md, "encounter").
 *
 * There is no list and no search: who asks has to hold an open crossing in which that document is
 * presented, gets references without where and when they were made, and leaves an audit entry.
 * References come in through lw_store_put_entry alone: it enters photos and templates of every
 * occupant against whom lw_encounter_obstacle has nothing. They go with the blobs they are. */
#ifndef LW_STORE_ENCOUNTER_H
#define LW_STORE_ENCOUNTER_H

#include "store/store.h"

enum {
    LW_ENCOUNTERS_KEPT = 8,     /* for each document, photos and templates each: the best ones */
    LW_ENCOUNTERS_CROSSING = 2, /* of those, at most so many of one crossing */
    LW_ENCOUNTERS_MAX = 16,     /* that one question is answered with */
    LW_ENCOUNTER_LINKS_MAX = 4  /* documents that one document is linked to */
};

/* Why what was kept of an occupant may not become a reference; NULL: it may. A reference needs the
 * policy's leave, a person who is verified, a chip whose signatures are right, and evidence that
 * the document's own portrait alone verifies them (entry.portrait): who was verified by earlier
 * references only would let references drift away from the document. */
const char *lw_encounter_obstacle(const struct lw_policy *p, const struct lw_store_entry *e,
                                  size_t occupant);

/* What is claimed: a document of an open crossing's manifest. */
struct lw_encounter_claim {
    const struct lw_bundle *bundle; /* of the open crossing; its id goes into the audit chain */
    size_t document;                /* index in the bundle */
    struct lw_store_document identified; /* issuer and number as presented */
    uint32_t kinds;                      /* bits of enum lw_item: photo, template */
    size_t max;                          /* 1..LW_ENCOUNTERS_MAX */
};

struct lw_encounter {
    enum lw_item kind;
    float quality; /* 0..100 as it was put */
    struct lw_span bytes;
};
struct lw_encounters {
    size_t n;
    struct lw_encounter v[LW_ENCOUNTERS_MAX]; /* best first */
    size_t refused; /* that were put there by another hand than this store's: not handed out */
};

/* The best references for the claimed document and those it is linked to. None, and no audit entry,
 * where the policy the store is opened with does not let that class's photos serve, where the
 * person opted out, and where issuer or number is not known. Wipe *out, also where it is empty. */
int lw_store_encounters_find(struct lw_store *s, const struct lw_encounter_claim *claim,
                             struct lw_encounters *out, struct lw_why *why);
void lw_encounters_wipe(struct lw_encounters *e);

/* A person's new document and the old one that it replaces: from now on either finds the other's
 * references. Both have been read and are authentic, and a role that may correct records says so
 * with a ground (1..200 bytes, no personal data): an audit entry. LW_ENOTFOUND where the store has
 * no reference of either; LW_ELIMIT; LW_EINVAL where a condition does not hold. */
int lw_store_encounter_link(struct lw_store *s, const struct lw_store_document *a,
                            const struct lw_store_document *b, const char *ground,
                            struct lw_why *why);

#endif
