/* nn/cut.h - cut a part out of an ONNX file, in memory.
 *
 * The detector's file bakes one picture size and a decoding of boxes for that size into its last
 * nodes. A part of the graph without them runs at any size. The file is not changed on disk: its
 * sha256 is checked first, then the wanted nodes are copied into a new ModelProto. */
#ifndef LW_NN_CUT_H
#define LW_NN_CUT_H

#include "base/strbuf.h"
#include "nn/card.h"

/* Copy the model with the nodes [node_first, node_end) only and the part's inputs and outputs in
 * place of the graph's own (32-bit floats; a free dimension gets a name). Initializers all stay:
 * the runtime drops those that nothing uses. LW_ETRUNC and LW_EFORMAT with the byte offset. */
int lw_nn_cut(struct lw_strbuf *out, struct lw_span model, const struct lw_card_part *part,
              struct lw_why *why);

#endif
