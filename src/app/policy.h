/* app/policy.h - where policy files are found. */
#ifndef LW_APP_POLICY_H
#define LW_APP_POLICY_H

#include "base/base.h"

/* The text of a policy: a file's path, or the name of one in $LANEWISE_POLICIES, else of one that
 * was installed, else of the source tree's. NULL is "default". *text is yours (free). */
int lw_app_read_policy(const char *policy, uint8_t **text, size_t *n, struct lw_why *why);

#endif
