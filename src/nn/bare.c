/* What a plain program would do with the runtime: default options but one thread, tensors made
 * once, then Run. Benchmarks measure our path beside it. */
#include <stdlib.h>

#include "nn/runtime.h"
#include "nn/session.h"

struct lw_nn_bare {
    struct lw_card card;
    bool acquired;
    OrtSession *session;
    OrtMemoryInfo *memory;
    OrtValue *in, *outs[LW_CARD_TENSORS];
    float *data[1 + LW_CARD_TENSORS]; /* input, outputs */
    size_t input_count;
    const char *input_names[1], *output_names[LW_CARD_TENSORS];
};

static int make_tensor(struct lw_nn_bare *b, const struct lw_tensor_spec *spec, float **data,
                       OrtValue **value, struct lw_why *why)
{
    struct lw_tensor t = {.ndim = spec->ndim};
    for (int i = 0; i < spec->ndim; i++) {
        t.dim[i] = spec->dim[i];
        if (t.dim[i] < 1)
            return lw_why_set(why, LW_EUNSUP, -1, "\"%s\" has no fixed shape", spec->name);
    }
    size_t count = lw_tensor_count(&t);
    *data = calloc(count, sizeof(float));
    if (!*data)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    return lw_ort_check(lw_ort()->CreateTensorWithDataAsOrtValue(
                            b->memory, *data, count * sizeof(float), t.dim, (size_t)t.ndim,
                            ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, value),
                        spec->name, why);
}

static int make_tensors(struct lw_nn_bare *b, struct lw_why *why)
{
    const struct lw_card_io *io = &b->card.io;
    if (io->n_inputs != 1)
        return lw_why_set(why, LW_EUNSUP, -1, "\"%s\" has several inputs", b->card.id);
    int r = make_tensor(b, &io->inputs[0], &b->data[0], &b->in, why);
    b->input_names[0] = io->inputs[0].name;
    for (size_t i = 0; r == LW_OK && i < io->n_outputs; i++) {
        b->output_names[i] = io->outputs[i].name;
        r = make_tensor(b, &io->outputs[i], &b->data[1 + i], &b->outs[i], why);
    }
    if (r < 0)
        return r;
    b->input_count = 1;
    for (int i = 0; i < io->inputs[0].ndim; i++)
        b->input_count *= (size_t)io->inputs[0].dim[i];
    return LW_OK;
}

static int make_session(struct lw_nn_bare *b, struct lw_span model, struct lw_why *why)
{
    const OrtApi *ort = lw_ort();
    OrtEnv *env;
    OrtSessionOptions *o = NULL;
    int r = lw_ort_acquire(&env, why);
    if (r < 0)
        return r;
    b->acquired = true;
    OrtStatus *s = ort->CreateSessionOptions(&o);
    if (!s)
        s = ort->SetIntraOpNumThreads(o, 1);
    if (!s)
        s = ort->CreateSessionFromArray(env, model.data, model.n, o, &b->session);
    if (!s)
        s = ort->CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &b->memory);
    if (o)
        ort->ReleaseSessionOptions(o);
    return lw_ort_check(s, b->card.file, why);
}

int lw_nn_bare_open(struct lw_nn_bare **out, const char *card_path, const char *models_dir,
                    struct lw_why *why)
{
    LW_AUTO_MEM(uint8_t) file = NULL;
    size_t n;
    LW_AUTO(lw_nn_bare) b = calloc(1, sizeof(*b));
    if (!b)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    int r = lw_card_load(&b->card, card_path, why);
    if (r < 0 || (r = lw_nn_read_checked(&b->card, models_dir, &file, &n, why)) < 0 ||
        (r = make_session(b, (struct lw_span){.data = file, .n = n}, why)) < 0 ||
        (r = make_tensors(b, why)) < 0)
        return r;
    *out = b;
    b = NULL;
    return LW_OK;
}

void lw_nn_bare_free(struct lw_nn_bare **bare)
{
    struct lw_nn_bare *b = *bare;
    if (!b)
        return;
    if (b->in)
        lw_ort()->ReleaseValue(b->in);
    for (size_t i = 0; i < LW_CARD_TENSORS; i++)
        if (b->outs[i])
            lw_ort()->ReleaseValue(b->outs[i]);
    for (size_t i = 0; i < LW_COUNT(b->data); i++)
        free(b->data[i]);
    if (b->memory)
        lw_ort()->ReleaseMemoryInfo(b->memory);
    if (b->session)
        lw_ort()->ReleaseSession(b->session);
    if (b->acquired)
        lw_ort_release();
    free(b);
    *bare = NULL;
}

float *lw_nn_bare_input(struct lw_nn_bare *b, size_t *count)
{
    *count = b->input_count;
    return b->data[0];
}

int lw_nn_bare_run(struct lw_nn_bare *b, struct lw_why *why)
{
    return lw_ort_check(lw_ort()->Run(b->session, NULL, b->input_names,
                                      (const OrtValue *const *)&b->in, 1, b->output_names,
                                      b->card.io.n_outputs, b->outs),
                        b->card.id, why);
}
