#include "fake/script.h"

#include "card/channel.h"
#include "card/files.h"

static void check_command(const struct lw_apdu *c, const char *want)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    CHECK(lw_apdu_put(&b, c) == LW_OK);
    check_hex(lw_strbuf_span(&b), want);
}

/* ISO/IEC 7816-4 5.2, cases 1 to 4, short and extended. */
static void commands_of_every_case_are_encoded(void **state)
{
    LW_UNUSED(state);
    const struct lw_apdu head = {.cla = 0, .ins = 0xb0, .p1 = 1, .p2 = 2};
    struct lw_apdu c = head;
    check_command(&c, "00B00102");
    c.ne = 255;
    check_command(&c, "00B00102 FF");
    c.ne = 256;
    check_command(&c, "00B00102 00");
    c.ne = 257;
    check_command(&c, "00B00102 00 0101");
    c.ne = 65536;
    check_command(&c, "00B00102 00 0000");
    c.data = HEX("AABB");
    c.ne = 0;
    check_command(&c, "00B00102 02 AABB");
    c.ne = 4;
    check_command(&c, "00B00102 02 AABB 04");
    c.ne = 300;
    check_command(&c, "00B00102 00 0002 AABB 012C");
}

static void long_data_makes_an_extended_command(void **state)
{
    LW_UNUSED(state);
    static const uint8_t bytes[70000];
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_apdu c = {.ins = 0x86, .data = {bytes, 255}, .ne = 256};
    CHECK(lw_apdu_put(&b, &c) == LW_OK && b.n == 4 + 1 + 255 + 1);
    b.n = 0;
    c.data.n = 256;
    CHECK(lw_apdu_put(&b, &c) == LW_OK && b.n == 4 + 3 + 256 + 2);
    check_hex((struct lw_span){(const uint8_t *)b.s, 7}, "00860000 000100");
    c.data.n = 65536;
    CHECK(lw_apdu_put(&b, &c) == LW_EINVAL);
    c.data.n = 1;
    c.ne = 65537;
    CHECK(lw_apdu_put(&b, &c) == LW_EINVAL);
}

static void an_answer_without_a_status_word_is_refused(void **state)
{
    LW_UNUSED(state);
    struct lw_answer a;
    struct lw_why why = {0};
    CHECK(lw_answer_parse(&a, HEX("01029000"), NULL) == LW_OK && a.sw == 0x9000 && a.data.n == 2);
    CHECK(lw_answer_parse(&a, HEX("90"), &why) == LW_EFORMAT);
    assert_string_equal(why.text, "the card answered 1 bytes, no status word");
}

struct run {
    struct script_reader reader;
    struct lw_channel c;
};

static void open_channel(struct run *r, const struct script_step *steps, size_t n,
                         const struct lw_channel_opts *opts)
{
    r->reader = script_reader_over(steps, n);
    CHECK(lw_channel_init(&r->c, &r->reader.reader, opts, NULL) == LW_OK);
}

/* ISO/IEC 7816-4 5.3.4. */
static void more_bytes_and_the_right_length_are_asked_for(void **state)
{
    LW_UNUSED(state);
    static const struct script_step steps[] = {
        {"00B0000000", "0102 6103"}, {"00C0000003", "030405 6101"}, {"00C0000001", "06 9000"},
        {"00B0000000", "6C02"},      {"00B0000002", "0708 9000"},
    };
    struct run r;
    struct lw_answer a;
    open_channel(&r, steps, LW_COUNT(steps), NULL);
    const struct lw_apdu read = {.ins = 0xb0, .ne = 256};
    CHECK(lw_channel_send(&r.c, &read, &a, NULL) == LW_OK && a.sw == LW_SW_OK);
    check_hex(a.data, "010203040506");
    CHECK(lw_channel_send(&r.c, &read, &a, NULL) == LW_OK && a.sw == LW_SW_OK);
    check_hex(a.data, "0708");
    CHECK(r.reader.pos == LW_COUNT(steps) && r.c.apdus == 5);
    lw_channel_clear(&r.c);
}

static int answer_for_ever(struct lw_reader *r, struct lw_span command, uint8_t *answer, size_t cap,
                           size_t *n, struct lw_why *why)
{
    LW_UNUSED(r);
    LW_UNUSED(command);
    LW_UNUSED(why);
    CHECK(cap == LW_APDU_ANSWER_MAX);
    memset(answer, 0x2a, 300);
    answer[300] = 0x61;
    answer[301] = 0xff;
    *n = 302;
    return LW_OK;
}

static void an_answer_that_does_not_end_is_cut_off(void **state)
{
    LW_UNUSED(state);
    const struct lw_reader_ops ops = {.transmit = answer_for_ever};
    struct lw_reader reader = {.ops = &ops};
    struct lw_channel c;
    struct lw_answer a;
    struct lw_why why = {0};
    CHECK(lw_channel_init(&c, &reader, NULL, NULL) == LW_OK);
    CHECK(lw_channel_send(&c, &(struct lw_apdu){.ins = 0xb0, .ne = 256}, &a, &why) == LW_ELIMIT);
    assert_string_equal(why.text, "the card's answer does not end");
    CHECK(c.apdus < 300);
    lw_channel_clear(&c);
}

static void the_number_of_commands_is_limited(void **state)
{
    LW_UNUSED(state);
    static const struct script_step steps[] = {{"00B00000", "9000"}, {"00B00000", "9000"}};
    struct lw_channel_opts opts = LW_CHANNEL_DEFAULTS;
    struct run r;
    struct lw_answer a;
    struct lw_why why = {0};
    opts.max_apdus = 2;
    open_channel(&r, steps, 2, &opts);
    const struct lw_apdu c = {.ins = 0xb0};
    CHECK(lw_channel_send(&r.c, &c, &a, &why) == LW_OK);
    CHECK(lw_channel_send(&r.c, &c, &a, &why) == LW_OK);
    CHECK(lw_channel_send(&r.c, &c, &a, &why) == LW_ELIMIT);
    lw_channel_clear(&r.c);
    opts.max_apdus = 0;
    CHECK(lw_channel_init(&r.c, &r.reader.reader, &opts, &why) == LW_EINVAL);
}

static void status_words_have_names(void **state)
{
    LW_UNUSED(state);
    assert_string_equal(lw_sw_text(0x6a82), "file not found");
    assert_string_equal(lw_sw_text(0x63c3), "authentication failed");
    assert_string_equal(lw_sw_text(0xffff), "unknown status");
    CHECK(!lw_sw_is_auth_failed(0x6310));
}

struct atr_reader {
    struct lw_reader reader;
    struct hex atr;
    const char *info; /* of EF.ATR/INFO; NULL: none */
};

static int answer_atr_info(struct lw_reader *r, struct lw_span command, uint8_t *answer, size_t cap,
                           size_t *n, struct lw_why *why)
{
    const struct atr_reader *a = (const struct atr_reader *)r;
    LW_UNUSED(cap);
    LW_UNUSED(why);
    bool read = command.data[1] == 0xb0;
    struct hex h = unhex(!a->info ? "6A82" : !read ? "9000" : a->info);
    memcpy(answer, h.bytes, h.n);
    *n = h.n;
    return LW_OK;
}

static struct lw_span give_atr(struct lw_reader *r)
{
    return hex_span(&((struct atr_reader *)r)->atr);
}

static size_t extended(const char *atr, const char *info)
{
    static const struct lw_reader_ops ops = {.transmit = answer_atr_info, .atr = give_atr};
    struct atr_reader r = {.reader = {.ops = &ops}, .atr = unhex(atr), .info = info};
    struct lw_channel c;
    size_t n = 77;
    CHECK(lw_channel_init(&c, &r.reader, NULL, NULL) == LW_OK);
    CHECK(lw_card_extended(&c, &n, NULL) == LW_OK);
    lw_channel_clear(&c);
    return n;
}

static void extended_length_is_used_only_where_the_card_says_so(void **state)
{
    LW_UNUSED(state);
    /* Capabilities in the historical bytes, with and without the bit; two interface bytes TD. */
    CHECK(extended("3B858001 8073000040 B7", NULL) == 2048);
    CHECK(extended("3B858001 8073000000 F7", NULL) == 0);
    CHECK(extended("3B888001 00 73F0011300900066", NULL) == 0); /* category 00 */
    CHECK(extended("3B", NULL) == 0);
    CHECK(extended("", NULL) == 0);
    CHECK(extended("3B8F8001", NULL) == 0);
    CHECK(extended("3BF5 112233 80 01 8073000040", NULL) == 2048);
    /* EF.ATR/INFO with the longest answer, or the bit alone. */
    CHECK(extended("3B80", "4703000040 7F66080202040002020800 9000") == 0x0800);
    CHECK(extended("3B80", "4703000040 9000") == 2048);
    CHECK(extended("3B80", "4703000000 9000") == 0);
    CHECK(extended("3B80", "7F66080202040002840800 9000") == 0);
    CHECK(extended("3B80", "7F66 9000") == 0);
    CHECK(extended("3B80", "9000") == 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(commands_of_every_case_are_encoded),
    cmocka_unit_test(long_data_makes_an_extended_command),
    cmocka_unit_test(an_answer_without_a_status_word_is_refused),
    cmocka_unit_test(more_bytes_and_the_right_length_are_asked_for),
    cmocka_unit_test(an_answer_that_does_not_end_is_cut_off),
    cmocka_unit_test(the_number_of_commands_is_limited),
    cmocka_unit_test(status_words_have_names),
    cmocka_unit_test(extended_length_is_used_only_where_the_card_says_so),
};
RUN_TESTS(tests)
