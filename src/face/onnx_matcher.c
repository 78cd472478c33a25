#include "face/onnx_matcher.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "face/align.h"
#include "face/pixels.h"
#include "nn/session.h"

enum { DIM = 512, PLANE = LW_ALIGN_SIDE * LW_ALIGN_SIDE };

struct state {
    struct lw_nn *nn;
    char model_id[64];
};

static int fail(const struct lw_why *why, char *err, size_t err_n)
{
    snprintf(err, err_n, "%s", why->text);
    return why->code;
}

/* Cut the text up to the next newline off *rest. */
static char *next_line(char **rest)
{
    char *line = *rest, *end = strchr(line, '\n');
    *rest = end ? end + 1 : line + strlen(line);
    if (end)
        *end = '\0';
    return line;
}

static int open_network(struct state *s, const char *config, struct lw_why *why)
{
    LW_AUTO_MEM(char) text = strdup(config);
    LW_AUTO_MEM(char) card = NULL;
    if (!text)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    char *rest = text;
    const char *cards = next_line(&rest), *models = next_line(&rest);
    const unsigned long threads = strtoul(rest, NULL, 10);
    struct lw_nn_opts nn = {.threads = threads > 64 ? 65 : (unsigned)threads, .arena = true};
    int r = lw_path_join(cards, "embedding.json", &card, why);
    return r < 0 ? r : lw_nn_open(&s->nn, card, models, NULL, &nn, why);
}

static int check_card(struct state *s, struct lw_why *why)
{
    const struct lw_card *c = lw_nn_card(s->nn);
    const struct lw_tensor_spec *in = &c->io.inputs[0], *out = &c->io.outputs[0];
    if (strcmp(c->role, "embedding") != 0 || in->ndim != 4 || in->dim[0] != 1 || in->dim[1] != 3 ||
        in->dim[2] != LW_ALIGN_SIDE || in->dim[3] != LW_ALIGN_SIDE || c->io.n_outputs != 1 ||
        out->ndim != 2 || out->dim[0] != 1 || out->dim[1] != DIM)
        return lw_why_set(why, LW_EFORMAT, -1,
                          "card \"%s\" is no embedding of [1, 3, %d, %d] to [1, %d]", c->id,
                          LW_ALIGN_SIDE, LW_ALIGN_SIDE, DIM);
    memcpy(s->model_id, c->id, sizeof(s->model_id));
    return LW_OK;
}

static void onnx_close(void *state)
{
    struct state *s = state;
    if (s)
        lw_nn_free(&s->nn);
    free(s);
}

static int onnx_open(void **state, const char *config, char *err, size_t err_n)
{
    struct lw_why why = {0};
    struct state *s = calloc(1, sizeof(*s));
    int r = s ? open_network(s, config, &why) : lw_why_set(&why, LW_ENOMEM, -1, "no memory");
    if (r == LW_OK)
        r = check_card(s, &why);
    if (r < 0) {
        onnx_close(s);
        return fail(&why, err, err_n);
    }
    *state = s;
    return 0;
}

static const char *onnx_model_id(void *state)
{
    return ((struct state *)state)->model_id;
}

static size_t onnx_template_size(void *state)
{
    LW_UNUSED(state);
    return DIM * sizeof(float);
}

/* Scale to length 1. LW_EFORMAT for a vector without direction. */
/* To unit length; *length, when asked for, is what it was. */
static int normalise(float v[DIM], float *length)
{
    double sum = 0;
    for (int i = 0; i < DIM; i++)
        sum += (double)v[i] * (double)v[i];
    if (!(sum > 0) || !isfinite(sum))
        return LW_EFORMAT;
    const float scale = (float)(1 / sqrt(sum));
    if (length)
        *length = (float)sqrt(sum);
    for (int i = 0; i < DIM; i++)
        v[i] *= scale;
    return LW_OK;
}

static int embed(struct state *s, const struct lw_image *chip, float out[DIM], float *length,
                 struct lw_why *why)
{
    LW_AUTO_MEM(float) planes = malloc(3 * PLANE * sizeof(float));
    if (!planes)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    lw_pixels_fill(planes, LW_ALIGN_SIDE, LW_ALIGN_SIDE, chip, 0, lw_nn_card(s->nn));
    struct lw_tensor in = {.ndim = 4, .dim = {1, 3, LW_ALIGN_SIDE, LW_ALIGN_SIDE}, .data = planes};
    struct lw_tensor result = {.ndim = 2, .dim = {1, DIM}, .data = out};
    int r = lw_nn_run_into(s->nn, &in, &result, 1, why);
    lw_wipe(planes, 3 * PLANE * sizeof(float));
    if (r == LW_OK && (r = normalise(out, length)) < 0)
        return lw_why_set(why, r, -1, "the embedding has no direction");
    return r;
}

/* Of a clear face this network's vector is long, of a blurred, dark or hidden one short, as with
 * other embeddings trained on a margin (Meng and others, MagFace, 2021). Lengths of faces behind
 * glass lie between about 1.5 and 4.5. */
static float rating_of(float length)
{
    return 100.0f * lw_clampf((length - 1.5f) / 3.0f, 0.0f, 1.0f);
}

static int onnx_extract_rated(void *state, const struct lw_matcher_image *image,
                              const struct lw_matcher_face *face, void *tmpl, float *quality,
                              char *err, size_t err_n)
{
    struct lw_why why = {0};
    /* A view of the caller's pixels; read only, so the const can be dropped. */
    struct lw_image view = {.fmt = LW_PIX_RGB8,
                            .width = image->width,
                            .height = image->height,
                            .stride = image->stride,
                            .data = (uint8_t *)(uintptr_t)image->rgb};
    struct lw_point five[LW_ALIGN_POINTS];
    LW_AUTO(lw_image) chip = NULL;
    for (int i = 0; i < LW_ALIGN_POINTS; i++)
        five[i] = (struct lw_point){face->points[i][0], face->points[i][1]};
    float length = 0;
    int r = lw_align_face(&chip, &view, five);
    if (r < 0)
        lw_why_set(&why, r, -1, "the face cannot be aligned: %s", lw_err_name(r));
    else
        r = embed(state, chip, tmpl, &length, &why);
    *quality = rating_of(length);
    return r < 0 ? fail(&why, err, err_n) : 0;
}

static int onnx_extract(void *state, const struct lw_matcher_image *image,
                        const struct lw_matcher_face *face, void *tmpl, char *err, size_t err_n)
{
    float quality;
    return onnx_extract_rated(state, image, face, tmpl, &quality, err, err_n);
}

static int onnx_compare(void *state, const void *a, const void *b, float *score)
{
    LW_UNUSED(state);
    const float *p = a, *q = b;
    float sum[8] = {0}; /* eight sums side by side: the compiler keeps them in vector registers */
    for (int i = 0; i < DIM; i += 8)
        for (int k = 0; k < 8; k++)
            sum[k] += p[i + k] * q[i + k];
    *score = ((sum[0] + sum[4]) + (sum[1] + sum[5])) + ((sum[2] + sum[6]) + (sum[3] + sum[7]));
    return 0;
}

static int onnx_fuse(void *state, const void *const *tmpls, const float *weights, size_t n,
                     void *out)
{
    LW_UNUSED(state);
    float *v = out;
    memset(v, 0, DIM * sizeof(float));
    for (size_t k = 0; k < n; k++) {
        const float *t = tmpls[k];
        for (int i = 0; i < DIM; i++)
            v[i] += weights[k] * t[i];
    }
    return normalise(v, NULL);
}

static int give_rows(struct lw_matcher_calibration *rows, size_t max,
                     const struct lw_calibration_point *points, size_t n)
{
    n = n < max ? n : max;
    for (size_t i = 0; i < n; i++)
        rows[i] =
            (struct lw_matcher_calibration){.fmr = points[i].fmr, .threshold = points[i].threshold};
    return (int)n;
}

static int onnx_calibration(void *state, struct lw_matcher_calibration *rows, size_t max)
{
    const struct lw_card *c = lw_nn_card(((struct state *)state)->nn);
    return give_rows(rows, max, c->calibration, c->n_calibration);
}

static int onnx_calibration_fused(void *state, struct lw_matcher_calibration *rows, size_t max)
{
    const struct lw_card *c = lw_nn_card(((struct state *)state)->nn);
    return give_rows(rows, max, c->calibration_fused, c->n_calibration_fused);
}

static uint32_t onnx_unit_vector_dim(void *state)
{
    LW_UNUSED(state);
    return DIM;
}

static const struct lw_matcher_api api = {
    .abi = LW_MATCHER_ABI,
    .struct_size = sizeof(struct lw_matcher_api),
    .name = "lanewise-onnx",
    .version = LW_VERSION,
    .open = onnx_open,
    .close = onnx_close,
    .model_id = onnx_model_id,
    .template_size = onnx_template_size,
    .extract = onnx_extract,
    .compare = onnx_compare,
    .fuse = onnx_fuse,
    .calibration = onnx_calibration,
    .unit_vector_dim = onnx_unit_vector_dim,
    .extract_rated = onnx_extract_rated,
    .calibration_fused = onnx_calibration_fused,
};

const struct lw_matcher_api *lw_onnx_matcher_entry(uint32_t abi)
{
    return abi == LW_MATCHER_ABI ? &api : NULL;
}
