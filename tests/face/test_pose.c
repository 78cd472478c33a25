#include "check.h"

#include <math.h>

#include "base/rng.h"
#include "face/pose.h"

enum { W = 1920, H = 1080 };

/* An independent camera: the six points of the mean head, turned by yaw, pitch, roll in that order
 * and projected. Written in words of the header: yaw > 0 brings the nose to the image's right. */
static void project(struct lw_point lm[LW_LANDMARKS], double yaw, double pitch, double roll,
                    double x, double y, double z)
{
    static const struct {
        int at;
        double p[3]; /* x right, y up, z towards the camera, mm */
    } head[] = {{30, {0, 0, 0}},         {8, {0, -63.6, -12.5}},      {36, {-43.3, 32.7, -26}},
                {45, {43.3, 32.7, -26}}, {48, {-28.9, -28.9, -24.1}}, {54, {28.9, -28.9, -24.1}}};
    const double rad = acos(-1) / 180;
    double cy = cos(yaw * rad), sy = sin(yaw * rad), cp = cos(pitch * rad), sp = sin(pitch * rad);
    double cr = cos(roll * rad), sr = sin(roll * rad);
    memset(lm, 0, LW_LANDMARKS * sizeof(*lm));
    for (size_t i = 0; i < LW_COUNT(head); i++) {
        const double *p = head[i].p;
        double x1 = cy * p[0] + sy * p[2], z1 = -sy * p[0] + cy * p[2];
        double y2 = cp * p[1] + sp * z1, z2 = -sp * p[1] + cp * z1;
        double x3 = cr * x1 + sr * y2, y3 = -sr * x1 + cr * y2;
        double depth = z - z2;
        lm[head[i].at].x = (float)(0.5 * (W - 1) + W * (x3 + x) / depth);
        lm[head[i].at].y = (float)(0.5 * (H - 1) - W * (y3 + y) / depth);
    }
}

static void known_poses_are_found_again(void **state)
{
    LW_UNUSED(state);
    struct lw_point lm[LW_LANDMARKS];
    struct lw_pose pose;
    for (int yaw = -60; yaw <= 60; yaw += 20)
        for (int pitch = -40; pitch <= 40; pitch += 20)
            for (int roll = -40; roll <= 40; roll += 20)
                for (int near = 0; near <= 1; near++) {
                    project(lm, yaw, pitch, roll, 100 - 50 * near, -40, near ? 500 : 3000);
                    assert_int_equal(lw_pose_estimate(&pose, lm, W, H), LW_OK);
                    assert_float_equal(pose.yaw_deg, yaw, 0.1);
                    assert_float_equal(pose.pitch_deg, pitch, 0.1);
                    assert_float_equal(pose.roll_deg, roll, 0.1);
                }
}

static void signs_are_those_of_the_header(void **state)
{
    LW_UNUSED(state);
    struct lw_point lm[LW_LANDMARKS];
    project(lm, 30, 0, 0, 0, 0, 2000);
    CHECK(lm[30].x > 0.5f * (lm[36].x + lm[45].x)); /* nose to the image's right */
    project(lm, 0, 30, 0, 0, 0, 2000);
    CHECK(lm[30].y < 0.5f * (lm[36].y + lm[54].y)); /* nose up */
    project(lm, 0, 0, 30, 0, 0, 2000);
    CHECK(0.5f * (lm[36].x + lm[45].x) > lm[8].x); /* eyes to the right of the chin */
}

static void a_mirrored_face_has_the_mirrored_pose(void **state)
{
    LW_UNUSED(state);
    static const int twin[][2] = {{30, 30}, {8, 8}, {36, 45}, {45, 36}, {48, 54}, {54, 48}};
    struct lw_point lm[LW_LANDMARKS], mirrored[LW_LANDMARKS] = {{0}};
    struct lw_pose a, b;
    project(lm, 25, -10, 8, 0, 0, 1500);
    for (size_t i = 0; i < LW_COUNT(twin); i++)
        mirrored[twin[i][0]] = (struct lw_point){W - 1 - lm[twin[i][1]].x, lm[twin[i][1]].y};
    CHECK(lw_pose_estimate(&a, lm, W, H) == LW_OK);
    CHECK(lw_pose_estimate(&b, mirrored, W, H) == LW_OK);
    assert_float_equal(a.yaw_deg, -b.yaw_deg, 0.05);
    assert_float_equal(a.pitch_deg, b.pitch_deg, 0.05);
    assert_float_equal(a.roll_deg, -b.roll_deg, 0.05);
}

/* One pixel of noise on a face with 60 px between the eye corners moves the angles a few degrees,
 * never far. */
static void noise_of_a_pixel_costs_a_few_degrees(void **state)
{
    LW_UNUSED(state);
    struct lw_rng rng = lw_rng_seed(7);
    struct lw_point lm[LW_LANDMARKS];
    struct lw_pose pose;
    double sum = 0;
    for (int k = 0; k < 200; k++) {
        double yaw = lw_rng_range(&rng, -40, 40), pitch = lw_rng_range(&rng, -25, 25);
        project(lm, yaw, pitch, 0, 0, 0, 2800);
        for (int i = 0; i < LW_LANDMARKS; i++) {
            lm[i].x += (float)lw_rng_gauss(&rng);
            lm[i].y += (float)lw_rng_gauss(&rng);
        }
        CHECK(lw_pose_estimate(&pose, lm, W, H) == LW_OK);
        double error = fmax(fabs(pose.yaw_deg - yaw), fabs(pose.pitch_deg - pitch));
        CHECK(error < 25);
        sum += error;
    }
    CHECK(sum / 200 < 6);
}

static void landmarks_that_are_no_face_are_refused(void **state)
{
    LW_UNUSED(state);
    struct lw_point lm[LW_LANDMARKS] = {{0}};
    struct lw_pose pose = {1, 2, 3};
    CHECK(lw_pose_estimate(&pose, lm, W, H) == LW_EINVAL); /* all in one place */
    project(lm, 0, 0, 0, 0, 0, 1000);
    CHECK(lw_pose_estimate(&pose, lm, 0, H) == LW_EINVAL);
    lm[8].x = NAN;
    CHECK(lw_pose_estimate(&pose, lm, W, H) == LW_EINVAL);
    lm[8].x = 1e30f;
    CHECK(lw_pose_estimate(&pose, lm, W, H) == LW_EINVAL);
    CHECK(pose.yaw_deg == 1 && pose.pitch_deg == 2 && pose.roll_deg == 3);
}

static void any_six_points_give_finite_angles_or_a_refusal(void **state)
{
    LW_UNUSED(state);
    struct lw_rng rng = lw_rng_seed(8);
    for (int k = 0; k < 3000; k++) {
        struct lw_point lm[LW_LANDMARKS] = {{0}};
        double size = k & 1 ? 50 : 3000;
        for (int i = 0; i < LW_LANDMARKS; i++)
            lm[i] = (struct lw_point){(float)lw_rng_range(&rng, -size, size),
                                      (float)lw_rng_range(&rng, -size, size)};
        struct lw_pose pose;
        int r = lw_pose_estimate(&pose, lm, W, H);
        CHECK(r == LW_EINVAL ||
              (isfinite(pose.yaw_deg) && isfinite(pose.pitch_deg) && isfinite(pose.roll_deg)));
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(known_poses_are_found_again),
    cmocka_unit_test(signs_are_those_of_the_header),
    cmocka_unit_test(a_mirrored_face_has_the_mirrored_pose),
    cmocka_unit_test(noise_of_a_pixel_costs_a_few_degrees),
    cmocka_unit_test(landmarks_that_are_no_face_are_refused),
    cmocka_unit_test(any_six_points_give_finite_angles_or_a_refusal),
};
RUN_TESTS(tests)
