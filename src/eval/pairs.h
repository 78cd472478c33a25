/* eval/pairs.h - the list of comparisons of `eval pairs`: CSV (RFC 4180) with the header line
 * file_x,file_y,same. Pure: text in, struct out. Format: docs/formats/pairs-csv.md. */
#ifndef LW_EVAL_PAIRS_H
#define LW_EVAL_PAIRS_H

#include "base/strbuf.h"

enum {
    LW_PAIRS_MAX = 10000000,
    LW_PAIRS_PATH_MAX = 4096, /* bytes of a file name */
};
#define LW_PAIRS_BYTES_MAX (1024 * LW_MIB)

struct lw_pair {
    uint32_t x, y; /* index in files */
    bool same;
};

struct lw_pairs {
    size_t n, n_files;
    struct lw_pair *v;    /* in file order */
    char **files;         /* each name once, as written, in order of first use */
    uint32_t *first_line; /* where each name is used first; lines count from 1 */
};

/* Refuses, with the line: another header, another number of fields, an empty name, control
 * characters, a `same` that is not 0 or 1, a list without pairs. LW_EFORMAT, LW_ELIMIT, LW_ENOMEM.
 */
int lw_pairs_parse(struct lw_pairs **out, struct lw_span text, struct lw_why *why);
void lw_pairs_free(struct lw_pairs **p);

/* One field, quoted where it must be. */
void lw_csv_put(struct lw_strbuf *b, const char *field);

#endif
