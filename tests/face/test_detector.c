#include "kits.h"

#include <math.h>

#include "base/rng.h"

static struct lw_detector *open_detector(const char *cards, const char *models, int strip_rows)
{
    struct lw_detector *d = NULL;
    struct lw_why why = {0};
    struct lw_detector_opts opts = LW_DETECTOR_DEFAULTS;
    opts.strip_rows = strip_rows;
    if (lw_detector_new(&d, cards, models, &opts, NULL, &why) < 0)
        fail_msg("%s", why.text);
    return d;
}

static void strips_find_the_same_boxes_as_the_whole_picture(void **state)
{
    LW_UNUSED(state);
    NEED_DIR(models, "LW_TEST_MODELS");
    NEED_DIR(cards, "LW_TEST_CARDS");
    NEED_DIR(photos, "LW_TEST_PHOTOS");
    LW_AUTO(lw_image) photo = load_photo(photos, "sample5.jpg");
    LW_AUTO(lw_detector) whole = open_detector(cards, models, 0);
    LW_AUTO(lw_detector) strips = open_detector(cards, models, 64);
    LW_AUTO_MEM(struct lw_detection) a = NULL;
    LW_AUTO_MEM(struct lw_detection) b = NULL;
    int n = lw_detector_pass(whole, photo, NULL, 1, &a, NULL);
    CHECK(n >= 5 && lw_detector_pass(strips, photo, NULL, 1, &b, NULL) == n);
    for (int i = 0; i < n; i++) {
        CHECK(fabsf(a[i].score - b[i].score) < 1e-4f);
        CHECK(lw_rect_iou(&a[i].box, &b[i].box) > 0.999f);
    }
}

static void every_face_of_the_group_photographs_is_found_and_nothing_else(void **state)
{
    LW_UNUSED(state);
    NEED_DIR(models, "LW_TEST_MODELS");
    NEED_DIR(cards, "LW_TEST_CARDS");
    NEED_DIR(photos, "LW_TEST_PHOTOS");
    static const struct {
        const char *name;
        int faces;
    } groups[] = {{"sample1.jpg", 3}, {"sample2.jpg", 3}, {"sample4.jpg", 4}, {"sample5.jpg", 5}};
    LW_AUTO(lw_detector) d = open_detector(cards, models, 128);
    for (size_t i = 0; i < LW_COUNT(groups); i++) {
        LW_AUTO(lw_image) photo = load_photo(photos, groups[i].name);
        LW_AUTO_MEM(struct lw_detection) found = NULL;
        int n = lw_detector_find(d, photo, &found, NULL);
        if (n != groups[i].faces)
            fail_msg("%s: %d faces, not %d", groups[i].name, n, groups[i].faces);
    }
}

static float best_overlap(const struct lw_detection *v, int n, const struct lw_rect *want)
{
    float best = 0;
    for (int i = 0; i < n; i++)
        best = fmaxf(best, lw_rect_iou(&v[i].box, want));
    return best;
}

/* Where face_of_height puts the face. */
static struct lw_rect expected_box(float height, float room)
{
    const float side = room * height, w = 0.65f * height;
    return (struct lw_rect){(side - w) / 2, (side - height) / 2, w, height};
}

static void faces_from_20_pixels_to_the_whole_picture_are_found(void **state)
{
    LW_UNUSED(state);
    NEED_DIR(models, "LW_TEST_MODELS");
    NEED_DIR(cards, "LW_TEST_CARDS");
    NEED_DIR(photos, "LW_TEST_PHOTOS");
    static const float heights[] = {20, 26, 40, 64, 100, 160, 250, 400, 640, 1000};
    static const float rooms[] = {3, 1.5f, 1.05f}; /* a third of the picture to nearly all of it */
    LW_AUTO(lw_detector) d = open_detector(cards, models, 128);
    for (size_t i = 0; i < LW_COUNT(heights); i++)
        for (size_t k = 0; k < LW_COUNT(rooms); k++) {
            LW_AUTO(lw_image) im = face_of_height(photos, heights[i], rooms[k]);
            LW_AUTO_MEM(struct lw_detection) found = NULL;
            const struct lw_rect want = expected_box(heights[i], rooms[k]);
            int n = lw_detector_find(d, im, &found, NULL);
            float best = best_overlap(found, n, &want);
            if (best < 0.5f)
                fail_msg("height %g, room %g: %d found, best overlap %g", (double)heights[i],
                         (double)rooms[k], n, (double)best);
        }
}

static void pictures_without_a_face_have_none(void **state)
{
    LW_UNUSED(state);
    NEED_DIR(models, "LW_TEST_MODELS");
    NEED_DIR(cards, "LW_TEST_CARDS");
    LW_AUTO(lw_detector) d = open_detector(cards, models, 128);
    struct lw_rng rng = lw_rng_seed(5);
    static const int sizes[][2] = {{1, 1}, {40, 3}, {200, 150}, {700, 500}};
    for (size_t i = 0; i < LW_COUNT(sizes); i++) {
        LW_AUTO(lw_image) im = NULL;
        LW_AUTO_MEM(struct lw_detection) plain = NULL;
        LW_AUTO_MEM(struct lw_detection) noise = NULL;
        CHECK(lw_image_new(&im, LW_PIX_RGB8, sizes[i][0], sizes[i][1]) == LW_OK);
        CHECK(lw_detector_find(d, im, &plain, NULL) == 0);
        for (int y = 0; y < im->height; y++)
            for (int x = 0; x < 3 * im->width; x++)
                lw_image_row(im, y)[x] = (uint8_t)lw_rng_below(&rng, 256);
        CHECK(lw_detector_find(d, im, &noise, NULL) == 0);
    }
}

static void a_region_and_a_scale_answer_in_pixels_of_the_image(void **state)
{
    LW_UNUSED(state);
    NEED_DIR(models, "LW_TEST_MODELS");
    NEED_DIR(cards, "LW_TEST_CARDS");
    NEED_DIR(photos, "LW_TEST_PHOTOS");
    LW_AUTO(lw_image) photo = load_photo(photos, "sample5.jpg");
    LW_AUTO(lw_detector) d = open_detector(cards, models, 128);
    const struct lw_rect face = {602, 421, 164, 253}, region = {500.5f, 300.2f, 400, 500};
    const struct lw_rect outside = {-300, -200, 100, 100};
    static const float scales[] = {0.15f, 0.25f, 0.5f, 0.8f, 1.0f};
    for (size_t i = 0; i < LW_COUNT(scales); i++) {
        LW_AUTO_MEM(struct lw_detection) found = NULL;
        int n = lw_detector_pass(d, photo, &region, scales[i], &found, NULL);
        float best = best_overlap(found, n, &face);
        if (!(best > 0.6f))
            fail_msg("scale %g: %d found, best overlap %g", (double)scales[i], n, (double)best);
    }
    LW_AUTO_MEM(struct lw_detection) none = NULL;
    CHECK(lw_detector_pass(d, photo, &outside, 1, &none, NULL) == 0);
}

static void a_grey_picture_is_looked_at_too(void **state)
{
    LW_UNUSED(state);
    NEED_DIR(models, "LW_TEST_MODELS");
    NEED_DIR(cards, "LW_TEST_CARDS");
    NEED_DIR(photos, "LW_TEST_PHOTOS");
    LW_AUTO(lw_detector) d = open_detector(cards, models, 128);
    LW_AUTO(lw_image) colour = face_of_height(photos, 120, 2);
    LW_AUTO(lw_image) gray = NULL;
    LW_AUTO_MEM(struct lw_detection) found = NULL;
    CHECK(lw_image_to_gray(&gray, colour) == LW_OK);
    CHECK(lw_detector_find(d, gray, &found, NULL) == 1);
}

static void options_out_of_range_are_refused(void **state)
{
    LW_UNUSED(state);
    const struct lw_detector_opts good = LW_DETECTOR_DEFAULTS;
    struct lw_detector_opts bad[5] = {good, good, good, good, good};
    bad[0].threshold = 0;
    bad[1].nms_iou = 1;
    bad[2].strip_rows = 100;
    bad[3].max_faces = 0;
    bad[4].min_h_px = NAN;
    for (size_t i = 0; i < LW_COUNT(bad); i++) {
        LW_AUTO(lw_detector) d = NULL;
        struct lw_why why = {0};
        CHECK(lw_detector_new(&d, "x", "x", &bad[i], NULL, &why) == LW_EINVAL && why.text[0]);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(strips_find_the_same_boxes_as_the_whole_picture),
    cmocka_unit_test(every_face_of_the_group_photographs_is_found_and_nothing_else),
    cmocka_unit_test(faces_from_20_pixels_to_the_whole_picture_are_found),
    cmocka_unit_test(pictures_without_a_face_have_none),
    cmocka_unit_test(a_region_and_a_scale_answer_in_pixels_of_the_image),
    cmocka_unit_test(a_grey_picture_is_looked_at_too),
    cmocka_unit_test(options_out_of_range_are_refused),
};
RUN_TESTS(tests)
