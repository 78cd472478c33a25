/* tests/check.h - cmocka with TAP out, and where the test data is. */
#ifndef LW_TESTS_CHECK_H
#define LW_TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define CHECK(x) assert_true(x)

/* Folder named by an environment variable that the build sets, or NULL where it does not exist. */
static inline const char *test_dir(const char *variable)
{
    const char *d = getenv(variable);
    return d && access(d, R_OK) == 0 ? d : NULL;
}

/* Why the running test is about to skip; printed with it. */
static char test_skip_reason[80];

/* Skip, with a line saying so, what needs a folder that is not here. */
#define NEED_DIR(name, variable)                                                                   \
    const char *name = test_dir(variable);                                                         \
    if (!name) {                                                                                   \
        snprintf(test_skip_reason, sizeof(test_skip_reason), "%s is absent", variable);            \
        skip();                                                                                    \
    }

/* cmocka 1.1.5 prints a skipped test as "not ok 2 # SKIP name", which readers of TAP take for a
 * failure: write "ok 2 - name # SKIP reason". cmocka flushes after every line. */
static inline ssize_t test_write_tap(void *cookie, const char *line, size_t n)
{
    unsigned number;
    char name[200];
    (void)cookie;
    if (n < 300) {
        char copy[300];
        memcpy(copy, line, n);
        copy[n] = '\0';
        if (sscanf(copy, "not ok %u # SKIP %199s", &number, name) == 2) {
            dprintf(STDOUT_FILENO, "ok %u - %s # SKIP %s\n", number, name, test_skip_reason);
            return (ssize_t)n;
        }
    }
    return write(STDOUT_FILENO, line, n);
}

static inline void test_output_tap(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    FILE *tap = fopencookie(NULL, "w", (cookie_io_functions_t){.write = test_write_tap});
    if (tap && setvbuf(tap, NULL, _IOLBF, BUFSIZ) == 0)
        stdout = tap;
}

/* A test function takes (void **state); RUN_TESTS(tests) is the whole main(). */
#define RUN_TESTS(tests)                                                                           \
    int main(void)                                                                                 \
    {                                                                                              \
        test_output_tap();                                                                         \
        return cmocka_run_group_tests(tests, NULL, NULL);                                          \
    }

#endif
