/* eval/references.h - how often a claim is wrongly accepted, and a person missed, when earlier
 * templates of the claimed person stand beside the portrait (face/reference.h). */
#ifndef LW_EVAL_REFERENCES_H
#define LW_EVAL_REFERENCES_H

#include "eval/rates.h"
#include "face/matcher.h"

/* A template with what it may stand for. Borrowed. */
struct lw_reference_item {
    const struct lw_template *tmpl; /* NULL: no face acquired; a probe that is missed */
    uint32_t person;                /* from 0 */
    uint32_t passage; /* a claim is never tried with a probe of a passage that it is made of */
    bool portrait, earlier, probe;
};

/* How a claim with several parts could be scored. */
enum lw_reference_rule {
    LW_RULE_PORTRAIT, /* the portrait alone: what the others are measured against */
    LW_RULE_MEAN,     /* what the program does */
    LW_RULE_FUSED,    /* similarity to the fused template as it is */
    LW_RULE_BEST,     /* the best of the similarities */
    LW_REFERENCE_RULES
};
const char *lw_reference_rule_name(enum lw_reference_rule rule);

enum { LW_REFERENCE_FMRS = 3, LW_REFERENCE_PEOPLE_MAX = 4096 };
extern const double lw_reference_fmrs[LW_REFERENCE_FMRS]; /* 0.01, 0.001, 0.0001 */

/* At the calibrated threshold of each FMR. Intervals: Wilson's, widened to those of drawing people
 * with replacement, 500 times. */
struct lw_reference_rates {
    struct lw_rate fmr[LW_REFERENCE_FMRS], fnmr[LW_REFERENCE_FMRS];
};
struct lw_reference_row {
    size_t earlier; /* templates beside the portrait */
    size_t claims, people;
    size_t unlike; /* claims whose earlier templates were left out: portrait alone */
    struct lw_reference_rates rules[LW_REFERENCE_RULES];
};

struct lw_references_opts {
    enum lw_compared compared; /* whose thresholds */
    size_t most;               /* rows for 1..most earlier templates, 1..8, default 3 */
    unsigned threads;          /* 1..64, default 1 */
};
#define LW_REFERENCES_DEFAULTS                                                                     \
    ((struct lw_references_opts){.compared = LW_COMPARED_STILLS, .most = 3, .threads = 1})

struct lw_references_report {
    size_t n;
    struct lw_reference_row rows[8];
    float threshold[LW_REFERENCE_FMRS];
};

/* Each portrait of a person with the next `earlier` ones of theirs, in order and around, is one
 * claim; it is tried by every probe. A number of earlier templates that nobody has ends the rows.
 * LW_EUNSUP: the matcher is not calibrated or does not fuse; LW_ELIMIT: too many people. */
int lw_references_measure(struct lw_references_report *out, const struct lw_reference_item *items,
                          size_t n, size_t people, struct lw_matcher *m,
                          const struct lw_references_opts *opts, struct lw_why *why);

void lw_references_put_json(struct lw_strbuf *b, const struct lw_references_report *r);
void lw_references_put_text(struct lw_strbuf *b, const struct lw_references_report *r);

#endif
