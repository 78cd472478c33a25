/* store/person.h - the records of one document's holder; for this room alone. */
#ifndef LW_STORE_PERSON_H
#define LW_STORE_PERSON_H

#include "store/inside.h"
#include "store/rights.h"

enum { LW_PERSON_RECORDS_MAX = 4096 };

/* One record, and which document and occupant of it are that person. */
struct lw_person_record {
    int64_t seq, policy;
    char id[LW_BUNDLE_ID];
    int document, occupant; /* n; occupant -1: nobody was verified with the document */
    enum lw_direction direction;
    enum lw_person_class person_class;
    bool opted_out;
};
struct lw_person {
    size_t n;
    struct lw_person_record *v; /* oldest first; free it */
};

/* Ground and purpose are there; fills *out. LW_ENOTFOUND where there is no record. Inside a
 * transaction. */
int lw_person_find(struct lw_store *s, const struct lw_request *q, struct lw_person *out,
                   struct lw_why *why);
/* The policy that a record is kept under; text is yours (free). */
int lw_person_policy(struct lw_store *s, int64_t seq, struct lw_store_policy *out, uint8_t **text,
                     struct lw_why *why);
/* LW_EINVAL unless the actor's role is among those bits; what is "export". */
int lw_person_allow(const struct lw_store *s, const struct lw_policy *p, uint32_t roles,
                    const char *what, struct lw_why *why);
/* An entry with the ground and more. */
int lw_person_note(struct lw_store *s, const struct lw_request *q, const char *action,
                   const char *record, const char *more, struct lw_why *why);

#endif
