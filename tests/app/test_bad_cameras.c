/* What a crossing says of cameras that fail, and of vehicles that do not fit the layout. The videos
 * are made here, from sample photographs. */
#include "app/run.h"

#include "base/file.h"
#include "base/strbuf.h"
#include "cam/video.h"
#include "img/codec.h"
#include "img/geom.h"

enum { W = 640, H = 480, FRAMES = 20 };

static char dir[32];
static char bundle[64];
static struct lw_image *photo; /* people, W wide */

static int start(void **state)
{
    LW_UNUSED(state);
    const char *photos = test_dir("LW_TEST_PHOTOS");
    temp_make(dir);
    snprintf(bundle, sizeof(bundle), "%s/b", dir);
    CHECK(mkdir(bundle, 0777) == 0);
    if (!photos || !test_dir("LW_TEST_MODELS"))
        return 0;
    char path[512], to[96];
    uint8_t *data = NULL;
    size_t n;
    struct lw_image *whole = NULL;
    snprintf(path, sizeof(path), "%s/sample1.jpg", photos);
    snprintf(to, sizeof(to), "%s", "d1.jpg");
    CHECK(lw_file_read(path, 64 * LW_MIB, &data, &n, NULL) == LW_OK);
    temp_write(bundle, to, data, n);
    free(data);
    CHECK(lw_image_load(&whole, path, NULL, NULL) == LW_OK);
    CHECK(lw_image_resize(&photo, whole, W, W * whole->height / whole->width) == LW_OK);
    lw_image_unref(&whole);
    return 0;
}

static int stop(void **state)
{
    LW_UNUSED(state);
    lw_image_unref(&photo);
    temp_remove(dir);
    return 0;
}

/* The photograph on a frame, shifted to the left by x pixels. */
static struct lw_image *frame_at(int x)
{
    struct lw_image *im = NULL;
    CHECK(lw_image_crop(&im, photo, x, 0, W, H) == LW_OK);
    return im;
}

/* Which x to show in a frame; -1: black. */
typedef int (*path_fn)(int frame);

static void write_video(const char *name, int frames, path_fn path)
{
    char to[96];
    struct lw_video_writer *w = NULL;
    const struct lw_video_writer_opts opts = {.width = W, .height = H, .fps = 10, .crf = 23};
    snprintf(to, sizeof(to), "%s/%s", bundle, name);
    CHECK(lw_video_writer_open(&w, to, &opts, NULL) == LW_OK);
    for (int f = 0; f < frames; f++) {
        const int x = path(f);
        struct lw_image *im = frame_at(x < 0 ? 0 : x);
        for (int y = 0; x < 0 && y < H; y++)
            memset(lw_image_row(im, y), 0, 3 * W);
        CHECK(lw_video_writer_put(w, im, NULL) == LW_OK);
        lw_image_unref(&im);
    }
    CHECK(lw_video_writer_finish(&w, NULL) == LW_OK);
}

static int creeping(int frame)
{
    return 2 * frame;
}

static int fast_to_the_left(int frame)
{
    return 8 * frame;
}

static int fast_to_the_right(int frame)
{
    return 8 * (FRAMES - frame);
}

static int always_black(int frame)
{
    LW_UNUSED(frame);
    return -1;
}

static int freezing(int frame)
{
    return frame < 8 ? 8 * frame : 56;
}

/* A bundle with these cameras and n documents, all with the one portrait. */
static void write_bundle(const char *cameras, int documents)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    lw_strbuf_printf(&b,
                     "{\"version\":1,\"id\":\"c1\",\"lane\":\"L1\",\"direction\":\"outbound\","
                     "\"opened_utc\":\"2026-01-31T08:15:00.000Z\",\"cameras\":[%s],"
                     "\"documents\":[",
                     cameras);
    for (int i = 0; i < documents; i++)
        lw_strbuf_printf(&b, "%s{\"id\":\"d%d\",\"kind\":\"image\",\"portrait\":\"d1.jpg\"}",
                         i ? "," : "", i);
    lw_strbuf_puts(&b, "]}");
    CHECK(lw_strbuf_err(&b) == LW_OK);
    temp_write(bundle, "crossing.json", lw_strbuf_peek(&b), b.n);
}

#define CAMERA(id, view, source)                                                                   \
    "{\"id\":\"" id "\",\"view\":\"" view "\",\"source\":\"" source "\"}"

static void check_answer(int code, const char *words)
{
    struct run r;
    run(&r, "cross", bundle, "--json", NULL);
    if (r.code != code || !strstr(r.out, words))
        fail_msg("exit %d: %s%s", r.code, r.out, r.err);
    CHECK(one_line(r.out) && !*r.err);
    run_clear(&r);
}

static void a_black_camera_is_a_fault_not_an_empty_car(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    write_video("front.mp4", FRAMES, always_black);
    write_bundle(CAMERA("front", "windshield", "front.mp4"), 1);
    check_answer(1,
                 "\"camera_faults\":[{\"camera\":\"front\",\"fault\":\"black: no light in 20 of 20 "
                 "frames\"}]");
    check_answer(1, "\"status\":\"not_seen\"");
    struct run r;
    run(&r, "cross", bundle, NULL);
    CHECK(strstr(r.out, "nobody was seen, and a camera has a fault"));
    CHECK(strstr(r.out, "camera front: black"));
    run_clear(&r);
}

static void a_camera_that_freezes_in_motion_is_told(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    write_video("front.mp4", FRAMES, freezing);
    write_bundle(CAMERA("front", "windshield", "front.mp4"), 1);
    check_answer(1, "\"fault\":\"frozen: the same picture from frame ");
    check_answer(1, "\"status\":\"matched\""); /* and what it saw before counts */
}

static void a_camera_that_stops_in_mid_passage_is_told(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    write_video("front.mp4", FRAMES, creeping);
    write_video("left.mp4", 6, creeping);
    write_bundle(
        CAMERA("front", "windshield", "front.mp4") "," CAMERA("left", "left_side", "left.mp4"), 1);
    check_answer(1, "{\"camera\":\"left\",\"fault\":\"stops 1.4 s before the others\"}");
    check_answer(1, "\"status\":\"matched\"");
}

static void swapped_side_cameras_are_told(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    write_video("a.mp4", FRAMES, fast_to_the_left);
    write_video("b.mp4", FRAMES, fast_to_the_right);
    write_bundle(CAMERA("l", "left_side", "a.mp4") "," CAMERA("r", "right_side", "b.mp4"), 1);
    check_answer(1, "\"camera_faults\":[]");
    write_bundle(CAMERA("l", "left_side", "b.mp4") "," CAMERA("r", "right_side", "a.mp4"), 1);
    check_answer(1, "{\"camera\":\"l\",\"fault\":\"the vehicle passes to the right, as in a "
                    "right_side view: swapped?\"}");
    check_answer(1, "{\"camera\":\"r\",\"fault\":\"the vehicle passes to the left");
}

static void write_still(const char *name, const struct lw_image *im)
{
    uint8_t *jpeg = NULL;
    size_t n;
    CHECK(lw_image_encode_jpeg(im, 92, &jpeg, &n, NULL) == LW_OK);
    temp_write(bundle, name, jpeg, n);
    free(jpeg);
}

static void stills_whose_numbers_go_down_are_told(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    for (int i = 8; i < 12; i++) { /* f8 f9 f10 f11: read as f10 f11 f8 f9 */
        char name[32];
        LW_AUTO(lw_image) im = frame_at(3 * i);
        snprintf(name, sizeof(name), "f%d.jpg", i);
        write_still(name, im);
    }
    write_bundle(CAMERA("front", "windshield", "f*.jpg"), 1);
    check_answer(1, "numbers in the names go down 1 times");
    check_answer(1, "\"status\":\"matched\"");
}

/* The bytes of a file of the bundle; yours. */
static uint8_t *slurp(const char *name, size_t *n)
{
    char path[96];
    uint8_t *data = NULL;
    snprintf(path, sizeof(path), "%s/%s", bundle, name);
    CHECK(lw_file_read(path, 64 * LW_MIB, &data, n, NULL) == LW_OK);
    return data;
}

static void a_truncated_video_counts_as_far_as_it_goes(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    size_t n;
    write_video("whole.mkv", FRAMES, creeping);
    uint8_t *data = slurp("whole.mkv", &n);
    temp_write(bundle, "front.mkv", data, n * 3 / 5);
    write_bundle(CAMERA("front", "windshield", "front.mkv"), 1);
    check_answer(1, "\"camera_faults\":[{\"camera\":\"front\",\"fault\":\"");
    check_answer(1, "\"status\":\"matched\"");
    temp_write(bundle, "front.mkv", data, 200); /* not one frame is left */
    free(data);
    struct run r;
    run(&r, "cross", bundle, "--json", NULL);
    CHECK(r.code == 2 && one_line(r.err) && r.n_out == 0);
    run_clear(&r);
}

/* Sample durations of the file's only run (ISO/IEC 14496-12 8.6.1.2) become 0. */
static void clocks_that_stand_still_are_told_and_mended(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    size_t n, at = 0;
    write_video("front.mp4", FRAMES, creeping);
    uint8_t *data = slurp("front.mp4", &n);
    while (at + 20 < n && memcmp(data + at, "stts", 4) != 0)
        at++;
    CHECK(at + 20 < n && data[at + 11] == 1); /* one run */
    memset(data + at + 16, 0, 4);
    temp_write(bundle, "front.mp4", data, n);
    free(data);
    write_bundle(CAMERA("front", "windshield", "front.mp4"), 1);
    check_answer(1, "the clock stands still or jumps ");
    check_answer(1, "\"status\":\"matched\"");
}

static void a_video_of_one_frame_is_a_passage(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    write_video("front.mp4", 1, creeping);
    write_bundle(CAMERA("front", "windshield", "front.mp4"), 1);
    check_answer(1, "\"camera_faults\":[]");
    check_answer(1, "\"status\":\"matched\"");
}

static void stills_of_another_size_are_left_out_and_told(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    LW_AUTO(lw_image) one = frame_at(0);
    LW_AUTO(lw_image) two = frame_at(4);
    LW_AUTO(lw_image) small = NULL;
    CHECK(lw_image_resize(&small, one, W / 2, H / 2) == LW_OK);
    write_still("s1.jpg", one);
    write_still("s2.jpg", small);
    write_still("s3.jpg", two);
    write_bundle(CAMERA("front", "windshield", "s*.jpg"), 1);
    check_answer(1, "\"fault\":\"1 frames could not be used");
    check_answer(1, "\"status\":\"matched\"");
}

/* Ten documents for a handful of people are compared all the same; the eleventh is one too many. */
static void more_documents_than_people_are_not_seen_or_mismatched(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    struct run r;
    write_video("front.mp4", 8, creeping);
    write_bundle(CAMERA("front", "windshield", "front.mp4"), 10);
    check_answer(1, "\"id\":\"d9\"");
    check_answer(1, "\"status\":\"not_seen\"");
    write_bundle(CAMERA("front", "windshield", "front.mp4"), 11);
    run(&r, "cross", bundle, "--json", NULL);
    CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "at most 10") && r.n_out == 0);
    run_clear(&r);
}

static void faces_outside_the_cabin_are_not_looked_for(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    static const char none[] =
        "{\"version\":1,\"cameras\":[{\"id\":\"front\",\"cabin\":[0,0.9,0.1,0.1]}]}";
    char path[96];
    struct run r;
    write_video("front.mp4", 8, creeping);
    write_bundle(CAMERA("front", "windshield", "front.mp4"), 1);
    check_answer(1, "\"status\":\"matched\"");
    temp_write(dir, "r.json", none, sizeof(none) - 1);
    snprintf(path, sizeof(path), "%s/r.json", dir);
    run(&r, "cross", bundle, "--json", "--regions", path, NULL);
    CHECK(r.code == 1 && strstr(r.out, "\"occupants\":[]"));
    run_clear(&r);
    temp_write(dir, "r.json", "{}", 2);
    run(&r, "cross", bundle, "--json", "--regions", path, NULL);
    CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "r.json: version: is missing"));
    run_clear(&r);
}

static void cabins_are_learnt_crossing_by_crossing(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    char path[96];
    struct run r;
    size_t n;
    snprintf(path, sizeof(path), "%s/cabins.json", bundle);
    write_video("front.mp4", 8, creeping);
    write_bundle(CAMERA("front", "windshield", "front.mp4"), 1);
    run(&r, "cross", bundle, bundle, "--json", "--learn-regions", path, NULL);
    CHECK(r.code == 1 && strstr(r.out, "\"status\":\"matched\""));
    run_clear(&r);
    char *text = (char *)slurp("cabins.json", &n);
    CHECK(strstr(text, "{\"id\":\"front\",\"crossings\":2,\"rows\":[["));
    free(text);
    temp_write(bundle, "cabins.json", "{}", 2);
    run(&r, "cross", bundle, "--json", "--learn-regions", path, NULL);
    CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "cabins.json: version: is missing"));
    run_clear(&r);
}

#define T(f) cmocka_unit_test_setup_teardown(f, start, stop)
static const struct CMUnitTest tests[] = {
    T(a_black_camera_is_a_fault_not_an_empty_car),
    T(a_camera_that_freezes_in_motion_is_told),
    T(a_camera_that_stops_in_mid_passage_is_told),
    T(swapped_side_cameras_are_told),
    T(stills_whose_numbers_go_down_are_told),
    T(stills_of_another_size_are_left_out_and_told),
    T(a_truncated_video_counts_as_far_as_it_goes),
    T(clocks_that_stand_still_are_told_and_mended),
    T(a_video_of_one_frame_is_a_passage),
    T(cabins_are_learnt_crossing_by_crossing),
    T(faces_outside_the_cabin_are_not_looked_for),
    T(more_documents_than_people_are_not_seen_or_mismatched),
};
RUN_TESTS(tests)
