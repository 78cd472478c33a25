#include "check.h"

#include <math.h>

#include "base/clock.h"
#include "base/rng.h"
#include "drawn_face.h"
#include "face/quality.h"
#include "img/geom.h"

static const struct drawn_face usual = {200, 160, 80, 0.12, 0.05};
static const struct lw_color skin = {205, 160, 135}, grey = {150, 150, 150};

static double native(const struct lw_face *f, enum lw_component c)
{
    return f->components[c].native;
}

static void check_near(double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance))
        fail_msg("%.9g is not %.9g", got, want);
}

/* The usual face on 400 x 400 pixels, in the given colour, after `spoil`. */
static struct lw_face measured(struct lw_color color, void (*spoil)(struct lw_image *))
{
    struct lw_face f = face_of(&usual);
    struct lw_image *im = draw_face(&f, 400, 400, color);
    CHECK(im != NULL);
    if (spoil)
        spoil(im);
    CHECK(lw_quality_measure(&f, im, 0) == LW_OK);
    lw_image_unref(&im);
    return f;
}

static void geometry_is_that_of_the_landmarks(void **state)
{
    LW_UNUSED(state);
    struct lw_face f = face_of(&usual);
    f.yaw_deg = 60;
    f.pitch_deg = -10;
    f.roll_deg = 5;
    struct lw_image *im = draw_face(&f, 500, 400, skin);
    CHECK(lw_quality_measure(&f, im, 0.25f) == LW_OK);
    double t = 1.7 * 80;
    check_near(native(&f, LW_Q_INTER_EYE_DISTANCE), 160, 0.01); /* 80 / cos 60 */
    check_near(native(&f, LW_Q_HEAD_SIZE), t / 400, 1e-4);
    check_near(native(&f, LW_Q_LEFTWARD_CROP), 240.0 / 80, 1e-4);
    check_near(native(&f, LW_Q_RIGHTWARD_CROP), (500 - 160.0) / 80, 1e-4);
    check_near(native(&f, LW_Q_MARGIN_ABOVE), 160 / t, 1e-4);
    check_near(native(&f, LW_Q_MARGIN_BELOW), 240 / t, 1e-4);
    check_near(native(&f, LW_Q_EYES_OPEN), 0.12 * 80 / t, 1e-4);
    check_near(native(&f, LW_Q_MOUTH_CLOSED), 0.05 * 80 / t, 1e-3);
    check_near(native(&f, LW_Q_SINGLE_FACE_PRESENT), 0.25, 1e-6);
    check_near(native(&f, LW_Q_HEAD_POSE_YAW), 60, 1e-6);
    check_near(native(&f, LW_Q_HEAD_POSE_PITCH), -10, 1e-6);
    check_near(native(&f, LW_Q_HEAD_POSE_ROLL), 5, 1e-6);
    lw_image_unref(&im);
}

static void scalars_stand_beside_their_natives(void **state)
{
    LW_UNUSED(state);
    struct lw_face f = measured(skin, NULL);
    for (int c = 0; c < LW_Q_COMPONENTS; c++)
        assert_int_equal(f.components[c].scalar,
                         lw_quality_scalar((enum lw_component)c, f.components[c].native));
    assert_int_equal(f.components[LW_Q_SINGLE_FACE_PRESENT].scalar, 100);
}

static void all_white(struct lw_image *im)
{
    memset(im->data, 255, im->stride * (size_t)im->height);
}

static void all_dark(struct lw_image *im)
{
    memset(im->data, 60, im->stride * (size_t)im->height);
}

/* One level everywhere: the histogram measures are known exactly. 60 is 0.0452 of white in linear
 * light, level 12 of 255. */
static void a_flat_picture_has_known_light(void **state)
{
    LW_UNUSED(state);
    struct lw_face f = measured(skin, all_white);
    check_near(native(&f, LW_Q_LUMINANCE_MEAN), 1, 1e-6);
    check_near(native(&f, LW_Q_LUMINANCE_VARIANCE), 0, 1e-9);
    check_near(native(&f, LW_Q_OVER_EXPOSURE_PREVENTION), 1, 1e-9);
    check_near(native(&f, LW_Q_UNDER_EXPOSURE_PREVENTION), 0, 1e-9);
    check_near(native(&f, LW_Q_DYNAMIC_RANGE), 0, 1e-9);
    check_near(native(&f, LW_Q_ILLUMINATION_UNIFORMITY), 1, 1e-9);
    check_near(native(&f, LW_Q_NATURAL_COLOUR), 0, 1e-9); /* grey: as OFIQ */
    check_near(native(&f, LW_Q_SHARPNESS), -1, 0);
    f = measured(skin, all_dark);
    check_near(native(&f, LW_Q_LUMINANCE_MEAN), 12 / 255.0, 1e-6);
    check_near(native(&f, LW_Q_UNDER_EXPOSURE_PREVENTION), 1, 1e-9);
}

static void left_half_black(struct lw_image *im)
{
    for (int y = 0; y < im->height; y++)
        memset(lw_image_row(im, y), 0, 3 * 200);
}

static void light_from_one_side_is_not_uniform(void **state)
{
    LW_UNUSED(state);
    struct lw_face even = measured(skin, NULL), half = measured(skin, left_half_black);
    CHECK(native(&even, LW_Q_ILLUMINATION_UNIFORMITY) > 0.9);
    CHECK(native(&half, LW_Q_ILLUMINATION_UNIFORMITY) < 0.05);
    CHECK(fabs(native(&half, LW_Q_UNDER_EXPOSURE_PREVENTION) - 0.52) < 0.08);
}

static void skin_is_a_natural_colour_and_blue_is_not(void **state)
{
    LW_UNUSED(state);
    struct lw_face f = measured(skin, NULL);
    check_near(native(&f, LW_Q_NATURAL_COLOUR), 0, 1e-6);
    f = measured((struct lw_color){90, 120, 220}, NULL);
    check_near(native(&f, LW_Q_NATURAL_COLOUR), 100, 1e-6);
    f = measured((struct lw_color){255, 120, 40}, NULL); /* far too orange */
    CHECK(native(&f, LW_Q_NATURAL_COLOUR) > 20 && native(&f, LW_Q_NATURAL_COLOUR) < 80);
}

/* Box blur, 2 reach + 1 pixels along (dx, dy). */
static void smear(struct lw_image *im, int reach, int dx, int dy)
{
    struct lw_image *src = NULL;
    CHECK(lw_image_crop(&src, im, 0, 0, im->width, im->height) == LW_OK);
    for (int y = reach; y < im->height - reach; y++)
        for (int x = reach; x < im->width - reach; x++)
            for (int c = 0; c < 3; c++) {
                int sum = 0;
                for (int k = -reach; k <= reach; k++)
                    sum += lw_image_crow(src, y + k * dy)[3 * (x + k * dx) + c];
                lw_image_row(im, y)[3 * x + c] = (uint8_t)(sum / (2 * reach + 1));
            }
    lw_image_unref(&src);
}

static void blurred(struct lw_image *im)
{
    smear(im, 9, 1, 0);
    smear(im, 9, 0, 1);
}

static void smeared_sideways(struct lw_image *im)
{
    smear(im, 10, 1, 0);
}

static void smeared_downwards(struct lw_image *im)
{
    smear(im, 10, 0, 1);
}

static void noisy(struct lw_image *im)
{
    struct lw_rng r = lw_rng_seed(3);
    for (int y = 0; y < im->height; y++)
        for (int x = 0; x < 3 * im->width; x++) {
            double v = lw_image_crow(im, y)[x] + 70 * lw_rng_gauss(&r);
            lw_image_row(im, y)[x] = (uint8_t)fmax(0, fmin(255, v));
        }
}

static void veiled(struct lw_image *im)
{
    for (int y = 0; y < im->height; y++)
        for (int x = 0; x < 3 * im->width; x++)
            lw_image_row(im, y)[x] = (uint8_t)(205 + lw_image_crow(im, y)[x] * 50 / 255);
}

static void blur_and_noise_both_lower_sharpness(void **state)
{
    LW_UNUSED(state);
    struct lw_face sharp = measured(grey, NULL), soft = measured(grey, blurred),
                   grainy = measured(grey, noisy);
    CHECK(native(&soft, LW_Q_SHARPNESS) < 0.75 * native(&sharp, LW_Q_SHARPNESS));
    CHECK(native(&grainy, LW_Q_SHARPNESS) < 0.85 * native(&sharp, LW_Q_SHARPNESS));
    CHECK(soft.quality < sharp.quality && grainy.quality < sharp.quality);
}

static void a_smear_shows_as_motion_and_an_even_blur_does_not(void **state)
{
    LW_UNUSED(state);
    struct lw_face sharp = measured(grey, NULL), soft = measured(grey, blurred);
    struct lw_face sideways = measured(grey, smeared_sideways),
                   downwards = measured(grey, smeared_downwards);
    double still = fmax(native(&sharp, LW_Q_MOTION_BLUR), native(&soft, LW_Q_MOTION_BLUR));
    CHECK(native(&sideways, LW_Q_MOTION_BLUR) > still + 0.1);
    CHECK(native(&downwards, LW_Q_MOTION_BLUR) > still + 0.1);
    CHECK(sideways.quality < sharp.quality && downwards.quality < sharp.quality);
}

static void a_veil_is_seen_whatever_the_brightness(void **state)
{
    LW_UNUSED(state);
    struct lw_face clear = measured(grey, NULL), hazy = measured(grey, veiled);
    CHECK(native(&clear, LW_Q_GLASS_VEIL) < 0.2 && native(&hazy, LW_Q_GLASS_VEIL) > 0.65);
    CHECK(hazy.quality < clear.quality);
}

/* Sharpness is that of the face as it is compared: enlarging a small picture adds none. */
static void enlarging_a_face_does_not_sharpen_it(void **state)
{
    LW_UNUSED(state);
    const struct drawn_face d = {100, 80, 16, 0.12, 0.05};
    struct lw_face small = face_of(&d), large = small;
    struct lw_image *im = draw_face(&small, 200, 200, grey), *big = NULL;
    CHECK(lw_image_resize(&big, im, 1000, 1000) == LW_OK);
    for (int i = 0; i < LW_LANDMARKS; i++)
        large.landmarks[i] =
            (struct lw_point){5 * small.landmarks[i].x + 2, 5 * small.landmarks[i].y + 2};
    CHECK(lw_quality_measure(&small, im, 0) == LW_OK &&
          lw_quality_measure(&large, big, 0) == LW_OK);
    CHECK(fabs(native(&small, LW_Q_SHARPNESS) - native(&large, LW_Q_SHARPNESS)) < 0.08);
    lw_image_unref(&im);
    lw_image_unref(&big);
}

static void unified_quality_falls_with_size_and_turning(void **state)
{
    LW_UNUSED(state);
    struct lw_face f = measured(grey, NULL);
    float before = 101;
    for (float e = 90; e > 1; e *= 0.8f) {
        f.inter_eye_px = e;
        CHECK(lw_quality_unified(&f) < before);
        before = lw_quality_unified(&f);
    }
    CHECK(before < 5);
    f.inter_eye_px = 80;
    before = lw_quality_unified(&f);
    for (float yaw = 30; yaw < 95; yaw += 10) {
        f.yaw_deg = -yaw;
        CHECK(lw_quality_unified(&f) < before);
        before = lw_quality_unified(&f);
        f.yaw_deg = yaw;
        CHECK(lw_quality_unified(&f) == before);
    }
    CHECK(before < 30);
}

static void visor_over_the_brow(struct lw_image *im)
{
    for (int y = 0; y < 175; y++)
        memset(lw_image_row(im, y), 40, (size_t)(3 * im->width));
}

static void a_covered_face_measures_as_covered(void **state)
{
    LW_UNUSED(state);
    const struct lw_face open = measured(skin, NULL);
    const struct lw_face covered = measured(skin, visor_over_the_brow);
    CHECK(native(&open, LW_Q_OCCLUSION) >= 0 && native(&covered, LW_Q_OCCLUSION) <= 1);
    CHECK(native(&covered, LW_Q_OCCLUSION) > native(&open, LW_Q_OCCLUSION) + 0.05);
    struct lw_face doubted = open;
    struct lw_image *im = draw_face(&doubted, 400, 400, skin);
    doubted.score = 0.8f; /* the detector sees that something is wrong, too */
    CHECK(lw_quality_measure(&doubted, im, 0) == LW_OK);
    CHECK(native(&doubted, LW_Q_OCCLUSION) > native(&open, LW_Q_OCCLUSION) + 0.3);
    lw_image_unref(&im);
}

static void a_component_says_why_it_could_not_be_assessed(void **state)
{
    LW_UNUSED(state);
    struct lw_face f = face_of(&usual);
    struct lw_image *im = draw_face(&f, 400, 400, skin);
    f.posed = false;
    CHECK(lw_quality_measure(&f, im, -1) == LW_OK);
    CHECK(strstr(lw_component_finding(&f, LW_Q_HEAD_POSE_YAW), "landmarks"));
    CHECK(f.components[LW_Q_HEAD_POSE_YAW].scalar == -1);
    CHECK(strstr(lw_component_finding(&f, LW_Q_SINGLE_FACE_PRESENT), "other faces"));
    CHECK(!lw_component_finding(&f, LW_Q_LUMINANCE_MEAN));
    CHECK(!lw_component_finding(&f, LW_Q_SHARPNESS)); /* no mapping, but a value */
    for (int i = 0; i < LW_LANDMARKS; i++)
        f.landmarks[i] = (struct lw_point){7, 7};
    CHECK(lw_quality_measure(&f, im, -1) == LW_OK);
    for (int c = 0; c < LW_Q_COMPONENTS; c++)
        CHECK(f.components[c].native != -1 || lw_component_finding(&f, (enum lw_component)c));
    lw_image_unref(&im);
}

static void what_cannot_be_seen_is_not_assessed(void **state)
{
    LW_UNUSED(state);
    struct lw_face f = face_of(&usual), away = face_of(&(struct drawn_face){-900, 160, 80, 0.1, 0});
    struct lw_image *im = draw_face(&f, 400, 400, skin);
    CHECK(lw_quality_measure(&away, im, -1) == LW_OK);
    CHECK(native(&away, LW_Q_LUMINANCE_MEAN) == -1 && native(&away, LW_Q_GLASS_VEIL) == -1);
    CHECK(native(&away, LW_Q_ILLUMINATION_UNIFORMITY) == -1);
    CHECK(native(&away, LW_Q_SINGLE_FACE_PRESENT) == -1);
    CHECK(away.components[LW_Q_DYNAMIC_RANGE].scalar == -1);
    for (int i = 0; i < LW_LANDMARKS; i++)
        f.landmarks[i] = (struct lw_point){7, 7};
    CHECK(lw_quality_measure(&f, im, 0) == LW_OK);
    CHECK(native(&f, LW_Q_EYES_OPEN) == -1 && native(&f, LW_Q_SHARPNESS) == -1 && f.quality < 10);
    f.landmarks[3].x = NAN;
    f.landmarks[8].x = INFINITY;
    CHECK(lw_quality_measure(&f, im, 0) == LW_OK && f.quality < 10);
    lw_image_unref(&im);
}

/* The part that is seen counts; the border is not repeated into the histogram. */
static void a_face_half_outside_is_measured_by_its_inner_half(void **state)
{
    LW_UNUSED(state);
    const struct drawn_face d = {0, 160, 80, 0.12, 0.05};
    struct lw_face f = face_of(&d);
    struct lw_image *im = draw_face(&f, 400, 400, skin);
    CHECK(lw_quality_measure(&f, im, 0) == LW_OK);
    CHECK(native(&f, LW_Q_LUMINANCE_MEAN) > 0.2);
    CHECK(native(&f, LW_Q_ILLUMINATION_UNIFORMITY) == -1); /* one cheek is not there */
    lw_image_unref(&im);
}

static void a_grey_picture_measures_like_the_same_in_rgb(void **state)
{
    LW_UNUSED(state);
    struct lw_face a = face_of(&usual), b = a;
    struct lw_image *rgb = draw_face(&a, 400, 400, grey), *gray = NULL;
    CHECK(lw_image_to_gray(&gray, rgb) == LW_OK);
    lw_image_unref(&rgb);
    CHECK(lw_image_to_rgb(&rgb, gray) == LW_OK);
    CHECK(lw_quality_measure(&a, gray, 0) == LW_OK && lw_quality_measure(&b, rgb, 0) == LW_OK);
    for (int c = 0; c < LW_Q_COMPONENTS; c++)
        check_near(a.components[c].native, b.components[c].native, 1e-3);
    lw_image_unref(&rgb);
    lw_image_unref(&gray);
}

static void a_face_of_a_large_frame_is_measured_in_a_few_milliseconds(void **state)
{
    LW_UNUSED(state);
    struct lw_face f = face_of(&(struct drawn_face){900, 500, 120, 0.12, 0.05});
    struct lw_image *im = draw_face(&f, 1920, 1080, skin);
    int64_t best = INT64_MAX;
    for (int i = 0; i < 20; i++) {
        int64_t t = lw_now_ns();
        CHECK(lw_quality_measure(&f, im, 0) == LW_OK);
        t = lw_now_ns() - t;
        best = t < best ? t : best;
    }
    print_message("# fastest of 20: %.2f ms\n", (double)best / 1e6);
    CHECK(best < 30 * LW_MS); /* about 0.6 alone on a core; the rest is for sanitizers */
    lw_image_unref(&im);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(geometry_is_that_of_the_landmarks),
    cmocka_unit_test(scalars_stand_beside_their_natives),
    cmocka_unit_test(a_flat_picture_has_known_light),
    cmocka_unit_test(light_from_one_side_is_not_uniform),
    cmocka_unit_test(skin_is_a_natural_colour_and_blue_is_not),
    cmocka_unit_test(blur_and_noise_both_lower_sharpness),
    cmocka_unit_test(a_smear_shows_as_motion_and_an_even_blur_does_not),
    cmocka_unit_test(a_veil_is_seen_whatever_the_brightness),
    cmocka_unit_test(enlarging_a_face_does_not_sharpen_it),
    cmocka_unit_test(unified_quality_falls_with_size_and_turning),
    cmocka_unit_test(a_covered_face_measures_as_covered),
    cmocka_unit_test(a_component_says_why_it_could_not_be_assessed),
    cmocka_unit_test(what_cannot_be_seen_is_not_assessed),
    cmocka_unit_test(a_face_half_outside_is_measured_by_its_inner_half),
    cmocka_unit_test(a_grey_picture_measures_like_the_same_in_rgb),
    cmocka_unit_test(a_face_of_a_large_frame_is_measured_in_a_few_milliseconds),
};
RUN_TESTS(tests)
