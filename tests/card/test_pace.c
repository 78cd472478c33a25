#include "fake/script.h"

#include "card/chip.h"
#include "card/pace.h"

/* The terminal's side of a worked example. */
struct example {
    const char *card_access;
    const char *number, *birth, *expiry; /* of the MRZ */
    const char *can;                     /* instead of it */
    const char *random;
    const struct script_step *steps;
    size_t n;
    const char *enc, *mac;
};

static int run(const struct example *e, struct lw_pace_proof *proof, struct lw_channel *channel,
               struct lw_why *why)
{
    struct script_reader reader = script_reader_over(e->steps, e->n);
    struct script_random random;
    struct lw_password password;
    struct lw_secinfo infos;
    script_random_init(&random, e->random);
    CHECK((e->can
               ? lw_password_of_can(&password, e->can, NULL)
               : lw_password_of_fields(&password, e->number, e->birth, e->expiry, NULL)) == LW_OK);
    CHECK(lw_secinfo_parse(&infos, HEX(e->card_access), NULL) == LW_OK && infos.n_pace == 1);
    CHECK(lw_channel_init(channel, &reader.reader, NULL, NULL) == LW_OK);
    const struct lw_pace_info *info = lw_pace_choose(&infos);
    CHECK(info != NULL);
    int r = lw_pace(channel, &infos, info, &password, &random.random, proof, why);
    channel->reader = NULL;
    CHECK(r < 0 || (reader.pos == e->n && random.pos == random.bytes.n));
    return r;
}

static void check_example(const struct example *e, struct lw_pace_proof *proof)
{
    struct lw_channel channel;
    struct lw_why why = {0};
    CHECK(run(e, proof, &channel, &why) == LW_OK && channel.secure);
    check_hex((struct lw_span){channel.sm.enc, 16}, e->enc);
    check_hex((struct lw_span){channel.sm.mac, 16}, e->mac);
    check_hex((struct lw_span){channel.sm.ssc, 16}, "00000000000000000000000000000000");
    lw_channel_clear(&channel);
}

/* ICAO 9303-11 G.1. */
static const struct script_step g1_steps[] = {
    {"0022C1A40F 800A04007F00070202040202 830101", "9000"},
    {"1086000002 7C00 00", "7C128010 95A3A016522EE98D01E76CB6B98B42C3 9000"},
    {"1086000045 7C438141 047ACF3EFC982EC45565A4B155129EFBC74650DCBFA6362D896FC70262E0C2CC5E"
     "544552DCB6725218799115B55C9BAA6D9F6BC3A9618E70C25AF71777A9C4922D 00",
     "7C438241 04824FBA91C9CBE26BEF53A0EBE7342A3BF178CEA9F45DE0B70AA601651FBA3F57"
     "30D8C879AAA9C9F73991E61B58F4D52EB87A0A0C709A49DC63719363CCD13C54 9000"},
    {"1086000045 7C438341 042DB7A64C0355044EC9DF190514C625CBA2CEA48754887122F3A5EF0D5EDD301C"
     "3556F3B3B186DF10B857B58F6A7EB80F20BA5DC7BE1D43D9BF850149FBB36462 00",
     "7C438441 049E880F842905B8B3181F7AF7CAA9F0EFB743847F44A306D2D28C1D9EC65DF6DB"
     "7764B22277A2EDDC3C265A9F018F9CB852E111B768B326904B59A0193776F094 9000"},
    {"008600000C 7C0A8508 C2B0BD78D94BA866 00", "7C0A8608 3ABB9674BCE93C08 9000"},
};
static const struct example g1 = {
    .card_access = "3114 3012 060A04007F00070202040202 020102 02010D",
    .number = "T22000129",
    .birth = "640812",
    .expiry = "101031",
    .random = "7F4EF07B9EA82FD78AD689B38D0BC78CF21F249D953BC46F4C6E19259C010F99"
              "A73FB703AC1436A18E0CFA5ABB3F7BEC7A070E7A6788486BEE230C4A22762595",
    .steps = g1_steps,
    .n = LW_COUNT(g1_steps),
    .enc = "F5F0E35C0D7161EE6724EE513A0D9A7F",
    .mac = "FE251C7858B356B24514B3BD5F4297D1"};

static void generic_mapping_on_a_curve_replays_the_example(void **state)
{
    LW_UNUSED(state);
    check_example(&g1, NULL);
}

/* ICAO 9303-11 G.2. */
static const struct script_step g2_steps[] = {
    {"0022C1A40F 800A04007F00070202040102 830101", "9000"},
    {"1086000002 7C00 00", "7C128010 854D8DF5827FA6852D1A4FA701CDDDCA 9000"},
    {"1086000086 7C8183818180 23FB3749EA030D2A25B278D2A562047ADE3F01B74F17A15402CB7352CA7D2B3E"
     "B71C343DB13D1DEBCE9A3666DBCFC920B49174A602CB47965CAA73DC702489A44D41DB914DE9613DC5E98C94"
     "160551C0DF86274B9359BC0490D01B03AD54022DCB4F57FAD6322497D7A1E28D46710F461AFE710FBBBC5F8B"
     "A166F4311975EC6C 00",
     "7C8183828180 78879F57225AA8080D52ED0FC890A4B25336F699AA89A2D3A189654AF70729E623EA5738B263"
     "81E4DA19E004706FACE7B235C2DBF2F38748312F3C98C2DD4882A41947B324AA1259AC22579DB93F7085655A"
     "F30889DBB845D9E6783FE42C9F2449400306254C8AE8EE9DD812A804C0B66E8CAFC14F84D8258950A91B4412"
     "6EE6 9000"},
    {"1086000086 7C8183838180 907D89E2D425A178AA81AF4A7774EC8E388C115CAE67031E85EECE520BD91155"
     "1B9AE4D04369F29A02626C86FBC6747CC7BC352645B6161A2A42D44EDA80A08FA8D61B76D3A154AD8A5A5178"
     "6B0BC07147057871A922212C5F67F43173172236B7747D1671E6D692A3C7D40A0C3C5CE397545D015C175EB5"
     "130551EDBC2EE5D4 00",
     "7C8183848180 075693D9AE941877573E634B6E644F8E60AF17A0076B8B123D9201074D36152BD8B3A213F538"
     "20C42ADC79AB5D0AEEC3AEFB91394DA476BD97B9B14D0A65C1FC71A0E019CB08AF55E1F729005FBA7E3FA5DC"
     "41899238A250767A6D46DB974064386CD456743585F8E5D90CC8B4004B1F6D866C79CE0584E49687FF61BC29"
     "AEA1 9000"},
    {"008600000C 7C0A8508 B46DD9BD4D98381F 00",
     /* The example's answer goes on with a certification authority reference. */
     "7C1B8608 917F37B5C0E6D8D1 870F444554455354435643413030303033 9000"},
};
static const struct example g2 = {.card_access = "3114 3012 060A04007F00070202040102 020102 020100",
                                  .number = "T22000129",
                                  .birth = "640812",
                                  .expiry = "101031",
                                  .random = "5265030F751F4AD18B08AC565FC7AC952E41618D"
                                            "89CCD99B0E8D3B1F11E1296DCA68EC53411CF2CA",
                                  .steps = g2_steps,
                                  .n = LW_COUNT(g2_steps),
                                  .enc = "2F7F46ADCC9E7E521B45D192FAFA9126",
                                  .mac = "805A1D27D45A5116F73C54469462B7D8"};

static void generic_mapping_of_integers_replays_the_example(void **state)
{
    LW_UNUSED(state);
    check_example(&g2, NULL);
}

/* ICAO 9303-11 H.1: its K_pi is that of the card access number 123456. */
static const struct script_step h1_steps[] = {
    {"0022C1A40F 800A04007F00070202040402 830102", "9000"},
    {"1086000002 7C00 00", "7C128010 143DC40C08C8E891FBED7DEDB92B64AD 9000"},
    {"1086000014 7C128110 5DD4CBFC96F5453B130D890A1CDBAE32 00", "7C028200 9000"},
    {"1086000045 7C438341 0489CBA23FFE96AA18D824627C3E934E54A9FD0B87A95D1471DC1C0ABFDCD640D4"
     "6755DE9B7B778280B6BEBD57439ADFEB0E21FD4ED6DF42578C13418A59B34C37 00",
     "7C438441 0467F78E5F7F7686082B293E8D087E056916D0F74BC01A5F8957D0DE45691E51E8"
     "932B69A962B52A0985AD2C0A271EE6A13A8ADDDCD1A3A994B9DED257F4D22753 9000"},
    {"008600000C 7C0A8508 450F02B86F6A0909 00", "7C0A8608 75D4D96E8D5B0308 9000"},
};
static const struct example h1 = {
    .card_access = "3114 3012 060A04007F00070202040402 020102 02010D",
    .can = "123456",
    .random = "5DD4CBFC96F5453B130D890A1CDBAE32"
              "A73FB703AC1436A18E0CFA5ABB3F7BEC7A070E7A6788486BEE230C4A22762595",
    .steps = h1_steps,
    .n = LW_COUNT(h1_steps),
    .enc = "0D3FEB33251A6370893D62AE8DAAF51B",
    .mac = "B01E89E3D9E8719E586B50B4A7506E0B"};

static void integrated_mapping_on_a_curve_replays_the_example(void **state)
{
    LW_UNUSED(state);
    check_example(&h1, NULL);
}

/* ICAO 9303-11 H.2. Its private key has 1024 bits; here keys are below the order of the group, so
 * that it is given modulo that order, which makes the same public key. */
static const struct script_step h2_steps[] = {
    {"0022C1A40F 800A04007F00070202040302 830102", "9000"},
    {"1086000002 7C00 00", "7C128010 9ABB8864CA0FF1551E620D1EF4E13510 9000"},
    {"1086000014 7C128110 B3A6DB3C870C3E99245E0D1C06B747DE 00", "9000"},
    {"1086000086 7C8183838180 0F0CC62945A8029251FB7EF3C094E12EC68E4EF07F27CB9D9CD04C5C4250FAE0"
     "E4F8A951557E929AEB48E5C6DD47F2F5CD7C351A9BD2CD722C07EDE166770F08FFCB370262CF308DD7B07F2E"
     "0DA9CAAA1492344C852906919538C98A4BA4187E76CE9D87832386D319CE2E043C3343AEAE6EDBA1A9894DC5"
     "094D22F7FE1351D5 00",
     "7C8183848180 928D9A0F9DBA450F13FC859C6F290D1D36E42431138A4378500BEB4E0401854CFF111F71CB6D"
     "C1D0335807A11388CC8EAA87B07907AAD9FBA6B169AF6D8C26AF8DDDC39ADC3AD2E3FF882B84D23E9768E95A"
     "80E4746FB07A9767679FE92133B4D379935C771BD7FBED6C7BB4B1708B275EA75679524CDC9C6A91370CC662"
     "A2F3 9000"},
    {"008600000C 7C0A8508 55D61977CBF5307E 00", "7C0A8608 C2F04230187E1525 9000"},
};
static const struct example h2 = {.card_access = "3114 3012 060A04007F00070202040302 020102 020100",
                                  .can = "123456",
                                  .random = "B3A6DB3C870C3E99245E0D1C06B747DE"
                                            "89CCD99B0E8D3B1F11E1296DCA68EC53411CF2CA",
                                  .steps = h2_steps,
                                  .n = LW_COUNT(h2_steps),
                                  .enc = "01AFC10CF87BE36D8179E87370171F07",
                                  .mac = "23F0FBD05FD6C7B8B88F4C8309669061"};

static void integrated_mapping_of_integers_replays_the_example(void **state)
{
    LW_UNUSED(state);
    check_example(&h2, NULL);
}

/* ICAO 9303-11 appendix I. */
static const struct script_step i_steps[] = {
    {"0022C1A40F 800A04007F00070202040602 830101", "9000"},
    {"1086000002 7C00 00", "7C128010 CB60E8E0D85B76A9BD304747C2AD42E2 9000"},
    {"1086000045 7C438141 047F1D410ADB7DDB3B84BF1030800981A9105D7457B4A3ADE002384F3086C67EDE"
     "1AB889104A27DB6D842B019020FBF3CEACB0DC627F7BDCAC29969E19D0E553C1 00",
     "7C438241 04A234236AA9B9621E8EFB73B5245C0E09D2576E5277183C1208BDD55280CAE8B3"
     "04F365713A356E65A451E165ECC9AC0AC46E3771342C8FE5AEDD092685338E23 9000"},
    {"1086000045 7C438341 04446C934084D9DAB863944F219520076C29EE3F7AE6722B11FF319EC1C7728F95"
     "5483400BFF60BF0C5929270009277DC2A515E12575010AD9BA916CF1BF86FEFC 00",
     "7C438441 0402AD566F3C6EC7F9324509AD50A51FA52030782A4968FCFEDF737DAEA9933331"
     "11C3B9B4C2287789BD137E7F8AA882E2A3C633CCD6ECC2C63C57AD401A09C2E1 9000"},
    {"008600000C 7C0A8508 E86BD06018A1CD3B 00",
     "7C3C8608 8596CF055C67C1A3 8A30 "
     "1EEA964DAAE372AC990E3EFDE6333353BFC89A6704D93DA8798CF77F5B7A54BD"
     "10CBA372B42BE0B9B5F28AA8DE2F4F92 9000"},
};
static const struct example i_cam = {
    .card_access = "3114 3012 060A04007F00070202040602 020102 02010D",
    .number = "C11T002JM",
    .birth = "960812",
    .expiry = "231031",
    .random = "5D8BB87BD74D985A4B7D4325B9F7B976FE835122773400798914AA22738135CC"
              "76ECFDAA9841C323A3F5FC5E88B88DB3EFF7E35EBF57A7E6946CB630006C2120",
    .steps = i_steps,
    .n = LW_COUNT(i_steps),
    .enc = "0A9DA4DB03BDDE39FC5202BC44B2E89E",
    .mac = "4B1C06491ED5140CA2B537D344C6C0B1"};

/* The example's ChipAuthenticationPublicKeyInfo, in a set of SecurityInfos: its static key as
 * printed, with the curve by its name. */
#define I_STATIC_KEY                                                                               \
    "31693067060904007F000702020102305A301406072A8648CE3D020106092B2403030208010107034200"         \
    "041872709494399E7470A6431BE25E83EEE24FEA568C2ED28DB48E05DB3A610DC8"                           \
    "84D256A40E35EFCB59BF6753D3A489D28C7A4D973C2DA138A6E7A4A08F68E16F"

static void chip_authentication_mapping_replays_the_example(void **state)
{
    LW_UNUSED(state);
    struct lw_pace_proof proof;
    check_example(&i_cam, &proof);
    CHECK(proof.parameter_id == 13);
    check_hex(lw_number_span(&proof.data),
              "85DC3FA93D0952BFA82F5FD189EE75BD82F11D1F0B8ED4BF5319AC9B53C426B3");
    check_hex(lw_number_span(&proof.mapping_key),
              "04A234236AA9B9621E8EFB73B5245C0E09D2576E5277183C1208BDD55280CAE8B3"
              "04F365713A356E65A451E165ECC9AC0AC46E3771342C8FE5AEDD092685338E23");

    struct hex infos = unhex(I_STATIC_KEY);
    struct lw_secinfo card_security;
    struct lw_why why = {0};
    CHECK(lw_secinfo_parse(&card_security, hex_span(&infos), &why) == LW_OK);
    CHECK(card_security.n_ca_keys == 1);
    CHECK(lw_cam_check(&proof, &card_security, &why) == LW_PROOF_VALID);
    proof.data.bytes[5] ^= 1;
    CHECK(lw_cam_check(&proof, &card_security, &why) == LW_PROOF_INVALID);
    card_security.n_ca_keys = 0;
    CHECK(lw_cam_check(&proof, &card_security, &why) == LW_PROOF_UNUSABLE);
}

/* One example with one answer replaced. */
static int with_answer(const struct example *e, size_t step, const char *answer, struct lw_why *why)
{
    struct script_step steps[8];
    struct example changed = *e;
    struct lw_channel channel;
    struct lw_pace_proof proof;
    memcpy(steps, e->steps, e->n * sizeof(*steps));
    steps[step].answer = answer;
    changed.steps = steps;
    int r = run(&changed, &proof, &channel, why);
    CHECK(!channel.secure);
    lw_channel_clear(&channel);
    return r;
}

static void answers_out_of_shape_are_refused(void **state)
{
    LW_UNUSED(state);
    static const struct {
        size_t step;
        const char *answer;
        int code;
        const char *text;
    } all[] = {
        {0, "6A88", LW_EUNSUP, "PACE: referenced data not found (6A88)"},
        {1, "7C00 9000", LW_EFORMAT, "PACE nonce: object 80 is missing"},
        {1, "7C058003010203 9000", LW_EFORMAT, "PACE nonce of 3 bytes"},
        {1, "9000", LW_EFORMAT, "PACE nonce: byte 0: element 0x7C is missing"},
        {1, "7C028001 9000", LW_EFORMAT, NULL},
        {1, "6983", LW_EUNSUP, "PACE nonce: blocked (6983)"},
        {2,
         "7C438241 047ACF3EFC982EC45565A4B155129EFBC74650DCBFA6362D896FC70262E0C2CC5E"
         "544552DCB6725218799115B55C9BAA6D9F6BC3A9618E70C25AF71777A9C4922D 9000",
         LW_ECRYPTO, "PACE mapping: the chip sent our own key"},
        {2,
         "7C438241 04824FBA91C9CBE26BEF53A0EBE7342A3BF178CEA9F45DE0B70AA601651FBA3F57"
         "30D8C879AAA9C9F73991E61B58F4D52EB87A0A0C709A49DC63719363CCD13C55 9000",
         LW_EFORMAT, "public key is no element of the group brainpoolP256r1"},
        {2, "7C03820100 9000", LW_EFORMAT, "public key is no element of the group brainpoolP256r1"},
        {3,
         "7C438441 042DB7A64C0355044EC9DF190514C625CBA2CEA48754887122F3A5EF0D5EDD301C"
         "3556F3B3B186DF10B857B58F6A7EB80F20BA5DC7BE1D43D9BF850149FBB36462 9000",
         LW_ECRYPTO, "PACE key agreement: the chip sent our own key"},
        {3, "7C03840104 9000", LW_EFORMAT, NULL},
        {4, "6300", LW_ECRYPTO, "PACE token: authentication failed (6300)"},
        {4, "63C2", LW_ECRYPTO, "PACE token: authentication failed (63C2)"},
        {4, "7C0A8608 3ABB9674BCE93C09 9000", LW_ECRYPTO, "PACE token of the chip is wrong"},
        {4, "7C098607 3ABB9674BCE93C 9000", LW_ECRYPTO, "PACE token of the chip is wrong"},
        {4, "7C00 9000", LW_EFORMAT, "PACE token: object 86 is missing"},
    };
    for (size_t i = 0; i < LW_COUNT(all); i++) {
        struct lw_why why = {0};
        assert_int_equal(with_answer(&g1, all[i].step, all[i].answer, &why), all[i].code);
        if (all[i].text)
            assert_string_equal(why.text, all[i].text);
    }
}

static void a_chip_that_offers_the_mapping_must_send_its_proof(void **state)
{
    LW_UNUSED(state);
    struct lw_why why = {0};
    CHECK(with_answer(&i_cam, 4, "7C0A8608 8596CF055C67C1A3 9000", &why) == LW_EFORMAT);
    assert_string_equal(why.text, "PACE token: object 8A is missing");
    CHECK(with_answer(&i_cam, 4, "7C0D8608 8596CF055C67C1A3 8A0112 9000", &why) == LW_EFORMAT);
    CHECK(with_answer(&i_cam, 4,
                      "7C1C8608 8596CF055C67C1A3 8A10 1EEA964DAAE372AC990E3EFDE6333353 9000",
                      &why) == LW_EFORMAT);
    assert_string_equal(why.text, "padding of the chip authentication data is wrong");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(generic_mapping_on_a_curve_replays_the_example),
    cmocka_unit_test(generic_mapping_of_integers_replays_the_example),
    cmocka_unit_test(integrated_mapping_on_a_curve_replays_the_example),
    cmocka_unit_test(integrated_mapping_of_integers_replays_the_example),
    cmocka_unit_test(chip_authentication_mapping_replays_the_example),
    cmocka_unit_test(answers_out_of_shape_are_refused),
    cmocka_unit_test(a_chip_that_offers_the_mapping_must_send_its_proof),
};
RUN_TESTS(tests)
