/* The inverse of record_print.c. The values are checked one by one, for a message that helps; that
 * the bytes are canonical is then checked in one stroke, by printing the record again. */
#include <float.h>
#include <stdio.h>
#include <string.h>

#include "cross/fields.h"
#include "cross/names.h"
#include "cross/record.h"

static int read_float(const struct lw_fields *f, const char *key, float *out)
{
    double x;
    int r = lw_fields_number(f, key, -(double)FLT_MAX, (double)FLT_MAX, &x);
    if (r == LW_OK)
        *out = (float)x;
    return r;
}

static int read_int(const struct lw_fields *f, const char *key, int *out)
{
    int64_t x;
    int r = lw_fields_int(f, key, 0, INT32_MAX, &x);
    if (r == LW_OK)
        *out = (int)x;
    return r;
}

static bool is_null(const struct lw_fields *f, const char *key)
{
    const struct lw_json *v = lw_json_get(f->object, key);
    return v && lw_json_type(v) == LW_JSON_NULL;
}

static int read_text_or_null(const struct lw_fields *f, const char *key, char *out, size_t cap)
{
    if (!is_null(f, key))
        return lw_fields_text(f, key, out, cap);
    out[0] = '\0';
    return LW_OK;
}

static int read_camera(struct lw_bundle_camera *c, const struct lw_json *v, size_t i,
                       struct lw_why *why)
{
    static const char *const known[] = {"id", "view", NULL};
    struct lw_fields f;
    unsigned view;
    int r = lw_fields_open(&f, v, known, why, "crossing.cameras[%zu]", i);
    if (r < 0 || (r = lw_fields_id(&f, "id", c->id)) < 0 ||
        (r = lw_fields_choice(&f, "view", lw_view_names, LW_VIEWS, &view)) < 0)
        return r;
    c->view = (enum lw_view)view;
    return LW_OK;
}

static int read_findings(struct lw_document_outcome *o, const struct lw_fields *f)
{
    const struct lw_json *a;
    int r = lw_fields_array(f, "findings", 0, LW_DOCUMENT_FINDINGS_MAX, "findings", &a);
    for (size_t i = 0; r == LW_OK && i < lw_json_size(a); i++) {
        const char *s = lw_json_string(lw_json_at(a, i));
        const char *wrong = s ? lw_text_check(s, LW_FINDING_TEXT) : "is no string";
        if (wrong)
            return lw_fields_refuse(f, "findings", "[%zu] %s", i, wrong);
        snprintf(o->findings[o->n_findings++], LW_FINDING_TEXT, "%s", s);
    }
    return r;
}

static int read_document(struct lw_record *rec, const struct lw_json *v, size_t i,
                         struct lw_why *why)
{
    static const char *const known[] = {
        "id", "kind", "class", "opted_out", "manual_offered", "status", "findings", NULL};
    struct lw_bundle_document *d = &rec->bundle.documents[i];
    struct lw_document_outcome *o = &rec->outcome.documents[i];
    struct lw_fields f;
    unsigned kind, person_class, status;
    int r = lw_fields_open(&f, v, known, why, "crossing.documents[%zu]", i);
    if (r < 0 || (r = lw_fields_id(&f, "id", d->id)) < 0 ||
        (r = lw_fields_choice(&f, "kind", lw_document_kind_names, LW_DOCUMENT_KINDS, &kind)) < 0 ||
        (r = lw_fields_choice(&f, "class", lw_class_names, LW_CLASSES, &person_class)) < 0 ||
        (r = lw_fields_bool(&f, "opted_out", &d->opted_out)) < 0 ||
        (lw_fields_has(&f, "manual_offered") &&
         (r = lw_fields_bool(&f, "manual_offered", &o->manual_offered)) < 0) ||
        (r = lw_fields_choice(&f, "status", lw_document_status_names, LW_DOCUMENT_STATUSES,
                              &status)) < 0 ||
        (r = read_findings(o, &f)) < 0)
        return r;
    d->kind = (enum lw_document_kind)kind;
    d->person_class = (enum lw_person_class)person_class;
    o->status = (enum lw_document_status)status;
    return LW_OK;
}

static int read_lists(struct lw_record *rec, const struct lw_fields *f)
{
    const struct lw_json *a;
    int r = lw_fields_array(f, "cameras", 1, LW_BUNDLE_CAMERAS_MAX, "cameras", &a);
    for (size_t i = 0; r == LW_OK && i < lw_json_size(a); i++) {
        struct lw_bundle_camera *c = &rec->bundle.cameras[i];
        r = read_camera(c, lw_json_at(a, i), i, f->why);
        if (r == LW_OK && lw_bundle_camera_index(&rec->bundle, c->id) >= 0)
            return lw_fields_refuse(f, "cameras", "\"%s\" is there twice", c->id);
        rec->bundle.n_cameras++;
    }
    if (r < 0 ||
        (r = lw_fields_array(f, "documents", 0, LW_BUNDLE_DOCUMENTS_MAX, "documents", &a)) < 0)
        return r;
    for (size_t i = 0; r == LW_OK && i < lw_json_size(a); i++) {
        struct lw_bundle_document *d = &rec->bundle.documents[i];
        r = read_document(rec, lw_json_at(a, i), i, f->why);
        if (r == LW_OK && lw_bundle_document_index(&rec->bundle, d->id) >= 0)
            return lw_fields_refuse(f, "documents", "\"%s\" is there twice", d->id);
        rec->bundle.n_documents++;
    }
    rec->outcome.n_documents = rec->bundle.n_documents;
    return r;
}

static int read_crossing(struct lw_record *rec, const struct lw_fields *top)
{
    static const char *const known[] = {"id",        "lane",    "direction", "opened_utc",
                                        "synthetic", "cameras", "documents", NULL};
    struct lw_bundle *u = &rec->bundle;
    struct lw_fields f;
    const struct lw_json *v;
    unsigned direction;
    int r = lw_fields_get(top, "crossing", &v);
    if (r < 0 || (r = lw_fields_open(&f, v, known, top->why, "crossing")) < 0 ||
        (r = lw_fields_id(&f, "id", u->id)) < 0 ||
        (r = lw_fields_text(&f, "lane", u->lane, sizeof(u->lane))) < 0 ||
        (r = lw_fields_choice(&f, "direction", lw_direction_names, LW_DIRECTIONS, &direction)) <
            0 ||
        (r = lw_fields_time(&f, "opened_utc", &u->opened_utc_us)) < 0 ||
        (r = lw_fields_bool(&f, "synthetic", &u->synthetic)) < 0)
        return r;
    u->direction = (enum lw_direction)direction;
    return read_lists(rec, &f);
}

static int camera_of(const struct lw_fields *f, const char *key, const struct lw_bundle *u,
                     const char *id, int *camera)
{
    *camera = id ? lw_bundle_camera_index(u, id) : -1;
    return *camera >= 0 ? LW_OK : lw_fields_refuse(f, key, "has what is no camera's id");
}

static int read_camera_key(const struct lw_fields *f, const struct lw_bundle *u, int *camera)
{
    char id[LW_BUNDLE_ID];
    int r = lw_fields_id(f, "camera", id);
    return r < 0 ? r : camera_of(f, "camera", u, id, camera);
}

static int read_shot(struct lw_best_shot *s, const struct lw_json *v, const struct lw_bundle *u,
                     const char *place, size_t i, struct lw_why *why)
{
    static const char *const known[] = {"camera", "frame", "box", "inter_eye_px", "quality", NULL};
    struct lw_fields f;
    const struct lw_json *box;
    int r = lw_fields_open(&f, v, known, why, "%s.best_shots[%zu]", place, i);
    if (r < 0 || (r = read_camera_key(&f, u, &s->camera)) < 0 ||
        (r = lw_fields_int(&f, "frame", 0, INT64_MAX, &s->frame)) < 0 ||
        (r = lw_fields_array(&f, "box", 4, 4, "numbers", &box)) < 0)
        return r;
    for (size_t k = 0; k < 4; k++) {
        double x = lw_json_number(lw_json_at(box, k));
        if (!(x >= -(double)FLT_MAX && x <= (double)FLT_MAX))
            return lw_fields_refuse(&f, "box", "[%zu] is no number", k);
        s->box[k] = (float)x;
    }
    r = read_float(&f, "inter_eye_px", &s->inter_eye_px);
    return r < 0 ? r : read_float(&f, "quality", &s->quality);
}

static int read_shots(struct lw_occupant *o, const struct lw_fields *f, const struct lw_bundle *u)
{
    const struct lw_json *a;
    int r = lw_fields_array(f, "best_shots", 0, LW_BEST_SHOTS_MAX, "shots", &a);
    for (size_t i = 0; r == LW_OK && i < lw_json_size(a); i++)
        r = read_shot(&o->shots[o->n_shots++], lw_json_at(a, i), u, f->place, i, f->why);
    return r;
}

static int read_reasons(struct lw_occupant *o, const struct lw_fields *f)
{
    const struct lw_json *a;
    int r = lw_fields_array(f, "reasons", 0, LW_REASONS, "reasons", &a);
    for (size_t i = 0; r == LW_OK && i < lw_json_size(a); i++) {
        const char *s = lw_json_string(lw_json_at(a, i));
        unsigned k = 0;
        while (k < LW_REASONS && !(s && strcmp(s, lw_reason_names[k]) == 0))
            k++;
        if (k == LW_REASONS)
            return lw_fields_refuse(f, "reasons", "[%zu] is no reason", i);
        o->reasons |= 1u << k;
    }
    return r;
}

static int read_cameras_of(struct lw_occupant *o, const struct lw_fields *f,
                           const struct lw_bundle *u)
{
    const struct lw_json *a;
    int r = lw_fields_array(f, "cameras", 0, LW_BUNDLE_CAMERAS_MAX, "cameras", &a);
    for (size_t i = 0; r == LW_OK && i < lw_json_size(a); i++) {
        int camera = 0;
        r = camera_of(f, "cameras", u, lw_json_string(lw_json_at(a, i)), &camera);
        if (r == LW_OK)
            o->cameras |= 1u << camera;
    }
    return r;
}

static int read_document_of(struct lw_occupant *o, const struct lw_fields *f,
                            const struct lw_bundle *u)
{
    char id[LW_BUNDLE_ID];
    o->document = -1;
    if (is_null(f, "document"))
        return LW_OK;
    int r = lw_fields_id(f, "document", id);
    if (r < 0)
        return r;
    o->document = lw_bundle_document_index(u, id);
    return o->document >= 0 ? LW_OK
                            : lw_fields_refuse(f, "document", "\"%s\" is no document's id", id);
}

static int read_occupant(struct lw_occupant *o, const struct lw_json *v, const struct lw_bundle *u,
                         size_t i, struct lw_why *why)
{
    static const char *const known[] = {"seat",       "decision", "document",    "score",
                                        "captured",   "reasons",  "frames_seen", "cameras",
                                        "best_shots", NULL};
    struct lw_fields f;
    unsigned decision;
    int r = lw_fields_open(&f, v, known, why, "outcome.occupants[%zu]", i);
    if (r < 0 || (r = read_text_or_null(&f, "seat", o->seat, sizeof(o->seat))) < 0 ||
        (r = lw_fields_choice(&f, "decision", lw_decision_names, LW_DECISIONS, &decision)) < 0 ||
        (r = read_document_of(o, &f, u)) < 0 ||
        (r = lw_fields_bool(&f, "captured", &o->captured)) < 0 || (r = read_reasons(o, &f)) < 0 ||
        (r = read_int(&f, "frames_seen", &o->frames_seen)) < 0 ||
        (r = read_cameras_of(o, &f, u)) < 0 || (r = read_shots(o, &f, u)) < 0)
        return r;
    o->decision = (enum lw_decision)decision;
    o->has_score = !is_null(&f, "score");
    return o->has_score ? read_float(&f, "score", &o->score) : LW_OK;
}

static int read_faults(struct lw_record *rec, const struct lw_fields *f)
{
    static const char *const known[] = {"camera", "fault", NULL};
    struct lw_outcome *o = &rec->outcome;
    const struct lw_json *a;
    int r = lw_fields_array(f, "camera_faults", 0, LW_COUNT(o->camera_faults), "faults", &a);
    for (size_t i = 0; r == LW_OK && i < lw_json_size(a); i++) {
        struct lw_camera_fault *c = &o->camera_faults[o->n_camera_faults++];
        struct lw_fields g;
        if ((r = lw_fields_open(&g, lw_json_at(a, i), known, f->why, "outcome.camera_faults[%zu]",
                                i)) < 0 ||
            (r = read_camera_key(&g, &rec->bundle, &c->camera)) < 0)
            return r;
        r = lw_fields_text(&g, "fault", c->fault, sizeof(c->fault));
    }
    return r;
}

static int read_outcome(struct lw_record *rec, const struct lw_fields *top)
{
    static const char *const known[] = {"verified",  "model",         "fmr",
                                        "threshold", "tracks",        "distractors",
                                        "occupants", "camera_faults", NULL};
    struct lw_outcome *o = &rec->outcome;
    struct lw_fields f;
    const struct lw_json *v, *a;
    int r = lw_fields_get(top, "outcome", &v);
    if (r < 0 || (r = lw_fields_open(&f, v, known, top->why, "outcome")) < 0 ||
        (r = lw_fields_bool(&f, "verified", &o->verified)) < 0 ||
        (r = read_text_or_null(&f, "model", o->model, sizeof(o->model))) < 0 ||
        (r = lw_fields_number(&f, "fmr", 0, 1, &o->fmr)) < 0 ||
        (r = read_float(&f, "threshold", &o->threshold)) < 0 ||
        (r = read_int(&f, "tracks", &o->tracks)) < 0 ||
        (r = read_int(&f, "distractors", &o->distractors)) < 0 ||
        (r = lw_fields_array(&f, "occupants", 0, LW_OCCUPANTS_MAX, "occupants", &a)) < 0)
        return r;
    for (size_t i = 0; r == LW_OK && i < lw_json_size(a); i++)
        r = read_occupant(&o->occupants[o->n_occupants++], lw_json_at(a, i), &rec->bundle, i,
                          f.why);
    return r < 0 ? r : read_faults(rec, &f);
}

static int read_head(struct lw_record *rec, const struct lw_fields *f)
{
    static const char *const formats[] = {LW_RECORD_FORMAT};
    unsigned format;
    int64_t version;
    int r = lw_fields_choice(f, "format", formats, 1, &format);
    if (r < 0 || (r = lw_fields_int(f, "version", 1, LW_RECORD_VERSION, &version)) < 0 ||
        (r = lw_fields_id(f, "id", rec->id)) < 0)
        return r;
    if (!is_null(f, "corrects") && (r = lw_fields_id(f, "corrects", rec->corrects)) < 0)
        return r;
    return lw_fields_time(f, "closed_utc", &rec->closed_utc_us);
}

static int check_canonical(const struct lw_record *rec, struct lw_span bytes, struct lw_why *why)
{
    LW_AUTO_STRBUF again = LW_STRBUF_INIT;
    int r = lw_record_print(&again, rec);
    if (r == LW_EINVAL)
        return lw_why_set(why, LW_EFORMAT, -1, "outcome: decision, document and reasons differ");
    if (r < 0)
        return lw_why_set(why, r, -1, "%s", lw_err_name(r));
    size_t same = 0;
    while (same < bytes.n && same < again.n && bytes.data[same] == (uint8_t)again.s[same])
        same++;
    if (same == bytes.n && same == again.n)
        return LW_OK;
    return lw_why_set(why, LW_EFORMAT, (int64_t)same, "is not canonical at byte %zu", same);
}

int lw_record_parse(struct lw_record *out, struct lw_span bytes, struct lw_why *why)
{
    static const char *const known[] = {"format",     "version",  "id",      "corrects",
                                        "closed_utc", "crossing", "outcome", NULL};
    LW_AUTO(lw_json_doc) doc = NULL;
    struct lw_record rec = {.closed_utc_us = 0};
    struct lw_fields f;
    if (bytes.n > LW_RECORD_BYTES_MAX)
        return lw_why_set(why, LW_ELIMIT, -1, "has %zu bytes, the limit is %d", bytes.n,
                          LW_RECORD_BYTES_MAX);
    int r = lw_json_parse(&doc, bytes, why);
    if (r < 0 || (r = lw_fields_open(&f, lw_json_root(doc), known, why, "%s", "")) < 0 ||
        (r = read_head(&rec, &f)) < 0 || (r = read_crossing(&rec, &f)) < 0 ||
        (r = read_outcome(&rec, &f)) < 0 || (r = check_canonical(&rec, bytes, why)) < 0)
        return r;
    *out = rec;
    return LW_OK;
}
