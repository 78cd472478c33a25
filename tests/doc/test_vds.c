/* Visible digital seals: the worked examples of Doc 9303 parts 8 and 13, and seals with one fault
 * each. */
#include "check.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>

#include "base/clock.h"
#include "doc/c40.h"
#include "doc/vds_check.h"
#include "hex.h"
#include "seal.h"

static void texts_of_appendix_c_are_encoded_and_decoded(void **state)
{
    LW_UNUSED(state);
    static const struct {
        const char *text, *back, *hex;
    } cases[] = {
        {"XK<CD", "XK CD", "eb04 66a9"},
        {"XKCD", "XKCD", "eb11 fe45"},
        {"VISA01", "VISA01", "de51 5826"}, /* 2.3.1 */
        {"", "", ""},
    };
    for (size_t i = 0; i < LW_COUNT(cases); i++) {
        LW_AUTO_STRBUF b = LW_STRBUF_INIT;
        const struct hex want = unhex(cases[i].hex);
        char text[16];
        CHECK(lw_c40_put(&b, cases[i].text) == LW_OK);
        check_hex(lw_strbuf_span(&b), cases[i].hex);
        CHECK(want.n == lw_c40_bytes(strlen(cases[i].text)));
        CHECK(lw_c40_decode(text, sizeof(text), hex_span(&want)) == (int)strlen(cases[i].back));
        assert_string_equal(text, cases[i].back);
    }
}

static void what_no_text_is_written_as_is_refused(void **state)
{
    LW_UNUSED(state);
    static const char *const bad[] = {
        "eb",        /* half a pair */
        "0000",      /* below the first triple */
        "fa01",      /* above the last one */
        "0001",      /* shifts alone */
        "66a9 eb04", /* filled up before the end */
        "fe45 eb04", /* one character before the end */
        "fe00",      "fe01", "fe62",
    };
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    char text[16];
    for (size_t i = 0; i < LW_COUNT(bad); i++)
        CHECK(lw_c40_decode(text, sizeof(text), HEX(bad[i])) == LW_EFORMAT);
    CHECK(lw_c40_decode(text, 5, HEX("eb04 66a9")) == LW_ELIMIT);
    CHECK(lw_c40_put(&b, "a") == LW_EINVAL && lw_c40_put(&b, "A-B") == LW_EINVAL && b.n == 0);
}

/* Doc 9303-8 appendix B, read row by row, and the key of its signer UTTS 5B. */
static const char example_hex[] = "DC03D9C5D9CAC8A73A995D913A7D9C575E030230BAB3D2B3C549CD1DA93C5BD4"
                                  "58135C6F57FC133C133C133C6B38208A4D0D4A32B0C11AE6268427153F7C453C"
                                  "133C1345FF4039034E85DA183C1CC0D3AC16732D7EE2C20D7AEF7B381C0AE509"
                                  "F10A97890D511C3C47B94807A4D0F67CE9083A7F206F04FB35AFDB8AB9658A93"
                                  "327A4E0EE6ED";
static const char example_key[] =
    "0408132a7243b3ccc29c271097081c96a729eefb8eb93630e536498e9b7ce1ced2"
    "5d68a789d93bef39c04715c5ad3915d281c0754ecc08508bf66687efc630df88";

static const int64_t example_day = 1790000000000000; /* 2026-09-21 */

static EVP_PKEY *key_of_point(const char *curve, const char *hex)
{
    struct hex point = unhex(hex);
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    char name[32];
    snprintf(name, sizeof(name), "%s", curve);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.bytes, point.n),
        OSSL_PARAM_END};
    assert_non_null(ctx);
    CHECK(EVP_PKEY_fromdata_init(ctx) == 1);
    CHECK(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) == 1);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

/* Trust in an authority of ours that certified the example's key. */
static struct lw_trust *trust_in_example(void)
{
    const struct mkp_scheme scheme = {.hash = LW_HASH_SHA256};
    struct mkp_cert_opts o = {.common_name = "CSCA-UTOPIA",
                              .country = "UT",
                              .not_before_utc_us = 1577836800000000, /* 2020-01-01 */
                              .not_after_utc_us = 1893456000000000,  /* 2030-01-01 */
                              .serial = 1,
                              .ca = true};
    LW_AUTO_STRBUF der = LW_STRBUF_INIT;
    struct lw_trust *t = NULL;
    struct lw_trust_sum sum = {0};
    EVP_PKEY *csca_key = mkp_key("prime256v1");
    EVP_PKEY *key = key_of_point("brainpoolP256r1", example_key);
    X509 *csca = mkp_cert(&o, csca_key, NULL, csca_key, &scheme);
    o.common_name = "TS";
    o.serial = 0x5b;
    o.ca = false;
    o.seal_signer = o.no_key_usage = true;
    X509 *signer = mkp_cert(&o, key, csca, csca_key, &scheme);
    CHECK(lw_trust_new(&t) == LW_OK);
    CHECK(mkp_cert_der(&der, csca) == LW_OK);
    CHECK(lw_trust_add(t, lw_strbuf_span(&der), "csca", &sum, NULL) == LW_OK);
    lw_strbuf_clear(&der);
    CHECK(mkp_cert_der(&der, signer) == LW_OK);
    CHECK(lw_trust_add(t, lw_strbuf_span(&der), "signer", &sum, NULL) == LW_OK);
    X509_free(csca);
    X509_free(signer);
    EVP_PKEY_free(csca_key);
    EVP_PKEY_free(key);
    return t;
}

static void the_worked_example_of_part_8_is_read(void **state)
{
    LW_UNUSED(state);
    const struct hex seal = unhex(example_hex);
    struct lw_vds_check c;
    CHECK(lw_vds_check(&c, hex_span(&seal), NULL, example_day, NULL) == LW_OK);
    CHECK(c.readable && c.seal.kind == LW_VDS_ETD && c.seal.version == 4);
    assert_string_equal(c.seal.country, "UTO");
    assert_string_equal(c.seal.signer, "UTTS");
    assert_string_equal(c.seal.reference, "5B");
    assert_string_equal(c.seal.issue_date, "2026-06-13");
    CHECK(c.seal.feature_set == 94 && c.seal.category == 3 && c.seal.n_features == 1);
    assert_string_equal(c.lines[0], "PUUTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<");
    assert_string_equal(c.lines[1], "D231458907UTO7408122F2606277<<<<<<<8");
    CHECK(c.has_mrz && c.mrz.format == LW_MRZ_TD2 && lw_mrz_ok(&c.mrz));
    CHECK(c.seal.signed_part.n == 68 && c.seal.signature.n == 64);
    CHECK(c.verdict == LW_PA_NO_TRUST && c.signature == LW_VDS_SIGNATURE_UNCHECKED);
}

static bool found(const struct lw_vds_check *c, const char *rule)
{
    for (size_t i = 0; i < c->n_findings; i++)
        if (strcmp(c->findings[i].rule, rule) == 0)
            return true;
    return false;
}

static struct lw_trust *trust_of(const struct mks_seal *s)
{
    struct lw_trust *t = NULL;
    struct lw_trust_sum sum = {0};
    CHECK(lw_trust_new(&t) == LW_OK);
    CHECK(lw_trust_add(t, lw_strbuf_span(&s->csca), "csca", &sum, NULL) == LW_OK);
    CHECK(lw_trust_add(t, lw_strbuf_span(&s->signer), "signer", &sum, NULL) == LW_OK);
    CHECK(lw_trust_add(t, lw_strbuf_span(&s->crl), "crl", &sum, NULL) == LW_OK);
    CHECK(sum.authorities == 1 && sum.signers == 1 && sum.crls == 1);
    return t;
}

static void check(struct lw_vds_check *c, const struct mks_seal *s, const struct lw_trust *t)
{
    CHECK(lw_vds_check(c, lw_strbuf_span(&s->bytes), t, lw_now_utc_us(), NULL) == LW_OK);
}

static void the_worked_example_is_signed_by_its_signer(void **state)
{
    LW_UNUSED(state);
    struct hex seal = unhex(example_hex);
    struct lw_vds_check c;
    struct lw_trust *t = trust_in_example();
    CHECK(lw_vds_check(&c, hex_span(&seal), t, example_day, NULL) == LW_OK);
    for (size_t i = 0; i < c.n_findings; i++)
        print_message("# %s: %s\n", c.findings[i].rule, c.findings[i].text);
    CHECK(c.signature == LW_VDS_SIGNATURE_VALID && c.verdict == LW_PA_VALID && lw_vds_ok(&c));
    seal.bytes[70] ^= 1;
    CHECK(lw_vds_check(&c, hex_span(&seal), t, example_day, NULL) == LW_OK);
    CHECK(c.signature == LW_VDS_SIGNATURE_INVALID && c.verdict == LW_PA_NOT_VALID);
    lw_trust_free(&t);
}

static void every_kind_version_and_curve_is_valid_without_a_word(void **state)
{
    LW_UNUSED(state);
    static const char *const curves[] = {"prime256v1",      "secp224r1",       "secp384r1",
                                         "secp521r1",       "brainpoolP224r1", "brainpoolP256r1",
                                         "brainpoolP384r1", "brainpoolP512r1"};
    for (size_t i = 0; i < 3 * LW_COUNT(curves); i++) {
        struct mks_seal s;
        struct lw_vds_check c;
        const enum mks_kind kind = (enum mks_kind)(i % 3);
        const int version = kind != MKS_ETD && i % 2 ? 3 : 4;
        CHECK(mks_make(&s, &(struct mks_opts){
                               .kind = kind, .version = version, .key = curves[i / 3]}) == LW_OK);
        struct lw_trust *t = trust_of(&s);
        check(&c, &s, t);
        CHECK(lw_vds_ok(&c) && c.n_findings == 0 && c.seal.version == version);
        CHECK(c.seal.kind == (kind == MKS_ETD ? LW_VDS_ETD : LW_VDS_VISA));
        lw_trust_free(&t);
        mks_clear(&s);
    }
}

static void a_visa_says_how_long_and_how_often(void **state)
{
    LW_UNUSED(state);
    struct mks_seal s;
    struct lw_vds_check c;
    CHECK(mks_make(&s, &(struct mks_opts){.kind = MKS_VISA_A}) == LW_OK);
    check(&c, &s, NULL);
    CHECK(c.mrz.format == LW_MRZ_MRV_A && c.entries == 2);
    CHECK(c.stay == LW_VDS_STAY_FOR && c.days == 160 && c.months == 0 && c.years == 0);
    assert_string_equal(c.passport_number, "A23456789");
    assert_string_equal(c.mrz.surname, "ERIKSSON");
    assert_string_equal(c.lines[1], "L898902C<3UTO6908061F9406236<<<<<<<<<<<<<<<<");
    mks_clear(&s);
}

/* What each deliberate fault leads to. */
static const struct expectation {
    const char *fault;
    enum lw_pa_verdict verdict;
    const char *rule;
} expectations[] = {
    {"changed", LW_PA_NOT_VALID, "signature"},
    {"signature", LW_PA_NOT_VALID, "signature"},
    {"signature_length", LW_PA_NOT_VALID, "signature"},
    {"unknown_feature", LW_PA_VALID, "unknown_feature"},
    {"no_mrz", LW_PA_NOT_VALID, "missing_feature"},
    {"two_mrzs", LW_PA_NOT_VALID, "format"},
    {"no_stay", LW_PA_NOT_VALID, "missing_feature"},
    {"mrz_digit", LW_PA_NOT_VALID, "seal_mrz"},
    {"mrz_length", LW_PA_NOT_VALID, "format"},
    {"state", LW_PA_NOT_VALID, "country"},
    {"country", LW_PA_NOT_VALID, "country"},
    {"not_yet", LW_PA_NOT_VALID, "date"},
    {"test_reference", LW_PA_NOT_VALID, "test_reference"},
    {"version_2", LW_PA_UNREADABLE, "format"},
    {"profile", LW_PA_NOT_VALID, "profile"},
    {"cut", LW_PA_UNREADABLE, "format"},
    {"longer", LW_PA_UNREADABLE, "format"},
    {"expired", LW_PA_NOT_VALID, "validity"},
    {"revoked", LW_PA_NOT_VALID, "revoked"},
    {"other_key", LW_PA_NOT_VALID, "chain"},
    {"other_purpose", LW_PA_NOT_VALID, "signer"},
    {"other_types", LW_PA_NOT_VALID, "document_type"},
};

static void each_fault_has_its_verdict_and_its_finding(void **state)
{
    LW_UNUSED(state);
    CHECK(LW_COUNT(expectations) == mks_faults_n);
    for (size_t i = 0; i < LW_COUNT(expectations); i++) {
        const struct expectation *e = &expectations[i];
        struct mks_seal s;
        struct lw_vds_check c;
        CHECK(mks_make(&s, &(struct mks_opts){.fault = e->fault}) == LW_OK);
        struct lw_trust *t = trust_of(&s);
        check(&c, &s, t);
        if (c.verdict != e->verdict || !found(&c, e->rule))
            print_message("%s: %s, %s\n", e->fault, lw_pa_verdict_name(c.verdict),
                          c.n_findings ? c.findings[0].text : "");
        CHECK(c.verdict == e->verdict && found(&c, e->rule));
        CHECK(lw_vds_ok(&c) == (e->verdict == LW_PA_VALID));
        lw_trust_free(&t);
        mks_clear(&s);
    }
}

static void who_is_not_here_vouches_for_nobody(void **state)
{
    LW_UNUSED(state);
    struct mks_seal s, other;
    struct lw_vds_check c;
    struct lw_trust *t = NULL;
    struct lw_trust_sum sum = {0};
    CHECK(mks_make(&s, &(struct mks_opts){.kind = MKS_VISA_B}) == LW_OK);
    CHECK(mks_make(&other, &(struct mks_opts){.kind = MKS_VISA_B}) == LW_OK);
    CHECK(lw_trust_new(&t) == LW_OK);
    CHECK(lw_trust_add(t, lw_strbuf_span(&other.csca), "csca", &sum, NULL) == LW_OK);
    check(&c, &s, t);
    CHECK(c.verdict == LW_PA_NO_TRUST && found(&c, "unknown_certificate"));
    CHECK(lw_trust_add(t, lw_strbuf_span(&s.signer), "signer", &sum, NULL) == LW_OK);
    check(&c, &s, t); /* its authority is not: the same name, another key */
    CHECK(c.signature == LW_VDS_SIGNATURE_VALID && c.verdict == LW_PA_NO_TRUST &&
          found(&c, "trust"));
    lw_trust_free(&t);
    mks_clear(&s);
    mks_clear(&other);
}

static struct lw_mrz parse_mrz(const char *text)
{
    struct lw_mrz m;
    CHECK(lw_mrz_parse(&m, (struct lw_span){(const uint8_t *)text, strlen(text)}, lw_now_utc_us(),
                       NULL) == LW_OK);
    return m;
}

static void the_printed_mrz_must_be_the_sealed_one(void **state)
{
    LW_UNUSED(state);
    static const struct {
        const char *text, *rule;
    } cases[] = {
        /* what the seal leaves out, the optional data, may be anything */
        {"V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\n"
         "L898902C<3UTO6908061F9406236XYZ4711<<<<<<<<<\n",
         NULL},
        {"V<UTOERIKSSON<<BETA<MARIA<<<<<<<<<<<<<<<<<<<\n"
         "L898902C<3UTO6908061F9406236ZE184226B<<<<<<<\n",
         "mrz_mismatch"},
        {"V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\n"
         "L898902C<3UTO6908061F9406237ZE184226B<<<<<<<\n",
         "printed_mrz"},
        {"V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nL898902C<3UTO6908061F9406236ZE184226\n",
         "mrz_mismatch"},
        /* a passport: another number than the seal's A23456789 */
        {"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\n"
         "L898902C36UTO7408122F1204159ZE184226B<<<<<10\n",
         "passport_mismatch"},
        {"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\n"
         "A234567890UTO6908061F3012316<<<<<<<<<<<<<<04\n",
         NULL},
    };
    struct mks_seal s;
    CHECK(mks_make(&s, &(struct mks_opts){.kind = MKS_VISA_A}) == LW_OK);
    struct lw_trust *t = trust_of(&s);
    for (size_t i = 0; i < LW_COUNT(cases); i++) {
        struct lw_vds_check c;
        struct lw_mrz m = parse_mrz(cases[i].text);
        check(&c, &s, t);
        CHECK(lw_vds_ok(&c));
        lw_vds_compare(&c, &m);
        for (size_t k = 0; k < c.n_findings; k++)
            print_message("# %zu %s: %s\n", i, c.findings[k].rule, c.findings[k].text);
        CHECK(cases[i].rule ? found(&c, cases[i].rule) && c.verdict == LW_PA_NOT_VALID
                            : lw_vds_ok(&c));
    }
    lw_trust_free(&t);
    mks_clear(&s);
}

/* All eight bits of every byte: never valid, never read past the end. */
static void no_flipped_bit_leaves_a_seal_valid(void **state)
{
    LW_UNUSED(state);
    for (int kind = 0; kind < 3; kind++) {
        struct mks_seal s;
        CHECK(mks_make(&s, &(struct mks_opts){.kind = (enum mks_kind)kind}) == LW_OK);
        struct lw_trust *t = trust_of(&s);
        for (size_t bit = 0; bit < 8 * s.bytes.n; bit++) {
            struct lw_vds_check c;
            s.bytes.s[bit / 8] ^= (char)(1 << bit % 8);
            check(&c, &s, t);
            s.bytes.s[bit / 8] ^= (char)(1 << bit % 8);
            CHECK(c.verdict != LW_PA_VALID && c.n_findings > 0);
        }
        for (size_t n = 0; n < s.bytes.n; n++) {
            struct lw_vds v;
            CHECK(lw_vds_parse(&v, (struct lw_span){(uint8_t *)s.bytes.s, n}, NULL) < 0);
        }
        lw_trust_free(&t);
        mks_clear(&s);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(texts_of_appendix_c_are_encoded_and_decoded),
    cmocka_unit_test(what_no_text_is_written_as_is_refused),
    cmocka_unit_test(the_worked_example_of_part_8_is_read),
    cmocka_unit_test(the_worked_example_is_signed_by_its_signer),
    cmocka_unit_test(every_kind_version_and_curve_is_valid_without_a_word),
    cmocka_unit_test(a_visa_says_how_long_and_how_often),
    cmocka_unit_test(each_fault_has_its_verdict_and_its_finding),
    cmocka_unit_test(who_is_not_here_vouches_for_nobody),
    cmocka_unit_test(the_printed_mrz_must_be_the_sealed_one),
    cmocka_unit_test(no_flipped_bit_leaves_a_seal_valid),
};
RUN_TESTS(tests)
