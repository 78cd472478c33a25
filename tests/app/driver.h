/* tests/app/driver.h - video of one driver, as a camera on the dashboard sees it: the head turns,
 * nods, leans and leaves the picture for a moment; light changes by several stops, bars of shadow
 * sweep by, a hand comes before the face, a side window shows the passing world and a faint mirror
 * image of the head. Drawn from a sample photograph; the same seed gives the same video. */
#ifndef LW_TESTS_DRIVER_H
#define LW_TESTS_DRIVER_H

#include "app/run.h"

#include "base/rng.h"
#include "cam/video.h"
#include "face/kit.h"
#include "img/codec.h"
#include "img/geom.h"
#include "sim/head.h"
#include "sim/noise.h"
#include "sim/shapes.h"

struct driver {
    int width, height;
    double fps;
    int frames, crf;
    float face_px;   /* forehead to chin, while the head rests in the middle */
    float hardness;  /* 0 sits still in even light .. 1 as hard as it gets */
    float angle_deg; /* from which the camera looks: 0 from ahead, 40 from the passenger's side */
    uint32_t seed;
    struct lw_rect photo_face; /* whose */
    const char *photo;
};

/* ---- a moment ---- */

struct driver_moment {
    struct lw_sim_head_pose pose;
    struct lw_sim_light light;
    float gain;      /* of the camera, behind the light */
    float hand;      /* 0 none .. 1 in the middle of the face */
    float shadow_at; /* where a bar of shadow lies, shares of the width; outside: none */
    float shake_x, shake_y;
};

/* -1..1, about one swing in `period_s` */
static inline float driver_swing(const struct driver *d, uint32_t what, float t, float period_s)
{
    return 2 * lw_sim_fbm2(d->seed * 31u + what, 2 * t / period_s, 0.5f, 2) - 1;
}

/* 0 most of the time, 1 in the middle of about one moment of `length_s` in `every_s`. */
static inline float driver_event(const struct driver *d, uint32_t what, float t, float every_s,
                                 float length_s)
{
    const float k = floorf(t / every_s);
    const float at = (k + 0.2f + 0.6f * lw_sim_hash(d->seed * 17u + what, (int32_t)k, 0)) * every_s;
    const float far = fabsf(t - at) / (length_s / 2);
    return far < 1.3f ? 1 - lw_smoothf(0.7f, 1.3f, far) : 0;
}

static inline struct driver_moment driver_moment_at(const struct driver *d, float t)
{
    const float k = d->hardness;
    struct driver_moment m = {.pose = {.size = 1}};
    m.pose.yaw_deg =
        k * (18 * driver_swing(d, 1, t, 3) +
             42 * driver_event(d, 2, t, 6, 1.2f) * (driver_swing(d, 3, t, 9) > 0 ? 1.0f : -1.0f));
    m.pose.pitch_deg = k * (10 * driver_swing(d, 4, t, 2) - 22 * driver_event(d, 5, t, 9, 0.9f));
    m.pose.roll_deg = k * 14 * driver_swing(d, 6, t, 4);
    const float out = driver_event(d, 7, t, 14, 1.4f) * (k > 0.7f ? 1.0f : 0.0f);
    m.pose.at = lw_v3(0.09f * k * driver_swing(d, 8, t, 4),
                      k * (0.08f * driver_swing(d, 9, t, 3) + 0.30f * out),
                      k * 0.03f * driver_swing(d, 10, t, 1.5f));
    const float stops =
        k * (1.6f * driver_swing(d, 11, t, 2.5f) - 2.6f * driver_event(d, 12, t, 8, 1.5f));
    const float base = 0.30f * exp2f(stops);
    const float warm = 1 + 0.15f * k * driver_swing(d, 13, t, 5);
    const float turn = 2.2f * driver_swing(d, 14, t, 3.5f);
    const float key = base * k * (0.8f + 2.2f * driver_event(d, 15, t, 5, 1));
    m.light = (struct lw_sim_light){.ambient = {base * warm, base, base / warm},
                                    .key = {key * warm, key, key / warm},
                                    .key_from = lw_v3_unit(lw_v3(0.5f, sinf(turn), 0.5f))};
    m.gain = powf(0.30f / exp2f(0) / base, 0.35f); /* an exposure control that does half of it */
    m.hand = k * driver_event(d, 16, t, 7, 1.0f);
    m.shadow_at = k > 0.3f ? fmodf(t * 0.9f + 0.2f * driver_swing(d, 17, t, 6), 1.6f) - 0.3f : -9;
    m.shake_x = k * 1.5f * driver_swing(d, 18, t, 0.15f);
    m.shake_y = k * 2.5f * driver_swing(d, 19, t, 0.12f);
    return m;
}

/* ---- a frame ---- */

static inline void driver_fill(struct lw_canvas *c, const struct driver *d, float t, float light)
{
    for (int y = 0; y < c->height; y++)
        for (int x = 0; x < c->width; x++) {
            const float u = (float)x / (float)c->width, v = (float)y / (float)c->height;
            const float aspect = (float)c->width / (float)c->height;
            const float roof = 0.10f + 0.05f * lw_sim_noise2(d->seed + 40, 8 * u * aspect, 8 * v);
            float g = light * roof;
            const bool window = v > 0.12f && v < 0.62f && (u < 0.24f || u > 0.80f);
            if (window)
                g = 0.25f + 1.1f * lw_sim_fbm2(d->seed + 41, 9 * u * aspect + 7 * t, 9 * v, 3);
            c->px[y * c->width + x] = (struct lw_rgbf){g, g, window ? 1.1f * g : 0.95f * g};
            c->owner[y * c->width + x] = LW_OWNER_THING;
        }
}

static inline void driver_plate(struct lw_canvas *c, const struct lw_sim_camera *cam,
                                struct lw_vec3 at, float half_w, float half_h, struct lw_rgbf color)
{
    struct lw_shape s = {.n_parts = 0};
    const struct lw_vec3 p[4] = {
        lw_v3_add(at, lw_v3(0, half_w, -half_h)), lw_v3_add(at, lw_v3(0, 0.9f * half_w, half_h)),
        lw_v3_add(at, lw_v3(0, -0.9f * half_w, half_h)), lw_v3_add(at, lw_v3(0, -half_w, -half_h))};
    lw_shape_rounded(&s, p, 4, 0.04f);
    lw_canvas_paint(c, cam, &s, color, 1);
}

static inline void driver_disc(struct lw_canvas *c, const struct lw_sim_camera *cam,
                               struct lw_vec3 at, float a, float b, struct lw_rgbf color)
{
    struct lw_shape s = {.n_parts = 0};
    lw_shape_ellipse(&s, at, lw_v3(0, a, 0), lw_v3(0, 0, b));
    lw_canvas_paint(c, cam, &s, color, 1);
}

/* The mirror image of the picture's middle, faint, on the side window. */
static inline void driver_reflect(struct lw_canvas *c, float share)
{
    for (int y = 0; y < c->height * 6 / 10; y++)
        for (int x = 0; x < c->width * 24 / 100; x++) {
            const int from = c->width * 62 / 100 - 2 * x;
            const struct lw_rgbf s =
                c->px[lw_mini(y + y / 3, c->height - 1) * c->width + lw_maxi(from, 0)];
            struct lw_rgbf *p = &c->px[y * c->width + x];
            *p = (struct lw_rgbf){p->r + share * s.r, p->g + share * s.g, p->b + share * s.b};
        }
}

static inline void driver_shadow(struct lw_canvas *c, float at)
{
    for (int y = 0; y < c->height; y++)
        for (int x = 0; x < c->width; x++) {
            const float u = (float)x / (float)c->width + 0.2f * (float)y / (float)c->height;
            const float far = fabsf(u - at) / 0.09f;
            const float dim = 1 - 0.75f * (1 - lw_smoothf(0.7f, 1.2f, far));
            struct lw_rgbf *p = &c->px[y * c->width + x];
            *p = (struct lw_rgbf){p->r * dim, p->g * dim, p->b * dim};
        }
}

static inline uint8_t driver_digit(float light, float gain, float noise)
{
    const float v =
        lw_clampf(light * gain + 0.012f * gain * noise * sqrtf(lw_maxf(light, 0.02f)), 0, 1);
    return (uint8_t)lroundf(255 * powf(v, 1 / 2.2f));
}

static inline struct lw_image *driver_develop(const struct lw_canvas *c, const struct driver *d,
                                              int frame, float gain)
{
    struct lw_image *im = NULL;
    struct lw_rng rng = lw_rng_seed(((uint64_t)d->seed << 32) + (uint64_t)frame);
    CHECK(lw_image_new(&im, LW_PIX_RGB8, c->width, c->height) == LW_OK);
    for (int y = 0; y < c->height; y++) {
        uint8_t *out = lw_image_row(im, y);
        for (int x = 0; x < c->width; x++, out += 3) {
            const struct lw_rgbf *p = &c->px[y * c->width + x];
            const uint64_t r = lw_rng_u64(&rng);
            out[0] = driver_digit(p->r, gain, (float)(r & 255) / 74 - 1.73f);
            out[1] = driver_digit(p->g, gain, (float)(r >> 8 & 255) / 74 - 1.73f);
            out[2] = driver_digit(p->b, gain, (float)(r >> 16 & 255) / 74 - 1.73f);
        }
    }
    return im;
}

static inline struct lw_image *driver_frame(struct lw_canvas *c, const struct driver *d,
                                            const struct lw_sim_cutout *cut, int frame,
                                            struct lw_sim_seen *seen)
{
    const float t = (float)(frame / d->fps), far = 0.75f;
    const struct driver_moment m = driver_moment_at(d, t);
    const float a = lw_radians(d->angle_deg);
    struct lw_sim_camera cam =
        lw_sim_camera_aim(lw_v3(far * cosf(a), far * sinf(a), -0.05f), lw_v3(0.09f, 0, -0.05f),
                          d->face_px * (far - 0.09f) / LW_SIM_FACE_H, d->width, d->height);
    const struct lw_rgbf dim = lw_rgbf_scale(m.light.ambient, 0.12f);
    driver_fill(c, d, t, m.light.ambient.g);
    driver_plate(c, &cam, lw_v3(-0.30f, 0, 0.02f), 0.13f, 0.14f, dim);
    driver_plate(c, &cam, lw_v3(-0.32f, 0, -0.55f), 0.27f, 0.42f, lw_rgbf_scale(dim, 0.8f));
    driver_plate(c, &cam, lw_v3(-0.9f, -0.75f, 0.02f), 0.13f, 0.14f, dim);
    driver_disc(c, &cam, lw_v3_add(m.pose.at, lw_v3(-0.05f, 0, -0.50f)), 0.23f, 0.35f,
                lw_rgbf_scale(m.light.ambient, 0.3f));
    driver_disc(c, &cam, lw_v3_add(m.pose.at, lw_v3(-0.03f, 0, -0.13f)), 0.055f, 0.10f,
                lw_rgbf_mul(cut->skin, m.light.ambient));
    lw_sim_head_paint(c, &cam, cut, &m.pose, &m.light, 1, seen);
    if (m.hand > 0.05f)
        driver_disc(c, &cam, lw_v3_add(m.pose.at, lw_v3(0.12f, 0.05f, -0.32f + 0.27f * m.hand)),
                    0.05f, 0.085f, lw_rgbf_mul(cut->skin, m.light.ambient));
    driver_reflect(c, 0.25f * d->hardness);
    driver_shadow(c, m.shadow_at);
    CHECK(lw_canvas_smear(c, 1 + m.shake_x, m.shake_y) == LW_OK);
    return driver_develop(c, d, frame, m.gain);
}

/* ---- the video ---- */

static inline struct lw_sim_cutout *driver_cut(const struct driver *d, struct lw_facekit *kit)
{
    char path[512];
    struct lw_image *photo = NULL;
    struct lw_sim_photo p = {0};
    struct lw_sim_cutout *cut = NULL;
    struct lw_face *faces = NULL;
    const struct lw_rect *f = &d->photo_face;
    snprintf(path, sizeof(path), "%s/%s", test_dir("LW_TEST_PHOTOS"), d->photo);
    CHECK(lw_image_load(&photo, path, NULL, NULL) == LW_OK);
    CHECK(lw_image_crop(&p.image, photo, (int)(f->x - 0.8f * f->w), (int)(f->y - 0.6f * f->h),
                        (int)(2.6f * f->w), (int)(2.2f * f->h)) == LW_OK);
    CHECK(lw_facekit_faces(kit, p.image, &faces, NULL) >= 1);
    p.face = faces[0];
    CHECK(lw_sim_cutout_new(&cut, &p, false) == LW_OK);
    free(faces);
    lw_image_unref(&p.image);
    lw_image_unref(&photo);
    return cut;
}

/* Returns in how many frames at least a third of the face is to be seen. */
static inline int driver_write(const struct driver *d, struct lw_facekit *kit, const char *path)
{
    struct lw_sim_cutout *cut = driver_cut(d, kit);
    struct lw_canvas *c = NULL;
    struct lw_video_writer *w = NULL;
    const struct lw_video_writer_opts opts = {
        .width = d->width, .height = d->height, .fps = d->fps, .crf = d->crf};
    int shown = 0;
    CHECK(lw_canvas_new(&c, d->width, d->height) == LW_OK);
    CHECK(lw_video_writer_open(&w, path, &opts, NULL) == LW_OK);
    for (int f = 0; f < d->frames; f++) {
        struct lw_sim_seen seen;
        struct lw_image *im = driver_frame(c, d, cut, f, &seen);
        shown += seen.faces_camera && seen.share_inside > 0.33f;
        CHECK(lw_video_writer_put(w, im, NULL) == LW_OK);
        lw_image_unref(&im);
    }
    CHECK(lw_video_writer_finish(&w, NULL) == LW_OK);
    lw_canvas_free(&c);
    lw_sim_cutout_free(&cut);
    return shown;
}

#endif
