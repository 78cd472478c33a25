/* face/onnx_matcher.h - the matcher that comes with Lanewise, behind lanewise/matcher.h like any
 * other. Its config text has three lines: folder of cards, folder of networks, threads. */
#ifndef LW_FACE_ONNX_MATCHER_H
#define LW_FACE_ONNX_MATCHER_H

#include <lanewise/matcher.h>

const struct lw_matcher_api *lw_onnx_matcher_entry(uint32_t abi);

#endif
