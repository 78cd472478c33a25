#include "kits.h"

#include <math.h>

#include "base/parallel.h"
#include "face/landmarks.h"

static void the_portrait_of_a_group_is_the_large_face_near_the_middle(void **state)
{
    LW_UNUSED(state);
    NEED_DIR(models, "LW_TEST_MODELS");
    NEED_DIR(cards, "LW_TEST_CARDS");
    NEED_DIR(photos, "LW_TEST_PHOTOS");
    LW_AUTO(lw_facekit) kit = open_kit(cards, models);
    LW_AUTO(lw_image) photo = load_photo(photos, "sample1.jpg");
    LW_AUTO_MEM(struct lw_face) faces = NULL;
    CHECK(lw_facekit_faces(kit, photo, &faces, NULL) == 3);
    const struct lw_rect middle = {850, 413, 193, 250};
    CHECK(lw_rect_iou(&faces[0].box, &middle) > 0.8f);
    for (int i = 0; i < 3; i++) {
        const struct lw_face *f = &faces[i];
        CHECK(f->eyes[0].x < f->eyes[1].x && f->inter_eye_px > 50 && f->inter_eye_px < 110);
        CHECK(f->quality >= 0 && f->quality <= 100);
        CHECK(f->components[LW_Q_INTER_EYE_DISTANCE].scalar >= 0);
    }
}

static float similarity(struct lw_facekit *kit, const struct lw_image *a, const struct lw_image *b)
{
    struct lw_face fa, fb;
    LW_AUTO(lw_template) ta = NULL;
    LW_AUTO(lw_template) tb = NULL;
    struct lw_why why = {0};
    float score = -2;
    if (lw_facekit_portrait(kit, a, &fa, &ta, &why) != 1 ||
        lw_facekit_portrait(kit, b, &fb, &tb, &why) != 1)
        fail_msg("no face: %s", why.text);
    CHECK(lw_matcher_compare(lw_facekit_matcher(kit), ta, tb, &score, &why) == LW_OK);
    return score;
}

static void a_face_is_like_itself_smaller_and_unlike_another(void **state)
{
    LW_UNUSED(state);
    NEED_DIR(models, "LW_TEST_MODELS");
    NEED_DIR(cards, "LW_TEST_CARDS");
    NEED_DIR(photos, "LW_TEST_PHOTOS");
    LW_AUTO(lw_facekit) kit = open_kit(cards, models);
    LW_AUTO(lw_image) large = face_of_height(photos, 250, 2);
    LW_AUTO(lw_image) small = face_of_height(photos, 60, 2);
    LW_AUTO(lw_image) tight = face_of_height(photos, 200, 1.05f);
    LW_AUTO(lw_image) other = load_photo(photos, "sample6.jpg");
    CHECK(similarity(kit, large, small) > 0.8f);
    CHECK(similarity(kit, large, tight) > 0.8f);
    CHECK(similarity(kit, large, other) < 0.4f);
}

static void a_picture_without_a_face_is_a_finding(void **state)
{
    LW_UNUSED(state);
    NEED_DIR(models, "LW_TEST_MODELS");
    NEED_DIR(cards, "LW_TEST_CARDS");
    LW_AUTO(lw_facekit) kit = open_kit(cards, models);
    LW_AUTO(lw_image) blank = NULL;
    LW_AUTO(lw_template) t = NULL;
    LW_AUTO_MEM(struct lw_face) faces = NULL;
    struct lw_face f;
    CHECK(lw_image_new(&blank, LW_PIX_RGB8, 300, 200) == LW_OK);
    CHECK(lw_facekit_portrait(kit, blank, &f, &t, NULL) == 0 && t == NULL);
    CHECK(lw_facekit_faces(kit, blank, &faces, NULL) == 0 && faces);
}

static void cloth_that_a_pass_took_for_a_face_is_not_believed(void **state)
{
    LW_UNUSED(state);
    NEED_DIR(models, "LW_TEST_MODELS");
    NEED_DIR(cards, "LW_TEST_CARDS");
    NEED_DIR(photos, "LW_TEST_PHOTOS");
    LW_AUTO(lw_facekit) kit = open_kit(cards, models);
    LW_AUTO(lw_image) photo = load_photo(photos, "sample4.jpg");
    LW_AUTO_MEM(struct lw_detection) found = NULL;
    struct lw_detector *d = lw_facekit_detector(kit);
    int n = lw_detector_pass(d, photo, NULL, 1, &found, NULL), believed = 0;
    CHECK(n > 4); /* four faces, and sleeves */
    for (int i = 0; i < n; i++) {
        int r = lw_detector_believes(d, photo, &found[i], NULL);
        CHECK(r >= 0);
        believed += r;
    }
    CHECK(believed == 4);
}

struct shared_work {
    struct lw_facekit *kit;
    struct lw_image *image;
    struct lw_template *t[8];
};

static int take_template(void *ctx, size_t i, unsigned worker)
{
    struct shared_work *w = ctx;
    struct lw_face f;
    LW_UNUSED(worker);
    return lw_facekit_portrait(w->kit, w->image, &f, &w->t[i], NULL) == 1 ? LW_OK : LW_ENOTFOUND;
}

static void threads_share_a_kit_and_agree(void **state)
{
    LW_UNUSED(state);
    NEED_DIR(models, "LW_TEST_MODELS");
    NEED_DIR(cards, "LW_TEST_CARDS");
    NEED_DIR(photos, "LW_TEST_PHOTOS");
    LW_AUTO(lw_facekit) kit = open_kit(cards, models);
    LW_AUTO(lw_image) image = face_of_height(photos, 100, 3);
    struct shared_work w = {.kit = kit, .image = image};
    CHECK(lw_parallel(LW_COUNT(w.t), 3, take_template, &w) == LW_OK);
    for (size_t i = 1; i < LW_COUNT(w.t); i++)
        assert_memory_equal(w.t[i]->data, w.t[0]->data, w.t[0]->n);
    for (size_t i = 0; i < LW_COUNT(w.t); i++)
        lw_template_free(&w.t[i]);
}

static void landmarks_that_lie_as_in_no_face_are_implausible(void **state)
{
    LW_UNUSED(state);
    struct lw_point p[LW_LANDMARKS];
    const struct lw_rect box = {0, 0, 70, 100};
    for (int i = 0; i < LW_LANDMARKS; i++)
        p[i] = (struct lw_point){35, 50};
    CHECK(!lw_landmarks_plausible(p, &box)); /* all in one place */
    for (int i = 36; i < 42; i++)
        p[i] = (struct lw_point){20, 40};
    for (int i = 42; i < 48; i++)
        p[i] = (struct lw_point){50, 40};
    p[30] = (struct lw_point){35, 60};
    p[48] = p[60] = (struct lw_point){25, 80};
    p[54] = p[64] = (struct lw_point){45, 80};
    CHECK(lw_landmarks_plausible(p, &box));
    p[30].y = 30; /* the nose above the eyes */
    CHECK(!lw_landmarks_plausible(p, &box));
    p[30].y = NAN;
    CHECK(!lw_landmarks_plausible(p, &box));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_portrait_of_a_group_is_the_large_face_near_the_middle),
    cmocka_unit_test(a_face_is_like_itself_smaller_and_unlike_another),
    cmocka_unit_test(a_picture_without_a_face_is_a_finding),
    cmocka_unit_test(cloth_that_a_pass_took_for_a_face_is_not_believed),
    cmocka_unit_test(threads_share_a_kit_and_agree),
    cmocka_unit_test(landmarks_that_lie_as_in_no_face_are_implausible),
};
RUN_TESTS(tests)
