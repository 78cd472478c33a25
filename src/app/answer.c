#include "app/answer.h"

#include "app/manifest.h"
#include "base/json.h"

static const char *camera_id(const struct lw_crossing_result *r, int camera)
{
    return r->bundle.cameras[camera].id;
}

static void put_reasons(struct lw_strbuf *b, const char *key, uint32_t reasons)
{
    const char *comma = "";
    lw_strbuf_printf(b, "\"%s\":[", key);
    for (int i = 0; i < LW_REASONS; i++)
        if (reasons & (1u << i)) {
            lw_strbuf_printf(b, "%s\"%s\"", comma, lw_reason_name((enum lw_reason)i));
            comma = ",";
        }
    lw_strbuf_putc(b, ']');
}

/* What the officer can do, one sentence a reason and hint. */
static void put_advice(struct lw_strbuf *b, uint32_t reasons)
{
    const char *comma = "";
    lw_strbuf_puts(b, "\"advice\":[");
    for (int i = 0; i < LW_REASONS; i++)
        if (reasons & (1u << i)) {
            lw_strbuf_puts(b, comma);
            lw_json_put_string(b, lw_reason_advice((enum lw_reason)i));
            comma = ",";
        }
    lw_strbuf_putc(b, ']');
}

/* Names of the requirement tables that a shot meets. */
static void put_met(struct lw_strbuf *b, const struct lw_crossing_result *r, uint32_t meets)
{
    const char *comma = "";
    lw_strbuf_puts(b, ",\"meets\":[");
    for (size_t i = 0; i < r->requirements.n; i++)
        if (meets & (1u << i)) {
            lw_strbuf_puts(b, comma);
            lw_json_put_string(b, r->requirements.v[i].name);
            comma = ",";
        }
    lw_strbuf_putc(b, ']');
}

static void put_cameras(struct lw_strbuf *b, const struct lw_crossing_result *r, uint32_t cameras)
{
    const char *comma = "";
    lw_strbuf_puts(b, ",\"cameras\":[");
    for (size_t i = 0; i < r->bundle.n_cameras; i++)
        if (cameras & (1u << i)) {
            lw_strbuf_puts(b, comma);
            lw_json_put_string(b, camera_id(r, (int)i));
            comma = ",";
        }
    lw_strbuf_putc(b, ']');
}

static void put_shot(struct lw_strbuf *b, const struct lw_crossing_result *r,
                     const struct lw_best_shot *s)
{
    lw_strbuf_puts(b, "{\"camera\":");
    lw_json_put_string(b, camera_id(r, s->camera));
    lw_strbuf_printf(b, ",\"frame\":%lld,\"box\":[%.1f,%.1f,%.1f,%.1f]", (long long)s->frame,
                     (double)s->box[0], (double)s->box[1], (double)s->box[2], (double)s->box[3]);
    lw_strbuf_printf(b, ",\"inter_eye_px\":%.1f,\"quality\":%.1f", (double)s->inter_eye_px,
                     (double)s->quality);
    put_met(b, r, s->meets);
    lw_strbuf_putc(b, '}');
}

static void put_string_or_null(struct lw_strbuf *b, const char *s)
{
    if (s && *s)
        lw_json_put_string(b, s);
    else
        lw_strbuf_puts(b, "null");
}

static void put_occupant(struct lw_strbuf *b, const struct lw_crossing_result *r,
                         const struct lw_occupant *o)
{
    lw_strbuf_puts(b, "{\"seat\":");
    put_string_or_null(b, o->seat);
    lw_strbuf_puts(b, ",\"document\":");
    put_string_or_null(b, o->document >= 0 ? r->bundle.documents[o->document].id : NULL);
    lw_strbuf_puts(b, ",\"score\":");
    if (o->has_score)
        lw_json_put_float(b, o->score);
    else
        lw_strbuf_puts(b, "null");
    lw_strbuf_printf(b, ",\"decision\":\"%s\",",
                     o->decision == LW_VERIFIED ? "verified" : "referral");
    put_reasons(b, "reasons", o->reasons);
    lw_strbuf_putc(b, ',');
    put_reasons(b, "hints", o->hints & ~o->reasons);
    lw_strbuf_putc(b, ',');
    put_advice(b, o->reasons | o->hints);
    lw_strbuf_printf(b, ",\"captured\":%s,\"frames_seen\":%d", o->captured ? "true" : "false",
                     o->frames_seen);
    put_cameras(b, r, o->cameras);
    lw_strbuf_puts(b, ",\"best_shots\":[");
    for (size_t i = 0; i < o->n_shots; i++) {
        lw_strbuf_puts(b, i ? "," : "");
        put_shot(b, r, &o->shots[i]);
    }
    lw_strbuf_puts(b, "]}");
}

static void put_document(struct lw_strbuf *b, const struct lw_crossing_result *r, size_t i)
{
    const struct lw_document_outcome *d = &r->outcome.documents[i];
    lw_strbuf_puts(b, "{\"id\":");
    lw_json_put_string(b, r->bundle.documents[i].id);
    lw_strbuf_printf(b,
                     ",\"status\":\"%s\",\"manual_offered\":%s,\"earlier_references\":%zu,"
                     "\"findings\":[",
                     lw_document_status_name(d->status), d->manual_offered ? "true" : "false",
                     r->references[i]);
    for (size_t f = 0; f < d->n_findings; f++) {
        lw_strbuf_puts(b, f ? "," : "");
        lw_json_put_string(b, d->findings[f]);
    }
    lw_strbuf_puts(b, "],\"advice\":");
    put_string_or_null(b, lw_document_status_advice(d->status));
    lw_strbuf_putc(b, '}');
}

static void put_fault(struct lw_strbuf *b, const struct lw_crossing_result *r,
                      const struct lw_camera_fault *f)
{
    lw_strbuf_puts(b, "{\"camera\":");
    lw_json_put_string(b, camera_id(r, f->camera));
    lw_strbuf_puts(b, ",\"fault\":");
    lw_json_put_string(b, f->fault);
    lw_strbuf_putc(b, '}');
}

void lw_answer_print(struct lw_strbuf *b, const struct lw_crossing_result *r)
{
    const struct lw_outcome *o = &r->outcome;
    const struct lw_crossing_timing *t = &r->timing;
    lw_strbuf_puts(b, "{\"crossing\":");
    lw_json_put_string(b, r->bundle.id);
    lw_strbuf_puts(b, r->bundle.synthetic ? ",\"synthetic\":true" : "");
    lw_strbuf_printf(b, ",\"outcome\":\"%s\",\"requirements\":\"%s\",\"occupants\":[",
                     o->verified ? "verified" : "referral",
                     r->requirements.v[r->requirements.in_effect].name);
    for (size_t i = 0; i < o->n_occupants; i++) {
        lw_strbuf_puts(b, i ? "," : "");
        put_occupant(b, r, &o->occupants[i]);
    }
    lw_strbuf_puts(b, "],\"documents\":[");
    for (size_t i = 0; i < o->n_documents; i++) {
        lw_strbuf_puts(b, i ? "," : "");
        put_document(b, r, i);
    }
    lw_strbuf_printf(b, "],\"tracks\":%d,\"distractors\":%d,\"camera_faults\":[", o->tracks,
                     o->distractors);
    for (size_t i = 0; i < o->n_camera_faults; i++) {
        lw_strbuf_puts(b, i ? "," : "");
        put_fault(b, r, &o->camera_faults[i]);
    }
    lw_strbuf_putc(b, ']');
    if (r->manifest) {
        lw_strbuf_puts(b, ",\"manifest\":");
        lw_manifest_answer_put_json(b, r->manifest);
    }
    lw_strbuf_printf(b,
                     ",\"timing_ms\":{\"total\":%.1f,\"decode\":%.1f,\"detect\":%.1f,"
                     "\"embed\":%.1f,\"answer\":%.1f}}\n",
                     t->total_ms, t->decode_ms, t->detect_ms, t->embed_ms, t->answer_ms);
}
