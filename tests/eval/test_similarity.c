#include "check.h"

#include <math.h>

#include "base/rng.h"
#include "eval/similarity.h"

static const char *const kernels[] = {"avx512", "avx2", "plain"};

static float *random_vectors(size_t n, size_t dim, size_t stride)
{
    struct lw_rng rng = lw_rng_seed(n * 1000 + dim);
    float *v = calloc(n * stride + 1, sizeof(*v));
    assert_non_null(v);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < dim; k++)
            v[i * stride + k] = (float)(lw_rng_gauss(&rng) / sqrt((double)dim));
    return v;
}

struct seen {
    size_t n;
    float *score; /* n x n */
    unsigned char *times;
};

static int note(void *ctx, unsigned worker, size_t i, size_t j0, const float *score, size_t n)
{
    struct seen *s = ctx;
    LW_UNUSED(worker);
    for (size_t k = 0; k < n; k++) {
        s->score[i * s->n + j0 + k] = score[k];
        s->times[i * s->n + j0 + k]++;
    }
    return LW_OK;
}

static struct seen compare_all(const struct lw_vectors *v, const char *kernel, unsigned threads)
{
    struct seen seen = {v->n, calloc(v->n * v->n + 1, sizeof(float)), calloc(v->n * v->n + 1, 1)};
    LW_AUTO(lw_simset) set = NULL;
    CHECK(lw_simset_new(&set, v, kernel) == LW_OK);
    CHECK(lw_simset_all(set, threads, note, &seen) == LW_OK);
    return seen;
}

static void forget(struct seen *s)
{
    free(s->score);
    free(s->times);
}

static bool as_in_double(const struct lw_vectors *v, const struct seen *seen)
{
    for (size_t i = 0; i < v->n; i++)
        for (size_t j = 0; j < v->n; j++) {
            if (seen->times[i * v->n + j] != (j > i))
                return false;
            double sum = 0;
            for (size_t k = 0; k < v->dim; k++)
                sum += (double)v->v[i * v->stride + k] * (double)v->v[j * v->stride + k];
            if (j > i && !(fabs(sum - (double)seen->score[i * v->n + j]) < 2e-6))
                return false;
        }
    return true;
}

static bool unsupported(const char *kernel)
{
    const struct lw_vectors none = {.dim = 1, .stride = 1};
    LW_AUTO(lw_simset) set = NULL;
    return lw_simset_new(&set, &none, kernel) == LW_EUNSUP;
}

static void every_pair_comes_once_with_its_dot_product(void **state)
{
    static const size_t sizes[][3] = {{1, 8, 8},     {2, 1, 3},      {15, 17, 17},
                                      {33, 64, 70},  {112, 32, 32},  {113, 192, 192},
                                      {640, 24, 24}, {523, 128, 128}};
    LW_UNUSED(state);
    for (size_t k = 0; k < LW_COUNT(kernels); k++) {
        if (unsupported(kernels[k])) {
            print_message("skipped: this processor has no %s\n", kernels[k]);
            continue;
        }
        for (size_t s = 0; s < LW_COUNT(sizes); s++) {
            float *v = random_vectors(sizes[s][0], sizes[s][1], sizes[s][2]);
            const struct lw_vectors in = {v, sizes[s][0], sizes[s][1], sizes[s][2]};
            struct seen seen = compare_all(&in, kernels[k], 2);
            CHECK(as_in_double(&in, &seen));
            forget(&seen);
            free(v);
        }
    }
}

static void scores_do_not_depend_on_the_number_of_threads(void **state)
{
    enum { N = 300, DIM = 96 };
    LW_UNUSED(state);
    float *v = random_vectors(N, DIM, DIM);
    const struct lw_vectors in = {v, N, DIM, DIM};
    struct seen one = compare_all(&in, NULL, 1);
    struct seen three = compare_all(&in, NULL, 3);
    CHECK(memcmp(one.score, three.score, sizeof(float) * N * N) == 0);
    forget(&one);
    forget(&three);
    free(v);
}

static int refuse(void *ctx, unsigned worker, size_t i, size_t j0, const float *score, size_t n)
{
    LW_UNUSED(ctx);
    LW_UNUSED(worker);
    LW_UNUSED(j0);
    LW_UNUSED(score);
    LW_UNUSED(n);
    return i == 0 ? LW_ELIMIT : LW_OK;
}

static void a_consumer_that_refuses_stops_the_comparison(void **state)
{
    LW_UNUSED(state);
    float *v = random_vectors(20, 16, 16);
    const struct lw_vectors in = {v, 20, 16, 16};
    LW_AUTO(lw_simset) set = NULL;
    CHECK(lw_simset_new(&set, &in, NULL) == LW_OK);
    CHECK(lw_simset_all(set, 2, refuse, NULL) == LW_ELIMIT);
    free(v);
}

static void no_vectors_give_no_scores(void **state)
{
    LW_UNUSED(state);
    const struct lw_vectors none = {.dim = 512, .stride = 512};
    struct seen seen = compare_all(&none, NULL, 2);
    forget(&seen);
}

static void impossible_sizes_and_unknown_kernels_are_refused(void **state)
{
    LW_UNUSED(state);
    float v[4] = {0};
    LW_AUTO(lw_simset) set = NULL;
    CHECK(lw_simset_new(&set, &(struct lw_vectors){v, 1, 0, 4}, NULL) == LW_EINVAL);
    CHECK(lw_simset_new(&set, &(struct lw_vectors){v, 1, 4, 3}, NULL) == LW_EINVAL);
    CHECK(lw_simset_new(&set, &(struct lw_vectors){v, LW_SIMSET_MAX + 1, 4, 4}, NULL) == LW_EINVAL);
    CHECK(lw_simset_new(&set, &(struct lw_vectors){v, 1, 4, 4}, "quantum") == LW_EUNSUP);
    CHECK(!set);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_pair_comes_once_with_its_dot_product),
    cmocka_unit_test(scores_do_not_depend_on_the_number_of_threads),
    cmocka_unit_test(a_consumer_that_refuses_stops_the_comparison),
    cmocka_unit_test(no_vectors_give_no_scores),
    cmocka_unit_test(impossible_sizes_and_unknown_kernels_are_refused),
};
RUN_TESTS(tests)
