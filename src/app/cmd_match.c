#include <math.h>
#include <stdio.h>

#include "app/app.h"
#include "app/face_json.h"
#include "app/opts.h"
#include "base/json.h"
#include "img/codec.h"

struct match_opts {
    bool json;
    double fmr;
    double threshold; /* NaN: the one calibrated for fmr */
    struct lw_app_models models;
};

static const struct lw_opt table[] = {
    {"json", LW_OPT_FLAG, offsetof(struct match_opts, json), NULL, 0, 0,
     "Print one JSON object instead of text."},
    {"fmr", LW_OPT_REAL, offsetof(struct match_opts, fmr), "RATE", 1e-9, 1,
     "False match rate that the decision allows (default 0.0001)."},
    {"threshold", LW_OPT_REAL, offsetof(struct match_opts, threshold), "SCORE", -1e6, 1e6,
     "Decide at this score instead, whatever its false match rate."},
    LW_APP_MODEL_OPTS(struct match_opts, models),
};

static const struct lw_usage usage = {
    .command = "match",
    .synopsis = "lanewise match A B [--fmr RATE] [--json]",
    .about = "Compare two photos of a face, one to one. Prints the score (a similarity: the same "
             "person\n"
             "scores high), the false match rate at which that score would just match, and the "
             "decision\n"
             "at the rate that you allow: how often two different people may pass for one.\n"
             "\n"
             "Where a photo shows several faces the largest one is taken, weighted to the centre. "
             "JPEG,\n"
             "PNG and JPEG 2000 are read, turned upright as their EXIF data says.",
    .examples = "  lanewise match passport.jpg camera.jpg\n"
                "  lanewise match passport.jp2 camera.jpg --fmr 0.001 --json",
    .exit_codes = "  0  match\n"
                  "  1  no match\n"
                  "  2  fault: a file cannot be read, a model is missing or changed\n"
                  "  3  a photo shows no usable face",
    .min_args = 2,
    .max_args = 2,
};

/* What is known of the two photos and of their comparison. */
struct comparison {
    const char *path[2];
    bool has_face[2];
    struct lw_face face[2];
    struct lw_template *tmpl[2];
    const char *model;
    float threshold;
    bool compared;
    float score;
    double fmr;          /* at which the score would just match; NaN: not calibrated */
    double smallest_fmr; /* that the calibration claims */
};

static int take_photo(struct comparison *c, int i, struct lw_facekit *kit, struct lw_why *why)
{
    LW_AUTO(lw_image) image = NULL;
    int r = lw_image_load(&image, c->path[i], NULL, why);
    if (r < 0)
        return r;
    r = lw_facekit_portrait(kit, image, &c->face[i], &c->tmpl[i], why);
    if (r < 0) {
        lw_why_prefix(why, "%s", c->path[i]);
        return r;
    }
    c->has_face[i] = r == 1;
    return LW_OK;
}

static int compare(struct comparison *c, const struct match_opts *o, struct lw_facekit *kit,
                   struct lw_why *why)
{
    struct lw_matcher *m = lw_facekit_matcher(kit);
    int r = LW_OK;
    c->model = lw_matcher_model(m);
    if (isnan(o->threshold))
        r = lw_matcher_threshold_at(m, LW_COMPARED_STILLS, o->fmr, &c->threshold, why);
    else
        c->threshold = (float)o->threshold;
    if (r < 0 || (r = take_photo(c, 0, kit, why)) < 0 || (r = take_photo(c, 1, kit, why)) < 0)
        return r;
    if (!c->has_face[0] || !c->has_face[1])
        return LW_OK;
    if ((r = lw_matcher_compare(m, c->tmpl[0], c->tmpl[1], &c->score, why)) < 0)
        return r;
    c->compared = true;
    c->fmr = lw_matcher_fmr_at(m, LW_COMPARED_STILLS, c->score);
    c->smallest_fmr = lw_matcher_smallest_fmr(m, LW_COMPARED_STILLS);
    return LW_OK;
}

static bool is_match(const struct comparison *c)
{
    return c->compared && c->score >= c->threshold;
}

static void print_json(const struct comparison *c, struct lw_strbuf *b)
{
    const char *decision = !c->compared ? "no_face" : is_match(c) ? "match" : "no_match";
    lw_strbuf_puts(b, "{\"score\":");
    lw_json_put_float(b, c->compared ? c->score : NAN);
    lw_strbuf_puts(b, ",\"fmr\":");
    lw_json_put_double(b, c->compared ? c->fmr : (double)NAN);
    lw_strbuf_printf(b, ",\"decision\":\"%s\",\"threshold\":", decision);
    lw_json_put_float(b, c->threshold);
    lw_strbuf_puts(b, ",\"model\":");
    lw_json_put_string(b, c->model);
    lw_strbuf_puts(b, ",\"faces\":[");
    for (int i = 0; i < 2; i++) {
        if (i)
            lw_strbuf_putc(b, ',');
        if (c->has_face[i])
            lw_face_print_json(b, &c->face[i]);
        else
            lw_strbuf_puts(b, "null");
    }
    lw_strbuf_puts(b, "]}\n");
}

static void print_face(const struct comparison *c, int i, struct lw_strbuf *b)
{
    const struct lw_face *f = &c->face[i];
    if (c->has_face[i])
        lw_strbuf_printf(b, "%s: face of %.0f x %.0f px, %.0f px between the eyes, quality %.0f\n",
                         c->path[i], (double)f->box.w, (double)f->box.h, (double)f->inter_eye_px,
                         (double)f->quality);
    else
        lw_strbuf_printf(b, "%s: no usable face\n", c->path[i]);
}

static void print_score(const struct comparison *c, struct lw_strbuf *b)
{
    lw_strbuf_printf(b, "score      %.4f", (double)c->score);
    if (c->fmr >= 1)
        lw_strbuf_puts(b, ", would match at no FMR under 1");
    else if (!isnan(c->fmr))
        lw_strbuf_printf(b, ", would just match at an FMR of %.2g%s (1 in %.0f)", c->fmr,
                         c->fmr <= c->smallest_fmr ? " or less" : "", 1 / c->fmr);
}

static void print_text(const struct comparison *c, const struct match_opts *o, struct lw_strbuf *b)
{
    print_face(c, 0, b);
    print_face(c, 1, b);
    if (!c->compared)
        return;
    print_score(c, b);
    lw_strbuf_printf(b, "\nthreshold  %.4f, ", (double)c->threshold);
    if (isnan(o->threshold))
        lw_strbuf_printf(b, "for an FMR of %g\n", o->fmr);
    else
        lw_strbuf_puts(b, "as given\n");
    lw_strbuf_printf(b, "model      %s\n%s\n", c->model, is_match(c) ? "MATCH" : "NO MATCH");
}

static int report(const struct comparison *c, const struct match_opts *o)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    if (o->json)
        print_json(c, &b);
    else
        print_text(c, o, &b);
    fputs(lw_strbuf_peek(&b), stdout);
    if (!c->compared)
        return LW_EXIT_NO_FACE;
    return is_match(c) ? LW_EXIT_OK : LW_EXIT_NEGATIVE;
}

int lw_cmd_match(int argc, char **argv)
{
    struct match_opts o = {.fmr = 0.0001, .threshold = (double)NAN};
    struct lw_why why = {0};
    int n_args;
    int r = lw_opts_parse(&usage, table, LW_COUNT(table), &o, argc, argv, &n_args);
    if (r != LW_OK)
        return r == LW_OPTS_HELP ? LW_EXIT_OK : LW_EXIT_FAULT;
    LW_AUTO(lw_facekit) kit = NULL;
    struct comparison c = {.path = {argv[1], argv[2]}, .fmr = (double)NAN};
    if ((r = lw_app_open_kit(&kit, &o.models, NULL, &why)) == LW_OK)
        r = compare(&c, &o, kit, &why);
    int code = r < 0 ? lw_app_fault(NULL, &why) : report(&c, &o);
    lw_template_free(&c.tmpl[0]);
    lw_template_free(&c.tmpl[1]);
    return code;
}
