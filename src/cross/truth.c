#include "cross/truth.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cross/fields.h"
#include "cross/names.h"

#define PIXELS_MAX 1e6 /* far beyond any sensor; keeps sums of boxes finite */

struct boxes {
    size_t n;
    struct lw_truth_box *v;
};

static int refuse_box(const struct lw_fields *f, const char *camera, size_t i, const char *what)
{
    return lw_fields_refuse(f, "boxes", "%s[%zu] %s", camera, i, what);
}

static int read_box(struct lw_truth_box *b, const struct lw_fields *f, const char *camera, size_t i,
                    const struct lw_json *v)
{
    if (lw_json_type(v) != LW_JSON_ARRAY || lw_json_size(v) != 5)
        return refuse_box(f, camera, i, "is not [frame, x, y, width, height]");
    const struct lw_json *frame = lw_json_at(v, 0);
    if (lw_json_type(frame) != LW_JSON_INT || lw_json_int(frame) < 0)
        return refuse_box(f, camera, i, "has a frame that is no whole number from 0");
    float xywh[4];
    for (size_t k = 0; k < 4; k++) {
        double x = lw_json_number(lw_json_at(v, k + 1));
        if (!(fabs(x) <= PIXELS_MAX))
            return refuse_box(f, camera, i, "has a side that is no number of pixels");
        xywh[k] = (float)x;
    }
    if (!(xywh[2] > 0 && xywh[3] > 0))
        return refuse_box(f, camera, i, "has no area");
    *b = (struct lw_truth_box){.frame = lw_json_int(frame),
                               .x = xywh[0],
                               .y = xywh[1],
                               .w = xywh[2],
                               .h = xywh[3],
                               .visible = 1.0f};
    return LW_OK;
}

/* The shares of one camera, parallel to its boxes. */
static int read_visible(struct lw_truth_box *b, size_t n, const struct lw_fields *f,
                        const char *camera, const struct lw_json *v)
{
    if (lw_json_type(v) != LW_JSON_ARRAY || lw_json_size(v) != n)
        return lw_fields_refuse(f, "visible", "%s is not an array of %zu shares, one for each box",
                                camera, n);
    for (size_t i = 0; i < n; i++) {
        double share = lw_json_number(lw_json_at(v, i));
        if (!(share >= 0 && share <= 1))
            return lw_fields_refuse(f, "visible", "%s[%zu] is no number from 0 to 1", camera, i);
        b[i].visible = (float)share;
    }
    return LW_OK;
}

static int camera_of(const struct lw_fields *f, const char *key, const char *id,
                     const struct lw_bundle *bundle, int *camera)
{
    *camera = lw_bundle_camera_index(bundle, id);
    return *camera >= 0 ? LW_OK : lw_fields_refuse(f, key, "\"%.40s\" is no camera's id", id);
}

static int read_camera_boxes(struct boxes *all, const struct lw_fields *f, const char *id,
                             const struct lw_json *list, const struct lw_bundle *bundle)
{
    int camera;
    int r = camera_of(f, "boxes", id, bundle, &camera);
    if (r < 0)
        return r;
    if (lw_json_type(list) != LW_JSON_ARRAY)
        return lw_fields_refuse(f, "boxes", "%s is no array", id);
    size_t n = lw_json_size(list);
    struct lw_truth_box *grown = realloc(all->v, (all->n + n + 1) * sizeof(*grown));
    if (!grown)
        return lw_why_set(f->why, LW_ENOMEM, -1, "no memory");
    all->v = grown;
    for (size_t i = 0; i < n; i++) {
        struct lw_truth_box *b = &all->v[all->n + i];
        if ((r = read_box(b, f, id, i, lw_json_at(list, i))) < 0)
            return r;
        b->camera = camera;
    }
    const struct lw_json *visible = lw_json_get(f->object, "visible");
    const struct lw_json *shares = visible ? lw_json_get(visible, id) : NULL;
    if (shares && (r = read_visible(&all->v[all->n], n, f, id, shares)) < 0)
        return r;
    all->n += n;
    return LW_OK;
}

/* The keys of "visible" have to be among those of "boxes". */
static int check_visible(const struct lw_fields *f, const struct lw_json *boxes)
{
    const struct lw_json *visible, *value;
    if (!lw_fields_has(f, "visible"))
        return LW_OK;
    int r = lw_fields_typed(f, "visible", LW_JSON_OBJECT, &visible);
    if (r < 0)
        return r;
    const char *id;
    for (void *it = NULL; lw_json_next(visible, &it, &id, &value);)
        if (!lw_json_get(boxes, id))
            return lw_fields_refuse(f, "visible", "\"%.40s\" has no boxes", id);
    return LW_OK;
}

static int read_boxes(const struct lw_fields *f, const struct lw_bundle *bundle,
                      struct lw_truth_box **v, size_t *n)
{
    const struct lw_json *boxes, *list;
    int r = lw_fields_typed(f, "boxes", LW_JSON_OBJECT, &boxes);
    if (r < 0 || (r = check_visible(f, boxes)) < 0)
        return r;
    struct boxes all = {0};
    const char *id;
    for (void *it = NULL; r == LW_OK && lw_json_next(boxes, &it, &id, &list);)
        r = read_camera_boxes(&all, f, id, list, bundle);
    if (r < 0) {
        free(all.v);
        return r;
    }
    *v = all.v;
    *n = all.n;
    return LW_OK;
}

/* A document's id, or null for none. */
static int read_document(const struct lw_fields *f, const char *key, const struct lw_bundle *bundle,
                         int *document)
{
    const struct lw_json *v;
    int r = lw_fields_get(f, key, &v);
    if (r < 0)
        return r;
    *document = -1;
    if (lw_json_type(v) == LW_JSON_NULL)
        return LW_OK;
    const char *id = lw_json_string(v);
    if (!id)
        return lw_fields_refuse(f, key, "is neither null nor a document's id");
    *document = lw_bundle_document_index(bundle, id);
    return *document >= 0 ? LW_OK : lw_fields_refuse(f, key, "\"%.40s\" is no document's id", id);
}

static int read_occupant(struct lw_truth_occupant *o, const struct lw_json *v, size_t i,
                         const struct lw_bundle *bundle, struct lw_why *why)
{
    static const char *const known[] = {"person", "seat",    "document", "claims",
                                        "boxes",  "visible", NULL};
    struct lw_fields f;
    int r = lw_fields_open(&f, v, known, why, "truth.occupants[%zu]", i);
    if (r < 0 || (r = lw_fields_name(&f, "person", o->person, sizeof(o->person))) < 0 ||
        (r = lw_fields_text(&f, "seat", o->seat, sizeof(o->seat))) < 0)
        return r;
    if (!lw_seat_valid(o->seat))
        return lw_fields_refuse(&f, "seat", "\"%s\" is not row 1-3 and L, C or R", o->seat);
    o->claims = -1;
    if ((r = read_document(&f, "document", bundle, &o->document)) < 0 ||
        (lw_fields_has(&f, "claims") && (r = read_document(&f, "claims", bundle, &o->claims)) < 0))
        return r;
    if (o->claims >= 0 && o->document >= 0)
        return lw_fields_refuse(&f, "claims", "goes with document null only");
    return read_boxes(&f, bundle, &o->boxes, &o->n_boxes);
}

static int read_distractor(struct lw_truth_distractor *d, const struct lw_json *v, size_t i,
                           const struct lw_bundle *bundle, struct lw_why *why)
{
    static const char *const known[] = {"kind", "boxes", NULL};
    struct lw_fields f;
    int r = lw_fields_open(&f, v, known, why, "truth.distractors[%zu]", i);
    if (r < 0 || (r = lw_fields_name(&f, "kind", d->kind, sizeof(d->kind))) < 0)
        return r;
    return read_boxes(&f, bundle, &d->boxes, &d->n_boxes);
}

static int read_occupants(struct lw_truth *t, const struct lw_fields *f,
                          const struct lw_bundle *bundle)
{
    const struct lw_json *a;
    int r = lw_fields_array(f, "occupants", 0, LW_TRUTH_PEOPLE_MAX, "occupants", &a);
    if (r < 0)
        return r;
    t->occupants = calloc(lw_json_size(a) + 1, sizeof(*t->occupants));
    if (!t->occupants)
        return lw_why_set(f->why, LW_ENOMEM, -1, "no memory");
    t->n_occupants = lw_json_size(a);
    for (size_t i = 0; r == LW_OK && i < t->n_occupants; i++)
        r = read_occupant(&t->occupants[i], lw_json_at(a, i), i, bundle, f->why);
    return r;
}

static int read_distractors(struct lw_truth *t, const struct lw_fields *f,
                            const struct lw_bundle *bundle)
{
    const struct lw_json *a;
    if (!lw_fields_has(f, "distractors"))
        return LW_OK;
    int r = lw_fields_array(f, "distractors", 0, LW_TRUTH_PEOPLE_MAX, "distractors", &a);
    if (r < 0)
        return r;
    t->distractors = calloc(lw_json_size(a) + 1, sizeof(*t->distractors));
    if (!t->distractors)
        return lw_why_set(f->why, LW_ENOMEM, -1, "no memory");
    t->n_distractors = lw_json_size(a);
    for (size_t i = 0; r == LW_OK && i < t->n_distractors; i++)
        r = read_distractor(&t->distractors[i], lw_json_at(a, i), i, bundle, f->why);
    return r;
}

int lw_truth_parse(struct lw_truth **out, struct lw_span json, const struct lw_bundle *bundle,
                   struct lw_why *why)
{
    static const char *const known[] = {"occupants", "distractors", "condition", NULL};
    LW_AUTO(lw_json_doc) doc = NULL;
    int r = lw_json_parse(&doc, json, why);
    if (r < 0)
        return r;
    const struct lw_json *truth = lw_json_get(lw_json_root(doc), "truth");
    if (!truth)
        return lw_why_set(why, LW_ENOTFOUND, -1, "truth: is missing");
    LW_AUTO(lw_truth) t = calloc(1, sizeof(*t));
    if (!t)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    struct lw_fields f;
    if ((r = lw_fields_open(&f, truth, known, why, "truth")) < 0 ||
        (r = read_occupants(t, &f, bundle)) < 0 || (r = read_distractors(t, &f, bundle)) < 0)
        return r;
    if (lw_fields_has(&f, "condition") &&
        (r = lw_fields_name(&f, "condition", t->condition, sizeof(t->condition))) < 0)
        return r;
    *out = t;
    t = NULL; /* moved to the caller */
    return LW_OK;
}

void lw_truth_free(struct lw_truth **t)
{
    if (!*t)
        return;
    for (size_t i = 0; i < (*t)->n_occupants; i++)
        free((*t)->occupants[i].boxes);
    for (size_t i = 0; i < (*t)->n_distractors; i++)
        free((*t)->distractors[i].boxes);
    free((*t)->occupants);
    free((*t)->distractors);
    free(*t);
    *t = NULL;
}
