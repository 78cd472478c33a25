#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "app/cmd_doc.h"
#include "app/opts.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "crypt/digest.h"
#include "doc/trust.h"

struct trust_opts {
    bool json;
    const char *store, *date;
};

static const struct lw_opt table[] = {
    {"store", LW_OPT_STRING, offsetof(struct trust_opts, store), "DIR", 0, 0,
     "The folder of trusted certificates (default: $LANEWISE_TRUST)."},
    {"json", LW_OPT_FLAG, offsetof(struct trust_opts, json), NULL, 0, 0,
     "list, check: print one JSON object a line."},
    {"date", LW_OPT_STRING, offsetof(struct trust_opts, date), "YYYY-MM-DD", 0, 0,
     "check: the day on which things must be valid (default: today)."},
};

static const struct lw_usage usage = {
    .command = "doc trust",
    .synopsis = "lanewise doc trust add|list|check [FILE|DIR]... --store DIR",
    .about = "Keep the certificates of issuing states that documents are checked against.\n"
             "  add    take in certificates and revocation lists (DER, PEM), master lists (their\n"
             "         signature is checked) and LDIF of the ICAO PKD\n"
             "  list   who is trusted\n"
             "  check  signatures, link certificates, validity, age of revocation lists",
    .examples = "  lanewise doc trust add DE_ML.ml csca.cer --store trust/\n"
                "  lanewise doc trust check --store trust/\n"
                "  lanewise doc check chip/ --trust trust/",
    .exit_codes = "  0  done, all right\n"
                  "  1  check: something is wrong\n"
                  "  2  a file cannot be read",
    .min_args = 1,
    .max_args = 64,
};

/* The file that an object has in the store: its kind, country and fingerprint. */
static int object_name(char out[96], const char *kind, const char *country, struct lw_span der)
{
    char id[LW_SHA256_HEX];
    char letters[4] = "xx";
    int r = lw_sha256_hex(id, der);
    for (size_t i = 0; country[i] && i < 3; i++)
        letters[i] = (char)(country[i] >= 'A' && country[i] <= 'Z' ? country[i] : 'x');
    snprintf(out, 96, "%s-%s-%.24s.%s", letters, kind, id,
             strcmp(kind, "crl") == 0 ? "crl" : "cer");
    return r;
}

static int keep(const char *store, const char *kind, const char *country, struct lw_span der,
                struct lw_why *why)
{
    LW_AUTO_MEM(char) path = NULL;
    char name[96];
    int r = object_name(name, kind, country, der);
    if (r < 0)
        return lw_why_set(why, r, -1, "no digest");
    if ((r = lw_path_join(store, name, &path, why)) < 0 || access(path, F_OK) == 0)
        return r;
    return lw_file_write(path, der, why);
}

static int keep_cert(const char *store, const char *kind, struct lw_span der, struct lw_why *why)
{
    LW_AUTO(lw_cert) c = NULL;
    int r = lw_cert_parse(&c, der, NULL);
    if (r == LW_ENOMEM)
        return lw_why_set(why, r, -1, "no memory");
    if (r < 0) /* a list may hold what we cannot use: it is of no use in the store either */
        return LW_OK;
    return keep(store, kind, lw_cert_info(c)->subject_country, der, why);
}

static int keep_all(const struct lw_trust *t, const char *store, struct lw_why *why)
{
    int r = lw_dir_make(store, why);
    for (size_t i = 0; r == LW_OK && i < lw_trust_count(t); i++)
        r = keep_cert(store, "csca", lw_trust_peek(t, i).der, why);
    for (size_t i = 0; r == LW_OK && i < lw_trust_signer_count(t); i++)
        r = keep_cert(store, "ds", lw_trust_signer_der(t, i), why);
    for (size_t i = 0; r == LW_OK && i < lw_trust_crl_count(t); i++)
        r = keep(store, "crl", "", lw_crl_der(lw_trust_crl(t, i)), why);
    return r;
}

static int add(struct lw_trust *t, const struct trust_opts *o, char **paths, int n,
               const char **place, struct lw_why *why)
{
    struct lw_trust_sum sum = {0};
    for (int i = 0; i < n; i++) {
        *place = paths[i];
        int r = lw_trust_load(t, paths[i], &sum, why);
        if (r < 0)
            return r;
    }
    *place = o->store;
    int r = keep_all(t, o->store, why);
    if (r < 0)
        return r;
    printf("%zu authorities, %zu document signers, %zu revocation lists", sum.authorities,
           sum.signers, sum.crls);
    printf("; %zu master lists checked; %zu seen before; %zu left out\n", sum.lists, sum.again,
           sum.left_out);
    return 0;
}

/* One line about an authority; problem NULL: none. */
static void print_authority(const struct lw_cert *c, const char *source, const char *problem,
                            bool json)
{
    const struct lw_cert_info *i = lw_cert_info(c);
    char until[LW_TIME_TEXT];
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    lw_time_print(until, i->not_after_utc_us);
    if (!json) {
        printf("%-3s %-24s until %.10s  %.16s  %s%s%s\n", i->subject_country, i->key, until,
               i->sha256, i->subject, problem ? "\n    ! " : "", problem ? problem : "");
        return;
    }
    lw_strbuf_printf(&b, "{\"country\": \"%s\", \"subject\": ", i->subject_country);
    lw_json_put_string(&b, i->subject);
    lw_strbuf_printf(
        &b, ", \"key\": \"%s\", \"not_after\": \"%s\", \"sha256\": \"%s\", \"source\": ", i->key,
        until, i->sha256);
    lw_json_put_string(&b, source);
    lw_strbuf_puts(&b, ", \"problem\": ");
    if (problem)
        lw_json_put_string(&b, problem);
    else
        lw_strbuf_puts(&b, "null");
    lw_strbuf_puts(&b, "}\n");
    fputs(lw_strbuf_peek(&b), stdout);
}

static const char *validity_problem(const struct lw_cert *c, int64_t now_utc_us)
{
    const struct lw_cert_info *i = lw_cert_info(c);
    if (now_utc_us < i->not_before_utc_us)
        return "not valid yet";
    return now_utc_us > i->not_after_utc_us ? "no longer valid (documents of its time still are)"
                                            : NULL;
}

/* list: all of them; check: those with a problem, which are counted. An expired authority is told,
 * but it is no fault of the store: what it signed in its time stays good. */
static int show(const struct lw_trust *t, bool check, bool json, int64_t now_utc_us)
{
    int problems = 0;
    for (size_t i = 0; i < lw_trust_count(t); i++) {
        LW_AUTO(lw_cert) c = NULL;
        struct lw_why why;
        const struct lw_trusted a = lw_trust_peek(t, i);
        if (lw_cert_parse(&c, a.der, &why) < 0) {
            lw_app_fault(a.source, &why);
            problems++;
            continue;
        }
        const char *problem = check ? lw_trust_problem(t, c) : NULL;
        problems += problem != NULL;
        if (check && !problem)
            problem = validity_problem(c, now_utc_us);
        if (!check || problem)
            print_authority(c, a.source, problem, json);
    }
    return problems;
}

static int show_crls(const struct lw_trust *t, int64_t now_utc_us)
{
    int stale = 0;
    for (size_t i = 0; i < lw_trust_crl_count(t); i++)
        stale += lw_crl_next_update_utc_us(lw_trust_crl(t, i)) < now_utc_us;
    if (stale > 0)
        fprintf(stderr, "lanewise: %d of %zu revocation lists were to be replaced before now\n",
                stale, lw_trust_crl_count(t));
    return stale;
}

static int run(const struct trust_opts *o, char **args, int n, int64_t now_utc_us,
               const char **place, struct lw_why *why)
{
    LW_AUTO(lw_trust) t = NULL;
    struct lw_trust_sum sum = {0};
    if (lw_trust_new(&t) < 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    if (strcmp(args[0], "add") == 0)
        return add(t, o, args + 1, n - 1, place, why);
    *place = o->store;
    int r = lw_trust_load(t, o->store, &sum, why);
    if (r < 0)
        return r;
    const bool check = strcmp(args[0], "check") == 0;
    r = show(t, check, o->json, now_utc_us);
    if (check)
        r += show_crls(t, now_utc_us) + (int)sum.left_out;
    return check && r > 0 ? 1 : 0;
}

static bool known(const char *verb, int n_args)
{
    if (strcmp(verb, "add") == 0)
        return n_args >= 2;
    return (strcmp(verb, "list") == 0 || strcmp(verb, "check") == 0) && n_args == 1;
}

int lw_cmd_doc_trust(int argc, char **argv)
{
    struct trust_opts o = {.store = getenv("LANEWISE_TRUST")};
    struct lw_why why;
    const char *place = NULL;
    int64_t now_utc_us = 0;
    int n_args = 0;
    int r = lw_opts_parse(&usage, table, LW_COUNT(table), &o, argc, argv, &n_args);
    if (r != LW_OK)
        return r == LW_OPTS_HELP ? LW_EXIT_OK : LW_EXIT_FAULT;
    if (!known(argv[1], n_args) || !o.store || !o.store[0]) {
        fprintf(stderr, "lanewise doc trust: usage: %s\n", usage.synopsis);
        return LW_EXIT_FAULT;
    }
    if (lw_doc_date(o.date, "doc trust", &now_utc_us) < 0)
        return LW_EXIT_FAULT;
    r = run(&o, argv + 1, n_args, now_utc_us, &place, &why);
    if (r < 0)
        return lw_app_fault(place, &why);
    return r == 0 ? LW_EXIT_OK : LW_EXIT_NEGATIVE;
}
