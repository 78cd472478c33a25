#include "cards.h"

#include <math.h>

#include "base/file.h"
#include "base/rng.h"
#include "nn/session.h"

enum { W = 320, H = 240, ANCHORS = 4420 };

static float *random_input(size_t n, uint64_t seed)
{
    float *v = malloc(n * sizeof(*v));
    struct lw_rng rng = lw_rng_seed(seed);
    assert_non_null(v);
    for (size_t i = 0; i < n; i++)
        v[i] = (float)lw_rng_range(&rng, -1, 1);
    return v;
}

static struct lw_nn *open_net(const char *cards, const char *models, const char *role,
                              const char *part)
{
    struct lw_nn *nn = NULL;
    struct lw_why why = {0};
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s.json", cards, role);
    if (lw_nn_open(&nn, path, models, part, NULL, &why) < 0)
        fail_msg("%s", why.text);
    return nn;
}

/* Anchor i of the whole graph, in shares of the picture, as its own decoding has them: training
 * spread the 8 and 4 rows of the coarse grids over 240 pixels, and cut sides at the picture's. */
static void own_anchor(size_t i, float *cx, float *cy, float *w, float *h)
{
    static const struct {
        size_t cols, rows, sizes;
        float size[3];
    } grids[] = {{40, 30, 3, {10, 16, 24}},
                 {20, 15, 2, {32, 48}},
                 {10, 8, 2, {64, 96}},
                 {5, 4, 3, {128, 192, 256}}};
    for (size_t g = 0; g < LW_COUNT(grids); g++) {
        size_t n = grids[g].cols * grids[g].rows * grids[g].sizes;
        if (i >= n) {
            i -= n;
            continue;
        }
        size_t cell = i / grids[g].sizes;
        float side = grids[g].size[i % grids[g].sizes];
        *cx = ((float)(cell % grids[g].cols) + 0.5f) / (float)grids[g].cols;
        *cy = ((float)(cell / grids[g].cols) + 0.5f) / (float)grids[g].rows;
        *w = fminf(side / W, 1);
        *h = fminf(side / H, 1);
        return;
    }
    fail_msg("no anchor %zu", i);
}

/* Box i in pixels, decoded from the raw numbers. */
static void decode(const float *loc, size_t i, float box[4])
{
    float cx, cy, w, h;
    own_anchor(i, &cx, &cy, &w, &h);
    cx += loc[4 * i] * 0.1f * w;
    cy += loc[4 * i + 1] * 0.1f * h;
    w *= expf(loc[4 * i + 2] * 0.2f);
    h *= expf(loc[4 * i + 3] * 0.2f);
    box[0] = (cx - w / 2) * W;
    box[1] = (cy - h / 2) * H;
    box[2] = (cx + w / 2) * W;
    box[3] = (cy + h / 2) * H;
}

static void the_cut_detector_answers_like_the_whole_one(void **state)
{
    LW_UNUSED(state);
    NEED_DIR(models, "LW_TEST_MODELS");
    NEED_DIR(cards, "LW_TEST_CARDS");
    LW_AUTO(lw_nn) whole = open_net(cards, models, "detector", NULL);
    LW_AUTO(lw_nn) cut = open_net(cards, models, "detector", "native");
    for (uint64_t seed = 1; seed <= 3; seed++) {
        LW_AUTO_MEM(float) pixels = random_input(3 * W * H, seed);
        struct lw_tensor in = {.ndim = 4, .dim = {1, 3, H, W}, .data = pixels};
        LW_AUTO(lw_nn_result) a = NULL;
        LW_AUTO(lw_nn_result) b = NULL;
        struct lw_tensor scores_a, boxes_a, scores_b, locs_b;
        CHECK(lw_nn_run(whole, &in, &a, NULL) == LW_OK && lw_nn_run(cut, &in, &b, NULL) == LW_OK);
        CHECK(lw_nn_result_peek(a, 0, &scores_a) == LW_OK && scores_a.dim[1] == ANCHORS);
        CHECK(lw_nn_result_peek(a, 1, &boxes_a) == LW_OK);
        CHECK(lw_nn_result_peek(b, 0, &scores_b) == LW_OK && scores_b.dim[1] == ANCHORS);
        CHECK(lw_nn_result_peek(b, 1, &locs_b) == LW_OK && locs_b.dim[2] == 4);
        CHECK(lw_nn_result_peek(b, 2, &locs_b) == LW_EINVAL);
        for (size_t i = 0; i < ANCHORS; i++) {
            CHECK(fabsf(scores_a.data[2 * i + 1] - scores_b.data[2 * i + 1]) <= 1e-6f);
            float box[4];
            decode(locs_b.data, i, box);
            for (size_t k = 0; k < 4; k++)
                if (!(fabsf(box[k] - boxes_a.data[4 * i + k] * (k % 2 ? H : W)) <= 0.01f))
                    fail_msg("anchor %zu side %zu", i, k);
        }
    }
}

static void stem_and_head_together_are_the_native_part(void **state)
{
    LW_UNUSED(state);
    NEED_DIR(models, "LW_TEST_MODELS");
    NEED_DIR(cards, "LW_TEST_CARDS");
    enum { SIDE = 128, CELLS = SIDE / 8 };
    LW_AUTO(lw_nn) native = open_net(cards, models, "detector", "native");
    LW_AUTO(lw_nn) stem = open_net(cards, models, "detector", "stem");
    LW_AUTO(lw_nn) head = open_net(cards, models, "detector", "head");
    LW_AUTO_MEM(float) pixels = random_input(3 * SIDE * SIDE, 9);
    struct lw_tensor in = {.ndim = 4, .dim = {1, 3, SIDE, SIDE}, .data = pixels}, mid, a, b;
    LW_AUTO(lw_nn_result) once = NULL;
    LW_AUTO(lw_nn_result) first = NULL;
    LW_AUTO(lw_nn_result) second = NULL;
    CHECK(lw_nn_run(native, &in, &once, NULL) == LW_OK);
    CHECK(lw_nn_run(stem, &in, &first, NULL) == LW_OK);
    CHECK(lw_nn_result_peek(first, 0, &mid) == LW_OK);
    CHECK(mid.ndim == 4 && mid.dim[1] == 64 && mid.dim[2] == CELLS && mid.dim[3] == CELLS);
    CHECK(lw_nn_run(head, &mid, &second, NULL) == LW_OK);
    for (size_t k = 0; k < 2; k++) {
        CHECK(lw_nn_result_peek(once, k, &a) == LW_OK && lw_nn_result_peek(second, k, &b) == LW_OK);
        CHECK(lw_tensor_count(&a) == lw_tensor_count(&b));
        for (size_t i = 0; i < lw_tensor_count(&a); i++)
            CHECK(fabsf(a.data[i] - b.data[i]) <= 1e-5f);
    }
}

static void running_into_buffers_gives_the_same_as_running(void **state)
{
    LW_UNUSED(state);
    NEED_DIR(models, "LW_TEST_MODELS");
    NEED_DIR(cards, "LW_TEST_CARDS");
    LW_AUTO(lw_nn) nn = open_net(cards, models, "embedding", NULL);
    LW_AUTO_MEM(float) pixels = random_input(3 * 112 * 112, 4);
    float out[512];
    struct lw_tensor in = {.ndim = 4, .dim = {1, 3, 112, 112}, .data = pixels}, t;
    struct lw_tensor into = {.ndim = 2, .dim = {1, 512}, .data = out};
    LW_AUTO(lw_nn_result) r = NULL;
    struct lw_why why = {0};
    CHECK(lw_nn_run(nn, &in, &r, NULL) == LW_OK && lw_nn_result_peek(r, 0, &t) == LW_OK);
    CHECK(lw_nn_run_into(nn, &in, &into, 1, NULL) == LW_OK);
    assert_memory_equal(out, t.data, sizeof(out));
    CHECK(lw_nn_run_into(nn, &in, &into, 2, NULL) == LW_EINVAL);
    in.dim[2] = 56; /* the network has one size */
    CHECK(lw_nn_run_into(nn, &in, &into, 1, &why) < 0 && why.text[0]);
}

static void the_bare_run_gives_the_same_as_ours(void **state)
{
    LW_UNUSED(state);
    NEED_DIR(models, "LW_TEST_MODELS");
    NEED_DIR(cards, "LW_TEST_CARDS");
    LW_AUTO(lw_nn) nn = open_net(cards, models, "landmarks", NULL);
    LW_AUTO(lw_nn_bare) bare = NULL;
    char path[4096];
    snprintf(path, sizeof(path), "%s/landmarks.json", cards);
    CHECK(lw_nn_bare_open(&bare, path, models, NULL) == LW_OK);
    size_t n = 0;
    float *input = lw_nn_bare_input(bare, &n), out[136];
    CHECK(n == 64 * 64);
    for (size_t i = 0; i < n; i++)
        input[i] = (float)(i % 256) / 256;
    struct lw_tensor in = {.ndim = 4, .dim = {1, 1, 64, 64}, .data = input};
    struct lw_tensor into = {.ndim = 2, .dim = {1, 136}, .data = out};
    CHECK(lw_nn_bare_run(bare, NULL) == LW_OK);
    CHECK(lw_nn_run_into(nn, &in, &into, 1, NULL) == LW_OK);
}

/* A folder with one card and one network, either of them spoilt. */
struct spoilt {
    char dir[32], card[64], net[64];
};

static void copy_pair(struct spoilt *s, const char *cards, const char *models)
{
    LW_AUTO_MEM(uint8_t) card = NULL;
    LW_AUTO_MEM(uint8_t) net = NULL;
    char path[4096];
    size_t n;
    strcpy(s->dir, "/tmp/lw-nn-XXXXXX");
    CHECK(mkdtemp(s->dir) != NULL);
    snprintf(s->card, sizeof(s->card), "%s/landmarks.json", s->dir);
    snprintf(s->net, sizeof(s->net), "%s/fr_landmark.onnx", s->dir);
    snprintf(path, sizeof(path), "%s/landmarks.json", cards);
    CHECK(lw_file_read(path, LW_MIB, &card, &n, NULL) == LW_OK);
    CHECK(lw_file_write(s->card, (struct lw_span){card, n}, NULL) == LW_OK);
    snprintf(path, sizeof(path), "%s/fr_landmark.onnx", models);
    CHECK(lw_file_read(path, 8 * LW_MIB, &net, &n, NULL) == LW_OK);
    CHECK(lw_file_write(s->net, (struct lw_span){net, n}, NULL) == LW_OK);
}

static void remove_pair(const struct spoilt *s)
{
    unlink(s->card);
    unlink(s->net);
    rmdir(s->dir);
}

static void edit_file(const char *path, const char *from, const char *to)
{
    LW_AUTO_MEM(uint8_t) text = NULL;
    LW_AUTO_STRBUF out = LW_STRBUF_INIT;
    size_t n;
    CHECK(lw_file_read(path, LW_MIB, &text, &n, NULL) == LW_OK);
    const char *at = strstr((const char *)text, from);
    assert_non_null(at);
    lw_strbuf_put(&out, text, (size_t)(at - (const char *)text));
    lw_strbuf_puts(&out, to);
    lw_strbuf_puts(&out, at + strlen(from));
    CHECK(lw_file_write(path, lw_strbuf_span(&out), NULL) == LW_OK);
}

static void flip_byte(const char *path, long at)
{
    FILE *f = fopen(path, "r+b");
    assert_non_null(f);
    CHECK(fseek(f, at, SEEK_SET) == 0);
    int c = fgetc(f);
    CHECK(c != EOF && fseek(f, at, SEEK_SET) == 0 && fputc(c ^ 1, f) != EOF && fclose(f) == 0);
}

/* Networks run with subnormal numbers as zero, the caller does not. */
static void the_caller_keeps_subnormal_numbers(void **state)
{
    LW_UNUSED(state);
    NEED_DIR(models, "LW_TEST_MODELS");
    NEED_DIR(cards, "LW_TEST_CARDS");
    LW_AUTO(lw_nn) nn = open_net(cards, models, "landmarks", NULL);
    LW_AUTO_MEM(float) pixels = random_input(64 * 64, 5);
    LW_AUTO(lw_nn_result) r = NULL;
    const struct lw_tensor in = {.ndim = 4, .dim = {1, 1, 64, 64}, .data = pixels};
    volatile float tiny = 1e-38f;
    CHECK(lw_nn_run(nn, &in, &r, NULL) == LW_OK);
    tiny /= 8;
    CHECK(tiny > 0);
}

static void a_network_with_one_byte_changed_is_refused(void **state)
{
    LW_UNUSED(state);
    NEED_DIR(models, "LW_TEST_MODELS");
    NEED_DIR(cards, "LW_TEST_CARDS");
    struct spoilt s;
    copy_pair(&s, cards, models);
    LW_AUTO(lw_nn) nn = NULL;
    struct lw_why why = {0};
    CHECK(lw_nn_open(&nn, s.card, s.dir, NULL, NULL, &why) == LW_OK);
    lw_nn_free(&nn);
    flip_byte(s.net, 700000);
    CHECK(lw_nn_open(&nn, s.card, s.dir, NULL, NULL, &why) == LW_EFORMAT && !nn);
    CHECK(strstr(why.text, "fr_landmark.onnx") && strstr(why.text, "sha256"));
    CHECK(strstr(why.text, "f10b0ba1d2a8")); /* what the card says; the other value stands before */
    unlink(s.net);
    CHECK(lw_nn_open(&nn, s.card, s.dir, NULL, NULL, &why) == LW_ENOTFOUND);
    remove_pair(&s);
}

static void tensors_that_differ_from_the_card_are_named_with_both_values(void **state)
{
    LW_UNUSED(state);
    NEED_DIR(models, "LW_TEST_MODELS");
    NEED_DIR(cards, "LW_TEST_CARDS");
    static const struct {
        const char *from, *to, *says;
    } edits[] = {
        {"[1, 1, 64, 64]", "[1, 1, 64, 32]",
         "\"input\" has shape [1, 1, 64, 64], the card says [1, 1, 64, 32]"},
        {"[1, 136]", "[136]", "\"output\" has shape [1, 136], the card says [136]"},
        {"\"name\": \"input\"", "\"name\": \"data\"",
         "input 0 is called \"input\", the card says \"data\""},
        {"{\"name\": \"output\", \"shape\": [1, 136]}",
         "{\"name\": \"output\", \"shape\": [1, 136]}, {\"name\": \"more\", \"shape\": [1]}",
         "1 inputs and 1 outputs, the card says 1 and 2"},
    };
    for (size_t i = 0; i < LW_COUNT(edits); i++) {
        struct spoilt s;
        LW_AUTO(lw_nn) nn = NULL;
        struct lw_why why = {0};
        copy_pair(&s, cards, models);
        edit_file(s.card, edits[i].from, edits[i].to);
        CHECK(lw_nn_open(&nn, s.card, s.dir, NULL, NULL, &why) < 0);
        if (!strstr(why.text, edits[i].says))
            fail_msg("%s", why.text);
        remove_pair(&s);
    }
}

static void threads_out_of_range_and_unknown_parts_are_refused(void **state)
{
    LW_UNUSED(state);
    NEED_DIR(models, "LW_TEST_MODELS");
    NEED_DIR(cards, "LW_TEST_CARDS");
    LW_AUTO(lw_nn) nn = NULL;
    struct lw_why why = {0};
    char path[4096];
    snprintf(path, sizeof(path), "%s/detector.json", cards);
    CHECK(lw_nn_open(&nn, path, models, NULL, &(struct lw_nn_opts){.threads = 0}, &why) ==
          LW_EINVAL);
    CHECK(lw_nn_open(&nn, path, models, NULL, &(struct lw_nn_opts){.threads = 65}, &why) ==
          LW_EINVAL);
    CHECK(lw_nn_open(&nn, path, models, "tail", NULL, &why) == LW_ENOTFOUND);
    CHECK(strstr(why.text, "\"tail\""));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_cut_detector_answers_like_the_whole_one),
    cmocka_unit_test(stem_and_head_together_are_the_native_part),
    cmocka_unit_test(running_into_buffers_gives_the_same_as_running),
    cmocka_unit_test(the_bare_run_gives_the_same_as_ours),
    cmocka_unit_test(the_caller_keeps_subnormal_numbers),
    cmocka_unit_test(a_network_with_one_byte_changed_is_refused),
    cmocka_unit_test(tensors_that_differ_from_the_card_are_named_with_both_values),
    cmocka_unit_test(threads_out_of_range_and_unknown_parts_are_refused),
};
RUN_TESTS(tests)
