#include "app/run.h"

#include <sys/resource.h>

#include "base/file.h"
#include "cam/video.h"
#include "img/codec.h"
#include "img/geom.h"

static char dir[32];
static char bundle[64];
static const char *photos;

static const char VALID[] =
    "{\"version\":1,\"id\":\"c1\",\"lane\":\"L1\",\"direction\":\"outbound\","
    "\"opened_utc\":\"2026-01-31T08:15:00.000Z\","
    "\"cameras\":[{\"id\":\"front\",\"view\":\"windshield\",\"source\":\"front.jpg\"}],"
    "\"documents\":[{\"id\":\"d1\",\"kind\":\"image\",\"portrait\":\"d1.jpg\"}]}";

static void copy_photo(const char *name, const char *to)
{
    char from[512];
    uint8_t *data = NULL;
    size_t n = 0;
    snprintf(from, sizeof(from), "%s/%s", photos, name);
    CHECK(lw_file_read(from, 64 * LW_MIB, &data, &n, NULL) == LW_OK);
    temp_write(bundle, to, data, n);
    free(data);
}

static struct lw_image *load_photo(const char *name)
{
    char path[512];
    struct lw_image *im = NULL;
    snprintf(path, sizeof(path), "%s/%s", photos, name);
    CHECK(lw_image_load(&im, path, NULL, NULL) == LW_OK);
    return im;
}

/* The valid bundle with one piece of its text exchanged. */
static void write_bundle(const char *old, const char *new)
{
    char text[2048];
    const char *at = strstr(VALID, old);
    CHECK(at != NULL);
    const int n =
        snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - VALID), VALID, new, at + strlen(old));
    temp_write(bundle, "crossing.json", text, (size_t)n);
}

static int start(void **state)
{
    LW_UNUSED(state);
    photos = test_dir("LW_TEST_PHOTOS");
    temp_make(dir);
    snprintf(bundle, sizeof(bundle), "%s/b", dir);
    CHECK(mkdir(bundle, 0777) == 0);
    if (photos && test_dir("LW_TEST_MODELS")) {
        copy_photo("sample1.jpg", "front.jpg");
        copy_photo("sample1.jpg", "d1.jpg");
        write_bundle("c1", "c1");
    }
    return 0;
}

static int stop(void **state)
{
    LW_UNUSED(state);
    temp_remove(dir);
    return 0;
}

static void cross(struct run *r)
{
    char store[96], page[96];
    snprintf(store, sizeof(store), "%s/lane.db", dir);
    snprintf(page, sizeof(page), "%s/page.html", dir);
    run(r, "cross", bundle, "--json", "--store", store, "--report", page, NULL);
}

/* Exit 2, one line that holds the words, and nothing but the bundle in the folder. */
static void is_refused(const char *words)
{
    struct run r;
    cross(&r);
    CHECK(r.code == 2 && one_line(r.err) && r.n_out == 0);
    if (!strstr(r.err, words) || !strstr(r.err, "/b"))
        print_message("%s", r.err);
    CHECK(strstr(r.err, words) && strstr(r.err, "/b"));
    CHECK(temp_count(dir) == 1);
    run_clear(&r);
}

static void a_crossing_is_answered_and_kept(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    struct run r;
    cross(&r);
    CHECK(r.code == 1 && !*r.err); /* more people on the photograph than documents */
    CHECK(strstr(r.out, "\"crossing\":\"c1\"") && strstr(r.out, "\"status\":\"matched\""));
    CHECK(strstr(r.out, "\"decision\":\"verified\"") && strstr(r.out, "extra_person"));
    CHECK(strstr(r.out, "\"camera_faults\":[]") && one_line(r.out));
    CHECK(temp_count(dir) >= 3);
    run_clear(&r);
}

static void the_policy_s_requirements_decide_who_is_captured(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    struct run r;
    run(&r, "cross", bundle, "--json", NULL);
    CHECK(strstr(r.out, "\"requirements\":\"verify\"") && strstr(r.out, "\"captured\":true"));
    CHECK(strstr(r.out, "\"meets\":[") && strstr(r.out, "\"verify\"]"));
    CHECK(strstr(r.out, "\"advice\":[\"")); /* there are more people than documents */
    run_clear(&r);
    run(&r, "cross", bundle, "--json", "--requirements", "documented", NULL);
    CHECK(r.code == 1 && strstr(r.out, "\"requirements\":\"documented\""));
    CHECK(strstr(r.out, "too_small") && !strstr(r.out, "\"decision\":\"verified\""));
    run_clear(&r);
    run(&r, "cross", bundle, "--requirements", "zebra", NULL);
    CHECK(r.code == 2 && one_line(r.err) && r.n_out == 0);
    CHECK(strstr(r.err, "zebra: the policy has documented, lane, verify"));
    run_clear(&r);
    run(&r, "cross", bundle, "--policy", "/nowhere/p.json", NULL);
    CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "/nowhere/p.json"));
    run_clear(&r);
}

static void offences_in_the_bundle_are_refused_by_name(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    static const char one[] = "{\"id\":\"d1\",\"kind\":\"image\",\"portrait\":\"d1.jpg\"}";
    char eleven[2048] = "";
    for (int i = 0; i < 11; i++)
        snprintf(eleven + strlen(eleven), sizeof(eleven) - strlen(eleven),
                 "%s{\"id\":\"d%d\",\"kind\":\"image\",\"portrait\":\"d1.jpg\"}", i ? "," : "", i);
    write_bundle("\"version\":1", "\"version\":1,\"zebra\":2");
    is_refused("unknown key \"zebra\"");
    write_bundle("]}", ",{\"id\":\"d1\",\"kind\":\"image\",\"portrait\":\"d1.jpg\"}]}");
    is_refused("\"d1\" is the id of both");
    write_bundle(one, eleven);
    is_refused("at most 10");
    write_bundle("d1.jpg", "../d1.jpg");
    is_refused("leaves the folder");
    write_bundle("d1.jpg", "gone.jpg");
    is_refused("gone.jpg");
}

static void a_bundle_that_is_not_there_is_refused(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    temp_remove(bundle);
    CHECK(mkdir(bundle, 0777) == 0); /* an empty folder */
    is_refused("crossing.json");
}

static void portraits_that_do_not_decode_are_refused(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    temp_write(bundle, "d1.jpg", "", 0);
    is_refused("d1.jpg");
    temp_write(bundle, "d1.jpg", "no picture", 10);
    is_refused("is no JPEG");
}

static void a_link_that_leaves_the_bundle_is_refused(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    char path[96], target[512];
    snprintf(path, sizeof(path), "%s/d1.jpg", bundle);
    snprintf(target, sizeof(target), "%s/sample1.jpg", photos);
    CHECK(unlink(path) == 0 && symlink(target, path) == 0);
    is_refused("leaves the folder");
}

static void a_portrait_without_a_face_is_a_finding(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    LW_AUTO(lw_image) grey = NULL;
    uint8_t *jpeg = NULL;
    size_t n = 0;
    struct run r;
    CHECK(lw_image_new(&grey, LW_PIX_RGB8, 200, 260) == LW_OK);
    CHECK(lw_image_encode_jpeg(grey, 90, &jpeg, &n, NULL) == LW_OK);
    temp_write(bundle, "d1.jpg", jpeg, n);
    free(jpeg);
    cross(&r);
    CHECK(r.code == 1 && strstr(r.out, "portrait:no_face") && !strstr(r.out, "verified\",\"reas"));
    run_clear(&r);
}

static void somebody_who_opted_out_leaves_no_shot(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    struct run r;
    write_bundle("\"kind\"", "\"opted_out\":true,\"kind\"");
    temp_write(bundle, "d1.jpg", "", 0); /* the portrait is not even read */
    cross(&r);
    CHECK(r.code == 1 && strstr(r.out, "\"status\":\"opted_out\""));
    CHECK(strstr(r.out, "\"reasons\":[\"opted_out\"]"));
    const char *who = strstr(r.out, "\"reasons\":[\"opted_out\"]");
    const char *shots = strstr(who, "\"best_shots\":");
    CHECK(shots && strncmp(shots, "\"best_shots\":[]", 15) == 0);
    run_clear(&r);
}

static void a_still_that_cannot_be_used_is_told(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    struct run r;
    copy_photo("sample1.jpg", "f1.jpg");
    temp_write(bundle, "f2.jpg", "no picture", 10);
    write_bundle("front.jpg", "f*.jpg");
    cross(&r);
    CHECK(r.code == 1 && strstr(r.out, "\"camera_faults\":[{\"camera\":\"front\""));
    CHECK(strstr(r.out, "1 frames could not be used"));
    run_clear(&r);
}

static void a_report_takes_no_other_things_place(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    char pipe[64];
    struct stat st;
    struct run r;
    snprintf(pipe, sizeof(pipe), "%s/pipe", dir);
    CHECK(mkfifo(pipe, 0600) == 0);
    run(&r, "cross", bundle, "--json", "--report", pipe, NULL);
    CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "/pipe: is not a regular file"));
    CHECK(lstat(pipe, &st) == 0 && S_ISFIFO(st.st_mode));
    run_clear(&r);
}

static void an_answer_that_nobody_can_read_is_a_fault(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    char command[512];
    snprintf(command, sizeof(command), "'%s' cross '%s' --json > /dev/full 2> '%s/err'",
             getenv("LANEWISE"), bundle, dir);
    CHECK(WEXITSTATUS(system(command)) == 2);
    snprintf(command, sizeof(command), "'%s' --version > /dev/full 2> '%s/err'", getenv("LANEWISE"),
             dir);
    CHECK(WEXITSTATUS(system(command)) == 2);
}

static void a_missing_lds_folder_is_refused(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    write_bundle("\"image\",\"portrait\":\"d1.jpg\"", "\"lds\",\"path\":\"gone/\"");
    is_refused("gone/");
}

static void an_empty_name_is_refused(void **state)
{
    LW_UNUSED(state);
    static const char *const commands[][3] = {
        {"cross", "", NULL}, {"store", "verify", ""}, {"doc", "mrz", ""}, {"match", "", ""}};
    for (size_t i = 0; i < LW_COUNT(commands); i++) {
        struct run r;
        const char *const argv[] = {commands[i][0], commands[i][1], commands[i][2], NULL};
        run_argv(&r, NULL, argv);
        CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "an argument is empty"));
        run_clear(&r);
    }
}

static void what_a_user_typed_stays_on_one_line(void **state)
{
    LW_UNUSED(state);
    static const char *const commands[][4] = {{"x\ny", NULL},
                                              {"doc", "x\ny", NULL},
                                              {"eval", "x\033[2J", NULL},
                                              {"cross", "--x\ny", NULL},
                                              {"cross", "--fmr=1\n2", "b"},
                                              {"doc", "read", NULL}};
    for (size_t i = 0; i < LW_COUNT(commands); i++) {
        struct run r;
        run_argv(&r, NULL, commands[i]);
        CHECK(r.code == 2 && one_line(r.err) && !strchr(r.err, '\033'));
        run_clear(&r);
    }
}

/* A photograph on a 1080p frame that moves a little, as three cameras would see it. */
static void write_video(const char *name, int frames)
{
    char path[96];
    LW_AUTO(lw_image) photo = load_photo("sample1.jpg");
    LW_AUTO(lw_image) small = NULL;
    LW_AUTO(lw_image) frame = NULL;
    struct lw_video_writer *w = NULL;
    const struct lw_video_writer_opts opts = {.width = 1920, .height = 1080, .fps = 10, .crf = 25};
    snprintf(path, sizeof(path), "%s/%s", bundle, name);
    CHECK(lw_image_resize(&small, photo, 900, 900 * photo->height / photo->width) == LW_OK);
    CHECK(lw_image_new(&frame, LW_PIX_RGB8, 1920, 1080) == LW_OK);
    CHECK(lw_video_writer_open(&w, path, &opts, NULL) == LW_OK);
    for (int f = 0; f < frames; f++) {
        for (int y = 0; y < small->height && y + 200 < 1080; y++)
            memcpy(lw_image_row(frame, y + 200) + 3 * (500 + 2 * f), lw_image_row(small, y),
                   (size_t)(3 * small->width));
        CHECK(lw_video_writer_put(w, frame, NULL) == LW_OK);
    }
    CHECK(lw_video_writer_finish(&w, NULL) == LW_OK);
}

static void a_truncated_video_is_used_and_told(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    char path[96];
    uint8_t *data = NULL;
    size_t n = 0;
    struct run r;
    /* Matroska keeps no index at the end: what is there can be read. */
    write_video("v.mkv", 12);
    snprintf(path, sizeof(path), "%s/v.mkv", bundle);
    CHECK(lw_file_read(path, 64 * LW_MIB, &data, &n, NULL) == LW_OK);
    temp_write(bundle, "v.mkv", data, n * 2 / 3);
    free(data);
    write_bundle("front.jpg", "v.mkv");
    cross(&r);
    CHECK(r.code == 1 && strstr(r.out, "\"camera_faults\":[{\"camera\":\"front\""));
    CHECK(!strstr(r.out, "\"occupants\":[]"));
    run_clear(&r);
}

static void no_frame_of_any_camera_is_a_fault(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    write_bundle("front.jpg", "gone.mp4");
    is_refused("no camera yields a frame");
}

static void one_missing_camera_of_two_is_told(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    struct run r;
    write_bundle("\"front.jpg\"}",
                 "\"front.jpg\"},{\"id\":\"l\",\"view\":\"left_side\",\"source\":\"gone.mp4\"}");
    cross(&r);
    CHECK(r.code == 1 && strstr(r.out, "\"camera_faults\":[{\"camera\":\"l\""));
    CHECK(strstr(r.out, "\"status\":\"matched\""));
    run_clear(&r);
}

static void three_1080p_cameras_stay_below_300_mib(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
#if defined(__SANITIZE_ADDRESS__)
    print_message("skipped: the sanitizer's own memory is measured here\n");
    skip();
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
    print_message("skipped: the sanitizer's own memory is measured here\n");
    skip();
#endif
#endif
    struct rusage use;
    struct run r;
    write_video("f.mp4", 12);
    write_bundle("\"front.jpg\"}", "\"f.mp4\"},"
                                   "{\"id\":\"l\",\"view\":\"left_side\",\"source\":\"f.mp4\"},"
                                   "{\"id\":\"r\",\"view\":\"right_side\",\"source\":\"f.mp4\"}");
    cross(&r);
    CHECK(r.code == 1);
    run_clear(&r);
    CHECK(getrusage(RUSAGE_CHILDREN, &use) == 0);
    print_message("# largest resident set: %ld KiB\n", use.ru_maxrss);
    CHECK(use.ru_maxrss < 300 * 1024);
}

static void the_answer_is_told_while_the_vehicle_passes(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    struct run r;
    write_video("f.mp4", 8);
    write_bundle("\"front.jpg\"}", "\"f.mp4\"}");
    run(&r, "cross", bundle, "--live", NULL);
    CHECK(r.code == 1 && strstr(r.err, "   0.4 s  ") && !strstr(r.out, " 0.4 s  "));
    run_clear(&r);
}

#define T(f) cmocka_unit_test_setup_teardown(f, start, stop)
static const struct CMUnitTest tests[] = {
    T(the_policy_s_requirements_decide_who_is_captured),
    T(a_crossing_is_answered_and_kept),
    T(offences_in_the_bundle_are_refused_by_name),
    T(a_bundle_that_is_not_there_is_refused),
    T(portraits_that_do_not_decode_are_refused),
    T(a_link_that_leaves_the_bundle_is_refused),
    T(a_portrait_without_a_face_is_a_finding),
    T(somebody_who_opted_out_leaves_no_shot),
    T(a_still_that_cannot_be_used_is_told),
    T(a_report_takes_no_other_things_place),
    T(an_answer_that_nobody_can_read_is_a_fault),
    T(a_missing_lds_folder_is_refused),
    T(a_truncated_video_is_used_and_told),
    T(no_frame_of_any_camera_is_a_fault),
    T(one_missing_camera_of_two_is_told),
    T(three_1080p_cameras_stay_below_300_mib),
    T(the_answer_is_told_while_the_vehicle_passes),
    T(an_empty_name_is_refused),
    T(what_a_user_typed_stays_on_one_line),
};
RUN_TESTS(tests)
