#include "nn/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

#include "base/file.h"
#include "base/strbuf.h"
#include "crypt/digest.h"
#include "nn/cut.h"
#include "nn/runtime.h"

enum { NETWORK_MIB_MAX = 512 };

struct lw_nn {
    struct lw_card card;
    const struct lw_card_io *io; /* the card's, or that of the part which was cut out */
    OrtSession *session;
    OrtMemoryInfo *memory;
    bool acquired;
    const char *input_names[LW_CARD_TENSORS], *output_names[LW_CARD_TENSORS];
};

struct lw_nn_result {
    size_t n;
    OrtValue *values[LW_CARD_TENSORS];
    struct lw_tensor tensors[LW_CARD_TENSORS];
};

const char *lw_nn_runtime_version(void)
{
    return OrtGetApiBase()->GetVersionString();
}

const struct lw_card *lw_nn_card(const struct lw_nn *nn)
{
    return &nn->card;
}

size_t lw_tensor_count(const struct lw_tensor *t)
{
    size_t n = 1;
    for (int i = 0; i < t->ndim; i++)
        n *= (size_t)t->dim[i];
    return n;
}

int lw_nn_read_checked(const struct lw_card *card, const char *models_dir, uint8_t **bytes,
                       size_t *n, struct lw_why *why)
{
    LW_AUTO_MEM(char) path = NULL;
    LW_AUTO_MEM(uint8_t) data = NULL;
    char sha[LW_SHA256_HEX];
    int r = lw_path_join(models_dir, card->file, &path, why);
    if (r < 0)
        return r;
    if ((r = lw_file_read(path, NETWORK_MIB_MAX * LW_MIB, &data, n, why)) < 0) {
        lw_why_prefix(why, "%s", path);
        return r;
    }
    if ((r = lw_sha256_hex(sha, (struct lw_span){.data = data, .n = *n})) < 0)
        return lw_why_set(why, r, -1, "%s: sha256 cannot be computed", path);
    if (strcmp(sha, card->sha256) != 0)
        return lw_why_set(why, LW_EFORMAT, -1,
                          "%s: sha256 is %.12s..., the card \"%s\" says %.12s...", path, sha,
                          card->id, card->sha256);
    *bytes = data;
    data = NULL;
    return LW_OK;
}

static int set_options(OrtSessionOptions *o, const struct lw_nn_opts *opts, struct lw_why *why)
{
    const OrtApi *ort = lw_ort();
    OrtStatus *s = ort->SetIntraOpNumThreads(o, (int)opts->threads);
    if (!s)
        s = ort->SetInterOpNumThreads(o, 1);
    if (!s)
        s = ort->SetSessionGraphOptimizationLevel(o, ORT_ENABLE_ALL);
    /* Idle helper threads sleep: the cores belong to the other workers. */
    if (!s)
        s = ort->AddSessionConfigEntry(o, "session.intra_op.allow_spinning", "0");
    if (!s && opts->threads > 1) /* of its own threads; the caller's is set for each run */
        s = ort->AddSessionConfigEntry(o, "session.set_denormal_as_zero", "1");
    if (!s && !opts->arena)
        s = ort->DisableCpuMemArena(o);
    if (!s && !opts->arena)
        s = ort->DisableMemPattern(o);
    return lw_ort_check(s, "session options", why);
}

static int create_session(struct lw_nn *nn, struct lw_span model, const struct lw_nn_opts *opts,
                          struct lw_why *why)
{
    const OrtApi *ort = lw_ort();
    OrtEnv *env;
    OrtSessionOptions *o = NULL;
    int r = lw_ort_acquire(&env, why);
    if (r < 0)
        return r;
    nn->acquired = true;
    if ((r = lw_ort_check(ort->CreateSessionOptions(&o), "session options", why)) < 0)
        return r;
    if ((r = set_options(o, opts, why)) == LW_OK)
        r = lw_ort_check(ort->CreateSessionFromArray(env, model.data, model.n, o, &nn->session),
                         nn->card.file, why);
    ort->ReleaseSessionOptions(o);
    if (r < 0)
        return r;
    return lw_ort_check(ort->CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &nn->memory),
                        "memory", why);
}

/* "[1, 3, -1, -1]" */
static const char *shape_text(char out[96], const int64_t *dim, size_t n)
{
    size_t at = 0;
    for (size_t i = 0; i < n && at < 80; i++)
        at += (size_t)snprintf(out + at, 96 - at, "%s%lld", i ? ", " : "", (long long)dim[i]);
    out[at] = '\0';
    return out;
}

static int compare_shape(const struct lw_tensor_spec *spec, const OrtTensorTypeAndShapeInfo *info,
                         struct lw_why *why)
{
    const OrtApi *ort = lw_ort();
    int64_t dim[8] = {0};
    size_t n = 0;
    ONNXTensorElementDataType type = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
    OrtStatus *s = ort->GetDimensionsCount(info, &n);
    if (!s && n <= LW_COUNT(dim))
        s = ort->GetDimensions(info, dim, n);
    if (!s)
        s = ort->GetTensorElementType(info, &type);
    int r = lw_ort_check(s, "shape", why);
    if (r < 0)
        return r;
    if (type != ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT)
        return lw_why_set(why, LW_EFORMAT, -1, "\"%s\" is no tensor of 32-bit floats", spec->name);
    if (n != (size_t)spec->ndim || memcmp(dim, spec->dim, n * sizeof(dim[0])) != 0) {
        char a[96], b[96];
        return lw_why_set(why, LW_EFORMAT, -1, "\"%s\" has shape [%s], the card says [%s]",
                          spec->name, shape_text(a, dim, n > 8 ? 8 : n),
                          shape_text(b, spec->dim, (size_t)spec->ndim));
    }
    return LW_OK;
}

static int check_name(const OrtSession *session, bool is_input, size_t i, const char *wanted,
                      struct lw_why *why)
{
    const OrtApi *ort = lw_ort();
    OrtAllocator *alloc = NULL;
    char *name = NULL;
    OrtStatus *s = ort->GetAllocatorWithDefaultOptions(&alloc);
    if (!s)
        s = is_input ? ort->SessionGetInputName(session, i, alloc, &name)
                     : ort->SessionGetOutputName(session, i, alloc, &name);
    int r = lw_ort_check(s, "tensor name", why);
    if (r == LW_OK && strcmp(name, wanted) != 0)
        r = lw_why_set(why, LW_EFORMAT, -1, "%s %zu is called \"%s\", the card says \"%s\"",
                       is_input ? "input" : "output", i, name, wanted);
    OrtStatus *freed = name ? ort->AllocatorFree(alloc, name) : NULL;
    if (freed)
        ort->ReleaseStatus(freed);
    return r;
}

static int check_tensor(const OrtSession *session, bool is_input, size_t i,
                        const struct lw_tensor_spec *spec, struct lw_why *why)
{
    const OrtApi *ort = lw_ort();
    OrtTypeInfo *type = NULL;
    const OrtTensorTypeAndShapeInfo *info = NULL;
    int r = check_name(session, is_input, i, spec->name, why);
    if (r < 0)
        return r;
    OrtStatus *s = is_input ? ort->SessionGetInputTypeInfo(session, i, &type)
                            : ort->SessionGetOutputTypeInfo(session, i, &type);
    if (!s)
        s = ort->CastTypeInfoToTensorInfo(type, &info);
    r = lw_ort_check(s, "tensor type", why);
    if (r == LW_OK)
        r = info ? compare_shape(spec, info, why)
                 : lw_why_set(why, LW_EFORMAT, -1, "\"%s\" is no tensor", spec->name);
    if (type)
        ort->ReleaseTypeInfo(type);
    return r;
}

/* The graph has exactly the tensors of the card, in the card's order. */
static int check_tensors(struct lw_nn *nn, struct lw_why *why)
{
    const OrtApi *ort = lw_ort();
    size_t inputs = 0, outputs = 0;
    OrtStatus *s = ort->SessionGetInputCount(nn->session, &inputs);
    if (!s)
        s = ort->SessionGetOutputCount(nn->session, &outputs);
    int r = lw_ort_check(s, "tensor count", why);
    if (r == LW_OK && (inputs != nn->io->n_inputs || outputs != nn->io->n_outputs))
        return lw_why_set(why, LW_EFORMAT, -1,
                          "it has %zu inputs and %zu outputs, the card says %zu and %zu", inputs,
                          outputs, nn->io->n_inputs, nn->io->n_outputs);
    for (size_t i = 0; r == LW_OK && i < inputs; i++)
        r = check_tensor(nn->session, true, i, &nn->io->inputs[i], why);
    for (size_t i = 0; r == LW_OK && i < outputs; i++)
        r = check_tensor(nn->session, false, i, &nn->io->outputs[i], why);
    return r;
}

static const struct lw_card_part *find_part(const struct lw_card *card, const char *name)
{
    for (size_t i = 0; i < card->n_parts; i++)
        if (strcmp(card->parts[i].name, name) == 0)
            return &card->parts[i];
    return NULL;
}

static int load(struct lw_nn *nn, const char *models_dir, const char *part_name,
                const struct lw_nn_opts *opts, struct lw_why *why)
{
    LW_AUTO_MEM(uint8_t) file = NULL;
    LW_AUTO_STRBUF cut = LW_STRBUF_INIT;
    size_t n;
    int r = lw_nn_read_checked(&nn->card, models_dir, &file, &n, why);
    if (r < 0)
        return r;
    struct lw_span model = {.data = file, .n = n};
    nn->io = &nn->card.io;
    if (part_name) {
        const struct lw_card_part *part = find_part(&nn->card, part_name);
        if (!part)
            return lw_why_set(why, LW_ENOTFOUND, -1, "card \"%s\" has no part \"%s\"", nn->card.id,
                              part_name);
        if ((r = lw_nn_cut(&cut, model, part, why)) < 0) {
            lw_why_prefix(why, "%s", nn->card.file);
            return r;
        }
        model = lw_strbuf_span(&cut);
        nn->io = &part->io;
    }
    if ((r = create_session(nn, model, opts, why)) < 0)
        return r;
    if ((r = check_tensors(nn, why)) < 0)
        lw_why_prefix(why, "%s", nn->card.file);
    return r;
}

static void name_tensors(struct lw_nn *nn)
{
    for (size_t i = 0; i < nn->io->n_inputs; i++)
        nn->input_names[i] = nn->io->inputs[i].name;
    for (size_t i = 0; i < nn->io->n_outputs; i++)
        nn->output_names[i] = nn->io->outputs[i].name;
}

int lw_nn_open(struct lw_nn **out, const char *card_path, const char *models_dir, const char *part,
               const struct lw_nn_opts *opts, struct lw_why *why)
{
    const struct lw_nn_opts defaults = LW_NN_DEFAULTS;
    if (!opts)
        opts = &defaults;
    if (opts->threads < 1 || opts->threads > 64)
        return lw_why_set(why, LW_EINVAL, -1, "network threads must be 1 to 64, not %u",
                          opts->threads);
    LW_AUTO(lw_nn) nn = calloc(1, sizeof(*nn));
    if (!nn)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    int r = lw_card_load(&nn->card, card_path, why);
    if (r < 0 || (r = load(nn, models_dir, part, opts, why)) < 0)
        return r;
    name_tensors(nn);
    *out = nn;
    nn = NULL;
    return LW_OK;
}

void lw_nn_free(struct lw_nn **nn)
{
    if (!*nn)
        return;
    if ((*nn)->memory)
        lw_ort()->ReleaseMemoryInfo((*nn)->memory);
    if ((*nn)->session)
        lw_ort()->ReleaseSession((*nn)->session);
    if ((*nn)->acquired)
        lw_ort_release();
    free(*nn);
    *nn = NULL;
}

/* A tensor over the caller's memory; nothing is copied. */
static OrtStatus *wrap(const struct lw_nn *nn, const struct lw_tensor *t, OrtValue **value)
{
    return lw_ort()->CreateTensorWithDataAsOrtValue(
        nn->memory, t->data, lw_tensor_count(t) * sizeof(float), t->dim, (size_t)t->ndim,
        ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, value);
}

static void release(OrtValue **values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (values[i])
            lw_ort()->ReleaseValue(values[i]);
}

/* Weights and activations below 1.2e-38 count as zero while a network runs: no answer shows the
 * difference, and some processors take many times as long over such subnormal numbers. The
 * caller's thread gets its own mode back. */
#if defined(__x86_64__)
typedef unsigned float_mode;
static float_mode begin_flushing(void)
{
    const float_mode before = _mm_getcsr();
    _mm_setcsr(before | 0x8040u); /* FTZ and DAZ: Intel's manual, volume 1, 10.2.3 */
    return before;
}
static void end_flushing(float_mode before)
{
    _mm_setcsr((_mm_getcsr() & ~0x8040u) | (before & 0x8040u));
}
#else
typedef int float_mode;
static float_mode begin_flushing(void)
{
    return 0;
}
static void end_flushing(float_mode before)
{
    LW_UNUSED(before);
}
#endif

static OrtStatus *run(struct lw_nn *nn, const OrtValue *in, OrtValue **outs, size_t n_outputs)
{
    const float_mode before = begin_flushing();
    OrtStatus *s = lw_ort()->Run(nn->session, NULL, nn->input_names, &in, 1, nn->output_names,
                                 n_outputs, outs);
    end_flushing(before);
    return s;
}

int lw_nn_run_into(struct lw_nn *nn, const struct lw_tensor *input, struct lw_tensor *outputs,
                   size_t n_outputs, struct lw_why *why)
{
    OrtValue *in = NULL, *outs[LW_CARD_TENSORS] = {NULL};
    if (nn->io->n_inputs != 1 || n_outputs != nn->io->n_outputs)
        return lw_why_set(why, LW_EINVAL, -1, "\"%s\": wrong number of tensors", nn->card.id);
    OrtStatus *s = wrap(nn, input, &in);
    for (size_t i = 0; !s && i < n_outputs; i++)
        s = wrap(nn, &outputs[i], &outs[i]);
    if (!s)
        s = run(nn, in, outs, n_outputs);
    release(&in, 1);
    release(outs, n_outputs);
    return lw_ort_check(s, nn->card.id, why);
}

static OrtStatus *peek_value(OrtValue *value, struct lw_tensor *t)
{
    const OrtApi *ort = lw_ort();
    OrtTensorTypeAndShapeInfo *info = NULL;
    size_t n = 0;
    OrtStatus *s = ort->GetTensorTypeAndShape(value, &info);
    if (!s)
        s = ort->GetDimensionsCount(info, &n);
    if (!s && n <= LW_CARD_DIMS)
        s = ort->GetDimensions(info, t->dim, n);
    t->ndim = (int)n;
    if (!s)
        s = ort->GetTensorMutableData(value, (void **)&t->data);
    if (info)
        ort->ReleaseTensorTypeAndShapeInfo(info);
    return s;
}

int lw_nn_run(struct lw_nn *nn, const struct lw_tensor *input, struct lw_nn_result **out,
              struct lw_why *why)
{
    if (nn->io->n_inputs != 1)
        return lw_why_set(why, LW_EINVAL, -1, "\"%s\": wrong number of tensors", nn->card.id);
    LW_AUTO(lw_nn_result) res = calloc(1, sizeof(*res));
    OrtValue *in = NULL;
    if (!res)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    res->n = nn->io->n_outputs;
    OrtStatus *s = wrap(nn, input, &in);
    if (!s)
        s = run(nn, in, res->values, res->n);
    for (size_t i = 0; !s && i < res->n; i++)
        s = peek_value(res->values[i], &res->tensors[i]);
    release(&in, 1);
    int r = lw_ort_check(s, nn->card.id, why);
    if (r < 0)
        return r;
    *out = res;
    res = NULL;
    return LW_OK;
}

void lw_nn_result_free(struct lw_nn_result **r)
{
    if (!*r)
        return;
    release((*r)->values, (*r)->n);
    free(*r);
    *r = NULL;
}

int lw_nn_result_peek(const struct lw_nn_result *r, size_t i, struct lw_tensor *out)
{
    if (i >= r->n)
        return LW_EINVAL;
    *out = r->tensors[i];
    return LW_OK;
}
