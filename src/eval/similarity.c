/* How it is done: the classic blocking of a matrix product (Goto and van de Geijn, "Anatomy of
 * High-Performance Matrix Multiplication", 2008), for C = A A^T of which only the part above the
 * diagonal is wanted.
 *
 * The innermost piece multiplies `mr` rows with `nr` columns. Its mr x nr sums live in vector
 * registers; each step loads nr column values and broadcasts mr row values:
 *
 *     for k: for r in mr: sum[r][0..nr) += row[k][r] * col[k][0..nr)
 *
 * To read both operands in order, the vectors are stored twice: in row panels [panel][k][mr] and in
 * column panels [panel][k][nr], the last panel padded with zeros. A block of row panels stays in
 * the second-level cache while the column panels pass by. The compiler makes the instructions from
 * vector types; there is one kernel for each vector width, chosen when the program runs. */
#include "eval/similarity.h"

#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"

#if defined(__x86_64__)
#define TARGET_AVX512 __attribute__((target("avx512f")))
#define TARGET_AVX2 __attribute__((target("avx2,fma")))
#endif

/* The sums stay in registers only if the loops over them are unrolled to the end. */
#define UNROLL(n) UNROLL_(GCC unroll n)
#define UNROLL_(text) _Pragma(#text)

/* One register tile: MR rows times NV vectors of LANES floats, over k steps. */
#define KERNEL(name, MR, NV, LANES, TARGET)                                                        \
    TARGET static void name(const float *a, const float *b, size_t k, float *c, size_t ld)         \
    {                                                                                              \
        typedef float vec __attribute__((vector_size(4 * (LANES))));                               \
        typedef float uvec __attribute__((vector_size(4 * (LANES)), aligned(4), may_alias));       \
        vec sum[MR][NV] = {{{0}}};                                                                 \
        for (; k > 0; k--, a += (MR), b += (NV) * (LANES)) {                                       \
            UNROLL(4) for (int v = 0; v < (NV); v++)                                               \
            {                                                                                      \
                const vec col = *(const uvec *)(const void *)(b + v * (LANES));                    \
                UNROLL(16) for (int r = 0; r < (MR); r++) sum[r][v] += a[r] * col;                 \
            }                                                                                      \
        }                                                                                          \
        UNROLL(16) for (int r = 0; r < (MR); r++, c += ld)                                         \
        {                                                                                          \
            UNROLL(4) for (int v = 0; v < (NV); v++)                                               \
            {                                                                                      \
                *(uvec *)(void *)(c + v * (LANES)) = sum[r][v];                                    \
            }                                                                                      \
        }                                                                                          \
    }

KERNEL(kernel_plain, 4, 2, 4, )
#if defined(__x86_64__)
KERNEL(kernel_avx2, 6, 2, 8, TARGET_AVX2)
KERNEL(kernel_avx512, 14, 2, 16, TARGET_AVX512)
#endif

struct kernel {
    const char *name;
    size_t mr, nr;
    void (*run)(const float *a, const float *b, size_t k, float *c, size_t ld);
    bool (*available)(void);
};

static bool has_avx512(void)
{
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx512f");
#else
    return false;
#endif
}

static bool has_avx2(void)
{
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    return false;
#endif
}

static bool has_plain(void)
{
    return true;
}

/* Widest first. */
static const struct kernel kernels[] = {
#if defined(__x86_64__)
    {"avx512", 14, 32, kernel_avx512, has_avx512},
    {"avx2", 6, 16, kernel_avx2, has_avx2},
#endif
    {"plain", 4, 8, kernel_plain, has_plain},
};

static const struct kernel *pick_kernel(const char *name)
{
    for (size_t i = 0; i < LW_COUNT(kernels); i++)
        if ((!name || strcmp(name, kernels[i].name) == 0) && kernels[i].available())
            return &kernels[i];
    return NULL;
}

enum {
    ROWS_PER_BLOCK = 112, /* about: 224 KiB at 512 floats, a part of the second-level cache */
    COLS_PER_TILE = 512   /* about: what a consumer gets in one call */
};

struct lw_simset {
    const struct kernel *kernel;
    size_t n, dim;
    size_t row_panels, col_panels;
    float *rows, *cols; /* packed; see above */
};

/* v[i * stride + k] to panels [i / width][k][i % width], zeros behind the last vector. */
static float *pack(const struct lw_vectors *in, size_t width)
{
    const size_t n = in->n, dim = in->dim;
    size_t panels = (n + width - 1) / width;
    size_t bytes = (panels * dim * width * sizeof(float) + 63) / 64 * 64;
    float *out = aligned_alloc(64, bytes ? bytes : 64);
    if (!out)
        return NULL;
    for (size_t p = 0; p < panels; p++)
        for (size_t k = 0; k < dim; k++)
            for (size_t r = 0; r < width; r++) {
                size_t i = p * width + r;
                out[(p * dim + k) * width + r] = i < n ? in->v[i * in->stride + k] : 0.0f;
            }
    return out;
}

int lw_simset_new(struct lw_simset **out, const struct lw_vectors *vectors, const char *kernel)
{
    if (vectors->n > LW_SIMSET_MAX || vectors->dim < 1 || vectors->dim > LW_SIMSET_DIM_MAX ||
        vectors->stride < vectors->dim)
        return LW_EINVAL;
    const struct kernel *k = pick_kernel(kernel);
    if (!k)
        return LW_EUNSUP;
    LW_AUTO(lw_simset) s = calloc(1, sizeof(*s));
    if (!s)
        return LW_ENOMEM;
    s->kernel = k;
    s->n = vectors->n;
    s->dim = vectors->dim;
    s->row_panels = (s->n + k->mr - 1) / k->mr;
    s->col_panels = (s->n + k->nr - 1) / k->nr;
    s->rows = pack(vectors, k->mr);
    s->cols = pack(vectors, k->nr);
    if (!s->rows || !s->cols)
        return LW_ENOMEM;
    *out = s;
    s = NULL; /* moved to the caller */
    return LW_OK;
}

void lw_simset_free(struct lw_simset **s)
{
    if (!*s)
        return;
    const struct kernel *k = (*s)->kernel;
    if ((*s)->rows)
        lw_wipe((*s)->rows, (*s)->row_panels * (*s)->dim * k->mr * sizeof(float));
    if ((*s)->cols)
        lw_wipe((*s)->cols, (*s)->col_panels * (*s)->dim * k->nr * sizeof(float));
    free((*s)->rows);
    free((*s)->cols);
    free(*s);
    *s = NULL;
}

const char *lw_simset_kernel(const struct lw_simset *s)
{
    return s->kernel->name;
}

struct job {
    const struct lw_simset *s;
    lw_simset_fn fn;
    void *ctx;
    size_t panels_per_block; /* row panels */
    size_t panels_per_tile;  /* column panels */
    size_t tile_floats;
    float *tiles; /* one for each worker */
};

/* Row panels [p0, p1) times column panels [q0, q1) into the tile. */
static void multiply(const struct lw_simset *s, size_t p0, size_t p1, size_t q0, size_t q1,
                     float *tile)
{
    const struct kernel *k = s->kernel;
    size_t ld = (q1 - q0) * k->nr;
    for (size_t q = q0; q < q1; q++)
        for (size_t p = p0; p < p1; p++)
            k->run(s->rows + p * s->dim * k->mr, s->cols + q * s->dim * k->nr, s->dim,
                   tile + (p - p0) * k->mr * ld + (q - q0) * k->nr, ld);
}

/* Hand out what of the tile lies above the diagonal. */
static int hand_out(const struct job *job, unsigned worker, size_t p0, size_t p1, size_t q0,
                    size_t q1, const float *tile)
{
    const struct lw_simset *s = job->s;
    size_t ld = (q1 - q0) * s->kernel->nr;
    size_t i0 = p0 * s->kernel->mr, i1 = p1 * s->kernel->mr;
    size_t j0 = q0 * s->kernel->nr, j1 = q1 * s->kernel->nr;
    if (i1 > s->n)
        i1 = s->n;
    if (j1 > s->n)
        j1 = s->n;
    for (size_t i = i0; i < i1; i++) {
        size_t first = i + 1 > j0 ? i + 1 : j0;
        if (first >= j1)
            continue;
        int r =
            job->fn(job->ctx, worker, i, first, tile + (i - i0) * ld + (first - j0), j1 - first);
        if (r < 0)
            return r;
    }
    return LW_OK;
}

static int run_block(void *ctx, size_t block, unsigned worker)
{
    const struct job *job = ctx;
    const struct lw_simset *s = job->s;
    float *tile = job->tiles + worker * job->tile_floats;
    size_t p0 = block * job->panels_per_block;
    size_t p1 = p0 + job->panels_per_block;
    if (p1 > s->row_panels)
        p1 = s->row_panels;
    /* The first column panel with anything behind the diagonal of the block's first row. */
    for (size_t q = (p0 * s->kernel->mr + 1) / s->kernel->nr; q < s->col_panels;
         q += job->panels_per_tile) {
        size_t q1 = q + job->panels_per_tile;
        if (q1 > s->col_panels)
            q1 = s->col_panels;
        multiply(s, p0, p1, q, q1, tile);
        int r = hand_out(job, worker, p0, p1, q, q1, tile);
        if (r < 0)
            return r;
    }
    return LW_OK;
}

int lw_simset_all(const struct lw_simset *s, unsigned threads, lw_simset_fn fn, void *ctx)
{
    const struct kernel *k = s->kernel;
    struct job job = {.s = s, .fn = fn, .ctx = ctx};
    if (threads < 1 || threads > 64)
        return LW_EINVAL;
    job.panels_per_block = ROWS_PER_BLOCK / k->mr;
    job.panels_per_tile = COLS_PER_TILE / k->nr;
    job.tile_floats = job.panels_per_block * k->mr * job.panels_per_tile * k->nr;
    job.tiles = aligned_alloc(64, threads * job.tile_floats * sizeof(float));
    if (!job.tiles)
        return LW_ENOMEM;
    size_t blocks = (s->row_panels + job.panels_per_block - 1) / job.panels_per_block;
    int r = lw_parallel(blocks, threads, run_block, &job);
    free(job.tiles);
    return r;
}
