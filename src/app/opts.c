#include "app/opts.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"

static void print_option(const struct lw_opt *o)
{
    char left[64];
    if (o->type == LW_OPT_CHOICE)
        snprintf(left, sizeof(left), "--%s[=%s]", o->name, o->arg);
    else
        snprintf(left, sizeof(left), "--%s%s%s", o->name, o->arg ? " " : "", o->arg ? o->arg : "");
    printf("  %-24s %s\n", left, o->help);
}

static void print_section(const char *title, const char *text)
{
    if (text)
        printf("\n%s\n%s%s", title, text, text[0] && text[strlen(text) - 1] == '\n' ? "" : "\n");
}

void lw_opts_print_help(const struct lw_usage *usage, const struct lw_opt *table, size_t n)
{
    printf("Usage:\n  %s\n\n%s\n\nOptions:\n", usage->synopsis, usage->about);
    for (size_t i = 0; i < n; i++)
        print_option(&table[i]);
    printf("  %-24s %s\n", "--help", "Print this text.");
    print_section("Examples:", usage->examples);
    print_section("Exit code:", usage->exit_codes);
}

static int complain(const struct lw_usage *u, const char *text, const char *what)
{
    lw_app_complain(u->command, "%s%.*s; see 'lanewise %s --help'", what, (int)strcspn(text, "\n"),
                    text, u->command);
    return LW_EINVAL;
}

static const struct lw_opt *find(const struct lw_opt *table, size_t n, const char *name, size_t len)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(table[i].name) == len && strncmp(table[i].name, name, len) == 0)
            return &table[i];
    return NULL;
}

static int store_number(const struct lw_usage *u, const struct lw_opt *o, const char *text,
                        void *slot)
{
    char *end;
    errno = 0;
    double x = o->type == LW_OPT_INT ? (double)strtoll(text, &end, 10) : strtod(text, &end);
    if (end == text || *end || errno || !(x >= o->min && x <= o->max)) {
        lw_app_complain(u->command, "--%s \"%.40s\" is not a %s from %.10g to %.10g", o->name, text,
                        o->type == LW_OPT_INT ? "whole number" : "number", o->min, o->max);
        return LW_EINVAL;
    }
    if (o->type == LW_OPT_INT) {
        int64_t v = strtoll(text, NULL, 10);
        memcpy(slot, &v, sizeof(v));
    } else {
        memcpy(slot, &x, sizeof(x));
    }
    return LW_OK;
}

static int store(const struct lw_usage *u, const struct lw_opt *o, const char *text, void *dest)
{
    char *slot = (char *)dest + o->offset;
    if (o->type == LW_OPT_INT || o->type == LW_OPT_REAL)
        return store_number(u, o, text, slot);
    if (o->type == LW_OPT_STRING || o->type == LW_OPT_CHOICE) {
        memcpy(slot, &text, sizeof(text));
        return LW_OK;
    }
    struct lw_opt_list *list = (struct lw_opt_list *)(void *)slot;
    if (list->n == LW_OPT_LIST_MAX)
        return complain(u, o->name, "too many of --");
    list->v[list->n++] = text;
    return LW_OK;
}

/* One option at argv[*i]; *i moves on over a separate value. */
static int parse_option(const struct lw_usage *u, const struct lw_opt *table, size_t n, void *dest,
                        int argc, char **argv, int *i)
{
    const char *name = argv[*i] + 2;
    const char *value = strchr(name, '=');
    size_t len = value ? (size_t)(value - name) : strlen(name);
    const struct lw_opt *o = find(table, n, name, len);
    if (!o)
        return complain(u, argv[*i], "unknown option ");
    if (o->type == LW_OPT_FLAG) {
        const bool yes = true;
        if (value)
            return complain(u, argv[*i], "takes no value: ");
        memcpy((char *)dest + o->offset, &yes, sizeof(yes));
        return LW_OK;
    }
    if (value)
        value++;
    else if (o->type == LW_OPT_CHOICE)
        value = "";
    else if (*i + 1 < argc)
        value = argv[++*i];
    else
        return complain(u, argv[*i], "a value is missing after ");
    return store(u, o, value, dest);
}

int lw_opts_parse(const struct lw_usage *usage, const struct lw_opt *table, size_t n, void *dest,
                  int argc, char **argv, int *n_args)
{
    int kept = 0;
    bool options = true;
    for (int i = 1; i < argc; i++) {
        char *a = argv[i];
        if (!options || a[0] != '-' || a[1] != '-') {
            if (options && a[0] == '-' && a[1])
                return complain(usage, a, "unknown option ");
            if (!a[0])
                return complain(usage, usage->synopsis, "an argument is empty; usage: ");
            argv[1 + kept++] = a;
        } else if (!a[2]) {
            options = false;
        } else if (strcmp(a, "--help") == 0) {
            lw_opts_print_help(usage, table, n);
            return LW_OPTS_HELP;
        } else {
            int r = parse_option(usage, table, n, dest, argc, argv, &i);
            if (r < 0)
                return r;
        }
    }
    if ((size_t)kept < usage->min_args)
        return complain(usage, usage->synopsis, "too few arguments; usage: ");
    if ((size_t)kept > usage->max_args)
        return complain(usage, usage->synopsis, "too many arguments; usage: ");
    *n_args = kept;
    return LW_OK;
}
