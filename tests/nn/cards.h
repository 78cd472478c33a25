/* tests/nn/cards.h - a card to break, and the model folder with copies to spoil. */
#ifndef LW_TESTS_NN_CARDS_H
#define LW_TESTS_NN_CARDS_H

#include "check.h"

#include "base/strbuf.h"
#include "nn/card.h"

static const char good_card[] =
    "{\"version\":1,\"id\":\"net-1\",\"role\":\"embedding\",\"file\":\"net.onnx\","
    "\"sha256\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\","
    "\"color\":\"BGR\",\"mean\":[1,2,3],\"scale\":[0.5,0.25,0.125],"
    "\"licence\":\"MIT\",\"source\":\"somewhere\",\"notes\":\"free text\","
    "\"inputs\":[{\"name\":\"in\",\"shape\":[1,3,8,8]}],"
    "\"outputs\":[{\"name\":\"out\",\"shape\":[1,-1]}],"
    "\"parts\":[{\"name\":\"half\",\"nodes\":[0,2],"
    "\"inputs\":[{\"name\":\"in\",\"shape\":[1,3,-1,-1]}],"
    "\"outputs\":[{\"name\":\"mid\",\"shape\":[1,4]}]}],"
    "\"calibration\":{\"data\":\"some people\",\"command\":\"lanewise eval faces\","
    "\"method\":\"as measured\",\"genuine_pairs\":10,\"impostor_pairs\":1000,"
    "\"rows\":[[0.1,0.2],[0.01,0.3],[0.001,0.4]]}}";

/* The good card with the first `from` in it replaced by `to`. */
static inline void edit_card(struct lw_strbuf *out, const char *from, const char *to)
{
    const char *at = strstr(good_card, from);
    assert_non_null(at);
    lw_strbuf_clear(out);
    lw_strbuf_put(out, good_card, (size_t)(at - good_card));
    lw_strbuf_puts(out, to);
    lw_strbuf_puts(out, at + strlen(from));
}

#endif
