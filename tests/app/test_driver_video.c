/* One driver before a camera on the dashboard, hundreds of frames long: one track, one occupant. */
#include "app/driver.h"

static char dir[32];
static struct lw_facekit *kit;

static int start(void **state)
{
    LW_UNUSED(state);
    const char *models = test_dir("LW_TEST_MODELS");
    const struct lw_facekit_opts opts = {.cards_dir = test_dir("LW_TEST_CARDS"),
                                         .models_dir = models,
                                         .detector = LW_DETECTOR_DEFAULTS};
    temp_make(dir);
    CHECK(!models || lw_facekit_new(&kit, &opts, NULL) == LW_OK);
    return 0;
}

static int stop(void **state)
{
    LW_UNUSED(state);
    lw_facekit_free(&kit);
    temp_remove(dir);
    return 0;
}

static const struct driver wide = {.width = 640,
                                   .height = 360,
                                   .fps = 25,
                                   .frames = 160,
                                   .crf = 30,
                                   .face_px = 110,
                                   .hardness = 1,
                                   .angle_deg = 30,
                                   .seed = 2,
                                   .photo_face = {588, 338, 203, 256},
                                   .photo = "sample3.jpg"};
static const struct driver tall = {.width = 480,
                                   .height = 640,
                                   .fps = 25,
                                   .frames = 130,
                                   .crf = 30,
                                   .face_px = 200,
                                   .hardness = 1,
                                   .angle_deg = 15,
                                   .seed = 5,
                                   .photo_face = {1043, 189, 265, 294},
                                   .photo = "sample3.jpg"};

static void cross(struct run *r, const char *view)
{
    char text[400];
    const int n = snprintf(text, sizeof(text),
                           "{\"version\":1,\"id\":\"c1\",\"lane\":\"L1\",\"direction\":\"inbound\","
                           "\"opened_utc\":\"2026-01-31T08:15:00.000Z\",\"documents\":[],"
                           "\"cameras\":[{\"id\":\"a\",\"view\":\"%s\",\"source\":\"a.mp4\"}]}",
                           view);
    temp_write(dir, "crossing.json", text, (size_t)n);
    run(r, "cross", dir, "--json", NULL);
    CHECK(r->code == 1 && one_line(r->out));
}

/* One occupant, one track, followed in 95 of 100 frames. */
static void check_one(const char *out, int frames)
{
    const char *first = strstr(out, "\"frames_seen\":");
    int seen = 0;
    if (!first || sscanf(first, "\"frames_seen\":%d", &seen) != 1 || seen > frames ||
        100 * seen < 95 * frames || strstr(first + 1, "\"frames_seen\":") ||
        !strstr(out, "\"tracks\":1,\"distractors\":0"))
        fail_msg("%d frames: %s", frames, out);
}

static void check_driver(const struct driver *d, const char *view)
{
    char path[64];
    struct run r;
    snprintf(path, sizeof(path), "%s/a.mp4", dir);
    driver_write(d, kit, path);
    cross(&r, view);
    check_one(r.out, d->frames);
    run_clear(&r);
}

/* Head turned away and back, bars of shadow, a hand before the face. */
static void a_driver_in_hard_light_is_one_track(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    check_driver(&wide, "windshield");
}

/* Out of the picture at its edge for a second, and back with the face turned away. */
static void a_driver_who_leaves_the_picture_and_returns_is_one_track(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    check_driver(&tall, "booth");
}

/* The detector rests while nothing moves; those frames showed the driver all the same. */
static void frames_passed_over_count_as_followed(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    enum { MOVING = 20, STILL = 40 };
    char path[64];
    struct run r;
    struct driver d = wide;
    struct lw_sim_seen seen;
    struct lw_sim_cutout *cut = driver_cut(&d, kit);
    struct lw_canvas *c = NULL;
    struct lw_video_writer *w = NULL;
    const struct lw_video_writer_opts opts = {
        .width = d.width, .height = d.height, .fps = d.fps, .crf = d.crf};
    d.hardness = 0.1f;
    snprintf(path, sizeof(path), "%s/a.mp4", dir);
    CHECK(lw_canvas_new(&c, d.width, d.height) == LW_OK);
    CHECK(lw_video_writer_open(&w, path, &opts, NULL) == LW_OK);
    struct lw_image *im = NULL;
    for (int f = 0; f < MOVING + STILL; f++) {
        if (f < MOVING) {
            lw_image_unref(&im);
            im = driver_frame(c, &d, cut, f, &seen);
        }
        CHECK(lw_video_writer_put(w, im, NULL) == LW_OK);
    }
    lw_image_unref(&im);
    CHECK(lw_video_writer_finish(&w, NULL) == LW_OK);
    lw_canvas_free(&c);
    lw_sim_cutout_free(&cut);
    cross(&r, "windshield");
    check_one(r.out, MOVING + STILL);
    run_clear(&r);
}

#define T(f) cmocka_unit_test_setup_teardown(f, start, stop)
static const struct CMUnitTest tests[] = {
    T(a_driver_in_hard_light_is_one_track),
    T(a_driver_who_leaves_the_picture_and_returns_is_one_track),
    T(frames_passed_over_count_as_followed),
};
RUN_TESTS(tests)
