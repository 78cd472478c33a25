#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "app/group.h"
#include "app/opts.h"
#include "app/subject.h"
#include "base/file.h"
#include "base/json.h"
#include "crypt/hex.h"
#include "crypt/keyfile.h"
#include "store/receipt.h"

enum { KEY_HEX = 2 * LW_SIGN_PUBLIC };

struct receipt_opts {
    const char *key, *document, *out;
    bool json, make;
};

/* --- verify --- */

static const struct lw_opt verify_table[] = {
    {"key", LW_OPT_STRING, offsetof(struct receipt_opts, key), "KEY", 0, 0,
     "The issuer's public key: 64 hexadecimal digits, or a file that holds them."},
    {"document", LW_OPT_STRING, offsetof(struct receipt_opts, document), "STATE/NUMBER", 0, 0,
     "Is it about this document? Issuing state and number as in its machine readable zone."},
    {"json", LW_OPT_FLAG, offsetof(struct receipt_opts, json), NULL, 0, 0,
     "One JSON object on standard output instead of a sentence."},
};

static const struct lw_usage verify_usage = {
    .command = "receipt verify",
    .synopsis = "lanewise receipt verify FILE [--key KEY] [--document STATE/NUMBER] [--json]",
    .about =
        "Is this receipt (docs/formats/receipt.md) what the owner of that key signed, and about\n"
        "that document? Needs no network and no store. Without --key the signature is checked\n"
        "with the key that the receipt itself names, and the answer says so: compare that key\n"
        "with the one that the issuer has published.",
    .examples = "  lanewise receipt verify receipt.json --key published.hex --document "
                "UTO/L898902C3\n",
    .exit_codes = "  0  it is\n"
                  "  1  it was changed, signed with another key, or is about another document\n"
                  "  2  fault: no receipt, or not readable",
    .min_args = 1,
    .max_args = 1};

/* Digits, or a file of them. */
static int read_key(uint8_t out[LW_SIGN_PUBLIC], const char *key, struct lw_why *why)
{
    LW_AUTO_MEM(uint8_t) text = NULL;
    size_t n = 0;
    if (strlen(key) == KEY_HEX && lw_hex_parse(out, LW_SIGN_PUBLIC, key) == LW_OK)
        return LW_OK;
    int r = lw_file_read(key, 4096, &text, &n, why);
    while (r == LW_OK && n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
        text[--n] = '\0';
    if (r == LW_OK && lw_hex_parse(out, LW_SIGN_PUBLIC, (const char *)text) < 0)
        r = lw_why_set(why, LW_EFORMAT, -1, "is not %d hexadecimal digits in lower case", KEY_HEX);
    if (r < 0)
        lw_why_prefix(why, "--key %s", key);
    return r;
}

struct verdict {
    bool valid, key_known;
    struct lw_receipt receipt; /* where it was read */
    char reason[LW_WHY_TEXT];  /* why not */
};

static int judge(struct verdict *v, const char *file, const struct receipt_opts *o,
                 struct lw_why *why)
{
    LW_AUTO_MEM(uint8_t) text = NULL;
    uint8_t key[LW_SIGN_PUBLIC];
    struct lw_subject who = {.number = ""};
    size_t n = 0;
    bool right = true;
    int r = o->key ? read_key(key, o->key, why) : LW_OK;
    if (r < 0 || (o->document && (r = lw_subject_parse(&who, "--document", o->document, why)) < 0))
        return r;
    r = lw_file_read(file, LW_RECEIPT_BYTES_MAX, &text, &n, why);
    if (r == LW_OK)
        r = lw_receipt_check(&v->receipt, (struct lw_span){text, n}, o->key ? key : NULL, why);
    v->key_known = o->key != NULL;
    v->valid = r == LW_OK;
    if (r == LW_OK && o->document &&
        (r = lw_receipt_names(&v->receipt, who.state, who.number, &right)) == LW_OK && !right) {
        v->valid = false;
        snprintf(v->reason, sizeof(v->reason), "is about another document");
    }
    if (r == LW_ECRYPTO) {
        snprintf(v->reason, sizeof(v->reason), "%s", why->text);
        return LW_OK;
    }
    if (r < 0)
        lw_why_prefix(why, "%s", file);
    return r;
}

static const char *outcome(const struct lw_receipt *r)
{
    return r->verified ? "the holder was verified" : "the holder was referred to an officer";
}

static void print_sentence(const char *file, const struct verdict *v, const char *key)
{
    const struct lw_receipt *r = &v->receipt;
    char utc[LW_TIME_TEXT];
    if (!v->valid) {
        printf("%s: not valid: %s\n", file, v->reason);
        return;
    }
    lw_time_print(utc, r->utc_us);
    printf("%s: valid: %s at %s, %s, %s, chip %s%s; signed with %s, %s\n", file,
           lw_direction_name(r->direction), r->place, utc, outcome(r),
           r->authentic ? "genuine" : "not proven", r->synthetic ? ", synthetic" : "", key,
           v->key_known ? "the key given" : "a key to be compared with the issuer's");
}

static void print_json(const char *file, const struct verdict *v, const char *key)
{
    const struct lw_receipt *r = &v->receipt;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    char utc[LW_TIME_TEXT];
    lw_strbuf_puts(&b, "{\"file\":");
    lw_json_put_string(&b, file);
    lw_strbuf_printf(&b, ",\"valid\":%s,\"reason\":", v->valid ? "true" : "false");
    if (v->valid)
        lw_strbuf_puts(&b, "null");
    else
        lw_json_put_string(&b, v->reason);
    if (v->valid) {
        lw_time_print(utc, r->utc_us);
        lw_strbuf_puts(&b, ",\"place\":");
        lw_json_put_string(&b, r->place);
        lw_strbuf_printf(&b,
                         ",\"direction\":\"%s\",\"utc\":\"%s\",\"outcome\":\"%s\","
                         "\"authentic\":%s,\"synthetic\":%s,\"public_key\":\"%s\","
                         "\"key_known\":%s",
                         lw_direction_name(r->direction), utc,
                         r->verified ? "verified" : "referral", r->authentic ? "true" : "false",
                         r->synthetic ? "true" : "false", key, v->key_known ? "true" : "false");
    }
    lw_strbuf_putc(&b, '}');
    puts(lw_strbuf_peek(&b));
}

static int cmd_verify(int argc, char **argv)
{
    struct receipt_opts opts = {.key = NULL};
    struct verdict v = {.valid = false};
    struct lw_why why = {0};
    char key[KEY_HEX + 1];
    int n = 0;
    int r =
        lw_opts_parse(&verify_usage, verify_table, LW_COUNT(verify_table), &opts, argc, argv, &n);
    if (r != 0)
        return r == LW_OPTS_HELP ? LW_EXIT_OK : LW_EXIT_FAULT;
    if (judge(&v, argv[1], &opts, &why) < 0)
        return lw_app_fault(NULL, &why);
    lw_hex_print(key, (struct lw_span){v.receipt.public_key, LW_SIGN_PUBLIC});
    (opts.json ? print_json : print_sentence)(argv[1], &v, key);
    return v.valid ? LW_EXIT_OK : LW_EXIT_NEGATIVE;
}

/* --- key --- */

static const struct lw_opt key_table[] = {
    {"make", LW_OPT_FLAG, offsetof(struct receipt_opts, make), NULL, 0, 0,
     "Make the key file where there is none yet."},
    {"out", LW_OPT_STRING, offsetof(struct receipt_opts, out), "FILE", 0, 0,
     "Write the public key there instead of to standard output."},
};

static const struct lw_usage key_usage = {
    .command = "receipt key",
    .synopsis = "lanewise receipt key KEYFILE [--make] [--out FILE]",
    .about =
        "The public half of the key that signs receipts, to be published: 64 hexadecimal\n"
        "digits. KEYFILE is a store's key file (STORE.keys, docs/formats/key-file.md), or one\n"
        "for receipts alone. The secret half never leaves it.",
    .examples = "  lanewise receipt key lane.db.keys --out published.hex\n"
                "  lanewise receipt key --make receipts.keys\n",
    .exit_codes = "  0  done\n  2  fault: no key file, or others may read it",
    .min_args = 1,
    .max_args = 1};

static int print_key(const struct receipt_opts *o, const char *file, struct lw_why *why)
{
    LW_AUTO_KEYS keys = NULL;
    char line[KEY_HEX + 2];
    int r = lw_keyfile_open(&keys, file, o->make, why);
    if (r < 0) {
        lw_why_prefix(why, "%s", file);
        return r;
    }
    lw_hex_print(line, (struct lw_span){keys->public_key, LW_SIGN_PUBLIC});
    line[KEY_HEX] = '\n';
    line[KEY_HEX + 1] = '\0';
    if (!o->out) {
        fputs(line, stdout);
        return LW_OK;
    }
    r = lw_file_write(o->out, (struct lw_span){(const uint8_t *)line, strlen(line)}, why);
    if (r < 0)
        lw_why_prefix(why, "%s", o->out);
    return r;
}

static int cmd_key(int argc, char **argv)
{
    struct receipt_opts opts = {.key = NULL};
    struct lw_why why = {0};
    int n = 0;
    int r = lw_opts_parse(&key_usage, key_table, LW_COUNT(key_table), &opts, argc, argv, &n);
    if (r != 0)
        return r == LW_OPTS_HELP ? LW_EXIT_OK : LW_EXIT_FAULT;
    return print_key(&opts, argv[1], &why) < 0 ? lw_app_fault(NULL, &why) : LW_EXIT_OK;
}

int lw_cmd_receipt(int argc, char **argv)
{
    static const struct lw_command commands[] = {
        {"verify", "is a traveller's receipt genuine, and about a document", cmd_verify},
        {"key", "the public key of what signs receipts", cmd_key},
    };
    static const struct lw_group group = {
        .name = "receipt",
        .about = "Signed receipts: a traveller's own proof of having left or arrived.\n"
                 "`lanewise cross --receipts DIR` writes them.",
        .commands = commands,
        .n = LW_COUNT(commands)};
    return lw_group_run(&group, argc, argv);
}
