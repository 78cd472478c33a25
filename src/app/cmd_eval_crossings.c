#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/ablate.h"
#include "app/cabins_file.h"
#include "app/eval_run.h"
#include "app/lane_calibration.h"
#include "app/oracle.h"
#include "app/policy.h"
#include "app/worst.h"
#include "base/clock.h"
#include "base/file.h"
#include "eval/crossing_report.h"
#include "eval/outdir.h"

struct crossings_opts {
    struct lw_app_models models;
    const char *out, *ablate, *strangers, *calibration, *cabins;
    double fmr;
    bool no_oracle, no_pictures, quiet;
};

static const struct lw_opt table[] = {
    {"out", LW_OPT_STRING, offsetof(struct crossings_opts, out), "DIR", 0, 0,
     "Folder for the results; made where it is missing."},
    {"fmr", LW_OPT_REAL, offsetof(struct crossings_opts, fmr), "RATE", 1e-7, 0.1,
     "False match rate that a verification may have (default 0.0001)."},
    {"ablate", LW_OPT_CHOICE, offsetof(struct crossings_opts, ablate), "STEP,...", 0, 0,
     "Run all again with single steps left out, and show what each is worth (default: all steps)."},
    {"learnt-regions", LW_OPT_STRING, offsetof(struct crossings_opts, cabins), "FILE", 0, 0,
     "Use what `lanewise cross --learn-regions` learnt of the cabins; nothing is added."},
    {"strangers", LW_OPT_STRING, offsetof(struct crossings_opts, strangers), "PHOTOS", 0, 0,
     "Compare every occupant with these photographs, PHOTOS/person/photo.jpg, for --calibration."},
    {"calibration", LW_OPT_STRING, offsetof(struct crossings_opts, calibration), "FILE", 0, 0,
     "Write the table of fused scores for a model card (needs --strangers)."},
    {"no-oracle", LW_OPT_FLAG, offsetof(struct crossings_opts, no_oracle), NULL, 0, 0,
     "Leave out the oracle: the same rates with the truth boxes (it takes as long again)."},
    {"no-pictures", LW_OPT_FLAG, offsetof(struct crossings_opts, no_pictures), NULL, 0, 0,
     "Leave the frames of the worst vehicles out of the report."},
    {"quiet", LW_OPT_FLAG, offsetof(struct crossings_opts, quiet), NULL, 0, 0,
     "No progress on standard error."},
    LW_APP_MODEL_OPTS(struct crossings_opts, models)};

static const struct lw_usage usage = {
    .command = "eval crossings",
    .synopsis =
        "lanewise eval crossings DIR --out DIR [--fmr RATE] [--ablate[=STEP,...]] [--threads N]",
    .about =
        "Run every bundle with truth in DIR (DIR/bundle/crossing.json) as `lanewise cross` does\n"
        "and hold the answers against the truth: who was captured, who was verified, who was\n"
        "missed and where. Writes summary.json, occupants.csv, vehicles.csv and report.html. A\n"
        "face that was not acquired counts as not verified; people who opted out leave every\n"
        "denominator.\n"
        "\n"
        "--ablate leaves out one step at a time: contrast, fusion, weighting, cameras, linking,\n"
        "closer-look, reduced-scale, equalise, rear, split, rejoin, motion, cabin, rest. The\n"
        "differences go into report.html, summary.json and one ablation-STEP.svg each.\n"
        "\n"
        "--strangers compares everybody also with photographs of people who are known not to be\n"
        "them: folders are named as the truth names people, as in what `lanewise sim` makes of\n"
        "such photographs. --calibration keeps what that says of fused scores.",
    .examples = "  lanewise eval crossings bundles/ --out out/lane\n"
                "  lanewise eval crossings bundles/ --out out/steps --no-oracle "
                "--ablate=fusion,contrast",
    .exit_codes = "  0  measured\n"
                  "  2  a bundle cannot be read or has no truth, or the results cannot be written",
    .min_args = 1,
    .max_args = 1,
};

struct evaluation {
    const struct crossings_opts *opts;
    unsigned threads;
    struct lw_facekit *kit;
    struct lw_app_policy policy; /* whose `verify` requirements decide who counts as captured */
    struct lw_lanes *lanes;
    struct lw_lane_pass *pass, *oracle; /* oracle NULL: left out */
    struct lw_ablate ablate;
    struct lw_cabins *cabins; /* NULL: none are used */
};

static void evaluation_clear(struct evaluation *e)
{
    lw_ablate_clear(&e->ablate);
    lw_lane_pass_free(&e->oracle);
    lw_lane_pass_free(&e->pass);
    lw_lanes_free(&e->lanes);
    lw_facekit_free(&e->kit);
    lw_cabins_free(&e->cabins);
    lw_app_policy_clear(&e->policy);
}

static int no_memory(struct lw_why *why)
{
    return lw_why_set(why, LW_ENOMEM, -1, "no memory");
}

static int run_oracle(struct evaluation *e, size_t i, struct lw_why *why)
{
    const struct lw_crossing_result *own = e->pass->results[i];
    const struct lw_oracle_opts opts = {.threshold = own->outcome.threshold,
                                        .threads = e->threads,
                                        .requirements = &e->policy.rules.requirements};
    LW_AUTO(lw_crossing_result) result = NULL;
    int r = lw_oracle_run(&result, e->kit, e->lanes->v[i].dir, &own->bundle, e->lanes->v[i].truth,
                          own->templates.documents, &opts, why);
    return r < 0 ? r : lw_lane_pass_take(e->oracle, e->lanes, i, &result, why);
}

/* One bundle in every way, one after the other, so that what else the machine does hits all. */
static int run_vehicle(struct evaluation *e, size_t i, struct lw_why *why)
{
    const struct lw_crossing_opts opts = {.fmr = e->opts->fmr,
                                          .threads = e->threads,
                                          .cabins = e->cabins,
                                          .templates = true,
                                          .requirements = &e->policy.rules.requirements};
    int r = lw_lane_pass_run(e->pass, e->lanes, i, e->kit, &opts, why);
    if (r >= 0 && e->oracle)
        r = run_oracle(e, i, why);
    return r < 0 ? r : lw_ablate_run(&e->ablate, e->lanes, i, e->kit, &opts, why);
}

static int run_all(struct evaluation *e, struct lw_why *why)
{
    struct lw_matcher *m = lw_facekit_matcher(e->kit);
    const size_t n = e->lanes->n;
    int r = lw_lane_pass_new(&e->pass, n);
    if (r >= 0 && !e->opts->no_oracle)
        r = lw_lane_pass_new(&e->oracle, n);
    if (r < 0 || lw_ablate_begin(&e->ablate, n) < 0)
        return no_memory(why);
    for (size_t i = 0; r >= 0 && i < n; i++) {
        r = run_vehicle(e, i, why);
        lw_progress("vehicles", i + 1, n);
    }
    lw_progress_end();
    if (r >= 0)
        r = lw_lane_pass_claims(e->pass, e->pass, e->lanes, m, why);
    if (r >= 0 && e->oracle)
        r = lw_lane_pass_claims(e->oracle, e->pass, e->lanes, m, why);
    return r < 0 ? r : lw_ablate_weigh(&e->ablate, e->pass, e->lanes, m, why);
}

static int find_funnels(const struct evaluation *e, struct lw_funnel **out, size_t *n)
{
    LW_AUTO_MEM(struct lw_camera_ids) ids = calloc(e->lanes->n, sizeof(*ids));
    if (!ids)
        return LW_ENOMEM;
    for (size_t i = 0; i < e->lanes->n; i++) {
        const struct lw_bundle *b = &e->pass->results[i]->bundle;
        ids[i].n = b->n_cameras;
        for (size_t c = 0; c < b->n_cameras; c++)
            memcpy(ids[i].id[c], b->cameras[c].id, sizeof(ids[i].id[c]));
    }
    return lw_crossing_funnels(out, n, e->pass->scores, ids, e->lanes->n);
}

/* The frames of the worst vehicles; nothing where no pictures are wanted. */
static int draw_worst(const struct evaluation *e, struct lw_worst *worst, size_t *n,
                      struct lw_why *why)
{
    size_t which[LW_WORST_SHOWN];
    int r = LW_OK;
    *n = lw_crossing_worst(which, LW_WORST_SHOWN, e->pass->scores, e->lanes->n);
    for (size_t i = 0; r >= 0 && i < *n; i++) {
        const struct lw_lane_bundle *v = &e->lanes->v[which[i]];
        worst[i].vehicle = which[i];
        if (!e->opts->no_pictures)
            r = lw_worst_draw(&worst[i], v->dir, &e->pass->results[which[i]]->bundle, v->truth,
                              &e->pass->scores[which[i]], why);
    }
    return r;
}

/* The pictures of the steps left out: files of their own, for pages about them. */
struct pictures {
    size_t n;
    char name[LW_STEPS + 1][48];
    struct lw_strbuf text[LW_STEPS + 1];
};

static void draw_steps(struct pictures *p, const struct lw_ablated *a)
{
    for (size_t i = 0; i < a->n; i++) {
        lw_ablation_put_picture(&p->text[p->n], a, i);
        snprintf(p->name[p->n++], sizeof(p->name[0]), "ablation-%.30s.svg", a->rows[i].name);
    }
    if (a->n) {
        lw_ablated_put_plot(&p->text[p->n], a, true);
        snprintf(p->name[p->n++], sizeof(p->name[0]), "ablation.svg");
    }
}

static int write_files(const struct evaluation *e, struct lw_out_file *files, size_t n,
                       const struct pictures *pictures, struct lw_why *why)
{
    for (size_t i = 0; i < pictures->n; i++)
        files[n++] = (struct lw_out_file){pictures->name[i], &pictures->text[i]};
    return lw_outdir_write(e->opts->out, files, n, why);
}

static int write_results(struct evaluation *e, struct lw_crossing_report *report,
                         struct lw_why *why)
{
    LW_AUTO_STRBUF json = LW_STRBUF_INIT;
    LW_AUTO_STRBUF csv = LW_STRBUF_INIT;
    LW_AUTO_STRBUF html = LW_STRBUF_INIT;
    LW_AUTO_STRBUF text = LW_STRBUF_INIT;
    struct pictures pictures = {0};
    LW_AUTO_STRBUF vehicles = LW_STRBUF_INIT;
    struct lw_out_file files[4 + LW_STEPS + 1] = {{"summary.json", &json},
                                                  {"occupants.csv", &csv},
                                                  {"vehicles.csv", &vehicles},
                                                  {"report.html", &html}};
    lw_crossing_report_put_csv(&csv, report);
    lw_crossing_report_put_vehicles(&vehicles, report);
    if (lw_crossing_report_put_json(&json, report) < 0)
        return no_memory(why);
    draw_steps(&pictures, &report->ablated);
    int r = lw_crossing_report_put_html(&html, report, why);
    if (r >= 0)
        r = write_files(e, files, 4, &pictures, why);
    for (size_t i = 0; i < pictures.n; i++)
        lw_strbuf_clear(&pictures.text[i]);
    if (r < 0)
        return r;
    lw_crossing_report_put_text(&text, report);
    printf("%s\nwritten to %s\n", lw_strbuf_peek(&text), e->opts->out);
    return LW_OK;
}

static int take_times(const struct evaluation *e, struct lw_crossing_report *r)
{
    struct lw_lane_times t;
    int code = lw_lane_pass_times(&t, e->pass);
    if (code < 0)
        return code;
    r->answer_p50_ms = t.answer_p50_ms;
    r->answer_p95_ms = t.answer_p95_ms;
    r->cpu_ms_per_vehicle = t.cpu_ms_per_vehicle;
    r->wall_ms_per_vehicle = t.wall_ms_per_vehicle;
    r->ablated = (struct lw_ablated){.rates = r->rates,
                                     .cpu_ms_per_vehicle = t.cpu_ms_per_vehicle,
                                     .answer_p95_ms = t.answer_p95_ms,
                                     .rows = e->ablate.rows,
                                     .n = e->ablate.n};
    return LW_OK;
}

static int take_rates(const struct evaluation *e, struct lw_crossing_report *r)
{
    r->n = e->lanes->n;
    r->scores = e->pass->scores;
    r->oracle = e->oracle ? e->oracle->scores : NULL;
    int code = lw_crossing_rates(r->rates, r->scores, r->n, NULL);
    if (code >= 0 && r->oracle)
        code = lw_crossing_rates(r->oracle_rates, r->oracle, r->n, NULL);
    return code;
}

static int report(struct evaluation *e, const char *dir, const char *command, struct lw_why *why)
{
    char made[LW_TIME_TEXT];
    struct lw_worst worst[LW_WORST_SHOWN] = {0};
    LW_AUTO_MEM(struct lw_funnel) funnels = NULL;
    LW_AUTO_MEM(struct lw_measured) measured = calloc(e->lanes->n, sizeof(*measured));
    LW_AUTO_MEM(struct lw_crossing_report) r = calloc(1, sizeof(*r));
    if (!measured || !r || take_rates(e, r) < 0 || take_times(e, r) < 0 ||
        find_funnels(e, &funnels, &r->n_funnels) < 0)
        return no_memory(why);
    for (size_t i = 0; i < e->lanes->n; i++)
        measured[i] = (struct lw_measured){.folder = e->lanes->v[i].name,
                                           .bundle = &e->pass->results[i]->bundle,
                                           .truth = e->lanes->v[i].truth,
                                           .outcome = &e->pass->results[i]->outcome,
                                           .answer_ms = e->pass->results[i]->timing.answer_ms,
                                           .wall_ms = e->pass->results[i]->timing.total_ms,
                                           .cpu_ms = e->pass->cpu_ms[i]};
    lw_time_print(made, lw_now_utc_us());
    r->measured = measured;
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

static int calibrate(const struct evaluation *e, struct lw_why *why)
{
    LW_AUTO_STRBUF table_text = LW_STRBUF_INIT;
    if (!e->opts->calibration)
        return LW_OK;
    int r = lw_lane_calibrate(&table_text, e->pass, e->lanes, e->kit, e->opts->strangers,
                              e->threads, why);
    if (r < 0)
        return r;
    r = lw_strbuf_err(&table_text)
            ? no_memory(why)
            : lw_file_write(e->opts->calibration, lw_strbuf_span(&table_text), why);
    if (r < 0)
        lw_why_prefix(why, "%s", e->opts->calibration);
    return r;
}

static int check_options(const struct crossings_opts *o, struct lw_why *why)
{
    if (!o->calibration == !o->strangers)
        return LW_OK;
    return lw_why_set(why, LW_EINVAL, -1, "--calibration FILE and --strangers PHOTOS go together");
}

static int evaluate(struct evaluation *e, const char *dir, const char *command, struct lw_why *why)
{
    int r = check_options(e->opts, why);
    if (r < 0 || (r = lw_outdir_check(e->opts->out, why)) < 0 ||
        (r = lw_ablate_parse(&e->ablate, e->opts->ablate, why)) < 0 ||
        (r = lw_lanes_open(&e->lanes, dir, why)) < 0 ||
        (e->opts->cabins && (r = lw_cabins_load(&e->cabins, e->opts->cabins, false, why)) < 0) ||
        (r = lw_app_open_policy(&e->policy, NULL, why)) < 0 ||
        (r = lw_app_policy_require(&e->policy, "verify", why)) < 0 ||
        (r = lw_app_open_kit(&e->kit, &e->opts->models, NULL, why)) < 0 ||
        (r = run_all(e, why)) < 0 || (r = calibrate(e, why)) < 0)
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
