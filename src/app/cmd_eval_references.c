#include <stdio.h>
#include <stdlib.h>

#include "app/eval_run.h"
#include "eval/outdir.h"
#include "eval/references.h"

static const struct lw_opt table[] = {{"out", LW_OPT_STRING, offsetof(struct lw_eval_opts, out),
                                       "DIR", 0, 0,
                                       "Folder for the results; made where it is missing."},
                                      {"quiet", LW_OPT_FLAG, offsetof(struct lw_eval_opts, quiet),
                                       NULL, 0, 0, "No progress on standard error."},
                                      LW_APP_MODEL_OPTS(struct lw_eval_opts, models)};

static const struct lw_usage usage = {
    .command = "eval references",
    .synopsis = "lanewise eval references DIR --out DIR [--threads N]",
    .about =
        "What earlier photographs of a person do to a claim: of DIR/person/photo.jpg each\n"
        "photograph in turn is the document's portrait and the person's next one, two or three\n"
        "are earlier encounters; all others try the claim. Says for the calibrated thresholds\n"
        "how often a stranger passed and the person was missed: with the portrait alone, with\n"
        "the mean of the similarities (what the program does), with the similarity to the fused\n"
        "template as it is, and with the best of the similarities. Writes summary.json.\n"
        "Intervals are Wilson's, widened to those of drawing people with replacement.",
    .examples = "  lanewise eval references faces/ --out out/references\n",
    .exit_codes = "  0  measured\n"
                  "  2  a picture cannot be read, there is one person only, nobody has two\n"
                  "     photographs, or the results cannot be written",
    .min_args = 1,
    .max_args = 1,
};

/* Every photograph is all things in turn, and a passage of its own. */
static int measure(struct lw_references_report *out, const struct lw_eval_run *run,
                   struct lw_why *why)
{
    const struct lw_photos *p = run->photos;
    struct lw_references_opts opts = LW_REFERENCES_DEFAULTS;
    if (p->people < 2)
        return lw_why_set(why, LW_EFORMAT, -1, "%s: only one person: there are no strangers",
                          run->data_name);
    LW_AUTO_MEM(struct lw_reference_item) items = calloc(p->n + 1, sizeof(*items));
    if (!items)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    opts.threads = run->threads;
    for (size_t i = 0; i < p->n; i++)
        items[i] = (struct lw_reference_item){.tmpl = p->v[i].tmpl,
                                              .person = p->v[i].person,
                                              .passage = (uint32_t)i,
                                              .portrait = true,
                                              .earlier = true,
                                              .probe = true};
    int r = lw_references_measure(out, items, p->n, p->people, lw_facekit_matcher(run->kit), &opts,
                                  why);
    if (r >= 0 && out->n == 0)
        return lw_why_set(why, LW_EFORMAT, -1, "%s: nobody has two photographs", run->data_name);
    return r;
}

static int evaluate(struct lw_eval_run *run, const char *dir, struct lw_why *why)
{
    LW_AUTO_MEM(struct lw_references_report) report = calloc(1, sizeof(*report));
    LW_AUTO_STRBUF json = LW_STRBUF_INIT;
    LW_AUTO_STRBUF text = LW_STRBUF_INIT;
    const struct lw_out_file files[] = {{"summary.json", &json}};
    if (!report)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    int r = lw_photos_list(&run->photos, dir, why);
    if (r < 0 || (r = lw_eval_extract(run, why)) < 0 || (r = measure(report, run, why)) < 0)
        return r;
    lw_references_put_json(&json, report);
    lw_references_put_text(&text, report);
    if ((r = lw_outdir_write(run->opts->out, files, LW_COUNT(files), why)) < 0)
        return r;
    printf("%-26s %zu of %zu people\n%s\nwritten to %s\n", "photographs", run->photos->n,
           run->photos->people, lw_strbuf_peek(&text), run->opts->out);
    return LW_OK;
}

int lw_cmd_eval_references(int argc, char **argv)
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
