#include "check.h"

#include <math.h>

#include "face/contrast.h"

enum { SIDE = 200 };

/* A pattern under a veil: value = veil + depth * stripes, with eyes 50 px apart. */
static struct lw_image *veiled(int veil, int depth)
{
    struct lw_image *im = NULL;
    CHECK(lw_image_new(&im, LW_PIX_RGB8, SIDE, SIDE) == LW_OK);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < 3 * SIDE; x++)
            lw_image_row(im, y)[x] = (uint8_t)(veil + ((x / 3) % 10 < 5 ? depth : -depth));
    return im;
}

static struct lw_face face_here(void)
{
    return (struct lw_face){.eyes = {{75, 85}, {125, 85}}, .inter_eye_px = 50};
}

static void a_veiled_face_and_a_clear_one_come_out_alike(void **state)
{
    LW_UNUSED(state);
    const struct lw_face face = face_here();
    LW_AUTO(lw_image) hazy = veiled(170, 12);
    LW_AUTO(lw_image) clear = veiled(110, 60);
    LW_AUTO(lw_image) a = NULL;
    LW_AUTO(lw_image) b = NULL;
    CHECK(lw_contrast_normalise(&a, hazy, &face, NULL) == LW_OK);
    CHECK(lw_contrast_normalise(&b, clear, &face, NULL) == LW_OK);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < 3 * SIDE; x++) {
            const int d = lw_image_row(a, y)[x] - lw_image_row(b, y)[x];
            CHECK(d >= -2 && d <= 2);
        }
    CHECK(abs(lw_image_row(a, 100)[0] - (120 + 48)) <= 2); /* mean + one standard deviation */
}

static void noise_is_not_raised_without_end(void **state)
{
    LW_UNUSED(state);
    const struct lw_face face = face_here();
    LW_AUTO(lw_image) flat = veiled(20, 1);
    LW_AUTO(lw_image) out = NULL;
    CHECK(lw_contrast_normalise(&out, flat, &face, NULL) == LW_OK);
    CHECK(abs(lw_image_row(out, 100)[0] - (120 + 5)) <= 1);
}

static void eyes_in_one_place_or_outside_are_refused(void **state)
{
    LW_UNUSED(state);
    LW_AUTO(lw_image) im = veiled(100, 10);
    struct lw_image *out = NULL;
    struct lw_face face = face_here();
    face.eyes[1] = face.eyes[0];
    CHECK(lw_contrast_normalise(&out, im, &face, NULL) == LW_EINVAL && out == NULL);
    face = face_here();
    face.eyes[0].x = face.eyes[1].x = NAN;
    CHECK(lw_contrast_normalise(&out, im, &face, NULL) == LW_EINVAL && out == NULL);
    face = (struct lw_face){.eyes = {{5000, 5000}, {5050, 5000}}};
    CHECK(lw_contrast_normalise(&out, im, &face, NULL) == LW_EINVAL && out == NULL);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_veiled_face_and_a_clear_one_come_out_alike),
    cmocka_unit_test(noise_is_not_raised_without_end),
    cmocka_unit_test(eyes_in_one_place_or_outside_are_refused),
};
RUN_TESTS(tests)
