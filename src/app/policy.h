/* app/policy.h - where policy files are found. */
#ifndef LW_APP_POLICY_H
#define LW_APP_POLICY_H

#include "cross/policy.h"

/* The text of a policy: a file's path, or the name of one in $LANEWISE_POLICIES, else of one that
 * was installed, else of the source tree's. NULL is "default". *text is yours (free). */
int lw_app_read_policy(const char *policy, uint8_t **text, size_t *n, struct lw_why *why);

/* The same, parsed. */
struct lw_app_policy {
    uint8_t *text; /* yours: clear it */
    size_t n;
    struct lw_policy rules;
};
int lw_app_open_policy(struct lw_app_policy *out, const char *policy, struct lw_why *why);
void lw_app_policy_clear(struct lw_app_policy *p);

/* Let the validation requirements of that name decide who counts as captured. */
int lw_app_policy_require(struct lw_app_policy *p, const char *preset, struct lw_why *why);

#endif
