#include "passport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "doc/mrz.h"

#define SPECIMEN                                                                                   \
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10"

enum { DS_SERIAL = 200 }; /* above 127, so that its INTEGER has a leading zero */

const struct mkp_fault mkp_faults[] = {
    {"dg1_changed", "DG1 names another person than the one that was signed"},
    {"dg2_changed", "a byte of the portrait was changed after signing"},
    {"dg_added", "DG12 was added after signing"},
    {"dg_missing", "DG1 was signed and is not there"},
    {"dg3_missing", "DG3 was signed and is not there, as usual"},
    {"com_names_more", "EF.COM names DG11, which nobody signed"},
    {"no_sod", "there is no EF.SOD"},
    {"sod_cut", "EF.SOD ends in its middle"},
    {"sod_longer", "a byte stands behind EF.SOD"},
    {"version", "SignedData has version 4"},
    {"content_type", "the signed content type is another one"},
    {"message_digest", "the content has another digest than the signed one"},
    {"signature", "the last byte of the signature was changed"},
    {"no_attributes", "nothing but the content is signed"},
    {"no_signer_cert", "the signer's certificate is not in EF.SOD"},
    {"extra_cert", "a certificate that nobody needs is in EF.SOD"},
    {"second_signer", "another signer of the authority signed too, rightly"},
    {"second_signature", "another signer signed too, and its signature was changed"},
    {"second_unknown", "somebody signed too whom no authority certified"},
    {"extra_digest", "a digest algorithm is announced and not used"},
    {"unsigned_attributes", "the signer added attributes that are not signed"},
    {"crls", "revocation lists are in EF.SOD"},
    {"other_content", "the content type is no LDS security object"},
    {"ds_expired", "the signer was no longer valid when it signed"},
    {"csca_expired", "the authority was no longer valid when its signer signed"},
    {"ds_revoked", "the signer is on the authority's revocation list"},
    {"crl_stale", "the revocation list was to be replaced before now"},
    {"ds_other_key", "another key of the authority's name certified the signer"},
    {"ds_key_usage", "the signer's certificate is an authority's"},
    {"ds_other_purpose", "the signer's certificate is for master lists"},
    {"country", "the certificates are of another state than the MRZ"},
    {"record_length", "the lengths in the face record are some bytes off"},
    {"picture_size", "the face record says another size than the picture has"},
    {"picture_cut", "the portrait ends in its middle"},
    {"picture_unknown", "the portrait is neither JPEG nor JPEG 2000"},
    {"dg1_format", "DG1 has a MRZ of 87 characters"},
    {"dg14_format", "DG14 is cut, and signed so (with --full)"},
    {"card_security_changed", "a byte of EF.CardSecurity was changed (with --full)"},
    {"card_security_cut", "EF.CardSecurity ends in its middle (with --full)"},
    {"card_security_type", "EF.CardSecurity holds something else (with --full)"},
    {"card_security_signer", "nobody certified the signer of EF.CardSecurity (with --full)"},
};
const size_t mkp_faults_n = LW_COUNT(mkp_faults);

static bool known(const char *fault)
{
    for (size_t i = 0; fault && i < mkp_faults_n; i++)
        if (strcmp(fault, mkp_faults[i].name) == 0)
            return true;
    return !fault;
}

/* One document in the making. */
struct work {
    struct mkp_passport *p;
    struct mkp_opts o;
    int64_t now_utc_us;
};

static bool is(const struct work *w, const char *fault)
{
    return w->o.fault && strcmp(w->o.fault, fault) == 0;
}

static int64_t years(const struct work *w, int n)
{
    return w->now_utc_us + (int64_t)n * 365 * 86400 * 1000000;
}

static struct mkp_opts with_defaults(const struct mkp_opts *opts)
{
    struct mkp_opts o = *opts;
    if (!o.csca_key)
        o.csca_key = "prime256v1";
    if (!o.ds_key)
        o.ds_key = "prime256v1";
    if (!o.csca_scheme.hash)
        o.csca_scheme.hash = LW_HASH_SHA256;
    if (!o.country)
        o.country = "UT";
    if (!o.mrz)
        o.mrz = SPECIMEN;
    return o;
}

static int make_keys(struct work *w)
{
    w->p->csca_key = mkp_key(w->o.csca_key);
    w->p->ds_key = mkp_key(w->o.ds_key);
    return w->p->csca_key && w->p->ds_key ? LW_OK : LW_EINVAL;
}

static int make_csca(struct work *w)
{
    const struct mkp_cert_opts o = {
        .common_name = "CSCA-UTOPIA",
        .country = is(w, "country") ? "XA" : w->o.country,
        .not_before_utc_us = years(w, -9),
        .not_after_utc_us = years(w, is(w, "csca_expired") ? -1 : 9),
        .serial = 1,
        .ca = true,
        .explicit_parameters = w->o.explicit_parameters,
    };
    w->p->csca_cert = mkp_cert(&o, w->p->csca_key, NULL, w->p->csca_key, &w->o.csca_scheme);
    return w->p->csca_cert ? mkp_cert_der(&w->p->csca, w->p->csca_cert) : LW_ECRYPTO;
}

static int make_ds(struct work *w)
{
    const struct mkp_cert_opts o = {
        .common_name = "DS-UTOPIA-1",
        .country = is(w, "country") ? "XA" : w->o.country,
        .not_before_utc_us = years(w, -2),
        .not_after_utc_us = years(w, is(w, "ds_expired") ? -1 : 8),
        .serial = DS_SERIAL,
        .ca = is(w, "ds_key_usage"),
        .master_list_signer = is(w, "ds_other_purpose"),
        .explicit_parameters = w->o.explicit_parameters,
    };
    EVP_PKEY *other = is(w, "ds_other_key") ? mkp_key(w->o.csca_key) : NULL;
    w->p->ds_cert = mkp_cert(&o, w->p->ds_key, w->p->csca_cert, other ? other : w->p->csca_key,
                             &w->o.csca_scheme);
    EVP_PKEY_free(other);
    return w->p->ds_cert ? mkp_cert_der(&w->p->ds, w->p->ds_cert) : LW_ECRYPTO;
}

/* Certified by the authority, or by itself. */
static int make_second(struct work *w)
{
    struct mkp_passport *p = w->p;
    const bool unknown = is(w, "second_unknown");
    const struct mkp_cert_opts o = {
        .common_name = unknown ? "DS-NOWHERE" : "DS-UTOPIA-2",
        .country = w->o.country,
        .not_before_utc_us = years(w, -2),
        .not_after_utc_us = years(w, 8),
        .serial = DS_SERIAL + 1,
        .explicit_parameters = w->o.explicit_parameters,
    };
    if (!unknown && !is(w, "second_signer") && !is(w, "second_signature"))
        return LW_OK;
    p->second_key = mkp_key(w->o.ds_key);
    p->second_cert = mkp_cert(&o, p->second_key, unknown ? NULL : p->csca_cert,
                              unknown ? p->second_key : p->csca_key,
                              unknown ? &w->o.sod.scheme : &w->o.csca_scheme);
    return p->second_cert ? LW_OK : LW_ECRYPTO;
}

static int make_crl(struct work *w)
{
    const int64_t next =
        is(w, "crl_stale") ? w->now_utc_us - (int64_t)86400 * 1000000 : years(w, 1);
    return mkp_crl_der(&w->p->crl, w->p->csca_cert, w->p->csca_key,
                       is(w, "ds_revoked") ? DS_SERIAL : 0, years(w, -1), next);
}

static int put(struct work *w, enum lw_lds_id ef, struct lw_strbuf *b)
{
    int r = lw_strbuf_err(b);
    if (r == LW_OK)
        r = lw_lds_put(w->p->lds, ef, lw_strbuf_span(b));
    lw_strbuf_clear(b);
    return r;
}

static int put_dg1(struct work *w, const char *mrz)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    char short_mrz[88];
    if (is(w, "dg1_format")) {
        snprintf(short_mrz, sizeof(short_mrz), "%.87s", mrz);
        mrz = short_mrz;
    }
    mkp_dg1(&b, mrz);
    return put(w, LW_LDS_DG1, &b);
}

static int put_dg2(struct work *w)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct mkp_face f = w->o.face;
    if (is(w, "picture_size"))
        f.width = f.height = 9999;
    if (is(w, "picture_cut"))
        f.picture.n /= 2;
    if (is(w, "picture_unknown"))
        f.picture = (struct lw_span){(const uint8_t *)"GIF89a", 6};
    mkp_dg2(&b, w->o.record, &f, 1);
    if (is(w, "record_length")) {
        const char *record = memmem(b.s, b.n, "FAC\0", 4);
        if (record)
            b.s[(size_t)(record - b.s) + 11] ^= 8;
    }
    return put(w, LW_LDS_DG2, &b);
}

static int put_card_security(struct work *w)
{
    LW_AUTO_STRBUF infos = LW_STRBUF_INIT;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    const struct mkp_scheme scheme = {.hash = LW_HASH_SHA256};
    const struct mkp_sod_opts o = {.signing_time_utc_us = years(w, 0), .scheme = w->o.sod.scheme};
    const struct mkp_cert_opts stranger = {.common_name = "DS-UTOPIA-9",
                                           .country = w->o.country,
                                           .not_before_utc_us = years(w, -2),
                                           .not_after_utc_us = years(w, 8),
                                           .serial = 9};
    X509 *self = mkp_cert(&stranger, w->p->ds_key, NULL, w->p->ds_key, &scheme);
    EVP_PKEY *key = mkp_key("brainpoolP256r1");
    mkp_cam_infos(&infos, key);
    EVP_PKEY_free(key);
    int r = is(w, "card_security_type")
                ? mkp_signed_data(&b, lw_strbuf_span(&infos), w->p->ds_cert, w->p->ds_key, &o)
                : mkp_card_security(&b, lw_strbuf_span(&infos),
                                    is(w, "card_security_signer") ? self : w->p->ds_cert,
                                    w->p->ds_key, &o);
    X509_free(self);
    if (r < 0)
        return r;
    const char *key_at = memmem(b.s, b.n, "\x30\x12\x06\x0a\x04", 5);
    if (is(w, "card_security_changed") && key_at)
        b.s[(size_t)(key_at - b.s) + 14] ^= 1;
    if (is(w, "card_security_cut"))
        b.n /= 2;
    return put(w, LW_LDS_CARD_SECURITY, &b);
}

static int put_others(struct work *w)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    int r;
    mkp_dg7(&b, w->o.face.picture);
    if ((r = put(w, LW_LDS_DG7, &b)) < 0)
        return r;
    mkp_dg11(&b, "ERIKSSON<<ANNA<MARIA", "SMITH<<ANNA");
    if ((r = put(w, LW_LDS_DG11, &b)) < 0)
        return r;
    mkp_dg12(&b, "UTOPIA<PASSPORT<OFFICE", "20200131");
    if ((r = put(w, LW_LDS_DG12, &b)) < 0)
        return r;
    mkp_dg14(&b, w->p->ds_key);
    if (is(w, "dg14_format"))
        b.n -= 3;
    if ((r = put(w, LW_LDS_DG14, &b)) < 0)
        return r;
    mkp_dg15(&b, w->p->ds_key);
    if ((r = put(w, LW_LDS_DG15, &b)) < 0)
        return r;
    mkp_card_access(&b);
    r = put(w, LW_LDS_CARD_ACCESS, &b);
    return r < 0 ? r : put_card_security(w);
}

static int put_com(struct work *w)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    uint32_t groups = is(w, "com_names_more") ? 1u << LW_LDS_DG11 : 0;
    for (int g = LW_LDS_DG1; g <= LW_LDS_DG16; g++)
        if (w->p->lds->files[g].data)
            groups |= 1u << g;
    mkp_com(&b, groups);
    return put(w, LW_LDS_COM, &b);
}

static int make_files(struct work *w)
{
    int r = put_dg1(w, w->o.mrz);
    if (r < 0 || (r = put_dg2(w)) < 0 || (w->o.full && (r = put_others(w)) < 0))
        return r;
    if (is(w, "dg3_missing") &&
        (r = lw_lds_put(w->p->lds, LW_LDS_DG3, (struct lw_span){(const uint8_t *)"\x63\x00", 2})) <
            0)
        return r;
    return put_com(w);
}

static int make_sod(struct work *w)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct mkp_sod_opts o = w->o.sod;
    if (!o.signing_time_utc_us)
        o.signing_time_utc_us = years(w, 0);
    if (is(w, "version"))
        o.version = 4;
    if (is(w, "content_type"))
        o.signed_content_type = "1.2.3.4.5";
    if (is(w, "other_content"))
        o.content_type = "2.23.136.1.1.2";
    o.wrong_message_digest |= is(w, "message_digest");
    o.wrong_signature |= is(w, "signature");
    o.no_attributes |= is(w, "no_attributes");
    o.no_signer_cert |= is(w, "no_signer_cert");
    o.unsigned_attributes |= is(w, "unsigned_attributes");
    o.crls |= is(w, "crls");
    if (is(w, "extra_cert"))
        o.extra_cert = lw_strbuf_span(&w->p->ds);
    o.second = w->p->second_cert;
    o.second_key = w->p->second_key;
    o.wrong_second = is(w, "second_signature");
    if (is(w, "extra_digest"))
        o.extra_digest_algorithm = LW_HASH_SHA512;
    int r = mkp_sod(&b, w->p->lds, w->p->ds_cert, w->p->ds_key, &o);
    if (r < 0)
        return r;
    if (is(w, "sod_cut"))
        b.n /= 2;
    if (is(w, "sod_longer"))
        lw_strbuf_putc(&b, 0);
    return put(w, LW_LDS_SOD, &b);
}

static void drop(struct lw_lds *lds, enum lw_lds_id ef)
{
    free(lds->held[ef]);
    lds->held[ef] = NULL;
    lds->files[ef] = (struct lw_span){NULL, 0};
}

/* Faults that come after signing. */
static int spoil(struct work *w)
{
    struct lw_lds *lds = w->p->lds;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    if (is(w, "dg1_changed")) {
        mkp_dg1(&b, "P<UTOERIKSSON<<BETA<MARIA<<<<<<<<<<<<<<<<<<<"
                    "L898902C36UTO7408122F1204159ZE184226B<<<<<10");
        return put(w, LW_LDS_DG1, &b);
    }
    if (is(w, "dg2_changed"))
        ((uint8_t *)lds->held[LW_LDS_DG2])[lds->files[LW_LDS_DG2].n - 20] ^= 1;
    if (is(w, "dg_added")) {
        mkp_dg12(&b, "NOBODY", "20200131");
        return put(w, LW_LDS_DG12, &b);
    }
    if (is(w, "dg_missing"))
        drop(lds, LW_LDS_DG1);
    if (is(w, "dg3_missing"))
        drop(lds, LW_LDS_DG3);
    if (is(w, "no_sod"))
        drop(lds, LW_LDS_SOD);
    return LW_OK;
}

int mkp_make(struct mkp_passport *out, const struct mkp_opts *opts)
{
    struct work w = {.p = out, .o = with_defaults(opts), .now_utc_us = lw_now_utc_us()};
    *out = (struct mkp_passport){.lds = NULL};
    if (!known(opts->fault) || lw_lds_new(&out->lds) < 0)
        return LW_EINVAL;
    int r = make_keys(&w);
    if (r < 0 || (r = make_csca(&w)) < 0 || (r = make_ds(&w)) < 0 || (r = make_second(&w)) < 0 ||
        (r = make_crl(&w)) < 0 || (r = make_files(&w)) < 0 || (r = make_sod(&w)) < 0 ||
        (r = spoil(&w)) < 0)
        mkp_clear(out);
    return r;
}

void mkp_clear(struct mkp_passport *p)
{
    lw_lds_free(&p->lds);
    lw_strbuf_clear(&p->csca);
    lw_strbuf_clear(&p->ds);
    lw_strbuf_clear(&p->crl);
    X509_free(p->csca_cert);
    X509_free(p->ds_cert);
    X509_free(p->second_cert);
    EVP_PKEY_free(p->csca_key);
    EVP_PKEY_free(p->ds_key);
    EVP_PKEY_free(p->second_key);
    *p = (struct mkp_passport){.lds = NULL};
}

static int write_one(const char *dir, const char *name, struct lw_span bytes, struct lw_why *why)
{
    LW_AUTO_MEM(char) path = NULL;
    int r = lw_path_join(dir, name, &path, why);
    return r < 0 ? r : lw_file_write(path, bytes, why);
}

int mkp_write(const struct mkp_passport *p, const char *dir, const char *trust_dir,
              struct lw_why *why)
{
    int r = lw_dir_make(dir, why);
    for (int i = LW_LDS_DG1; r == LW_OK && i < LW_LDS_COUNT; i++)
        if (p->lds->files[i].data)
            r = write_one(dir, lw_lds_info((enum lw_lds_id)i)->file_name, p->lds->files[i], why);
    if (r < 0 || !trust_dir || (r = lw_dir_make(trust_dir, why)) < 0)
        return r;
    if ((r = write_one(trust_dir, "csca.cer", lw_strbuf_span(&p->csca), why)) < 0)
        return r;
    return write_one(trust_dir, "csca.crl", lw_strbuf_span(&p->crl), why);
}
