#include "bundles.h"

#include "base/file.h"
#include "cross/truth.h"

static int parse(struct lw_truth **t, const char *from, const char *to, struct lw_why *why)
{
    struct lw_bundle b;
    LW_AUTO_STRBUF json = broken_bundle(from, to);
    CHECK(lw_bundle_parse(&b, lw_strbuf_span(&json), why) == LW_OK);
    return lw_truth_parse(t, lw_strbuf_span(&json), &b, why);
}

static void truth_is_read_with_its_boxes(void **state)
{
    LW_UNUSED(state);
    LW_AUTO(lw_truth) t = NULL;
    CHECK(parse(&t, "", "", NULL) == LW_OK);
    CHECK(t->n_occupants == 2 && t->n_distractors == 1);
    const struct lw_truth_occupant *o = &t->occupants[0];
    assert_string_equal(o->person, "p1");
    assert_string_equal(o->seat, "1L");
    CHECK(o->document == 0 && o->claims == -1 && o->n_boxes == 3);
    CHECK(o->boxes[1].frame == 2 && o->boxes[1].x == -3.5f && o->boxes[1].visible == 1.0f);
    CHECK(o->boxes[0].visible == 0.5f && o->boxes[0].h == 40.0f);
    CHECK(o->boxes[2].camera == 1 && o->boxes[2].visible == 1.0f);
    CHECK(t->occupants[1].document == -1 && t->occupants[1].claims == 1);
    CHECK(t->occupants[1].n_boxes == 0);
    assert_string_equal(t->distractors[0].kind, "poster");
    assert_string_equal(t->condition, "dusk");
}

static void a_bundle_without_truth_has_none(void **state)
{
    LW_UNUSED(state);
    struct lw_truth *t = NULL;
    struct lw_why why = {0};
    CHECK(parse(&t, "\"truth\":" GOOD_TRUTH, "\"synthetic\":false", &why) == LW_ENOTFOUND);
    CHECK(!t);
}

static void people_keep_the_names_their_folders_have(void **state)
{
    LW_UNUSED(state);
    LW_AUTO(lw_truth) t = NULL;
    CHECK(parse(&t, "\"p1\"",
                "\"Ana Mar\xc3\xad"
                "a\"",
                NULL) == LW_OK);
    assert_string_equal(t->occupants[0].person, "Ana Mar\xc3\xad"
                                                "a");
}

static void offences_in_truth_are_named(void **state)
{
    LW_UNUSED(state);
    static const struct {
        const char *from, *to, *message;
    } offences[] = {
        {"\"condition\"", "\"weather\"", "truth: unknown key \"weather\""},
        {"\"person\"", "\"age\":3,\"person\"", "truth.occupants[0]: unknown key \"age\""},
        {"\"kind\":\"poster\"", "\"kind\":\"poster\",\"x\":1",
         "truth.distractors[0]: unknown key \"x\""},
        {"\"seat\":\"1L\"", "\"seat\":\"4L\"",
         "truth.occupants[0].seat: \"4L\" is not row 1-3 and L, C or R"},
        {"\"person\":\"p2\",", "", "truth.occupants[1].person: is missing"},
        {"\"document\":\"d1\"", "\"document\":\"d9\"",
         "truth.occupants[0].document: \"d9\" is no document's id"},
        {"\"document\":\"d1\"", "\"document\":1",
         "truth.occupants[0].document: is neither null nor a document's id"},
        {"\"document\":\"d1\"", "\"document\":\"d1\",\"claims\":\"d2\"",
         "truth.occupants[0].claims: goes with document null only"},
        {"\"left\":[[1", "\"roof\":[[1", "truth.occupants[0].boxes: \"roof\" is no camera's id"},
        {"[0,10,20,30,40]", "[0,10,20,30]",
         "truth.occupants[0].boxes: front[0] is not [frame, x, y, width, height]"},
        {"[0,10,20,30,40]", "[-1,10,20,30,40]",
         "truth.occupants[0].boxes: front[0] has a frame that is no whole number from 0"},
        {"[0,10,20,30,40]", "[0,10,20,30,\"40\"]",
         "truth.occupants[0].boxes: front[0] has a side that is no number of pixels"},
        {"[0,10,20,30,40]", "[0,10,20,0,40]", "truth.occupants[0].boxes: front[0] has no area"},
        {"[0.5,1]", "[0.5]",
         "truth.occupants[0].visible: front is not an array of 2 shares, one for each box"},
        {"[0.5,1]", "[0.5,1.5]", "truth.occupants[0].visible: front[1] is no number from 0 to 1"},
        {"\"visible\":{\"front\":", "\"visible\":{\"right\":",
         "truth.occupants[0].visible: \"right\" has no boxes"},
    };
    for (size_t i = 0; i < LW_COUNT(offences); i++) {
        struct lw_truth *t = NULL;
        struct lw_why why = {0};
        assert_int_equal(parse(&t, offences[i].from, offences[i].to, &why), LW_EFORMAT);
        assert_string_equal(why.text, offences[i].message);
        CHECK(!t);
    }
}

static void read_bundle_of(const char *dir, const char *name)
{
    LW_AUTO(lw_truth) t = NULL;
    LW_AUTO_MEM(char) path = NULL;
    LW_AUTO_MEM(uint8_t) data = NULL;
    struct lw_bundle b;
    struct lw_why why = {0};
    size_t n = 0;
    CHECK(asprintf(&path, "%s/%s/crossing.json", dir, name) > 0);
    if (lw_file_read(path, LW_BUNDLE_JSON_BYTES_MAX, &data, &n, &why) == LW_ENOTFOUND)
        return; /* the README beside the bundles */
    const struct lw_span json = {.data = data, .n = n};
    if (lw_bundle_parse(&b, json, &why) < 0 || lw_truth_parse(&t, json, &b, &why) < 0)
        fail_msg("%s: %s", path, why.text);
    CHECK(t->n_occupants > 0 && t->occupants[0].n_boxes > 0);
}

static void bundles_of_another_generator_are_read(void **state)
{
    LW_UNUSED(state);
    NEED_DIR(shared, "LW_TEST_SHARED");
    LW_AUTO_MEM(char) dir = NULL;
    struct lw_names names = {0};
    CHECK(asprintf(&dir, "%s/data/lane-dev", shared) > 0);
    if (lw_names_list(&names, dir, 1000, NULL) < 0)
        skip();
    for (size_t i = 0; i < names.n; i++)
        read_bundle_of(dir, names.v[i]);
    lw_names_clear(&names);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(truth_is_read_with_its_boxes),
    cmocka_unit_test(a_bundle_without_truth_has_none),
    cmocka_unit_test(people_keep_the_names_their_folders_have),
    cmocka_unit_test(offences_in_truth_are_named),
    cmocka_unit_test(bundles_of_another_generator_are_read),
};
RUN_TESTS(tests)
