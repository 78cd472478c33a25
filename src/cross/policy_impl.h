/* cross/policy_impl.h - the parts behind policy.h; for the files of this room only. */
#ifndef LW_CROSS_POLICY_IMPL_H
#define LW_CROSS_POLICY_IMPL_H

#include "cross/fields.h"
#include "face/requirements.h"

/* The key "requirements" of a policy; without it lw_requirements_least. */
int lw_policy_read_requirements(struct lw_requirement_set *out, const struct lw_fields *policy);

#endif
