#include <stdio.h>

#include "app/app.h"
#include "app/cmd_doc.h"
#include "app/decoding.h"
#include "base/file.h"

struct vds_opts {
    bool json, weak_sandbox;
    const char *date;
    struct lw_opt_list trust, mrz;
};

static const struct lw_opt table[] = {
    {"trust", LW_OPT_LIST, offsetof(struct vds_opts, trust), "FILE|DIR", 0, 0,
     "Believe these authorities; signers are looked for here too (default: nobody)."},
    {"mrz", LW_OPT_LIST, offsetof(struct vds_opts, mrz), "FILE", 0, 0,
     "Compare with this printed MRZ: the sealed document's, or the passport's of a visa."},
    {"json", LW_OPT_FLAG, offsetof(struct vds_opts, json), NULL, 0, 0, "Print one JSON object."},
    {"date", LW_OPT_STRING, offsetof(struct vds_opts, date), "YYYY-MM-DD", 0, 0,
     "The day of reading (default: today)."},
    LW_APP_DECODER_OPT(struct vds_opts, weak_sandbox),
};

static const struct lw_usage usage = {
    .command = "doc vds",
    .synopsis = "lanewise doc vds FILE [--trust FILE|DIR] [--mrz FILE] [--json]",
    .about =
        "Check the visible digital seal of a visa or an emergency travel document (ICAO 9303-13).\n"
        "FILE holds the bytes of the barcode, as a scanner gives them.",
    .examples =
        "  lanewise doc vds seal.bin --trust certificates/\n"
        "  lanewise doc vds seal.bin --trust certificates/ --mrz visa.txt --mrz passport.txt",
    .exit_codes = "  0  valid\n"
                  "  1  not valid, nobody trusted vouches for it, or there are findings\n"
                  "  2  a file cannot be read",
    .min_args = 1,
    .max_args = 1,
};

/* Every MRZ of a text. */
static int compare_mrzs(struct lw_vds_check *c, struct lw_decoder *decoder, const char *path,
                        int64_t now_utc_us, struct lw_why *why)
{
    LW_AUTO_MEM(uint8_t) data = NULL;
    size_t n = 0;
    struct lw_mrz_list list = {.n = 0};
    struct lw_refusal no;
    int r = lw_file_read(path, LW_MRZ_TEXT_BYTES_MAX, &data, &n, why);
    if (r >= 0)
        r = lw_decoder_mrz(decoder, (struct lw_span){data, n}, now_utc_us, &list, &no, why);
    if (r == 0)
        lw_vds_make_refused(c, no.text);
    for (size_t i = 0; r > 0 && i < list.n; i++)
        lw_vds_compare(c, &list.v[i]);
    lw_mrz_list_clear(&list);
    return lw_mini(r, LW_OK);
}

static int check_seal(struct lw_vds_check *c, struct lw_decoder *decoder, struct lw_span seal,
                      int64_t now_utc_us, struct lw_why *why)
{
    struct lw_refusal no;
    int r = lw_decoder_seal(decoder, seal, now_utc_us, c, &no, why);
    if (r == 0)
        lw_vds_make_refused(c, no.text);
    return lw_mini(r, LW_OK);
}

static int print(const struct lw_vds_check *c, bool json, struct lw_why *why)
{
    LW_AUTO_STRBUF text = LW_STRBUF_INIT;
    if (json)
        lw_vds_put_json(&text, c);
    else
        lw_vds_put_card(&text, c);
    if (lw_strbuf_err(&text) < 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    fwrite(lw_strbuf_peek(&text), 1, text.n, stdout);
    return lw_vds_ok(c) ? 0 : 1;
}

static int check(const struct vds_opts *o, const char *path, int64_t now_utc_us, const char **place,
                 struct lw_why *why)
{
    LW_AUTO(lw_decoder) decoder = NULL;
    LW_AUTO_MEM(uint8_t) data = NULL;
    struct lw_vds_check c;
    size_t n = 0;
    *place = path;
    int r = lw_file_read(path, LW_VDS_BYTES_MAX, &data, &n, why);
    if (r < 0)
        return r;
    *place = NULL; /* what is trusted is named by what cannot be read of it */
    if ((r = lw_app_open_decoder(&decoder, &o->trust, o->weak_sandbox, why)) < 0 ||
        (r = lw_decoder_ready(decoder, why)) < 0)
        return r;
    *place = path;
    r = check_seal(&c, decoder, (struct lw_span){data, n}, now_utc_us, why);
    for (size_t i = 0; r == LW_OK && i < o->mrz.n; i++) {
        *place = o->mrz.v[i];
        r = compare_mrzs(&c, decoder, o->mrz.v[i], now_utc_us, why);
    }
    return r < 0 ? r : print(&c, o->json, why);
}

int lw_cmd_doc_vds(int argc, char **argv)
{
    struct vds_opts o = {0};
    struct lw_why why;
    const char *place = NULL;
    int64_t now_utc_us = 0;
    int n_args = 0;
    int r = lw_opts_parse(&usage, table, LW_COUNT(table), &o, argc, argv, &n_args);
    if (r != LW_OK)
        return r == LW_OPTS_HELP ? LW_EXIT_OK : LW_EXIT_FAULT;
    if (lw_doc_date(o.date, "doc vds", &now_utc_us) < 0)
        return LW_EXIT_FAULT;
    r = check(&o, argv[1], now_utc_us, &place, &why);
    if (r < 0)
        return lw_app_fault(place, &why);
    return r == 0 ? LW_EXIT_OK : LW_EXIT_NEGATIVE;
}
