#include "cross/bundle.h"

#include <stdio.h>
#include <string.h>

#include "cross/fields.h"
#include "cross/names.h"

/* docs/formats/crossing-bundle.md, "Limits". */
#define FPS_DEFAULT 10.0
#define FPS_MIN 0.01
#define FPS_MAX 1000.0

static int read_camera(struct lw_bundle_camera *c, const struct lw_json *v, size_t i,
                       struct lw_why *why)
{
    static const char *const known[] = {"id", "view", "source", "fps", NULL};
    struct lw_fields f;
    unsigned view;
    int r = lw_fields_open(&f, v, known, why, "cameras[%zu]", i);
    if (r < 0 || (r = lw_fields_id(&f, "id", c->id)) < 0 ||
        (r = lw_fields_choice(&f, "view", lw_view_names, LW_VIEWS, &view)) < 0 ||
        (r = lw_fields_path(&f, "source", false, c->source, sizeof(c->source))) < 0)
        return r;
    c->view = (enum lw_view)view;
    c->fps = FPS_DEFAULT;
    return lw_fields_has(&f, "fps") ? lw_fields_number(&f, "fps", FPS_MIN, FPS_MAX, &c->fps)
                                    : LW_OK;
}

static int read_cameras(struct lw_bundle *b, const struct lw_fields *top)
{
    const struct lw_json *a;
    int r = lw_fields_array(top, "cameras", 1, LW_BUNDLE_CAMERAS_MAX, "cameras", &a);
    for (size_t i = 0; r == LW_OK && i < lw_json_size(a); i++) {
        struct lw_bundle_camera *c = &b->cameras[i];
        r = read_camera(c, lw_json_at(a, i), i, top->why);
        if (r < 0)
            return r;
        int twin = lw_bundle_camera_index(b, c->id);
        if (twin >= 0)
            return lw_fields_refuse(top, "cameras", "\"%s\" is the id of both [%d] and [%zu]",
                                    c->id, twin, i);
        b->n_cameras++;
    }
    return r;
}

/* What the lines say is judged later, as findings: here they only have to be text. */
static int read_mrz(struct lw_bundle_document *d, const struct lw_fields *f)
{
    const struct lw_json *a;
    int r = lw_fields_array(f, "mrz", 2, LW_MRZ_LINES_MAX, "lines", &a);
    if (r < 0)
        return r;
    for (size_t i = 0; i < lw_json_size(a); i++) {
        const char *s = lw_json_string(lw_json_at(a, i));
        const char *wrong = s ? lw_text_check(s, LW_MRZ_LINE) : "is no string";
        if (wrong)
            return lw_fields_refuse(f, "mrz", "line %zu %s (1 to %d characters)", i + 1, wrong,
                                    LW_MRZ_LINE - 1);
        snprintf(d->mrz[i], sizeof(d->mrz[i]), "%s", s);
    }
    d->n_mrz = lw_json_size(a);
    return LW_OK;
}

static int read_kind_and_path(struct lw_bundle_document *d, const struct lw_fields *f)
{
    unsigned kind;
    int r = lw_fields_choice(f, "kind", lw_document_kind_names, LW_DOCUMENT_KINDS, &kind);
    if (r < 0)
        return r;
    d->kind = (enum lw_document_kind)kind;
    bool lds = d->kind == LW_DOCUMENT_LDS;
    const char *foreign = lds ? "portrait" : "path";
    if (lw_fields_has(f, foreign))
        return lw_fields_refuse(f, foreign, "does not go with kind \"%s\"",
                                lw_document_kind_names[kind]);
    return lw_fields_path(f, lds ? "path" : "portrait", lds, d->path, sizeof(d->path));
}

static int read_document(struct lw_bundle_document *d, const struct lw_json *v, size_t i,
                         struct lw_why *why)
{
    static const char *const known[] = {"id",  "kind",  "portrait",  "path",
                                        "mrz", "class", "opted_out", NULL};
    struct lw_fields f;
    unsigned person_class = LW_CLASS_UNKNOWN;
    int r = lw_fields_open(&f, v, known, why, "documents[%zu]", i);
    if (r < 0 || (r = lw_fields_id(&f, "id", d->id)) < 0 || (r = read_kind_and_path(d, &f)) < 0)
        return r;
    if (lw_fields_has(&f, "mrz") && (r = read_mrz(d, &f)) < 0)
        return r;
    if (lw_fields_has(&f, "class") &&
        (r = lw_fields_choice(&f, "class", lw_class_names, LW_CLASSES, &person_class)) < 0)
        return r;
    d->person_class = (enum lw_person_class)person_class;
    return lw_fields_has(&f, "opted_out") ? lw_fields_bool(&f, "opted_out", &d->opted_out) : LW_OK;
}

static int read_documents(struct lw_bundle *b, const struct lw_fields *top)
{
    const struct lw_json *a;
    int r = lw_fields_typed(top, "documents", LW_JSON_ARRAY, &a);
    if (r == LW_OK && lw_json_size(a) > LW_BUNDLE_DOCUMENTS_MAX)
        return lw_fields_refuse(top, "documents", "%zu documents: a manifest has at most %d",
                                lw_json_size(a), LW_BUNDLE_DOCUMENTS_MAX);
    for (size_t i = 0; r == LW_OK && i < lw_json_size(a); i++) {
        struct lw_bundle_document *d = &b->documents[i];
        r = read_document(d, lw_json_at(a, i), i, top->why);
        if (r < 0)
            return r;
        int twin = lw_bundle_document_index(b, d->id);
        if (twin >= 0)
            return lw_fields_refuse(top, "documents", "\"%s\" is the id of both [%d] and [%zu]",
                                    d->id, twin, i);
        b->n_documents++;
    }
    return r;
}

static int read_head(struct lw_bundle *b, const struct lw_fields *f)
{
    int64_t version;
    unsigned direction;
    int r = lw_fields_int(f, "version", 1, 1, &version);
    if (r < 0 || (r = lw_fields_id(f, "id", b->id)) < 0 ||
        (r = lw_fields_text(f, "lane", b->lane, sizeof(b->lane))) < 0 ||
        (r = lw_fields_choice(f, "direction", lw_direction_names, LW_DIRECTIONS, &direction)) < 0 ||
        (r = lw_fields_time(f, "opened_utc", &b->opened_utc_us)) < 0)
        return r;
    b->direction = (enum lw_direction)direction;
    if (lw_fields_has(f, "synthetic") && (r = lw_fields_bool(f, "synthetic", &b->synthetic)) < 0)
        return r;
    b->has_truth = lw_fields_has(f, "truth");
    const struct lw_json *truth;
    return b->has_truth ? lw_fields_typed(f, "truth", LW_JSON_OBJECT, &truth) : LW_OK;
}

int lw_bundle_parse(struct lw_bundle *out, struct lw_span json, struct lw_why *why)
{
    static const char *const known[] = {"version",    "id",      "lane",      "direction",
                                        "opened_utc", "cameras", "documents", "synthetic",
                                        "truth",      NULL};
    LW_AUTO(lw_json_doc) doc = NULL;
    struct lw_bundle b = {.n_cameras = 0};
    struct lw_fields f;
    if (json.n > LW_BUNDLE_JSON_BYTES_MAX)
        return lw_why_set(why, LW_ELIMIT, -1, "has %zu bytes, the limit is %d", json.n,
                          LW_BUNDLE_JSON_BYTES_MAX);
    int r = lw_json_parse(&doc, json, why);
    if (r < 0 || (r = lw_fields_open(&f, lw_json_root(doc), known, why, "%s", "")) < 0 ||
        (r = read_head(&b, &f)) < 0 || (r = read_cameras(&b, &f)) < 0 ||
        (r = read_documents(&b, &f)) < 0)
        return r;
    *out = b;
    return LW_OK;
}
