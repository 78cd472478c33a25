/* app/group.h - a command that is a list of commands, e.g. `lanewise store`. */
#ifndef LW_APP_GROUP_H
#define LW_APP_GROUP_H

#include "app/app.h"

struct lw_group {
    const char *name;  /* "store" */
    const char *about; /* a sentence */
    const struct lw_command *commands;
    size_t n;
};

/* Run the command that argv[1] names, print the list for --help, or say what there is. */
int lw_group_run(const struct lw_group *g, int argc, char **argv);

#endif
