#include "check.h"

#include "cross/cabins.h"

static struct lw_cabins cabins, again;

/* That many crossings with faces at these shares of a picture of 16:9, 0.05 wide and 0.12 high. */
static void learn(const char *camera, int crossings, float x, float y)
{
    for (int i = 0; i < crossings; i++) {
        struct lw_cabin_sight s = {.any = false};
        lw_cabin_sight_add(&s, x, y, 0.05f, 0.12f);
        lw_cabins_learn(&cabins, camera, &s);
    }
}

static void nothing_is_cut_before_enough_was_seen(void **state)
{
    LW_UNUSED(state);
    cabins.n = 0;
    CHECK(lw_cabins_region(NULL, "front").w == 1);
    learn("front", LW_CABIN_LEARNT - 1, 0.5f, 0.5f);
    CHECK(lw_cabins_region(&cabins, "front").w == 1);
    learn("front", 1, 0.5f, 0.5f);
    CHECK(lw_cabins_region(&cabins, "front").w < 0.5f);
    CHECK(lw_cabins_region(&cabins, "left").w == 1);
}

static void the_cabin_has_a_heads_height_around_every_face(void **state)
{
    LW_UNUSED(state);
    cabins.n = 0;
    learn("front", LW_CABIN_LEARNT, 0.30f, 0.40f);
    const struct lw_region g = lw_cabins_region(&cabins, "front");
    CHECK(g.x <= 0.23f && g.y <= 0.28f && g.x + g.w >= 0.42f && g.y + g.h >= 0.64f);
    CHECK(g.x >= 0.19f && g.y >= 0.22f && g.x + g.w <= 0.46f && g.y + g.h <= 0.70f);
}

/* Few sit in the third row, and it must not be forgotten. */
static void a_seat_that_was_used_once_stays_for_hundreds_of_crossings(void **state)
{
    LW_UNUSED(state);
    cabins.n = 0;
    learn("front", 1, 0.70f, 0.20f);
    learn("front", 250, 0.30f, 0.50f);
    CHECK(lw_cabins_region(&cabins, "front").x + lw_cabins_region(&cabins, "front").w > 0.80f);
    learn("front", 100, 0.30f, 0.50f);
    CHECK(lw_cabins_region(&cabins, "front").x + lw_cabins_region(&cabins, "front").w < 0.6f);
}

static void an_empty_crossing_teaches_nothing(void **state)
{
    LW_UNUSED(state);
    cabins.n = 0;
    const struct lw_cabin_sight nobody = {.any = false};
    lw_cabins_learn(&cabins, "front", &nobody);
    CHECK(cabins.n == 0);
}

static void nearly_the_whole_picture_is_the_whole_picture(void **state)
{
    LW_UNUSED(state);
    cabins.n = 0;
    learn("front", LW_CABIN_LEARNT, 0.02f, 0.02f);
    learn("front", 1, 0.94f, 0.86f);
    CHECK(lw_cabins_region(&cabins, "front").w == 1 && lw_cabins_region(&cabins, "front").h == 1);
}

static void what_was_learnt_reads_back(void **state)
{
    LW_UNUSED(state);
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    cabins.n = 0;
    learn("front", 40, 0.30f, 0.40f);
    learn("left", 3, 0.10f, 0.10f);
    lw_cabins_print(&b, &cabins);
    const struct lw_span text = {(const uint8_t *)lw_strbuf_peek(&b), b.n};
    CHECK(lw_cabins_parse(&again, text, NULL) == LW_OK && again.n == 2);
    CHECK(again.v[0].crossings == 40 && again.v[1].crossings == 3);
    const struct lw_region a = lw_cabins_region(&cabins, "front");
    const struct lw_region c = lw_cabins_region(&again, "front");
    CHECK(memcmp(&a, &c, sizeof(a)) == 0);
}

static void a_bad_file_is_refused_by_place(void **state)
{
    LW_UNUSED(state);
    static const char text[] =
        "{\"version\":1,\"cameras\":[{\"id\":\"f\",\"crossings\":1,"
        "\"rows\":[[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[]]}]}";
    struct lw_why why;
    const struct lw_span span = {(const uint8_t *)text, sizeof(text) - 1};
    CHECK(lw_cabins_parse(&again, span, &why) == LW_EFORMAT && again.n == 0);
    CHECK(strstr(why.text, "cameras[0].rows: row 0 is no array of 32 numbers"));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(nothing_is_cut_before_enough_was_seen),
    cmocka_unit_test(the_cabin_has_a_heads_height_around_every_face),
    cmocka_unit_test(a_seat_that_was_used_once_stays_for_hundreds_of_crossings),
    cmocka_unit_test(an_empty_crossing_teaches_nothing),
    cmocka_unit_test(nearly_the_whole_picture_is_the_whole_picture),
    cmocka_unit_test(what_was_learnt_reads_back),
    cmocka_unit_test(a_bad_file_is_refused_by_place),
};
RUN_TESTS(tests)
