#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "app/cmd_doc.h"
#include "app/decoding.h"
#include "base/file.h"
#include "doc/mrz_picture.h"
#include "img/codec.h"

struct mrz_opts {
    bool json, weak_sandbox;
    const char *date;
};

static const struct lw_opt mrz_table[] = {
    {"json", LW_OPT_FLAG, offsetof(struct mrz_opts, json), NULL, 0, 0,
     "Print one JSON object a line."},
    {"date", LW_OPT_STRING, offsetof(struct mrz_opts, date), "YYYY-MM-DD", 0, 0,
     "The day on which the documents are read; it decides centuries (default: today)."},
    LW_APP_DECODER_OPT(struct mrz_opts, weak_sandbox),
};

static const struct lw_usage mrz_usage = {
    .command = "doc mrz",
    .synopsis = "lanewise doc mrz FILE|- [--json] [--date YYYY-MM-DD]",
    .about = "Read machine readable zones (TD1, TD2, TD3, MRV-A, MRV-B) and check their digits.\n"
             "FILE is a text with one or many, with a blank line between them, or a picture of a\n"
             "document (JPEG, PNG, JPEG 2000; told by its first bytes): then each field gets a\n"
             "confidence, and what check digits corrected is said. - is standard input.",
    .examples = "  lanewise doc mrz passport.txt\n"
                "  lanewise doc mrz passport.jpg --json\n"
                "  lanewise doc mrz - --json < many.txt",
    .exit_codes =
        "  0  all of them are right\n"
        "  1  something is wrong in one of them, or a picture shows none: see the findings\n"
        "  2  the file cannot be read",
    .min_args = 1,
    .max_args = 1,
};

static int read_stdin(uint8_t **data, size_t *n, struct lw_why *why)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    char piece[65536];
    ssize_t got;
    while ((got = read(STDIN_FILENO, piece, sizeof(piece))) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return lw_why_set(why, LW_EIO, -1, "%s", strerror(errno));
        if (b.n + (size_t)got > LW_MRZ_PICTURE_BYTES_MAX)
            return lw_why_set(why, LW_ELIMIT, LW_MRZ_PICTURE_BYTES_MAX, "more than %d bytes",
                              LW_MRZ_PICTURE_BYTES_MAX);
        lw_strbuf_put(&b, piece, (size_t)got);
    }
    if (lw_strbuf_err(&b) < 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    *data = (uint8_t *)b.s;
    *n = b.n;
    b = LW_STRBUF_INIT;
    return LW_OK;
}

static int read_bytes(const char *path, uint8_t **data, size_t *n, struct lw_why *why)
{
    if (strcmp(path, "-") == 0)
        return read_stdin(data, n, why);
    return lw_file_read(path, LW_MRZ_PICTURE_BYTES_MAX, data, n, why);
}

/* What is found where the decoder was stopped. */
static void put_refused(struct lw_strbuf *out, bool json)
{
    const struct lw_mrz m = {
        .n_findings = 1,
        .findings[0] = {
            .field = LW_MRZ_WHOLE, .rule = LW_MRZ_DECODER_REFUSED, .line = 1, .column = 1}};
    if (json)
        lw_mrz_put_json(out, &m);
    else
        lw_mrz_put_card(out, &m);
}

static bool put_zones(struct lw_strbuf *out, const struct lw_mrz_list *list, bool json)
{
    bool found = false;
    for (size_t i = 0; i < list->n; i++) {
        found |= !lw_mrz_ok(&list->v[i]);
        if (json) {
            lw_mrz_put_json(out, &list->v[i]);
            continue;
        }
        if (i > 0)
            lw_strbuf_putc(out, '\n');
        lw_mrz_put_card(out, &list->v[i]);
    }
    return found;
}

/* All of a text into out; returns 1 when there are findings. */
static int print_text(struct lw_strbuf *out, struct lw_decoder *decoder, struct lw_span text,
                      int64_t today_utc_us, bool json, struct lw_why *why)
{
    struct lw_mrz_list list = {.n = 0};
    struct lw_refusal no;
    int r = lw_decoder_mrz(decoder, text, today_utc_us, &list, &no, why);
    if (r == 0)
        put_refused(out, json);
    const bool found = r == 0 || (r > 0 && put_zones(out, &list, json));
    lw_mrz_list_clear(&list);
    return r < 0 ? r : found;
}

/* The zone of a picture; returns 1 when there are findings. */
static int print_picture(struct lw_strbuf *out, struct lw_decoder *decoder, struct lw_span file,
                         int64_t today_utc_us, bool json, struct lw_why *why)
{
    struct lw_mrz_picture_opts opts = LW_MRZ_PICTURE_DEFAULTS;
    struct lw_mrz_reading reading;
    struct lw_refusal no;
    opts.today_utc_us = today_utc_us;
    int r = lw_decoder_mrz_picture(decoder, file, &opts, &reading, &no, why);
    if (r < 0)
        return r;
    if (r == 0)
        put_refused(out, json);
    else if (json)
        lw_mrz_reading_put_json(out, &reading);
    else
        lw_mrz_reading_put_card(out, &reading);
    return r == 0 || !lw_mrz_ok(&reading.mrz);
}

static int print(struct lw_strbuf *out, const struct mrz_opts *o, struct lw_span file,
                 int64_t today_utc_us, struct lw_why *why)
{
    LW_AUTO(lw_decoder) decoder = NULL;
    int r = lw_app_open_decoder(&decoder, NULL, o->weak_sandbox, why);
    if (r >= 0)
        r = lw_image_sniff(file) == LW_KIND_UNKNOWN
                ? print_text(out, decoder, file, today_utc_us, o->json, why)
                : print_picture(out, decoder, file, today_utc_us, o->json, why);
    if (r >= 0 && lw_strbuf_err(out) < 0)
        r = lw_why_set(why, LW_ENOMEM, -1, "no memory");
    return r;
}

int lw_cmd_doc_mrz(int argc, char **argv)
{
    struct mrz_opts o = {0};
    struct lw_why why;
    LW_AUTO_STRBUF out = LW_STRBUF_INIT;
    LW_AUTO_MEM(uint8_t) data = NULL;
    size_t n = 0;
    int64_t today_utc_us = 0;
    int n_args = 0;
    int r = lw_opts_parse(&mrz_usage, mrz_table, LW_COUNT(mrz_table), &o, argc, argv, &n_args);
    if (r != LW_OK)
        return r == LW_OPTS_HELP ? LW_EXIT_OK : LW_EXIT_FAULT;
    if (lw_doc_date(o.date, "doc mrz", &today_utc_us) < 0)
        return LW_EXIT_FAULT;
    if (read_bytes(argv[1], &data, &n, &why) < 0)
        return lw_app_fault(argv[1], &why);
    r = print(&out, &o, (struct lw_span){.data = data, .n = n}, today_utc_us, &why);
    if (r < 0)
        return lw_app_fault(argv[1], &why);
    fwrite(lw_strbuf_peek(&out), 1, out.n, stdout);
    return r > 0 ? LW_EXIT_NEGATIVE : LW_EXIT_OK;
}
