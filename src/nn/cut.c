/* An ONNX file is one protocol buffers message, ModelProto (onnx/onnx.proto of the ONNX project):
 * a list of fields, each a varint key (field number * 8 + wire type) and a value. Only the field
 * numbers below are looked at; everything else is copied as it stands.
 *
 *   ModelProto   7 graph
 *   GraphProto   1 node (repeated, in running order)  5 initializer
 *                11 input  12 output  13 value_info (shapes of inner tensors)
 *   ValueInfo    1 name  2 type { 1 tensor_type { 1 elem_type (1 = float)
 *                                                 2 shape { 1 dim { 1 value | 2 name } } } } */
#include "nn/cut.h"

#include <stdio.h>
#include <string.h>

#include "base/cursor.h"

enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };
enum { MODEL_GRAPH = 7 };
enum { GRAPH_NODE = 1, GRAPH_INPUT = 11, GRAPH_OUTPUT = 12, GRAPH_VALUE_INFO = 13 };
enum { ELEM_FLOAT = 1 };

/* One field of a message: raw covers key and value, body the value of a WIRE_BYTES field. */
struct field {
    uint32_t number;
    unsigned wire;
    struct lw_span raw, body;
};

static int take_varint(struct lw_cursor *c, uint64_t *out)
{
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t b;
        if (lw_cursor_u8(c, &b) < 0)
            return LW_ETRUNC;
        v |= (uint64_t)(b & 0x7f) << shift;
        if (!(b & 0x80)) {
            *out = v;
            return LW_OK;
        }
    }
    return LW_EFORMAT;
}

static int take_value(struct lw_cursor *c, struct field *f)
{
    uint64_t n;
    int r;
    switch (f->wire) {
    case WIRE_VARINT:
        return take_varint(c, &n);
    case WIRE_64:
        return lw_cursor_skip(c, 8);
    case WIRE_32:
        return lw_cursor_skip(c, 4);
    case WIRE_BYTES:
        if ((r = take_varint(c, &n)) < 0)
            return r;
        return n > SIZE_MAX ? LW_ETRUNC : lw_cursor_take(c, (size_t)n, &f->body);
    default:
        return LW_EFORMAT; /* groups (3, 4) are not used by ONNX */
    }
}

/* base is where the cursor's bytes begin in the file, for the offset in why. */
static int take_field(struct lw_cursor *c, size_t base, struct field *f, struct lw_why *why)
{
    size_t start = c->pos;
    uint64_t key = 0;
    memset(f, 0, sizeof(*f));
    int r = take_varint(c, &key);
    if (r == LW_OK && (key >> 3 == 0 || key >> 3 > 0x1fffffff))
        r = LW_EFORMAT;
    f->number = (uint32_t)(key >> 3);
    f->wire = (unsigned)(key & 7);
    if (r == LW_OK)
        r = take_value(c, f);
    if (r < 0)
        return lw_why_set(why, r, (int64_t)(base + start),
                          "not an ONNX file: bad field at byte %zu", base + start);
    f->raw = (struct lw_span){.data = c->data + start, .n = c->pos - start};
    return LW_OK;
}

static void put_varint(struct lw_strbuf *b, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        lw_strbuf_putc(b, (char)((v & 0x7f) | 0x80));
    lw_strbuf_putc(b, (char)v);
}

static void put_bytes(struct lw_strbuf *b, uint32_t number, const void *bytes, size_t n)
{
    put_varint(b, (uint64_t)number << 3 | WIRE_BYTES);
    put_varint(b, n);
    lw_strbuf_put(b, bytes, n);
}

static void put_message(struct lw_strbuf *b, uint32_t number, const struct lw_strbuf *message)
{
    put_bytes(b, number, lw_strbuf_peek(message), message->n);
    if (message->err)
        b->err = message->err;
}

static void put_number(struct lw_strbuf *b, uint32_t number, uint64_t v)
{
    put_varint(b, (uint64_t)number << 3 | WIRE_VARINT);
    put_varint(b, v);
}

static void put_dim(struct lw_strbuf *shape, const struct lw_tensor_spec *t, int i)
{
    LW_AUTO_STRBUF dim = LW_STRBUF_INIT;
    if (t->dim[i] >= 0) {
        put_number(&dim, 1, (uint64_t)t->dim[i]);
    } else {
        char name[80]; /* one name each, so that no two are taken for equal */
        int n = snprintf(name, sizeof(name), "%s_%d", t->name, i);
        put_bytes(&dim, 2, name, (size_t)n);
    }
    put_message(shape, 1, &dim);
}

static void put_tensor(struct lw_strbuf *graph, uint32_t number, const struct lw_tensor_spec *t)
{
    LW_AUTO_STRBUF shape = LW_STRBUF_INIT;
    LW_AUTO_STRBUF tensor = LW_STRBUF_INIT;
    LW_AUTO_STRBUF type = LW_STRBUF_INIT;
    LW_AUTO_STRBUF info = LW_STRBUF_INIT;
    for (int i = 0; i < t->ndim; i++)
        put_dim(&shape, t, i);
    put_number(&tensor, 1, ELEM_FLOAT);
    put_message(&tensor, 2, &shape);
    put_message(&type, 1, &tensor);
    put_bytes(&info, 1, t->name, strlen(t->name));
    put_message(&info, 2, &type);
    put_message(graph, number, &info);
}

static int cut_graph(struct lw_strbuf *out, struct lw_span graph, size_t base,
                     const struct lw_card_part *part, struct lw_why *why)
{
    struct lw_cursor c = lw_cursor_over(graph);
    int64_t nodes = 0;
    while (lw_cursor_left(&c)) {
        struct field f;
        int r = take_field(&c, base, &f, why);
        if (r < 0)
            return r;
        bool keep =
            f.number != GRAPH_INPUT && f.number != GRAPH_OUTPUT && f.number != GRAPH_VALUE_INFO;
        if (f.number == GRAPH_NODE) {
            keep = nodes >= part->node_first && nodes < part->node_end;
            nodes++;
        }
        if (keep)
            lw_strbuf_put(out, f.raw.data, f.raw.n);
    }
    if (nodes < part->node_end)
        return lw_why_set(why, LW_EFORMAT, (int64_t)base,
                          "the graph has %lld nodes, part \"%s\" ends at %lld", (long long)nodes,
                          part->name, (long long)part->node_end);
    for (size_t i = 0; i < part->io.n_inputs; i++)
        put_tensor(out, GRAPH_INPUT, &part->io.inputs[i]);
    for (size_t i = 0; i < part->io.n_outputs; i++)
        put_tensor(out, GRAPH_OUTPUT, &part->io.outputs[i]);
    return LW_OK;
}

int lw_nn_cut(struct lw_strbuf *out, struct lw_span model, const struct lw_card_part *part,
              struct lw_why *why)
{
    struct lw_cursor c = lw_cursor_over(model);
    unsigned graphs = 0;
    while (lw_cursor_left(&c)) {
        struct field f;
        int r = take_field(&c, 0, &f, why);
        if (r < 0)
            return r;
        if (f.number != MODEL_GRAPH) {
            lw_strbuf_put(out, f.raw.data, f.raw.n);
            continue;
        }
        if (f.wire != WIRE_BYTES || graphs++ > 0)
            return lw_why_set(why, LW_EFORMAT, (int64_t)(f.raw.data - model.data),
                              "not an ONNX file: a second or malformed graph");
        LW_AUTO_STRBUF graph = LW_STRBUF_INIT;
        r = cut_graph(&graph, f.body, (size_t)(f.body.data - model.data), part, why);
        if (r < 0)
            return r;
        put_message(out, MODEL_GRAPH, &graph);
    }
    if (graphs == 0)
        return lw_why_set(why, LW_EFORMAT, -1, "not an ONNX file: it holds no graph");
    return lw_strbuf_err(out) ? lw_why_set(why, LW_ENOMEM, -1, "no memory") : LW_OK;
}
