/* No changed bit of a document goes unnoticed: what `doc check --json` prints is compared word for
 * word, for security objects of each kind of signature and encoding. */
#include "picture.h"

#include "base/clock.h"
#include "doc/document.h"
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

struct subject {
    struct mkp_passport p;
    struct lw_trust *trust;
    int64_t now_utc_us;
    bool portrait; /* decode it too */
    struct lw_strbuf before;
};

/* The line of JSON; whether it is valid without a word. */
static bool answer(const struct subject *s, struct lw_strbuf *json)
{
    LW_AUTO(lw_document) d = NULL;
    const struct lw_document_opts opts = {
        .trust = s->trust, .now_utc_us = s->now_utc_us, .leave_portrait = !s->portrait};
    CHECK(lw_document_check(&d, s->p.lds, &opts, NULL) == LW_OK);
    json->n = 0;
    lw_document_put_json(json, d, NULL);
    CHECK(lw_strbuf_err(json) == LW_OK);
    return lw_document_ok(d);
}

static struct subject make(const struct mkp_opts *opts)
{
    struct subject s = {.now_utc_us = lw_now_utc_us()};
    struct lw_trust_sum sum = {0};
    struct mkp_opts o = *opts;
    o.face = (struct mkp_face){.picture = picture_span(&jpeg), .width = 24, .height = 32};
    CHECK(mkp_make(&s.p, &o) == LW_OK);
    CHECK(lw_trust_new(&s.trust) == LW_OK);
    CHECK(lw_trust_add(s.trust, lw_strbuf_span(&s.p.csca), "csca.cer", &sum, NULL) == LW_OK);
    CHECK(lw_trust_add(s.trust, lw_strbuf_span(&s.p.crl), "csca.crl", &sum, NULL) == LW_OK);
    CHECK(answer(&s, &s.before) || opts->fault);
    return s;
}

static void clear(struct subject *s)
{
    lw_strbuf_clear(&s->before);
    lw_trust_free(&s->trust);
    mkp_clear(&s->p);
}

/* Flip each bit of mask in each byte of the file, one at a time. may_be_valid: of parts that nobody
 * signed, the verdict may stay, but not the findings. */
static void walk(struct subject *s, enum lw_lds_id ef, unsigned mask, bool may_be_valid)
{
    LW_AUTO_STRBUF after = LW_STRBUF_INIT;
    uint8_t *file = s->p.lds->held[ef];
    static const char valid[] = "{\"verdict\": \"valid\"";
    for (size_t at = 0; at < s->p.lds->files[ef].n; at++)
        for (unsigned bit = 1; bit < 0x100; bit <<= 1) {
            if (!(mask & bit))
                continue;
            file[at] ^= (uint8_t)bit;
            const bool ok = answer(s, &after);
            file[at] ^= (uint8_t)bit;
            const bool same = after.n == s->before.n && memcmp(after.s, s->before.s, after.n) == 0;
            const bool is_valid = strncmp(after.s, valid, sizeof(valid) - 1) == 0;
            if (same || ok || (is_valid && !may_be_valid))
                print_message("# %s byte %zu (%02x) ^ %02x: %s", lw_lds_info(ef)->name, at,
                              file[at], bit, after.s);
            CHECK(!same && !ok && (!is_valid || may_be_valid));
        }
}

static void every_bit_of_a_small_security_object_counts(void **state)
{
    LW_UNUSED(state);
    struct subject s = make(&(struct mkp_opts){.full = false});
    walk(&s, LW_LDS_SOD, 0xff, false);
    clear(&s);
}

static void every_byte_of_the_groups_counts(void **state)
{
    LW_UNUSED(state);
    struct subject s = make(&(struct mkp_opts){.full = false});
    s.portrait = true;
    answer(&s, &s.before);
    walk(&s, LW_LDS_DG1, 0xff, false);
    walk(&s, LW_LDS_DG2, 0x10, false);
    clear(&s);
}

static void every_byte_counts_with_each_kind_of_signature(void **state)
{
    LW_UNUSED(state);
    static const struct {
        const char *csca, *ds;
        struct mkp_scheme scheme;
        bool explicit_parameters, by_key_id;
        int lds_version;
    } cases[] = {
        {"rsa2048", "rsa2048", {.hash = LW_HASH_SHA256}, false, false, 0},
        {"rsa2048",
         "rsa2048",
         {.hash = LW_HASH_SHA256, .plain_rsa_identifier = true},
         false,
         true,
         1},
        {"rsa2048", "rsa2048", {.hash = LW_HASH_SHA256, .pss = true}, false, false, 1},
        {"prime256v1",
         "prime256v1",
         {.hash = LW_HASH_SHA1, .null_parameters = true},
         true,
         false,
         0},
    };
    for (size_t i = 0; i < LW_COUNT(cases); i++) {
        struct subject s = make(
            &(struct mkp_opts){.csca_key = cases[i].csca,
                               .ds_key = cases[i].ds,
                               .csca_scheme = {.hash = LW_HASH_SHA256, .pss = cases[i].scheme.pss},
                               .explicit_parameters = cases[i].explicit_parameters,
                               .sod = {.scheme = cases[i].scheme,
                                       .by_key_id = cases[i].by_key_id,
                                       .lds_version = cases[i].lds_version}});
        walk(&s, LW_LDS_SOD, 1u << i, false);
        clear(&s);
    }
}

/* With BER, and with parts that nobody signed. */
static void every_byte_counts_in_odd_encodings(void **state)
{
    LW_UNUSED(state);
    static const char *const faults[] = {NULL, "unsigned_attributes", "extra_cert", "crls",
                                         "second_signer"};
    for (size_t i = 0; i < LW_COUNT(faults); i++) {
        struct subject s =
            make(&(struct mkp_opts){.sod = {.indefinite = i == 0}, .fault = faults[i]});
        walk(&s, LW_LDS_SOD, i < 2 ? 0x81 : 0x04, i > 0 && i < 4);
        clear(&s);
    }
}

static void every_byte_of_the_chips_keys_counts(void **state)
{
    LW_UNUSED(state);
    struct subject s = make(&(struct mkp_opts){.full = true});
    walk(&s, LW_LDS_CARD_SECURITY, 0x01, false);
    clear(&s);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_bit_of_a_small_security_object_counts),
    cmocka_unit_test(every_byte_of_the_groups_counts),
    cmocka_unit_test(every_byte_counts_with_each_kind_of_signature),
    cmocka_unit_test(every_byte_counts_in_odd_encodings),
    cmocka_unit_test(every_byte_of_the_chips_keys_counts),
};

int main(void)
{
    test_output_tap();
    return cmocka_run_group_tests(tests, make_picture, free_picture);
}
