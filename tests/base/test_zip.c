#include "check.h"

#include "base/zip.h"

static struct lw_span span(const char *s)
{
    return (struct lw_span){(const uint8_t *)s, strlen(s)};
}

static void a_zip_is_whole_for_another_program(void **state)
{
    LW_UNUSED(state);
    char path[] = "/tmp/lw-zip-XXXXXX", command[256];
    struct lw_zip z = LW_ZIP_INIT(INT64_C(1769847309000000)); /* 2026-01-31T08:15:09Z */
    if (system("command -v unzip >/dev/null 2>&1") != 0) {
        snprintf(test_skip_reason, sizeof(test_skip_reason), "unzip is absent");
        skip();
    }
    CHECK(lw_zip_add(&z, "a.txt", span("first\n")) == LW_OK);
    CHECK(lw_zip_add(&z, "r1/\xC3\xA4.json", span("{}")) == LW_OK);
    CHECK(lw_zip_add(&z, "empty", span("")) == LW_OK);
    CHECK(lw_zip_finish(&z) == LW_OK);
    int fd = mkstemp(path);
    CHECK(fd >= 0 && write(fd, z.bytes.s, z.bytes.n) == (ssize_t)z.bytes.n);
    close(fd);
    snprintf(command, sizeof(command), "unzip -tqq %s >/dev/null", path);
    CHECK(system(command) == 0);
    snprintf(command, sizeof(command), "test \"$(unzip -p %s a.txt)\" = first", path);
    CHECK(system(command) == 0);
    snprintf(command, sizeof(command), "TZ=UTC unzip -l %s | grep -q '2026-01-31 08:15.*a.txt'",
             path);
    CHECK(system(command) == 0);
    unlink(path);
    lw_zip_wipe(&z);
}

static void names_that_lead_elsewhere_are_refused(void **state)
{
    LW_UNUSED(state);
    struct lw_zip z = LW_ZIP_INIT(0);
    CHECK(lw_zip_add(&z, "/etc/passwd", span("x")) == LW_EINVAL);
    CHECK(lw_zip_add(&z, "", span("x")) == LW_EINVAL);
    CHECK(lw_zip_add(&z, "../x", span("x")) == LW_EINVAL);
    CHECK(lw_zip_add(&z, "a/../x", span("x")) == LW_EINVAL);
    CHECK(z.n == 0 && z.bytes.n == 0);
    lw_zip_wipe(&z);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_zip_is_whole_for_another_program),
    cmocka_unit_test(names_that_lead_elsewhere_are_refused),
};
RUN_TESTS(tests)
