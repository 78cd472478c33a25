#include <stdio.h>
#include <stdlib.h>

#include "app/app.h"
#include "app/cmd_doc.h"
#include "app/decoding.h"
#include "base/file.h"

struct check_opts {
    bool json, weak_sandbox;
    const char *date, *out;
    struct lw_opt_list trust;
};

static const struct lw_opt table[] = {
    {"trust", LW_OPT_LIST, offsetof(struct check_opts, trust), "FILE|DIR", 0, 0,
     "Believe these authorities: certificates, master lists, LDIF (default: nobody)."},
    {"out", LW_OPT_STRING, offsetof(struct check_opts, out), "DIR", 0, 0,
     "Write the portrait there as portrait.png (default: nowhere)."},
    {"json", LW_OPT_FLAG, offsetof(struct check_opts, json), NULL, 0, 0, "Print one JSON object."},
    {"date", LW_OPT_STRING, offsetof(struct check_opts, date), "YYYY-MM-DD", 0, 0,
     "The day of reading (default: today)."},
    LW_APP_DECODER_OPT(struct check_opts, weak_sandbox),
};

static const struct lw_usage usage = {
    .command = "doc check",
    .synopsis = "lanewise doc check DIR [--trust FILE|DIR] [--out DIR] [--json]",
    .about =
        "Read the files of a travel document's chip from a folder (EF_SOD.bin, DG1.bin, ...), and\n"
        "check by passive authentication (ICAO 9303-11) that the issuing state signed them.",
    .examples = "  lanewise doc check chip/ --trust csca.cer\n"
                "  lanewise doc check chip/ --trust master-lists/ --out read/ --json",
    .exit_codes = "  0  valid\n"
                  "  1  not valid, nobody trusted vouches for it, or there are findings\n"
                  "  2  the folder cannot be read",
    .min_args = 1,
    .max_args = 1,
};

/* *path is yours. */
static int write_portrait(char **path, const struct lw_image *im, const char *dir,
                          struct lw_why *why)
{
    LW_AUTO_MEM(uint8_t) png = NULL;
    size_t n = 0;
    int r = lw_image_encode_png(im, &png, &n, why);
    if (r < 0 || (r = lw_dir_make(dir, why)) < 0 ||
        (r = lw_path_join(dir, "portrait.png", path, why)) < 0)
        return r;
    return lw_file_write(*path, (struct lw_span){png, n}, why);
}

/* The answer about a document at which the decoder was stopped. */
static int make_refused(struct lw_decoded *out, const struct lw_refusal *no, struct lw_why *why)
{
    out->document = calloc(1, sizeof(*out->document));
    if (!out->document)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    out->document->pa = (struct lw_pa){.verdict = LW_PA_UNREADABLE,
                                       .signature = LW_PA_SIGNATURE_MISSING,
                                       .chain = LW_PA_CHAIN_NO_TRUST};
    lw_pa_find(&out->document->pa, "document", "decoder_refused", "%s", no->text);
    return LW_OK;
}

static int decode(struct lw_decoded *out, const struct check_opts *o, const struct lw_lds *lds,
                  int64_t now_utc_us, struct lw_why *why)
{
    const struct lw_document_opts opts = {.now_utc_us = now_utc_us};
    LW_AUTO(lw_decoder) decoder = NULL;
    struct lw_refusal no;
    int r = lw_app_open_decoder(&decoder, &o->trust, o->weak_sandbox, why);
    if (r < 0 || (r = lw_decoder_ready(decoder, why)) < 0)
        return r;
    r = lw_decoder_document(decoder, lds, &opts, out, &no, why);
    return r == 0 ? make_refused(out, &no, why) : lw_mini(r, LW_OK);
}

static int print(const struct check_opts *o, const struct lw_decoded *got, const char **place,
                 struct lw_why *why)
{
    LW_AUTO_MEM(char) portrait = NULL;
    LW_AUTO_STRBUF text = LW_STRBUF_INIT;
    const struct lw_document *d = got->document;
    int r;
    *place = o->out;
    if (o->out && d->portrait && (r = write_portrait(&portrait, d->portrait, o->out, why)) < 0)
        return r;
    if (o->json)
        lw_document_put_json(&text, d, portrait);
    else
        lw_document_put_card(&text, d, portrait);
    if (!o->json && got->protocols[0])
        lw_strbuf_printf(&text, "the chip speaks: %s\n", got->protocols);
    if ((r = lw_strbuf_err(&text)) < 0)
        return lw_why_set(why, r, -1, "no memory");
    fwrite(lw_strbuf_peek(&text), 1, text.n, stdout);
    return lw_document_ok(d) ? 0 : 1;
}

static int check(const struct check_opts *o, const char *dir, int64_t now_utc_us,
                 const char **place, struct lw_why *why)
{
    LW_AUTO(lw_lds) lds = NULL;
    struct lw_decoded got = {.document = NULL};
    *place = dir;
    int r = lw_lds_load(&lds, dir, why);
    if (r < 0)
        return r;
    *place = NULL; /* what is trusted is named by what cannot be read of it */
    if ((r = decode(&got, o, lds, now_utc_us, why)) < 0)
        return r;
    r = print(o, &got, place, why);
    lw_document_free(&got.document);
    return r;
}

int lw_cmd_doc_check(int argc, char **argv)
{
    struct check_opts o = {0};
    struct lw_why why;
    const char *place = NULL;
    int64_t now_utc_us = 0;
    int n_args = 0;
    int r = lw_opts_parse(&usage, table, LW_COUNT(table), &o, argc, argv, &n_args);
    if (r != LW_OK)
        return r == LW_OPTS_HELP ? LW_EXIT_OK : LW_EXIT_FAULT;
    if (lw_doc_date(o.date, "doc check", &now_utc_us) < 0)
        return LW_EXIT_FAULT;
    r = check(&o, argv[1], now_utc_us, &place, &why);
    if (r < 0)
        return lw_app_fault(place, &why);
    return r == 0 ? LW_EXIT_OK : LW_EXIT_NEGATIVE;
}
