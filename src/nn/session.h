/* nn/session.h - one network, loaded once, run many times.
 * Shared: lw_nn_run may be called by several threads at once; each needs its own buffers. */
#ifndef LW_NN_SESSION_H
#define LW_NN_SESSION_H

#include "nn/card.h"

struct lw_nn; /* a loaded network */

struct lw_nn_opts {
    unsigned threads; /* inside one run, 1..64, default 1 */
    bool arena;       /* keep the runtime's memory pool (faster, grows), default false */
};
#define LW_NN_DEFAULTS ((struct lw_nn_opts){.threads = 1, .arena = false})

/* Change made to the network's graph in memory after its sha256 was checked. */
enum lw_nn_edit {
    LW_NN_AS_IS,
    LW_NN_CUT_DETECTOR /* nn/cut.h: native resolution, raw head outputs */
};

/* Read dir/<card_name>.json and the network file it names (in models_dir), check sha256, tensor
 * names and shapes against the loaded graph. */
int lw_nn_open(struct lw_nn **out, const char *card_path, const char *models_dir,
               enum lw_nn_edit edit, const struct lw_nn_opts *opts, struct lw_why *why);
void lw_nn_free(struct lw_nn **nn);
const struct lw_card *lw_nn_card(const struct lw_nn *nn);

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
/* Run into the caller's buffers (no allocation by us): for networks with fixed outputs. */
int lw_nn_run_into(struct lw_nn *nn, const struct lw_tensor *input, struct lw_tensor *outputs,
                   size_t n_outputs, struct lw_why *why);

const char *lw_nn_runtime_version(void);

#endif
