/* How long documents take: checking a chip's files with a JPEG 2000 portrait of 20 KB, and reading
 * such a chip in pcscd's virtual reader, beside what its commands and answers alone take. Both in
 * this process and in the confined one. One JSON object a row on standard output; exit 1 where a
 * target is missed. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openjpeg.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/rng.h"
#include "card/card.h"
#include "card/pcsc.h"
#include "decoder/decoder.h"
#include "fake/pcscd.h"
#include "passport.h"

/* The confined process, where the program is not beside this one. */
static const char *helper;

enum { WIDTH = 413, HEIGHT = 531, BYTES = 20000, REPEATS = 101, CHIPS = 15 };

static void must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "bench_documents: %s\n", what);
    exit(2);
}

/* ---- a portrait: slopes of light and fine noise, as a photograph has ---- */

static void fill(OPJ_INT32 *plane, int colour)
{
    struct lw_rng rng = lw_rng_seed(4711 + (uint64_t)colour);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) {
            const double slope = 110 + 60 * sin(x / 61.0 + colour) + 50 * cos(y / 47.0);
            const double v = slope + 9 * lw_rng_gauss(&rng);
            plane[y * WIDTH + x] = v < 0 ? 0 : v > 255 ? 255 : (OPJ_INT32)v;
        }
}

static struct lw_strbuf portrait(void)
{
    struct lw_strbuf out = LW_STRBUF_INIT;
    opj_cparameters_t p;
    opj_image_cmptparm_t planes[3];
    char path[] = "/tmp/lw-bench-XXXXXX";
    uint8_t *data = NULL;
    size_t n = 0;
    opj_set_default_encoder_parameters(&p);
    p.tcp_numlayers = 1;
    p.cp_disto_alloc = 1;
    p.tcp_rates[0] = 3.0f * WIDTH * HEIGHT / BYTES;
    p.irreversible = 1;
    p.tcp_mct = 1;
    memset(planes, 0, sizeof(planes));
    for (int i = 0; i < 3; i++)
        planes[i] =
            (opj_image_cmptparm_t){.dx = 1, .dy = 1, .w = WIDTH, .h = HEIGHT, .prec = 8, .bpp = 8};
    opj_image_t *im = opj_image_create(3, planes, OPJ_CLRSPC_SRGB);
    opj_codec_t *codec = opj_create_compress(OPJ_CODEC_JP2);
    must(im && codec, "no encoder for JPEG 2000");
    im->x1 = WIDTH;
    im->y1 = HEIGHT;
    for (int i = 0; i < 3; i++)
        fill(im->comps[i].data, i);
    close(mkstemp(path));
    must(opj_setup_encoder(codec, &p, im), "the encoder does not take this picture");
    opj_stream_t *stream = opj_stream_create_default_file_stream(path, OPJ_FALSE);
    must(stream && opj_start_compress(codec, im, stream) && opj_encode(codec, stream) &&
             opj_end_compress(codec, stream),
         "the portrait cannot be made");
    opj_stream_destroy(stream);
    opj_destroy_codec(codec);
    opj_image_destroy(im);
    must(lw_file_read(path, LW_MIB, &data, &n, NULL) == LW_OK, "the portrait cannot be read");
    lw_strbuf_put(&out, data, n);
    free(data);
    unlink(path);
    return out;
}

/* ---- figures ---- */

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Returns whether the median is within the target. */
static bool report(const char *name, double *ms, size_t n, double target_ms, const char *more)
{
    qsort(ms, n, sizeof(*ms), by_value);
    const double median = ms[n / 2], p95 = ms[(size_t)ceil(0.95 * (double)n) - 1];
    printf("{\"name\": \"%s\", \"n\": %zu, \"median_ms\": %.2f, \"p95_ms\": %.2f, "
           "\"target_ms\": %.0f, \"met\": %s%s}\n",
           name, n, median, p95, target_ms, median <= target_ms ? "true" : "false", more);
    fflush(stdout);
    return median <= target_ms;
}

/* ---- checking ---- */

struct place {
    char dir[64], trust[64];
};

static struct place write_document(struct lw_span picture)
{
    struct place at;
    struct mkp_passport p;
    char root[] = "/tmp/lw-bench-XXXXXX";
    must(mkdtemp(root) != NULL, "no folder in /tmp");
    snprintf(at.dir, sizeof(at.dir), "%s/d", root);
    snprintf(at.trust, sizeof(at.trust), "%s/t", root);
    must(mkp_make(&p, &(struct mkp_opts){.full = true,
                                         .csca_key = "brainpoolP384r1",
                                         .ds_key = "brainpoolP256r1",
                                         .face = {picture, WIDTH, HEIGHT}}) == LW_OK &&
             mkp_write(&p, at.dir, at.trust, NULL) == LW_OK,
         "the document cannot be made");
    mkp_clear(&p);
    return at;
}

static void remove_document(const struct place *at)
{
    char command[200];
    snprintf(command, sizeof(command), "rm -rf '%.*s'", (int)strlen(at->dir) - 2, at->dir);
    must(system(command) == 0, "the folder cannot be removed");
}

/* All that `doc check --json` does, but for starting a program; png: with the portrait written as
 * `--out` does it, but for the disk. */
static double check_once(const struct place *at, struct lw_decoder *decoder, bool png_too)
{
    LW_AUTO(lw_lds) lds = NULL;
    LW_AUTO(lw_trust) trust = NULL;
    LW_AUTO(lw_document) d = NULL;
    LW_AUTO_STRBUF json = LW_STRBUF_INIT;
    LW_AUTO_MEM(uint8_t) png = NULL;
    struct lw_trust_sum sum = {0};
    struct lw_decoded decoded = {.document = NULL};
    struct lw_refusal refusal;
    size_t n = 0;
    const int64_t start = lw_now_ns();
    must(lw_lds_load(&lds, at->dir, NULL) == LW_OK, "the document cannot be read");
    struct lw_document_opts o = {.now_utc_us = lw_now_utc_us()};
    if (decoder) {
        must(lw_decoder_document(decoder, lds, &o, &decoded, &refusal, NULL) == 1, "refused");
        d = decoded.document;
    } else {
        must(lw_trust_new(&trust) == LW_OK && lw_trust_load(trust, at->trust, &sum, NULL) == LW_OK,
             "trust cannot be read");
        o.trust = trust;
        must(lw_document_check(&d, lds, &o, NULL) == LW_OK, "the document cannot be checked");
    }
    lw_document_put_json(&json, d, NULL);
    must(lw_document_ok(d) && d->portrait, "the document is not valid");
    must(!png_too || lw_image_encode_png(d->portrait, &png, &n, NULL) == LW_OK, "no PNG");
    return (double)(lw_now_ns() - start) / 1e6;
}

static bool bench_check(const char *name, const struct place *at, struct lw_decoder *decoder,
                        bool png_too)
{
    double ms[REPEATS];
    char more[60];
    check_once(at, decoder, png_too);
    const int64_t cpu = lw_cpu_ns();
    for (size_t i = 0; i < REPEATS; i++)
        ms[i] = check_once(at, decoder, png_too);
    snprintf(more, sizeof(more), ", \"cpu_mean_ms\": %.2f",
             (double)(lw_cpu_ns() - cpu) / 1e6 / REPEATS);
    return report(name, ms, REPEATS, 30, more);
}

static bool bench_checks(struct lw_span picture)
{
    const struct place at = write_document(picture);
    const char *const trust[] = {at.trust};
    struct lw_decoder_opts o = LW_DECODER_DEFAULTS;
    struct lw_decoder *decoder = NULL;
    struct lw_why why;
    bool met = bench_check("doc_check", &at, NULL, false);
    met &= bench_check("doc_check_out", &at, NULL, true);
    o.program = helper;
    o.trust = trust;
    o.n_trust = 1;
    must(lw_decoder_new(&decoder, &o, &why) == LW_OK, "no helper program");
    if (lw_decoder_ready(decoder, &why) < 0)
        fprintf(stderr, "bench_documents: not confined here: %s\n", why.text);
    else
        met &= bench_check("doc_check_confined", &at, decoder, false);
    lw_decoder_free(&decoder);
    remove_document(&at);
    return met;
}

/* ---- reading ---- */

static bool never(void *ctx)
{
    LW_UNUSED(ctx);
    return false;
}

static double read_once(const struct fake_opts *o, struct lw_decoder *decoder, double *raw_ms,
                        size_t *commands)
{
    struct fake_card *fake = fake_card_new(o);
    struct lw_reader *reader = NULL;
    struct lw_password password;
    struct lw_card_opts opts = LW_CARD_DEFAULTS;
    struct lw_refusal refusal;
    struct lw_card *card = NULL;
    must(fake != NULL, "no chip");
    must(lw_password_of_fields(&password, o->number, o->birth, o->expiry, NULL) == LW_OK,
         "no password");
    const pid_t holder = fake_pcscd_insert(fake);
    opts.password = &password;
    opts.stop = never;
    must(lw_pcsc_open(&reader, NULL, NULL) == LW_OK, "no reader");
    if (decoder)
        must(lw_decoder_card(decoder, reader, &opts, &card, &refusal, NULL) == 1, "refused");
    else
        must(lw_card_read(&card, reader, &opts, NULL) == LW_OK, "the chip cannot be read");
    must(card->n_findings == 0, "the chip was not read whole");
    *raw_ms = (double)card->raw_ns / 1e6;
    *commands = card->apdus;
    const double more_ms = (double)(card->total_ns - card->raw_ns) / 1e6;
    lw_card_free(&card);
    lw_reader_free(&reader);
    fake_pcscd_take_out(holder);
    fake_card_free(&fake);
    return more_ms;
}

static bool bench_reading(const char *name, const struct fake_opts *o, struct lw_decoder *decoder)
{
    double more_ms[CHIPS], raw_ms[CHIPS];
    size_t commands = 0;
    char more[120];
    for (size_t i = 0; i < CHIPS; i++)
        more_ms[i] = read_once(o, decoder, &raw_ms[i], &commands);
    qsort(raw_ms, CHIPS, sizeof(*raw_ms), by_value);
    snprintf(more, sizeof(more), ", \"raw_median_ms\": %.2f, \"commands\": %zu, \"dg2_bytes\": %zu",
             raw_ms[CHIPS / 2], commands, o->portrait);
    return report(name, more_ms, CHIPS, 150, more);
}

static bool bench_chips(void)
{
    struct fake_opts bac = FAKE_DEFAULTS, pace = FAKE_DEFAULTS;
    const char *why = fake_pcscd_start();
    struct lw_decoder_opts confined = LW_DECODER_DEFAULTS;
    struct lw_decoder *decoder = NULL;
    bool met = true;
    if (why) {
        fprintf(stderr, "bench_documents: no chips are read: %s\n", why);
        fake_pcscd_stop();
        return true;
    }
    pace.pace = pace.ca = pace.extended = true;
    met &= bench_reading("doc_read_bac", &bac, NULL);
    met &= bench_reading("doc_read_pace_ca_extended", &pace, NULL);
    confined.program = helper;
    if (lw_decoder_new(&decoder, &confined, NULL) == LW_OK &&
        lw_decoder_ready(decoder, NULL) == LW_OK)
        met &= bench_reading("doc_read_bac_confined", &bac, decoder);
    lw_decoder_free(&decoder);
    fake_pcscd_stop();
    return met;
}

int main(int argc, char **argv)
{
    helper = argc > 1 ? argv[1] : NULL;
    struct lw_strbuf picture = portrait();
    bool met = bench_checks(lw_strbuf_span(&picture));
    met &= bench_chips();
    lw_strbuf_clear(&picture);
    return met ? 0 : 1;
}
