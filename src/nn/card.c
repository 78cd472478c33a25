#include "nn/card.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"

/* Copy the string under key; it must be there, not empty, and fit. */
static int get_text(const struct lw_json *object, const char *key, char *out, size_t cap,
                    struct lw_why *why)
{
    const char *s = lw_json_string(lw_json_get(object, key));
    if (!s || !*s)
        return lw_why_set(why, LW_EFORMAT, -1, "\"%s\" must be a text that is not empty", key);
    if (strlen(s) >= cap)
        return lw_why_set(why, LW_ELIMIT, -1, "\"%s\" is longer than %zu bytes", key, cap - 1);
    memcpy(out, s, strlen(s) + 1);
    return LW_OK;
}

static int get_int(const struct lw_json *v, const char *what, int64_t lo, int64_t hi, int64_t *out,
                   struct lw_why *why)
{
    if (!v || lw_json_type(v) != LW_JSON_INT || lw_json_int(v) < lo || lw_json_int(v) > hi)
        return lw_why_set(why, LW_EFORMAT, -1, "%s must be a whole number from %lld to %lld", what,
                          (long long)lo, (long long)hi);
    *out = lw_json_int(v);
    return LW_OK;
}

/* An array of lo..hi elements under key. */
static int get_array(const struct lw_json *object, const char *key, size_t lo, size_t hi,
                     const struct lw_json **out, struct lw_why *why)
{
    const struct lw_json *v = lw_json_get(object, key);
    if (!v || lw_json_type(v) != LW_JSON_ARRAY || lw_json_size(v) < lo || lw_json_size(v) > hi)
        return lw_why_set(why, LW_EFORMAT, -1, "\"%s\" must be an array of %zu to %zu elements",
                          key, lo, hi);
    *out = v;
    return LW_OK;
}

/* {"name": "input", "shape": [1, 3, 112, 112]}; -1 is a free dimension. */
static int parse_tensor(struct lw_tensor_spec *t, const struct lw_json *v, struct lw_why *why)
{
    static const char *const known[] = {"name", "shape", NULL};
    const struct lw_json *shape;
    int r;
    if ((r = lw_json_only(v, known, "tensor", why)) < 0 ||
        (r = get_text(v, "name", t->name, sizeof(t->name), why)) < 0 ||
        (r = get_array(v, "shape", 1, LW_CARD_DIMS, &shape, why)) < 0)
        return r;
    t->ndim = (int)lw_json_size(shape);
    for (int i = 0; i < t->ndim; i++) {
        r = get_int(lw_json_at(shape, (size_t)i), "a dimension", -1, 1 << 24, &t->dim[i], why);
        if (r < 0)
            return r;
        if (t->dim[i] == 0)
            return lw_why_set(why, LW_EFORMAT, -1, "a dimension is 0");
    }
    return LW_OK;
}

static int parse_tensors(struct lw_tensor_spec *list, size_t *n, const struct lw_json *object,
                         const char *key, struct lw_why *why)
{
    const struct lw_json *array;
    int r = get_array(object, key, 1, LW_CARD_TENSORS, &array, why);
    for (size_t i = 0; r == LW_OK && i < lw_json_size(array); i++)
        if ((r = parse_tensor(&list[i], lw_json_at(array, i), why)) < 0)
            lw_why_prefix(why, "%s[%zu]", key, i);
    if (r == LW_OK)
        *n = lw_json_size(array);
    return r;
}

static int parse_io(struct lw_card_io *io, const struct lw_json *object, struct lw_why *why)
{
    int r = parse_tensors(io->inputs, &io->n_inputs, object, "inputs", why);
    return r < 0 ? r : parse_tensors(io->outputs, &io->n_outputs, object, "outputs", why);
}

static int parse_part(struct lw_card_part *p, const struct lw_json *v, struct lw_why *why)
{
    static const char *const known[] = {"name", "nodes", "inputs", "outputs", NULL};
    const struct lw_json *nodes;
    int r;
    if ((r = lw_json_only(v, known, "part", why)) < 0 ||
        (r = get_text(v, "name", p->name, sizeof(p->name), why)) < 0 ||
        (r = get_array(v, "nodes", 2, 2, &nodes, why)) < 0 ||
        (r = get_int(lw_json_at(nodes, 0), "nodes[0]", 0, 99999, &p->node_first, why)) < 0 ||
        (r = get_int(lw_json_at(nodes, 1), "nodes[1]", p->node_first + 1, 100000, &p->node_end,
                     why)) < 0)
        return r;
    return parse_io(&p->io, v, why);
}

static int parse_parts(struct lw_card *c, const struct lw_json *root, struct lw_why *why)
{
    const struct lw_json *array;
    if (!lw_json_get(root, "parts"))
        return LW_OK;
    int r = get_array(root, "parts", 1, LW_CARD_PARTS, &array, why);
    for (size_t i = 0; r == LW_OK && i < lw_json_size(array); i++)
        if ((r = parse_part(&c->parts[i], lw_json_at(array, i), why)) < 0)
            lw_why_prefix(why, "parts[%zu]", i);
    if (r == LW_OK)
        c->n_parts = lw_json_size(array);
    return r;
}

/* One number for each channel. */
static int parse_channels(float *out, int channels, const struct lw_json *root, const char *key,
                          struct lw_why *why)
{
    const struct lw_json *array;
    int r = get_array(root, key, (size_t)channels, (size_t)channels, &array, why);
    for (int i = 0; r == LW_OK && i < channels; i++) {
        double x = lw_json_number(lw_json_at(array, (size_t)i));
        if (!isfinite(x) || fabs(x) > 1e6)
            return lw_why_set(why, LW_EFORMAT, -1, "%s[%d] must be a number", key, i);
        out[i] = (float)x;
    }
    return r;
}

int lw_card_channels(const struct lw_card *card)
{
    return strcmp(card->color, "GRAY") == 0 ? 1 : 3;
}

static int parse_pixels(struct lw_card *c, const struct lw_json *root, struct lw_why *why)
{
    int r = get_text(root, "color", c->color, sizeof(c->color), why);
    if (r < 0)
        return r;
    if (strcmp(c->color, "RGB") != 0 && strcmp(c->color, "BGR") != 0 &&
        strcmp(c->color, "GRAY") != 0)
        return lw_why_set(why, LW_EFORMAT, -1, "\"color\" is \"%s\", not RGB, BGR or GRAY",
                          c->color);
    r = parse_channels(c->mean, lw_card_channels(c), root, "mean", why);
    return r < 0 ? r : parse_channels(c->scale, lw_card_channels(c), root, "scale", why);
}

int lw_calibration_check(const struct lw_calibration_point *rows, size_t n, struct lw_why *why)
{
    for (size_t i = 0; i < n; i++) {
        if (!(rows[i].fmr > 0 && rows[i].fmr <= 1) || !isfinite(rows[i].threshold))
            return lw_why_set(why, LW_EFORMAT, -1,
                              "calibration row %zu: fmr must lie in (0, 1], threshold be a number",
                              i);
        if (i > 0 && !(rows[i].fmr < rows[i - 1].fmr && rows[i].threshold > rows[i - 1].threshold))
            return lw_why_set(why, LW_EFORMAT, -1,
                              "calibration row %zu: fmr must fall and threshold rise", i);
    }
    return LW_OK;
}

/* [[fmr, threshold], ...] with where the table comes from beside it. */
static int parse_calibration(struct lw_calibration_point *points, size_t *n_points,
                             const struct lw_json *root, const char *key, struct lw_why *why)
{
    static const char *const known[] = {
        "data", "command", "genuine_pairs", "impostor_pairs", "method", "rows", NULL};
    const struct lw_json *v = lw_json_get(root, key), *rows;
    char text[512];
    int64_t pairs;
    int r;
    if (!v)
        return LW_OK;
    if ((r = lw_json_only(v, known, key, why)) < 0 ||
        (r = get_text(v, "data", text, sizeof(text), why)) < 0 ||
        (r = get_text(v, "command", text, sizeof(text), why)) < 0 ||
        (r = get_text(v, "method", text, sizeof(text), why)) < 0 ||
        (r = get_int(lw_json_get(v, "genuine_pairs"), "genuine_pairs", 1, INT64_MAX, &pairs, why)) <
            0 ||
        (r = get_int(lw_json_get(v, "impostor_pairs"), "impostor_pairs", 1, INT64_MAX, &pairs,
                     why)) < 0 ||
        (r = get_array(v, "rows", 2, LW_CARD_POINTS, &rows, why)) < 0)
        return r;
    size_t n = lw_json_size(rows);
    for (size_t i = 0; i < n; i++) {
        const struct lw_json *row = lw_json_at(rows, i);
        points[i] = (struct lw_calibration_point){
            .fmr = lw_json_number(lw_json_at(row, 0)),
            .threshold = (float)lw_json_number(lw_json_at(row, 1)),
        };
        if (lw_json_type(row) != LW_JSON_ARRAY || lw_json_size(row) != 2)
            return lw_why_set(why, LW_EFORMAT, -1, "calibration row %zu must be [fmr, threshold]",
                              i);
    }
    if ((r = lw_calibration_check(points, n, why)) < 0)
        return r;
    *n_points = n;
    return LW_OK;
}

static int parse_sha256(struct lw_card *c, const struct lw_json *root, struct lw_why *why)
{
    int r = get_text(root, "sha256", c->sha256, sizeof(c->sha256), why);
    if (r < 0)
        return r;
    if (strlen(c->sha256) != 64 || strspn(c->sha256, "0123456789abcdef") != 64)
        return lw_why_set(why, LW_EFORMAT, -1,
                          "\"sha256\" must be 64 lower-case hexadecimal digits");
    return LW_OK;
}

static int parse_id(struct lw_card *c, const struct lw_json *root, struct lw_why *why)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    int r = get_text(root, "id", c->id, sizeof(c->id), why);
    if (r == LW_OK && strspn(c->id, allowed) != strlen(c->id))
        return lw_why_set(why, LW_EFORMAT, -1, "\"id\" may hold A-Z a-z 0-9 . _ - only");
    return r;
}

/* The network lies beside the other ones: a bare file name. */
static int parse_file(struct lw_card *c, const struct lw_json *root, struct lw_why *why)
{
    int r = get_text(root, "file", c->file, sizeof(c->file), why);
    if (r == LW_OK && (strchr(c->file, '/') || c->file[0] == '.'))
        return lw_why_set(why, LW_EFORMAT, -1, "\"file\" must be a name without a folder");
    return r;
}

static int parse_root(struct lw_card *c, const struct lw_json *root, struct lw_why *why)
{
    static const char *const known[] = {"version", "id",      "role",        "file",
                                        "sha256",  "color",   "mean",        "scale",
                                        "licence", "source",  "notes",       "inputs",
                                        "parts",   "outputs", "calibration", "calibration_fused",
                                        NULL};
    int64_t version;
    int r;
    if ((r = lw_json_only(root, known, "card", why)) < 0 ||
        (r = get_int(lw_json_get(root, "version"), "\"version\"", 1, 1, &version, why)) < 0 ||
        (r = parse_id(c, root, why)) < 0 ||
        (r = get_text(root, "role", c->role, sizeof(c->role), why)) < 0 ||
        (r = parse_file(c, root, why)) < 0 || (r = parse_sha256(c, root, why)) < 0 ||
        (r = parse_pixels(c, root, why)) < 0 ||
        (r = get_text(root, "licence", c->licence, sizeof(c->licence), why)) < 0 ||
        (r = get_text(root, "source", c->source, sizeof(c->source), why)) < 0 ||
        (r = parse_io(&c->io, root, why)) < 0 || (r = parse_parts(c, root, why)) < 0)
        return r;
    r = parse_calibration(c->calibration, &c->n_calibration, root, "calibration", why);
    return r < 0 ? r
                 : parse_calibration(c->calibration_fused, &c->n_calibration_fused, root,
                                     "calibration_fused", why);
}

int lw_card_parse(struct lw_card *out, struct lw_span json, struct lw_why *why)
{
    LW_AUTO(lw_json_doc) doc = NULL;
    int r = lw_json_parse(&doc, json, why);
    if (r < 0)
        return r;
    LW_AUTO_MEM(struct lw_card) c = calloc(1, sizeof(*c));
    if (!c)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    if ((r = parse_root(c, lw_json_root(doc), why)) < 0)
        return r;
    *out = *c;
    return LW_OK;
}

int lw_card_load(struct lw_card *out, const char *path, struct lw_why *why)
{
    LW_AUTO_MEM(uint8_t) text = NULL;
    size_t n;
    int r = lw_file_read(path, 256 * LW_KIB, &text, &n, why);
    if (r == LW_OK)
        r = lw_card_parse(out, (struct lw_span){.data = text, .n = n}, why);
    if (r < 0)
        lw_why_prefix(why, "%s", path);
    return r;
}

double lw_calibration_fmr_at(const struct lw_calibration_point *rows, size_t n, float score)
{
    if (n == 0 || isnan(score))
        return NAN;
    if (score <= rows[0].threshold)
        return score < rows[0].threshold ? 1.0 : rows[0].fmr;
    for (size_t i = 1; i < n; i++) {
        if (score > rows[i].threshold)
            continue;
        double t = (double)(score - rows[i - 1].threshold) /
                   (double)(rows[i].threshold - rows[i - 1].threshold);
        return exp(log(rows[i - 1].fmr) * (1 - t) + log(rows[i].fmr) * t);
    }
    return rows[n - 1].fmr;
}

int lw_calibration_threshold_at(const struct lw_calibration_point *rows, size_t n, double fmr,
                                float *threshold)
{
    if (n == 0 || !(fmr >= rows[n - 1].fmr && fmr <= 1))
        return LW_EUNSUP;
    if (fmr >= rows[0].fmr) {
        *threshold = rows[0].threshold;
        return LW_OK;
    }
    size_t i = 1;
    while (fmr < rows[i].fmr)
        i++;
    double t = (log(fmr) - log(rows[i - 1].fmr)) / (log(rows[i].fmr) - log(rows[i - 1].fmr));
    *threshold = (float)((double)rows[i - 1].threshold * (1 - t) + (double)rows[i].threshold * t);
    return LW_OK;
}
