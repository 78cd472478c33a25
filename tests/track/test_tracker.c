#include "check.h"

#include "track/tracker.h"

static const struct lw_rect HERE = {100, 100, 60, 80};

static struct lw_sighting at(float x, float y, float score)
{
    return (struct lw_sighting){.box = {x, y, HERE.w, HERE.h}, .score = score};
}

static int step(struct lw_tracker *t, int64_t frame, const struct lw_sighting *s, size_t n,
                int *track_of)
{
    return lw_tracker_step(t, frame, frame * 100 * LW_MS, s, n, track_of);
}

static void a_moving_face_stays_one_track_through_misses(void **state)
{
    LW_UNUSED(state);
    LW_AUTO(lw_tracker) t = NULL;
    int id = -1;
    CHECK(lw_tracker_new(&t, NULL) == LW_OK);
    for (int f = 0; f < 30; f++) {
        const struct lw_sighting s = at(100 + 30.0f * (float)f, 100, 0.9f);
        const bool hidden = f >= 10 && f < 15;
        CHECK(step(t, f, &s, hidden ? 0 : 1, &id) == LW_OK);
        CHECK(hidden || id == 0);
    }
    const struct lw_track *tracks = NULL;
    CHECK(lw_tracker_peek(t, &tracks) == 1 && tracks[0].n_seen == 25);
}

static void two_faces_of_one_frame_never_share_a_track(void **state)
{
    LW_UNUSED(state);
    LW_AUTO(lw_tracker) t = NULL;
    CHECK(lw_tracker_new(&t, NULL) == LW_OK);
    /* They approach, overlap by half, and part again. */
    for (int f = 0; f < 20; f++) {
        const float gap = 30.0f + 10.0f * (float)abs(f - 10);
        const struct lw_sighting s[2] = {at(200 - gap / 2, 100, 0.9f),
                                         at(200 + gap / 2, 100, 0.9f)};
        int id[2] = {-1, -1};
        CHECK(step(t, f, s, 2, id) == LW_OK);
        CHECK(id[0] >= 0 && id[1] >= 0 && id[0] != id[1]);
    }
    const struct lw_track *tracks = NULL;
    CHECK(lw_tracker_peek(t, &tracks) == 2);
}

static void an_unsure_sighting_continues_a_track_but_begins_none(void **state)
{
    LW_UNUSED(state);
    LW_AUTO(lw_tracker) t = NULL;
    int id = 7;
    CHECK(lw_tracker_new(&t, NULL) == LW_OK);
    const struct lw_sighting unsure = at(100, 100, 0.4f), sure = at(100, 100, 0.9f);
    CHECK(step(t, 0, &unsure, 1, &id) == LW_OK && id == -1);
    CHECK(step(t, 1, &sure, 1, &id) == LW_OK && id == 0);
    CHECK(step(t, 2, &unsure, 1, &id) == LW_OK && id == 0);
}

static void a_track_unseen_for_long_has_ended(void **state)
{
    LW_UNUSED(state);
    LW_AUTO(lw_tracker) t = NULL;
    int id = -1;
    CHECK(lw_tracker_new(&t, NULL) == LW_OK);
    const struct lw_sighting s = at(100, 100, 0.9f);
    CHECK(step(t, 0, &s, 1, &id) == LW_OK && id == 0);
    CHECK(step(t, 16, &s, 1, &id) == LW_OK && id == 1);
}

static void a_face_of_another_size_is_another_face(void **state)
{
    LW_UNUSED(state);
    LW_AUTO(lw_tracker) t = NULL;
    int id = -1;
    CHECK(lw_tracker_new(&t, NULL) == LW_OK);
    const struct lw_sighting small = {.box = {120, 120, 20, 27}, .score = 0.9f};
    const struct lw_sighting large = at(100, 100, 0.9f);
    CHECK(step(t, 0, &large, 1, &id) == LW_OK && id == 0);
    CHECK(step(t, 1, &small, 1, &id) == LW_OK && id == 1);
}

/* A head that turns or hides behind a hand is seen in boxes of other sizes. */
static void a_box_of_another_size_on_the_same_head_begins_no_track(void **state)
{
    LW_UNUSED(state);
    LW_AUTO(lw_tracker) t = NULL;
    int id = -1;
    CHECK(lw_tracker_new(&t, NULL) == LW_OK);
    const struct lw_sighting whole = {.box = {278, 86, 79, 130}, .score = 0.9f};
    const struct lw_sighting part = {.box = {278, 99, 52, 82}, .score = 0.9f};
    CHECK(step(t, 0, &whole, 1, &id) == LW_OK && id == 0);
    CHECK(step(t, 1, &part, 1, &id) == LW_OK && id == 0);
    CHECK(step(t, 2, &whole, 1, &id) == LW_OK && id == 0);
}

/* Hours of video give thousands of flickers: who comes last is still followed. */
static void a_full_list_gives_up_what_ended_first(void **state)
{
    LW_UNUSED(state);
    LW_AUTO(lw_tracker) t = NULL;
    int id = -1;
    CHECK(lw_tracker_new(&t, NULL) == LW_OK);
    for (int f = 0; f < 3 * LW_TRACKS_MAX; f++) {
        const struct lw_sighting s = at(100, 100, 0.9f);
        CHECK(step(t, 20 * f, &s, 1, &id) == LW_OK && id == f % LW_TRACKS_MAX);
    }
}

static void frames_out_of_order_and_broken_boxes_are_refused(void **state)
{
    LW_UNUSED(state);
    LW_AUTO(lw_tracker) t = NULL;
    int id = -1;
    CHECK(lw_tracker_new(&t, NULL) == LW_OK);
    const struct lw_sighting s = at(100, 100, 0.9f);
    CHECK(step(t, 5, &s, 1, &id) == LW_OK);
    CHECK(step(t, 5, &s, 1, &id) == LW_EINVAL);
    CHECK(step(t, 4, &s, 1, &id) == LW_EINVAL);
    struct lw_sighting bad = s;
    bad.box.w = 0;
    CHECK(step(t, 6, &bad, 1, &id) == LW_EINVAL);
    CHECK(step(t, 6, &s, 1, &id) == LW_OK && id == 0);
    struct lw_tracker_opts opts = LW_TRACKER_DEFAULTS;
    opts.join_score = 0.9f;
    LW_AUTO(lw_tracker) none = NULL;
    CHECK(lw_tracker_new(&none, &opts) == LW_EINVAL && none == NULL);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_moving_face_stays_one_track_through_misses),
    cmocka_unit_test(two_faces_of_one_frame_never_share_a_track),
    cmocka_unit_test(an_unsure_sighting_continues_a_track_but_begins_none),
    cmocka_unit_test(a_track_unseen_for_long_has_ended),
    cmocka_unit_test(a_face_of_another_size_is_another_face),
    cmocka_unit_test(a_box_of_another_size_on_the_same_head_begins_no_track),
    cmocka_unit_test(a_full_list_gives_up_what_ended_first),
    cmocka_unit_test(frames_out_of_order_and_broken_boxes_are_refused),
};
RUN_TESTS(tests)
