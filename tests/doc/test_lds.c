#include "picture.h"

#include "doc/dg2.h"
#include "passport.h"

static void com_names_its_groups(void **state)
{
    LW_UNUSED(state);
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_com com;
    mkp_com(&b, 1u << 1 | 1u << 2 | 1u << 14);
    CHECK(lw_com_parse(&com, lw_strbuf_span(&b), NULL) == LW_OK);
    assert_string_equal(com.lds_version, "0107");
    assert_string_equal(com.unicode_version, "040000");
    CHECK(com.groups == (1u << 1 | 1u << 2 | 1u << 14) && com.unknown_tags == 0);
}

/* The example of ICAO 9303-10 4.6.1: LDS 1.7, Unicode 4.0.0, DG1, DG2, DG4 and DG12. */
static void com_of_the_standard_is_read(void **state)
{
    LW_UNUSED(state);
    static const uint8_t file[] = {0x60, 0x16, 0x5f, 0x01, 0x04, '0',  '1',  '0',
                                   '7',  0x5f, 0x36, 0x06, '0',  '4',  '0',  '0',
                                   '0',  '0',  0x5c, 0x04, 0x61, 0x75, 0x76, 0x6c};
    struct lw_com com;
    CHECK(lw_com_parse(&com, (struct lw_span){file, sizeof(file)}, NULL) == LW_OK);
    CHECK(com.groups == (1u << 1 | 1u << 2 | 1u << 4 | 1u << 12));
}

static void mrz_of_dg1_has_one_of_three_lengths(void **state)
{
    LW_UNUSED(state);
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_span mrz;
    struct lw_why why;
    mkp_dg1(&b, "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<D231458907UTO7408122F1204159<<<<<<<6");
    CHECK(lw_dg1_parse(&mrz, lw_strbuf_span(&b), &why) == LW_OK && mrz.n == 72);
    lw_strbuf_clear(&b);
    mkp_dg1(&b, "I<UTO");
    CHECK(lw_dg1_parse(&mrz, lw_strbuf_span(&b), &why) == LW_EFORMAT);
    CHECK(why.offset == 2 && strstr(why.text, "72, 88 or 90") != NULL);
}

static void a_file_with_another_tag_or_bytes_behind_it_is_refused(void **state)
{
    LW_UNUSED(state);
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_span mrz;
    struct lw_com com;
    mkp_com(&b, 2);
    CHECK(lw_dg1_parse(&mrz, lw_strbuf_span(&b), NULL) == LW_EFORMAT);
    lw_strbuf_putc(&b, 0);
    CHECK(lw_com_parse(&com, lw_strbuf_span(&b), NULL) == LW_EFORMAT);
    CHECK(lw_com_parse(&com, (struct lw_span){NULL, 0}, NULL) == LW_ETRUNC);
}

static struct lw_dg2 dg2_of(struct lw_strbuf *b, enum mkp_record record,
                            const struct mkp_face *faces, size_t n)
{
    struct lw_dg2 dg;
    lw_strbuf_clear(b);
    mkp_dg2(b, record, faces, n);
    CHECK(lw_dg2_parse(&dg, lw_strbuf_span(b), NULL) == LW_OK);
    return dg;
}

static bool is_picture(const struct lw_face_picture *p, const struct picture *expected)
{
    return p->bytes.n == expected->n && memcmp(p->bytes.data, expected->data, expected->n) == 0 &&
           p->said_width == expected->width && p->said_height == expected->height;
}

static void all_three_records_give_their_pictures(void **state)
{
    LW_UNUSED(state);
    struct picture jpeg = picture_jpeg(60, 80), jp2 = picture_jp2();
    const struct mkp_face faces[] = {
        {.picture = picture_span(&jpeg), .width = 60, .height = 80},
        {.picture = picture_span(&jp2), .width = 16, .height = 12},
    };
    static const enum lw_face_format formats[] = {LW_FACE_19794_2005, LW_FACE_19794_2011,
                                                  LW_FACE_39794};
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    for (int record = MKP_19794_2005; record <= MKP_39794; record++) {
        const struct lw_dg2 dg = dg2_of(&b, (enum mkp_record)record, faces, 2);
        CHECK(dg.n == 2 && dg.left_out == 0);
        CHECK(is_picture(&dg.pictures[0], &jpeg) && is_picture(&dg.pictures[1], &jp2));
        CHECK(dg.pictures[0].kind == LW_KIND_JPEG && dg.pictures[1].kind == LW_KIND_JP2);
        CHECK(dg.pictures[0].format == formats[record] && !dg.pictures[0].lengths_differ);
        CHECK(dg.pictures[0].bytes.data == (const uint8_t *)b.s + dg.pictures[0].at);
    }
    free(jpeg.data);
    free(jp2.data);
}

/* Chips in use are some bytes off (New Zealand 8, United Kingdom 1). */
static void lengths_that_are_off_do_not_hide_the_picture(void **state)
{
    LW_UNUSED(state);
    struct picture jpeg = picture_jpeg(60, 80);
    const struct mkp_face face = {.picture = picture_span(&jpeg), .width = 60, .height = 80};
    for (int record = MKP_19794_2005; record <= MKP_19794_2011; record++) {
        const size_t head = record == MKP_19794_2005 ? 14 : 17;
        for (int off = -8; off <= 8; off += 4) {
            LW_AUTO_STRBUF b = LW_STRBUF_INIT;
            struct lw_dg2 dg = {.n = 0};
            mkp_face_record(&b, (enum mkp_record)record, &face, 1);
            b.s[11] = (char)(b.s[11] + off);                             /* of the record */
            b.s[head + 3] = (char)(b.s[head + 3] + (off > 0 ? off : 0)); /* of the face */
            CHECK(lw_face_block_parse(&dg, lw_strbuf_span(&b), 0, NULL) == LW_OK);
            CHECK(dg.n == 1 && is_picture(&dg.pictures[0], &jpeg));
            CHECK(dg.pictures[0].lengths_differ == (off != 0));
        }
    }
    free(jpeg.data);
}

static void a_broken_second_face_does_not_hide_the_first(void **state)
{
    LW_UNUSED(state);
    struct picture jpeg = picture_jpeg(60, 80);
    const struct mkp_face faces[] = {
        {.picture = picture_span(&jpeg), .width = 60, .height = 80},
        {.picture = picture_span(&jpeg), .width = 60, .height = 80},
    };
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_dg2 dg = {.n = 0};
    mkp_face_record(&b, MKP_19794_2005, faces, 2);
    const struct lw_span cut = {(const uint8_t *)b.s, 14 + 40 + jpeg.n + 10};
    CHECK(lw_face_block_parse(&dg, cut, 0, NULL) == LW_OK);
    CHECK(dg.n == 1 && dg.left_out == 1 && is_picture(&dg.pictures[0], &jpeg));
    free(jpeg.data);
}

/* Cut a record at every length: what is lost is said, nothing is read past the end. */
static void a_record_cut_anywhere_is_refused_or_gives_less(void **state)
{
    LW_UNUSED(state);
    struct picture jpeg = picture_jpeg(16, 16);
    const struct mkp_face face = {.picture = picture_span(&jpeg), .width = 16, .height = 16};
    for (int record = MKP_19794_2005; record <= MKP_39794; record++) {
        LW_AUTO_STRBUF b = LW_STRBUF_INIT;
        mkp_face_record(&b, (enum mkp_record)record, &face, 1);
        for (size_t n = 0; n < b.n; n++) {
            LW_AUTO_MEM(uint8_t) copy = malloc(n + 1); /* so that a sanitizer sees its end */
            struct lw_dg2 dg = {.n = 0};
            struct lw_why why;
            memcpy(copy, b.s, n);
            int r = lw_face_block_parse(&dg, (struct lw_span){copy, n}, 100, &why);
            CHECK(r == LW_OK ? dg.n <= 1 : why.text[0] != '\0');
            if (r == LW_OK && dg.n == 1)
                CHECK(dg.pictures[0].bytes.n <= jpeg.n);
        }
    }
    free(jpeg.data);
}

static void other_versions_and_pictures_are_said_to_be_so(void **state)
{
    LW_UNUSED(state);
    const struct lw_span gif = {(const uint8_t *)"GIF89a", 6};
    const struct mkp_face face = {.picture = gif, .width = 1, .height = 1};
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_dg2 dg = {.n = 0};
    struct lw_why why;
    mkp_dg2(&b, MKP_39794, &face, 1);
    CHECK(lw_dg2_parse(&dg, lw_strbuf_span(&b), &why) == LW_EFORMAT);
    CHECK(strstr(why.text, "no JPEG or JPEG 2000") != NULL);
    lw_strbuf_clear(&b);
    mkp_face_record(&b, MKP_19794_2005, &face, 1);
    b.s[5] = '9';
    CHECK(lw_face_block_parse(&dg, lw_strbuf_span(&b), 0, &why) == LW_EUNSUP && why.offset == 4);
}

static void details_are_read_wherever_issuers_put_them(void **state)
{
    LW_UNUSED(state);
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_details d;
    mkp_dg11(&b, "ERIKSSON<<ANNA<MARIA", "SMITH<<ANNA");
    CHECK(lw_dg11_parse(&d, lw_strbuf_span(&b), NULL) == LW_OK && d.n == 3);
    assert_string_equal(d.v[0].name, "full_name");
    CHECK(d.v[0].text && d.v[0].value.n == 20 && memcmp(d.v[0].value.data, "ERIKSSON", 8) == 0);
    assert_string_equal(d.v[1].name, "other_name");
    assert_string_equal(d.v[2].name, "full_birth_date");
    CHECK(!d.v[2].text && d.v[2].value.n == 4); /* BCD */
    CHECK(lw_dg12_parse(&d, lw_strbuf_span(&b), NULL) == LW_EFORMAT);
    lw_strbuf_clear(&b);
    mkp_dg12(&b, "UTOPIA", "20200131");
    CHECK(lw_dg12_parse(&d, lw_strbuf_span(&b), NULL) == LW_OK && d.n == 2);
    assert_string_equal(d.v[1].name, "issue_date");
}

struct known_value {
    const char *name, *value;
};

static void has_details(const struct lw_details *d, const struct known_value *v, size_t n)
{
    CHECK(d->n == n && d->unknown_tags == 0);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(d->v[i].name, v[i].name);
        CHECK(d->v[i].text && d->v[i].value.n == strlen(v[i].value) &&
              memcmp(d->v[i].value.data, v[i].value, d->v[i].value.n) == 0);
    }
}

/* ICAO 9303-10 appendix A. Some of its lengths do not fit what is printed beside them; here they
 * do. */
static void details_of_the_standards_examples_are_read(void **state)
{
    LW_UNUSED(state);
    static const char dg11[] = "\x6b\x60\x5c\x0a\x5f\x0e\x5f\x11\x5f\x42\x5f\x12\x5f\x13"
                               "\x5f\x0e\x0dSMITH<<JOHN<J"
                               "\x5f\x11\x0a"
                               "ANYTOWN<MN"
                               "\x5f\x42\x17"
                               "123 MAPLE RD<ANYTOWN<MN"
                               "\x5f\x12\x0b"
                               "16125551212"
                               "\x5f\x13\x0cTRAVEL<AGENT";
    static const char dg12[] = "\x6c\x40\x5c\x06\x5f\x19\x5f\x26\x5f\x1a"
                               "\x5f\x19\x18UNITED STATES OF AMERICA"
                               "\x5f\x26\x08"
                               "20020531"
                               "\x5f\x1a\x0fSMITH<<BRENDA<P";
    static const struct known_value in_dg11[] = {{"full_name", "SMITH<<JOHN<J"},
                                                 {"place_of_birth", "ANYTOWN<MN"},
                                                 {"address", "123 MAPLE RD<ANYTOWN<MN"},
                                                 {"telephone", "16125551212"},
                                                 {"profession", "TRAVEL<AGENT"}};
    static const struct known_value in_dg12[] = {{"issuing_authority", "UNITED STATES OF AMERICA"},
                                                 {"issue_date", "20020531"},
                                                 {"other_person", "SMITH<<BRENDA<P"}};
    struct lw_details d;
    struct lw_why why;
    CHECK(lw_dg11_parse(&d, (struct lw_span){(const uint8_t *)dg11, sizeof(dg11) - 1}, &why) ==
          LW_OK);
    has_details(&d, in_dg11, LW_COUNT(in_dg11));
    CHECK(lw_dg12_parse(&d, (struct lw_span){(const uint8_t *)dg12, sizeof(dg12) - 1}, &why) ==
          LW_OK);
    has_details(&d, in_dg12, LW_COUNT(in_dg12));
}

static void signatures_of_dg7_are_counted(void **state)
{
    LW_UNUSED(state);
    struct picture jpeg = picture_jpeg(16, 16);
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_dg7 dg;
    mkp_dg7(&b, picture_span(&jpeg));
    CHECK(lw_dg7_parse(&dg, lw_strbuf_span(&b), NULL) == LW_OK);
    CHECK(dg.n == 1 && dg.pictures[0].n == jpeg.n);
    char *count = memmem(b.s, b.n, "\x02\x01\x01", 3);
    count[2] = 2;
    CHECK(lw_dg7_parse(&dg, lw_strbuf_span(&b), NULL) == LW_ETRUNC);
    count[2] = 0;
    CHECK(lw_dg7_parse(&dg, lw_strbuf_span(&b), NULL) == LW_EFORMAT);
    free(jpeg.data);
}

static void key_of_dg15_is_given_whole(void **state)
{
    LW_UNUSED(state);
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_span spki;
    EVP_PKEY *key = mkp_key("prime256v1");
    mkp_dg15(&b, key);
    CHECK(lw_dg15_parse(&spki, lw_strbuf_span(&b), NULL) == LW_OK && spki.n == b.n - 2);
    EVP_PKEY_free(key);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(com_names_its_groups),
    cmocka_unit_test(com_of_the_standard_is_read),
    cmocka_unit_test(mrz_of_dg1_has_one_of_three_lengths),
    cmocka_unit_test(a_file_with_another_tag_or_bytes_behind_it_is_refused),
    cmocka_unit_test(all_three_records_give_their_pictures),
    cmocka_unit_test(lengths_that_are_off_do_not_hide_the_picture),
    cmocka_unit_test(a_broken_second_face_does_not_hide_the_first),
    cmocka_unit_test(a_record_cut_anywhere_is_refused_or_gives_less),
    cmocka_unit_test(other_versions_and_pictures_are_said_to_be_so),
    cmocka_unit_test(details_are_read_wherever_issuers_put_them),
    cmocka_unit_test(details_of_the_standards_examples_are_read),
    cmocka_unit_test(signatures_of_dg7_are_counted),
    cmocka_unit_test(key_of_dg15_is_given_whole),
};
RUN_TESTS(tests)
