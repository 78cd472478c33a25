/* What it costs to decode out of reach: a process for each document, beside the same work here. */
#include "app/bench.h"

#include <stdlib.h>

#include "app/decoding.h"
#include "base/clock.h"
#include "base/rng.h"
#include "doc/document.h"
#include "img/codec.h"
#include "img/image.h"

/* The size that ICAO 9303-10 suggests for portraits at 300 dpi. */
enum { PORTRAIT_WIDTH = 413, PORTRAIT_HEIGHT = 531, PORTRAIT_QUALITY = 70 };

struct lw_bench_decoder {
    struct lw_decoder *decoder;
    struct lw_trust *trust;
    uint8_t *jpeg;
    size_t jpeg_n;
    struct lw_lds *lds; /* NULL: no document to check */
};

/* Not a face: smooth shades with a little noise, which compress as portraits do. */
static int make_jpeg(struct lw_bench_decoder *b, struct lw_why *why)
{
    LW_AUTO(lw_image) im = NULL;
    struct lw_rng rng = lw_rng_seed(1);
    int r = lw_image_new(&im, LW_PIX_RGB8, PORTRAIT_WIDTH, PORTRAIT_HEIGHT);
    if (r < 0)
        return lw_why_set(why, r, -1, "no memory");
    for (int y = 0; y < im->height; y++)
        for (int x = 0; x < 3 * im->width; x++)
            lw_image_row(im, y)[x] =
                (uint8_t)((x / 12 + y / 4 + (int)lw_rng_below(&rng, 24)) % 256);
    return lw_image_encode_jpeg(im, PORTRAIT_QUALITY, &b->jpeg, &b->jpeg_n, why);
}

static int load_trust(struct lw_bench_decoder *b, const struct lw_opt_list *paths,
                      struct lw_why *why)
{
    struct lw_trust_sum sum = {0};
    int r = lw_trust_new(&b->trust);
    for (size_t i = 0; r == LW_OK && i < paths->n; i++)
        r = lw_trust_load(b->trust, paths->v[i], &sum, why);
    return r;
}

void lw_bench_decoder_free(struct lw_bench_decoder **b)
{
    if (!*b)
        return;
    lw_decoder_free(&(*b)->decoder);
    lw_trust_free(&(*b)->trust);
    lw_lds_free(&(*b)->lds);
    free((*b)->jpeg);
    free(*b);
    *b = NULL;
}

int lw_bench_decoder_new(struct lw_bench_decoder **out, const struct lw_bench_opts *opts,
                         struct lw_why *why)
{
    LW_AUTO(lw_bench_decoder) b = calloc(1, sizeof(*b));
    if (!b)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    int r = lw_app_open_decoder(&b->decoder, &opts->trust, false, why);
    if (r < 0 || (r = lw_decoder_ready(b->decoder, why)) < 0 || (r = make_jpeg(b, why)) < 0 ||
        (r = load_trust(b, &opts->trust, why)) < 0)
        return r;
    if (opts->document && (r = lw_lds_load(&b->lds, opts->document, why)) < 0) {
        lw_why_prefix(why, "%s", opts->document);
        return r;
    }
    *out = b;
    b = NULL;
    return LW_OK;
}

static int refused(const struct lw_refusal *no, struct lw_why *why)
{
    return lw_why_set(why, LW_EIO, -1, "%s", no->text);
}

static int picture_there(void *ctx, struct lw_why *why)
{
    const struct lw_bench_decoder *b = ctx;
    LW_AUTO(lw_image) im = NULL;
    struct lw_refusal no;
    int r = lw_decoder_image(b->decoder, (struct lw_span){b->jpeg, b->jpeg_n}, NULL, &im, &no, why);
    return r == 0 ? refused(&no, why) : lw_mini(r, LW_OK);
}

static int picture_here(void *ctx, struct lw_why *why)
{
    const struct lw_bench_decoder *b = ctx;
    LW_AUTO(lw_image) im = NULL;
    return lw_image_decode(&im, (struct lw_span){b->jpeg, b->jpeg_n}, NULL, why);
}

static int check_there(void *ctx, struct lw_why *why)
{
    const struct lw_bench_decoder *b = ctx;
    const struct lw_document_opts opts = {.now_utc_us = lw_now_utc_us()};
    struct lw_decoded got = {.document = NULL};
    struct lw_refusal no;
    int r = lw_decoder_document(b->decoder, b->lds, &opts, &got, &no, why);
    lw_document_free(&got.document);
    return r == 0 ? refused(&no, why) : lw_mini(r, LW_OK);
}

static int check_here(void *ctx, struct lw_why *why)
{
    const struct lw_bench_decoder *b = ctx;
    const struct lw_document_opts opts = {.trust = b->trust, .now_utc_us = lw_now_utc_us()};
    LW_AUTO(lw_document) d = NULL;
    return lw_document_check(&d, b->lds, &opts, why);
}

#define HERE "the same in this process"

static const struct lw_bench_case cases[] = {
    {.name = "portrait",
     .what = "a JPEG portrait of 413 x 531 pixels decoded out of reach, in a process of its own",
     .unit = "picture",
     .items = 1,
     .threads = 1,
     .ours = picture_there,
     .peer = HERE,
     .theirs = picture_here},
    {.name = "doc_check",
     .what = "the files of --document decoded and checked out of reach",
     .unit = "chip",
     .items = 1,
     .threads = 1,
     .ours = check_there,
     .peer = HERE,
     .theirs = check_here},
};

struct lw_bench_suite lw_bench_decoder_suite(struct lw_bench_decoder *b)
{
    return (struct lw_bench_suite){cases, b->lds ? LW_COUNT(cases) : 1, b};
}
