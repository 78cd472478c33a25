#include "run.h"

/* A picture file cut out of a sample photograph by the program itself: dir/group-<k>/01.jpg. */
static void cut_people(const char *photos, const char *dir)
{
    struct run r;
    char photo[4096];
    snprintf(photo, sizeof(photo), "%s/sample5.jpg", photos);
    run(&r, "detect", photo, "--crops", dir, NULL);
    assert_int_equal(r.code, 0);
    assert_int_equal(temp_count(dir), 5);
    run_clear(&r);
}

static void person(char out[4096], const char *dir, int k)
{
    snprintf(out, 4096, "%s/sample5-%d/01.jpg", dir, k);
}

static void the_same_person_matches_and_another_does_not(void **state)
{
    (void)state;
    NEED_DIR(photos, "LW_TEST_PHOTOS");
    NEED_DIR(models, "LW_TEST_MODELS");
    (void)models;
    struct run r;
    char dir[32], group[4096], a[4096], b[4096];
    temp_make(dir);
    cut_people(photos, dir);
    person(a, dir, 1);
    person(b, dir, 2);
    snprintf(group, sizeof(group), "%s/sample5.jpg", photos);
    run(&r, "match", a, group, NULL); /* person 1 is the most prominent one of the group */
    assert_int_equal(r.code, 0);
    CHECK(strstr(r.out, "\nMATCH\n") && strstr(r.out, "FMR") && !*r.err);
    run_clear(&r);
    run(&r, "match", a, b, NULL);
    assert_int_equal(r.code, 1);
    CHECK(strstr(r.out, "\nNO MATCH\n"));
    run_clear(&r);
    run(&r, "match", a, b, "--threshold", "-1", NULL);
    assert_int_equal(r.code, 0);
    run_clear(&r);
    temp_remove(dir);
}

static void the_json_has_the_keys_of_the_contract(void **state)
{
    (void)state;
    NEED_DIR(photos, "LW_TEST_PHOTOS");
    NEED_DIR(models, "LW_TEST_MODELS");
    (void)models;
    static const char *const keys[] = {"\"score\":",     "\"fmr\":",   "\"decision\":\"match\"",
                                       "\"threshold\":", "\"model\":", "\"faces\":[{\"box\":["};
    struct run r;
    char group[4096];
    snprintf(group, sizeof(group), "%s/sample5.jpg", photos);
    run(&r, "match", group, group, "--json", NULL);
    assert_int_equal(r.code, 0);
    CHECK(one_line(r.out));
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (!strstr(r.out, keys[i]))
            fail_msg("no %s", keys[i]);
    run_clear(&r);
}

static const unsigned char blank_png[] = {WHITE_PIXEL_PNG};

static void a_photo_without_a_face_is_no_fault(void **state)
{
    (void)state;
    NEED_DIR(photos, "LW_TEST_PHOTOS");
    NEED_DIR(models, "LW_TEST_MODELS");
    (void)models;
    struct run r;
    char dir[32], blank[64], group[4096];
    temp_make(dir);
    temp_write(dir, "blank.png", blank_png, sizeof(blank_png));
    snprintf(blank, sizeof(blank), "%s/blank.png", dir);
    snprintf(group, sizeof(group), "%s/sample5.jpg", photos);
    run(&r, "match", blank, group, "--json", NULL);
    assert_int_equal(r.code, 3);
    CHECK(strstr(r.out, "\"decision\":\"no_face\"") && strstr(r.out, "\"score\":null"));
    CHECK(strstr(r.out, "\"faces\":[null,{"));
    run_clear(&r);
    run(&r, "detect", blank, "--json", NULL);
    assert_int_equal(r.code, 0);
    CHECK(strstr(r.out, "\"width\":1,\"height\":1,\"faces\":[]}\n"));
    run_clear(&r);
    temp_remove(dir);
}

/* Both commands must refuse the file in one line that names it, and say nothing else. */
static void refused(const char *file, const char *says)
{
    struct run r;
    run(&r, "match", file, file, NULL);
    assert_int_equal(r.code, 2);
    if (!one_line(r.err) || !strstr(r.err, file) || !strstr(r.err, says) || *r.out)
        fail_msg("match: %s", r.err);
    run_clear(&r);
    run(&r, "detect", file, "--json", NULL);
    assert_int_equal(r.code, 2);
    if (!one_line(r.err) || !strstr(r.err, file) || *r.out)
        fail_msg("detect: %s", r.err);
    run_clear(&r);
}

static void a_bad_file_is_refused_in_one_line_that_names_it(void **state)
{
    (void)state;
    NEED_DIR(photos, "LW_TEST_PHOTOS");
    NEED_DIR(models, "LW_TEST_MODELS");
    (void)models;
    char dir[32], path[64];
    static unsigned char jpeg[200000];
    temp_make(dir);
    snprintf(path, sizeof(path), "%s/missing.jpg", dir);
    refused(path, "");
    refused(dir, "");
    temp_write(dir, "zero.jpg", "", 0);
    snprintf(path, sizeof(path), "%s/zero.jpg", dir);
    refused(path, "");
    temp_write(dir, "text.jpg", "this is no picture\n", 19);
    snprintf(path, sizeof(path), "%s/text.jpg", dir);
    refused(path, "");
    snprintf(path, sizeof(path), "%s/sample1.jpg", photos);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t n = fread(jpeg, 1, sizeof(jpeg), f);
    fclose(f);
    temp_write(dir, "cut.jpg", jpeg, n / 2);
    snprintf(path, sizeof(path), "%s/cut.jpg", dir);
    refused(path, "");
    /* Height and width of the PNG header raised to 60,000 each; its checksum no longer fits. */
    unsigned char huge[sizeof(blank_png)];
    memcpy(huge, blank_png, sizeof(huge));
    huge[18] = huge[22] = 0xea;
    huge[19] = huge[23] = 0x60;
    temp_write(dir, "huge.png", huge, sizeof(huge));
    snprintf(path, sizeof(path), "%s/huge.png", dir);
    refused(path, "");
    temp_remove(dir);
}

static void wrong_options_are_named(void **state)
{
    (void)state;
    static const char *const wrong[][6] = {
        {"match", "a.jpg", NULL},
        {"match", "a.jpg", "b.jpg", "c.jpg", NULL},
        {"match", "a.jpg", "b.jpg", "--fmr", "0", NULL},
        {"match", "a.jpg", "b.jpg", "--fmr", "often", NULL},
        {"detect", NULL},
        {"detect", "a.jpg", "--bananas", NULL},
        {"detect", "a.jpg", "--margin", "-1", NULL},
        {"doctor", "now", NULL},
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct run r;
        run_argv(&r, NULL, wrong[i]);
        assert_int_equal(r.code, 2);
        CHECK(one_line(r.err) && !*r.out);
        run_clear(&r);
    }
}

static void each_command_explains_itself(void **state)
{
    (void)state;
    static const char *const commands[] = {"match", "detect", "doctor"};
    for (size_t i = 0; i < 3; i++) {
        struct run r;
        run(&r, commands[i], "--help", NULL);
        assert_int_equal(r.code, 0);
        CHECK(strstr(r.out, "Usage:") && strstr(r.out, "Examples:") && strstr(r.out, "Exit code:"));
        CHECK(!*r.err);
        run_clear(&r);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_same_person_matches_and_another_does_not),
    cmocka_unit_test(the_json_has_the_keys_of_the_contract),
    cmocka_unit_test(a_photo_without_a_face_is_no_fault),
    cmocka_unit_test(a_bad_file_is_refused_in_one_line_that_names_it),
    cmocka_unit_test(wrong_options_are_named),
    cmocka_unit_test(each_command_explains_itself),
};
RUN_TESTS(tests)
