#include <stdio.h>
#include <stdlib.h>

#include "app/app.h"
#include "app/decoding.h"
#include "app/interrupt.h"
#include "base/clock.h"
#include "base/file.h"
#include "card/card.h"
#include "card/pcsc.h"
#include "card/save.h"

struct read_opts {
    const char *reader, *mrz, *can, *out;
    bool list, portrait_first, short_answers, json, quiet, weak_sandbox;
    int64_t wait_s, max_s, retries;
};

static const struct lw_opt table[] = {
    {"out", LW_OPT_STRING, offsetof(struct read_opts, out), "DIR", 0, 0,
     "Folder for the chip's files: a new one, or one that is empty."},
    {"mrz", LW_OPT_STRING, offsetof(struct read_opts, mrz), "FILE", 0, 0,
     "Open the chip with this machine readable zone."},
    {"can", LW_OPT_STRING, offsetof(struct read_opts, can), "DIGITS", 0, 0,
     "Open the chip with this card access number."},
    {"reader", LW_OPT_STRING, offsetof(struct read_opts, reader), "NAME", 0, 0,
     "Part of the reader's name (default: the first one that has a card)."},
    {"list", LW_OPT_FLAG, offsetof(struct read_opts, list), NULL, 0, 0,
     "Print the names of the readers instead."},
    {"portrait-first", LW_OPT_FLAG, offsetof(struct read_opts, portrait_first), NULL, 0, 0,
     "Read DG2 and DG1 before all else."},
    {"short", LW_OPT_FLAG, offsetof(struct read_opts, short_answers), NULL, 0, 0,
     "Never use extended length."},
    {"wait", LW_OPT_INT, offsetof(struct read_opts, wait_s), "S", 0, 3600,
     "Seconds to wait for a card (default 10)."},
    {"time", LW_OPT_INT, offsetof(struct read_opts, max_s), "S", 1, 3600,
     "Seconds for all of it; what was read until then is kept (default 120)."},
    {"retries", LW_OPT_INT, offsetof(struct read_opts, retries), "N", 0, 100,
     "How often a lost card is waited for and read on (default 3)."},
    {"json", LW_OPT_FLAG, offsetof(struct read_opts, json), NULL, 0, 0, "Print one JSON object."},
    LW_APP_DECODER_OPT(struct read_opts, weak_sandbox),
    {"quiet", LW_OPT_FLAG, offsetof(struct read_opts, quiet), NULL, 0, 0, "No progress."},
};

static const struct lw_usage usage = {
    .command = "doc read",
    .synopsis = "lanewise doc read --out DIR [--mrz FILE | --can DIGITS] [--reader NAME]\n"
                "  lanewise doc read --list",
    .about =
        "Reads a travel document's chip through PC/SC: PACE or BAC, then every file but\n"
        "fingerprints and irises, with chip and active authentication where the chip has them.\n"
        "DIR is what `lanewise doc check` takes; whether the data is authentic is said there.",
    .examples = "  lanewise doc read --mrz passport.txt --out d1\n"
                "  lanewise doc read --can 123456 --portrait-first --out d2",
    .exit_codes = "  0  everything was read, and nothing was wrong\n"
                  "  1  something is missing or wrong: see the findings\n"
                  "  2  the chip could not be read",
    .min_args = 0,
    .max_args = 0,
};

static bool stop(void *ctx)
{
    LW_UNUSED(ctx);
    return lw_interrupted();
}

static void progress(void *ctx, enum lw_ef ef, size_t done, size_t total)
{
    LW_UNUSED(ctx);
    if (total)
        lw_progress(lw_ef_info(ef)->name, done, total);
}

static int fault(const char *place, const struct lw_why *why)
{
    lw_progress_end();
    return lw_app_fault(place, why);
}

static int print_list(void)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_why why;
    int n = lw_pcsc_list(&b, &why);
    if (n < 0)
        return lw_app_fault("doc read --list", &why);
    fputs(lw_strbuf_peek(&b), stdout);
    return LW_EXIT_OK;
}

static int read_mrz(struct lw_decoder *decoder, const char *path, struct lw_password *out,
                    struct lw_why *why)
{
    LW_AUTO_MEM(uint8_t) data = NULL;
    struct lw_mrz_list list = {.n = 0};
    struct lw_refusal no;
    size_t n = 0;
    int r = lw_file_read(path, LW_MRZ_TEXT_BYTES_MAX, &data, &n, why);
    if (r == LW_OK)
        r = lw_decoder_mrz(decoder, (struct lw_span){data, n}, lw_now_utc_us(), &list, &no, why);
    if (r == 0)
        r = lw_why_set(why, LW_EFORMAT, -1, "%s", no.text);
    if (r > 0 && list.n > 1)
        r = lw_why_set(why, LW_EFORMAT, -1, "has %zu MRZs, and a chip opens with one", list.n);
    if (r > 0)
        r = lw_password_of_mrz(out, &list.v[0], why);
    lw_mrz_list_clear(&list);
    return r;
}

static int make_password(const struct read_opts *o, struct lw_decoder *decoder,
                         struct lw_password *out, const char **place, struct lw_why *why)
{
    *out = (struct lw_password){.kind = LW_PASSWORD_NONE};
    if (o->mrz && o->can) {
        *place = "doc read";
        return lw_why_set(why, LW_EINVAL, -1, "--mrz and --can exclude each other");
    }
    *place = o->mrz ? o->mrz : "doc read: --can";
    if (o->mrz)
        return read_mrz(decoder, o->mrz, out, why);
    return o->can ? lw_password_of_can(out, o->can, why) : 0;
}

/* What there is to say of a chip at which the decoder was stopped: nothing of it was kept. */
static int make_refused(struct lw_card **out, const struct lw_refusal *no, struct lw_why *why)
{
    struct lw_card *card = calloc(1, sizeof(*card));
    if (!card)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory for a card");
    snprintf(card->protocol, sizeof(card->protocol), "unknown");
    snprintf(card->findings[0].rule, sizeof(card->findings[0].rule), "decoder_refused");
    snprintf(card->findings[0].text, sizeof(card->findings[0].text), "%s", no->text);
    card->n_findings = 1;
    *out = card;
    return 0;
}

/* 1: read; 0: the decoder refused. */
static int read_card(const struct read_opts *o, struct lw_decoder *decoder,
                     const struct lw_password *password, struct lw_card **card, struct lw_why *why)
{
    LW_AUTO(lw_reader) reader = NULL;
    const struct lw_pcsc_opts pcsc = {
        .name = o->reader, .wait_ns = o->wait_s * LW_SEC, .stop = stop};
    struct lw_card_opts opts = LW_CARD_DEFAULTS;
    struct lw_refusal no;
    opts.password = password;
    opts.portrait_first = o->portrait_first;
    opts.extended = !o->short_answers;
    opts.retries = (unsigned)o->retries;
    opts.max_ns = o->max_s * LW_SEC;
    opts.stop = stop;
    opts.progress = progress;
    int r = lw_pcsc_open(&reader, &pcsc, why);
    if (r == LW_OK)
        r = lw_decoder_card(decoder, reader, &opts, card, &no, why);
    return r == 0 ? make_refused(card, &no, why) : r;
}

static int print_result(const struct read_opts *o, const struct lw_card *card)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    if (o->json)
        lw_card_put_json(&b, card);
    else
        lw_card_put_text(&b, card);
    fputs(lw_strbuf_peek(&b), stdout);
    return card->n_findings ? LW_EXIT_NEGATIVE : LW_EXIT_OK;
}

static int run(const struct read_opts *o)
{
    struct lw_password password;
    struct lw_why why;
    const char *place = o->out;
    LW_AUTO(lw_card) card = NULL;
    LW_AUTO(lw_decoder) decoder = NULL;
    if (lw_card_check_folder(o->out, &why) < 0)
        return fault(place, &why);
    if (lw_app_open_decoder(&decoder, NULL, o->weak_sandbox, &why) < 0)
        return fault("doc read", &why);
    if (make_password(o, decoder, &password, &place, &why) < 0)
        return fault(place, &why);
    lw_interrupt_catch(); /* the first stop is orderly: what was read is kept */
    int r = read_card(o, decoder, &password, &card, &why);
    lw_password_wipe(&password);
    if (r < 0)
        return fault("doc read", &why);
    if (r > 0 && lw_card_save(card, o->out, &why) < 0)
        return fault(o->out, &why);
    lw_progress_end();
    return print_result(o, card);
}

int lw_cmd_doc_read(int argc, char **argv)
{
    struct read_opts o = {.wait_s = 10, .max_s = 120, .retries = 3};
    struct lw_why why;
    int n_args = 0;
    int r = lw_opts_parse(&usage, table, LW_COUNT(table), &o, argc, argv, &n_args);
    if (r != LW_OK)
        return r == LW_OPTS_HELP ? LW_EXIT_OK : LW_EXIT_FAULT;
    lw_progress_quiet(o.quiet);
    if (o.list)
        return print_list();
    if (!o.out) {
        lw_why_set(&why, LW_EINVAL, -1, "--out DIR is missing");
        return lw_app_fault("doc read", &why);
    }
    return run(&o);
}
