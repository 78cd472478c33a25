#include "check.h"

#include "base/file.h"
#include "doc/tlv.h"

static struct lw_span over(const void *bytes, size_t n)
{
    return (struct lw_span){.data = bytes, .n = n};
}
/* A string literal's bytes without its NUL. */
#define BYTES(s) over("" s, sizeof(s) - 1)

static int walk(struct lw_tlv_reader *r, struct lw_why *why)
{
    struct lw_tlv t;
    struct lw_tlv_reader inside;
    int e;
    while ((e = lw_tlv_next(r, &t, why)) == 1)
        if (t.constructed &&
            ((e = lw_tlv_enter(r, &t, &inside, why)) < 0 || (e = walk(&inside, why)) < 0))
            break;
    return e;
}

static int walk_all(struct lw_span bytes, bool der, struct lw_why *why)
{
    struct lw_tlv_limits limits = LW_TLV_LIMITS;
    struct lw_tlv_reader r;
    limits.der = der;
    int e = lw_tlv_open(&r, bytes, &limits, why);
    return e < 0 ? e : walk(&r, why);
}

static void golden_files_are_taken_or_refused_as_their_names_say(void **state)
{
    LW_UNUSED(state);
    static const char dir[] = "tests/fuzz/corpus/tlv";
    struct lw_names names = {0};
    size_t good = 0, bad = 0, der_bad = 0;
    CHECK(lw_names_list(&names, dir, 10000, NULL) == LW_OK);
    for (size_t i = 0; i < names.n; i++) {
        const char *name = names.v[i];
        char path[300];
        uint8_t *data = NULL;
        size_t n = 0;
        struct lw_why why = {0};
        snprintf(path, sizeof(path), "%s/%s", dir, name);
        CHECK(lw_file_read(path, LW_MIB, &data, &n, NULL) == LW_OK);
        int ber = walk_all(over(data, n), false, &why);
        int der = walk_all(over(data, n), true, NULL);
        if (strncmp(name, "good_", 5) == 0) {
            good++;
            CHECK(ber == LW_OK);
        } else if (strncmp(name, "bad_", 4) == 0) {
            bad++;
            CHECK(ber < 0 && der < 0 && why.offset >= 0 && strncmp(why.text, "byte ", 5) == 0);
        } else if (strncmp(name, "der_bad_", 8) == 0) {
            der_bad++;
            CHECK(ber == LW_OK && der == LW_EFORMAT);
        }
        free(data);
    }
    lw_names_clear(&names);
    CHECK(good >= 6 && bad >= 14 && der_bad >= 4);
}

/* The EF.COM of ICAO 9303-10 (LDS 1.7, Unicode 4.0.0, DG1 and DG2). */
static const char ef_com[] = "\x60\x14\x5f\x01\x04"
                             "0107"
                             "\x5f\x36\x06"
                             "040000"
                             "\x5c\x02\x61\x75";

static void tags_of_several_bytes_and_offsets_are_right(void **state)
{
    LW_UNUSED(state);
    struct lw_tlv_limits limits = LW_TLV_LIMITS;
    struct lw_tlv_reader r, inside;
    struct lw_tlv t;
    CHECK(lw_tlv_open(&r, over(ef_com, sizeof(ef_com) - 1), &limits, NULL) == LW_OK);
    CHECK(lw_tlv_expect(&r, 0x60, &t, NULL) == LW_OK && t.constructed && t.whole.n == 22);
    CHECK(lw_tlv_enter(&r, &t, &inside, NULL) == LW_OK && lw_tlv_end(&r, NULL) == LW_OK);
    CHECK(lw_tlv_next(&inside, &t, NULL) == 1 && t.tag == 0x5f01 && t.at == 2 && t.header == 3);
    CHECK(t.value.n == 4 && memcmp(t.value.data, "0107", 4) == 0 && !t.constructed);
    CHECK(lw_tlv_accept(&inside, 0x5c, &t, NULL) == 0);
    CHECK(lw_tlv_accept(&inside, 0x5f36, &t, NULL) == 1 && t.at == 9);
    CHECK(lw_tlv_find(&inside, 0x5c, &t, NULL) == 1 && t.at == 18 && t.value.data[1] == 0x75);
    CHECK(lw_tlv_next(&inside, &t, NULL) == 0);
}

static void contents_of_an_indefinite_length_end_before_their_end_mark(void **state)
{
    LW_UNUSED(state);
    struct lw_tlv_limits limits = LW_TLV_LIMITS;
    struct lw_tlv_reader r, inside;
    struct lw_tlv t;
    struct lw_span all =
        BYTES("\x30\x80\x02\x01\x01\x30\x80\x04\x01\x00\x00\x00\x02\x01\x02\x00\x00"
              "\x05\x00");
    CHECK(lw_tlv_open(&r, all, &limits, NULL) == LW_OK);
    CHECK(lw_tlv_next(&r, &t, NULL) == 1 && t.indefinite && t.value.n == 13 && t.whole.n == 17);
    CHECK(lw_tlv_enter(&r, &t, &inside, NULL) == LW_OK);
    CHECK(lw_tlv_next(&inside, &t, NULL) == 1 && t.tag == 0x02);
    CHECK(lw_tlv_next(&inside, &t, NULL) == 1 && t.tag == 0x30 && t.value.n == 3 && t.at == 5);
    CHECK(lw_tlv_next(&inside, &t, NULL) == 1 && t.at == 12 && t.value.data[0] == 2);
    CHECK(lw_tlv_next(&inside, &t, NULL) == 0);
    CHECK(lw_tlv_next(&r, &t, NULL) == 1 && t.tag == 0x05 && t.at == 17);
}

static void an_offence_is_named_with_its_offset_and_moves_nothing(void **state)
{
    LW_UNUSED(state);
    struct lw_tlv_limits limits = LW_TLV_LIMITS;
    struct lw_tlv_reader r, inside;
    struct lw_tlv t, kept = {.tag = 77};
    struct lw_why why = {0};
    struct lw_span all = BYTES("\x30\x06\x02\x01\x01\x04\x09\x61");
    CHECK(lw_tlv_open(&r, all, &limits, NULL) == LW_OK && lw_tlv_next(&r, &t, NULL) == 1);
    CHECK(lw_tlv_enter(&r, &t, &inside, NULL) == LW_OK && lw_tlv_next(&inside, &t, NULL) == 1);
    CHECK(lw_tlv_next(&inside, &kept, &why) == LW_ETRUNC && kept.tag == 77 && inside.c.pos == 3);
    assert_string_equal(why.text, "byte 5: element 0x4 says 9 bytes, 1 are left");
    CHECK(why.offset == 5);
    CHECK(lw_tlv_expect(&r, 0x31, &kept, &why) == LW_ETRUNC && why.offset == 8);
    CHECK(lw_tlv_enter(&r, &(struct lw_tlv){.tag = 4, .at = 5}, &inside, &why) == LW_EFORMAT);
}

static void an_element_in_the_place_of_another_is_refused(void **state)
{
    LW_UNUSED(state);
    struct lw_tlv_limits limits = LW_TLV_LIMITS;
    struct lw_tlv_reader r;
    struct lw_tlv t;
    struct lw_why why = {0};
    CHECK(lw_tlv_open(&r, BYTES("\x02\x01\x01"), &limits, NULL) == LW_OK);
    CHECK(lw_tlv_expect(&r, 0x7f61, &t, &why) == LW_EFORMAT);
    assert_string_equal(why.text, "byte 0: element 0x2 stands where 0x7F61 belongs");
    CHECK(lw_tlv_end(&r, &why) == LW_EFORMAT);
    assert_string_equal(why.text, "byte 0: 3 bytes too many");
}

static void count_and_size_are_limited(void **state)
{
    LW_UNUSED(state);
    uint8_t many[2000];
    for (size_t i = 0; i < sizeof(many); i += 2) {
        many[i] = 0x04;
        many[i + 1] = 0;
    }
    struct lw_tlv_limits limits = LW_TLV_LIMITS;
    struct lw_tlv_reader r;
    struct lw_why why = {0};
    limits.max_count = 999;
    CHECK(lw_tlv_open(&r, over(many, sizeof(many)), &limits, NULL) == LW_OK);
    CHECK(walk(&r, &why) == LW_ELIMIT && why.offset == 1998);
    limits.max_count = 1000;
    CHECK(lw_tlv_open(&r, over(many, sizeof(many)), &limits, NULL) == LW_OK);
    CHECK(walk(&r, &why) == LW_OK);
    limits.max_bytes = 1999;
    CHECK(lw_tlv_open(&r, over(many, sizeof(many)), &limits, &why) == LW_ELIMIT);
}

/* Thousands of open indefinite elements must cost no recursion and no quadratic time. */
static void a_megabyte_of_open_elements_is_refused_at_the_depth_limit(void **state)
{
    LW_UNUSED(state);
    uint8_t *bomb = malloc(LW_MIB);
    CHECK(bomb != NULL);
    for (size_t i = 0; i < LW_MIB; i += 2) {
        bomb[i] = 0x30;
        bomb[i + 1] = 0x80;
    }
    struct lw_why why = {0};
    CHECK(walk_all(over(bomb, LW_MIB), false, &why) == LW_ELIMIT && why.offset < 100);
    free(bomb);
}

static void the_header_alone_says_how_much_to_read(void **state)
{
    LW_UNUSED(state);
    uint32_t tag = 0;
    size_t header = 0, length = 0;
    CHECK(lw_tlv_header(BYTES("\x75\x82\x4e\x20\x7f\x61"), &tag, &header, &length) == LW_OK);
    CHECK(tag == 0x75 && header == 4 && length == 20000);
    CHECK(lw_tlv_header(BYTES("\x75\x82\x4e"), &tag, &header, &length) == LW_ETRUNC);
    CHECK(lw_tlv_header(BYTES("\x30\x80"), &tag, &header, &length) == LW_EUNSUP);
    CHECK(lw_tlv_header(BYTES("\x7f\x61\x00"), &tag, &header, &length) == LW_OK && tag == 0x7f61);
}

static struct lw_tlv value_of(struct lw_span bytes)
{
    return (struct lw_tlv){.tag = 2, .header = 2, .value = bytes};
}

static void integers_are_read_whole_or_refused(void **state)
{
    LW_UNUSED(state);
    uint64_t v = 5;
    struct lw_tlv t = value_of(BYTES("\x00\xff\xff\xff\xff\xff\xff\xff\xff"));
    CHECK(lw_tlv_uint(&t, &v, NULL) == LW_OK && v == UINT64_MAX);
    t = value_of(BYTES("\x00"));
    CHECK(lw_tlv_uint(&t, &v, NULL) == LW_OK && v == 0);
    t = value_of(BYTES("\x01\x00\x00\x00\x00\x00\x00\x00\x00"));
    CHECK(lw_tlv_uint(&t, &v, NULL) == LW_ELIMIT);
    t = value_of(BYTES("\x80"));
    CHECK(lw_tlv_uint(&t, &v, NULL) == LW_EFORMAT);
    t = value_of(BYTES("\x00\x7f"));
    CHECK(lw_tlv_uint(&t, &v, NULL) == LW_EFORMAT);
    t = value_of(BYTES(""));
    CHECK(lw_tlv_uint(&t, &v, NULL) == LW_EFORMAT);
}

/* X.690 8.19.5: {2 999 3}; RFC 5652: id-signedData. */
static void object_identifiers_are_printed(void **state)
{
    LW_UNUSED(state);
    char s[32];
    struct lw_tlv t = value_of(BYTES("\x88\x37\x03"));
    CHECK(lw_tlv_oid_print(s, sizeof(s), &t, NULL) == LW_OK);
    assert_string_equal(s, "2.999.3");
    t = value_of(BYTES("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"));
    CHECK(lw_tlv_oid_print(s, sizeof(s), &t, NULL) == LW_OK);
    assert_string_equal(s, "1.2.840.113549.1.7.2");
    CHECK(lw_tlv_oid_print(s, 20, &t, NULL) == LW_ELIMIT);
    t = value_of(BYTES("\x2a\x86"));
    CHECK(lw_tlv_oid_print(s, sizeof(s), &t, NULL) == LW_EFORMAT);
    t = value_of(BYTES("\x2a\x80\x01"));
    CHECK(lw_tlv_oid_print(s, sizeof(s), &t, NULL) == LW_EFORMAT);
    t = value_of(BYTES(""));
    CHECK(lw_tlv_oid_print(s, sizeof(s), &t, NULL) == LW_EFORMAT);
}

static void what_is_written_is_shortest_and_reads_back(void **state)
{
    LW_UNUSED(state);
    static const size_t sizes[] = {0, 1, 127, 128, 255, 256, 65535, 65536};
    static const size_t headers[] = {3, 3, 3, 4, 4, 5, 5, 6};
    uint8_t *bytes = calloc(1, 65536);
    CHECK(bytes != NULL);
    for (size_t i = 0; i < LW_COUNT(sizes); i++) {
        LW_AUTO_STRBUF b = LW_STRBUF_INIT;
        struct lw_tlv_limits limits = LW_TLV_LIMITS;
        struct lw_tlv_reader r;
        struct lw_tlv t;
        limits.der = true;
        lw_tlv_put(&b, 0x7f61, over(bytes, sizes[i]));
        CHECK(lw_strbuf_err(&b) == LW_OK && b.n == headers[i] + sizes[i]);
        CHECK(lw_tlv_open(&r, lw_strbuf_span(&b), &limits, NULL) == LW_OK);
        CHECK(lw_tlv_expect(&r, 0x7f61, &t, NULL) == LW_OK && t.value.n == sizes[i]);
        CHECK(lw_tlv_end(&r, NULL) == LW_OK);
    }
    free(bytes);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(golden_files_are_taken_or_refused_as_their_names_say),
    cmocka_unit_test(tags_of_several_bytes_and_offsets_are_right),
    cmocka_unit_test(contents_of_an_indefinite_length_end_before_their_end_mark),
    cmocka_unit_test(an_offence_is_named_with_its_offset_and_moves_nothing),
    cmocka_unit_test(an_element_in_the_place_of_another_is_refused),
    cmocka_unit_test(count_and_size_are_limited),
    cmocka_unit_test(a_megabyte_of_open_elements_is_refused_at_the_depth_limit),
    cmocka_unit_test(the_header_alone_says_how_much_to_read),
    cmocka_unit_test(integers_are_read_whole_or_refused),
    cmocka_unit_test(object_identifiers_are_printed),
    cmocka_unit_test(what_is_written_is_shortest_and_reads_back),
};
RUN_TESTS(tests)
