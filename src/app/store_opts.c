#include "app/store_opts.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int copy(char *out, size_t cap, const char *text, const char *option, struct lw_why *why)
{
    if (strlen(text) >= cap)
        return lw_why_set(why, LW_EINVAL, -1, "--%s has more than %zu bytes", option, cap - 1);
    snprintf(out, cap, "%s", text);
    return LW_OK;
}

static const char *account(void)
{
    const struct passwd *pw = getpwuid(getuid());
    return pw ? pw->pw_name : "unknown";
}

int lw_app_actor(struct lw_actor *out, const struct lw_app_store *o, struct lw_why *why)
{
    struct lw_actor a = {.role = LW_ROLE_OPERATOR};
    if (o->role && lw_role_parse(o->role, &a.role) < 0)
        return lw_why_set(why, LW_EINVAL, -1,
                          "--role \"%.40s\" is none of officer, supervisor, privacy, auditor, "
                          "operator",
                          o->role);
    int r = copy(a.name, sizeof(a.name), o->actor ? o->actor : account(), "actor", why);
    if (r == LW_OK)
        r = copy(a.purpose, sizeof(a.purpose), o->purpose ? o->purpose : "", "purpose", why);
    if (r == LW_OK)
        *out = a;
    return r;
}

int lw_app_open_store(struct lw_store **out, const char *path, const struct lw_app_store *o,
                      struct lw_why *why)
{
    struct lw_store_opts opts = {.existing = true, .keys = o->keys};
    int r = lw_app_actor(&opts.actor, o, why);
    if (r < 0)
        return r;
    r = lw_store_open(out, path, &opts, why);
    if (r < 0)
        lw_why_prefix(why, "%s", path);
    return r;
}
