#include <dlfcn.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/bench.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "eval/similarity.h"

enum { VECTORS = 7701, DIM = 512, BINS = 65536 };
static const double PAIRS = (double)VECTORS * (VECTORS - 1) / 2;

/* The two calls of the CBLAS interface that are compared with; constants as in cblas.h. */
enum { ROW_MAJOR = 101, NO_TRANS = 111, TRANS = 112, UPPER = 121 };
typedef void (*sgemm_fn)(int order, int trans_a, int trans_b, int m, int n, int k, float alpha,
                         const float *a, int lda, const float *b, int ldb, float beta, float *c,
                         int ldc);
typedef void (*ssyrk_fn)(int order, int uplo, int trans, int n, int k, float alpha, const float *a,
                         int lda, float beta, float *c, int ldc);

struct lw_bench_similarity {
    float *vectors, *product; /* product: what sgemm writes, VECTORS x VECTORS */
    int64_t *bins;            /* BINS for each thread */
    unsigned threads;         /* of the "_all" cases */
    void *blas;
    sgemm_fn sgemm;
    ssyrk_fn ssyrk;
    void (*set_threads)(int);
    struct lw_bench_case cases[4];
};

/* What the evaluation does with scores that it does not keep. */
static int count(void *ctx, unsigned worker, size_t i, size_t j0, const float *score, size_t n)
{
    int64_t *bins = ((struct lw_bench_similarity *)ctx)->bins + (size_t)worker * BINS;
    LW_UNUSED(i);
    LW_UNUSED(j0);
    for (size_t k = 0; k < n; k++)
        bins[(size_t)((score[k] + 1.001f) * (BINS / 2.003f))]++;
    return LW_OK;
}

static int ours(struct lw_bench_similarity *s, unsigned threads, struct lw_why *why)
{
    LW_AUTO(lw_simset) set = NULL;
    const struct lw_vectors v = {s->vectors, VECTORS, DIM, DIM};
    int r = lw_simset_new(&set, &v, NULL);
    if (r == LW_OK)
        r = lw_simset_all(set, threads, count, s);
    return r < 0 ? lw_why_set(why, r, -1, "similarity: %s", lw_err_name(r)) : LW_OK;
}

static int ours_one(void *ctx, struct lw_why *why)
{
    return ours(ctx, 1, why);
}

static int ours_all(void *ctx, struct lw_why *why)
{
    struct lw_bench_similarity *s = ctx;
    return ours(s, s->threads, why);
}

static int gemm(struct lw_bench_similarity *s, unsigned threads)
{
    s->set_threads((int)threads);
    s->sgemm(ROW_MAJOR, NO_TRANS, TRANS, VECTORS, VECTORS, DIM, 1, s->vectors, DIM, s->vectors, DIM,
             0, s->product, VECTORS);
    return LW_OK;
}

static int syrk(struct lw_bench_similarity *s, unsigned threads)
{
    s->set_threads((int)threads);
    s->ssyrk(ROW_MAJOR, UPPER, NO_TRANS, VECTORS, DIM, 1, s->vectors, DIM, 0, s->product, VECTORS);
    return LW_OK;
}

static int gemm_one(void *ctx, struct lw_why *why)
{
    LW_UNUSED(why);
    return gemm(ctx, 1);
}

static int gemm_all(void *ctx, struct lw_why *why)
{
    struct lw_bench_similarity *s = ctx;
    LW_UNUSED(why);
    return gemm(s, s->threads);
}

static int syrk_one(void *ctx, struct lw_why *why)
{
    LW_UNUSED(why);
    return syrk(ctx, 1);
}

static int syrk_all(void *ctx, struct lw_why *why)
{
    struct lw_bench_similarity *s = ctx;
    LW_UNUSED(why);
    return syrk(s, s->threads);
}

static bool load(void *library, const char *name, void *fn, size_t n)
{
    void *symbol = dlsym(library, name);
    memcpy(fn, &symbol, n); /* ISO C has no cast from void * to function */
    return symbol;
}

static void open_blas(struct lw_bench_similarity *s)
{
    s->blas = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
    if (s->blas && load(s->blas, "cblas_sgemm", &s->sgemm, sizeof(s->sgemm)) &&
        load(s->blas, "cblas_ssyrk", &s->ssyrk, sizeof(s->ssyrk)) &&
        load(s->blas, "openblas_set_num_threads", &s->set_threads, sizeof(s->set_threads)))
        return;
    if (s->blas)
        dlclose(s->blas);
    s->blas = NULL;
}

static void fill_vectors(float *v)
{
    struct lw_rng rng = lw_rng_seed(7701);
    for (size_t i = 0; i < VECTORS; i++, v += DIM) {
        double sum = 0;
        for (size_t k = 0; k < DIM; k++) {
            v[k] = (float)lw_rng_gauss(&rng);
            sum += (double)v[k] * (double)v[k];
        }
        for (size_t k = 0; k < DIM; k++)
            v[k] /= (float)sqrt(sum);
    }
}

static void make_cases(struct lw_bench_similarity *s)
{
    static const char what[] = "7,701 unit vectors of 512 floats against each other, into a "
                               "histogram";
    static const char gemm_name[] = "OpenBLAS sgemm, the full square into memory";
    static const char syrk_name[] = "OpenBLAS ssyrk, one triangle into memory";
    const struct lw_bench_case base = {
        .what = what,
        .unit = "pair",
        .items = PAIRS,
        .absent = "no libopenblas.so.0; Debian package libopenblas0-pthread"};
    for (size_t i = 0; i < 4; i++) {
        struct lw_bench_case *c = &s->cases[i];
        bool all = i >= 2, square = i % 2 == 0;
        *c = base;
        c->name = all ? "similarity_all" : "similarity";
        c->threads = all ? s->threads : 1;
        c->ours = all ? ours_all : ours_one;
        c->peer = square ? gemm_name : syrk_name;
        c->limit = square ? 1.3 : 0;
        if (s->blas)
            c->theirs = square ? (all ? gemm_all : gemm_one) : (all ? syrk_all : syrk_one);
    }
}

int lw_bench_similarity_new(struct lw_bench_similarity **out, struct lw_why *why)
{
    LW_AUTO(lw_bench_similarity) s = calloc(1, sizeof(*s));
    if (!s)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    s->threads = lw_cpu_count();
    s->vectors = aligned_alloc(64, sizeof(float) * VECTORS * DIM);
    s->bins = calloc((size_t)BINS * s->threads, sizeof(*s->bins));
    open_blas(s);
    if (s->blas)
        s->product = calloc((size_t)VECTORS * VECTORS, sizeof(float));
    if (!s->vectors || !s->bins || (s->blas && !s->product))
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    fill_vectors(s->vectors);
    make_cases(s);
    *out = s;
    s = NULL; /* moved to the caller */
    return LW_OK;
}

void lw_bench_similarity_free(struct lw_bench_similarity **s)
{
    if (!*s)
        return;
    free((*s)->vectors);
    free((*s)->product);
    free((*s)->bins);
    if ((*s)->blas)
        dlclose((*s)->blas);
    free(*s);
    *s = NULL;
}

struct lw_bench_suite lw_bench_similarity_suite(struct lw_bench_similarity *s)
{
    return (struct lw_bench_suite){s->cases, LW_COUNT(s->cases), s};
}
