/* face/reference.h - what a claim is compared with: the document's portrait, and beside it
 * templates of earlier crossings of the same person.
 *
 * A claim stays one comparison with one false match rate. Its score is the mean of the similarities
 * to the parts, weighted by their quality: each of them alone has the false match rate of the
 * threshold, and the mean of several scatters less than one. Two tempting rules are not used, since
 * both raise the false match rate at a threshold that was calibrated for one comparison: the best
 * of the similarities (as many chances for somebody else as there are parts), and the similarity to
 * the fused template as it is (fusing takes the noise out and the result is made as long as one
 * template again, so that all similarities to it grow, those of strangers too). What each costs and
 * wins: docs/results/references.md.
 *
 * For unit vectors the mean is the similarity to the fused template times the fused template's
 * unity, which is how it is computed. */
#ifndef LW_FACE_REFERENCE_H
#define LW_FACE_REFERENCE_H

#include "face/matcher.h"

struct lw_reference {
    struct lw_template *tmpl; /* of all parts; yours */
    float unity;              /* weighted mean similarity of the parts to it: 1 for one part, less
                               * the more they differ. A score is a similarity to tmpl times this */
};

struct lw_reference_parts {
    const struct lw_template *portrait; /* NULL: shows no face */
    const struct lw_template *const *earlier;
    size_t n; /* of them, 1..LW_REFERENCE_PARTS_MAX - 1 */
};
enum { LW_REFERENCE_PARTS_MAX = 9 };

/* FMR of two stills at which references and portrait agree: those of one person do far better;
 * people who have nothing to do with each other do not in 99 of 100 cases. */
#define LW_REFERENCE_AGREE_FMR 0.01

/* Weights are the templates' qualities, 1 at least. Earlier templates whose mean similarity to the
 * portrait is below `agree` are not of the same person: 0, nothing is written. 1: joined.
 * LW_EUNSUP where the matcher does not fuse. */
int lw_reference_join(struct lw_reference *out, struct lw_matcher *m,
                      const struct lw_reference_parts *parts, float agree, struct lw_why *why);

#endif
