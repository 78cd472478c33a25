/* Earlier crossings as further references: for whom they serve, and that nobody gets in by the side
 * door. */
#include "vehicle.h"

#include "face/kit.h"

/* The template of that face's portrait, as a store keeps it. */
static void template_of(const struct yard *y, int face, struct lw_strbuf *out)
{
    LW_AUTO(lw_facekit) kit = NULL;
    LW_AUTO(lw_image) im = NULL;
    LW_AUTO(lw_template) t = NULL;
    struct lw_face found;
    char path[128];
    const struct traveller who = {.id = "somebody", .face = face};
    const struct lw_facekit_opts opts = {.cards_dir = test_dir("LW_TEST_CARDS"),
                                         .models_dir = test_dir("LW_TEST_MODELS"),
                                         .detector = LW_DETECTOR_DEFAULTS,
                                         .threads = 1};
    vehicle_portrait(y->bundles, &who);
    snprintf(path, sizeof(path), "%s/somebody.jpg", y->bundles);
    CHECK(lw_facekit_new(&kit, &opts, NULL) == LW_OK);
    CHECK(lw_image_load(&im, path, NULL, NULL) == LW_OK);
    CHECK(lw_facekit_portrait(kit, im, &found, &t, NULL) == 1);
    CHECK(lw_template_print(out, t) == LW_OK);
}

/* A crossing of the holder of A00000001, who is the person with that face: a chip that was genuine.
 */
static void cross_before(const struct yard *y, int face)
{
    LW_AUTO_STRBUF t = LW_STRBUF_INIT;
    struct lw_why why = {0};
    LW_AUTO_STORE s = open_store(y->place);
    struct crossing *c = make_crossing("before", lw_now_utc_us() - TEST_DAY);
    template_of(y, face, &t);
    strcpy(c->entry.documents[1].issuer, "UTO");
    strcpy(c->entry.documents[1].number, "A00000001");
    c->entry.portrait[1] = (struct lw_store_portrait){.given = true, .score = 0.9f};
    c->entry.n_blobs = 0;
    add_blob(c, LW_ITEM_TEMPLATE, 1, t.s, t.n);
    if (lw_store_put_entry(s, &c->entry, &why) < 0)
        fail_msg("%s", why.text);
    free(c);
    CHECK(ask(y->place, "SELECT count(*) FROM encounter") == 1);
}

static void grey_portrait(const char *bundle)
{
    LW_AUTO(lw_image) grey = NULL;
    CHECK(lw_image_new(&grey, LW_PIX_RGB8, 200, 260) == LW_OK);
    vehicle_write(bundle, "d1.jpg", grey);
}

/* One document, A00000001; portrait -1: nobody can be seen on it. */
static void cross_now(const struct yard *y, const char *person_class, int portrait, struct run *r)
{
    char bundle[96];
    const struct traveller who = {"d1", person_class, false, "A00000001", lw_maxi(portrait, 0)};
    snprintf(bundle, sizeof(bundle), "%s/v", y->bundles);
    temp_remove(bundle);
    make_vehicle(bundle, "v", &who, 1);
    if (portrait < 0)
        grey_portrait(bundle);
    run(r, "cross", bundle, "--json", "--policy", "us-land-exit", "--store", y->place->store, NULL);
    if (r->code != 1)
        print_message("%s", r->err);
    CHECK(r->code == 1);
}

static void who_crossed_before_is_verified_although_the_portrait_shows_nothing(void **state)
{
    NEED_PHOTOS();
    const struct yard *y = *state;
    struct run r;
    cross_before(y, 0);
    cross_now(y, "noncitizen", -1, &r);
    CHECK(strstr(r.out, "{\"id\":\"d1\",\"status\":\"matched\",\"manual_offered\":false,"
                        "\"earlier_references\":1,\"findings\":[\"portrait:no_face\"]"));
    run_clear(&r);
    CHECK(ask(y->place, "SELECT count(*) FROM audit WHERE action = 'compare' AND subject = 'v'") ==
          1);
    CHECK(ask(y->place, "SELECT count(*) FROM encounter") == 1); /* no portrait vouches for it */
    verify_store(y->place);
}

static void earlier_photos_and_the_portrait_speak_as_one(void **state)
{
    NEED_PHOTOS();
    const struct yard *y = *state;
    struct run r;
    cross_before(y, 0);
    cross_now(y, "noncitizen", 0, &r);
    CHECK(strstr(r.out, "\"status\":\"matched\"") && strstr(r.out, "\"earlier_references\":1,"
                                                                   "\"findings\":[]"));
    run_clear(&r);
}

static void where_the_policy_says_no_nothing_is_looked_up(void **state)
{
    NEED_PHOTOS();
    const struct yard *y = *state;
    struct run r;
    cross_before(y, 0);
    cross_now(y, "citizen", -1, &r);
    CHECK(strstr(r.out, "\"earlier_references\":0") && !strstr(r.out, "\"status\":\"matched\""));
    run_clear(&r);
    cross_now(y, "unknown", -1, &r);
    CHECK(strstr(r.out, "\"earlier_references\":0") && !strstr(r.out, "\"status\":\"matched\""));
    run_clear(&r);
    CHECK(ask(y->place, "SELECT count(*) FROM audit WHERE action = 'compare'") == 0);
}

static void a_portrait_of_somebody_else_is_told_and_gets_no_help(void **state)
{
    NEED_PHOTOS();
    const struct yard *y = *state;
    struct run r;
    cross_before(y, 0);
    cross_now(y, "noncitizen", 1, &r); /* face 1 with the number of face 0 */
    CHECK(strstr(r.out, "\"earlier_references\":0,\"findings\":[\"references:unlike_portrait\"]"));
    run_clear(&r);
    CHECK(ask(y->place, "SELECT count(*) FROM encounter") == 1);
}

/* An impostor with each of the other faces, with a portrait of their own, of the holder, or with
 * none: the reference stays the one that it was. */
static void an_impostors_photo_never_becomes_a_reference(void **state)
{
    NEED_PHOTOS();
    const struct yard *y = *state;
    int tries = 0;
    cross_before(y, 0);
    const int64_t reference = ask(y->place, "SELECT blob FROM encounter");
    for (int portrait = -1; portrait < 4; portrait++, tries++) {
        struct run r;
        cross_now(y, "noncitizen", portrait, &r);
        run_clear(&r);
        CHECK(ask(y->place, "SELECT count(*) FROM encounter") == 1);
        CHECK(ask(y->place, "SELECT blob FROM encounter") == reference);
    }
    print_message("# 0 of %d crossings without a genuine chip made a reference\n", tries);
    CHECK(ask(y->place, "SELECT count(*) FROM blob WHERE kind = 'template'") >
          1); /* kept, though */
}

static const struct CMUnitTest tests[] = {
    YARD_TEST(who_crossed_before_is_verified_although_the_portrait_shows_nothing),
    YARD_TEST(earlier_photos_and_the_portrait_speak_as_one),
    YARD_TEST(where_the_policy_says_no_nothing_is_looked_up),
    YARD_TEST(a_portrait_of_somebody_else_is_told_and_gets_no_help),
    YARD_TEST(an_impostors_photo_never_becomes_a_reference),
};
RUN_TESTS(tests)
