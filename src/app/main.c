#include <stdio.h>
#include <string.h>

#include "app/app.h"

static const struct lw_command commands[] = {
    {"match", "compare two photos of a face, 1:1", lw_cmd_match},
    {"detect", "find the faces in pictures, with landmarks, pose and quality", lw_cmd_detect},
    {"quality", "ISO/IEC 29794-5 mappings of native measures", lw_cmd_quality},
    {"cross", "one vehicle crossing, offline: who is verified", lw_cmd_cross},
    {"sim", "make synthetic crossings with known truth from photographs", lw_cmd_sim},
    {"eval", "error rates on data with known truth", lw_cmd_eval},
    {"doc", "travel documents: machine readable zones, chips, trust", lw_cmd_doc},
    {"store", "retention, keys and checks of what is kept", lw_cmd_store},
    {"audit", "the audit chain of a store: is it whole", lw_cmd_audit},
    {"receipt", "a traveller's signed receipt: is it genuine", lw_cmd_receipt},
    {"bench", "how fast each stage is, beside a named peer", lw_cmd_bench},
    {"doctor", "what is installed, which models, what is missing", lw_cmd_doctor},
};

static void print_usage(FILE *to)
{
    fputs("Lanewise verifies the people in a vehicle against the documents they present.\n\n"
          "Usage: lanewise COMMAND [OPTION]...\n\n",
          to);
    for (size_t i = 0; i < LW_COUNT(commands); i++)
        fprintf(to, "  %-9s %s\n", commands[i].name, commands[i].summary);
    fputs(
        "\n'lanewise COMMAND --help' explains a command. 'lanewise --version' names the version.\n",
        to);
}

static bool either(const char *s, const char *a, const char *b)
{
    return strcmp(s, a) == 0 || strcmp(s, b) == 0;
}

/* A full disk or closed pipe behind standard output is a fault, whatever the answer was: nobody has
 * read it. */
static int finish(int code)
{
    const bool lost = ferror(stdout) != 0;
    if (fflush(stdout) == 0 && !lost)
        return code;
    fputs("lanewise: standard output cannot be written\n", stderr);
    return LW_EXIT_FAULT;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_usage(stderr);
        return LW_EXIT_FAULT;
    }
    if (either(argv[1], "--help", "help")) {
        print_usage(stdout);
        return finish(LW_EXIT_OK);
    }
    if (either(argv[1], "--version", "version")) {
        puts("lanewise " LW_VERSION);
        return finish(LW_EXIT_OK);
    }
    for (size_t i = 0; i < LW_COUNT(commands); i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return finish(commands[i].run(argc - 1, argv + 1));
    struct lw_why why;
    lw_why_set(&why, LW_ENOTFOUND, -1, "no command \"%.40s\"; 'lanewise help' lists them", argv[1]);
    return lw_app_fault(NULL, &why);
}
