#include "hex.h"

#include "card/pace.h"
#include "card/secinfo.h"
#include "doc/tlv.h"

/* PACEInfo of ICAO 9303-11 G.1; the others are like it with another protocol or parameter. */
#define GM_AES128_13 "3012 060A04007F00070202040202 020102 02010D"
#define CAM_AES128_13 "3012 060A04007F00070202040602 020102 02010D"
#define GM_AES256_16 "3012 060A04007F00070202040204 020102 020110"
#define IM_AES128_10 "3012 060A04007F00070202040402 020102 02010A"
#define DH_GM_3DES_2 "3012 060A04007F00070202040101 020102 020102"

static int parse(struct lw_secinfo *s, const char *hex, struct lw_why *why)
{
    struct hex h = unhex(hex);
    return lw_secinfo_parse(s, hex_span(&h), why);
}

static void pace_infos_are_read_with_their_protocol(void **state)
{
    LW_UNUSED(state);
    struct lw_secinfo s;
    char name[40];
    CHECK(parse(&s, "3128 " GM_AES128_13 CAM_AES128_13, NULL) == LW_OK);
    CHECK(s.n_pace == 2 && s.n_ca == 0 && s.n_unknown == 0);
    CHECK(s.pace[0].mapping == LW_PACE_GENERIC && s.pace[0].cipher == LW_CIPHER_AES128);
    CHECK(s.pace[0].curve && s.pace[0].version == 2 && s.pace[0].parameter_id == 13);
    lw_pace_info_print(name, &s.pace[1]);
    assert_string_equal(name, "PACE-ECDH-CAM-AES-CBC-CMAC-128");
}

static void the_best_offer_is_chosen(void **state)
{
    LW_UNUSED(state);
    static const struct {
        const char *set, *chosen;
    } all[] = {
        {"3128 " GM_AES128_13 CAM_AES128_13, "PACE-ECDH-CAM-AES-CBC-CMAC-128"},
        {"3128 " GM_AES128_13 GM_AES256_16, "PACE-ECDH-GM-AES-CBC-CMAC-256"},
        {"3128 " IM_AES128_10 DH_GM_3DES_2, "PACE-DH-GM-3DES-CBC-CBC"}, /* P-224 has no IM */
        {"3114 " IM_AES128_10, NULL},
        {"3114 3012 060A04007F00070202040202 020101 02010D", NULL}, /* version 1 */
        {"3111 300F 060A04007F00070202040202 020102", NULL},        /* own parameters */
        {"3114 3012 060A04007F00070202040202 020102 020101", NULL}, /* curve with DH numbers */
        {"3100", NULL}};
    for (size_t i = 0; i < LW_COUNT(all); i++) {
        struct lw_secinfo s;
        char name[40];
        CHECK(parse(&s, all[i].set, NULL) == LW_OK);
        const struct lw_pace_info *p = lw_pace_choose(&s);
        CHECK((p != NULL) == (all[i].chosen != NULL));
        if (p) {
            lw_pace_info_print(name, p);
            assert_string_equal(name, all[i].chosen);
        }
    }
}

static void other_protocols_are_counted_and_skipped(void **state)
{
    LW_UNUSED(state);
    struct lw_secinfo s;
    /* Terminal authentication; PACE of an unknown variant; CAM with 3DES, which does not exist. */
    CHECK(parse(&s,
                "3137 300D 060804007F0007020202 020101"
                "3012 060A04007F00070202040502 020102 02010D"
                "3012 060A04007F00070202040601 020102 02010D",
                NULL) == LW_OK);
    CHECK(s.n_unknown == 3 && s.n_pace == 0);
}

static void chip_and_active_authentication_are_read(void **state)
{
    LW_UNUSED(state);
    struct lw_secinfo s;
    struct hex dg14 = unhex("6E46 3144"
                            "3013 060A04007F00070202030202 020101 020200C3"
                            "3014 060904007F000702020102 3003 020105 020200C3"
                            "3017 0606678108010105 020101 060A04007F00070101040103");
    CHECK(lw_secinfo_parse_dg14(&s, hex_span(&dg14), NULL) == LW_OK);
    CHECK(s.n_ca == 1 && s.ca[0].cipher == LW_CIPHER_AES128 && s.ca[0].key_id == 195);
    CHECK(s.n_ca_keys == 1 && s.ca_keys[0].curve && s.ca_keys[0].spki.n == 5);
    CHECK(s.ca_keys[0].key_id == 195 && s.has_aa && s.aa_hash == LW_AA_SHA256);
}

static void infos_out_of_shape_are_refused_with_their_offset(void **state)
{
    LW_UNUSED(state);
    static const struct {
        const char *set;
        int code;
        int64_t offset;
    } all[] = {
        {"", LW_ETRUNC, 0},
        {"3014 3012 060A04007F00070202040202 020102 02010D", LW_EFORMAT, 0},
        {"3114 3012 060A04007F00070202040202 020102 02010D 00", LW_EFORMAT, 22},
        {"3115 3012 060A04007F00070202040202 020102 02010D", LW_ETRUNC, 0},
        {"3114 3012 060A04007F00070202040202 020102 04010D", LW_EFORMAT, 19},
        {"3114 3012 060A04007F00070202040202 040102 02010D", LW_EFORMAT, 16},
        {"3114 3012 060A04007F00070202040202 020102 0201FF", LW_EFORMAT, 19},
        {"3117 3015 060A04007F00070202040202 020102 02010D 020101", LW_EFORMAT, 22},
        {"3104 3002 0500", LW_EFORMAT, 4},
        {"3102 3000", LW_ETRUNC, 4},
        {"310E 300C 060A04007F00070202040202", LW_ETRUNC, 16},
        {"3113 3011 060904007F000702020102 0404 020105FF", LW_EFORMAT, 15},
    };
    for (size_t i = 0; i < LW_COUNT(all); i++) {
        struct lw_secinfo s = {.n_pace = 77};
        struct lw_why why = {0};
        int r = parse(&s, all[i].set, &why);
        assert_int_equal(r, all[i].code);
        assert_int_equal(why.offset, all[i].offset);
        CHECK(s.n_pace == 77);
    }
}

static void nine_infos_of_a_kind_are_too_many(void **state)
{
    LW_UNUSED(state);
    struct lw_secinfo s;
    struct lw_why why = {0};
    char set[600] = "3181B4 ";
    for (int i = 0; i < 9; i++)
        strcat(set, GM_AES128_13);
    CHECK(parse(&s, set, &why) == LW_ELIMIT);
    CHECK(strstr(why.text, "more than 8 infos of a kind"));
}

static void wrap(struct lw_strbuf *b, uint32_t tag, const char *before)
{
    struct hex h = unhex(before);
    LW_AUTO_STRBUF inner = LW_STRBUF_INIT;
    lw_strbuf_put(&inner, h.bytes, h.n);
    lw_strbuf_put(&inner, b->s, b->n);
    b->n = 0;
    lw_tlv_put(b, tag, lw_strbuf_span(&inner));
}

/* SignedData with this set of infos as its contents. */
static int parse_signed(struct lw_secinfo *s, const char *set, uint32_t octets, struct lw_why *why)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    wrap(&b, octets, set);
    wrap(&b, 0xa0, "");
    wrap(&b, 0x30, "060804007F0007030201");
    wrap(&b, 0x30, "020103 3100");
    wrap(&b, 0xa0, "");
    wrap(&b, 0x30, "06092A864886F70D010702");
    CHECK(lw_strbuf_err(&b) == LW_OK);
    return lw_secinfo_parse_card_security(s, lw_strbuf_span(&b), why);
}

static void card_security_is_a_signed_file(void **state)
{
    LW_UNUSED(state);
    struct lw_secinfo s;
    struct lw_why why = {0};
    CHECK(parse_signed(&s, "3128 " GM_AES128_13 CAM_AES128_13, 0x04, &why) == LW_OK);
    CHECK(s.n_pace == 2);
    CHECK(parse_signed(&s, "3128 " GM_AES128_13 CAM_AES128_13, 0x24, &why) == LW_EFORMAT);
    CHECK(parse_signed(&s, "3128 " GM_AES128_13, 0x04, &why) == LW_ETRUNC && why.offset == 38);
    struct hex plain = unhex("3114 " GM_AES128_13);
    CHECK(lw_secinfo_parse_card_security(&s, hex_span(&plain), &why) == LW_EFORMAT);
    assert_string_equal(why.text, "byte 0: not a signed file with contents");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(pace_infos_are_read_with_their_protocol),
    cmocka_unit_test(the_best_offer_is_chosen),
    cmocka_unit_test(other_protocols_are_counted_and_skipped),
    cmocka_unit_test(chip_and_active_authentication_are_read),
    cmocka_unit_test(infos_out_of_shape_are_refused_with_their_offset),
    cmocka_unit_test(nine_infos_of_a_kind_are_too_many),
    cmocka_unit_test(card_security_is_a_signed_file),
};
RUN_TESTS(tests)
