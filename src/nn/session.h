/* nn/session.h - one network, loaded once, run many times.
 * Shared: lw_nn_run may be called by several threads at once; each needs its own buffers. */
#ifndef LW_NN_SESSION_H
#define LW_NN_SESSION_H

#include "nn/card.h"

struct lw_nn; /* a loaded network */

struct lw_nn_opts {
    unsigned threads; /* inside one run, 1..64, default 1 */
    bool arena;       /* keep the runtime's memory pool: faster where shapes are fixed, grows
                       * where they vary; default false */
};
#define LW_NN_DEFAULTS ((struct lw_nn_opts){.threads = 1, .arena = false})

/* Read the card and the network file it names (in models_dir), check its sha256, cut out the
 * card's part of that name (NULL: the whole graph), and check the loaded graph's tensor names and
 * shapes against the card. opts may be NULL for defaults. */
int lw_nn_open(struct lw_nn **out, const char *card_path, const char *models_dir, const char *part,
               const struct lw_nn_opts *opts, struct lw_why *why);
void lw_nn_free(struct lw_nn **nn);
const struct lw_card *lw_nn_card(const struct lw_nn *nn);

/* The file that the card names, checked against its sha256. *bytes is yours (free). */
int lw_nn_read_checked(const struct lw_card *card, const char *models_dir, uint8_t **bytes,
                       size_t *n, struct lw_why *why);

/* A dense float tensor, row-major, borrowed memory. */
struct lw_tensor {
    int ndim;
    int64_t dim[LW_CARD_DIMS];
    float *data;
};
size_t lw_tensor_count(const struct lw_tensor *t);

/* The outputs of a run; data is borrowed from it until free. */
struct lw_nn_result;
int lw_nn_run(struct lw_nn *nn, const struct lw_tensor *input, struct lw_nn_result **out,
              struct lw_why *why);
void lw_nn_result_free(struct lw_nn_result **r);
int lw_nn_result_peek(const struct lw_nn_result *r, size_t i, struct lw_tensor *out);
/* Run into the caller's buffers, which have the shapes that the network gives. */
int lw_nn_run_into(struct lw_nn *nn, const struct lw_tensor *input, struct lw_tensor *outputs,
                   size_t n_outputs, struct lw_why *why);

/* The yardstick of the benchmarks: the same file in a session with the runtime's own defaults (one
 * thread), nothing but the runtime's Run between begin and end. */
struct lw_nn_bare;
int lw_nn_bare_open(struct lw_nn_bare **out, const char *card_path, const char *models_dir,
                    struct lw_why *why);
void lw_nn_bare_free(struct lw_nn_bare **b);
float *lw_nn_bare_input(struct lw_nn_bare *b, size_t *count); /* fill it before the runs */
int lw_nn_bare_run(struct lw_nn_bare *b, struct lw_why *why);

const char *lw_nn_runtime_version(void);

#endif
