/* What is decoded out of reach is what is decoded here: every picture, text and chip that other
 * tests have, the broken ones first of all. */
#include "check.h"

#include "base/file.h"
#include "card/card.h"
#include "decoder/decoder.h"
#include "doc/mrz.h"
#include "fake/card.h"
#include "img/image.h"
#include "passport.h"

static struct lw_decoder *decoder; /* trusts nobody */

static int start(void **state)
{
    LW_UNUSED(state);
    struct lw_why why;
    struct lw_decoder_opts opts = LW_DECODER_DEFAULTS;
    opts.program = getenv("LW_TEST_DECODER");
    opts.wall_ns = 60 * LW_SEC; /* sanitizers take their time */
    opts.cpu_s = 30;
    if (lw_decoder_new(&decoder, &opts, &why) == LW_OK && lw_decoder_ready(decoder, &why) == LW_OK)
        return 0;
    print_message("# %s\n", why.text);
    return -1;
}

static int stop(void **state)
{
    LW_UNUSED(state);
    lw_decoder_free(&decoder);
    return 0;
}

/* Calls check with the bytes of every file of a folder. */
static size_t each_file(const char *dir, void (*check)(const char *name, struct lw_span bytes))
{
    struct lw_names names = {0};
    CHECK(lw_names_list(&names, dir, 10000, NULL) == LW_OK && names.n > 0);
    for (size_t i = 0; i < names.n; i++) {
        char path[512];
        uint8_t *data = NULL;
        size_t n = 0;
        snprintf(path, sizeof(path), "%s/%s", dir, names.v[i]);
        CHECK(lw_file_read(path, 64 * LW_MIB, &data, &n, NULL) == LW_OK);
        check(names.v[i], (struct lw_span){data, n});
        free(data);
    }
    const size_t n = names.n;
    lw_names_clear(&names);
    return n;
}

static bool same_pixels(const struct lw_image *a, const struct lw_image *b)
{
    bool same = a->fmt == b->fmt && a->width == b->width && a->height == b->height;
    for (int y = 0; same && y < a->height; y++)
        same = memcmp(lw_image_crow(a, y), lw_image_crow(b, y),
                      (size_t)a->width * (size_t)a->fmt) == 0;
    return same;
}

static void check_picture(const char *name, struct lw_span bytes)
{
    LW_AUTO(lw_image) here = NULL;
    LW_AUTO(lw_image) there = NULL;
    struct lw_why why_here = {0}, why_there = {0};
    struct lw_refusal no = {.text = ""};
    const struct lw_decode_opts opts = {.max_side = 4096, .max_pixels = 4000000};
    const int a = lw_image_decode(&here, bytes, &opts, &why_here);
    const int b = lw_decoder_image(decoder, bytes, &opts, &there, &no, &why_there);
    if (b == 0 || (a < 0) != (b < 0))
        print_message("# %s: %d %s, there %d %s %s\n", name, a, why_here.text, b, why_there.text,
                      no.text);
    CHECK(b != 0 && (a < 0) == (b < 0));
    if (a < 0) {
        CHECK(a == b);
        assert_string_equal(why_here.text, why_there.text);
    } else {
        CHECK(same_pixels(here, there));
    }
}

static void pictures_are_decoded_the_same(void **state)
{
    LW_UNUSED(state);
    CHECK(each_file("tests/fuzz/corpus/image", check_picture) > 10);
}

static void check_text(const char *name, struct lw_span bytes)
{
    LW_AUTO_STRBUF here = LW_STRBUF_INIT;
    LW_AUTO_STRBUF there = LW_STRBUF_INIT;
    struct lw_mrz_reader reader = lw_mrz_reader_over(bytes, 1769817600000000);
    struct lw_mrz m;
    struct lw_mrz_list list = {.n = 0};
    struct lw_refusal no = {.text = ""};
    int a;
    while ((a = lw_mrz_next(&reader, &m, NULL)) > 0)
        lw_mrz_put_json(&here, &m);
    const int b = lw_decoder_mrz(decoder, bytes, 1769817600000000, &list, &no, NULL);
    for (size_t i = 0; i < list.n; i++)
        lw_mrz_put_json(&there, &list.v[i]);
    lw_mrz_list_clear(&list);
    if (b == 0)
        print_message("# %s: %s\n", name, no.text);
    CHECK(b != 0 && (a < 0 ? a == b : b == 1));
    if (a == 0)
        assert_string_equal(lw_strbuf_peek(&here), lw_strbuf_peek(&there));
}

static void machine_readable_zones_are_read_the_same(void **state)
{
    LW_UNUSED(state);
    CHECK(each_file("tests/fuzz/corpus/mrz", check_text) > 10);
}

static void check_zone(const char *name, struct lw_span bytes)
{
    LW_AUTO_STRBUF here = LW_STRBUF_INIT;
    LW_AUTO_STRBUF there = LW_STRBUF_INIT;
    struct lw_mrz_reading a, b;
    struct lw_refusal no = {.text = ""};
    struct lw_mrz_picture_opts opts = LW_MRZ_PICTURE_DEFAULTS;
    opts.time_ns = 60 * LW_SEC; /* so that a busy machine changes nothing */
    const int x = lw_mrz_picture_read(&a, bytes, &opts, NULL);
    const int y = lw_decoder_mrz_picture(decoder, bytes, &opts, &b, &no, NULL);
    if (y == 0)
        print_message("# %s: %s\n", name, no.text);
    CHECK(y != 0 && (x < 0 ? x == y : y == 1));
    if (x < 0)
        return;
    lw_mrz_reading_put_json(&here, &a);
    lw_mrz_reading_put_json(&there, &b);
    assert_string_equal(lw_strbuf_peek(&here), lw_strbuf_peek(&there));
}

static void zones_of_pictures_are_read_the_same(void **state)
{
    LW_UNUSED(state);
    CHECK(each_file("tests/fuzz/corpus/mrzpicture", check_zone) > 10);
    CHECK(each_file("tests/fuzz/corpus/image", check_zone) > 10);
}

static void check_seal(const char *name, struct lw_span bytes)
{
    LW_AUTO_STRBUF here = LW_STRBUF_INIT;
    LW_AUTO_STRBUF there = LW_STRBUF_INIT;
    struct lw_vds_check a, b;
    struct lw_refusal no = {.text = ""};
    if (bytes.n > LW_VDS_BYTES_MAX)
        return;
    CHECK(lw_vds_check(&a, bytes, NULL, 1769817600000000, NULL) == LW_OK);
    if (lw_decoder_seal(decoder, bytes, 1769817600000000, &b, &no, NULL) != 1) {
        print_message("# %s: %s\n", name, no.text);
        CHECK(false);
    }
    lw_vds_put_json(&here, &a);
    lw_vds_put_json(&there, &b);
    assert_string_equal(lw_strbuf_peek(&here), lw_strbuf_peek(&there));
    CHECK(a.seal.signed_part.data == b.seal.signed_part.data || a.seal.signed_part.n == 0);
}

static void seals_are_checked_the_same(void **state)
{
    LW_UNUSED(state);
    struct lw_vds_check c;
    static const uint8_t many[LW_VDS_BYTES_MAX + 1];
    CHECK(each_file("tests/fuzz/corpus/vds", check_seal) > 10);
    CHECK(lw_decoder_seal(decoder, (struct lw_span){many, sizeof(many)}, 0, &c, NULL, NULL) ==
          LW_ELIMIT);
}

static void check_list(const char *name, struct lw_span bytes)
{
    struct lw_manifest a, b;
    struct lw_why why_here = {0}, why_there = {0};
    struct lw_refusal no = {.text = ""};
    const int x = lw_manifest_parse(&a, bytes, &why_here);
    const int y = lw_decoder_manifest(decoder, bytes, &b, &no, &why_there);
    if (y == 0)
        print_message("# %s: %s\n", name, no.text);
    CHECK(x < 0 ? x == y : y == 1);
    if (x < 0) {
        assert_string_equal(why_here.text, why_there.text);
    } else {
        LW_AUTO_STRBUF here = LW_STRBUF_INIT;
        LW_AUTO_STRBUF there = LW_STRBUF_INIT;
        lw_manifest_put_json(&here, &a);
        lw_manifest_put_json(&there, &b);
        assert_string_equal(lw_strbuf_peek(&here), lw_strbuf_peek(&there));
        CHECK(lw_manifest_signed(&a) == lw_manifest_signed(&b));
    }
}

static void lists_of_groups_are_read_the_same(void **state)
{
    LW_UNUSED(state);
    CHECK(each_file("tests/fuzz/corpus/manifest", check_list) > 10);
}

/* The same chip here and there, word for word. */
static void check_chip(const char *name, const struct lw_lds *lds)
{
    LW_AUTO(lw_document) here = NULL;
    LW_AUTO_STRBUF a = LW_STRBUF_INIT;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_decoded there = {.document = NULL};
    struct lw_refusal no = {.text = ""};
    const struct lw_document_opts opts = {.now_utc_us = 1769817600000000};
    CHECK(lw_document_check(&here, lds, &opts, NULL) == LW_OK);
    const int r = lw_decoder_document(decoder, lds, &opts, &there, &no, NULL);
    if (r != 1)
        print_message("# %s: %d %s\n", name, r, no.text);
    CHECK(r == 1);
    lw_document_put_json(&a, here, NULL);
    /* What the protocols of the chip add stands behind the rest. */
    here->pa.n_findings = there.document->pa.n_findings < here->pa.n_findings
                              ? there.document->pa.n_findings
                              : here->pa.n_findings;
    there.document->pa.n_findings = here->pa.n_findings;
    lw_document_put_json(&b, there.document, NULL);
    assert_string_equal(lw_strbuf_peek(&a), lw_strbuf_peek(&b));
    CHECK(!here->portrait == !there.document->portrait);
    CHECK(!here->portrait || same_pixels(here->portrait, there.document->portrait));
    lw_document_free(&there.document);
}

static void check_made(const char *key, enum mkp_record record, const char *fault)
{
    struct mkp_passport p;
    uint8_t *picture = NULL;
    size_t n = 0;
    CHECK(lw_file_read("tests/fuzz/corpus/image/rgb.jp2", LW_MIB, &picture, &n, NULL) == LW_OK);
    const struct mkp_opts o = {.full = true,
                               .csca_key = key,
                               .ds_key = key,
                               .record = record,
                               .face = {.picture = {picture, n}, .width = 16, .height = 12},
                               .fault = fault};
    CHECK(mkp_make(&p, &o) == LW_OK);
    check_chip(fault ? fault : key, p.lds);
    mkp_clear(&p);
    free(picture);
}

static void chips_are_checked_the_same_whatever_is_wrong_with_them(void **state)
{
    LW_UNUSED(state);
    for (size_t i = 0; i < mkp_faults_n; i++)
        check_made("prime256v1", MKP_19794_2005, mkp_faults[i].name);
    CHECK(mkp_faults_n > 30);
}

static void chips_are_checked_the_same_with_any_key_and_record(void **state)
{
    LW_UNUSED(state);
    static const char *const keys[] = {"rsa2048", "rsapss2048", "secp384r1", "brainpoolP256r1"};
    for (size_t i = 0; i < LW_COUNT(keys); i++)
        check_made(keys[i], (enum mkp_record)(i % 3), NULL);
}

static void check_bytes_of_a_chip(const char *name, struct lw_span bytes)
{
    static const enum lw_lds_id all[] = {LW_LDS_COM,  LW_LDS_SOD,  LW_LDS_DG1,        LW_LDS_DG2,
                                         LW_LDS_DG11, LW_LDS_DG14, LW_LDS_CARD_ACCESS};
    LW_AUTO(lw_lds) lds = NULL;
    CHECK(lw_lds_new(&lds) == LW_OK);
    for (size_t i = 0; i < LW_COUNT(all); i++)
        CHECK(lw_lds_put(lds, all[i], bytes) == LW_OK);
    check_chip(name, lds);
}

static void any_bytes_for_a_chip_are_decoded_the_same(void **state)
{
    LW_UNUSED(state);
    CHECK(each_file("tests/fuzz/corpus/lds", check_bytes_of_a_chip) > 10);
    CHECK(each_file("tests/fuzz/corpus/sod", check_bytes_of_a_chip) > 10);
}

/* ---- a chip behind a reader ---- */

static int read_chip(const struct fake_opts *opts, bool there, struct lw_card **card,
                     struct lw_why *why)
{
    struct fake_card *fake = fake_card_new(opts);
    struct lw_reader *reader = fake_reader_new(fake);
    struct lw_password password;
    struct lw_refusal no = {.text = ""};
    struct lw_card_opts o = LW_CARD_DEFAULTS;
    CHECK(lw_password_of_fields(&password, opts->number, opts->birth, opts->expiry, NULL) == 0);
    o.password = &password;
    int r = there ? lw_decoder_card(decoder, reader, &o, card, &no, why)
                  : lw_card_read(card, reader, &o, why);
    if (there && r == 0)
        print_message("# %s\n", no.text);
    CHECK(!there || r != 0);
    lw_reader_free(&reader);
    fake_card_free(&fake);
    return lw_mini(r, LW_OK);
}

/* keys: the file holds keys that each fake card makes anew. */
static bool same_file(const struct lw_ef_file *a, const struct lw_ef_file *b, bool keys)
{
    return a->state == b->state && a->bytes.n == b->bytes.n && a->total == b->total &&
           (keys || a->bytes.n == 0 || memcmp(a->bytes.s, b->bytes.s, a->bytes.n) == 0);
}

static bool has_keys(int ef)
{
    return ef == LW_EF_DG14 || ef == LW_EF_DG15 || ef == LW_EF_CARD_SECURITY;
}

static void check_reading(struct fake_opts opts)
{
    LW_AUTO(lw_card) here = NULL;
    LW_AUTO(lw_card) there = NULL;
    struct lw_why why_here = {0}, why_there = {0};
    const int a = read_chip(&opts, false, &here, &why_here);
    const int b = read_chip(&opts, true, &there, &why_there);
    CHECK(a == b);
    if (a < 0) {
        assert_string_equal(why_here.text, why_there.text);
        return;
    }
    for (int ef = 0; ef < LW_EF_COUNT; ef++)
        CHECK(same_file(&here->files[ef], &there->files[ef], has_keys(ef)));
    CHECK(here->access == there->access && here->n_findings == there->n_findings);
    CHECK(here->chip == there->chip && here->active == there->active && here->cam == there->cam);
    CHECK(here->apdus == there->apdus && here->lost == there->lost);
    for (size_t i = 0; i < here->n_findings; i++)
        assert_string_equal(here->findings[i].rule, there->findings[i].rule);
    assert_string_equal(here->protocol, there->protocol);
}

static void chips_are_read_the_same(void **state)
{
    LW_UNUSED(state);
    struct fake_opts o = FAKE_DEFAULTS;
    check_reading(o);
    o.pace = true;
    o.parameter_id = 13;
    o.ca = true;
    o.ca_cipher = LW_CIPHER_AES128;
    o.ca_group = "brainpoolP256r1";
    o.extended = true;
    check_reading(o);
    o.mapping = LW_PACE_CHIP;
    o.aa = FAKE_AA_ECDSA;
    check_reading(o);
}

static void chips_that_misbehave_are_read_the_same(void **state)
{
    LW_UNUSED(state);
    static const enum fake_fault faults[] = {
        FAKE_WRONG_MAC, FAKE_NO_MAC,     FAKE_REPLAY,     FAKE_NO_DATA,     FAKE_TOO_MUCH,
        FAKE_TEAR,      FAKE_NO_ANSWER,  FAKE_HUGE_FILE,  FAKE_LONG_FILE,   FAKE_OTHER_TAG,
        FAKE_BAC_OLD,   FAKE_INDEFINITE, FAKE_BAC_ANSWER, FAKE_PLAIN_ANSWER};
    for (size_t i = 0; i < LW_COUNT(faults); i++) {
        struct fake_opts o = FAKE_DEFAULTS;
        o.fault = faults[i];
        o.fault_ef = LW_EF_DG2;
        o.fault_at = 500;
        o.fault_times = 1;
        check_reading(o);
    }
}

static bool stops(void *ctx)
{
    return ++*(int *)ctx > 20;
}

static void reading_a_chip_can_be_stopped(void **state)
{
    LW_UNUSED(state);
    const struct fake_opts opts = FAKE_DEFAULTS;
    struct fake_card *fake = fake_card_new(&opts);
    struct lw_reader *reader = fake_reader_new(fake);
    struct lw_password password;
    struct lw_refusal no;
    struct lw_why why;
    int asked = 0;
    LW_AUTO(lw_card) card = NULL;
    struct lw_card_opts o = LW_CARD_DEFAULTS;
    CHECK(lw_password_of_fields(&password, opts.number, opts.birth, opts.expiry, NULL) == LW_OK);
    o.password = &password;
    o.stop = stops;
    o.ctx = &asked;
    CHECK(lw_decoder_card(decoder, reader, &o, &card, &no, &why) == 1);
    CHECK(asked > 20 && asked < 30 && card->end == LW_CHANNEL_STOPPED);
    lw_reader_free(&reader);
    fake_card_free(&fake);
}

#define T(f) cmocka_unit_test_setup_teardown(f, start, stop)
static const struct CMUnitTest tests[] = {
    T(pictures_are_decoded_the_same),
    T(machine_readable_zones_are_read_the_same),
    T(zones_of_pictures_are_read_the_same),
    T(seals_are_checked_the_same),
    T(lists_of_groups_are_read_the_same),
    T(chips_are_checked_the_same_whatever_is_wrong_with_them),
    T(chips_are_checked_the_same_with_any_key_and_record),
    T(any_bytes_for_a_chip_are_decoded_the_same),
    T(chips_are_read_the_same),
    T(chips_that_misbehave_are_read_the_same),
    T(reading_a_chip_can_be_stopped),
};
RUN_TESTS(tests)
