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

/* A test function takes (void **state); RUN_TESTS(tests) is the whole main(). */
#define RUN_TESTS(tests)                                                                           \
    int main(void)                                                                                 \
    {                                                                                              \
        cmocka_set_message_output(CM_OUTPUT_TAP);                                                  \
        return cmocka_run_group_tests(tests, NULL, NULL);                                          \
    }

/* Folder named by an environment variable that the build sets, or NULL where it does not exist. */
static inline const char *test_dir(const char *variable)
{
    const char *d = getenv(variable);
    return d && access(d, R_OK) == 0 ? d : NULL;
}

/* Skip, with a line saying so, what needs a folder that is not here. */
#define NEED_DIR(name, variable)                                                                   \
    const char *name = test_dir(variable);                                                         \
    if (!name) {                                                                                   \
        print_message("skipped: %s is absent\n", variable);                                        \
        skip();                                                                                    \
    }

#endif
