#include "run.h"

#include "base/base.h"

static void map(struct run *r, const char *input)
{
    run_argv(r, input, (const char *const[]){"quality", "map", NULL});
}

static void each_line_gives_one_scalar(void **state)
{
    LW_UNUSED(state);
    struct run r;
    map(&r, "luminance_mean 0.41\n\neyes_open\t-1\r\n  single_face_present 0.125  \n"
            "head_pose_yaw -16.291553");
    CHECK(r.code == 0);
    assert_string_equal(r.out, "98\n-1\n88\n92\n");
    assert_string_equal(r.err, "");
    run_clear(&r);
}

static void an_empty_table_gives_nothing(void **state)
{
    LW_UNUSED(state);
    struct run r;
    map(&r, NULL);
    CHECK(r.code == 0 && r.n_out == 0 && r.err[0] == '\0');
    run_clear(&r);
}

static void check_refused(const char *input, const char *said)
{
    struct run r;
    map(&r, input);
    CHECK(r.code == 2 && r.n_out == 0 && one_line(r.err));
    if (!strstr(r.err, said))
        fail_msg("\"%s\" is not in: %s", said, r.err);
    run_clear(&r);
}

static void a_wrong_line_is_named_and_nothing_is_printed(void **state)
{
    LW_UNUSED(state);
    check_refused("eyes_open 0.1\nluminance 0.4\n", "line 2: no component \"luminance\"");
    check_refused("Eyes_Open 0.1\n", "line 1: no component");
    check_refused("eyes_open nan\n", "line 1: \"nan\" is no number");
    check_refused("eyes_open 0x10\n", "is no number");
    check_refused("eyes_open 1e999\n", "is no number");
    check_refused("eyes_open 1,5\n", "is no number");
    check_refused("eyes_open\n", "line 1: is not");
    check_refused("eyes_open 0.1 0.2\n", "line 1: is not");
    check_refused("glass_veil 0.1\n", "has no mapping");
    char wide[2000];
    memset(wide, ' ', sizeof(wide));
    wide[sizeof(wide) - 1] = '\0';
    check_refused(wide, "line 1: has more than");
}

static void without_map_it_says_what_there_is(void **state)
{
    LW_UNUSED(state);
    struct run r;
    run(&r, "quality", NULL);
    CHECK(r.code == 2 && one_line(r.err));
    run_clear(&r);
    run(&r, "quality", "unmap", NULL);
    CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "\"map\""));
    run_clear(&r);
    run(&r, "quality", "--help", NULL);
    CHECK(r.code == 0 && strstr(r.out, "lanewise quality map"));
    run_clear(&r);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(each_line_gives_one_scalar),
    cmocka_unit_test(an_empty_table_gives_nothing),
    cmocka_unit_test(a_wrong_line_is_named_and_nothing_is_printed),
    cmocka_unit_test(without_map_it_says_what_there_is),
};
RUN_TESTS(tests)
