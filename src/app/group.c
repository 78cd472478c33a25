#include "app/group.h"

#include <stdio.h>
#include <string.h>

static void print_usage(const struct lw_group *g, FILE *to)
{
    fprintf(to, "Usage: lanewise %s WHAT [OPTION]...\n\n%s\n\n", g->name, g->about);
    for (size_t i = 0; i < g->n; i++)
        fprintf(to, "  %-11s %s\n", g->commands[i].name, g->commands[i].summary);
    fprintf(to, "\n'lanewise %s WHAT --help' explains one.\n", g->name);
}

int lw_group_run(const struct lw_group *g, int argc, char **argv)
{
    if (argc < 2) {
        print_usage(g, stderr);
        return LW_EXIT_FAULT;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        print_usage(g, stdout);
        return LW_EXIT_OK;
    }
    for (size_t i = 0; i < g->n; i++)
        if (strcmp(argv[1], g->commands[i].name) == 0)
            return g->commands[i].run(argc - 1, argv + 1);
    return lw_app_complain(g->name, "no command \"%.40s\"; 'lanewise %s --help' lists them",
                           argv[1], g->name);
}
