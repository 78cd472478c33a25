/* The emulated passport is read whole: every protocol, and every order of things. */
#include "check.h"

#include "card/card.h"
#include "fake/card.h"

struct run {
    struct fake_card *fake;
    struct lw_reader *reader;
    struct lw_password password;
    struct lw_card *card;
    struct lw_why why;
};

static void start(struct run *r, const struct fake_opts *opts)
{
    *r = (struct run){.fake = fake_card_new(opts)};
    CHECK(r->fake != NULL);
    r->reader = fake_reader_new(r->fake);
    CHECK(r->reader != NULL);
    CHECK(lw_password_of_fields(&r->password, opts->number, opts->birth, opts->expiry, NULL) ==
          LW_OK);
}

static void end(struct run *r)
{
    lw_card_free(&r->card);
    lw_reader_free(&r->reader);
    fake_card_free(&r->fake);
}

static int read_with(struct run *r, struct lw_card_opts o)
{
    o.password = &r->password;
    return lw_card_read(&r->card, r->reader, &o, &r->why);
}

static bool same(const struct run *r, enum lw_ef ef)
{
    struct lw_span want = fake_card_file(r->fake, ef);
    const struct lw_ef_file *f = &r->card->files[ef];
    return f->state == LW_EF_READ && f->bytes.n == want.n &&
           memcmp(f->bytes.s, want.data, want.n) == 0;
}

static bool found(const struct lw_card *c, const char *rule)
{
    for (size_t i = 0; i < c->n_findings; i++)
        if (strcmp(c->findings[i].rule, rule) == 0)
            return true;
    return false;
}

/* Every file that is there was read as it is; nothing was found. */
static void check_whole(const struct run *r)
{
    for (int ef = 0; ef < LW_EF_COUNT; ef++) {
        bool there = fake_card_file(r->fake, (enum lw_ef)ef).n > 0;
        if (ef == LW_EF_DG3) /* fingerprints are never asked for */
            CHECK(r->card->files[ef].state == LW_EF_UNTRIED);
        else if (ef == LW_EF_CARD_SECURITY && r->card->cam == LW_PROOF_UNTRIED)
            CHECK(r->card->files[ef].state == LW_EF_UNTRIED);
        else if (there)
            CHECK(same(r, (enum lw_ef)ef));
        else
            CHECK(r->card->files[ef].state != LW_EF_READ);
    }
    for (size_t i = 0; i < r->card->n_findings; i++)
        print_message("# %s: %s\n", r->card->findings[i].rule, r->card->findings[i].text);
    CHECK(r->card->n_findings == 0 && r->card->end == LW_CHANNEL_OPEN && r->card->lost == 0);
}

static void read_whole(const struct fake_opts *opts, const char *protocol)
{
    struct run r;
    start(&r, opts);
    int e = read_with(&r, LW_CARD_DEFAULTS);
    if (e < 0)
        print_message("# %s\n", r.why.text);
    CHECK(e == LW_OK);
    assert_string_equal(r.card->protocol, protocol);
    check_whole(&r);
    CHECK(r.card->apdus == fake_card_apdus(r.fake));
    CHECK(r.card->total_ns >= r.card->raw_ns && r.card->raw_ns > 0);
    end(&r);
}

static void a_chip_with_bac_is_read_whole(void **state)
{
    LW_UNUSED(state);
    read_whole(&FAKE_DEFAULTS, "BAC");
}

static void a_chip_with_pace_is_read_whole_in_every_mapping_and_cipher(void **state)
{
    LW_UNUSED(state);
    static const struct {
        enum lw_pace_mapping mapping;
        enum lw_cipher cipher;
        unsigned id;
        const char *protocol;
    } all[] = {
        {LW_PACE_GENERIC, LW_CIPHER_3DES, 12, "PACE-ECDH-GM-3DES-CBC-CBC prime256v1"},
        {LW_PACE_GENERIC, LW_CIPHER_AES128, 13, "PACE-ECDH-GM-AES-CBC-CMAC-128 brainpoolP256r1"},
        {LW_PACE_GENERIC, LW_CIPHER_AES192, 16, "PACE-ECDH-GM-AES-CBC-CMAC-192 brainpoolP384r1"},
        {LW_PACE_GENERIC, LW_CIPHER_AES256, 18, "PACE-ECDH-GM-AES-CBC-CMAC-256 secp521r1"},
        {LW_PACE_GENERIC, LW_CIPHER_3DES, 0, "PACE-DH-GM-3DES-CBC-CBC DH-1024"},
        {LW_PACE_GENERIC, LW_CIPHER_AES256, 2, "PACE-DH-GM-AES-CBC-CMAC-256 DH-2048"},
        {LW_PACE_INTEGRATED, LW_CIPHER_3DES, 9, "PACE-ECDH-IM-3DES-CBC-CBC brainpoolP192r1"},
        {LW_PACE_INTEGRATED, LW_CIPHER_AES192, 14, "PACE-ECDH-IM-AES-CBC-CMAC-192 brainpoolP320r1"},
        {LW_PACE_INTEGRATED, LW_CIPHER_AES256, 17, "PACE-ECDH-IM-AES-CBC-CMAC-256 brainpoolP512r1"},
        {LW_PACE_INTEGRATED, LW_CIPHER_AES128, 1, "PACE-DH-IM-AES-CBC-CMAC-128 DH-2048"},
        {LW_PACE_CHIP, LW_CIPHER_AES128, 13, "PACE-ECDH-CAM-AES-CBC-CMAC-128 brainpoolP256r1"},
    };
    for (size_t i = 0; i < LW_COUNT(all); i++) {
        struct fake_opts o = FAKE_DEFAULTS;
        o.pace = true;
        o.portrait = 1000;
        o.mapping = all[i].mapping;
        o.cipher = all[i].cipher;
        o.parameter_id = all[i].id;
        read_whole(&o, all[i].protocol);
    }
}

static void pace_opens_with_the_access_number_and_bac_does_not(void **state)
{
    LW_UNUSED(state);
    struct fake_opts o = FAKE_DEFAULTS;
    struct run r;
    o.pace = true;
    start(&r, &o);
    CHECK(lw_password_of_can(&r.password, "123456", NULL) == LW_OK);
    CHECK(read_with(&r, LW_CARD_DEFAULTS) == LW_OK);
    check_whole(&r);
    CHECK(r.card->access == LW_ACCESS_PACE);
    end(&r);
    o.pace = false;
    start(&r, &o);
    CHECK(lw_password_of_can(&r.password, "123456", NULL) == LW_OK);
    CHECK(read_with(&r, LW_CARD_DEFAULTS) == LW_EUNSUP && !r.card);
    assert_string_equal(r.why.text, "this chip does not take a card access number");
    end(&r);
}

static void an_open_chip_is_read_without_a_password(void **state)
{
    LW_UNUSED(state);
    struct fake_opts o = FAKE_DEFAULTS;
    struct run r;
    o.bac = false;
    start(&r, &o);
    CHECK(lw_card_read(&r.card, r.reader, NULL, &r.why) == LW_OK);
    check_whole(&r);
    CHECK(r.card->access == LW_ACCESS_NONE);
    end(&r);
    /* With a password it is noticed that nothing guards the chip. */
    start(&r, &o);
    CHECK(read_with(&r, LW_CARD_DEFAULTS) == LW_OK && same(&r, LW_EF_DG2));
    CHECK(found(r.card, "access_missing") && r.card->n_findings == 1);
    end(&r);
}

static void a_guarded_chip_gives_nothing_without_a_password(void **state)
{
    LW_UNUSED(state);
    struct run r;
    start(&r, &FAKE_DEFAULTS);
    CHECK(lw_card_read(&r.card, r.reader, NULL, &r.why) == LW_EUNSUP && !r.card);
    CHECK(strstr(r.why.text, "access denied (6982)"));
    end(&r);
}

static void a_wrong_password_is_named_and_tried_once(void **state)
{
    LW_UNUSED(state);
    for (int pace = 0; pace < 2; pace++) {
        struct fake_opts o = FAKE_DEFAULTS;
        struct run r;
        o.pace = pace;
        start(&r, &o);
        CHECK(lw_password_of_fields(&r.password, "L898902C3", "740813", "120415", NULL) == LW_OK);
        CHECK(read_with(&r, LW_CARD_DEFAULTS) == LW_ECRYPTO && !r.card);
        assert_string_equal(r.why.text, pace ? "PACE token: authentication failed (6300)"
                                             : "BAC: authentication failed (6300)");
        CHECK(fake_card_apdus(r.fake) < 12);
        end(&r);
    }
}

static void chip_authentication_proves_the_chip_with_every_cipher_and_group(void **state)
{
    LW_UNUSED(state);
    static const struct {
        enum lw_cipher cipher;
        const char *group;
        bool info;
    } all[] = {{LW_CIPHER_3DES, "brainpoolP256r1", true},
               {LW_CIPHER_3DES, "brainpoolP256r1", false}, /* a key alone stands for 3DES */
               {LW_CIPHER_AES128, "P-256", true},
               {LW_CIPHER_AES192, "brainpoolP384r1", true},
               {LW_CIPHER_AES256, "P-521", true},
               {LW_CIPHER_AES128, "dh_2048_256", true},
               {LW_CIPHER_3DES, "dh_2048_224", true}};
    for (size_t i = 0; i < LW_COUNT(all); i++) {
        struct fake_opts o = FAKE_DEFAULTS;
        struct run r;
        o.ca = true;
        o.pace = i % 2;
        o.extended = strncmp(all[i].group, "dh", 2) == 0; /* its key has 256 bytes */
        o.ca_cipher = all[i].cipher;
        o.ca_group = all[i].group;
        o.ca_info = all[i].info;
        o.portrait = 3000;
        start(&r, &o);
        CHECK(read_with(&r, LW_CARD_DEFAULTS) == LW_OK);
        check_whole(&r);
        CHECK(r.card->chip == LW_PROOF_VALID);
        end(&r);
    }
}

static void active_authentication_proves_the_chip(void **state)
{
    LW_UNUSED(state);
    for (int rsa = 0; rsa < 2; rsa++) {
        struct fake_opts o = FAKE_DEFAULTS;
        struct run r;
        o.aa = rsa ? FAKE_AA_RSA : FAKE_AA_ECDSA;
        o.extended = rsa; /* 256 bytes of answer and their protection */
        start(&r, &o);
        CHECK(read_with(&r, LW_CARD_DEFAULTS) == LW_OK);
        check_whole(&r);
        CHECK(r.card->active == LW_PROOF_VALID && r.card->chip == LW_PROOF_ABSENT);
        end(&r);
    }
}

static void all_proofs_together_are_made_in_one_reading(void **state)
{
    LW_UNUSED(state);
    struct fake_opts o = FAKE_DEFAULTS;
    struct run r;
    o.pace = o.ca = o.extended = true;
    o.mapping = LW_PACE_CHIP;
    o.aa = FAKE_AA_RSA;
    start(&r, &o);
    CHECK(read_with(&r, LW_CARD_DEFAULTS) == LW_OK);
    check_whole(&r);
    CHECK(r.card->cam == LW_PROOF_VALID && r.card->chip == LW_PROOF_VALID &&
          r.card->active == LW_PROOF_VALID);
    end(&r);
}

/* Which files came in which order; the first byte of each. */
struct order {
    size_t n;
    enum lw_ef ef[64];
};

static void note(void *ctx, enum lw_ef ef, size_t done, size_t total)
{
    struct order *o = ctx;
    CHECK(total == 0 || done <= total);
    if ((o->n == 0 || o->ef[o->n - 1] != ef) && o->n < LW_COUNT(o->ef))
        o->ef[o->n++] = ef;
}

static void the_portrait_comes_first_when_asked_for(void **state)
{
    LW_UNUSED(state);
    struct fake_opts o = FAKE_DEFAULTS;
    struct run r;
    o.ca = true;
    for (int first = 0; first < 2; first++) {
        struct lw_card_opts opts = LW_CARD_DEFAULTS;
        struct order order = {0};
        opts.portrait_first = first;
        opts.progress = note;
        opts.ctx = &order;
        start(&r, &o);
        CHECK(read_with(&r, opts) == LW_OK);
        check_whole(&r);
        CHECK(r.card->chip == LW_PROOF_VALID);
        CHECK(order.ef[0] == (first ? LW_EF_DG2 : LW_EF_COM));
        CHECK(order.ef[1] == (first ? LW_EF_DG1 : LW_EF_DG14));
        end(&r);
    }
}

static void long_answers_are_used_where_the_card_says_that_it_can(void **state)
{
    LW_UNUSED(state);
    size_t apdus[3];
    for (int i = 0; i < 3; i++) {
        struct fake_opts o = FAKE_DEFAULTS;
        struct lw_card_opts opts = LW_CARD_DEFAULTS;
        struct run r;
        o.extended = i > 0;
        opts.extended = i < 2;
        start(&r, &o);
        CHECK(read_with(&r, opts) == LW_OK);
        check_whole(&r);
        apdus[i] = r.card->apdus;
        end(&r);
    }
    CHECK(apdus[1] < 40 && apdus[0] > 100 && apdus[2] > 100);
}

static void files_beyond_32_kib_are_read_with_the_odd_instruction(void **state)
{
    LW_UNUSED(state);
    for (int extended = 0; extended < 2; extended++) {
        struct fake_opts o = FAKE_DEFAULTS;
        struct run r;
        o.portrait = 70000;
        o.extended = extended;
        start(&r, &o);
        CHECK(read_with(&r, LW_CARD_DEFAULTS) == LW_OK);
        check_whole(&r);
        end(&r);
    }
}

static void files_of_every_size_around_a_chunk_are_read(void **state)
{
    LW_UNUSED(state);
    static const size_t sizes[] = {0, 1, 5, 215, 219, 220, 221, 222, 223, 224, 442, 443, 2000};
    for (size_t i = 0; i < LW_COUNT(sizes); i++) {
        struct fake_opts o = FAKE_DEFAULTS;
        o.portrait = sizes[i];
        read_whole(&o, "BAC");
    }
}

static void cards_that_refuse_to_be_asked_for_too_much_are_read(void **state)
{
    LW_UNUSED(state);
    struct fake_opts o = FAKE_DEFAULTS;
    o.refuses_past_end = true;
    read_whole(&o, "BAC");
    o.bac = false;
    o.pace = true;
    read_whole(&o, "PACE-ECDH-GM-AES-CBC-CMAC-128 brainpoolP256r1");
}

static void short_answers_only_take_longer(void **state)
{
    LW_UNUSED(state);
    struct fake_opts o = FAKE_DEFAULTS;
    o.portrait = 500;
    o.max_answer = 1;
    read_whole(&o, "BAC");
    o.max_answer = 7;
    read_whole(&o, "BAC");
}

static bool stop_at_once(void *ctx)
{
    return ++*(unsigned *)ctx > 50;
}

static void a_stopped_reading_keeps_what_it_has(void **state)
{
    LW_UNUSED(state);
    struct lw_card_opts opts = LW_CARD_DEFAULTS;
    struct run r;
    unsigned asked = 0;
    opts.portrait_first = true;
    opts.stop = stop_at_once;
    opts.ctx = &asked;
    start(&r, &FAKE_DEFAULTS);
    CHECK(read_with(&r, opts) == LW_ETIMEOUT && !r.card); /* not even the portrait is whole */
    end(&r);
    struct fake_opts small = FAKE_DEFAULTS;
    small.portrait = 9000; /* about 41 commands */
    start(&r, &small);
    asked = 0;
    CHECK(read_with(&r, opts) == LW_OK);
    CHECK(r.card->end == LW_CHANNEL_STOPPED && found(r.card, "stopped"));
    CHECK(same(&r, LW_EF_DG2) && asked == 51);
    end(&r);
}

static void the_time_limit_ends_a_reading(void **state)
{
    LW_UNUSED(state);
    struct lw_card_opts opts = LW_CARD_DEFAULTS;
    struct run r;
    opts.max_ns = 1;
    start(&r, &FAKE_DEFAULTS);
    CHECK(read_with(&r, opts) == LW_ETIMEOUT && !r.card);
    assert_string_equal(r.why.text, "the time for reading is over");
    opts.max_ns = 0;
    CHECK(read_with(&r, opts) == LW_EINVAL);
    end(&r);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_chip_with_bac_is_read_whole),
    cmocka_unit_test(a_chip_with_pace_is_read_whole_in_every_mapping_and_cipher),
    cmocka_unit_test(pace_opens_with_the_access_number_and_bac_does_not),
    cmocka_unit_test(an_open_chip_is_read_without_a_password),
    cmocka_unit_test(a_guarded_chip_gives_nothing_without_a_password),
    cmocka_unit_test(a_wrong_password_is_named_and_tried_once),
    cmocka_unit_test(chip_authentication_proves_the_chip_with_every_cipher_and_group),
    cmocka_unit_test(active_authentication_proves_the_chip),
    cmocka_unit_test(all_proofs_together_are_made_in_one_reading),
    cmocka_unit_test(the_portrait_comes_first_when_asked_for),
    cmocka_unit_test(long_answers_are_used_where_the_card_says_that_it_can),
    cmocka_unit_test(files_beyond_32_kib_are_read_with_the_odd_instruction),
    cmocka_unit_test(files_of_every_size_around_a_chunk_are_read),
    cmocka_unit_test(cards_that_refuse_to_be_asked_for_too_much_are_read),
    cmocka_unit_test(short_answers_only_take_longer),
    cmocka_unit_test(a_stopped_reading_keeps_what_it_has),
    cmocka_unit_test(the_time_limit_ends_a_reading),
};
RUN_TESTS(tests)
