#include "cards.h"

#include "base/cursor.h"
#include "nn/cut.h"

/* A model of four nodes "a" "b" "c" "d", one initializer "w", one input, one output and a field
 * that the cutter does not know, written by hand as onnx.proto says. */
static const uint8_t model[] = {
    0x08, 0x06,                                      /* ir_version 6 */
    0x3a, 40,                                        /* graph */
    0x0a, 3,    0x1a, 1, 'a', 0x0a, 3, 0x1a, 1, 'b', /* node { name } */
    0x2a, 3,    0x42, 1, 'w',                        /* initializer { name } */
    0x0a, 3,    0x1a, 1, 'c', 0x0a, 3, 0x1a, 1, 'd', /* */
    0x5a, 3,    0x0a, 1, 'i',                        /* input { name } */
    0x62, 3,    0x0a, 1, 'o',                        /* output { name } */
    0x6a, 3,    0x0a, 1, 'v',                        /* value_info { name } */
    0x42, 2,    0x10, 9,                             /* opset_import { version 9 } */
};

static const struct lw_card_part middle = {
    .name = "middle",
    .node_first = 1,
    .node_end = 3,
    .io = {.n_inputs = 1,
           .n_outputs = 1,
           .inputs = {{.name = "x", .ndim = 2, .dim = {1, -1}}},
           .outputs = {{.name = "c", .ndim = 1, .dim = {200}}}},
};

static struct lw_span all_of(const uint8_t *p, size_t n)
{
    return (struct lw_span){.data = p, .n = n};
}

static void only_the_wanted_nodes_stay(void **state)
{
    LW_UNUSED(state);
    /* clang-format off */
    static const uint8_t expected[] = {
        0x08, 0x06, 0x3a, 57,
        0x0a, 3, 0x1a, 1, 'b',
        0x2a, 3, 0x42, 1, 'w',
        0x0a, 3, 0x1a, 1, 'c',
        0x5a, 22, 0x0a, 1, 'x', 0x12, 17, 0x0a, 15, 0x08, 1, 0x12, 11, /* input x: float */
            0x0a, 2, 0x08, 1, 0x0a, 5, 0x12, 3, 'x', '_', '1',         /* [1, "x_1"] */
        0x62, 16, 0x0a, 1, 'c', 0x12, 11, 0x0a, 9, 0x08, 1, 0x12, 5,   /* output c: float */
            0x0a, 3, 0x08, 0xc8, 0x01,                                 /* [200] */
        0x42, 2, 0x10, 9,
    };
    /* clang-format on */
    LW_AUTO_STRBUF out = LW_STRBUF_INIT;
    struct lw_why why = {0};
    CHECK(lw_nn_cut(&out, all_of(model, sizeof(model)), &middle, &why) == LW_OK);
    CHECK(out.n == sizeof(expected));
    for (size_t i = 0; i < out.n; i++)
        if ((uint8_t)out.s[i] != expected[i])
            fail_msg("byte %zu is %02x, not %02x", i, (uint8_t)out.s[i], expected[i]);
}

static void every_shortened_model_is_refused(void **state)
{
    LW_UNUSED(state);
    for (size_t n = 0; n < sizeof(model); n++) {
        LW_AUTO_STRBUF out = LW_STRBUF_INIT;
        struct lw_why why = {0};
        int r = lw_nn_cut(&out, all_of(model, n), &middle, &why);
        /* Whole fields may be missing at the end: cut after the graph it is a model still. */
        if (n == sizeof(model) - 4)
            CHECK(r == LW_OK);
        else
            CHECK(r < 0 && why.text[0]);
    }
}

static void a_model_with_fewer_nodes_than_the_card_says_is_refused(void **state)
{
    LW_UNUSED(state);
    LW_AUTO_STRBUF out = LW_STRBUF_INIT;
    struct lw_card_part part = middle;
    struct lw_why why = {0};
    part.node_end = 5;
    CHECK(lw_nn_cut(&out, all_of(model, sizeof(model)), &part, &why) == LW_EFORMAT);
    CHECK(strstr(why.text, "4 nodes") && strstr(why.text, "5"));
}

static void malformed_fields_are_refused_with_their_offset(void **state)
{
    LW_UNUSED(state);
    static const struct {
        uint8_t bytes[12];
        size_t n;
        int64_t offset;
    } bad[] = {
        {{0x08, 0x06, 0x3b}, 3, 2},       /* a group: wire type 3 */
        {{0x08, 0x06, 0x00, 0x00}, 4, 2}, /* field number 0 */
        {{0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}, 11, 0}, /* length */
        {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}, 12, 0},
        {{0x38, 0x01}, 2, 0},             /* a graph that is a number */
        {{0x3a, 0x02, 0x0a, 0x05}, 4, 2}, /* a node past the graph's end */
    };
    for (size_t i = 0; i < LW_COUNT(bad); i++) {
        LW_AUTO_STRBUF out = LW_STRBUF_INIT;
        struct lw_why why = {0};
        CHECK(lw_nn_cut(&out, all_of(bad[i].bytes, bad[i].n), &middle, &why) < 0);
        if (why.offset != bad[i].offset)
            fail_msg("case %zu: offset %lld", i, (long long)why.offset);
    }
}

static void two_graphs_or_none_are_refused(void **state)
{
    LW_UNUSED(state);
    static const uint8_t none[] = {0x08, 0x06};
    uint8_t twice[2 * sizeof(model)];
    memcpy(twice, model, sizeof(model));
    memcpy(twice + sizeof(model), model, sizeof(model));
    LW_AUTO_STRBUF a = LW_STRBUF_INIT;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    CHECK(lw_nn_cut(&a, all_of(none, sizeof(none)), &middle, NULL) == LW_EFORMAT);
    CHECK(lw_nn_cut(&b, all_of(twice, sizeof(twice)), &middle, NULL) == LW_EFORMAT);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(only_the_wanted_nodes_stay),
    cmocka_unit_test(every_shortened_model_is_refused),
    cmocka_unit_test(a_model_with_fewer_nodes_than_the_card_says_is_refused),
    cmocka_unit_test(malformed_fields_are_refused_with_their_offset),
    cmocka_unit_test(two_graphs_or_none_are_refused),
};
RUN_TESTS(tests)
