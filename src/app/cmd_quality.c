#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/opts.h"
#include "base/strbuf.h"
#include "face/quality.h"

enum { LINE_MAX_CHARS = 256 };

static const struct lw_usage usage = {
    .command = "quality",
    .synopsis = "lanewise quality map < TABLE",
    .about =
        "Maps native quality measures to the 0-100 scalars of ISO/IEC 29794-5, for conformance\n"
        "tables. Each line of standard input is a component's name, a blank and its native\n"
        "value; each line of output is the scalar, a whole number rounded half away from zero,\n"
        "or -1 for a native -1 (could not assess). Empty lines are skipped.",
    .examples = "  printf 'luminance_mean 0.41\\nhead_pose_yaw -12.5\\n' | lanewise quality map",
    .exit_codes = "  0  all lines were mapped\n"
                  "  2  a line has an unknown name or no number; nothing is printed",
    .min_args = 1,
    .max_args = 1,
};

static bool is_number(const char *s, double *out)
{
    char *end;
    if (s[0] == '\0' || s[strspn(s, "+-.0123456789eE")] != '\0')
        return false;
    *out = strtod(s, &end);
    return *end == '\0' && isfinite(*out);
}

/* Cut the line into its two words; false when it has another number of them. */
static bool split(char *line, char **name, char **native)
{
    char *rest = NULL;
    *name = strtok_r(line, " \t\r\n", &rest);
    *native = *name ? strtok_r(NULL, " \t\r\n", &rest) : NULL;
    return *native && !strtok_r(NULL, " \t\r\n", &rest);
}

static int map_line(struct lw_strbuf *out, char *line, long number, struct lw_why *why)
{
    char *name, *native;
    double x = 0;
    if (!split(line, &name, &native))
        return lw_why_set(why, LW_EFORMAT, -1, "line %ld: is not \"component native\"", number);
    enum lw_component c = lw_component_find(name);
    if (c == LW_Q_COMPONENTS)
        return lw_why_set(why, LW_EFORMAT, -1, "line %ld: no component \"%.40s\"", number, name);
    if (!lw_component_is_mapped(c))
        return lw_why_set(why, LW_EFORMAT, -1, "line %ld: component \"%s\" has no mapping", number,
                          name);
    if (!is_number(native, &x))
        return lw_why_set(why, LW_EFORMAT, -1, "line %ld: \"%.40s\" is no number", number, native);
    lw_strbuf_printf(out, "%d\n", lw_quality_scalar(c, x));
    return lw_strbuf_err(out);
}

static int map_table(struct lw_strbuf *out, FILE *in, struct lw_why *why)
{
    char line[LINE_MAX_CHARS];
    long number = 0;
    while (fgets(line, sizeof(line), in)) {
        size_t n = strlen(line);
        number++;
        if ((n == 0 || line[n - 1] != '\n') && !feof(in))
            return lw_why_set(why, LW_ELIMIT, -1, "line %ld: has more than %d characters", number,
                              LINE_MAX_CHARS - 2);
        if (line[strspn(line, " \t\r\n")] == '\0')
            continue;
        int r = map_line(out, line, number, why);
        if (r < 0)
            return r;
    }
    return ferror(in) ? lw_why_set(why, LW_EIO, -1, "%s", strerror(errno)) : LW_OK;
}

int lw_cmd_quality(int argc, char **argv)
{
    int n_args = 0, r = lw_opts_parse(&usage, NULL, 0, NULL, argc, argv, &n_args);
    if (r == LW_OPTS_HELP)
        return LW_EXIT_OK;
    if (r < 0)
        return LW_EXIT_FAULT;
    struct lw_why why = {.text = "no memory"};
    if (strcmp(argv[1], "map") != 0) {
        lw_why_set(&why, LW_EINVAL, -1, "\"%.40s\" is unknown; the only one is \"map\"", argv[1]);
        return lw_app_fault("quality", &why);
    }
    LW_AUTO_STRBUF out = LW_STRBUF_INIT;
    if (map_table(&out, stdin, &why) < 0)
        return lw_app_fault("standard input", &why);
    fputs(lw_strbuf_peek(&out), stdout);
    return LW_EXIT_OK;
}
