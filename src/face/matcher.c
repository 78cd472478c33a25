#include "face/matcher.h"

#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lanewise/matcher.h>

#include "base/strbuf.h"
#include "face/align.h"
#include "face/onnx_matcher.h"
#include "img/geom.h"
#include "nn/card.h"

enum { ERR_TEXT = 200 };

struct lw_matcher {
    void *library; /* dlopen's handle; NULL for the built-in one */
    const struct lw_matcher_api *api;
    void *state;
    bool opened;
    char model[64];
    uint32_t template_bytes;
    struct table {
        size_t n;
        struct lw_calibration_point rows[LW_MATCHER_CALIBRATION_MAX];
    } tables[2]; /* enum lw_compared; the second may be empty */
};

static int find_entry(struct lw_matcher *m, const char *path, lw_matcher_entry_fn *entry,
                      struct lw_why *why)
{
    m->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!m->library) {
        const char *text = dlerror();
        return lw_why_set(why, LW_ENOTFOUND, -1, "%s", text ? text : "cannot be loaded");
    }
    void *symbol = dlsym(m->library, LW_MATCHER_ENTRY);
    if (!symbol)
        return lw_why_set(why, LW_EFORMAT, -1, "it does not export " LW_MATCHER_ENTRY "()");
    memcpy(entry, &symbol, sizeof(*entry)); /* ISO C has no cast from void * to function */
    return LW_OK;
}

static int check_api(const struct lw_matcher_api *api, struct lw_why *why)
{
    if (!api)
        return lw_why_set(why, LW_EUNSUP, -1, "it does not offer matcher ABI %u", LW_MATCHER_ABI);
    if (api->abi != LW_MATCHER_ABI)
        return lw_why_set(why, LW_EUNSUP, -1, "it was built for matcher ABI %u, not %u", api->abi,
                          LW_MATCHER_ABI);
    if (api->struct_size != sizeof(*api))
        return lw_why_set(why, LW_EUNSUP, -1, "its lw_matcher_api has %u bytes, not %zu",
                          api->struct_size, sizeof(*api));
    if (!api->open || !api->close || !api->model_id || !api->template_size || !api->extract ||
        !api->compare || !api->calibration || !api->unit_vector_dim)
        return lw_why_set(why, LW_EFORMAT, -1, "it lacks a function that is not optional");
    return LW_OK;
}

static int open_state(struct lw_matcher *m, const char *config, struct lw_why *why)
{
    char err[ERR_TEXT] = "";
    int r = m->api->open(&m->state, config, err, sizeof(err));
    err[sizeof(err) - 1] = '\0';
    if (r < 0)
        return lw_why_set(why, LW_EFORMAT, -1, "%s", err[0] ? err : "it refuses to open");
    m->opened = true;
    return LW_OK;
}

static int read_model(struct lw_matcher *m, struct lw_why *why)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    const char *id = m->api->model_id(m->state);
    size_t n = id ? strnlen(id, sizeof(m->model)) : 0;
    if (n < 1 || n >= sizeof(m->model) || strspn(id, allowed) != n)
        return lw_why_set(why, LW_EFORMAT, -1,
                          "its model id is not 1 to 63 characters of A-Z a-z 0-9 . _ -");
    memcpy(m->model, id, n + 1);
    size_t bytes = m->api->template_size(m->state);
    uint32_t dim = m->api->unit_vector_dim(m->state);
    if (bytes < 1 || bytes > LW_MATCHER_TEMPLATE_MAX)
        return lw_why_set(why, LW_ELIMIT, -1, "its templates have %zu bytes, 1 to %u are allowed",
                          bytes, LW_MATCHER_TEMPLATE_MAX);
    if (dim != 0 && dim * sizeof(float) != bytes)
        return lw_why_set(why, LW_EFORMAT, -1, "its templates have %zu bytes, not %u floats", bytes,
                          dim);
    m->template_bytes = (uint32_t)bytes;
    return LW_OK;
}

static int read_table(struct lw_matcher *m, enum lw_compared what,
                      int (*give)(void *, struct lw_matcher_calibration *, size_t),
                      struct lw_why *why)
{
    struct lw_matcher_calibration rows[LW_MATCHER_CALIBRATION_MAX];
    struct table *t = &m->tables[what];
    int n = give ? give(m->state, rows, LW_COUNT(rows)) : 0;
    if (n < 0 || n > (int)LW_COUNT(rows))
        return lw_why_set(why, LW_EFORMAT, -1, "it gives %d calibration rows, 0 to %zu are allowed",
                          n, LW_COUNT(rows));
    for (int i = 0; i < n; i++)
        t->rows[i] = (struct lw_calibration_point){rows[i].fmr, rows[i].threshold};
    t->n = (size_t)n;
    return lw_calibration_check(t->rows, t->n, why);
}

static int read_calibration(struct lw_matcher *m, struct lw_why *why)
{
    int r = read_table(m, LW_COMPARED_STILLS, m->api->calibration, why);
    return r < 0 ? r : read_table(m, LW_COMPARED_FUSED, m->api->calibration_fused, why);
}

/* The one way in, for the built-in matcher and for a loaded one. */
static int adopt(struct lw_matcher *m, lw_matcher_entry_fn entry, const char *config,
                 struct lw_why *why)
{
    m->api = entry(LW_MATCHER_ABI);
    int r = check_api(m->api, why);
    if (r < 0 || (r = open_state(m, config, why)) < 0 || (r = read_model(m, why)) < 0)
        return r;
    return read_calibration(m, why);
}

static int open_builtin(struct lw_matcher *m, const struct lw_matcher_opts *o, struct lw_why *why)
{
    LW_AUTO_STRBUF config = LW_STRBUF_INIT;
    if (!o->cards_dir || !o->models_dir)
        return lw_why_set(why, LW_EINVAL, -1, "no folder of models is named");
    lw_strbuf_printf(&config, "%s\n%s\n%u", o->cards_dir, o->models_dir,
                     o->threads ? o->threads : 1);
    if (lw_strbuf_err(&config))
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    return adopt(m, lw_onnx_matcher_entry, lw_strbuf_peek(&config), why);
}

static int open_library(struct lw_matcher *m, const struct lw_matcher_opts *o, struct lw_why *why)
{
    lw_matcher_entry_fn entry = NULL;
    int r = find_entry(m, o->library, &entry, why);
    if (r == LW_OK)
        r = adopt(m, entry, o->config ? o->config : "", why);
    if (r < 0)
        lw_why_prefix(why, "matcher %s", o->library);
    return r;
}

int lw_matcher_open(struct lw_matcher **out, const struct lw_matcher_opts *opts, struct lw_why *why)
{
    LW_AUTO(lw_matcher) m = calloc(1, sizeof(*m));
    if (!m)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    int r = opts->library ? open_library(m, opts, why) : open_builtin(m, opts, why);
    if (r < 0)
        return r;
    *out = m;
    m = NULL;
    return LW_OK;
}

void lw_matcher_close(struct lw_matcher **m)
{
    if (!*m)
        return;
    if ((*m)->opened)
        (*m)->api->close((*m)->state);
    if ((*m)->library)
        dlclose((*m)->library);
    free(*m);
    *m = NULL;
}

const char *lw_matcher_model(const struct lw_matcher *m)
{
    return m->model;
}

uint32_t lw_matcher_unit_vector_dim(const struct lw_matcher *m)
{
    return m->api->unit_vector_dim(m->state);
}

static void fill_face(struct lw_matcher_face *out, const struct lw_face *face)
{
    struct lw_point five[LW_ALIGN_POINTS];
    lw_align_five(face->landmarks, five);
    *out = (struct lw_matcher_face){.box = {face->box.x, face->box.y, face->box.w, face->box.h},
                                    .quality = face->quality};
    for (int i = 0; i < LW_ALIGN_POINTS; i++) {
        out->points[i][0] = five[i].x;
        out->points[i][1] = five[i].y;
    }
}

int lw_matcher_extract(struct lw_matcher *m, const struct lw_image *image,
                       const struct lw_face *face, struct lw_template **out, struct lw_why *why)
{
    LW_AUTO(lw_image) rgb = NULL;
    LW_AUTO(lw_template) t = NULL;
    char err[ERR_TEXT] = "";
    struct lw_matcher_face f;
    if (image->fmt != LW_PIX_RGB8 && lw_image_to_rgb(&rgb, image) < 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    const struct lw_image *src = rgb ? rgb : image;
    const struct lw_matcher_image pixels = {
        .rgb = src->data, .width = src->width, .height = src->height, .stride = src->stride};
    int r = lw_template_new(&t, m->model, m->template_bytes);
    if (r < 0)
        return lw_why_set(why, r, -1, "no memory");
    fill_face(&f, face);
    float quality = face->quality;
    r = m->api->extract_rated
            ? m->api->extract_rated(m->state, &pixels, &f, t->data, &quality, err, sizeof(err))
            : m->api->extract(m->state, &pixels, &f, t->data, err, sizeof(err));
    err[sizeof(err) - 1] = '\0';
    if (r < 0)
        return lw_why_set(why, LW_EFORMAT, -1, "matcher \"%.40s\": %s", m->model,
                          err[0] ? err : "extraction failed");
    t->quality = isfinite(quality) ? lw_clampf(quality, 0.0f, 100.0f) : 0.0f;
    *out = t;
    t = NULL;
    return LW_OK;
}

static int check_template(const struct lw_matcher *m, const struct lw_template *t,
                          struct lw_why *why)
{
    if (strcmp(t->model, m->model) != 0)
        return lw_why_set(why, LW_EINVAL, -1,
                          "a template of \"%s\" is never compared by matcher \"%s\"", t->model,
                          m->model);
    if (t->n != m->template_bytes)
        return lw_why_set(why, LW_EINVAL, -1, "a template of \"%s\" has %u bytes, not %u", m->model,
                          t->n, m->template_bytes);
    return LW_OK;
}

int lw_matcher_compare(struct lw_matcher *m, const struct lw_template *a,
                       const struct lw_template *b, float *score, struct lw_why *why)
{
    float s;
    int r = check_template(m, a, why);
    if (r < 0 || (r = check_template(m, b, why)) < 0)
        return r;
    if (m->api->compare(m->state, a->data, b->data, &s) < 0 || !isfinite(s))
        return lw_why_set(why, LW_EFORMAT, -1, "matcher \"%s\": comparison failed", m->model);
    *score = s;
    return LW_OK;
}

static int check_fusion(const struct lw_matcher *m, const struct lw_template *const *t,
                        const float *weights, size_t n, struct lw_why *why)
{
    if (!m->api->fuse)
        return lw_why_set(why, LW_EUNSUP, -1, "matcher \"%s\" does not fuse", m->model);
    if (n < 1)
        return lw_why_set(why, LW_EINVAL, -1, "no template to fuse");
    for (size_t i = 0; i < n; i++) {
        int r = check_template(m, t[i], why);
        if (r < 0)
            return r;
        if (!(weights[i] > 0) || !isfinite(weights[i]))
            return lw_why_set(why, LW_EINVAL, -1, "fusion weights must be greater than 0");
    }
    return LW_OK;
}

static float mean_quality(const struct lw_template *const *t, const float *weights, size_t n)
{
    double sum = 0, norm = 0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)weights[i] * (double)t[i]->quality;
        norm += (double)weights[i];
    }
    return (float)(sum / norm);
}

int lw_matcher_fuse(struct lw_matcher *m, const struct lw_template *const *t, const float *weights,
                    size_t n, struct lw_template **out, struct lw_why *why)
{
    int r = check_fusion(m, t, weights, n, why);
    if (r < 0)
        return r;
    LW_AUTO(lw_template) fused = NULL;
    LW_AUTO_MEM(const void *) data = calloc(n, sizeof(*data));
    if (!data || lw_template_new(&fused, m->model, m->template_bytes) < 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    for (size_t i = 0; i < n; i++)
        data[i] = t[i]->data;
    if (m->api->fuse(m->state, data, weights, n, fused->data) < 0)
        return lw_why_set(why, LW_EFORMAT, -1, "matcher \"%s\": fusion failed", m->model);
    fused->quality = mean_quality(t, weights, n);
    *out = fused;
    fused = NULL;
    return LW_OK;
}

static const struct table *table_for(const struct lw_matcher *m, enum lw_compared what)
{
    return m->tables[what].n ? &m->tables[what] : &m->tables[LW_COMPARED_STILLS];
}

double lw_matcher_fmr_at(const struct lw_matcher *m, enum lw_compared what, float score)
{
    const struct table *t = table_for(m, what);
    return lw_calibration_fmr_at(t->rows, t->n, score);
}

double lw_matcher_smallest_fmr(const struct lw_matcher *m, enum lw_compared what)
{
    const struct table *t = table_for(m, what);
    return t->n ? t->rows[t->n - 1].fmr : (double)NAN;
}

int lw_matcher_threshold_at(const struct lw_matcher *m, enum lw_compared what, double fmr,
                            float *threshold, struct lw_why *why)
{
    const struct table *t = table_for(m, what), *stills = &m->tables[LW_COMPARED_STILLS];
    int r = lw_calibration_threshold_at(t->rows, t->n, fmr, threshold);
    if (r < 0 && t != stills)
        r = lw_calibration_threshold_at(stills->rows, stills->n, fmr, threshold);
    if (r == LW_OK)
        return r;
    if (stills->n == 0)
        return lw_why_set(why, r, -1, "matcher \"%s\" is not calibrated", m->model);
    return lw_why_set(why, r, -1, "an FMR of %g lies outside the calibration of \"%s\" (1 to %g)",
                      fmr, m->model, stills->rows[stills->n - 1].fmr);
}
