/* An ONNX file that a part is cut out of; what comes out must itself be one that can be cut. */
#include <stdlib.h>

#include "nn/cut.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const struct lw_card_part part = {
        .name = "part",
        .node_first = 1,
        .node_end = 3,
        .io = {.n_inputs = 1,
               .n_outputs = 1,
               .inputs = {{.name = "x", .ndim = 2, .dim = {1, -1}}},
               .outputs = {{.name = "c", .ndim = 1, .dim = {200}}}},
    };
    static const struct lw_card_part all = {.name = "all", .node_first = 0, .node_end = 2};
    LW_AUTO_STRBUF once = LW_STRBUF_INIT;
    LW_AUTO_STRBUF twice = LW_STRBUF_INIT;
    if (lw_nn_cut(&once, (struct lw_span){.data = data, .n = n}, &part, NULL) == LW_OK &&
        lw_nn_cut(&twice, lw_strbuf_span(&once), &all, NULL) < 0)
        abort();
    return 0;
}
