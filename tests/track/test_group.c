#include "check.h"

#include <math.h>
#include <string.h>

#include "track/seats.h"

/* A pinhole view of a car, independent of the layouts' tables: metres, one camera in front at 2.9 m
 * from the first row or beside at 2.6 m from the near seats; heads 0.21 m high; focal length 1700
 * px. The car creeps so that the geometry changes a little. */
enum { FRAMES = 10, FOCAL = 1700 };
static struct lw_track_step steps[LW_GROUP_TRACKS_MAX][FRAMES];
static struct lw_group_track tracks[LW_GROUP_TRACKS_MAX];
static size_t n;
static struct lw_group_result result;
static float stand; /* of the side cameras, metres behind the front seats */

static struct lw_rect project(float x, float y, float z)
{
    const float h = 0.21f * FOCAL / z, w = 0.72f * h;
    return (struct lw_rect){960 + FOCAL * x / z - w / 2, 540 + FOCAL * y / z - h / 2, w, h};
}

static struct lw_rect seen(enum lw_angle angle, const char *seat, int frame)
{
    const int row = seat[0] - '1';
    const float across = (seat[1] == 'L'   ? 1.0f
                          : seat[1] == 'R' ? -1.0f
                                           : 0.0f) *
                         (row == 0 ? 0.36f : 0.26f);
    const float along = 0.84f * (float)row, creep = 0.03f * (float)frame;
    if (angle == LW_ANGLE_FRONT)
        return project(across, -0.1f - 0.05f * (float)row, 2.9f + along - creep);
    const float left = angle == LW_ANGLE_LEFT ? 1.0f : -1.0f;
    return project(left * (along - stand + creep), 0, 2.4f - left * across);
}

static size_t add_track(int camera, enum lw_angle angle, const char *seat, int first, int last)
{
    struct lw_group_track *t = &tracks[n];
    *t = (struct lw_group_track){.camera = camera,
                                 .angle = angle,
                                 .width = 1920,
                                 .height = 1080,
                                 .camera_frames = FRAMES,
                                 .steps = steps[n],
                                 .sure = 0.9f,
                                 .quality = 50,
                                 .n_documents = 3,
                                 .match = {NAN, NAN, NAN}};
    for (int f = first; f <= last; f++)
        steps[n][t->n_steps++] = (struct lw_track_step){
            .frame = f, .t_ns = f * 100 * LW_MS, .box = seen(angle, seat, f), .score = 0.9f};
    return n++;
}

static size_t add_whole(int camera, enum lw_angle angle, const char *seat)
{
    return add_track(camera, angle, seat, 0, FRAMES - 1);
}

static int start(void **state)
{
    LW_UNUSED(state);
    n = 0;
    stand = 0.5f;
    return 0;
}

static const char *seat_of(size_t track)
{
    return result.occupant_of[track] < 0 ? "none" : result.seat[result.occupant_of[track]];
}

static void five_people_in_front_of_the_camera_get_their_seats(void **state)
{
    LW_UNUSED(state);
    static const char *const seats[] = {"1L", "1R", "2L", "2C", "2R"};
    for (size_t i = 0; i < LW_COUNT(seats); i++)
        add_whole(0, LW_ANGLE_FRONT, seats[i]);
    CHECK(lw_group_tracks(&result, tracks, n) == LW_OK && result.n_occupants == 5);
    for (size_t i = 0; i < LW_COUNT(seats); i++)
        assert_string_equal(seat_of(i), seats[i]);
}

static void three_rows_are_told_apart(void **state)
{
    LW_UNUSED(state);
    static const char *const seats[] = {"1L", "2R", "3L"};
    for (size_t i = 0; i < LW_COUNT(seats); i++)
        add_whole(0, LW_ANGLE_FRONT, seats[i]);
    CHECK(lw_group_tracks(&result, tracks, n) == LW_OK);
    for (size_t i = 0; i < LW_COUNT(seats); i++)
        assert_string_equal(seat_of(i), seats[i]);
}

static void eight_people_in_a_car_for_five_are_eight(void **state)
{
    LW_UNUSED(state);
    static const char *const seats[] = {"1L", "1C", "1R", "2L", "2C", "2R"};
    for (size_t i = 0; i < LW_COUNT(seats); i++)
        add_whole(0, LW_ANGLE_FRONT, seats[i]);
    for (size_t i = 0; i < 2; i++) { /* on the laps of two, with documents of their own: without
                                        them they would be taken for faces on shirts */
        const size_t lap = add_whole(0, LW_ANGLE_FRONT, i ? "2R" : "2L");
        for (size_t k = 0; k < tracks[lap].n_steps; k++) {
            steps[lap][k].box.y += 1.1f * steps[lap][k].box.h;
            steps[lap][k].box.h *= 0.8f;
            steps[lap][k].box.w *= 0.8f;
        }
        tracks[lap].match[i] = 0.2f;
        tracks[lap].match[1 - i] = -0.4f;
    }
    CHECK(lw_group_tracks(&result, tracks, n) == LW_OK && result.n_occupants == 8);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < i; k++)
            CHECK(result.occupant_of[i] >= 0 && result.occupant_of[i] != result.occupant_of[k]);
}

static void a_lone_driver_sits_in_front(void **state)
{
    LW_UNUSED(state);
    const size_t i = add_whole(0, LW_ANGLE_FRONT, "1L");
    CHECK(lw_group_tracks(&result, tracks, n) == LW_OK && result.n_occupants == 1);
    assert_string_equal(seat_of(i), "1L");
}

static void side_views_fall_together_with_the_windshield_view(void **state)
{
    LW_UNUSED(state);
    static const char *const seats[] = {"1L", "1R", "2R"};
    for (size_t i = 0; i < LW_COUNT(seats); i++)
        add_whole(0, LW_ANGLE_FRONT, seats[i]);
    for (size_t i = 0; i < LW_COUNT(seats); i++)
        add_whole(1, LW_ANGLE_RIGHT, seats[i]);
    add_whole(2, LW_ANGLE_LEFT, "1L");
    CHECK(lw_group_tracks(&result, tracks, n) == LW_OK);
    CHECK(result.n_occupants == 3 && result.n_distractors == 0);
    for (size_t i = 0; i < LW_COUNT(seats); i++)
        CHECK(result.occupant_of[i] == result.occupant_of[i + 3]);
    CHECK(result.occupant_of[6] == result.occupant_of[0]);
}

static void side_cameras_may_stand_far_ahead_or_behind(void **state)
{
    LW_UNUSED(state);
    static const char *const seats[] = {"1L", "1R", "2L"};
    for (stand = -1.6f; stand < 2.0f; stand += 0.8f) {
        n = 0;
        for (size_t i = 0; i < LW_COUNT(seats); i++)
            add_whole(0, LW_ANGLE_FRONT, seats[i]);
        for (size_t i = 0; i < LW_COUNT(seats); i++)
            add_whole(1, LW_ANGLE_LEFT, seats[i]);
        CHECK(lw_group_tracks(&result, tracks, n) == LW_OK && result.n_occupants == 3);
        for (size_t i = 0; i < LW_COUNT(seats); i++)
            CHECK(result.occupant_of[i] == result.occupant_of[i + 3]);
    }
}

static void somebody_whom_only_a_side_camera_saw_is_an_occupant(void **state)
{
    LW_UNUSED(state);
    add_whole(0, LW_ANGLE_FRONT, "1L");
    const size_t near = add_whole(1, LW_ANGLE_LEFT, "1L");
    const size_t hidden = add_whole(1, LW_ANGLE_LEFT, "2L");
    CHECK(lw_group_tracks(&result, tracks, n) == LW_OK && result.n_occupants == 2);
    CHECK(result.occupant_of[near] == result.occupant_of[0]);
    assert_string_equal(seat_of(hidden), "2L");
}

static void two_documents_are_two_people_even_where_geometry_says_one_seat(void **state)
{
    LW_UNUSED(state);
    add_whole(0, LW_ANGLE_FRONT, "1L");
    add_whole(1, LW_ANGLE_LEFT, "1L");
    tracks[0].match[0] = 0.2f;
    tracks[1].match[1] = 0.2f;
    CHECK(lw_group_tracks(&result, tracks, n) == LW_OK && result.n_occupants == 2);
}

static void a_track_that_broke_is_one_occupant(void **state)
{
    LW_UNUSED(state);
    const size_t a = add_track(0, LW_ANGLE_FRONT, "1L", 0, 3);
    const size_t b = add_track(0, LW_ANGLE_FRONT, "1L", 6, 9);
    add_whole(0, LW_ANGLE_FRONT, "1R");
    CHECK(lw_group_tracks(&result, tracks, n) == LW_OK && result.n_occupants == 2);
    CHECK(result.occupant_of[a] == result.occupant_of[b]);
}

static void two_people_in_one_frame_are_never_one_occupant(void **state)
{
    LW_UNUSED(state);
    add_whole(0, LW_ANGLE_FRONT, "1L");
    add_whole(0, LW_ANGLE_FRONT, "1L"); /* somebody leans over: the same place */
    tracks[0].match[0] = 0.3f;
    tracks[1].match[0] = 0.1f; /* and looks alike */
    CHECK(lw_group_tracks(&result, tracks, n) == LW_OK);
    CHECK(result.occupant_of[0] != result.occupant_of[1]);
}

static void match(size_t track, float first, float second, float third)
{
    const float m[3] = {first, second, third};
    memcpy(tracks[track].match, m, sizeof(m));
}

static void a_track_that_strayed_for_a_moment_is_nobody_new(void **state)
{
    LW_UNUSED(state);
    const size_t whole = add_track(0, LW_ANGLE_FRONT, "2L", 0, 6);
    const size_t rest = add_track(0, LW_ANGLE_FRONT, "3L", 6, FRAMES - 1);
    match(whole, 0.1f, -0.5f, -0.5f);
    match(rest, 0.12f, -0.5f, -0.5f);
    CHECK(lw_group_tracks(&result, tracks, n) == LW_OK && result.n_occupants == 1);
    CHECK(result.occupant_of[whole] == 0 && result.occupant_of[rest] == -1);
}

static void a_track_that_goes_by_its_neighbours_document_is_nobody_new(void **state)
{
    LW_UNUSED(state);
    add_whole(0, LW_ANGLE_FRONT, "1L");
    const size_t left = add_whole(0, LW_ANGLE_FRONT, "2L"),
                 right = add_whole(0, LW_ANGLE_FRONT, "2R");
    const size_t near = add_whole(1, LW_ANGLE_LEFT, "2L");
    const size_t far = add_track(1, LW_ANGLE_LEFT, "2R", 4, 7); /* half hidden by the near one */
    match(left, 0.2f, -0.4f, -0.4f);
    match(right, -0.4f, 0.2f, -0.4f);
    match(near, 0.2f, -0.4f, -0.4f);
    match(far, -0.08f, -0.3f, -0.4f);
    CHECK(lw_group_tracks(&result, tracks, n) == LW_OK && result.n_occupants == 3);
    CHECK(result.occupant_of[near] == result.occupant_of[left]);
    CHECK(result.occupant_of[far] == result.occupant_of[right]);
}

static void people_who_look_alike_stay_two(void **state)
{
    LW_UNUSED(state);
    const size_t a = add_whole(0, LW_ANGLE_FRONT, "2L"), b = add_whole(0, LW_ANGLE_FRONT, "2R");
    match(a, 0.1f, -0.5f, -0.5f);
    match(b, 0.12f, -0.5f, -0.5f);
    CHECK(lw_group_tracks(&result, tracks, n) == LW_OK && result.n_occupants == 2);
    CHECK(result.occupant_of[a] != result.occupant_of[b]);
}

static void a_second_box_on_a_face_goes_on_as_nobody_new(void **state)
{
    LW_UNUSED(state);
    const size_t first = add_track(0, LW_ANGLE_FRONT, "1L", 0, 5);
    const size_t second = add_track(0, LW_ANGLE_FRONT, "1L", 5, FRAMES - 1);
    match(first, -0.5f, -0.4f, -0.5f);
    match(second, -0.45f, -0.45f, -0.5f);
    CHECK(lw_group_tracks(&result, tracks, n) == LW_OK && result.n_occupants == 1);
    match(second, -0.2f, -0.45f, -0.5f); /* another face: somebody who came out from behind */
    CHECK(lw_group_tracks(&result, tracks, n) == LW_OK && result.n_occupants == 2);
}

static void a_bystander_outside_the_cabin_is_a_distractor(void **state)
{
    LW_UNUSED(state);
    add_whole(0, LW_ANGLE_FRONT, "1L");
    add_whole(0, LW_ANGLE_FRONT, "1R");
    const size_t out = add_whole(0, LW_ANGLE_FRONT, "1R");
    for (size_t f = 0; f < FRAMES; f++)
        steps[out][f].box = project(-2.2f, 0.1f, 4.0f);
    CHECK(lw_group_tracks(&result, tracks, n) == LW_OK);
    CHECK(result.n_occupants == 2 && result.occupant_of[out] == -1 && result.n_distractors == 1);
}

static void a_flicker_of_one_frame_is_nobody(void **state)
{
    LW_UNUSED(state);
    add_whole(0, LW_ANGLE_FRONT, "1L");
    const size_t flicker = add_track(0, LW_ANGLE_FRONT, "1R", 4, 4);
    CHECK(lw_group_tracks(&result, tracks, n) == LW_OK);
    CHECK(result.n_occupants == 1 && result.occupant_of[flicker] == -1);
}

static void an_unsure_face_without_a_document_is_nobody(void **state)
{
    LW_UNUSED(state);
    add_whole(0, LW_ANGLE_FRONT, "1L");
    add_whole(0, LW_ANGLE_FRONT, "1R");
    add_whole(0, LW_ANGLE_FRONT, "2R");
    tracks[1].sure = tracks[2].sure = 0.5f;
    tracks[2].match[1] = 0.1f;
    CHECK(lw_group_tracks(&result, tracks, n) == LW_OK && result.n_occupants == 2);
    CHECK(result.occupant_of[1] == -1 && result.occupant_of[2] >= 0);
}

static void who_is_not_expected_must_be_seen_well(void **state)
{
    LW_UNUSED(state);
    const size_t driver = add_whole(0, LW_ANGLE_FRONT, "1L");
    const size_t extra = add_whole(0, LW_ANGLE_FRONT, "1R"); /* undeclared, and plain to see */
    const size_t rest = add_whole(0, LW_ANGLE_FRONT, "2C");  /* cloth on a head-rest */
    const size_t pet = add_track(0, LW_ANGLE_FRONT, "2R", 2, 6);
    match(driver, 0.2f, -0.4f, -0.4f);
    tracks[driver].rating = 20; /* seen worse than they, and known */
    tracks[extra].rating = 70;
    tracks[rest].rating = 30;
    tracks[pet].rating = 53;
    CHECK(lw_group_tracks(&result, tracks, n) == LW_OK && result.n_occupants == 4);
    const int distractors = result.n_distractors;
    lw_group_expect(&result, tracks, n, 0); /* no document says how many they are */
    CHECK(result.n_occupants == 4);
    lw_group_expect(&result, tracks, n, 3);
    CHECK(result.n_occupants == 3 && result.occupant_of[rest] < 0); /* the worst is enough */
    lw_group_expect(&result, tracks, n, 1);
    CHECK(result.n_occupants == 2 && result.n_distractors == distractors + 2);
    CHECK(result.occupant_of[pet] < 0);
    assert_string_equal(seat_of(driver), "1L");
    assert_string_equal(seat_of(extra), "1R");
}

static void an_empty_car_and_too_many_tracks_are_defined(void **state)
{
    LW_UNUSED(state);
    CHECK(lw_group_tracks(&result, tracks, 0) == LW_OK && result.n_occupants == 0);
    CHECK(lw_group_tracks(&result, tracks, LW_GROUP_TRACKS_MAX + 1) == LW_ELIMIT);
}

/* Half a minute of video of one driver; a mouth and a hand on it look like a face at times. */
static void a_box_on_a_head_now_and_then_is_no_second_person(void **state)
{
    LW_UNUSED(state);
    enum { LONG = 400, SHORT = 13 };
    static struct lw_track_step head[LONG], mouth[SHORT];
    struct lw_group_track t[2];
    for (int i = 0; i < LONG; i++)
        head[i] = (struct lw_track_step){
            .frame = i, .t_ns = 40 * i * LW_MS, .box = {276, 6, 162, 251}, .score = 1};
    for (int i = 0; i < SHORT; i++)
        mouth[i] = (struct lw_track_step){.frame = 14 + 3 * i,
                                          .t_ns = 40 * (14 + 3 * i) * LW_MS,
                                          .box = {284, 169, 128, 162},
                                          .score = 0.8f};
    t[0] = (struct lw_group_track){.angle = LW_ANGLE_BOOTH,
                                   .width = 640,
                                   .height = 360,
                                   .camera_frames = LONG,
                                   .n_steps = LONG,
                                   .steps = head,
                                   .sure = 0.9f,
                                   .quality = 50};
    t[1] = t[0];
    t[1].n_steps = SHORT;
    t[1].steps = mouth;
    CHECK(lw_group_tracks(&result, t, 2) == LW_OK);
    CHECK(result.n_occupants == 1 && result.occupant_of[1] == -1 && result.n_distractors == 0);
}

#define T(f) cmocka_unit_test_setup(f, start)
static const struct CMUnitTest tests[] = {
    T(five_people_in_front_of_the_camera_get_their_seats),
    T(a_box_on_a_head_now_and_then_is_no_second_person),
    T(three_rows_are_told_apart),
    T(eight_people_in_a_car_for_five_are_eight),
    T(a_lone_driver_sits_in_front),
    T(side_views_fall_together_with_the_windshield_view),
    T(side_cameras_may_stand_far_ahead_or_behind),
    T(somebody_whom_only_a_side_camera_saw_is_an_occupant),
    T(two_documents_are_two_people_even_where_geometry_says_one_seat),
    T(a_track_that_broke_is_one_occupant),
    T(two_people_in_one_frame_are_never_one_occupant),
    T(a_track_that_strayed_for_a_moment_is_nobody_new),
    T(a_track_that_goes_by_its_neighbours_document_is_nobody_new),
    T(people_who_look_alike_stay_two),
    T(a_second_box_on_a_face_goes_on_as_nobody_new),
    T(a_bystander_outside_the_cabin_is_a_distractor),
    T(a_flicker_of_one_frame_is_nobody),
    T(an_unsure_face_without_a_document_is_nobody),
    T(who_is_not_expected_must_be_seen_well),
    T(an_empty_car_and_too_many_tracks_are_defined),
};
RUN_TESTS(tests)
