/* app/opts.h - a subcommand's options as one table: parser, checks and --help come from it. */
#ifndef LW_APP_OPTS_H
#define LW_APP_OPTS_H

#include "base/base.h"

enum lw_opt_type {
    LW_OPT_FLAG,   /* bool */
    LW_OPT_INT,    /* int64_t, min..max */
    LW_OPT_REAL,   /* double, min..max */
    LW_OPT_STRING, /* const char *, borrowed from argv */
    LW_OPT_CHOICE, /* the same, its value joined with "=" or left out: "" */
    LW_OPT_LIST    /* struct lw_opt_list: may be given several times */
};

enum { LW_OPT_LIST_MAX = 32 };
struct lw_opt_list {
    size_t n;
    const char *v[LW_OPT_LIST_MAX];
};

/* Defaults are what the caller's struct holds before parsing. */
struct lw_opt {
    const char *name; /* without the dashes */
    enum lw_opt_type type;
    size_t offset;    /* in the caller's struct */
    const char *arg;  /* placeholder in --help, NULL for flags */
    double min, max;  /* numbers only */
    const char *help; /* one sentence; says the default */
};

struct lw_usage {
    const char *command;       /* "match" */
    const char *synopsis;      /* "lanewise match A B [--json]" */
    const char *about;         /* paragraphs */
    const char *examples;      /* NULL or lines */
    const char *exit_codes;    /* lines "0  ..." */
    size_t min_args, max_args; /* positional arguments */
};

enum { LW_OPTS_HELP = 1 };

/* Parse argv[1..] (argv[0] is the command). Positional arguments are moved to argv[1..*n_args].
 * "--" ends options; "--name=value" and "--name value" are the same; an empty argument names
 * nothing and is refused. Returns 0; LW_OPTS_HELP after
 * printing --help to standard output; LW_EINVAL after one line on standard error. */
int lw_opts_parse(const struct lw_usage *usage, const struct lw_opt *table, size_t n, void *dest,
                  int argc, char **argv, int *n_args);

void lw_opts_print_help(const struct lw_usage *usage, const struct lw_opt *table, size_t n);

#endif
