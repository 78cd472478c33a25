/* A matcher of an agency's own, as small as it can be: a template is the mean colour of the face's
 * box, the score 1 minus the distance of two of them. Its config says how it misbehaves. */
#include <lanewise/matcher.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef FAKE_ABI
#define FAKE_ABI LW_MATCHER_ABI
#endif

struct fake {
    char config[32];
};

static int is(const struct fake *f, const char *config)
{
    return strcmp(f->config, config) == 0;
}

static int fake_open(void **state, const char *config, char *err, size_t err_n)
{
    struct fake *f = calloc(1, sizeof(*f));
    if (!f)
        return -1;
    snprintf(f->config, sizeof(f->config), "%s", config);
    if (is(f, "refuse")) {
        snprintf(err, err_n, "no licence\nfor this host");
        free(f);
        return -1;
    }
    *state = f;
    return 0;
}

static void fake_close(void *state)
{
    free(state);
}

static const char *fake_model_id(void *state)
{
    return is(state, "bad-id") ? "mean colour" : "fake-colour-1";
}

static size_t fake_template_size(void *state)
{
    return is(state, "huge") ? LW_MATCHER_TEMPLATE_MAX + 1 : 3 * sizeof(float);
}

static int fake_extract(void *state, const struct lw_matcher_image *image,
                        const struct lw_matcher_face *face, void *tmpl, char *err, size_t err_n)
{
    float sum[3] = {0}, n = 0;
    if (is(state, "blind")) {
        snprintf(err, err_n, "no face in sight");
        return -1;
    }
    for (int y = 0; y < image->height; y++)
        for (int x = 0; x < image->width; x++) {
            float u = (float)x - face->box[0], v = (float)y - face->box[1];
            if (u < 0 || v < 0 || u >= face->box[2] || v >= face->box[3])
                continue;
            for (int c = 0; c < 3; c++)
                sum[c] += (float)image->rgb[(size_t)y * image->stride + (size_t)(3 * x + c)];
            n++;
        }
    for (int c = 0; c < 3; c++)
        sum[c] = n > 0 ? sum[c] / (255 * n) : 0;
    memcpy(tmpl, sum, sizeof(sum));
    return 0;
}

static int fake_compare(void *state, const void *a, const void *b, float *score)
{
    float p[3], q[3], d = 0;
    memcpy(p, a, sizeof(p));
    memcpy(q, b, sizeof(q));
    for (int c = 0; c < 3; c++)
        d += (p[c] - q[c]) * (p[c] - q[c]);
    *score = is(state, "nan") ? (float)NAN : 1 - sqrtf(d);
    return 0;
}

static int fake_calibration(void *state, struct lw_matcher_calibration *rows, size_t max)
{
    static const struct lw_matcher_calibration good[] = {{0.1, 0.8f}, {0.001, 0.95f}};
    static const struct lw_matcher_calibration rising[] = {{0.001, 0.8f}, {0.1, 0.95f}};
    if (is(state, "uncalibrated") || max < 2)
        return 0;
    memcpy(rows, is(state, "rising") ? rising : good, sizeof(good));
    return 2;
}

static uint32_t fake_unit_vector_dim(void *state)
{
    return is(state, "odd-dim") ? 4 : 0;
}

static const struct lw_matcher_api api = {
    .abi = FAKE_ABI,
    .struct_size = sizeof(struct lw_matcher_api),
    .name = "fake",
    .version = "1",
    .open = fake_open,
    .close = fake_close,
    .model_id = fake_model_id,
    .template_size = fake_template_size,
    .extract = fake_extract,
    .compare = fake_compare,
    .calibration = fake_calibration,
    .unit_vector_dim = fake_unit_vector_dim,
};

const struct lw_matcher_api *lw_matcher_entry(uint32_t abi);

const struct lw_matcher_api *lw_matcher_entry(uint32_t abi)
{
    (void)abi; /* one that does not listen: the version in the table must still be checked */
    return &api;
}
