/* mkpassport: a folder of chip files for tests, and the authority that vouches for it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/opts.h"
#include "base/file.h"
#include "img/codec.h"
#include "passport.h"

struct opts {
    const char *out, *trust, *portrait, *record, *csca_key, *ds_key, *hash, *group_hash;
    const char *country, *mrz, *content_type, *fault;
    bool pss, explicit_parameters, full, indefinite, by_key_id, version_1, faults;
};

#define TEXT(n, f, a, h)                                                                           \
    {                                                                                              \
        n, LW_OPT_STRING, offsetof(struct opts, f), a, 0, 0, h                                     \
    }
#define FLAG(n, f, h)                                                                              \
    {                                                                                              \
        n, LW_OPT_FLAG, offsetof(struct opts, f), NULL, 0, 0, h                                    \
    }

static const struct lw_opt table[] = {
    TEXT("out", out, "DIR", "Write the files there (needed)."),
    TEXT("trust", trust, "DIR", "Write csca.cer and csca.crl there (default: nowhere)."),
    TEXT("portrait", portrait, "FILE", "A JPEG or JPEG 2000 picture (needed)."),
    TEXT("record", record, "NAME", "2005, 2011 or 39794 (default 2005)."),
    TEXT("csca-key", csca_key, "KEY", "rsa2048, prime256v1, brainpoolP384r1, ... (prime256v1)."),
    TEXT("ds-key", ds_key, "KEY", "The same of the document signer (prime256v1)."),
    TEXT("hash", hash, "NAME", "sha1, sha224, sha256, sha384, sha512: of signatures (sha256)."),
    TEXT("group-hash", group_hash, "NAME", "The same of data groups (sha256)."),
    TEXT("country", country, "CC", "Of the certificates (default UT)."),
    TEXT("mrz", mrz, "TEXT", "Without line ends (default: the specimen of Doc 9303-4)."),
    TEXT("content-type", content_type, "OID", "Of the security object (2.23.136.1.1.1)."),
    TEXT("fault", fault, "NAME", "Make one thing wrong; --faults lists them."),
    FLAG("pss", pss, "Sign with RSA-PSS."),
    FLAG("explicit-parameters", explicit_parameters, "Spell the curves out in certificates."),
    FLAG("full", full, "DG7, DG11, DG12, DG14, DG15 and EF.CardAccess too."),
    FLAG("indefinite", indefinite, "BER with indefinite lengths."),
    FLAG("by-key-id", by_key_id, "Name the signer by its key identifier."),
    FLAG("version-1", version_1, "LDS security object of version 1."),
    FLAG("faults", faults, "List the faults and end."),
};

static const struct lw_usage usage = {
    .command = "mkpassport",
    .synopsis = "mkpassport --out DIR --portrait FILE [OPTION]...",
    .about = "Make the chip files of a test document of Utopia, right or with one fault.",
    .exit_codes = "  0  done\n  2  something cannot be read, made or written",
};

static enum lw_hash hash_of(const char *name)
{
    static const char *const names[] = {"", "sha1", "sha224", "sha256", "sha384", "sha512"};
    for (size_t i = 1; name && i < LW_COUNT(names); i++)
        if (strcmp(name, names[i]) == 0)
            return (enum lw_hash)i;
    return LW_HASH_NONE;
}

static int complain(const char *place, const char *text)
{
    fprintf(stderr, "mkpassport: %s: %s\n", place, text);
    return 2;
}

static int make(const struct opts *o, struct lw_span portrait)
{
    struct mkp_passport p;
    struct lw_image_info info = {.width = 0};
    struct lw_why why;
    if (lw_image_probe(&info, portrait, NULL, &why) < 0)
        return complain(o->portrait, why.text);
    const struct mkp_opts m = {
        .csca_key = o->csca_key,
        .ds_key = o->ds_key,
        .csca_scheme = {.hash = hash_of(o->hash), .pss = o->pss},
        .explicit_parameters = o->explicit_parameters,
        .country = o->country,
        .mrz = o->mrz,
        .record = o->record && strcmp(o->record, "39794") == 0  ? MKP_39794
                  : o->record && strcmp(o->record, "2011") == 0 ? MKP_19794_2011
                                                                : MKP_19794_2005,
        .face = {.picture = portrait, .width = info.width, .height = info.height},
        .full = o->full,
        .sod = {.content_type = o->content_type,
                .group_hash = hash_of(o->group_hash),
                .lds_version = o->version_1,
                .by_key_id = o->by_key_id,
                .indefinite = o->indefinite,
                .scheme = {.hash = hash_of(o->hash), .pss = o->pss}},
        .fault = o->fault,
    };
    if (mkp_make(&p, &m) < 0)
        return complain(o->out, "a key, hash or fault that is not known");
    int r = mkp_write(&p, o->out, o->trust, &why);
    mkp_clear(&p);
    return r < 0 ? complain(o->out, why.text) : 0;
}

int main(int argc, char **argv)
{
    struct opts o = {0};
    struct lw_why why;
    LW_AUTO_MEM(uint8_t) data = NULL;
    size_t n = 0;
    int n_args = 0;
    int r = lw_opts_parse(&usage, table, LW_COUNT(table), &o, argc, argv, &n_args);
    if (r != LW_OK)
        return r == LW_OPTS_HELP ? 0 : 2;
    if (o.faults) {
        for (size_t i = 0; i < mkp_faults_n; i++)
            printf("%-22s %s\n", mkp_faults[i].name, mkp_faults[i].what);
        return 0;
    }
    if (!o.out || !o.portrait)
        return complain("--out and --portrait", "are needed");
    if (lw_file_read(o.portrait, 4 * LW_MIB, &data, &n, &why) < 0)
        return complain(o.portrait, why.text);
    return make(&o, (struct lw_span){data, n});
}
