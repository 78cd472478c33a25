#include "../face/kits.h"

#include "app/rear.h"

static struct lw_track head(float x, float y, float h)
{
    return (struct lw_track){.n_seen = 3, .last_ns = LW_SEC, .box = {x, y, 0.72f * h, h}};
}

static bool holds(const struct lw_rect *r, float x, float y)
{
    return x >= r->x && x <= r->x + r->w && y >= r->y && y <= r->y + r->h;
}

static void without_a_head_there_is_nowhere_to_look(void **state)
{
    LW_UNUSED(state);
    struct lw_rear_window w;
    struct lw_track gone = head(600, 300, 70), old = gone, flicker = gone;
    gone.ended = true;
    old.last_ns = 0;
    flicker.n_seen = 1;
    const struct lw_track all[] = {gone, old, flicker};
    CHECK(!lw_rear_window(&w, all, 0, LW_SEC, 1280, 720, 0.42f));
    CHECK(!lw_rear_window(&w, all, LW_COUNT(all), LW_SEC + LW_MS, 1280, 720, 0.42f));
}

static void heads_that_the_first_look_sees_well_need_no_second(void **state)
{
    LW_UNUSED(state);
    struct lw_rear_window w;
    const struct lw_track large = head(600, 300, 140), small = head(600, 300, 70);
    CHECK(!lw_rear_window(&w, &large, 1, LW_SEC, 1920, 1080, 0.42f));
    CHECK(lw_rear_window(&w, &small, 1, LW_SEC, 1280, 720, 0.42f));
    CHECK(w.scale > 0.8f && w.scale <= 1.0f);
}

static void the_window_lies_above_and_beside_the_front_heads(void **state)
{
    LW_UNUSED(state);
    struct lw_rear_window w;
    /* A driver, who may sit on either side, and somebody further back. */
    const struct lw_track all[] = {head(800, 300, 70), head(700, 260, 48)};
    CHECK(lw_rear_window(&w, all, 2, LW_SEC, 1280, 720, 0.42f));
    CHECK(holds(&w.region, 700 + 17, 260 + 24) && holds(&w.region, 800 - 90, 290));
    CHECK(holds(&w.region, 800 + 140, 290) && !holds(&w.region, 825, 500));
    CHECK(w.region.h < 0.3f * 720);
}

static void the_window_stays_in_the_frame(void **state)
{
    LW_UNUSED(state);
    struct lw_rear_window w;
    const struct lw_track corner = head(2, 3, 60);
    CHECK(lw_rear_window(&w, &corner, 1, LW_SEC, 640, 360, 0.42f));
    CHECK(w.region.x == 0 && w.region.y == 0 && w.region.x + w.region.w <= 640);
}

static void put(struct lw_image *frame, const struct lw_image *im, int x, int y)
{
    for (int row = 0; row < im->height; row++)
        memcpy(lw_image_row(frame, y + row) + 3 * x, lw_image_crow(im, row), 3 * (size_t)im->width);
}

static void a_small_rear_face_is_found_where_it_is(void **state)
{
    LW_UNUSED(state);
    NEED_DIR(cards, "LW_TEST_CARDS");
    NEED_DIR(models, "LW_TEST_MODELS");
    NEED_DIR(photos, "LW_TEST_PHOTOS");
    struct lw_facekit *kit = open_kit(cards, models);
    LW_AUTO(lw_image) frame = NULL;
    LW_AUTO(lw_image) rear = face_of_height(photos, 28, 1.5f);
    LW_AUTO_MEM(struct lw_detection) found = NULL;
    struct lw_why why = {0};
    struct lw_rear_window w;
    const struct lw_track driver = head(700, 320, 70);
    CHECK(lw_image_new(&frame, LW_PIX_RGB8, 1280, 720) == LW_OK);
    put(frame, rear, 640, 290);
    CHECK(lw_rear_window(&w, &driver, 1, LW_SEC, 1280, 720, 0.42f));
    const int n = lw_rear_look(lw_facekit_detector(kit), frame, &w, true, 0.35f, &found, &why);
    const struct lw_rect at = {640 + 21 - 9, 290 + 21 - 14, 18, 28};
    CHECK(n >= 1 && lw_rect_iou(&found[0].box, &at) > 0.5f);
    lw_facekit_free(&kit);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(without_a_head_there_is_nowhere_to_look),
    cmocka_unit_test(heads_that_the_first_look_sees_well_need_no_second),
    cmocka_unit_test(the_window_lies_above_and_beside_the_front_heads),
    cmocka_unit_test(the_window_stays_in_the_frame),
    cmocka_unit_test(a_small_rear_face_is_found_where_it_is),
};
RUN_TESTS(tests)
