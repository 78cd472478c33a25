#include <stdio.h>
#include <stdlib.h>

#include "app/eval_run.h"
#include "eval/compare.h"
#include "eval/people.h"

static const struct lw_opt table[] = {LW_EVAL_OPTS};

static const struct lw_usage usage = {
    .command = "eval faces",
    .synopsis = "lanewise eval faces DIR --out DIR [--threads N] [--calibration FILE]",
    .about =
        "Compare all photographs of DIR/person/photo.jpg with each other and report how often\n"
        "one person was missed and two were taken for one: summary.json and report.html.\n"
        "A photograph without a face is a failure to acquire: its comparisons count as\n"
        "non-matches. Intervals come from drawing people with replacement.",
    .examples = "  lanewise eval faces faces/ --out out/faces\n"
                "  lanewise eval faces faces/ --out out/faces --calibration rows.json",
    .exit_codes = "  0  measured\n"
                  "  2  a picture cannot be read, or the results cannot be written",
    .min_args = 1,
    .max_args = 1,
};

static struct lw_shown show(const void *ctx, const struct lw_comparison *c)
{
    const struct lw_photos *p = ctx;
    const struct lw_photo *x = &p->v[c->a], *y = &p->v[c->b];
    return (struct lw_shown){x->name, y->name, x->path, y->path};
}

static int measure_accuracy(struct lw_eval_run *run, struct lw_why *why)
{
    LW_AUTO_MEM(struct lw_trial) trials = NULL;
    size_t n;
    int r = lw_compare_folds(&trials, &n, run->photos, lw_facekit_matcher(run->kit), why);
    if (r == LW_OK)
        run->result.accuracy = lw_accuracy_10fold(trials, n);
    return r;
}

static int measure(struct lw_eval_run *run, struct lw_why *why)
{
    struct lw_compare_opts compare = LW_COMPARE_DEFAULTS;
    struct lw_estimate_opts estimate = LW_ESTIMATE_DEFAULTS;
    struct lw_people people = {0};
    compare.threads = estimate.threads = run->threads;
    int r = lw_eval_extract(run, why);
    if (r < 0 ||
        (r = lw_compare_photos(&run->scores, run->photos, lw_facekit_matcher(run->kit), &compare,
                               why)) < 0 ||
        (r = measure_accuracy(run, why)) < 0)
        return r;
    r = lw_people_init(&people, run->photos);
    if (r == LW_OK)
        r = lw_estimate(&run->result.est, &run->scores, &people.units, &estimate);
    lw_people_clear(&people);
    run->result.scores = &run->scores;
    return r < 0 ? lw_why_set(why, r, -1, "no memory for the estimates") : LW_OK;
}

static int evaluate(struct lw_eval_run *run, const char *dir, struct lw_why *why)
{
    int r = lw_photos_list(&run->photos, dir, why);
    if (r < 0 || (r = measure(run, why)) < 0)
        return r;
    struct lw_verification_story story = {
        .title = "All faces against all",
        .folds = "people in ten groups in the order of their folders; in each group all genuine "
                 "comparisons and as many impostor ones, drawn with a fixed seed",
        .intervals = "people drawn with replacement, 500 times, the threshold found anew each time "
                     "(95 % percentiles); for counts never narrower than Wilson's interval",
        .shown = show,
        .ctx = run->photos,
    };
    return lw_eval_write(run, &story, NULL, NULL, why);
}

int lw_cmd_eval_faces(int argc, char **argv)
{
    struct lw_eval_opts opts = {0};
    struct lw_eval_run run;
    struct lw_why why;
    int code = lw_eval_begin(&run, &opts, &usage, table, LW_COUNT(table), argc, argv);
    if (code < 0) {
        int r = evaluate(&run, argv[1], &why);
        code = r < 0 ? lw_app_fault(NULL, &why) : LW_EXIT_OK;
    }
    lw_eval_end(&run);
    return code;
}
