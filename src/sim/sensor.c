#include "sim/sensor.h"

#include <stdlib.h>

#include "img/draw.h"

enum { NOISE = 1 << 16, CURVE = 4096 };

struct lw_sim_sensor {
    float gain, gain_max, error; /* factor; its largest; factor by which it meters wrongly */
    float defocus_px;
    float bracket; /* stops */
    int frame;     /* the next one */
    bool mono, started;
    struct lw_rng rng;
    float noise[NOISE];   /* normal, sd 1 */
    uint8_t curve[CURVE]; /* sRGB with a shoulder, for light 0..CURVE_TOP */
};
static const float CURVE_TOP = 1.6f;

/* Straight up to 0.7, then bending so that CURVE_TOP is white. */
static float shoulder(float x)
{
    if (x < 0.7f)
        return x;
    const float k = (x - 0.7f) / (CURVE_TOP - 0.7f);
    return 0.7f + 0.3f * (1.0f - (1.0f - k) * (1.0f - k) * (1.0f - k));
}

static uint8_t encode(float linear)
{
    const float x = lw_clampf(shoulder(linear), 0, 1);
    const float v = x <= 0.0031308f ? 12.92f * x : 1.055f * powf(x, 1.0f / 2.4f) - 0.055f;
    return (uint8_t)lroundf(255.0f * v);
}

int lw_sim_sensor_new(struct lw_sim_sensor **out, const struct lw_sim_scene *s,
                      const struct lw_sim_view *view)
{
    struct lw_sim_sensor *k = calloc(1, sizeof(*k));
    if (!k)
        return LW_ENOMEM;
    k->gain_max = s->infrared ? 5.0f : s->condition->gain_max;
    k->error = exp2f(view->exposure_error);
    k->defocus_px = view->defocus_px;
    k->bracket = s->bracket;
    k->mono = s->infrared;
    k->rng = lw_rng_seed(view->noise_seed);
    for (int i = 0; i < NOISE; i++)
        k->noise[i] = (float)lw_rng_gauss(&k->rng);
    for (int i = 0; i < CURVE; i++)
        k->curve[i] = encode(CURVE_TOP * ((float)i + 0.5f) / CURVE);
    *out = k;
    return LW_OK;
}

void lw_sim_sensor_free(struct lw_sim_sensor **s)
{
    free(*s);
    *s = NULL;
}

/* Mean of the middle of the picture, bright parts clipped, as a meter with a window would. */
static float meter(const struct lw_canvas *c)
{
    double sum = 0;
    int n = 0;
    for (int y = c->height / 5; y < c->height * 4 / 5; y += 4)
        for (int x = c->width / 5; x < c->width * 4 / 5; x += 4) {
            const struct lw_rgbf *p = &c->px[(size_t)y * (size_t)c->width + (size_t)x];
            sum += (double)lw_minf(0.3f * p->r + 0.6f * p->g + 0.1f * p->b, 1.5f);
            n++;
        }
    return (float)(sum / n);
}

static void expose(struct lw_sim_sensor *s, const struct lw_canvas *c)
{
    const float want = lw_clampf(0.20f / lw_maxf(meter(c), 1e-5f) * s->error, 0.25f, s->gain_max);
    s->gain = s->started ? s->gain * powf(want / s->gain, 0.35f) : want;
    s->started = true;
}

static uint8_t digit(const struct lw_sim_sensor *s, float light, float noise)
{
    /* Shot noise grows with the signal, read noise with the gain. */
    const float x = light * s->gain, read = 0.0010f * s->gain;
    const float sd = sqrtf(2.0e-4f * s->gain * x + read * read);
    const int i = (int)((x + sd * noise) * ((float)CURVE / CURVE_TOP));
    return s->curve[lw_maxi(0, lw_mini(i, CURVE - 1))];
}

static void read_row(struct lw_sim_sensor *s, const struct lw_canvas *c, int y, uint8_t *out)
{
    const struct lw_rgbf *p = c->px + (size_t)y * (size_t)c->width;
    uint32_t k = (uint32_t)lw_rng_u64(&s->rng);
    for (int x = 0; x < c->width; x++, out += 3, k += 3) {
        if (s->mono) {
            out[0] = out[1] = out[2] = digit(s, p[x].g, s->noise[k % NOISE]);
            continue;
        }
        out[0] = digit(s, p[x].r, s->noise[k % NOISE]);
        out[1] = digit(s, p[x].g, s->noise[(k + 1) % NOISE]);
        out[2] = digit(s, p[x].b, s->noise[(k + 2) % NOISE]);
    }
}

static void stamp(struct lw_image *im)
{
    const int scale = lw_maxi(1, im->width / 480);
    lw_draw_text(im, 4 * scale, im->height - 11 * scale, scale, "SYNTHETIC",
                 (struct lw_color){255, 255, 255}, (struct lw_color){0, 0, 0});
}

/* How much longer than metered the shutter is open: as metered, shorter, longer, in turn. */
static float next_exposure(struct lw_sim_sensor *s)
{
    static const float turn[] = {0, -1, 1};
    return exp2f(s->bracket * turn[s->frame++ % 3]);
}

static void expose_longer(struct lw_canvas *c, float times)
{
    for (size_t i = 0; i < (size_t)c->width * (size_t)c->height; i++)
        c->px[i] = lw_rgbf_scale(c->px[i], times);
}

int lw_sim_sensor_take(struct lw_sim_sensor *s, struct lw_canvas *light, float dx, float dy,
                       struct lw_image **out)
{
    LW_AUTO(lw_image) im = NULL;
    const float times = next_exposure(s);
    int r = lw_canvas_smear(light, dx * times, dy * times);
    if (r < 0 || (r = lw_canvas_blur(light, s->defocus_px)) < 0 ||
        (r = lw_image_new(&im, LW_PIX_RGB8, light->width, light->height)) < 0)
        return r;
    expose(s, light);
    if (s->bracket > 0)
        expose_longer(light, times);
    for (int y = 0; y < light->height; y++)
        read_row(s, light, y, lw_image_row(im, y));
    stamp(im);
    *out = im;
    im = NULL;
    return LW_OK;
}
