#include "app/records_print.h"

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "crypt/digest.h"
#include "img/codec.h"

/* One line: a picture, or an occupant of whom none goes out. */
struct line {
    const struct lw_export_item *item;
    int occupant, number;                /* number: of the line in its record, from 1 */
    const struct lw_export_photo *photo; /* NULL: none */
    struct lw_image_info picture;        /* of the photo */
    const char *source;
};

static void put_text(struct lw_strbuf *b, const char *before, const char *text)
{
    lw_strbuf_puts(b, before);
    lw_json_put_string(b, text);
}

static void put_time(struct lw_strbuf *b, const char *before, int64_t utc_us)
{
    char text[LW_TIME_TEXT];
    lw_time_print(text, utc_us);
    put_text(b, before, text);
}

/* "20260131", and with the time "20260131081500Z" (ITL-1 Annex B.1.2, B.1.4). */
static void put_compact_time(struct lw_strbuf *b, int64_t utc_us, bool with_time)
{
    char t[LW_TIME_TEXT];
    lw_time_print(t, utc_us);
    lw_strbuf_printf(b, "\"%.4s%.2s%.2s", t, t + 5, t + 8);
    if (with_time)
        lw_strbuf_printf(b, "%.2s%.2s%.2sZ", t + 11, t + 14, t + 17);
    lw_strbuf_putc(b, '"');
}

static const struct lw_occupant *occupant_of(const struct line *l)
{
    return &l->item->record->outcome.occupants[l->occupant];
}

/* 0..100, -1 where there is neither picture nor shot. */
static long quality_of(const struct line *l)
{
    const struct lw_occupant *o = occupant_of(l);
    return l->photo ? lroundf(l->photo->quality) : o->n_shots ? lroundf(o->shots[0].quality) : -1;
}

static bool is_grey(const struct line *l)
{
    return l->picture.components == 1;
}

static int put_picture(struct lw_strbuf *b, const struct line *l)
{
    char hex[LW_SHA256_HEX];
    int r = lw_sha256_hex(hex, l->photo->bytes);
    if (r < 0)
        return r;
    lw_strbuf_printf(b,
                     ",\"HLL\":%d,\"VLL\":%d,\"SLC\":0,\"THPS\":1,\"TVPS\":1,\"CGA\":\"JPEGB\","
                     "\"CSP\":\"%s\",\"HAS\":\"%s\",\"DATA\":\"",
                     l->picture.width, l->picture.height, is_grey(l) ? "GRAY" : "SRGB", hex);
    lw_strbuf_put_base64(b, l->photo->bytes);
    lw_strbuf_putc(b, '"');
    return LW_OK;
}

/* ANSI/NIST-ITL 1-2011 (update 2013), Type-10: the mnemonics of its fields. */
static int put_type10(struct lw_strbuf *b, const struct line *l)
{
    const struct lw_record *rec = l->item->record;
    lw_strbuf_printf(b, "\"type_10\":{\"IDC\":%d,\"IMT\":\"FACE\"", l->number);
    put_text(b, ",\"SRC\":", l->source ? l->source : rec->bundle.lane);
    lw_strbuf_puts(b, ",\"PHD\":");
    put_compact_time(b, rec->bundle.opened_utc_us, false);
    lw_strbuf_puts(b, ",\"SAP\":0,\"PAS\":\"DIGITAL VIDEO\"");
    if (quality_of(l) >= 0)
        lw_strbuf_printf(b, ",\"SQS\":[{\"QVU\":%ld}]", quality_of(l));
    lw_strbuf_puts(b, ",\"ANN\":[{\"GMT\":");
    put_compact_time(b, rec->closed_utc_us, true);
    put_text(b, ",\"NAV\":", rec->outcome.model);
    put_text(b, ",\"OWN\":", "Lanewise");
    put_text(b, ",\"PRO\":", "1:1 against a document presented");
    lw_strbuf_puts(b, "}]");
    int r = l->photo ? put_picture(b, l) : LW_OK;
    lw_strbuf_puts(b, "},");
    return r;
}

/* ISO/IEC 19794-5:2005, 5.5 to 5.7. What this program never guesses is unspecified: 0. */
static void put_facial_record(struct lw_strbuf *b, const struct line *l)
{
    lw_strbuf_puts(b,
                   "\"iso_19794_5\":{\"number_of_feature_points\":0,\"gender\":0,\"eye_colour\":0,"
                   "\"hair_colour\":0,\"feature_mask\":0,\"expression\":0,"
                   "\"pose_angle\":[0,0,0],\"pose_angle_uncertainty\":[0,0,0],"
                   "\"face_image_type\":0");
    if (l->photo)
        lw_strbuf_printf(b,
                         ",\"image_data_type\":0,\"width\":%d,\"height\":%d,"
                         "\"image_colour_space\":%d",
                         l->picture.width, l->picture.height, is_grey(l) ? 3 : 1);
    lw_strbuf_puts(b, ",\"source_type\":6,\"device_type\":0");
    if (quality_of(l) >= 0)
        lw_strbuf_printf(b, ",\"quality\":%ld", quality_of(l));
    lw_strbuf_puts(b, "},");
}

static void put_document(struct lw_strbuf *b, const struct lw_record *rec, int document)
{
    if (document < 0) {
        lw_strbuf_puts(b, ",\"document\":null");
        return;
    }
    const struct lw_bundle_document *d = &rec->bundle.documents[document];
    put_text(b, ",\"document\":{\"id\":", d->id);
    put_text(b, ",\"kind\":", lw_document_kind_name(d->kind));
    put_text(b, ",\"class\":", lw_person_class_name(d->person_class));
    put_text(b, ",\"status\":", lw_document_status_name(rec->outcome.documents[document].status));
    lw_strbuf_putc(b, '}');
}

static void put_reasons(struct lw_strbuf *b, uint32_t reasons)
{
    bool first = true;
    lw_strbuf_puts(b, ",\"reasons\":[");
    for (unsigned i = 0; i < LW_REASONS; i++) {
        if (!(reasons & (1u << i)))
            continue;
        put_text(b, first ? "" : ",", lw_reason_name((enum lw_reason)i));
        first = false;
    }
    lw_strbuf_putc(b, ']');
}

/* Where the face was in the frame that the picture was cut from. */
static void put_shot(struct lw_strbuf *b, const struct lw_record *rec, const struct lw_occupant *o)
{
    if (o->n_shots == 0)
        return;
    const struct lw_best_shot *s = &o->shots[0];
    put_text(b, ",\"camera\":", rec->bundle.cameras[s->camera].id);
    lw_strbuf_printf(b, ",\"frame\":%jd,\"box\":[", (intmax_t)s->frame);
    for (int i = 0; i < 4; i++) {
        lw_strbuf_puts(b, i ? "," : "");
        lw_json_put_float(b, s->box[i]);
    }
    lw_strbuf_puts(b, "],\"inter_eye_px\":");
    lw_json_put_float(b, s->inter_eye_px);
}

/* What the two standards have no name for. */
static void put_own(struct lw_strbuf *b, const struct line *l)
{
    const struct lw_record *rec = l->item->record;
    const struct lw_occupant *o = occupant_of(l);
    put_text(b, "\"lanewise\":{\"record\":", rec->id);
    put_text(b, ",\"crossing\":", rec->bundle.id);
    put_text(b, ",\"lane\":", rec->bundle.lane);
    put_text(b, ",\"direction\":", lw_direction_name(rec->bundle.direction));
    put_time(b, ",\"opened_utc\":", rec->bundle.opened_utc_us);
    put_time(b, ",\"closed_utc\":", rec->closed_utc_us);
    lw_strbuf_printf(b, ",\"occupant\":%d", l->occupant);
    if (o->seat[0])
        put_text(b, ",\"seat\":", o->seat);
    put_text(b, ",\"decision\":", lw_decision_name(o->decision));
    if (o->has_score) {
        lw_strbuf_puts(b, ",\"score\":");
        lw_json_put_float(b, o->score);
    }
    put_document(b, rec, o->document);
    put_reasons(b, o->reasons);
    put_shot(b, rec, o);
    lw_strbuf_putc(b, '}');
}

static int put_line(struct lw_strbuf *b, struct line *l, struct lw_why *why)
{
    if (l->photo) {
        int r = lw_image_probe(&l->picture, l->photo->bytes, NULL, why);
        if (r < 0) {
            lw_why_prefix(why, "record %s: a photo", l->item->record->id);
            return r;
        }
    }
    l->number++;
    lw_strbuf_putc(b, '{');
    if (put_type10(b, l) < 0)
        return lw_why_set(why, LW_ECRYPTO, -1, "no digest");
    put_facial_record(b, l);
    put_own(b, l);
    lw_strbuf_puts(b, "}\n");
    return LW_OK;
}

int lw_records_print_type10(struct lw_strbuf *out, const struct lw_export_item *item,
                            const char *source, struct lw_why *why)
{
    struct line l = {.item = item, .source = source};
    size_t at = 0; /* photos come by occupant */
    int r = LW_OK;
    for (size_t i = 0; r == LW_OK && i < item->record->outcome.n_occupants; i++) {
        l.occupant = (int)i;
        l.photo = NULL;
        if (at == item->n_photos || item->photos[at].occupant != l.occupant)
            r = put_line(out, &l, why);
        for (; r == LW_OK && at < item->n_photos && item->photos[at].occupant == l.occupant; at++) {
            l.photo = &item->photos[at];
            r = put_line(out, &l, why);
        }
    }
    return r;
}
