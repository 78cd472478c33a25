/* eval/verification.h - the result of `eval pairs` and `eval faces`, told in four ways: JSON, a
 * table for the terminal, an HTML report, rows for a model card. */
#ifndef LW_EVAL_VERIFICATION_H
#define LW_EVAL_VERIFICATION_H

#include "eval/estimate.h"

struct lw_verification {
    const struct lw_scores *scores; /* borrowed */
    struct lw_estimates est;
    struct lw_rate fta;      /* failures to acquire, of photographs */
    struct lw_rate accuracy; /* ten folds */
};

/* summary.json (design, section 7): one object, one line for each key. */
void lw_verification_put_json(struct lw_strbuf *b, const struct lw_verification *v);
void lw_verification_put_text(struct lw_strbuf *b, const struct lw_verification *v);

/* The "calibration" object of a model card (docs/formats/model-card.md): rows [fmr, threshold] for
 * fmr 1, 0.5, 0.2, 0.1 ... A row's threshold is the smallest at which even the upper end of the 95
 * % interval (Wilson) of FMR is at most fmr; the table ends where fewer than LW_CALIBRATION_MIN
 * false matches would stand behind a row. */
enum { LW_CALIBRATION_MIN = 10 };
void lw_verification_put_calibration(struct lw_strbuf *b, const struct lw_verification *v,
                                     const char *data, const char *command);

/* The two pictures of a comparison. */
struct lw_shown {
    const char *name_x, *name_y;
    const char *path_x, *path_y;
};
typedef struct lw_shown (*lw_shown_fn)(const void *ctx, const struct lw_comparison *c);

struct lw_fact {
    const char *name, *value;
};

/* What the report says beside the figures. Borrowed. */
struct lw_verification_story {
    const char *title;
    const char *folds, *intervals; /* how they were made; one sentence each */
    const struct lw_fact *facts;   /* data, matcher, command, ... */
    size_t n_facts;
    lw_shown_fn shown;
    const void *ctx;
    const char *const *missed; /* names of the photographs without a face */
    size_t n_missed;
    bool pictures; /* embed small pictures of the worst pairs; default false: names only */
};
/* LW_EIO and the like where a picture that is to be embedded cannot be read. */
int lw_verification_put_html(struct lw_strbuf *b, const struct lw_verification *v,
                             const struct lw_verification_story *story, struct lw_why *why);

#endif
