#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "app/cmd_doc.h"
#include "app/opts.h"
#include "base/file.h"
#include "card/secinfo.h"
#include "doc/document.h"

struct check_opts {
    bool json;
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

static void put_protocol(struct lw_strbuf *b, const char *name)
{
    lw_strbuf_printf(b, "%s%s", b->n ? ", " : "", name);
}

/* What EF.CardAccess and DG14 say that the chip can do. */
static void read_protocols(struct lw_strbuf *b, struct lw_document *d, const struct lw_lds *lds)
{
    const struct lw_span dg14 = lds->files[LW_LDS_DG14], access = lds->files[LW_LDS_CARD_ACCESS];
    struct lw_secinfo info = {.n_pace = 0};
    struct lw_why why;
    char name[40];
    if (access.data && lw_secinfo_parse(&info, access, &why) < 0)
        lw_pa_find(&d->pa, "EF_CardAccess", "format", "%s", why.text);
    for (size_t i = 0; i < info.n_pace; i++) {
        lw_pace_info_print(name, &info.pace[i]);
        put_protocol(b, name);
    }
    info = (struct lw_secinfo){.n_pace = 0};
    if (dg14.data && lw_secinfo_parse_dg14(&info, dg14, &why) < 0)
        lw_pa_find(&d->pa, "DG14", "format", "%s", why.text);
    if (info.n_ca_keys > 0)
        put_protocol(b, "chip authentication");
    if (lds->files[LW_LDS_DG15].data)
        put_protocol(b, "active authentication");
}

static int check(const struct check_opts *o, const char *dir, int64_t now_utc_us,
                 const char **place, struct lw_why *why)
{
    LW_AUTO(lw_lds) lds = NULL;
    LW_AUTO(lw_trust) trust = NULL;
    LW_AUTO(lw_document) d = NULL;
    LW_AUTO_MEM(char) portrait = NULL;
    LW_AUTO_STRBUF text = LW_STRBUF_INIT;
    LW_AUTO_STRBUF protocols = LW_STRBUF_INIT;
    *place = dir;
    int r = lw_lds_load(&lds, dir, why);
    if (r < 0 || (r = lw_doc_load_trust(&trust, &o->trust, place, why)) < 0)
        return r;
    *place = dir;
    const struct lw_document_opts opts = {.trust = trust, .now_utc_us = now_utc_us};
    if ((r = lw_document_check(&d, lds, &opts, why)) < 0)
        return r;
    read_protocols(&protocols, d, lds);
    *place = o->out;
    if (o->out && d->portrait && (r = write_portrait(&portrait, d->portrait, o->out, why)) < 0)
        return r;
    if (o->json)
        lw_document_put_json(&text, d, portrait);
    else
        lw_document_put_card(&text, d, portrait);
    if (!o->json && protocols.n)
        lw_strbuf_printf(&text, "the chip speaks: %s\n", lw_strbuf_peek(&protocols));
    if ((r = lw_strbuf_err(&text)) < 0)
        return lw_why_set(why, r, -1, "no memory");
    fwrite(lw_strbuf_peek(&text), 1, text.n, stdout);
    return lw_document_ok(d) ? 0 : 1;
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
