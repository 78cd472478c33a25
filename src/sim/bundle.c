#include "sim/bundle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "img/codec.h"

enum { NAME_MAX_BYTES = 39 }; /* of a person in truth */

static void put_head(struct lw_strbuf *b, const struct lw_sim_ident *ident)
{
    struct lw_rng r = ident->rng;
    /* Crossings of one morning, some 40 s apart. */
    const int64_t first_us = INT64_C(1769846400) * 1000000; /* 2026-01-31T08:00:00Z */
    const int64_t at_us =
        first_us + (int64_t)ident->number * 40000000 + (int64_t)lw_rng_below(&r, 20000) * 1000;
    uint8_t bytes[10];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)lw_rng_below(&r, 256);
    char id[LW_ULID_TEXT], when[LW_TIME_TEXT];
    lw_ulid_print(id, at_us, bytes);
    lw_time_print(when, at_us);
    lw_strbuf_printf(b,
                     "{\"version\":1,\"id\":\"%s\",\"lane\":\"OUT-%u\",\"direction\":\"outbound\","
                     "\"opened_utc\":\"%s\",\"synthetic\":true",
                     id, 1 + lw_rng_below(&r, 6), when);
}

static void put_cameras(struct lw_strbuf *b, const struct lw_sim_scene *s)
{
    lw_strbuf_puts(b, ",\n\"cameras\":[");
    for (size_t i = 0; i < s->n_views; i++)
        lw_strbuf_printf(b, "%s{\"id\":\"%s\",\"view\":\"%s\",\"source\":\"%s.mp4\"}", i ? "," : "",
                         s->view[i].id, s->view[i].view, s->view[i].id);
    lw_strbuf_putc(b, ']');
}

static void put_documents(struct lw_strbuf *b, const struct lw_sim_scene *s)
{
    lw_strbuf_puts(b, ",\n\"documents\":[");
    for (size_t i = 0; i < s->n_documents; i++) {
        const struct lw_sim_document *d = &s->document[i];
        lw_strbuf_printf(b,
                         "%s\n{\"id\":\"d%zu\",\"kind\":\"image\",\"portrait\":\"d%zu.jpg\","
                         "\"mrz\":[\"%s\",\"%s\"],\"class\":\"%s\",\"opted_out\":%s}",
                         i ? "," : "", i + 1, i + 1, d->mrz[0], d->mrz[1], d->person_class,
                         d->opted_out ? "true" : "false");
    }
    lw_strbuf_putc(b, ']');
}

typedef const struct lw_sim_mark *(*mark_fn)(const struct lw_sim_frame_truth *t, size_t i);

static const struct lw_sim_mark *occupant_mark(const struct lw_sim_frame_truth *t, size_t i)
{
    return &t->occupant[i];
}

static const struct lw_sim_mark *distractor_mark(const struct lw_sim_frame_truth *t, size_t i)
{
    return &t->distractor[i];
}

/* "boxes":{...} or, with share, "visible":{...}: the same frames in the same order. */
static void put_marks(struct lw_strbuf *b, const struct lw_sim_scene *s,
                      const struct lw_sim_film *f, mark_fn mark, size_t i, bool share)
{
    lw_strbuf_puts(b, share ? "\"visible\":{" : "\"boxes\":{");
    for (size_t v = 0; v < f->n_views; v++) {
        lw_strbuf_printf(b, "%s\"%s\":[", v ? "," : "", s->view[v].id);
        bool first = true;
        for (int k = 0; k < f->frames; k++) {
            const struct lw_sim_mark *m = mark(&f->truth[v][k], i);
            if (!m->listed)
                continue;
            lw_strbuf_puts(b, first ? "" : ",");
            first = false;
            if (share)
                lw_strbuf_printf(b, "%.3f", (double)m->visible);
            else
                lw_strbuf_printf(b, "[%d,%d,%d,%d,%d]", k, m->x, m->y, m->w, m->h);
        }
        lw_strbuf_putc(b, ']');
    }
    lw_strbuf_putc(b, '}');
}

static void put_reference(struct lw_strbuf *b, const char *key, int document)
{
    if (document >= 0)
        lw_strbuf_printf(b, ",\"%s\":\"d%d\"", key, document + 1);
    else
        lw_strbuf_printf(b, ",\"%s\":null", key);
}

static void put_person(struct lw_strbuf *b, const struct lw_sim_ident *ident, size_t person)
{
    const char *name = ident->people->v[person].name;
    char number[32];
    snprintf(number, sizeof(number), "person-%zu", person);
    lw_json_put_string(b, strlen(name) <= NAME_MAX_BYTES ? name : number);
}

static void put_occupants(struct lw_strbuf *b, const struct lw_sim_scene *s,
                          const struct lw_sim_film *f, const struct lw_sim_ident *ident)
{
    lw_strbuf_puts(b, "\"occupants\":[");
    for (size_t i = 0; i < s->n_occupants; i++) {
        const struct lw_sim_occupant *o = &s->occupant[i];
        lw_strbuf_puts(b, i ? ",\n{\"person\":" : "\n{\"person\":");
        put_person(b, ident, o->person);
        lw_strbuf_printf(b, ",\"seat\":\"%s\"", s->vehicle->seat[o->seat].name);
        put_reference(b, "document", o->document);
        if (o->claims >= 0)
            put_reference(b, "claims", o->claims);
        lw_strbuf_putc(b, ',');
        put_marks(b, s, f, occupant_mark, i, false);
        lw_strbuf_putc(b, ',');
        put_marks(b, s, f, occupant_mark, i, true);
        lw_strbuf_putc(b, '}');
    }
    lw_strbuf_putc(b, ']');
}

static void put_truth(struct lw_strbuf *b, const struct lw_sim_scene *s,
                      const struct lw_sim_film *f, const struct lw_sim_ident *ident)
{
    lw_strbuf_puts(b, ",\n\"truth\":{");
    put_occupants(b, s, f, ident);
    lw_strbuf_puts(b, ",\n\"distractors\":[");
    for (size_t i = 0; i < s->n_distractors; i++) {
        lw_strbuf_printf(b, "%s\n{\"kind\":\"%s\",", i ? "," : "",
                         lw_sim_distraction_name(s->distractor[i].kind));
        put_marks(b, s, f, distractor_mark, i, false);
        lw_strbuf_putc(b, '}');
    }
    lw_strbuf_printf(b, "],\n\"condition\":\"%s\"}", s->condition->name);
}

static int write_json(const struct lw_sim_scene *s, const struct lw_sim_film *f,
                      const struct lw_sim_ident *ident, const char *dir, struct lw_why *why)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    LW_AUTO_MEM(char) path = NULL;
    put_head(&b, ident);
    put_cameras(&b, s);
    put_documents(&b, s);
    put_truth(&b, s, f, ident);
    lw_strbuf_puts(&b, "}\n");
    int r = lw_strbuf_err(&b);
    if (r < 0)
        return lw_why_set(why, r, -1, "no memory for crossing.json");
    if ((r = lw_path_join(dir, "crossing.json", &path, why)) < 0)
        return r;
    return lw_file_write(path, lw_strbuf_span(&b), why);
}

static int write_portrait(const struct lw_sim_document *d, size_t i, const char *dir,
                          struct lw_why *why)
{
    char name[32];
    LW_AUTO_MEM(char) path = NULL;
    LW_AUTO_MEM(uint8_t) bytes = NULL;
    size_t n = 0;
    snprintf(name, sizeof(name), "d%zu.jpg", i + 1);
    int r = lw_path_join(dir, name, &path, why);
    if (r < 0 || (r = lw_image_encode_jpeg(d->portrait, 92, &bytes, &n, why)) < 0)
        return r;
    return lw_file_write(path, (struct lw_span){.data = bytes, .n = n}, why);
}

int lw_sim_bundle_write(const struct lw_sim_scene *s, const struct lw_sim_film *f,
                        const struct lw_sim_ident *ident, const char *dir, struct lw_why *why)
{
    for (size_t i = 0; i < s->n_documents; i++) {
        const int r = write_portrait(&s->document[i], i, dir, why);
        if (r < 0)
            return r;
    }
    const int r = lw_sim_scene_write(s, dir, why);
    return r < 0 ? r : write_json(s, f, ident, dir, why);
}
