/* app/eval_run.h - what `eval pairs` and `eval faces` share: options, the pictures' digest, and the
 * folder of results. */
#ifndef LW_APP_EVAL_RUN_H
#define LW_APP_EVAL_RUN_H

#include "app/app.h"
#include "app/opts.h"
#include "eval/photos.h"
#include "eval/verification.h"

struct lw_eval_opts {
    struct lw_app_models models;
    const char *out;
    const char *images;      /* pairs only */
    const char *calibration; /* file for the card's rows, NULL: none */
    bool pictures, quiet;
};

#define LW_EVAL_OPTS                                                                               \
    {"out",                                                                                        \
     LW_OPT_STRING,                                                                                \
     offsetof(struct lw_eval_opts, out),                                                           \
     "DIR",                                                                                        \
     0,                                                                                            \
     0,                                                                                            \
     "Folder for the results; made where it is missing."},                                         \
        {"calibration",                                                                            \
         LW_OPT_STRING,                                                                            \
         offsetof(struct lw_eval_opts, calibration),                                               \
         "FILE",                                                                                   \
         0,                                                                                        \
         0,                                                                                        \
         "Write the calibration object of a model card to FILE."},                                 \
        {"pictures",                                                                               \
         LW_OPT_FLAG,                                                                              \
         offsetof(struct lw_eval_opts, pictures),                                                  \
         NULL,                                                                                     \
         0,                                                                                        \
         0,                                                                                        \
         "Embed small pictures of the worst comparisons in the report (default: names only)."},    \
        {"quiet", LW_OPT_FLAG, offsetof(struct lw_eval_opts, quiet), NULL,                         \
         0,       0,           "No progress on standard error."},                                  \
        LW_APP_MODEL_OPTS(struct lw_eval_opts, models)

/* One evaluation, from options to results. */
struct lw_eval_run {
    const struct lw_eval_opts *opts;
    unsigned threads;
    struct lw_facekit *kit;
    struct lw_photos *photos;
    struct lw_scores scores;
    struct lw_verification result;
    char command[2048];    /* as typed */
    char data[512];        /* the data in one line, with the digest of the pictures */
    const char *data_name; /* the folder or list, as given */
};

/* Parse the options, check --out, open the networks. An exit code >= 0 to stop with, or -1 to go
 * on.
 */
int lw_eval_begin(struct lw_eval_run *run, struct lw_eval_opts *opts, const struct lw_usage *usage,
                  const struct lw_opt *table, size_t n_table, int argc, char **argv);
void lw_eval_end(struct lw_eval_run *run);

/* Open the networks and make the templates of run->photos, with progress. */
int lw_eval_extract(struct lw_eval_run *run, struct lw_why *why);

/* summary.json, report.html, the calibration file, and the table on standard output. `more` (may be
 * NULL) goes into the folder too. */
int lw_eval_write(struct lw_eval_run *run, struct lw_verification_story *story,
                  const char *const more_name, const struct lw_strbuf *more, struct lw_why *why);

/* "lanewise eval ..." as a shell would read it again; cut where it is very long. */
void lw_eval_note_command(char *out, size_t n, int argc, char **argv);
int lw_eval_lacks_out(const char *command); /* says so; an exit code */

int lw_cmd_eval_pairs(int argc, char **argv);
int lw_cmd_eval_faces(int argc, char **argv);
int lw_cmd_eval_crossings(int argc, char **argv);
int lw_cmd_eval_references(int argc, char **argv);

#endif
