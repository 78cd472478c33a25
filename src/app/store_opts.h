/* app/store_opts.h - what the commands that open a store share. */
#ifndef LW_APP_STORE_OPTS_H
#define LW_APP_STORE_OPTS_H

#include "app/opts.h"
#include "store/store.h"

struct lw_app_store {
    const char *keys;                   /* --keys FILE */
    const char *actor, *role, *purpose; /* who is named in the audit chain */
};
#define LW_APP_STORE_OPTS(T, m)                                                                    \
    {"keys",                                                                                       \
     LW_OPT_STRING,                                                                                \
     offsetof(T, m.keys),                                                                          \
     "FILE",                                                                                       \
     0,                                                                                            \
     0,                                                                                            \
     "The store's key file (default: the store's name with .keys)."},                              \
        {"actor",                                                                                  \
         LW_OPT_STRING,                                                                            \
         offsetof(T, m.actor),                                                                     \
         "NAME",                                                                                   \
         0,                                                                                        \
         0,                                                                                        \
         "Who acts, for the audit chain (default: the account's name)."},                          \
        {"role",                                                                                   \
         LW_OPT_STRING,                                                                            \
         offsetof(T, m.role),                                                                      \
         "ROLE",                                                                                   \
         0,                                                                                        \
         0,                                                                                        \
         "As what: officer, supervisor, privacy, auditor, operator (default)."},                   \
    {                                                                                              \
        "purpose", LW_OPT_STRING, offsetof(T, m.purpose), "TEXT", 0, 0,                            \
            "What for, for the audit chain."                                                       \
    }

/* Fill actor, role and purpose; LW_EINVAL for an unknown role or too long a text. */
int lw_app_actor(struct lw_actor *out, const struct lw_app_store *o, struct lw_why *why);
/* Open a store that is there. why names the file. */
int lw_app_open_store(struct lw_store **out, const char *path, const struct lw_app_store *o,
                      struct lw_why *why);

#endif
