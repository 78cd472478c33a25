#include "picture.h"

#include <openssl/cms.h>

#include "base/clock.h"
#include "doc/country.h"
#include "doc/pa.h"
#include "doc/sod.h"
#include "passport.h"

static struct picture jpeg;

static int make_picture(void **state)
{
    LW_UNUSED(state);
    jpeg = picture_jpeg(24, 32);
    return 0;
}

static int free_picture(void **state)
{
    LW_UNUSED(state);
    free(jpeg.data);
    return 0;
}

static struct mkp_passport make(const struct mkp_opts *opts)
{
    struct mkp_passport p;
    struct mkp_opts o = *opts;
    o.face = (struct mkp_face){.picture = picture_span(&jpeg), .width = 24, .height = 32};
    CHECK(mkp_make(&p, &o) == LW_OK);
    return p;
}

static struct lw_trust *trust_of(const struct mkp_passport *p, bool crl)
{
    struct lw_trust *t = NULL;
    struct lw_trust_sum sum = {0};
    CHECK(lw_trust_new(&t) == LW_OK);
    CHECK(lw_trust_add(t, lw_strbuf_span(&p->csca), "csca.cer", &sum, NULL) == LW_OK);
    if (crl)
        CHECK(lw_trust_add(t, lw_strbuf_span(&p->crl), "csca.crl", &sum, NULL) == LW_OK);
    CHECK(sum.authorities == 1 && sum.crls == crl);
    return t;
}

static struct lw_pa run(const struct mkp_passport *p, const struct lw_trust *t)
{
    struct lw_pa pa;
    CHECK(lw_pa_run(&pa, p->lds, t, lw_now_utc_us(), NULL) == LW_OK);
    return pa;
}

static struct lw_pa made_and_run(const struct mkp_opts *opts)
{
    struct mkp_passport p = make(opts);
    struct lw_trust *t = trust_of(&p, true);
    const struct lw_pa pa = run(&p, t);
    lw_trust_free(&t);
    mkp_clear(&p);
    return pa;
}

static bool found(const struct lw_pa *pa, const char *where, const char *rule)
{
    for (size_t i = 0; i < pa->n_findings; i++)
        if (strcmp(pa->findings[i].where, where) == 0 && strcmp(pa->findings[i].rule, rule) == 0)
            return true;
    return false;
}

static void a_right_document_is_valid_without_a_word(void **state)
{
    LW_UNUSED(state);
    const struct lw_pa pa = made_and_run(&(struct mkp_opts){.full = true});
    CHECK(pa.verdict == LW_PA_VALID && pa.n_findings == 0);
    CHECK(pa.signature == LW_PA_SIGNATURE_VALID && pa.chain == LW_PA_CHAIN_VALID);
    static const int groups[] = {1, 2, 7, 11, 12, 14, 15};
    for (size_t i = 0; i < LW_COUNT(groups); i++)
        CHECK(pa.groups[groups[i]] == LW_PA_MATCHES);
    CHECK(pa.groups[3] == LW_PA_UNNAMED && pa.has_signing_time);
    assert_string_equal(pa.signer_country, "UT");
}

/* What each deliberate fault leads to. */
static const struct expectation {
    const char *fault;
    enum lw_pa_verdict verdict;
    enum lw_pa_signature signature;
    enum lw_pa_chain chain;
    const char *where, *rule; /* NULL: nothing to find */
} expectations[] = {
#define SIG(x) LW_PA_SIGNATURE_##x
#define CHAIN(x) LW_PA_CHAIN_##x
    {"dg1_changed", LW_PA_NOT_VALID, SIG(VALID), CHAIN(VALID), "DG1", "digest"},
    {"dg2_changed", LW_PA_NOT_VALID, SIG(VALID), CHAIN(VALID), "DG2", "digest"},
    {"dg_added", LW_PA_NOT_VALID, SIG(VALID), CHAIN(VALID), "DG12", "not_covered"},
    {"dg_missing", LW_PA_NOT_VALID, SIG(VALID), CHAIN(VALID), "DG1", "absent"},
    {"dg3_missing", LW_PA_VALID, SIG(VALID), CHAIN(VALID), NULL, NULL},
    {"com_names_more", LW_PA_NOT_VALID, SIG(VALID), CHAIN(VALID), "DG11", "absent"},
    {"no_sod", LW_PA_NOT_VALID, SIG(MISSING), CHAIN(NO_TRUST), "EF_SOD", "absent"},
    {"sod_cut", LW_PA_UNREADABLE, SIG(INVALID), CHAIN(NO_TRUST), "EF_SOD", "format"},
    {"sod_longer", LW_PA_UNREADABLE, SIG(INVALID), CHAIN(NO_TRUST), "EF_SOD", "format"},
    {"version", LW_PA_NOT_VALID, SIG(INVALID), CHAIN(VALID), "EF_SOD", "signature"},
    {"content_type", LW_PA_NOT_VALID, SIG(INVALID), CHAIN(VALID), "EF_SOD", "signature"},
    {"message_digest", LW_PA_NOT_VALID, SIG(INVALID), CHAIN(VALID), "EF_SOD", "signature"},
    {"signature", LW_PA_NOT_VALID, SIG(INVALID), CHAIN(VALID), "EF_SOD", "signature"},
    {"no_attributes", LW_PA_NOT_VALID, SIG(INVALID), CHAIN(VALID), "EF_SOD", "signature"},
    {"no_signer_cert", LW_PA_NOT_VALID, SIG(INVALID), CHAIN(NO_TRUST), "EF_SOD", "signature"},
    {"extra_cert", LW_PA_VALID, SIG(VALID), CHAIN(VALID), "EF_SOD", "uncovered"},
    {"second_signer", LW_PA_VALID, SIG(VALID), CHAIN(VALID), NULL, NULL},
    {"second_signature", LW_PA_NOT_VALID, SIG(INVALID), CHAIN(VALID), "EF_SOD", "signature"},
    {"second_unknown", LW_PA_NO_TRUST, SIG(VALID), CHAIN(NO_TRUST), "EF_SOD", "trust"},
    {"extra_digest", LW_PA_VALID, SIG(VALID), CHAIN(VALID), "EF_SOD", "uncovered"},
    {"unsigned_attributes", LW_PA_VALID, SIG(VALID), CHAIN(VALID), "EF_SOD", "uncovered"},
    {"crls", LW_PA_VALID, SIG(VALID), CHAIN(VALID), "EF_SOD", "uncovered"},
    {"other_content", LW_PA_UNREADABLE, SIG(INVALID), CHAIN(NO_TRUST), "EF_SOD", "format"},
    {"ds_expired", LW_PA_NOT_VALID, SIG(VALID), CHAIN(EXPIRED), "EF_SOD", "validity"},
    {"csca_expired", LW_PA_NOT_VALID, SIG(VALID), CHAIN(EXPIRED), "EF_SOD", "validity"},
    {"ds_revoked", LW_PA_NOT_VALID, SIG(VALID), CHAIN(REVOKED), "EF_SOD", "revoked"},
    {"crl_stale", LW_PA_VALID, SIG(VALID), CHAIN(VALID), "EF_SOD", "stale_crl"},
    {"ds_other_key", LW_PA_NOT_VALID, SIG(VALID), CHAIN(INVALID), "EF_SOD", "chain"},
    {"ds_key_usage", LW_PA_NOT_VALID, SIG(VALID), CHAIN(INVALID), "EF_SOD", "signer"},
    {"ds_other_purpose", LW_PA_NOT_VALID, SIG(VALID), CHAIN(INVALID), "EF_SOD", "signer"},
    {"country", LW_PA_NOT_VALID, SIG(VALID), CHAIN(VALID), "EF_SOD", "country"},
#undef SIG
#undef CHAIN
};

static void each_fault_has_its_verdict_and_its_finding(void **state)
{
    LW_UNUSED(state);
    for (size_t i = 0; i < LW_COUNT(expectations); i++) {
        const struct expectation *e = &expectations[i];
        const struct lw_pa pa = made_and_run(&(struct mkp_opts){.fault = e->fault});
        if (pa.verdict != e->verdict || pa.signature != e->signature || pa.chain != e->chain)
            print_message("%s: %s, %s, %s\n", e->fault, lw_pa_verdict_name(pa.verdict),
                          lw_pa_signature_name(pa.signature), lw_pa_chain_name(pa.chain));
        CHECK(pa.verdict == e->verdict && pa.signature == e->signature && pa.chain == e->chain);
        CHECK(e->where ? found(&pa, e->where, e->rule) : pa.n_findings == 0);
    }
}

/* Keys, hashes, paddings, encodings and content types that documents of the world have. */
static void every_algorithm_of_part_12_is_understood(void **state)
{
    LW_UNUSED(state);
    static const struct {
        const char *csca, *ds;
        struct mkp_scheme csca_scheme, ds_scheme;
        bool explicit_parameters;
    } cases[] = {
        {"rsa2048", "rsa2048", {.hash = LW_HASH_SHA256}, {.hash = LW_HASH_SHA1}, false},
        {"rsa2048", "rsa2048", {.hash = LW_HASH_SHA512}, {.hash = LW_HASH_SHA224}, false},
        {"rsa2048",
         "rsa2048",
         {.hash = LW_HASH_SHA256, .pss = true},
         {.hash = LW_HASH_SHA256, .pss = true},
         false},
        {"rsapss2048",
         "rsa2048",
         {.hash = LW_HASH_SHA384, .pss = true},
         {.hash = LW_HASH_SHA512, .pss = true},
         false},
        {"rsa2048",
         "rsa2048",
         {.hash = LW_HASH_SHA256},
         {.hash = LW_HASH_SHA256, .plain_rsa_identifier = true},
         false},
        {"prime256v1",
         "prime256v1",
         {.hash = LW_HASH_SHA256},
         {.hash = LW_HASH_SHA256, .null_parameters = true},
         false},
        {"prime256v1", "prime256v1", {.hash = LW_HASH_SHA1}, {.hash = LW_HASH_SHA1}, true},
        {"secp384r1", "secp224r1", {.hash = LW_HASH_SHA384}, {.hash = LW_HASH_SHA224}, true},
        {"secp521r1", "secp384r1", {.hash = LW_HASH_SHA512}, {.hash = LW_HASH_SHA384}, true},
        {"brainpoolP256r1",
         "brainpoolP224r1",
         {.hash = LW_HASH_SHA256},
         {.hash = LW_HASH_SHA224},
         true},
        {"brainpoolP384r1",
         "brainpoolP256r1",
         {.hash = LW_HASH_SHA384},
         {.hash = LW_HASH_SHA256},
         false},
        {"brainpoolP512r1",
         "brainpoolP512r1",
         {.hash = LW_HASH_SHA512},
         {.hash = LW_HASH_SHA512},
         true},
    };
    for (size_t i = 0; i < LW_COUNT(cases); i++) {
        const struct lw_pa pa =
            made_and_run(&(struct mkp_opts){.csca_key = cases[i].csca,
                                            .ds_key = cases[i].ds,
                                            .csca_scheme = cases[i].csca_scheme,
                                            .explicit_parameters = cases[i].explicit_parameters,
                                            .sod = {.group_hash = (enum lw_hash)(1 + i % 5),
                                                    .lds_version = i % 2,
                                                    .by_key_id = i % 3 == 0,
                                                    .indefinite = i % 4 == 0,
                                                    .scheme = cases[i].ds_scheme}});
        if (pa.verdict != LW_PA_VALID || pa.n_findings)
            print_message("%s, %s: %s %s\n", cases[i].csca, cases[i].ds,
                          lw_pa_verdict_name(pa.verdict), pa.n_findings ? pa.findings[0].text : "");
        CHECK(pa.verdict == LW_PA_VALID && pa.n_findings == 0);
    }
}

static void keys_of_the_chip_are_signed_too(void **state)
{
    LW_UNUSED(state);
    static const struct {
        const char *fault;
        enum lw_pa_verdict verdict, card_security;
        const char *rule;
    } cases[] = {
        {NULL, LW_PA_VALID, LW_PA_VALID, NULL},
        {"card_security_changed", LW_PA_NOT_VALID, LW_PA_NOT_VALID, "signature"},
        {"card_security_cut", LW_PA_NOT_VALID, LW_PA_UNREADABLE, "format"},
        {"card_security_type", LW_PA_NOT_VALID, LW_PA_UNREADABLE, "format"},
        {"card_security_signer", LW_PA_NOT_VALID, LW_PA_NO_TRUST, "trust"},
        {"ds_revoked", LW_PA_NOT_VALID, LW_PA_NOT_VALID, "revoked"},
    };
    for (size_t i = 0; i < LW_COUNT(cases); i++) {
        const struct lw_pa pa =
            made_and_run(&(struct mkp_opts){.full = true, .fault = cases[i].fault});
        if (pa.verdict != cases[i].verdict || pa.card_security != cases[i].card_security)
            print_message("%s: %s, %s\n", cases[i].fault ? cases[i].fault : "none",
                          lw_pa_verdict_name(pa.verdict), lw_pa_verdict_name(pa.card_security));
        CHECK(pa.has_card_security && pa.verdict == cases[i].verdict &&
              pa.card_security == cases[i].card_security);
        CHECK(cases[i].rule ? found(&pa, "EF_CardSecurity", cases[i].rule) : pa.n_findings == 0);
    }
}

/* Fingerprints that a friend of the issuer gave us: their digest is compared, what they are is not
 * looked at. */
static void fingerprints_are_compared_and_never_read(void **state)
{
    LW_UNUSED(state);
    struct mkp_passport p = make(&(struct mkp_opts){.fault = "dg3_missing"});
    struct lw_trust *t = trust_of(&p, true);
    struct lw_pa pa = run(&p, t);
    CHECK(pa.groups[3] == LW_PA_ABSENT && pa.n_findings == 0);
    CHECK(lw_lds_put(p.lds, LW_LDS_DG3, (struct lw_span){(const uint8_t *)"\x63\x00", 2}) == LW_OK);
    pa = run(&p, t);
    CHECK(pa.groups[3] == LW_PA_MATCHES && pa.verdict == LW_PA_VALID && pa.n_findings == 0);
    CHECK(lw_lds_put(p.lds, LW_LDS_DG3, (struct lw_span){(const uint8_t *)"no TLV", 6}) == LW_OK);
    pa = run(&p, t);
    CHECK(pa.groups[3] == LW_PA_DIFFERS && pa.n_findings == 1 && found(&pa, "DG3", "digest"));
    lw_trust_free(&t);
    mkp_clear(&p);
}

static void content_types_of_the_wild_are_accepted(void **state)
{
    LW_UNUSED(state);
    static const char *const types[] = {"2.23.136.1.1.1", "1.3.27.1.1.1", "1.2.528.1.1006.1.20.1",
                                        "1.2.840.113549.1.7.1"};
    for (size_t i = 0; i < LW_COUNT(types); i++) {
        const struct lw_pa pa = made_and_run(&(struct mkp_opts){.sod = {.content_type = types[i]}});
        CHECK(pa.verdict == LW_PA_VALID && pa.n_findings == 0);
    }
}

/* P-256 by its numbers, but with the opposite generator (SEC 2 2.4.2; p - y instead of y), whose
 * owner can make any public key his own. */
static void a_curve_with_a_chosen_generator_is_refused(void **state)
{
    LW_UNUSED(state);
    static const uint8_t y[32] = {0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb,
                                  0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31,
                                  0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5};
    static const uint8_t minus_y[32] = {0xb0, 0x1c, 0xbd, 0x1c, 0x01, 0xe5, 0x80, 0x65,
                                        0x71, 0x18, 0x14, 0xb5, 0x83, 0xf0, 0x61, 0xe9,
                                        0xd4, 0x31, 0xcc, 0xa9, 0x94, 0xce, 0xa1, 0x31,
                                        0x34, 0x49, 0xbf, 0x97, 0xc8, 0x40, 0xae, 0x0a};
    struct mkp_passport p = make(&(struct mkp_opts){.explicit_parameters = true});
    struct lw_cert *c = NULL;
    struct lw_why why;
    CHECK(lw_cert_parse(&c, lw_strbuf_span(&p.csca), &why) == LW_OK);
    assert_string_equal(lw_cert_info(c)->key, "EC prime256v1");
    lw_cert_free(&c);
    char *at = memmem(p.csca.s, p.csca.n, y, sizeof(y));
    assert_non_null(at);
    memcpy(at, minus_y, sizeof(minus_y));
    CHECK(lw_cert_parse(&c, lw_strbuf_span(&p.csca), &why) == LW_EUNSUP);
    CHECK(strstr(why.text, "none that has a name") != NULL);
    mkp_clear(&p);
}

/* The same signature, checked by another implementation. */
static void security_objects_are_signed_data_to_openssl_too(void **state)
{
    LW_UNUSED(state);
    struct mkp_passport p = make(&(struct mkp_opts){.full = true});
    const struct lw_span sod = p.lds->files[LW_LDS_SOD];
    uint32_t tag;
    size_t header, length;
    CHECK(lw_tlv_header(sod, &tag, &header, &length) == LW_OK);
    const unsigned char *der = sod.data + header;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &der, (long)length);
    X509_STORE *store = X509_STORE_new();
    assert_non_null(cms);
    X509_STORE_add_cert(store, p.csca_cert);
    X509_STORE_set_purpose(store, X509_PURPOSE_ANY);
    CHECK(CMS_verify(cms, NULL, store, NULL, NULL, CMS_BINARY) == 1);
    X509_STORE_free(store);
    CMS_ContentInfo_free(cms);
    mkp_clear(&p);
}

/* And the other way round: OpenSSL signs, we check. */
static void what_openssl_signs_is_valid(void **state)
{
    LW_UNUSED(state);
    struct mkp_passport p = make(&(struct mkp_opts){.ds_key = "rsa2048"});
    LW_AUTO_STRBUF object = LW_STRBUF_INIT;
    LW_AUTO_STRBUF file = LW_STRBUF_INIT;
    unsigned char *der = NULL;
    const struct mkp_sod_opts o = {.version = 3};
    CHECK(mkp_lds_object(&object, p.lds, &o) == LW_OK);
    BIO *content = BIO_new_mem_buf(object.s, (int)object.n);
    ASN1_OBJECT *type = OBJ_txt2obj("2.23.136.1.1.1", 1);
    CMS_ContentInfo *cms =
        CMS_sign(NULL, NULL, NULL, NULL, CMS_PARTIAL | CMS_BINARY | CMS_NOSMIMECAP);
    assert_non_null(cms);
    CHECK(CMS_set1_eContentType(cms, type) == 1);
    assert_non_null(
        CMS_add1_signer(cms, p.ds_cert, p.ds_key, EVP_sha384(), CMS_BINARY | CMS_NOSMIMECAP));
    CHECK(CMS_final(cms, content, NULL, CMS_BINARY) == 1);
    const int n = i2d_CMS_ContentInfo(cms, &der);
    CHECK(n > 0);
    lw_tlv_put(&file, 0x77, (struct lw_span){der, (size_t)n});
    CHECK(lw_lds_put(p.lds, LW_LDS_SOD, lw_strbuf_span(&file)) == LW_OK);
    struct lw_trust *t = trust_of(&p, true);
    const struct lw_pa pa = run(&p, t);
    CHECK(pa.verdict == LW_PA_VALID && pa.n_findings == 0);
    lw_trust_free(&t);
    OPENSSL_free(der);
    ASN1_OBJECT_free(type);
    CMS_ContentInfo_free(cms);
    BIO_free(content);
    mkp_clear(&p);
}

static void nobody_trusted_is_no_verdict_on_the_document(void **state)
{
    LW_UNUSED(state);
    struct mkp_passport p = make(&(struct mkp_opts){.full = false});
    struct mkp_passport other = make(&(struct mkp_opts){.full = false});
    struct lw_trust *t = trust_of(&other, false);
    struct lw_pa pa = run(&p, NULL);
    CHECK(pa.verdict == LW_PA_NO_TRUST && pa.chain == LW_PA_CHAIN_NO_TRUST);
    pa = run(&p, t); /* the same name, another key */
    CHECK(pa.verdict == LW_PA_NO_TRUST && found(&pa, "EF_SOD", "trust"));
    lw_trust_free(&t);
    mkp_clear(&other);
    mkp_clear(&p);
}

static void a_published_signer_helps_a_document_that_lacks_it(void **state)
{
    LW_UNUSED(state);
    struct mkp_passport p = make(&(struct mkp_opts){.fault = "no_signer_cert"});
    struct lw_trust *t = trust_of(&p, true);
    struct lw_trust_sum sum = {0};
    CHECK(lw_trust_add(t, lw_strbuf_span(&p.ds), "ds.cer", &sum, NULL) == LW_OK);
    CHECK(sum.signers == 1 && run(&p, t).verdict == LW_PA_VALID);
    lw_trust_free(&t);
    mkp_clear(&p);
}

static void states_are_the_same_in_two_letters_and_three(void **state)
{
    LW_UNUSED(state);
    CHECK(lw_country_same("D", "DE") && lw_country_same("UTO", "UT") &&
          lw_country_same("GBD", "GB") && lw_country_same("RKS", "XK") &&
          lw_country_same("EUE", "EU") && lw_country_same("XOM", "XOM"));
    CHECK(!lw_country_same("AUT", "AU") && !lw_country_same("DEU", "DK") &&
          !lw_country_same("QQQ", "QQ"));
    assert_string_equal(lw_country_two("ZWE"), "ZW");
    assert_string_equal(lw_country_two("ABW"), "AW");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_right_document_is_valid_without_a_word),
    cmocka_unit_test(each_fault_has_its_verdict_and_its_finding),
    cmocka_unit_test(every_algorithm_of_part_12_is_understood),
    cmocka_unit_test(keys_of_the_chip_are_signed_too),
    cmocka_unit_test(fingerprints_are_compared_and_never_read),
    cmocka_unit_test(content_types_of_the_wild_are_accepted),
    cmocka_unit_test(a_curve_with_a_chosen_generator_is_refused),
    cmocka_unit_test(security_objects_are_signed_data_to_openssl_too),
    cmocka_unit_test(what_openssl_signs_is_valid),
    cmocka_unit_test(nobody_trusted_is_no_verdict_on_the_document),
    cmocka_unit_test(a_published_signer_helps_a_document_that_lacks_it),
    cmocka_unit_test(states_are_the_same_in_two_letters_and_three),
};

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, make_picture, free_picture);
}
