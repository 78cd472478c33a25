#include "fake/script.h"

#include "card/bac.h"
#include "card/files.h"

/* ICAO 9303-11 appendix D.3 and D.4: basic access control, then the reading of EF.COM's first 4 and
 * next 18 bytes under secure messaging. */
static const struct script_step example[] = {
    {"0084000008", "4608F91988702212 9000"},
    {"0082000028 72C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F2"
     "5F1448EEA8AD90A7 28",
     "46B9342A41396CD7386BF5803104D7CEDC122B9132139BAF2EEDC94EE178534F 2F2D235D074D7449 9000"},
    {"0CA4020C15 8709016375432908C044F6 8E08BF8B92D635FF24F8 00",
     "99029000 8E08FA855A5D4C50A8ED 9000"},
    {"0CB000000D 970104 8E08ED6705417E96BA55 00",
     "8709019FF0EC34F9922651 99029000 8E08AD55CC17140B2DED 9000"},
    {"0CB000040D 970112 8E082EA28A70F3C7B535 00",
     "871901FB9235F4E4037F2327DCC8964F1F9B8C30F42C8E2FFF224A 99029000 8E08C8B2787EAEA07D74 9000"},
};
#define RANDOM_OF_THE_READER "781723860C06C226 0B795240CB7049B01C19B33E32804F0B"

struct run {
    struct script_reader reader;
    struct script_random random;
    struct lw_channel channel;
    struct lw_password password;
};

static void start(struct run *r, const struct script_step *steps, size_t n)
{
    r->reader = script_reader_over(steps, n);
    script_random_init(&r->random, RANDOM_OF_THE_READER);
    CHECK(lw_channel_init(&r->channel, &r->reader.reader, NULL, NULL) == LW_OK);
    CHECK(lw_password_of_fields(&r->password, "L898902C", "690806", "940623", NULL) == LW_OK);
}

static void the_worked_example_passes_byte_for_byte(void **state)
{
    LW_UNUSED(state);
    struct run r;
    struct lw_answer a;
    start(&r, example, LW_COUNT(example));
    CHECK(lw_bac(&r.channel, &r.password, &r.random.random, NULL) == LW_OK);
    CHECK(r.channel.secure && r.channel.sm.cipher == LW_CIPHER_3DES);
    check_hex((struct lw_span){r.channel.sm.enc, 16}, "979EC13B1CBFE9DCD01AB0FED307EAE5");
    check_hex((struct lw_span){r.channel.sm.mac, 16}, "F1CB1F1FB5ADF208806B89DC579DC1F8");
    check_hex((struct lw_span){r.channel.sm.ssc, 8}, "887022120C06C226");

    const struct lw_apdu select = {.ins = 0xa4, .p1 = 2, .p2 = 0x0c, .data = HEX("011E")};
    CHECK(lw_channel_send(&r.channel, &select, &a, NULL) == LW_OK);
    CHECK(a.sw == LW_SW_OK && a.data.n == 0);
    CHECK(lw_channel_send(&r.channel, &(struct lw_apdu){.ins = 0xb0, .ne = 4}, &a, NULL) == LW_OK);
    check_hex(a.data, "60145F01");
    CHECK(lw_channel_send(&r.channel, &(struct lw_apdu){.ins = 0xb0, .p2 = 4, .ne = 18}, &a,
                          NULL) == LW_OK);
    check_hex(a.data, "04303130365F36063034303030305C026175");
    CHECK(a.sw == LW_SW_OK && r.reader.pos == LW_COUNT(example));
    check_hex((struct lw_span){r.channel.sm.ssc, 8}, "887022120C06C22C");
    lw_channel_clear(&r.channel);
}

/* Run the first two steps with the second answer replaced. */
static int run_with_answer(const char *answer, struct lw_why *why)
{
    struct run r;
    struct script_step steps[2] = {example[0], {example[1].command, answer}};
    start(&r, steps, 2);
    int e = lw_bac(&r.channel, &r.password, &r.random.random, why);
    CHECK(!r.channel.secure);
    lw_channel_clear(&r.channel);
    return e;
}

static void an_answer_with_a_wrong_code_is_refused(void **state)
{
    LW_UNUSED(state);
    struct lw_why why = {0};
    CHECK(run_with_answer("46B9342A41396CD7386BF5803104D7CEDC122B9132139BAF2EEDC94EE178534F"
                          "2F2D235D074D7448 9000",
                          &why) == LW_ECRYPTO);
    assert_string_equal(why.text, "BAC: the code of the answer is wrong");
}

static void a_refused_password_is_named(void **state)
{
    LW_UNUSED(state);
    struct lw_why why = {0};
    CHECK(run_with_answer("6300", &why) == LW_ECRYPTO);
    assert_string_equal(why.text, "BAC: authentication failed (6300)");
    CHECK(run_with_answer("6D00", &why) == LW_EUNSUP);
    CHECK(run_with_answer("9000", &why) == LW_EFORMAT);
    CHECK(run_with_answer("90", &why) == LW_EFORMAT);
}

/* ICAO 9303-11 D.2: a long document number continues in the optional data. */
static void keys_of_every_example_of_an_mrz_are_right(void **state)
{
    LW_UNUSED(state);
    static const struct {
        const char *mrz, *seed;
    } all[] = {{"I<UTOSTEVENSON<<PETER<JOHN<<<<<<<<<<D23145890<UTO3407127M95071227349<<<8",
                "b366ad857ddca2b08c0e299811714730"},
               {"I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<L898902C<3UTO6908061F9406236<<<<<<<2",
                "239ab9cb282daf66231dc5a4df6bfbae"},
               {"I<UTOD23145890<7349<<<<<<<<<<<3407127M9507122UTO<<<<<<<<<<<2STEVENSON<<PETER<JOHN<"
                "<<<<<<<<",
                "b366ad857ddca2b08c0e299811714730"},
               {"I<UTOL898902C<3<<<<<<<<<<<<<<<6908061F9406236UTO<<<<<<<<<<<2ERIKSSON<<ANNA<MARIA<<"
                "<<<<<<<<",
                "239ab9cb282daf66231dc5a4df6bfbae"}};
    for (size_t i = 0; i < LW_COUNT(all); i++) {
        struct lw_mrz mrz;
        struct lw_password p;
        struct lw_span text = {(const uint8_t *)all[i].mrz, strlen(all[i].mrz)};
        CHECK(lw_mrz_parse(&mrz, text, 0, NULL) == LW_OK);
        CHECK(lw_password_of_mrz(&p, &mrz, NULL) == LW_OK);
        struct lw_span secret = lw_password_secret(&p);
        CHECK(secret.n == 20);
        check_hex((struct lw_span){secret.data, 16}, all[i].seed);
    }
}

static void an_mrz_with_a_wrong_digit_opens_nothing(void **state)
{
    LW_UNUSED(state);
    struct lw_mrz mrz;
    struct lw_password p = {.kind = LW_PASSWORD_NONE};
    struct lw_why why = {0};
    static const char text[] =
        "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<L898902C<4UTO6908061F9406236<<<<<<<2";
    CHECK(lw_mrz_parse(&mrz, (struct lw_span){(const uint8_t *)text, 72}, 0, NULL) == LW_OK);
    CHECK(lw_password_of_mrz(&p, &mrz, &why) == LW_EFORMAT && p.kind == LW_PASSWORD_NONE);
    CHECK(strstr(why.text, "document_number") && strstr(why.text, "column 10"));
}

static void passwords_out_of_shape_are_refused(void **state)
{
    LW_UNUSED(state);
    struct lw_password p;
    struct lw_why why;
    CHECK(lw_password_of_can(&p, "123456", NULL) == LW_OK && lw_password_secret(&p).n == 6);
    CHECK(lw_password_of_can(&p, "123", &why) == LW_EFORMAT);
    CHECK(lw_password_of_can(&p, "12345x", &why) == LW_EFORMAT);
    CHECK(lw_password_of_can(&p, "12345678901234567", &why) == LW_EFORMAT);
    CHECK(lw_password_of_fields(&p, "", "690806", "940623", &why) == LW_EFORMAT);
    CHECK(lw_password_of_fields(&p, "L898902C", "69080", "940623", &why) == LW_EFORMAT);
    CHECK(lw_password_of_fields(&p, "l898902c", "690806", "940623", &why) == LW_EFORMAT);
    CHECK(lw_password_of_fields(&p, "1234567890123456789012345", "690806", "940623", &why) ==
          LW_EFORMAT);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_worked_example_passes_byte_for_byte),
    cmocka_unit_test(an_answer_with_a_wrong_code_is_refused),
    cmocka_unit_test(a_refused_password_is_named),
    cmocka_unit_test(keys_of_every_example_of_an_mrz_are_right),
    cmocka_unit_test(an_mrz_with_a_wrong_digit_opens_nothing),
    cmocka_unit_test(passwords_out_of_shape_are_refused),
};
RUN_TESTS(tests)
