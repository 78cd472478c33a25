#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "app/cmd_doc.h"
#include "app/decoding.h"
#include "app/group.h"
#include "app/manifest.h"
#include "base/file.h"
#include "crypt/digest.h"
#include "doc/manifest.h"
#include "doc/mrz.h"
#include "img/codec.h"
#include "img/qr.h"

struct make_opts {
    const char *key, *out, *code, *qr;
    struct lw_opt_list mrz, document;
    int64_t people, hours;
    bool weak_sandbox;
};

static const struct lw_opt make_table[] = {
    {"key", LW_OPT_STRING, offsetof(struct make_opts, key), "FILE", 0, 0,
     "Sign with this key (needed; 'lanewise doc manifest key' makes one)."},
    {"mrz", LW_OPT_LIST, offsetof(struct make_opts, mrz), "FILE", 0, 0,
     "Name the documents of the machine readable zones in this text."},
    {"document", LW_OPT_LIST, offsetof(struct make_opts, document), "STATE:NUMBER", 0, 0,
     "Name this document, for example UTO:L898902C3."},
    {"people", LW_OPT_INT, offsetof(struct make_opts, people), "N", 0, LW_MANIFEST_PEOPLE_MAX,
     "How many travel together (default: as many as documents)."},
    {"hours", LW_OPT_INT, offsetof(struct make_opts, hours), "N", 1, LW_MANIFEST_HOURS_MAX,
     "For how long it is good (default 24)."},
    {"out", LW_OPT_STRING, offsetof(struct make_opts, out), "FILE", 0, 0,
     "Write the JSON there (default: to standard output)."},
    {"code", LW_OPT_STRING, offsetof(struct make_opts, code), "FILE", 0, 0,
     "Write the text of the code there too."},
    {"qr", LW_OPT_STRING, offsetof(struct make_opts, qr), "FILE", 0, 0,
     "Write the code there as a picture too: .png or .svg."},
    LW_APP_DECODER_OPT(struct make_opts, weak_sandbox),
};

static const struct lw_usage make_usage = {
    .command = "doc manifest make",
    .synopsis = "lanewise doc manifest make --key FILE [--mrz FILE] [--document STATE:NUMBER]",
    .about = "Make and sign a group's list: how many travel in one vehicle, with which documents.\n"
             "It names documents by state and number, and holds no names and no pictures.",
    .examples = "  lanewise doc manifest make --key group.key --mrz passports.txt --qr car.png\n"
                "  lanewise doc manifest make --key group.key --document UTO:L898902C3 --people 2",
    .exit_codes = "  0  made\n  2  something cannot be read, made or written",
};

static int add_document(struct lw_manifest *m, const char *state, const char *number,
                        struct lw_why *why)
{
    struct lw_manifest_document *d = &m->documents[m->n_documents];
    if (m->n_documents == LW_MANIFEST_PEOPLE_MAX)
        return lw_why_set(why, LW_ELIMIT, -1, "more than %d documents", LW_MANIFEST_PEOPLE_MAX);
    if (strlen(state) >= sizeof(d->issuing_state) || strlen(number) >= sizeof(d->number))
        return lw_why_set(why, LW_EINVAL, -1, "a state or a number that is too long");
    snprintf(d->issuing_state, sizeof(d->issuing_state), "%s", state);
    snprintf(d->number, sizeof(d->number), "%s", number);
    m->n_documents++;
    return LW_OK;
}

static int add_mrz(struct lw_manifest *m, const struct lw_mrz *mrz, size_t i, struct lw_why *why)
{
    if (lw_mrz_ok(mrz))
        return add_document(m, mrz->issuing_state, mrz->document_number, why);
    return lw_why_set(why, LW_EFORMAT, -1, "MRZ %zu: %s: %s", i + 1,
                      lw_mrz_field_name(mrz->findings[0].field),
                      lw_mrz_rule_name(mrz->findings[0].rule));
}

static int add_mrzs(struct lw_manifest *m, struct lw_decoder *decoder, const char *path,
                    struct lw_why *why)
{
    LW_AUTO_MEM(uint8_t) data = NULL;
    size_t n = 0;
    struct lw_mrz_list list = {.n = 0};
    struct lw_refusal no;
    int r = lw_file_read(path, LW_MRZ_TEXT_BYTES_MAX, &data, &n, why);
    if (r >= 0)
        r = lw_decoder_mrz(decoder, (struct lw_span){data, n}, lw_now_utc_us(), &list, &no, why);
    if (r == 0)
        r = lw_why_set(why, LW_EFORMAT, -1, "%s", no.text);
    for (size_t i = 0; r >= 0 && i < list.n; i++)
        r = add_mrz(m, &list.v[i], i, why);
    lw_mrz_list_clear(&list);
    return lw_mini(r, LW_OK);
}

static int add_documents(struct lw_manifest *m, const struct make_opts *o, const char **place,
                         struct lw_why *why)
{
    LW_AUTO(lw_decoder) decoder = NULL;
    int r = o->mrz.n ? lw_app_open_decoder(&decoder, NULL, o->weak_sandbox, why) : LW_OK;
    for (size_t i = 0; r == LW_OK && i < o->mrz.n; i++) {
        *place = o->mrz.v[i];
        r = add_mrzs(m, decoder, o->mrz.v[i], why);
    }
    for (size_t i = 0; r == LW_OK && i < o->document.n; i++) {
        char state[8];
        const char *colon = strchr(o->document.v[i], ':');
        *place = o->document.v[i];
        if (!colon || colon - o->document.v[i] > 3)
            return lw_why_set(why, LW_EINVAL, -1, "not STATE:NUMBER");
        snprintf(state, sizeof(state), "%.*s", (int)(colon - o->document.v[i]), o->document.v[i]);
        r = add_document(m, state, colon + 1, why);
    }
    return r;
}

static int fill(struct lw_manifest *m, const struct make_opts *o, const char **place,
                struct lw_why *why)
{
    int r = add_documents(m, o, place, why);
    if (r < 0)
        return r;
    *place = "doc manifest make";
    m->people = o->people ? (unsigned)o->people : (unsigned)m->n_documents;
    m->issued_s = lw_now_utc_us() / 1000000;
    m->expires_s = m->issued_s + o->hours * 3600;
    r = lw_random_bytes(m->nonce, sizeof(m->nonce));
    return r < 0 ? lw_why_set(why, r, -1, "no random bytes") : LW_OK;
}

static bool ends_with(const char *s, const char *end)
{
    const size_t n = strlen(s), k = strlen(end);
    return n > k && strcmp(s + n - k, end) == 0;
}

static int write_qr(const char *path, const char *code, struct lw_why *why)
{
    enum { PIXELS = 8 };
    LW_AUTO(lw_qr) qr = NULL;
    LW_AUTO_STRBUF svg = LW_STRBUF_INIT;
    LW_AUTO_MEM(uint8_t) png = NULL;
    struct lw_image *im = NULL;
    size_t n = 0;
    int r = lw_qr_new(&qr, code, why);
    if (r < 0)
        return r;
    if (ends_with(path, ".svg")) {
        lw_qr_put_svg(&svg, qr);
        return lw_file_write(path, lw_strbuf_span(&svg), why);
    }
    r = lw_qr_image(&im, qr, PIXELS, why);
    if (r == LW_OK)
        r = lw_image_encode_png(im, &png, &n, why);
    lw_image_unref(&im);
    return r < 0 ? r : lw_file_write(path, (struct lw_span){png, n}, why);
}

static int write_all(const struct lw_manifest *m, const struct make_opts *o, const char **place,
                     struct lw_why *why)
{
    LW_AUTO_STRBUF json = LW_STRBUF_INIT;
    LW_AUTO_STRBUF code = LW_STRBUF_INIT;
    int r = LW_OK;
    lw_manifest_put_json(&json, m);
    lw_manifest_put_code(&code, m);
    if (lw_strbuf_err(&json) || lw_strbuf_err(&code))
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    if (o->qr) {
        *place = o->qr;
        r = write_qr(o->qr, lw_strbuf_peek(&code), why);
    }
    if (r == LW_OK && o->code) {
        *place = o->code;
        lw_strbuf_putc(&code, '\n');
        r = lw_file_write(o->code, lw_strbuf_span(&code), why);
    }
    if (r == LW_OK && o->out) {
        *place = o->out;
        r = lw_file_write(o->out, lw_strbuf_span(&json), why);
    } else if (r == LW_OK) {
        fputs(lw_strbuf_peek(&json), stdout);
    }
    return r;
}

static int make(const struct make_opts *o, const char **place, struct lw_why *why)
{
    struct lw_manifest m = {.people = 0};
    struct lw_signer key;
    *place = "doc manifest make";
    if (!o->key)
        return lw_why_set(why, LW_EINVAL, -1, "--key FILE is missing");
    if (o->qr && !ends_with(o->qr, ".png") && !ends_with(o->qr, ".svg"))
        return lw_why_set(why, LW_EINVAL, -1, "--qr writes .png or .svg");
    int r = fill(&m, o, place, why);
    if (r < 0)
        return r;
    *place = o->key;
    if ((r = lw_manifest_key_read(o->key, &key, why)) < 0)
        return r;
    *place = "doc manifest make";
    r = lw_manifest_sign(&m, &key, why);
    lw_signer_wipe(&key);
    return r < 0 ? r : write_all(&m, o, place, why);
}

static int run_make(int argc, char **argv)
{
    struct make_opts o = {.hours = 24};
    struct lw_why why;
    const char *place = NULL;
    int n_args = 0;
    int r = lw_opts_parse(&make_usage, make_table, LW_COUNT(make_table), &o, argc, argv, &n_args);
    if (r != LW_OK)
        return r == LW_OPTS_HELP ? LW_EXIT_OK : LW_EXIT_FAULT;
    return make(&o, &place, &why) < 0 ? lw_app_fault(place, &why) : LW_EXIT_OK;
}

static const struct lw_usage key_usage = {
    .command = "doc manifest key",
    .synopsis = "lanewise doc manifest key FILE",
    .about = "Make a key for signing lists, in a file that only its owner may read, and print its\n"
             "public half: 64 hexadecimal digits, for --signer.",
    .exit_codes = "  0  made\n  2  the file is there already, or cannot be written",
    .min_args = 1,
    .max_args = 1,
};

static int run_key(int argc, char **argv)
{
    struct lw_signer key;
    struct lw_why why;
    int n_args = 0, unused = 0;
    int r = lw_opts_parse(&key_usage, NULL, 0, &unused, argc, argv, &n_args);
    if (r != LW_OK)
        return r == LW_OPTS_HELP ? LW_EXIT_OK : LW_EXIT_FAULT;
    if (lw_manifest_key_make(argv[1], &key, &why) < 0)
        return lw_app_fault(argv[1], &why);
    for (size_t i = 0; i < sizeof(key.public_key); i++)
        printf("%02x", key.public_key[i]);
    putchar('\n');
    lw_signer_wipe(&key);
    return LW_EXIT_OK;
}

struct check_opts {
    struct lw_opt_list signer;
    const char *seen, *crossing, *at;
    bool json, weak_sandbox;
};

static const struct lw_opt check_table[] = {
    {"signer", LW_OPT_LIST, offsetof(struct check_opts, signer), "KEY", 0, 0,
     "Only this public key will do, 64 hexadecimal digits (default: any)."},
    {"seen", LW_OPT_STRING, offsetof(struct check_opts, seen), "FILE", 0, 0,
     "Refuse what was presented before, and remember this one there."},
    {"crossing", LW_OPT_STRING, offsetof(struct check_opts, crossing), "ID", 0, 0,
     "It is presented at this crossing, and may be again there (default: at none)."},
    {"at", LW_OPT_STRING, offsetof(struct check_opts, at), "TIME", 0, 0,
     "The time of reading, as 2026-01-31T08:15:00Z (default: now)."},
    {"json", LW_OPT_FLAG, offsetof(struct check_opts, json), NULL, 0, 0, "Print one JSON object."},
    LW_APP_DECODER_OPT(struct check_opts, weak_sandbox),
};

static const struct lw_usage check_usage = {
    .command = "doc manifest check",
    .synopsis = "lanewise doc manifest check FILE [--signer KEY] [--seen FILE] [--json]",
    .about =
        "Check a group's list: its signature, its time, and that it was not presented before.\n"
        "FILE holds the JSON or the text of the code, as a scanner gives it.",
    .examples = "  lanewise doc manifest check car.json --seen /var/lib/lanewise/manifests",
    .exit_codes = "  0  valid\n  1  there are findings\n  2  no manifest, or it cannot be read",
    .min_args = 1,
    .max_args = 1,
};

static void print_check(const struct lw_manifest *m, unsigned found, bool as_json)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    lw_manifest_put_findings(&b, m, found, as_json);
    fputs(lw_strbuf_peek(&b), stdout);
}

static int check(const struct check_opts *o, const char *path, const char **place,
                 struct lw_why *why)
{
    LW_AUTO(lw_decoder) decoder = NULL;
    struct lw_manifest_keys keys;
    struct lw_manifest m;
    int64_t now_utc_us = lw_now_utc_us();
    unsigned found = 0;
    *place = "doc manifest check";
    if (o->at && lw_time_parse(o->at, &now_utc_us) < 0)
        return lw_why_set(why, LW_EINVAL, -1, "--at \"%.40s\" is no time", o->at);
    if (o->crossing && !lw_id_valid(o->crossing))
        return lw_why_set(why, LW_EINVAL, -1, "--crossing \"%.70s\" is no id", o->crossing);
    int r = lw_manifest_keys_parse(&keys, &o->signer, why);
    if (r < 0 || (r = lw_app_open_decoder(&decoder, NULL, o->weak_sandbox, why)) < 0)
        return r;
    *place = path;
    if ((r = lw_manifest_load(&m, &found, decoder, path, why)) < 0)
        return r;
    *place = o->seen;
    r = lw_manifest_accept(&found, &m, &keys, o->seen, o->crossing ? o->crossing : "", now_utc_us,
                           why);
    if (r < 0)
        return r;
    print_check(&m, found, o->json);
    return found ? 1 : 0;
}

static int run_check(int argc, char **argv)
{
    struct check_opts o = {.json = false};
    struct lw_why why;
    const char *place = NULL;
    int n_args = 0;
    int r =
        lw_opts_parse(&check_usage, check_table, LW_COUNT(check_table), &o, argc, argv, &n_args);
    if (r != LW_OK)
        return r == LW_OPTS_HELP ? LW_EXIT_OK : LW_EXIT_FAULT;
    r = check(&o, argv[1], &place, &why);
    if (r < 0)
        return lw_app_fault(place, &why);
    return r == 0 ? LW_EXIT_OK : LW_EXIT_NEGATIVE;
}

int lw_cmd_doc_manifest(int argc, char **argv)
{
    static const struct lw_command commands[] = {
        {"make", "a group's list of people and documents, signed, as a QR code", run_make},
        {"check", "its signature, its time, and whether it was seen before", run_check},
        {"key", "a key to sign lists with", run_key},
    };
    static const struct lw_group group = {
        .name = "doc manifest",
        .about = "One code for a car: how many people, which documents.",
        .commands = commands,
        .n = LW_COUNT(commands)};
    return lw_group_run(&group, argc, argv);
}
