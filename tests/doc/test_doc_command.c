/* `lanewise doc ...` as a process: output, messages, exit codes. */
#include "check.h"

#include <sys/wait.h>

#include "base/strbuf.h"

/* Run the program with arguments for a shell; standard error goes to *out too where they say so. */
static int run(struct lw_strbuf *out, const char *arguments)
{
    char command[1024], piece[4096];
    size_t n;
    snprintf(command, sizeof(command), "\"$LANEWISE\" doc %s", arguments);
    FILE *p = popen(command, "r");
    assert_non_null(p);
    lw_strbuf_clear(out);
    while ((n = fread(piece, 1, sizeof(piece), p)) > 0)
        lw_strbuf_put(out, piece, n);
    const int status = pclose(p);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static size_t lines_of(const struct lw_strbuf *b)
{
    size_t lines = 0;
    for (size_t i = 0; i < b->n; i++)
        lines += b->s[i] == '\n';
    return lines;
}

static void right_mrzs_exit_with_0_and_findings_with_1(void **state)
{
    LW_UNUSED(state);
    LW_AUTO_STRBUF out = LW_STRBUF_INIT;
    CHECK(run(&out, "mrz --json tests/golden/mrz/many_with_blank_lines.txt") == 0);
    CHECK(lines_of(&out) == 3);
    CHECK(run(&out, "mrz --json - < tests/golden/mrz/icao_td3.txt") == 0);
    CHECK(lines_of(&out) == 1);
    CHECK(run(&out, "mrz tests/golden/mrz/bad_td3_composite.txt") == 1);
    CHECK(strstr(lw_strbuf_peek(&out), "composite: the check digit is wrong, 0 is right") != NULL);
}

static void the_day_of_reading_decides_the_century(void **state)
{
    LW_UNUSED(state);
    LW_AUTO_STRBUF out = LW_STRBUF_INIT;
    CHECK(run(&out, "mrz --json --date 1990-01-01 tests/golden/mrz/icao_td3.txt") == 0);
    CHECK(strstr(lw_strbuf_peek(&out), "\"expiry_date_iso\": \"2012-04-15\"") != NULL);
    CHECK(run(&out, "mrz --json --date 2073-01-01 tests/golden/mrz/icao_td3.txt") == 0);
    CHECK(strstr(lw_strbuf_peek(&out), "\"expiry_date_iso\": \"2112-04-15\"") != NULL);
    CHECK(strstr(lw_strbuf_peek(&out), "\"birth_date_iso\": \"1974-08-12\"") != NULL);
}

static void what_cannot_be_read_is_one_line_and_exit_2(void **state)
{
    LW_UNUSED(state);
    static const char *const bad[] = {
        "mrz /nonexistent/mrz.txt",
        "mrz tests",
        "mrz - < /dev/null",
        "mrz --date tomorrow tests/golden/mrz/icao_td3.txt",
        "mrz --unknown tests/golden/mrz/icao_td3.txt",
        "mrz",
        "printf",
        "mrz \"$LANEWISE\"",
    };
    LW_AUTO_STRBUF out = LW_STRBUF_INIT;
    for (size_t i = 0; i < LW_COUNT(bad); i++) {
        char arguments[256];
        snprintf(arguments, sizeof(arguments), "%s 2>&1", bad[i]);
        CHECK(run(&out, arguments) == 2);
        CHECK(lines_of(&out) == 1);
        CHECK(strncmp(lw_strbuf_peek(&out), "lanewise", 8) == 0);
    }
}

static void without_a_subcommand_they_are_listed(void **state)
{
    LW_UNUSED(state);
    LW_AUTO_STRBUF out = LW_STRBUF_INIT;
    CHECK(run(&out, "2>&1") == 2 && strstr(lw_strbuf_peek(&out), "  mrz ") != NULL);
    CHECK(run(&out, "--help") == 0 && strstr(lw_strbuf_peek(&out), "  mrz ") != NULL);
    CHECK(run(&out, "mrz --help") == 0 && strstr(lw_strbuf_peek(&out), "--json") != NULL);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(right_mrzs_exit_with_0_and_findings_with_1),
    cmocka_unit_test(the_day_of_reading_decides_the_century),
    cmocka_unit_test(what_cannot_be_read_is_one_line_and_exit_2),
    cmocka_unit_test(without_a_subcommand_they_are_listed),
};
RUN_TESTS(tests)
