/* app/bench.h - timing one piece of work beside its peer, in turns, so that what else the machine
 * does hits both alike. */
#ifndef LW_APP_BENCH_H
#define LW_APP_BENCH_H

#include "app/app.h"
#include "app/opts.h"
#include "base/strbuf.h"

typedef int (*lw_bench_fn)(void *ctx, struct lw_why *why);

struct lw_bench_case {
    const char *name; /* what --json and the command line call it: "embed" */
    const char *what; /* one phrase: what is timed */
    const char *unit; /* of which `items` are done in one call: "face" */
    double items;
    unsigned threads;
    lw_bench_fn ours;
    const char *peer;   /* name of the peer, NULL: none */
    lw_bench_fn theirs; /* NULL where the peer is absent; `absent` says why */
    const char *absent;
    double limit;            /* ours may take so many times as long as the peer, 0: no bound */
    double least_per_second; /* items that ours has to do, 0: no bound */
};

struct lw_bench_times {
    double median_ms, p95_ms; /* of one call */
};

struct lw_bench_result {
    struct lw_bench_times ours, theirs; /* theirs NaN without a peer */
    double ratio;                       /* median of ours / median of the peer's, NaN without */
    double baseline;                    /* that ratio in an earlier run, NaN: not known */
    unsigned repeats;
};

/* Warm up, then take turns for about `seconds`, 5 to 2000 turns. Short calls are timed in batches
 * of a millisecond. */
int lw_bench_measure(struct lw_bench_result *out, const struct lw_bench_case *c, void *ctx,
                     double seconds, struct lw_why *why);

void lw_bench_put_json(struct lw_strbuf *b, const struct lw_bench_case *c,
                       const struct lw_bench_result *r);
void lw_bench_put_head(struct lw_strbuf *b);
void lw_bench_put_row(struct lw_strbuf *b, const struct lw_bench_case *c,
                      const struct lw_bench_result *r);

struct lw_bench_opts {
    struct lw_app_models models;
    const char *photos;       /* folder of pictures with faces, NULL: beside the networks */
    const char *data;         /* bundles with truth for whole crossings, NULL: drawn for the run */
    const char *document;     /* a chip's folder to check, NULL: none */
    struct lw_opt_list trust; /* of whom that is */
    const char *baseline;     /* CSV of earlier ratios, NULL: none */
    double seconds;           /* for each case */
    bool json;
};

/* A set of cases that share what they work on. */
struct lw_bench_suite {
    const struct lw_bench_case *cases;
    size_t n;
    void *ctx;
};

/* What the face stages need: networks and a picture. */
struct lw_bench_face;
int lw_bench_face_new(struct lw_bench_face **out, const struct lw_bench_opts *opts,
                      struct lw_why *why);
void lw_bench_face_free(struct lw_bench_face **f);
struct lw_bench_suite lw_bench_face_suite(struct lw_bench_face *f);
const char *lw_bench_face_picture(const struct lw_bench_face *f); /* where the face came from */

/* Documents decoded out of reach, beside the same in this process. */
struct lw_bench_decoder;
int lw_bench_decoder_new(struct lw_bench_decoder **out, const struct lw_bench_opts *opts,
                         struct lw_why *why);
void lw_bench_decoder_free(struct lw_bench_decoder **b);
struct lw_bench_suite lw_bench_decoder_suite(struct lw_bench_decoder *b);

/* 7,701 random unit vectors against each other, beside OpenBLAS. */
struct lw_bench_similarity;
int lw_bench_similarity_new(struct lw_bench_similarity **out, struct lw_why *why);
void lw_bench_similarity_free(struct lw_bench_similarity **s);
struct lw_bench_suite lw_bench_similarity_suite(struct lw_bench_similarity *s);

/* Crossings closed with ten sealed crops each, beside the same bytes in bare SQLite, on the disk
 * that $TMPDIR lies on. */
struct lw_bench_store;
int lw_bench_store_new(struct lw_bench_store **out, struct lw_why *why);
void lw_bench_store_free(struct lw_bench_store **s);
struct lw_bench_suite lw_bench_store_suite(struct lw_bench_store *s);

#endif
