#include "app/cmd_doc.h"

#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "base/clock.h"

int lw_doc_date(const char *date, const char *command, int64_t *utc_us)
{
    char text[32];
    *utc_us = lw_now_utc_us();
    if (!date)
        return LW_OK;
    snprintf(text, sizeof(text), "%.11sT00:00:00Z", date);
    if (lw_time_parse(text, utc_us) == LW_OK)
        return LW_OK;
    fprintf(stderr, "lanewise %s: --date \"%.40s\" is no date YYYY-MM-DD\n", command, date);
    return LW_EINVAL;
}

static const struct lw_command subcommands[] = {
    {"mrz", "read machine readable zones, check their digits", lw_cmd_doc_mrz},
    {"check", "a folder of chip files: fields, portrait, authenticity", lw_cmd_doc_check},
    {"trust", "whom to believe: certificates of issuing states", lw_cmd_doc_trust},
    {"read", "read a chip through PC/SC into a folder", lw_cmd_doc_read},
};

static void print_usage(FILE *to)
{
    fputs("Usage: lanewise doc COMMAND [OPTION]...\n\n", to);
    for (size_t i = 0; i < LW_COUNT(subcommands); i++)
        fprintf(to, "  %-9s %s\n", subcommands[i].name, subcommands[i].summary);
    fputs("\n'lanewise doc COMMAND --help' explains a command.\n", to);
}

int lw_cmd_doc(int argc, char **argv)
{
    if (argc < 2) {
        print_usage(stderr);
        return LW_EXIT_FAULT;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        print_usage(stdout);
        return LW_EXIT_OK;
    }
    for (size_t i = 0; i < LW_COUNT(subcommands); i++)
        if (strcmp(argv[1], subcommands[i].name) == 0)
            return subcommands[i].run(argc - 1, argv + 1);
    fprintf(stderr, "lanewise doc: no command \"%.40s\"; 'lanewise doc help' lists them\n",
            argv[1]);
    return LW_EXIT_FAULT;
}
