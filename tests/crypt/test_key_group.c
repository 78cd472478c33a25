#include "hex.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "crypt/group.h"

enum { BRAINPOOL_P256R1 = 13, DH_1024_160 = 0 };

static struct lw_group *standard(unsigned id)
{
    struct lw_group *g = NULL;
    CHECK(lw_group_standard(&g, id, NULL) == LW_OK);
    return g;
}

static void check_number(const struct lw_number *got, const char *want)
{
    check_hex(lw_number_span(got), want);
}

static void check_generator(const struct lw_group *g, const char *want)
{
    struct lw_number n;
    CHECK(lw_group_generator(g, &n) == LW_OK);
    check_number(&n, want);
}

static void check_public(const struct lw_group *g, const char *secret, const char *want)
{
    struct lw_number n;
    CHECK(lw_group_public(g, HEX(secret), &n) == LW_OK);
    check_number(&n, want);
}

static void check_shared(const struct lw_group *g, const char *secret, const char *other,
                         const char *want)
{
    struct lw_number n;
    CHECK(lw_group_agree(g, HEX(secret), HEX(other), &n, NULL) == LW_OK);
    check_number(&n, want);
}

/* ICAO 9303-11 G.1. */
#define G1_MAP_IFD "7F4EF07B 9EA82FD7 8AD689B3 8D0BC78C F21F249D 953BC46F 4C6E1925 9C010F99"
#define G1_MAP_IFD_PUBLIC                                                                          \
    "04 7ACF3EFC 982EC455 65A4B155 129EFBC7 4650DCBF A6362D89 6FC70262 E0C2CC5E"                   \
    "   544552DC B6725218 799115B5 5C9BAA6D 9F6BC3A9 618E70C2 5AF71777 A9C4922D"
#define G1_MAP_IC "498FF497 56F2DC15 87840041 839A8598 2BE7761D 14715FB0 91EFA7BC E9058560"
#define G1_MAP_IC_PUBLIC                                                                           \
    "04 824FBA91 C9CBE26B EF53A0EB E7342A3B F178CEA9 F45DE0B7 0AA60165 1FBA3F57"                   \
    "   30D8C879 AAA9C9F7 3991E61B 58F4D52E B87A0A0C 709A49DC 63719363 CCD13C54"
#define G1_IFD "A73FB703 AC1436A1 8E0CFA5A BB3F7BEC 7A070E7A 6788486B EE230C4A 22762595"
#define G1_IFD_PUBLIC                                                                              \
    "04 2DB7A64C 0355044E C9DF1905 14C625CB A2CEA487 54887122 F3A5EF0D 5EDD301C"                   \
    "   3556F3B3 B186DF10 B857B58F 6A7EB80F 20BA5DC7 BE1D43D9 BF850149 FBB36462"
#define G1_IC "107CF586 96EF6155 053340FD 633392BA 81909DF7 B9706F22 6F32086C 7AFF974A"
#define G1_IC_PUBLIC                                                                               \
    "04 9E880F84 2905B8B3 181F7AF7 CAA9F0EF B743847F 44A306D2 D28C1D9E C65DF6DB"                   \
    "   7764B222 77A2EDDC 3C265A9F 018F9CB8 52E111B7 68B32690 4B59A019 3776F094"

static void generic_mapping_on_a_curve_is_that_of_the_example(void **state)
{
    LW_UNUSED(state);
    struct lw_group *g = standard(BRAINPOOL_P256R1), *reader = NULL, *chip = NULL;
    static const char mapped[] =
        "04 8CED63C9 1426D4F0 EB1435E7 CB1D74A4 6723A0AF 21C89634 F65A9AE8 7A9265E2"
        "   8C879506 743F8611 AC33645C 5B985C80 B5F09A0B 83407C1B 6A4D857A E76FE522";
    struct lw_number h;
    check_public(g, G1_MAP_IFD, G1_MAP_IFD_PUBLIC);
    check_public(g, G1_MAP_IC, G1_MAP_IC_PUBLIC);
    CHECK(lw_group_multiply(g, HEX(G1_MAP_IFD), HEX(G1_MAP_IC_PUBLIC), &h, NULL) == LW_OK);
    check_number(&h, "04 60332EF2 450B5D24 7EF6D386 8397D398 852ED6E8 CAF6FFEE F6BF85CA 57057FD5"
                     "   0840CA74 15BAF3E4 3BD414D3 5AA4608B 93A2CAF3 A4E3EA4E 82C9C13D 03EB7181");
    struct lw_span nonce = HEX("3F00C4D3 9D153F2B 2A214A07 8D899B22");
    CHECK(lw_group_map_generic(&reader, g, HEX(G1_MAP_IFD), HEX(G1_MAP_IC_PUBLIC), nonce, NULL) ==
          LW_OK);
    CHECK(lw_group_map_generic(&chip, g, HEX(G1_MAP_IC), HEX(G1_MAP_IFD_PUBLIC), nonce, NULL) ==
          LW_OK);
    check_generator(reader, mapped);
    check_generator(chip, mapped);
    check_public(reader, G1_IFD, G1_IFD_PUBLIC);
    check_public(chip, G1_IC, G1_IC_PUBLIC);
    static const char k[] =
        "28768D20 701247DA E81804C9 E780EDE5 82A9996D B4A31502 0B273319 7DB84925";
    check_shared(reader, G1_IFD, G1_IC_PUBLIC, k);
    check_shared(chip, G1_IC, G1_IFD_PUBLIC, k);
    lw_group_free(&g);
    lw_group_free(&reader);
    lw_group_free(&chip);
}

/* ICAO 9303-11 G.2. */
#define G2_MAP_IFD "5265030F 751F4AD1 8B08AC56 5FC7AC95 2E41618D"
#define G2_MAP_IFD_PUBLIC                                                                          \
    "23FB3749 EA030D2A 25B278D2 A562047A DE3F01B7 4F17A154 02CB7352 CA7D2B3E"                      \
    "B71C343D B13D1DEB CE9A3666 DBCFC920 B49174A6 02CB4796 5CAA73DC 702489A4"                      \
    "4D41DB91 4DE9613D C5E98C94 160551C0 DF86274B 9359BC04 90D01B03 AD54022D"                      \
    "CB4F57FA D6322497 D7A1E28D 46710F46 1AFE710F BBBC5F8B A166F431 1975EC6C"
#define G2_MAP_IC "66DDAFEA C1609CB5 B963BB0C B3FF8B3E 047F336C"
#define G2_MAP_IC_PUBLIC                                                                           \
    "78879F57 225AA808 0D52ED0F C890A4B2 5336F699 AA89A2D3 A189654A F70729E6"                      \
    "23EA5738 B26381E4 DA19E004 706FACE7 B235C2DB F2F38748 312F3C98 C2DD4882"                      \
    "A41947B3 24AA1259 AC22579D B93F7085 655AF308 89DBB845 D9E6783F E42C9F24"                      \
    "49400306 254C8AE8 EE9DD812 A804C0B6 6E8CAFC1 4F84D825 8950A91B 44126EE6"
#define G2_IFD "89CCD99B 0E8D3B1F 11E1296D CA68EC53 411CF2CA"
#define G2_IFD_PUBLIC                                                                              \
    "907D89E2 D425A178 AA81AF4A 7774EC8E 388C115C AE67031E 85EECE52 0BD91155"                      \
    "1B9AE4D0 4369F29A 02626C86 FBC6747C C7BC3526 45B6161A 2A42D44E DA80A08F"                      \
    "A8D61B76 D3A154AD 8A5A5178 6B0BC071 47057871 A922212C 5F67F431 73172236"                      \
    "B7747D16 71E6D692 A3C7D40A 0C3C5CE3 97545D01 5C175EB5 130551ED BC2EE5D4"
#define G2_IC "A5B78012 6B7C980E 9FCEA1D4 539DA1D2 7C342DFA"
#define G2_IC_PUBLIC                                                                               \
    "075693D9 AE941877 573E634B 6E644F8E 60AF17A0 076B8B12 3D920107 4D36152B"                      \
    "D8B3A213 F53820C4 2ADC79AB 5D0AEEC3 AEFB9139 4DA476BD 97B9B14D 0A65C1FC"                      \
    "71A0E019 CB08AF55 E1F72900 5FBA7E3F A5DC4189 9238A250 767A6D46 DB974064"                      \
    "386CD456 743585F8 E5D90CC8 B4004B1F 6D866C79 CE0584E4 9687FF61 BC29AEA1"

static void generic_mapping_of_integers_is_that_of_the_example(void **state)
{
    LW_UNUSED(state);
    struct lw_group *g = standard(DH_1024_160), *reader = NULL, *chip = NULL;
    static const char mapped[] =
        "7C9CBFE9 8F9FBDDA 8D143506 FA7D9306 F4CB17E3 C71707AF F5E1C1A1 23702496"
        "84D64EE3 7AF44B8D BD9D45BF 6023919C BAA027AB 97ACC771 666C8E98 FF483301"
        "BFA4872D EDE9034E DFACB708 14166B7F 36067682 9B826BEA 57291B5A D69FBC84"
        "EF1E7790 32A30580 3F743417 93E86974 2D401325 B37EE856 5FFCDEE6 18342DC5";
    check_public(g, G2_MAP_IFD, G2_MAP_IFD_PUBLIC);
    check_public(g, G2_MAP_IC, G2_MAP_IC_PUBLIC);
    check_shared(g, G2_MAP_IFD, G2_MAP_IC_PUBLIC,
                 "5BABEBEF 5B74E5BA 94B5C063 FDA15F1F 1CDE9487 3EE0A5D3 A2FCAB49 F258D07F"
                 "544F13CB 66658C3A FEE9E727 389BE3F6 CBBBD321 28A8C21D D6EEA3CF 7091CDDF"
                 "B08B8D00 7D40318D CCA4FFBF 51208790 FB4BD111 E5A968ED 6B6F08B2 6CA87C41"
                 "0B3CE0C3 10CE104E ABD16629 AA48620C 1279270C B0750C0D 37C57FFF E302AE7F");
    struct lw_span nonce = HEX("FA5B7E3E 49753A0D B9178B7B 9BD898C8");
    CHECK(lw_group_map_generic(&reader, g, HEX(G2_MAP_IFD), HEX(G2_MAP_IC_PUBLIC), nonce, NULL) ==
          LW_OK);
    CHECK(lw_group_map_generic(&chip, g, HEX(G2_MAP_IC), HEX(G2_MAP_IFD_PUBLIC), nonce, NULL) ==
          LW_OK);
    check_generator(reader, mapped);
    check_generator(chip, mapped);
    check_public(reader, G2_IFD, G2_IFD_PUBLIC);
    check_public(chip, G2_IC, G2_IC_PUBLIC);
    static const char k[] =
        "6BABC7B3 A72BCD7E A385E4C6 2DB2625B D8613B24 149E146A 629311C4 CA6698E3"
        "8B834B6A 9E9CD718 4BA8834A FF5043D4 36950C4C 1E783236 7C10CB8C 314D40E5"
        "990B0DF7 013E64B4 549E2270 923D06F0 8CFF6BD3 E977DDE6 ABE4C31D 55C0FA2E"
        "465E553E 77BDF75E 3193D383 4FC26E8E B1EE2FA1 E4FC97C1 8C3F6CFF FE2607FD";
    check_shared(reader, G2_IFD, G2_IC_PUBLIC, k);
    check_shared(chip, G2_IC, G2_IFD_PUBLIC, k);
    lw_group_free(&g);
    lw_group_free(&reader);
    lw_group_free(&chip);
}

/* ICAO 9303-11 H.1. */
static void integrated_mapping_on_a_curve_is_that_of_the_example(void **state)
{
    LW_UNUSED(state);
    struct lw_group *g = standard(BRAINPOOL_P256R1), *mapped = NULL;
    struct lw_span s = HEX("2923BE84 E16CD6AE 529049F1 F1BBE9EB");
    struct lw_span t = HEX("5DD4CBFC 96F5453B 130D890A 1CDBAE32");
    struct lw_number r;
    CHECK(lw_group_map_number(g, LW_CIPHER_AES128, s, t, &r) == LW_OK);
    check_number(&r, "A2F8FF2D F50E52C6 599F386A DCB595D2 29F6A167 ADE2BE5F 2C3296AD D5B7430E");
    CHECK(lw_group_map_integrated(&mapped, g, LW_CIPHER_AES128, s, t, NULL) == LW_OK);
    check_generator(mapped,
                    "04 8E82D315 59ED0FDE 92A4D049 8ADD3C23 BABA94FB 77691E31 E90AEA77 FB17D427"
                    "   4C1AE14B D0C3DBAC 0C871B7F 36081693 64437CA3 0AC243A0 89D3F266 C1E60FAD");
    check_public(mapped, G1_IFD,
                 "04 89CBA23F FE96AA18 D824627C 3E934E54 A9FD0B87 A95D1471 DC1C0ABF DCD640D4"
                 "   6755DE9B 7B778280 B6BEBD57 439ADFEB 0E21FD4E D6DF4257 8C13418A 59B34C37");
    check_public(mapped, G1_IC,
                 "04 67F78E5F 7F768608 2B293E8D 087E0569 16D0F74B C01A5F89 57D0DE45 691E51E8"
                 "   932B69A9 62B52A09 85AD2C0A 271EE6A1 3A8ADDDC D1A3A994 B9DED257 F4D22753");
    check_shared(mapped, G1_IFD,
                 "04 67F78E5F 7F768608 2B293E8D 087E0569 16D0F74B C01A5F89 57D0DE45 691E51E8"
                 "   932B69A9 62B52A09 85AD2C0A 271EE6A1 3A8ADDDC D1A3A994 B9DED257 F4D22753",
                 "4F150FDE 1D4F0E38 E95017B8 91BAE171 33A0DF45 B0D3E18B 60BA7BEA FDC2C713");
    lw_group_free(&g);
    lw_group_free(&mapped);
}

/* ICAO 9303-11 H.2. */
static void integrated_mapping_of_integers_is_that_of_the_example(void **state)
{
    LW_UNUSED(state);
    struct lw_group *g = standard(DH_1024_160), *mapped = NULL;
    struct lw_span s = HEX("FA5B7E3E 49753A0D B9178B7B 9BD898C8");
    struct lw_span t = HEX("B3A6DB3C 870C3E99 245E0D1C 06B747DE");
    struct lw_number r;
    CHECK(lw_group_map_number(g, LW_CIPHER_AES128, s, t, &r) == LW_OK);
    check_number(&r, "A0C7C50C 002061A5 1CC87D25 4EF38068 607417B6 EE1B3647 3CFB800D 2D2E5FA2"
                     "B6980F01 105D24FA B22ACD1B FA5C8A4C 093ECDFA FE6D7125 D42A843E 33860383"
                     "5CF19AFA FF75EFE2 1DC5F6AA 1F9AE46C 25087E73 68166FB0 8C1E4627 AFED7D93"
                     "570417B7 90FF7F74 7E57F432 B04E1236 819E0DFE F5B6E77C A4999925 328182D2");
    CHECK(lw_group_map_integrated(&mapped, g, LW_CIPHER_AES128, s, t, NULL) == LW_OK);
    check_generator(mapped,
                    "1D7D767F 11E333BC D6DBAEF4 0E799E7A 926B9697 3550656F F3C83072 6D118D61"
                    "C276CDCC 61D475CF 03A98E0C 0E79CAEB A5BE2557 8BD4551D 0B109032 36F0B0F9"
                    "76852FA7 8EEA14EA 0ACA87D1 E91F688F E0DFF897 BBE35A47 2621D343 564B262F"
                    "34223AE8 FC59B664 BFEDFA2B FE7516CA 5510A6BB B633D517 EC25D4E0 BBAA16C2");
    static const char secret[] =
        "4BD0E547 40F9A028 E6A515BF DAF96784 8C4F5F5F FF65AA09 15947FFD 1A0DF2FA"
        "6981271B C905F355 1457B7E0 3AC3B806 6DE4AA40 6C1171FB 43DD939C 4BA16175"
        "103BA3DE E16419AA 248118F9 0CC36A3D 6F4C3736 52E0C3CC E7F0F1D0 C5425B36"
        "00F0F0D6 A67F004C 8BBA33F2 B4733C72 52445C1D FC4F1107 203F71D2 EFB28161";
    check_public(mapped, secret,
                 "0F0CC629 45A80292 51FB7EF3 C094E12E C68E4EF0 7F27CB9D 9CD04C5C 4250FAE0"
                 "E4F8A951 557E929A EB48E5C6 DD47F2F5 CD7C351A 9BD2CD72 2C07EDE1 66770F08"
                 "FFCB3702 62CF308D D7B07F2E 0DA9CAAA 1492344C 85290691 9538C98A 4BA4187E"
                 "76CE9D87 832386D3 19CE2E04 3C3343AE AE6EDBA1 A9894DC5 094D22F7 FE1351D5");
    check_shared(mapped, secret,
                 "928D9A0F 9DBA450F 13FC859C 6F290D1D 36E42431 138A4378 500BEB4E 0401854C"
                 "FF111F71 CB6DC1D0 335807A1 1388CC8E AA87B079 07AAD9FB A6B169AF 6D8C26AF"
                 "8DDDC39A DC3AD2E3 FF882B84 D23E9768 E95A80E4 746FB07A 9767679F E92133B4"
                 "D379935C 771BD7FB ED6C7BB4 B1708B27 5EA75679 524CDC9C 6A91370C C662A2F3",
                 "419410D6 C0A17A4C 07C54872 CE1CBCEB 0A2705C1 A434C8A8 9A4CFE41 F1D78124"
                 "CA7EC52B DE7615E5 345E48AB 1ABB6E7D 1D59A57F 3174084D 3CA45703 97C1F622"
                 "28BDFDB2 DA191EA2 239E2C06 0DBE3BBC 23C2FCD0 AF12E0F9 E0B99FCF 91FF1959"
                 "011D5798 B2FCBC1F 14FCC24E 441F4C8F 9B08D977 E9498560 E63E7FFA B3134EA7");
    lw_group_free(&g);
    lw_group_free(&mapped);
}

/* ICAO 9303-11 appendix I: the chip's mapping key is its chip authentication data times its
 * static key. */
static void chip_authentication_mapping_is_that_of_the_example(void **state)
{
    LW_UNUSED(state);
    struct lw_group *g = standard(BRAINPOOL_P256R1), *mapped = NULL;
    static const char mapping_key[] =
        "04 A234236A A9B9621E 8EFB73B5 245C0E09 D2576E52 77183C12 08BDD552 80CAE8B3"
        "   04F36571 3A356E65 A451E165 ECC9AC0A C46E3771 342C8FE5 AEDD0926 85338E23";
    static const char static_key[] =
        "04 18727094 94399E74 70A6431B E25E83EE E24FEA56 8C2ED28D B48E05DB 3A610DC8"
        "   84D256A4 0E35EFCB 59BF6753 D3A489D2 8C7A4D97 3C2DA138 A6E7A4A0 8F68E16F";
    struct lw_number n;
    CHECK(lw_group_multiply(
              g, HEX("85DC3FA9 3D0952BF A82F5FD1 89EE75BD 82F11D1F 0B8ED4BF 5319AC9B 53C426B3"),
              HEX(static_key), &n, NULL) == LW_OK);
    check_number(&n, mapping_key);
    CHECK(lw_group_map_generic(
              &mapped, g,
              HEX("5D8BB87B D74D985A 4B7D4325 B9F7B976 FE835122 77340079 8914AA22 738135CC"),
              HEX(mapping_key), HEX("658B860B C94DF6F0 44FCE6D5 C82CF8E5"), NULL) == LW_OK);
    check_generator(mapped,
                    "04 89F0B5EA BF3BE293 C75903A3 98613192 5C9F5B51 5CA95AF4 85DC7E88 6F03245D"
                    "   44BEFB2D D3A0DBD7 1CB5E618 971CF474 7F12B79E 548379A4 0E45963B AAF3E829");
    check_shared(mapped, "76ECFDAA 9841C323 A3F5FC5E 88B88DB3 EFF7E35E BF57A7E6 946CB630 006C2120",
                 "04 02AD566F 3C6EC7F9 324509AD 50A51FA5 2030782A 4968FCFE DF737DAE A9933331"
                 "   11C3B9B4 C2287789 BD137E7F 8AA882E2 A3C633CC D6ECC2C6 3C57AD40 1A09C2E1",
                 "67950559 D0C06B4D 4B86972D 14460837 461087F8 419FDBC3 6AAF6CEA AC462832");
    lw_group_free(&g);
    lw_group_free(&mapped);
}

static void both_sides_agree_in_every_standard_group_and_mapping(void **state)
{
    LW_UNUSED(state);
    static const unsigned ids[] = {0, 1, 2, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18};
    for (size_t i = 0; i < LW_COUNT(ids); i++) {
        struct lw_group *g = standard(ids[i]), *a = NULL, *b = NULL, *im = NULL;
        struct lw_key_pair x, y;
        struct lw_number xy, yx;
        uint8_t s[32] = {1, 2, 3}, t[32] = {4, 5};
        CHECK(lw_group_make_key(g, NULL, &x) == LW_OK && lw_group_make_key(g, NULL, &y) == LW_OK);
        CHECK(lw_group_map_generic(&a, g, lw_number_span(&x.secret), lw_number_span(&y.public),
                                   (struct lw_span){s, 16}, NULL) == LW_OK);
        CHECK(lw_group_map_generic(&b, g, lw_number_span(&y.secret), lw_number_span(&x.public),
                                   (struct lw_span){s, 16}, NULL) == LW_OK);
        CHECK(lw_group_make_key(a, NULL, &x) == LW_OK && lw_group_make_key(b, NULL, &y) == LW_OK);
        CHECK(lw_group_agree(a, lw_number_span(&x.secret), lw_number_span(&y.public), &xy, NULL) ==
              LW_OK);
        CHECK(lw_group_agree(b, lw_number_span(&y.secret), lw_number_span(&x.public), &yx, NULL) ==
              LW_OK);
        CHECK(xy.n == yx.n && memcmp(xy.bytes, yx.bytes, xy.n) == 0);
        int r = lw_group_map_integrated(&im, g, LW_CIPHER_AES256, (struct lw_span){s, 32},
                                        (struct lw_span){t, 32}, NULL);
        CHECK(r == (ids[i] == 10 ? LW_EUNSUP : LW_OK)); /* P-224: p = 1 mod 4 */
        CHECK(!im || lw_group_make_key(im, NULL, &x) == LW_OK);
        lw_group_free(&g);
        lw_group_free(&a);
        lw_group_free(&b);
        lw_group_free(&im);
    }
    struct lw_group *none = NULL;
    struct lw_why why;
    CHECK(lw_group_standard(&none, 3, &why) == LW_EUNSUP && !none);
    CHECK(lw_group_standard(&none, 19, &why) == LW_EUNSUP && !none);
}

static void keys_outside_the_group_are_refused(void **state)
{
    LW_UNUSED(state);
    struct lw_group *g = standard(BRAINPOOL_P256R1), *dh = standard(DH_1024_160);
    struct lw_why why;
    struct lw_number n;
    struct hex off = unhex(G1_IC_PUBLIC);
    off.bytes[64] ^= 1;
    CHECK(lw_group_check(g, HEX(G1_IC_PUBLIC), NULL) == LW_OK);
    CHECK(lw_group_check(g, hex_span(&off), &why) == LW_EFORMAT);
    CHECK(lw_group_check(g, HEX("00"), &why) == LW_EFORMAT);
    CHECK(lw_group_check(g, (struct lw_span){NULL, 0}, &why) == LW_EFORMAT);
    CHECK(lw_group_check(g, (struct lw_span){off.bytes, 33}, &why) == LW_EFORMAT);
    off.bytes[0] = 2; /* compressed points are not allowed in PACE */
    CHECK(lw_group_check(g, (struct lw_span){off.bytes, 33}, &why) == LW_EFORMAT);
    CHECK(lw_group_agree(g, HEX(G1_IFD), hex_span(&off), &n, &why) == LW_EFORMAT);
    CHECK(lw_group_check(dh, HEX(G2_IC_PUBLIC), NULL) == LW_OK);
    CHECK(lw_group_check(dh, HEX("01"), &why) == LW_EFORMAT);
    CHECK(lw_group_check(dh, HEX("00"), &why) == LW_EFORMAT);
    CHECK(lw_group_check(dh, HEX("02"), &why) == LW_EFORMAT); /* not of order q */
    CHECK(lw_group_public(g, HEX("00"), &n) == LW_ECRYPTO);
    lw_group_free(&g);
    lw_group_free(&dh);
}

struct script {
    struct lw_span bytes;
    size_t pos;
};

static int replay(void *ctx, uint8_t *out, size_t n)
{
    struct script *s = ctx;
    if (n > s->bytes.n - s->pos)
        return LW_ECRYPTO;
    memcpy(out, s->bytes.data + s->pos, n);
    s->pos += n;
    return LW_OK;
}

static void drawn_keys_are_below_the_order(void **state)
{
    LW_UNUSED(state);
    struct lw_group *g = standard(BRAINPOOL_P256R1);
    /* All ones and all zeros are no private keys here: the third draw is taken. */
    struct script s = {
        .bytes =
            HEX("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
                "0000000000000000000000000000000000000000000000000000000000000000" G1_MAP_IFD)};
    const struct lw_random random = {replay, &s};
    struct lw_key_pair k;
    CHECK(lw_group_make_key(g, &random, &k) == LW_OK && s.pos == 96);
    check_number(&k.secret, G1_MAP_IFD);
    check_number(&k.public, G1_MAP_IFD_PUBLIC);
    CHECK(lw_group_make_key(g, &random, &k) == LW_ECRYPTO); /* the script is over */
    lw_group_free(&g);
}

/* A SubjectPublicKeyInfo of a fresh key; group is a curve or "dh_2048_256". */
static size_t make_spki(uint8_t **der, const char *type, const char *group, bool explicit)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *key = NULL;
    CHECK(ctx && EVP_PKEY_keygen_init(ctx) == 1 && EVP_PKEY_CTX_set_group_name(ctx, group) == 1);
    CHECK(EVP_PKEY_keygen(ctx, &key) == 1);
    if (explicit)
        CHECK(EVP_PKEY_set_utf8_string_param(key, "encoding", "explicit") == 1);
    *der = NULL;
    int n = i2d_PUBKEY(key, der);
    CHECK(n > 0);
    EVP_PKEY_free(key);
    EVP_PKEY_CTX_free(ctx);
    return (size_t)n;
}

static void keys_of_dg14_are_read_with_their_group(void **state)
{
    LW_UNUSED(state);
    static const struct {
        const char *type, *group, *name;
        bool explicit;
    } all[] = {{"EC", "brainpoolP320r1", "brainpoolP320r1", false},
               {"EC", "brainpoolP384r1", "brainpoolP384r1", true},
               {"EC", "P-256", "prime256v1", true},
               {"DHX", "dh_2048_256", "DH-2048", false}};
    for (size_t i = 0; i < LW_COUNT(all); i++) {
        uint8_t *der;
        size_t n = make_spki(&der, all[i].type, all[i].group, all[i].explicit);
        struct lw_group *g = NULL;
        struct lw_number key;
        CHECK(lw_group_of_public_key(&g, &key, (struct lw_span){der, n}, NULL) == LW_OK);
        assert_string_equal(lw_group_name(g), all[i].name);
        CHECK(lw_group_check(g, lw_number_span(&key), NULL) == LW_OK);
        lw_group_free(&g);
        CHECK(lw_group_of_public_key(&g, &key, (struct lw_span){der, n - 1}, NULL) == LW_EFORMAT);
        CHECK(g == NULL);
        OPENSSL_free(der);
    }
}

/* The generator is a bytewise offence that changes no size: a curve of one's own is no known one.
 */
static void explicit_curves_that_differ_from_the_known_are_refused(void **state)
{
    LW_UNUSED(state);
    uint8_t *der;
    size_t n = make_spki(&der, "EC", "brainpoolP256r1", true);
    const struct hex g = unhex("8BD2AEB9 CB7E57CB 2C4B482F FC81B7AF B9DE27E1 E3BD23C2 3A4453BD"
                               "9ACE3262 547EF835 C3DAC4FD 97F8461A 14611DC9 C2774513 2DED8E54"
                               "5C1D54C7 2F046997");
    const struct hex other = unhex(G1_MAP_IC_PUBLIC); /* on the curve, and of its order */
    uint8_t *at = memmem(der, n, g.bytes, g.n);
    CHECK(at != NULL);
    memcpy(at, other.bytes + 1, 64);
    struct lw_group *group = NULL;
    struct lw_number key;
    struct lw_why why;
    CHECK(lw_group_of_public_key(&group, &key, (struct lw_span){der, n}, &why) < 0 && !group);
    OPENSSL_free(der);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(generic_mapping_on_a_curve_is_that_of_the_example),
    cmocka_unit_test(generic_mapping_of_integers_is_that_of_the_example),
    cmocka_unit_test(integrated_mapping_on_a_curve_is_that_of_the_example),
    cmocka_unit_test(integrated_mapping_of_integers_is_that_of_the_example),
    cmocka_unit_test(chip_authentication_mapping_is_that_of_the_example),
    cmocka_unit_test(both_sides_agree_in_every_standard_group_and_mapping),
    cmocka_unit_test(keys_outside_the_group_are_refused),
    cmocka_unit_test(drawn_keys_are_below_the_order),
    cmocka_unit_test(keys_of_dg14_are_read_with_their_group),
    cmocka_unit_test(explicit_curves_that_differ_from_the_known_are_refused),
};
RUN_TESTS(tests)
