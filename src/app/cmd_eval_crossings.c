#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/crossing.h"
#include "app/eval_run.h"
#include "app/oracle.h"
#include "app/worst.h"
#include "base/clock.h"
#include "base/file.h"
#include "eval/claims.h"
#include "eval/crossing_report.h"
#include "eval/outdir.h"

enum { CLAIMS_MAX = 100000, BUNDLES_MAX = 20000 };

struct crossings_opts {
    struct lw_app_models models;
    const char *out;
    double fmr;
    bool no_oracle, no_pictures, quiet;
};

static const struct lw_opt table[] = {
    {"out", LW_OPT_STRING, offsetof(struct crossings_opts, out), "DIR", 0, 0,
     "Folder for the results; made where it is missing."},
    {"fmr", LW_OPT_REAL, offsetof(struct crossings_opts, fmr), "RATE", 1e-7, 0.1,
     "False match rate that a verification may have (default 0.0001)."},
    {"no-oracle", LW_OPT_FLAG, offsetof(struct crossings_opts, no_oracle), NULL, 0, 0,
     "Leave out the oracle: the same rates with the truth boxes (it takes as long again)."},
    {"no-pictures", LW_OPT_FLAG, offsetof(struct crossings_opts, no_pictures), NULL, 0, 0,
     "Leave the frames of the worst vehicles out of the report."},
    {"quiet", LW_OPT_FLAG, offsetof(struct crossings_opts, quiet), NULL, 0, 0,
     "No progress on standard error."},
    LW_APP_MODEL_OPTS(struct crossings_opts, models)};

static const struct lw_usage usage = {
    .command = "eval crossings",
    .synopsis = "lanewise eval crossings DIR --out DIR [--fmr RATE] [--threads N]",
    .about =
        "Run every bundle with truth in DIR (DIR/bundle/crossing.json) as `lanewise cross` does\n"
        "and hold the answers against the truth: who was captured, who was verified, who was\n"
        "missed and where. Writes summary.json, occupants.csv and report.html. A face that was\n"
        "not acquired counts as not verified; people who opted out leave every denominator.",
    .examples = "  lanewise eval crossings bundles/ --out out/lane",
    .exit_codes = "  0  measured\n"
                  "  2  a bundle cannot be read or has no truth, or the results cannot be written",
    .min_args = 1,
    .max_args = 1,
};

/* One bundle, run and scored. */
struct vehicle {
    char *dir;  /* to open */
    char *name; /* folder's name */
    struct lw_truth *truth;
    struct lw_crossing_result *result;
    struct lw_oracle oracle;
    double cpu_ms;
};

struct evaluation {
    const struct crossings_opts *opts;
    unsigned threads;
    struct lw_facekit *kit;
    size_t n;
    struct vehicle *v;
    struct lw_vehicle_score *scores, *oracle;
};

static void evaluation_clear(struct evaluation *e)
{
    for (size_t i = 0; e->v && i < e->n; i++) {
        free(e->v[i].dir);
        free(e->v[i].name);
        lw_truth_free(&e->v[i].truth);
        lw_crossing_result_free(&e->v[i].result);
        lw_oracle_clear(&e->v[i].oracle);
    }
    free(e->v);
    free(e->scores);
    free(e->oracle);
    lw_facekit_free(&e->kit);
}

static int no_memory(struct lw_why *why)
{
    return lw_why_set(why, LW_ENOMEM, -1, "no memory");
}

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int read_truth(struct vehicle *v, struct lw_why *why)
{
    LW_AUTO_MEM(char) path = NULL;
    LW_AUTO_MEM(uint8_t) text = NULL;
    struct lw_bundle bundle;
    size_t n;
    if (asprintf(&path, "%s/crossing.json", v->dir) < 0)
        return no_memory(why);
    int r = lw_file_read(path, LW_BUNDLE_JSON_BYTES_MAX, &text, &n, why);
    if (r >= 0)
        r = lw_bundle_parse(&bundle, (struct lw_span){text, n}, why);
    if (r >= 0)
        r = lw_truth_parse(&v->truth, (struct lw_span){text, n}, &bundle, why);
    if (r < 0)
        lw_why_prefix(why, "%s", path);
    return r;
}

/* Every folder in DIR is a bundle; files beside them (a read-me) are left out. All truths are read
 * before any work is done. */
static int list_bundles(struct evaluation *e, const char *dir, struct lw_why *why)
{
    struct lw_names names = {0};
    int r = lw_names_list(&names, dir, BUNDLES_MAX, why);
    if (r < 0) {
        lw_why_prefix(why, "%s", dir);
        return r;
    }
    e->v = calloc(names.n + 1, sizeof(*e->v));
    for (size_t i = 0; r >= 0 && i < names.n; i++) {
        LW_AUTO_MEM(char) path = NULL;
        if (!e->v || asprintf(&path, "%s/%s", dir, names.v[i]) < 0) {
            r = no_memory(why);
        } else if (is_folder(path)) {
            struct vehicle *v = &e->v[e->n++];
            v->dir = strdup(path);
            v->name = strdup(names.v[i]);
            r = v->dir && v->name ? read_truth(v, why) : no_memory(why);
        }
    }
    lw_names_clear(&names);
    if (r >= 0 && e->n == 0)
        r = lw_why_set(why, LW_EFORMAT, -1, "%s: has no folder DIR/bundle/crossing.json", dir);
    return r;
}

static int run_vehicle(struct evaluation *e, size_t i, struct lw_why *why)
{
    struct vehicle *v = &e->v[i];
    const struct lw_crossing_opts opts = {
        .fmr = e->opts->fmr, .threads = e->threads, .templates = true};
    const int64_t cpu = lw_cpu_ns();
    int r = lw_crossing_run(&v->result, e->kit, v->dir, &opts, why);
    if (r < 0)
        return r;
    v->cpu_ms = (double)(lw_cpu_ns() - cpu) / (double)LW_MS;
    r = lw_vehicle_score(&e->scores[i], &v->result->bundle, v->truth, &v->result->outcome, why);
    if (r < 0)
        lw_why_prefix(why, "%s", v->dir);
    return r;
}

static int run_oracle(struct evaluation *e, size_t i, struct lw_why *why)
{
    struct vehicle *v = &e->v[i];
    const struct lw_oracle_opts opts = {.threshold = v->result->outcome.threshold,
                                        .threads = e->threads};
    int r = lw_oracle_run(&v->oracle, e->kit, v->dir, &v->result->bundle, v->truth,
                          v->result->templates.documents, &opts, why);
    return r < 0 ? r
                 : lw_vehicle_score(&e->oracle[i], &v->result->bundle, v->truth, &v->oracle.outcome,
                                    why);
}

static int run_all(struct evaluation *e, struct lw_why *why)
{
    int r = LW_OK;
    e->scores = calloc(e->n, sizeof(*e->scores));
    e->oracle = calloc(e->n, sizeof(*e->oracle));
    if (!e->scores || !e->oracle)
        return no_memory(why);
    for (size_t i = 0; r >= 0 && i < e->n; i++) {
        r = run_vehicle(e, i, why);
        if (r >= 0 && !e->opts->no_oracle)
            r = run_oracle(e, i, why);
        lw_progress("vehicles", i + 1, e->n);
    }
    lw_progress_end();
    return r;
}

/* The answers that claims are made with: the pipeline's, or the oracle's. */
struct side {
    bool oracle;
    struct lw_vehicle_score *scores;
};

static const struct lw_outcome *outcome_of(const struct side *s, const struct vehicle *v)
{
    return s->oracle ? &v->oracle.outcome : &v->result->outcome;
}

static const struct lw_template *face_of(const struct side *s, const struct vehicle *v,
                                         size_t occupant)
{
    return s->oracle ? v->oracle.templates[occupant] : v->result->templates.occupants[occupant];
}

static int list_claims(const struct evaluation *e, const struct side *s, struct lw_claim **claims,
                       size_t *n)
{
    LW_AUTO_MEM(struct lw_claim_vehicle) v = calloc(e->n, sizeof(*v));
    if (!v)
        return LW_ENOMEM;
    for (size_t i = 0; i < e->n; i++) {
        v[i] = (struct lw_claim_vehicle){.score = &s->scores[i],
                                         .truth = e->v[i].truth,
                                         .n_documents = e->v[i].result->bundle.n_documents};
        for (size_t d = 0; d < v[i].n_documents; d++)
            v[i].usable[d] = e->v[i].result->templates.documents[d];
    }
    return lw_claims_list(claims, n, v, e->n, CLAIMS_MAX);
}

/* Is the claim accepted? Only who was captured is compared at all. */
static int try_claim(struct evaluation *e, const struct side *s, const struct lw_claim *c,
                     struct lw_why *why)
{
    const struct vehicle *v = &e->v[c->vehicle];
    const struct lw_template *face = face_of(s, v, c->occupant);
    float score = -INFINITY;
    if (face && outcome_of(s, v)->occupants[c->occupant].captured) {
        int r = lw_matcher_compare(lw_facekit_matcher(e->kit), face,
                                   e->v[c->of_vehicle].result->templates.documents[c->document],
                                   &score, why);
        if (r < 0)
            return r;
    }
    return score >= v->result->outcome.threshold;
}

/* Every occupant against documents that are not theirs. */
static int make_claims(struct evaluation *e, const struct side *s, struct lw_why *why)
{
    LW_AUTO_MEM(struct lw_claim) claims = NULL;
    size_t n;
    if (list_claims(e, s, &claims, &n) < 0)
        return no_memory(why);
    for (size_t i = 0; i < n; i++) {
        int r = try_claim(e, s, &claims[i], why);
        if (r < 0)
            return r;
        lw_vehicle_add_claim(&s->scores[claims[i].vehicle], r > 0);
    }
    return LW_OK;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int take_times(const struct evaluation *e, struct lw_crossing_report *r)
{
    LW_AUTO_MEM(double) answers = calloc(e->n, sizeof(*answers));
    if (!answers)
        return LW_ENOMEM;
    for (size_t i = 0; i < e->n; i++) {
        answers[i] = e->v[i].result->timing.answer_ms;
        r->cpu_ms_per_vehicle += e->v[i].cpu_ms / (double)e->n;
        r->wall_ms_per_vehicle += e->v[i].result->timing.total_ms / (double)e->n;
    }
    qsort(answers, e->n, sizeof(*answers), by_value);
    r->answer_p50_ms = (answers[(e->n - 1) / 2] + answers[e->n / 2]) / 2;
    r->answer_p95_ms = answers[(size_t)ceil(0.95 * (double)e->n) - 1];
    return LW_OK;
}

static int find_funnels(const struct evaluation *e, struct lw_funnel **out, size_t *n)
{
    LW_AUTO_MEM(struct lw_camera_ids) ids = calloc(e->n, sizeof(*ids));
    if (!ids)
        return LW_ENOMEM;
    for (size_t i = 0; i < e->n; i++) {
        const struct lw_bundle *b = &e->v[i].result->bundle;
        ids[i].n = b->n_cameras;
        for (size_t c = 0; c < b->n_cameras; c++)
            memcpy(ids[i].id[c], b->cameras[c].id, sizeof(ids[i].id[c]));
    }
    return lw_crossing_funnels(out, n, e->scores, ids, e->n);
}

/* The frames of the worst vehicles; nothing where no pictures are wanted. */
static int draw_worst(const struct evaluation *e, struct lw_worst *worst, size_t *n,
                      struct lw_why *why)
{
    size_t which[LW_WORST_SHOWN];
    int r = LW_OK;
    *n = lw_crossing_worst(which, LW_WORST_SHOWN, e->scores, e->n);
    for (size_t i = 0; r >= 0 && i < *n; i++) {
        const struct vehicle *v = &e->v[which[i]];
        worst[i].vehicle = which[i];
        if (!e->opts->no_pictures)
            r = lw_worst_draw(&worst[i], v->dir, &v->result->bundle, v->truth, &e->scores[which[i]],
                              why);
    }
    return r;
}

static int write_results(struct evaluation *e, struct lw_crossing_report *report,
                         struct lw_why *why)
{
    LW_AUTO_STRBUF json = LW_STRBUF_INIT;
    LW_AUTO_STRBUF csv = LW_STRBUF_INIT;
    LW_AUTO_STRBUF html = LW_STRBUF_INIT;
    LW_AUTO_STRBUF text = LW_STRBUF_INIT;
    const struct lw_out_file files[] = {
        {"summary.json", &json}, {"occupants.csv", &csv}, {"report.html", &html}};
    lw_crossing_report_put_csv(&csv, report);
    if (lw_crossing_report_put_json(&json, report) < 0)
        return no_memory(why);
    int r = lw_crossing_report_put_html(&html, report, why);
    if (r < 0 || (r = lw_outdir_write(e->opts->out, files, LW_COUNT(files), why)) < 0)
        return r;
    lw_crossing_report_put_text(&text, report);
    printf("%s\nwritten to %s\n", lw_strbuf_peek(&text), e->opts->out);
    return LW_OK;
}

static int report(struct evaluation *e, const char *dir, const char *command, struct lw_why *why)
{
    char made[LW_TIME_TEXT];
    struct lw_worst worst[LW_WORST_SHOWN] = {0};
    LW_AUTO_MEM(struct lw_funnel) funnels = NULL;
    LW_AUTO_MEM(struct lw_measured) measured = calloc(e->n, sizeof(*measured));
    LW_AUTO_MEM(struct lw_crossing_report) r = calloc(1, sizeof(*r));
    if (!measured || !r || take_times(e, r) < 0 ||
        lw_crossing_rates(r->rates, e->scores, e->n, NULL) < 0 ||
        lw_crossing_rates(r->oracle_rates, e->oracle, e->n, NULL) < 0 ||
        find_funnels(e, &funnels, &r->n_funnels) < 0)
        return no_memory(why);
    for (size_t i = 0; i < e->n; i++)
        measured[i] = (struct lw_measured){e->v[i].name, &e->v[i].result->bundle, e->v[i].truth,
                                           &e->v[i].result->outcome};
    lw_time_print(made, lw_now_utc_us());
    r->n = e->n;
    r->measured = measured;
    r->scores = e->scores;
    r->oracle = e->opts->no_oracle ? NULL : e->oracle;
    r->funnels = funnels;
    r->worst = worst;
    r->command = command;
    r->data = dir;
    r->matcher = lw_matcher_model(lw_facekit_matcher(e->kit));
    r->made = made;
    int code = draw_worst(e, worst, &r->n_worst, why);
    if (code >= 0)
        code = write_results(e, r, why);
    for (size_t i = 0; i < LW_WORST_SHOWN; i++)
        lw_worst_clear(&worst[i]);
    return code;
}

static int evaluate(struct evaluation *e, const char *dir, const char *command, struct lw_why *why)
{
    int r = lw_outdir_check(e->opts->out, why);
    if (r < 0 || (r = list_bundles(e, dir, why)) < 0 ||
        (r = lw_app_open_kit(&e->kit, &e->opts->models, NULL, why)) < 0 ||
        (r = run_all(e, why)) < 0 ||
        (r = make_claims(e, &(struct side){false, e->scores}, why)) < 0)
        return r;
    if (!e->opts->no_oracle && (r = make_claims(e, &(struct side){true, e->oracle}, why)) < 0)
        return r;
    return report(e, dir, command, why);
}

int lw_cmd_eval_crossings(int argc, char **argv)
{
    struct crossings_opts opts = {.fmr = 0.0001};
    struct evaluation e = {.opts = &opts};
    struct lw_why why;
    char command[2048];
    int n_args;
    lw_eval_note_command(command, sizeof(command), argc, argv);
    int r = lw_opts_parse(&usage, table, LW_COUNT(table), &opts, argc, argv, &n_args);
    if (r != LW_OK)
        return r == LW_OPTS_HELP ? LW_EXIT_OK : LW_EXIT_FAULT;
    if (!opts.out)
        return lw_eval_lacks_out(usage.command);
    lw_progress_quiet(opts.quiet);
    e.threads = lw_app_threads(&opts.models);
    r = evaluate(&e, argv[1], command, &why);
    evaluation_clear(&e);
    return r < 0 ? lw_app_fault(NULL, &why) : LW_EXIT_OK;
}
