/* docs/formats/crossing-record.md: fixed keys in a fixed order, no white space, printable ASCII. */
#include <math.h>

#include "base/clock.h"
#include "base/json.h"
#include "cross/names.h"
#include "cross/record.h"

/* A further key of an object. */
static void key(struct lw_strbuf *b, const char *name)
{
    lw_strbuf_printf(b, ",\"%s\":", name);
}

/* Canonical bytes are ASCII: what another byte said is not worth two spellings of one record. */
static void put_text(struct lw_strbuf *b, const char *s)
{
    char ascii[160];
    size_t n = 0;
    for (; *s && n + 1 < sizeof(ascii); s++)
        ascii[n++] = *s >= 0x20 && *s <= 0x7e ? *s : '?';
    ascii[n] = '\0';
    lw_json_put_string(b, ascii);
}

static void put_text_or_null(struct lw_strbuf *b, const char *s)
{
    if (*s)
        put_text(b, s);
    else
        lw_strbuf_puts(b, "null");
}

static void put_bool(struct lw_strbuf *b, bool yes)
{
    lw_strbuf_puts(b, yes ? "true" : "false");
}

static void put_time(struct lw_strbuf *b, int64_t utc_us)
{
    char text[LW_TIME_TEXT];
    lw_time_print(text, utc_us);
    lw_strbuf_printf(b, "\"%s\"", text);
}

static void put_float(struct lw_strbuf *b, float x)
{
    lw_json_put_float(b, x == 0 ? 0 : x); /* one zero */
}

/* One spelling: version 2 exactly where it says more than version 1. */
static int version_of(const struct lw_record *rec)
{
    for (size_t i = 0; i < rec->bundle.n_documents; i++)
        if (rec->outcome.documents[i].manual_offered)
            return LW_RECORD_VERSION;
    return 1;
}

static void put_document(struct lw_strbuf *b, const struct lw_record *rec, size_t n)
{
    const struct lw_bundle_document *d = &rec->bundle.documents[n];
    const struct lw_document_outcome *o = &rec->outcome.documents[n];
    lw_strbuf_printf(b, "{\"id\":\"%s\",\"kind\":\"%s\",\"class\":\"%s\",\"opted_out\":%s", d->id,
                     lw_document_kind_names[d->kind], lw_class_names[d->person_class],
                     d->opted_out ? "true" : "false");
    if (version_of(rec) >= 2) {
        key(b, "manual_offered");
        put_bool(b, o->manual_offered);
    }
    lw_strbuf_printf(b, ",\"status\":\"%s\",\"findings\":[", lw_document_status_names[o->status]);
    for (size_t i = 0; i < o->n_findings; i++) {
        lw_strbuf_puts(b, i ? "," : "");
        put_text(b, o->findings[i]);
    }
    lw_strbuf_puts(b, "]}");
}

static void put_crossing(struct lw_strbuf *b, const struct lw_record *rec)
{
    const struct lw_bundle *u = &rec->bundle;
    lw_strbuf_printf(b, "{\"id\":\"%s\",\"lane\":", u->id);
    put_text(b, u->lane);
    lw_strbuf_printf(b, ",\"direction\":\"%s\",\"opened_utc\":", lw_direction_names[u->direction]);
    put_time(b, u->opened_utc_us);
    key(b, "synthetic");
    put_bool(b, u->synthetic);
    key(b, "cameras");
    for (size_t i = 0; i < u->n_cameras; i++)
        lw_strbuf_printf(b, "%s{\"id\":\"%s\",\"view\":\"%s\"}", i ? "," : "[", u->cameras[i].id,
                         lw_view_names[u->cameras[i].view]);
    lw_strbuf_puts(b, "],\"documents\":[");
    for (size_t i = 0; i < u->n_documents; i++) {
        lw_strbuf_puts(b, i ? "," : "");
        put_document(b, rec, i);
    }
    lw_strbuf_puts(b, "]}");
}

static void put_shot(struct lw_strbuf *b, const struct lw_bundle *u, const struct lw_best_shot *s)
{
    lw_strbuf_printf(b, "{\"camera\":\"%s\",\"frame\":%jd,\"box\":", u->cameras[s->camera].id,
                     (intmax_t)s->frame);
    for (size_t i = 0; i < 4; i++) {
        lw_strbuf_puts(b, i ? "," : "[");
        put_float(b, s->box[i]);
    }
    lw_strbuf_puts(b, "],\"inter_eye_px\":");
    put_float(b, s->inter_eye_px);
    key(b, "quality");
    put_float(b, s->quality);
    lw_strbuf_puts(b, "}");
}

static void put_reasons(struct lw_strbuf *b, uint32_t reasons)
{
    bool first = true;
    lw_strbuf_putc(b, '[');
    for (unsigned i = 0; i < LW_REASONS; i++) {
        if (!(reasons & (1u << i)))
            continue;
        lw_strbuf_printf(b, "%s\"%s\"", first ? "" : ",", lw_reason_names[i]);
        first = false;
    }
    lw_strbuf_putc(b, ']');
}

static void put_cameras_of(struct lw_strbuf *b, const struct lw_bundle *u, uint32_t cameras)
{
    bool first = true;
    lw_strbuf_putc(b, '[');
    for (size_t i = 0; i < u->n_cameras; i++) {
        if (!(cameras & (1u << i)))
            continue;
        lw_strbuf_printf(b, "%s\"%s\"", first ? "" : ",", u->cameras[i].id);
        first = false;
    }
    lw_strbuf_putc(b, ']');
}

static void put_occupant(struct lw_strbuf *b, const struct lw_bundle *u,
                         const struct lw_occupant *o)
{
    lw_strbuf_puts(b, "{\"seat\":");
    put_text_or_null(b, o->seat);
    lw_strbuf_printf(b, ",\"decision\":\"%s\",\"document\":", lw_decision_names[o->decision]);
    put_text_or_null(b, o->document >= 0 ? u->documents[o->document].id : "");
    key(b, "score");
    if (o->has_score)
        put_float(b, o->score);
    else
        lw_strbuf_puts(b, "null");
    key(b, "captured");
    put_bool(b, o->captured);
    key(b, "reasons");
    put_reasons(b, o->reasons);
    lw_strbuf_printf(b, ",\"frames_seen\":%d,\"cameras\":", o->frames_seen);
    put_cameras_of(b, u, o->cameras);
    key(b, "best_shots");
    lw_strbuf_putc(b, '[');
    for (size_t i = 0; i < o->n_shots; i++) {
        lw_strbuf_puts(b, i ? "," : "");
        put_shot(b, u, &o->shots[i]);
    }
    lw_strbuf_puts(b, "]}");
}

static void put_outcome(struct lw_strbuf *b, const struct lw_record *rec)
{
    const struct lw_outcome *o = &rec->outcome;
    lw_strbuf_puts(b, "{\"verified\":");
    put_bool(b, o->verified);
    key(b, "model");
    put_text_or_null(b, o->model);
    key(b, "fmr");
    lw_json_put_double(b, o->fmr == 0 ? 0 : o->fmr);
    key(b, "threshold");
    put_float(b, o->threshold);
    lw_strbuf_printf(b, ",\"tracks\":%d,\"distractors\":%d,\"occupants\":[", o->tracks,
                     o->distractors);
    for (size_t i = 0; i < o->n_occupants; i++) {
        lw_strbuf_puts(b, i ? "," : "");
        put_occupant(b, &rec->bundle, &o->occupants[i]);
    }
    lw_strbuf_puts(b, "],\"camera_faults\":[");
    for (size_t i = 0; i < o->n_camera_faults; i++) {
        lw_strbuf_printf(b, "%s{\"camera\":\"%s\",\"fault\":", i ? "," : "",
                         rec->bundle.cameras[o->camera_faults[i].camera].id);
        put_text(b, o->camera_faults[i].fault);
        lw_strbuf_putc(b, '}');
    }
    lw_strbuf_puts(b, "]}");
}

static bool good_time(int64_t utc_us)
{
    char text[LW_TIME_TEXT];
    int64_t back;
    lw_time_print(text, utc_us);
    return lw_time_parse(text, &back) == LW_OK;
}

static bool good_shot(const struct lw_bundle *u, const struct lw_best_shot *s)
{
    bool finite = isfinite(s->inter_eye_px) && isfinite(s->quality);
    for (size_t i = 0; i < 4; i++)
        finite = finite && isfinite(s->box[i]);
    return finite && s->camera >= 0 && (size_t)s->camera < u->n_cameras && s->frame >= 0;
}

static bool good_occupant(const struct lw_bundle *u, const struct lw_occupant *o)
{
    if ((o->seat[0] && !lw_seat_valid(o->seat)) || o->document < -1 ||
        o->document >= (int)u->n_documents || (o->has_score && !isfinite(o->score)) ||
        (o->decision == LW_VERIFIED) != (o->document >= 0) ||
        (o->decision == LW_VERIFIED) != (o->reasons == 0) || o->reasons >> LW_REASONS ||
        o->cameras >> u->n_cameras || o->frames_seen < 0 || o->n_shots > LW_BEST_SHOTS_MAX)
        return false;
    for (size_t i = 0; i < o->n_shots; i++)
        if (!good_shot(u, &o->shots[i]))
            return false;
    return true;
}

static bool good_outcome(const struct lw_record *rec)
{
    const struct lw_bundle *u = &rec->bundle;
    const struct lw_outcome *o = &rec->outcome;
    if (o->n_documents != u->n_documents || o->n_occupants > LW_OCCUPANTS_MAX ||
        o->n_camera_faults > LW_COUNT(o->camera_faults) || o->tracks < 0 || o->distractors < 0 ||
        !isfinite(o->fmr) || !isfinite(o->threshold))
        return false;
    for (size_t i = 0; i < o->n_occupants; i++)
        if (!good_occupant(u, &o->occupants[i]))
            return false;
    for (size_t i = 0; i < o->n_camera_faults; i++) {
        const struct lw_camera_fault *f = &o->camera_faults[i];
        if (f->camera < 0 || (size_t)f->camera >= u->n_cameras || !f->fault[0])
            return false;
    }
    for (size_t i = 0; i < o->n_documents; i++)
        if (o->documents[i].n_findings > LW_DOCUMENT_FINDINGS_MAX)
            return false;
    return true;
}

static bool good_record(const struct lw_record *rec)
{
    const struct lw_bundle *u = &rec->bundle;
    return lw_id_valid(rec->id) && (!rec->corrects[0] || lw_id_valid(rec->corrects)) &&
           lw_id_valid(u->id) && u->lane[0] && u->n_cameras >= 1 &&
           u->n_cameras <= LW_BUNDLE_CAMERAS_MAX && u->n_documents <= LW_BUNDLE_DOCUMENTS_MAX &&
           good_time(rec->closed_utc_us) && good_time(u->opened_utc_us) && good_outcome(rec);
}

int lw_record_print(struct lw_strbuf *out, const struct lw_record *rec)
{
    if (!good_record(rec))
        return LW_EINVAL;
    lw_strbuf_printf(out, "{\"format\":\"%s\",\"version\":%d,\"id\":\"%s\",\"corrects\":",
                     LW_RECORD_FORMAT, version_of(rec), rec->id);
    put_text_or_null(out, rec->corrects);
    key(out, "closed_utc");
    put_time(out, rec->closed_utc_us);
    key(out, "crossing");
    put_crossing(out, rec);
    key(out, "outcome");
    put_outcome(out, rec);
    lw_strbuf_putc(out, '}');
    return lw_strbuf_err(out);
}
