#include "check.h"

#include "sim/shapes.h"

/* A camera that looks along -x from (10, 0, 0): one metre at the origin is 10 pixels, y grows to
 * the right and z upwards about the picture's middle. */
static struct lw_sim_camera plain_camera(void)
{
    return lw_sim_camera_aim(lw_v3(10, 0, 0), lw_v3(0, 0, 0), 100, 64, 48);
}

static struct lw_shape rectangle(float y0, float z0, float y1, float z1)
{
    const struct lw_vec3 p[4] = {{0, y0, z0}, {0, y0, z1}, {0, y1, z1}, {0, y1, z0}};
    struct lw_shape s = {.n_parts = 0};
    lw_shape_polygon(&s, p, 4);
    return s;
}

static float sum_of(const struct lw_canvas *c)
{
    double sum = 0;
    for (int i = 0; i < c->width * c->height; i++)
        sum += (double)c->px[i].g;
    return (float)sum;
}

static const struct lw_rgbf white = {1, 1, 1};

static void points_fall_where_a_pinhole_puts_them(void **state)
{
    LW_UNUSED(state);
    const struct lw_sim_camera cam = plain_camera();
    const struct lw_sim_pixel p = lw_sim_project(&cam, lw_v3(0, 1, 2));
    CHECK(fabsf(p.x - 42) < 1e-3f && fabsf(p.y - 4) < 1e-3f && fabsf(p.depth_m - 10) < 1e-4f);
    CHECK(lw_sim_project(&cam, lw_v3(11, 0, 0)).depth_m < 0);
    const struct lw_vec3 ray = lw_sim_ray(&cam, 42, 4);
    CHECK(fabsf(ray.y / -ray.x - 0.1f) < 1e-5f && fabsf(ray.z / -ray.x - 0.2f) < 1e-5f);
}

static void a_shape_covers_exactly_its_area(void **state)
{
    LW_UNUSED(state);
    const struct lw_sim_camera cam = plain_camera();
    struct lw_canvas *c = NULL;
    CHECK(lw_canvas_new(&c, 64, 48) == LW_OK);
    struct lw_shape s = rectangle(-1.03f, -0.57f, 0.88f, 1.21f); /* 1.91 x 1.78 m */
    lw_canvas_paint(c, &cam, &s, white, 1);
    CHECK(fabsf(sum_of(c) - 339.98f) < 0.2f);
    CHECK(c->owner[24 * 64 + 32] == LW_OWNER_THING && c->owner[0] == LW_OWNER_NONE);
    lw_canvas_free(&c);
}

static void what_leaves_the_picture_is_clipped_on_every_side(void **state)
{
    LW_UNUSED(state);
    const struct lw_sim_camera cam = plain_camera();
    static const float boxes[][4] = {{-90, -90, 90, 90},    {-90, -1, 0, 1}, {0, -1, 90, 1},
                                     {-1, 0, 1, 90},        {-1, -90, 1, 0}, {50, 50, 60, 60},
                                     {-3.2f, -90, 3.2f, 90}};
    static const float areas[] = {64 * 48, 32 * 20, 32 * 20, 20 * 24, 20 * 24, 0, 64 * 48};
    for (size_t i = 0; i < LW_COUNT(areas); i++) {
        struct lw_canvas *c = NULL;
        CHECK(lw_canvas_new(&c, 64, 48) == LW_OK);
        struct lw_shape s = rectangle(boxes[i][0], boxes[i][1], boxes[i][2], boxes[i][3]);
        lw_canvas_paint(c, &cam, &s, white, 1);
        CHECK(fabsf(sum_of(c) - areas[i]) < 0.5f);
        lw_canvas_free(&c);
    }
}

static void a_hole_lets_the_ground_through(void **state)
{
    LW_UNUSED(state);
    const struct lw_sim_camera cam = plain_camera();
    for (int turned = 0; turned < 2; turned++) {
        struct lw_canvas *c = NULL;
        CHECK(lw_canvas_new(&c, 64, 48) == LW_OK);
        struct lw_shape s = rectangle(-2, -2, 2, 2);
        struct lw_shape h = turned ? rectangle(1, -1, -1, 1) : rectangle(-1, -1, 1, 1);
        lw_shape_hole(&s, &h);
        lw_canvas_paint(c, &cam, &s, white, 1);
        CHECK(fabsf(sum_of(c) - 1200) < 0.5f && c->px[24 * 64 + 32].g < 0.01f);
        lw_canvas_free(&c);
    }
}

static void a_shape_that_reaches_behind_the_camera_is_cut_before_it(void **state)
{
    LW_UNUSED(state);
    const struct lw_sim_camera cam = plain_camera();
    const struct lw_vec3 floor[4] = {{-50, -9, -1}, {50, -9, -1}, {50, 9, -1}, {-50, 9, -1}};
    struct lw_shape s = {.n_parts = 0};
    lw_shape_polygon(&s, floor, 4);
    struct lw_canvas *c = NULL;
    CHECK(lw_canvas_new(&c, 64, 48) == LW_OK);
    lw_canvas_paint(c, &cam, &s, white, 1);
    CHECK(c->px[47 * 64 + 32].g > 0.99f && c->px[10 * 64 + 32].g < 0.01f);
    lw_canvas_free(&c);
}

static void blur_and_smear_keep_the_light(void **state)
{
    LW_UNUSED(state);
    struct lw_canvas *c = NULL;
    CHECK(lw_canvas_new(&c, 64, 48) == LW_OK);
    c->px[24 * 64 + 32] = (struct lw_rgbf){100, 100, 100};
    CHECK(lw_canvas_blur(c, 2.0f) == LW_OK);
    CHECK(fabsf(sum_of(c) - 100) < 0.1f && c->px[24 * 64 + 32].g < 5);
    CHECK(fabsf(c->px[24 * 64 + 30].g - c->px[22 * 64 + 32].g) < 1e-3f);
    CHECK(lw_canvas_smear(c, 6, -3) == LW_OK);
    CHECK(fabsf(sum_of(c) - 100) < 0.1f);
    lw_canvas_free(&c);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(points_fall_where_a_pinhole_puts_them),
    cmocka_unit_test(a_shape_covers_exactly_its_area),
    cmocka_unit_test(what_leaves_the_picture_is_clipped_on_every_side),
    cmocka_unit_test(a_hole_lets_the_ground_through),
    cmocka_unit_test(a_shape_that_reaches_behind_the_camera_is_cut_before_it),
    cmocka_unit_test(blur_and_smear_keep_the_light),
};
RUN_TESTS(tests)
