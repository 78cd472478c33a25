#include "check.h"

#include <math.h>

#include "img/draw.h"
#include "img/geom.h"

static const struct lw_color red = {255, 0, 0}, blue = {0, 0, 255};

static struct lw_image *black(int w, int h)
{
    struct lw_image *im = NULL;
    CHECK(lw_image_new(&im, LW_PIX_RGB8, w, h) == LW_OK);
    return im;
}

static bool is(const struct lw_image *im, int x, int y, struct lw_color c)
{
    const uint8_t *p = lw_image_crow(im, y) + 3 * x;
    return p[0] == c.r && p[1] == c.g && p[2] == c.b;
}

static int count(const struct lw_image *im, struct lw_color c)
{
    int n = 0;
    for (int y = 0; y < im->height; y++)
        for (int x = 0; x < im->width; x++)
            n += is(im, x, y, c);
    return n;
}

static void a_rectangle_is_a_frame_of_the_given_thickness(void **state)
{
    LW_UNUSED(state);
    struct lw_image *im = black(30, 20);
    lw_draw_rect(im, &(struct lw_rect){5, 4, 10, 8}, 2, red);
    CHECK(is(im, 5, 4, red) && is(im, 14, 11, red) && is(im, 6, 5, red));
    CHECK(!is(im, 7, 6, red) && !is(im, 4, 4, red) && !is(im, 15, 11, red));
    assert_int_equal(count(im, red), 10 * 8 - 6 * 4);
    lw_image_unref(&im);
}

static void a_disc_has_the_area_of_a_circle(void **state)
{
    LW_UNUSED(state);
    struct lw_image *im = black(60, 60);
    lw_draw_disc(im, (struct lw_point){30, 30}, 20, red);
    CHECK(abs(count(im, red) - (int)(3.14159 * 20.25 * 20.25)) < 60);
    CHECK(is(im, 30, 10, red) && !is(im, 30, 9, red) && !is(im, 11, 11, red));
    lw_image_unref(&im);
}

static void text_is_drawn_in_its_dots_on_its_ground(void **state)
{
    LW_UNUSED(state);
    struct lw_image *im = black(40, 30);
    CHECK(lw_draw_text_width(2, "1T") == 26);
    lw_draw_text(im, 3, 4, 2, "1T", red, blue);
    CHECK(count(im, red) + count(im, blue) == 26 * 18);
    CHECK(count(im, red) == (10 + 11) * 4);                     /* dots of 1 and T */
    CHECK(is(im, 3, 4, blue) && is(im, 3 + 2 + 4, 4 + 2, red)); /* tip of the 1 */
    lw_image_unref(&im);
}

static void small_letters_are_drawn_as_capitals_and_unknown_signs_as_question_marks(void **state)
{
    LW_UNUSED(state);
    struct lw_image *a = black(60, 12), *b = black(60, 12);
    lw_draw_text(a, 0, 0, 1, "row 2~", red, blue);
    lw_draw_text(b, 0, 0, 1, "ROW 2?", red, blue);
    for (int y = 0; y < 12; y++)
        CHECK(memcmp(lw_image_crow(a, y), lw_image_crow(b, y), 180) == 0);
    lw_image_unref(&a);
    lw_image_unref(&b);
}

static void drawing_outside_the_picture_is_cut_off(void **state)
{
    LW_UNUSED(state);
    struct lw_image *im = black(20, 20), *gray = NULL;
    lw_draw_rect(im, &(struct lw_rect){-5, -5, 1e9f, 1e9f}, 3, red);
    lw_draw_rect(im, &(struct lw_rect){NAN, INFINITY, -3, 4}, 3, red);
    lw_draw_disc(im, (struct lw_point){-1e20f, 5}, 1e3f, red);
    lw_draw_disc(im, (struct lw_point){5, 5}, NAN, red);
    lw_draw_text(im, -4000, 15, 3, "WIDE", red, blue);
    CHECK(count(im, red) == 0 && count(im, blue) == 0);
    CHECK(lw_image_to_gray(&gray, im) == LW_OK);
    lw_draw_rect(gray, &(struct lw_rect){0, 0, 3, 3}, 1, red);
    CHECK(lw_image_crow(gray, 0)[0] == 76 && lw_image_crow(gray, 1)[1] == 0);
    lw_image_unref(&im);
    lw_image_unref(&gray);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_rectangle_is_a_frame_of_the_given_thickness),
    cmocka_unit_test(a_disc_has_the_area_of_a_circle),
    cmocka_unit_test(text_is_drawn_in_its_dots_on_its_ground),
    cmocka_unit_test(small_letters_are_drawn_as_capitals_and_unknown_signs_as_question_marks),
    cmocka_unit_test(drawing_outside_the_picture_is_cut_off),
};
RUN_TESTS(tests)
