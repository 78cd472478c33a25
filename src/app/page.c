#include "app/page.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/page_style.h"
#include "base/clock.h"
#include "base/file.h"
#include "img/codec.h"
#include "img/geom.h"

/* Pictures are shrunk to what a page needs. */
enum { FRAME_SIDE = 1280, SHOT_SIDE = 224, FRAME_JPEG = 80, SHOT_JPEG = 86 };

struct lw_page {
    struct lw_strbuf title, note, body;
    int vehicles, verified_vehicles, people, verified_people;
};

int lw_page_new(struct lw_page **out, const struct lw_page_opts *opts)
{
    struct lw_page *p = calloc(1, sizeof(*p));
    if (!p)
        return LW_ENOMEM;
    lw_strbuf_puts(&p->title, opts->title);
    lw_strbuf_puts(&p->note, opts->note ? opts->note : "");
    *out = p;
    return LW_OK;
}

void lw_page_free(struct lw_page **p)
{
    if (!*p)
        return;
    lw_strbuf_clear(&(*p)->title);
    lw_strbuf_clear(&(*p)->note);
    lw_strbuf_clear(&(*p)->body);
    free(*p);
    *p = NULL;
}

/* ------------------------------------------------------------------ small words of HTML */

static const char *tone(bool verified)
{
    return verified ? "good" : "refer";
}

static void put_tag(struct lw_strbuf *b, const char *class, const char *text)
{
    lw_strbuf_printf(b, "<span class=\"tag %s\">", class);
    lw_strbuf_put_html(b, text);
    lw_strbuf_puts(b, "</span>");
}

static const char *seat_of(const struct lw_occupant *o)
{
    return o->seat[0] ? o->seat : "?";
}

static const char *document_of(const struct lw_crossing_result *r, const struct lw_occupant *o)
{
    return o->document < 0 ? "-" : r->bundle.documents[o->document].id;
}

/* A data: URL of the image, its longer side at most max_side. */
static int put_image_url(struct lw_strbuf *b, struct lw_image *im, int max_side, int quality)
{
    LW_AUTO(lw_image) small = NULL;
    LW_AUTO_MEM(uint8_t) jpeg = NULL;
    size_t n = 0;
    int side = lw_maxi(im->width, im->height);
    int r = LW_OK;
    if (side > max_side)
        r = lw_image_resize(&small, im, lw_maxi(1, im->width * max_side / side),
                            lw_maxi(1, im->height * max_side / side));
    if (r < 0 || (r = lw_image_encode_jpeg(small ? small : im, quality, &jpeg, &n, NULL)) < 0)
        return r;
    lw_strbuf_puts(b, "data:image/jpeg;base64,");
    lw_strbuf_put_base64(b, (struct lw_span){.data = jpeg, .n = n});
    return LW_OK;
}

/* ------------------------------------------------------------------ frames */

/* The box of one face with its seat on a plate above it, in pixels of the frame. The plate is as
 * wide as the box as far as it can be read then: faces of the rear rows lie close together. */
static void put_box(struct lw_strbuf *b, const struct lw_rect *box, const struct lw_occupant *o,
                    int frame_side)
{
    const char *seat = seat_of(o);
    const float text_px =
        lw_clampf(box->w / 1.84f, (float)frame_side / 80.0f, (float)frame_side / 42.0f);
    float w = text_px * 0.62f * (float)strlen(seat) + text_px * 0.6f, h = text_px * 1.3f;
    float y = box->y >= h ? box->y - h : box->y;
    const char *t = tone(o->decision == LW_VERIFIED);
    lw_strbuf_printf(b,
                     "<rect class=\"box %s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
                     "rx=\"%.1f\"/><rect class=\"plate %s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
                     "height=\"%.1f\"/><text class=\"seat\" x=\"%.1f\" y=\"%.1f\" "
                     "font-size=\"%.1f\">",
                     t, box->x, box->y, box->w, box->h, text_px / 5, t, box->x, y, w, h,
                     box->x + text_px * 0.3f, y + text_px, text_px);
    lw_strbuf_put_html(b, seat);
    lw_strbuf_puts(b, "</text>");
}

static int put_frame(struct lw_strbuf *b, const struct lw_crossing_result *r, size_t camera)
{
    const struct lw_crossing_pictures *pics = &r->pictures;
    const struct lw_bundle_camera *c = &r->bundle.cameras[camera];
    struct lw_image *im = pics->frames[camera];
    lw_strbuf_printf(b,
                     "<figure><svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"frame %lld of "
                     "camera %s\"><image width=\"%d\" height=\"%d\" href=\"",
                     im->width, im->height, (long long)pics->frame_index[camera], c->id, im->width,
                     im->height);
    int e = put_image_url(b, im, FRAME_SIDE, FRAME_JPEG);
    if (e < 0)
        return e;
    lw_strbuf_puts(b, "\"/>");
    for (size_t i = 0; i < pics->n_boxes[camera]; i++)
        put_box(b, &pics->boxes[camera][i].box,
                &r->outcome.occupants[pics->boxes[camera][i].occupant],
                lw_maxi(im->width, im->height));
    lw_strbuf_printf(b,
                     "</svg><figcaption>%s \xC2\xB7 %s \xC2\xB7 frame %lld</figcaption></figure>",
                     c->id, lw_view_name(c->view), (long long)pics->frame_index[camera]);
    return LW_OK;
}

static int put_frames(struct lw_strbuf *b, const struct lw_crossing_result *r)
{
    lw_strbuf_puts(b, "<div class=\"frames\">\n");
    for (size_t c = 0; c < r->bundle.n_cameras; c++) {
        int e = r->pictures.frames[c] ? put_frame(b, r, c) : LW_OK;
        if (e < 0)
            return e;
    }
    lw_strbuf_puts(b, "</div>\n");
    return LW_OK;
}

/* ------------------------------------------------------------------ the table */

static void put_reasons(struct lw_strbuf *b, uint32_t reasons)
{
    const char *before = "<span>"; /* one child, so that a narrow screen lays it out as one */
    for (int i = 0; i < LW_REASONS; i++) {
        if (!(reasons & 1u << i))
            continue;
        lw_strbuf_printf(b, "%s<b>%s</b> <span class=\"soft\">", before,
                         lw_reason_name((enum lw_reason)i));
        lw_strbuf_put_html(b, lw_reason_advice((enum lw_reason)i));
        lw_strbuf_puts(b, "</span>");
        before = "<br>";
    }
    lw_strbuf_puts(b, reasons ? "</span>" : "");
}

static void put_occupant_row(struct lw_strbuf *b, const struct lw_crossing_result *r,
                             const struct lw_occupant *o, const struct lw_matcher *m)
{
    char score[LW_SCORE_TEXT], fmr[LW_SCORE_TEXT];
    lw_score_print(score, fmr, o, m);
    bool ok = o->decision == LW_VERIFIED;
    lw_strbuf_printf(b,
                     "<tr><td data-name=\"Seat\">%s</td><td data-name=\"Document\">%s</td>"
                     "<td data-name=\"Score\">%s</td><td data-name=\"FMR\">%s</td>"
                     "<td data-name=\"Decision\">",
                     seat_of(o), document_of(r, o), score, fmr);
    put_tag(b, tone(ok), ok ? "verified" : "referral");
    lw_strbuf_puts(b, "</td><td data-name=\"Reason\">");
    put_reasons(b, o->reasons | o->hints);
    lw_strbuf_puts(b, "</td></tr>\n");
}

static void put_occupants(struct lw_strbuf *b, const struct lw_crossing_result *r,
                          const struct lw_matcher *m)
{
    if (r->outcome.n_occupants == 0) {
        lw_strbuf_puts(b, "<p>Nobody was seen in this vehicle.</p>\n");
        return;
    }
    lw_strbuf_puts(b, "<h3>Occupants</h3><table><thead><tr><th>Seat<th>Document<th>Score<th>FMR"
                      "<th>Decision<th>Reason</tr></thead><tbody>\n");
    for (size_t i = 0; i < r->outcome.n_occupants; i++)
        put_occupant_row(b, r, &r->outcome.occupants[i], m);
    lw_strbuf_puts(b, "</tbody></table>\n");
}

/* ------------------------------------------------------------------ portraits and best shots */

static int put_picture(struct lw_strbuf *b, struct lw_image *im, const char *alt)
{
    lw_strbuf_puts(b, "<img alt=\"");
    lw_strbuf_put_html(b, alt);
    lw_strbuf_puts(b, "\" src=\"");
    int e = put_image_url(b, im, SHOT_SIDE, SHOT_JPEG);
    lw_strbuf_puts(b, "\">");
    return e;
}

static int put_portrait(struct lw_strbuf *b, const struct lw_crossing_result *r,
                        const struct lw_occupant *o)
{
    int e = LW_OK;
    lw_strbuf_puts(b, "<figure class=\"portrait\">");
    if (o->document >= 0 && r->pictures.portraits[o->document])
        e = put_picture(b, r->pictures.portraits[o->document], "portrait in the document");
    else
        lw_strbuf_puts(b, "<div class=\"blank\">no document</div>");
    lw_strbuf_printf(b, "<figcaption>%s</figcaption></figure>",
                     o->document < 0 ? "" : r->bundle.documents[o->document].id);
    return e;
}

static int put_shots(struct lw_strbuf *b, const struct lw_crossing_result *r, size_t who)
{
    const struct lw_occupant *o = &r->outcome.occupants[who];
    for (size_t i = 0; i < o->n_shots; i++) {
        struct lw_image *im = r->pictures.shots[who][i];
        const struct lw_best_shot *s = &o->shots[i];
        if (!im)
            continue;
        lw_strbuf_puts(b, "<figure>");
        int e = put_picture(b, im, "best shot");
        if (e < 0)
            return e;
        lw_strbuf_printf(b,
                         "<figcaption>%s %lld<br>eyes %.0f px<br>quality %.0f</figcaption>"
                         "</figure>",
                         r->bundle.cameras[s->camera].id, (long long)s->frame, s->inter_eye_px,
                         s->quality);
    }
    if (o->n_shots == 0)
        lw_strbuf_puts(b, "<div class=\"blank\">no picture kept</div>");
    return LW_OK;
}

static int put_occupant_cards(struct lw_strbuf *b, const struct lw_crossing_result *r)
{
    for (size_t i = 0; i < r->outcome.n_occupants; i++) {
        const struct lw_occupant *o = &r->outcome.occupants[i];
        bool ok = o->decision == LW_VERIFIED;
        lw_strbuf_printf(b, "<div class=\"person\"><p>Seat %s ", seat_of(o));
        put_tag(b, tone(ok), ok ? "verified" : "referral");
        lw_strbuf_puts(b, "</p><div class=\"row\">");
        int e = put_portrait(b, r, o);
        if (e < 0 || (e = put_shots(b, r, i)) < 0)
            return e;
        lw_strbuf_puts(b, "</div></div>\n");
    }
    return LW_OK;
}

/* Documents that nobody was matched with, for the officer who compares by eye. */
static int put_document_cards(struct lw_strbuf *b, const struct lw_crossing_result *r)
{
    for (size_t i = 0; i < r->bundle.n_documents; i++) {
        const enum lw_document_status status = r->outcome.documents[i].status;
        if (status == LW_DOC_MATCHED || !r->pictures.portraits[i])
            continue;
        lw_strbuf_printf(b, "<div class=\"person\"><p>Document %s ", r->bundle.documents[i].id);
        put_tag(b, "refer", lw_document_status_name(status));
        lw_strbuf_puts(b, " <span class=\"soft\">");
        lw_strbuf_put_html(b, lw_document_status_advice(status));
        lw_strbuf_puts(b, "</span></p><div class=\"row\"><figure>");
        int e = put_picture(b, r->pictures.portraits[i], "portrait in the document");
        if (e < 0)
            return e;
        lw_strbuf_puts(b, "</figure></div></div>\n");
    }
    return LW_OK;
}

static int put_people(struct lw_strbuf *b, const struct lw_crossing_result *r)
{
    if (r->outcome.n_occupants == 0 && r->bundle.n_documents == 0)
        return LW_OK;
    lw_strbuf_puts(b, "<h3>Portrait and best shots</h3><div class=\"people\">\n");
    int e = put_occupant_cards(b, r);
    if (e < 0 || (e = put_document_cards(b, r)) < 0)
        return e;
    lw_strbuf_puts(b, "</div>\n");
    return LW_OK;
}

/* ------------------------------------------------------------------ documents, faults, timing */

static void put_documents(struct lw_strbuf *b, const struct lw_crossing_result *r)
{
    if (r->bundle.n_documents == 0)
        return;
    lw_strbuf_puts(b, "<h3>Documents</h3><ul>\n");
    for (size_t i = 0; i < r->bundle.n_documents; i++) {
        const struct lw_document_outcome *d = &r->outcome.documents[i];
        lw_strbuf_printf(b, "<li><b>%s</b> %s \xC2\xB7 %s", r->bundle.documents[i].id,
                         lw_person_class_name(r->bundle.documents[i].person_class),
                         lw_document_status_name(d->status));
        if (d->manual_offered)
            lw_strbuf_puts(b, " \xC2\xB7 manual processing must be offered");
        for (size_t f = 0; f < d->n_findings; f++) {
            lw_strbuf_puts(b, f == 0 ? " \xC2\xB7 findings: " : ", ");
            lw_strbuf_put_html(b, d->findings[f]);
        }
        lw_strbuf_puts(b, "</li>\n");
    }
    lw_strbuf_puts(b, "</ul>\n");
}

static void put_camera_faults(struct lw_strbuf *b, const struct lw_crossing_result *r)
{
    if (r->outcome.n_camera_faults == 0)
        return;
    lw_strbuf_puts(b, "<h3>Camera faults</h3><ul>\n");
    for (size_t i = 0; i < r->outcome.n_camera_faults; i++) {
        const struct lw_camera_fault *f = &r->outcome.camera_faults[i];
        lw_strbuf_printf(b, "<li><b>%s</b> ", r->bundle.cameras[f->camera].id);
        lw_strbuf_put_html(b, f->fault);
        lw_strbuf_puts(b, "</li>\n");
    }
    lw_strbuf_puts(b, "</ul>\n");
}

static void put_foot(struct lw_strbuf *b, const struct lw_crossing_result *r)
{
    const struct lw_crossing_timing *t = &r->timing;
    lw_strbuf_printf(b,
                     "<p class=\"foot\">Verified from a similarity of %.3f on (model %s, false "
                     "match rate %g %%). %d tracks, %d distractors. %.0f ms in all: decode %.0f, "
                     "detect %.0f, embed %.0f; the answer came %.0f ms after the last frame.</p>\n",
                     r->outcome.threshold, r->outcome.model, 100.0 * r->outcome.fmr,
                     r->outcome.tracks, r->outcome.distractors, t->total_ms, t->decode_ms,
                     t->detect_ms, t->embed_ms, t->answer_ms);
}

static void put_heading(struct lw_strbuf *b, const struct lw_crossing_result *r)
{
    char opened[LW_TIME_TEXT];
    lw_time_print(opened, r->bundle.opened_utc_us);
    lw_strbuf_printf(b, "<section id=\"%s\"><div class=\"top\"><h2>%s</h2>", r->bundle.id,
                     r->bundle.id);
    put_tag(b, tone(r->outcome.verified), r->outcome.verified ? "verified" : "referral");
    if (r->bundle.synthetic)
        put_tag(b, "", "synthetic");
    lw_strbuf_printf(b, "<span class=\"soft\">lane %s \xC2\xB7 %s \xC2\xB7 %s</span></div>\n",
                     r->bundle.lane, lw_direction_name(r->bundle.direction), opened);
}

static void count(struct lw_page *p, const struct lw_outcome *o)
{
    p->vehicles++;
    p->verified_vehicles += o->verified;
    p->people += (int)o->n_occupants;
    for (size_t i = 0; i < o->n_occupants; i++)
        p->verified_people += o->occupants[i].decision == LW_VERIFIED;
}

int lw_page_add(struct lw_page *p, const struct lw_crossing_result *r, const struct lw_matcher *m)
{
    struct lw_strbuf *b = &p->body;
    const size_t before = b->n;
    put_heading(b, r);
    int e = put_frames(b, r);
    put_occupants(b, r, m);
    if (e < 0 || (e = put_people(b, r)) < 0) {
        b->n = before; /* no half crossing */
        return e;
    }
    put_documents(b, r);
    put_camera_faults(b, r);
    put_foot(b, r);
    lw_strbuf_puts(b, "</section>\n");
    count(p, &r->outcome);
    return lw_strbuf_err(b);
}

static void put_total(struct lw_strbuf *b, const char *what, int n)
{
    lw_strbuf_printf(b, "<div><b>%d</b>%s</div>", n, what);
}

int lw_page_write(struct lw_page *p, const char *path, struct lw_why *why)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    lw_strbuf_puts(&b, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
                       "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                       "<title>");
    lw_strbuf_put_html(&b, lw_strbuf_peek(&p->title));
    lw_strbuf_printf(&b, "</title>\n<style>\n%s</style></head>\n<body><main>\n<h1>", lw_page_style);
    lw_strbuf_put_html(&b, lw_strbuf_peek(&p->title));
    lw_strbuf_puts(&b, "</h1>\n");
    if (p->note.n) {
        lw_strbuf_puts(&b, "<p class=\"note\">");
        lw_strbuf_put_html(&b, lw_strbuf_peek(&p->note));
        lw_strbuf_puts(&b, "</p>\n");
    }
    lw_strbuf_puts(&b, "<div class=\"totals\">");
    put_total(&b, "vehicles", p->vehicles);
    put_total(&b, "wholly verified", p->verified_vehicles);
    put_total(&b, "occupants", p->people);
    put_total(&b, "of them verified", p->verified_people);
    lw_strbuf_puts(&b, "</div>\n");
    lw_strbuf_put(&b, lw_strbuf_peek(&p->body), p->body.n);
    lw_strbuf_puts(&b, "<p class=\"soft\">A referral is no verdict on a person: it asks an officer "
                       "to look. This page holds faces; keep it as you keep those.</p>\n"
                       "</main></body></html>\n");
    if (lw_strbuf_err(&b) < 0 || lw_strbuf_err(&p->body) < 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory for the page");
    return lw_file_write(path, lw_strbuf_span(&b), why);
}
