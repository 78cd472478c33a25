/* cross/policy.h - what the law or the operator lets a lane do: who may be photographed, what is
 * kept of whom and for how long, who may read it (docs/formats/policy.md). Pure: text in, tables
 * out. Legal figures live in policy files, never here. */
#ifndef LW_CROSS_POLICY_H
#define LW_CROSS_POLICY_H

#include "cross/outcome.h"
#include "face/requirements.h"

enum lw_item { LW_ITEM_PHOTO, LW_ITEM_TEMPLATE, LW_ITEM_FIELDS, LW_ITEM_DECISION, LW_ITEMS };
/* In the order in which they happen: an earlier one is the stricter one. */
enum lw_event { LW_EVENT_OPENED, LW_EVENT_VERIFIED, LW_EVENT_CLOSED, LW_EVENTS };
enum lw_role {
    LW_ROLE_OFFICER,
    LW_ROLE_SUPERVISOR,
    LW_ROLE_PRIVACY, /* answers people who ask for their own data */
    LW_ROLE_AUDITOR,
    LW_ROLE_OPERATOR, /* runs the machine */
    LW_ROLES
};
const char *lw_item_name(enum lw_item i);
const char *lw_role_name(enum lw_role r);
int lw_role_parse(const char *name, enum lw_role *out); /* LW_EINVAL for another word */

struct lw_keep {
    int64_t for_us; /* 0: gone when the crossing closes */
    enum lw_event after;
};

struct lw_policy_rule {
    bool photograph;       /* this person may be photographed */
    bool offer_manual;     /* and must be offered processing without it */
    bool encounters;       /* kept photos may serve at that person's later crossings */
    bool erase_on_request; /* the person may have it erased before its time */
    struct lw_keep keep[LW_ITEMS];
    uint32_t readers[LW_ITEMS]; /* bits of enum lw_role */
};

enum { LW_POLICY_CLASSES = LW_CLASS_UNKNOWN + 1, LW_POLICY_BYTES_MAX = 256 * 1024 };

struct lw_policy {
    char name[LW_BUNDLE_ID];                 /* an id */
    char revision[12];                       /* a date, "2026-11-01" */
    double fmr;                              /* false match rate at which people are verified */
    uint32_t exporters, erasers, correctors; /* roles that may do that; bits of enum lw_role */
    struct lw_requirement_set requirements; /* of an image; lw_requirements_least if none are set */
    struct lw_policy_rule rules[LW_POLICY_CLASSES][2][2]; /* class, opted out, direction */
};

/* Strict: every class, direction and opting out has exactly one rule. Minors and people of unknown
 * class get the strictest of all rules, whatever else is written for them. */
int lw_policy_parse(struct lw_policy *out, struct lw_span json, struct lw_why *why);

const struct lw_policy_rule *lw_policy_rule(const struct lw_policy *p, enum lw_person_class c,
                                            bool opted_out, enum lw_direction d);

/* What is known of one person's crossing; verified_utc_us is 0 where they were not verified. */
struct lw_policy_times {
    int64_t opened_utc_us, verified_utc_us, closed_utc_us;
};
/* When an item of that person is due to go: closed_utc_us or earlier means that it is not kept. */
int64_t lw_policy_due(const struct lw_policy_rule *rule, enum lw_item item,
                      const struct lw_policy_times *t);

/* Treat documents of people who may not be photographed as if they had opted out. */
void lw_policy_restrict(const struct lw_policy *p, struct lw_bundle *bundle);
/* Say of each document whether its holder must be offered manual processing. */
void lw_policy_offer(const struct lw_policy *p, const struct lw_bundle *bundle,
                     struct lw_outcome *out);

#endif
