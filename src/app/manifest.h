/* app/manifest.h - a group's list at the lane: read, accepted once, compared with what was
 * presented. */
#ifndef LW_APP_MANIFEST_H
#define LW_APP_MANIFEST_H

#include "app/crossing.h"
#include "app/manifest_key.h"
#include "decoder/decoder.h"
#include "doc/manifest.h"

/* The form is read by the decoder. *found: the bit LW_MANIFEST_REFUSED, and *out without contents,
 * where it was stopped; else 0. */
int lw_manifest_load(struct lw_manifest *out, unsigned *found, struct lw_decoder *decoder,
                     const char *path, struct lw_why *why);

/* *found: bits of enum lw_manifest_rule are added; one that was not loaded stays as it is. seen:
 * file that remembers; NULL: nothing is remembered. Only what has no other finding is remembered.
 */
int lw_manifest_accept(unsigned *found, const struct lw_manifest *m,
                       const struct lw_manifest_keys *keys, const char *seen, const char *crossing,
                       int64_t now_utc_us, struct lw_why *why);

/* What `doc manifest check` prints. */
void lw_manifest_put_findings(struct lw_strbuf *b, const struct lw_manifest *m, unsigned found,
                              bool as_json);

enum { LW_MANIFEST_DIFFERENCES_MAX = 2 * LW_MANIFEST_PEOPLE_MAX + 2, LW_MANIFEST_TEXT = 120 };
struct lw_manifest_answer {
    struct lw_manifest manifest;
    unsigned found;       /* bits of enum lw_manifest_rule */
    size_t n_differences; /* from what was presented and seen */
    struct {
        const char *rule; /* "people", "missing_document", ...; static */
        char text[LW_MANIFEST_TEXT];
    } differences[LW_MANIFEST_DIFFERENCES_MAX];
};

/* Fill the differences: documents that the list names and nobody presented, documents that it does
 * not name, those without a state and a number that could be compared, and a number of people seen
 * that is not the number declared. */
void lw_manifest_compare(struct lw_manifest_answer *a, const struct lw_crossing_result *r);
static inline bool lw_manifest_answer_ok(const struct lw_manifest_answer *a)
{
    return a->found == 0 && a->n_differences == 0;
}
/* {"id", "people", "documents", "findings": [{"rule", "text"}]} */
void lw_manifest_answer_put_json(struct lw_strbuf *b, const struct lw_manifest_answer *a);
/* Lines for people; nothing where nothing is to be said. */
void lw_manifest_answer_put_text(struct lw_strbuf *b, const struct lw_manifest_answer *a);

#endif
