#include <stdio.h>

#include "app/app.h"
#include "app/group.h"
#include "app/opts.h"
#include "base/file.h"
#include "base/json.h"
#include "crypt/hex.h"
#include "store/audit.h"
#include "store/purge.h"

struct audit_opts {
    const char *keys, *public_key;
    bool json;
};

static const struct lw_opt table[] = {
    {"keys", LW_OPT_STRING, offsetof(struct audit_opts, keys), "FILE", 0, 0,
     "The store's key file (default: FILE.keys, where that is there)."},
    {"public-key", LW_OPT_STRING, offsetof(struct audit_opts, public_key), "HEX", 0, 0,
     "The key that must have signed, 64 hexadecimal digits, from a place you trust."},
    {"json", LW_OPT_FLAG, offsetof(struct audit_opts, json), NULL, 0, 0,
     "One JSON object on standard output instead of a sentence."},
};

static const struct lw_usage usage = {
    .command = "audit verify",
    .synopsis = "lanewise audit verify FILE [--keys FILE | --public-key HEX] [--json]",
    .about =
        "Checks the audit chain of a store (docs/formats/audit.md): every write, every read of\n"
        "personal data, every export and purge is an entry that hashes the one before it, and\n"
        "the end of the chain is signed. Altered, removed, reordered and cut entries are\n"
        "found, and the first one is named. Without a key file or a public key the chain is\n"
        "checked against the key that the store itself names.",
    .examples = "  lanewise audit verify lane.db\n"
                "  lanewise audit verify lane.db --public-key $(cat published.hex)\n",
    .exit_codes = "  0  the chain is whole\n"
                  "  1  it is not: the first broken entry is named\n"
                  "  2  fault: no store, or not readable",
    .min_args = 1,
    .max_args = 1};

static void print_sentence(const char *file, const struct lw_audit_report *r, const char *key)
{
    if (r->intact)
        printf("%s: %jd entries, %jd checkpoints, the chain is whole\n", file, (intmax_t)r->entries,
               (intmax_t)r->checkpoints);
    else
        printf("%s: audit entry %jd %s\n", file, (intmax_t)r->first_broken, r->what);
    printf("signed with %s (%s)\n", key,
           r->key_known ? "as expected" : "as the store says: compare it with the published key");
}

static void print_json(const char *file, const struct lw_audit_report *r, const char *key)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    lw_strbuf_puts(&b, "{\"file\":");
    lw_json_put_string(&b, file);
    lw_strbuf_printf(&b, ",\"intact\":%s,\"entries\":%jd,\"checkpoints\":%jd,\"first_broken\":",
                     r->intact ? "true" : "false", (intmax_t)r->entries, (intmax_t)r->checkpoints);
    if (r->intact)
        lw_strbuf_puts(&b, "null,\"what\":null");
    else {
        lw_strbuf_printf(&b, "%jd,\"what\":", (intmax_t)r->first_broken);
        lw_json_put_string(&b, r->what);
    }
    lw_strbuf_printf(&b, ",\"public_key\":\"%s\",\"key_known\":%s}", key,
                     r->key_known ? "true" : "false");
    puts(lw_strbuf_peek(&b));
}

static int cmd_verify(int argc, char **argv)
{
    struct audit_opts opts = {.json = false};
    struct lw_audit_report report;
    struct lw_why why = {0};
    uint8_t expected[LW_SIGN_PUBLIC];
    char key[2 * LW_SIGN_PUBLIC + 1];
    int n = 0;
    int r = lw_opts_parse(&usage, table, LW_COUNT(table), &opts, argc, argv, &n);
    if (r != 0)
        return r == LW_OPTS_HELP ? LW_EXIT_OK : LW_EXIT_FAULT;
    if (opts.public_key && lw_hex_parse(expected, sizeof(expected), opts.public_key) < 0) {
        lw_why_set(&why, LW_EINVAL, -1, "is not 64 hexadecimal digits in lower case");
        return lw_app_fault("--public-key", &why);
    }
    const struct lw_audit_opts audit = {.keys = opts.keys,
                                        .public_key = opts.public_key ? expected : NULL};
    if (lw_audit_verify(&report, argv[1], &audit, &why) < 0)
        return lw_app_fault(argv[1], &why);
    lw_hex_print(key, (struct lw_span){.data = report.public_key, .n = LW_SIGN_PUBLIC});
    (opts.json ? print_json : print_sentence)(argv[1], &report, key);
    return report.intact ? LW_EXIT_OK : LW_EXIT_NEGATIVE;
}

static const struct lw_opt certificate_table[] = {
    {"public-key", LW_OPT_STRING, offsetof(struct audit_opts, public_key), "HEX", 0, 0,
     "The store's public key, 64 hexadecimal digits, from a place you trust."},
};

static const struct lw_usage certificate_usage = {
    .command = "audit certificate",
    .synopsis = "lanewise audit certificate FILE --public-key HEX",
    .about = "Is this purge certificate the one that the owner of that key signed?",
    .examples = "  lanewise audit certificate purged.json --public-key $(cat published.hex)\n",
    .exit_codes = "  0  it is\n"
                  "  1  it was changed, or signed with another key\n"
                  "  2  fault: no certificate, or not readable",
    .min_args = 1,
    .max_args = 1};

static int check_certificate(const char *file, const char *key, struct lw_why *why)
{
    LW_AUTO_MEM(uint8_t) data = NULL;
    uint8_t public_key[LW_SIGN_PUBLIC];
    size_t size = 0;
    if (!key || lw_hex_parse(public_key, sizeof(public_key), key) < 0)
        return lw_why_set(why, LW_EINVAL, -1,
                          "--public-key has to be 64 hexadecimal digits in lower case");
    int r = lw_file_read(file, LW_MIB, &data, &size, why);
    if (r == LW_OK)
        r = lw_purge_certificate_check((struct lw_span){.data = data, .n = size}, public_key, why);
    if (r < 0)
        lw_why_prefix(why, "%s", file);
    return r;
}

static int cmd_certificate(int argc, char **argv)
{
    struct audit_opts opts = {.json = false};
    struct lw_why why = {0};
    int n = 0;
    int r = lw_opts_parse(&certificate_usage, certificate_table, LW_COUNT(certificate_table), &opts,
                          argc, argv, &n);
    if (r != 0)
        return r == LW_OPTS_HELP ? LW_EXIT_OK : LW_EXIT_FAULT;
    r = check_certificate(argv[1], opts.public_key, &why);
    if (r == LW_OK)
        printf("%s: signed with that key\n", argv[1]);
    else if (r == LW_ECRYPTO)
        printf("%s\n", why.text);
    else
        return lw_app_fault(NULL, &why);
    return r == LW_OK ? LW_EXIT_OK : LW_EXIT_NEGATIVE;
}

int lw_cmd_audit(int argc, char **argv)
{
    static const struct lw_command commands[] = {
        {"verify", "is the audit chain of a store whole", cmd_verify},
        {"certificate", "is a purge certificate signed with a key", cmd_certificate},
    };
    static const struct lw_group group = {
        .name = "audit",
        .about = "The audit chain of a store, and the certificates of its purges.",
        .commands = commands,
        .n = LW_COUNT(commands)};
    return lw_group_run(&group, argc, argv);
}
