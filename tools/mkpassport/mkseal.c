/* mkseal: a visible digital seal for tests, and the authority that vouches for it. */
#include <stdio.h>
#include <string.h>

#include "app/opts.h"
#include "seal.h"

struct opts {
    const char *out, *trust, *kind, *key, *fault;
    int64_t version;
    bool faults;
};

static const struct lw_opt table[] = {
    {"out", LW_OPT_STRING, offsetof(struct opts, out), "DIR", 0, 0,
     "Write seal.bin and mrz.txt there (needed)."},
    {"trust", LW_OPT_STRING, offsetof(struct opts, trust), "DIR", 0, 0,
     "Write csca.cer, signer.cer and csca.crl there (default: nowhere)."},
    {"kind", LW_OPT_STRING, offsetof(struct opts, kind), "NAME", 0, 0,
     "visa-a, visa-b or etd (default visa-a)."},
    {"version", LW_OPT_INT, offsetof(struct opts, version), "N", 3, 4,
     "Of the header (default 4)."},
    {"key", LW_OPT_STRING, offsetof(struct opts, key), "CURVE", 0, 0,
     "Of the signer (default brainpoolP256r1)."},
    {"fault", LW_OPT_STRING, offsetof(struct opts, fault), "NAME", 0, 0,
     "Make one thing wrong; --faults lists them."},
    {"faults", LW_OPT_FLAG, offsetof(struct opts, faults), NULL, 0, 0, "List the faults and end."},
};

static const struct lw_usage usage = {
    .command = "mkseal",
    .synopsis = "mkseal --out DIR [OPTION]...",
    .about = "Make a visible digital seal of Utopia, right or with one fault.",
    .exit_codes = "  0  done\n  2  something cannot be made or written",
};

static int complain(const char *place, const char *text)
{
    fprintf(stderr, "mkseal: %s: %s\n", place, text);
    return 2;
}

static bool kind_of(const char *name, enum mks_kind *kind)
{
    static const char *const names[] = {"visa-a", "visa-b", "etd"};
    for (size_t i = 0; i < LW_COUNT(names); i++)
        if (strcmp(name, names[i]) == 0) {
            *kind = (enum mks_kind)i;
            return true;
        }
    return false;
}

int main(int argc, char **argv)
{
    struct opts o = {.kind = "visa-a", .version = 4};
    struct mks_seal s;
    struct mks_opts m;
    struct lw_why why;
    int n_args = 0;
    int r = lw_opts_parse(&usage, table, LW_COUNT(table), &o, argc, argv, &n_args);
    if (r != LW_OK)
        return r == LW_OPTS_HELP ? 0 : 2;
    if (o.faults) {
        for (size_t i = 0; i < mks_faults_n; i++)
            printf("%-18s %s\n", mks_faults[i].name, mks_faults[i].what);
        return 0;
    }
    if (!o.out)
        return complain("--out", "is needed");
    m = (struct mks_opts){.version = (int)o.version, .key = o.key, .fault = o.fault};
    if (!kind_of(o.kind, &m.kind) || mks_make(&s, &m) < 0)
        return complain(o.out, "a kind, key or fault that is not known");
    r = mks_write(&s, o.out, o.trust, &why);
    mks_clear(&s);
    return r < 0 ? complain(o.out, why.text) : 0;
}
