#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "app/eval_run.h"

static const struct lw_command commands[] = {
    {"pairs", "a list of pairs of pictures: file_x,file_y,same", lw_cmd_eval_pairs},
    {"faces", "DIR/person/photo.jpg, all against all", lw_cmd_eval_faces},
    {"crossings", "DIR/bundle/crossing.json with truth: who was captured, who verified",
     lw_cmd_eval_crossings},
};

static void print_usage(FILE *to)
{
    fputs("Error rates on data with known truth, with 95 % intervals.\n\nUsage: lanewise eval "
          "WHAT [OPTION]...\n\n",
          to);
    for (size_t i = 0; i < LW_COUNT(commands); i++)
        fprintf(to, "  %-9s %s\n", commands[i].name, commands[i].summary);
    fputs("\n'lanewise eval WHAT --help' explains one.\n", to);
}

int lw_cmd_eval(int argc, char **argv)
{
    if (argc < 2) {
        print_usage(stderr);
        return LW_EXIT_FAULT;
    }
    if (strcmp(argv[1], "--help") == 0) {
        print_usage(stdout);
        return LW_EXIT_OK;
    }
    for (size_t i = 0; i < LW_COUNT(commands); i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    fprintf(stderr, "lanewise: eval has no \"%.40s\"; 'lanewise eval --help' lists what it has\n",
            argv[1]);
    return LW_EXIT_FAULT;
}
