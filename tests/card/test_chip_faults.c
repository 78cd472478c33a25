/* Chips that misbehave: each is refused by name, costs a limited number of commands, and spoils no
 * other file. */
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

static int read_card(struct run *r, const struct fake_opts *opts, struct lw_card_opts o)
{
    *r = (struct run){.fake = fake_card_new(opts)};
    CHECK(r->fake != NULL);
    r->reader = fake_reader_new(r->fake);
    CHECK(r->reader != NULL);
    CHECK(lw_password_of_fields(&r->password, opts->number, opts->birth, opts->expiry, NULL) ==
          LW_OK);
    o.password = &r->password;
    return lw_card_read(&r->card, r->reader, &o, &r->why);
}

static void end(struct run *r)
{
    lw_card_free(&r->card);
    lw_reader_free(&r->reader);
    fake_card_free(&r->fake);
}

static bool same(const struct run *r, enum lw_ef ef)
{
    struct lw_span want = fake_card_file(r->fake, ef);
    const struct lw_ef_file *f = &r->card->files[ef];
    return f->state == LW_EF_READ && f->bytes.n == want.n &&
           memcmp(f->bytes.s, want.data, want.n) == 0;
}

static const struct lw_card_finding *finding(const struct lw_card *c, const char *rule)
{
    for (size_t i = 0; i < c->n_findings; i++)
        if (strcmp(c->findings[i].rule, rule) == 0)
            return &c->findings[i];
    return NULL;
}

/* Everything but DG2. */
static void check_others(const struct run *r)
{
    CHECK(same(r, LW_EF_COM) && same(r, LW_EF_SOD) && same(r, LW_EF_DG1) &&
          same(r, LW_EF_DG1 + 10));
}

/* A fault that strikes in the middle of DG2 each time: that file is broken, and only that one. */
static void breaks_one_file(enum fake_fault fault, uint16_t sw, const char *says)
{
    for (int pace = 0; pace < 2; pace++) {
        struct fake_opts o = FAKE_DEFAULTS;
        struct run r;
        o.pace = pace;
        o.fault = fault;
        o.fault_sw = sw;
        o.fault_ef = LW_EF_DG2;
        o.fault_at = 1000;
        CHECK(read_card(&r, &o, LW_CARD_DEFAULTS) == LW_OK);
        check_others(&r);
        CHECK(r.card->files[LW_EF_DG2].state == LW_EF_BROKEN);
        const struct lw_card_finding *f = finding(r.card, "file_broken");
        CHECK(f != NULL);
        if (!strstr(f->text, says))
            print_message("# %s\n", f->text);
        CHECK(strncmp(f->text, "DG2: ", 5) == 0 && strstr(f->text, says) != NULL);
        CHECK(r.card->apdus < 120);
        end(&r);
    }
}

static void answers_that_are_not_authentic_break_the_file(void **state)
{
    LW_UNUSED(state);
    breaks_one_file(FAKE_WRONG_MAC, 0, "authentication code of an answer is wrong");
    breaks_one_file(FAKE_NO_MAC, 0, "0x8E is missing");
    breaks_one_file(FAKE_WRONG_PADDING, 0, "padding of a protected answer is wrong");
    breaks_one_file(FAKE_NO_INDICATOR, 0, "cryptogram without padding indicator");
    breaks_one_file(FAKE_PLAIN_ANSWER, 0, "protected answer");
    breaks_one_file(FAKE_REPLAY, 0, "authentication code of an answer is wrong");
    breaks_one_file(FAKE_TRAILING_OBJECT, 0, "bytes too many");
}

static void strange_statuses_break_the_file_and_not_the_session(void **state)
{
    LW_UNUSED(state);
    breaks_one_file(FAKE_STATUS, 0x6f00, "error without diagnosis (6F00)");
    breaks_one_file(FAKE_STATUS, 0x1234, "unknown status (1234)");
    breaks_one_file(FAKE_STATUS, 0x0000, "unknown status (0000)");
    breaks_one_file(FAKE_STATUS, 0x6b00, "offset outside the file (6B00)");
    breaks_one_file(FAKE_STATUS, 0x6700, "wrong length (6700)");
    breaks_one_file(FAKE_STATUS, 0x6c00, "unknown status (6C00)");
    breaks_one_file(FAKE_NO_DATA, 0, "ends at byte ");
    breaks_one_file(FAKE_TOO_MUCH, 0, "were asked for");
    breaks_one_file(FAKE_NO_ANSWER, 0, "the card answered 0 bytes");
}

static void a_session_that_the_chip_ends_is_begun_again(void **state)
{
    LW_UNUSED(state);
    breaks_one_file(FAKE_BARE_STATUS, 0x6988, "ended secure messaging");
    breaks_one_file(FAKE_BARE_STATUS, 0x9000, "ended secure messaging");
    breaks_one_file(FAKE_BARE_STATUS, 0x6100, "");
}

static void a_file_that_access_does_not_cover_is_denied(void **state)
{
    LW_UNUSED(state);
    struct fake_opts o = FAKE_DEFAULTS;
    struct run r;
    o.fault = FAKE_STATUS;
    o.fault_sw = 0x6982;
    o.fault_ef = LW_EF_DG1 + 10;
    CHECK(read_card(&r, &o, LW_CARD_DEFAULTS) == LW_OK);
    CHECK(r.card->files[LW_EF_DG1 + 10].state == LW_EF_DENIED && same(&r, LW_EF_DG2));
    CHECK(finding(r.card, "file_denied") && r.card->n_findings == 1);
    end(&r);
}

static void a_file_of_a_wrong_size_or_kind_is_broken(void **state)
{
    LW_UNUSED(state);
    static const struct {
        enum fake_fault fault;
        const char *says;
    } all[] = {{FAKE_HUGE_FILE, "says that it has 8388612 bytes, the limit is 1048576"},
               {FAKE_LONG_FILE, "ends at byte 19404 of 20004"},
               {FAKE_OTHER_TAG, "starts with tag 63 instead of 75"},
               {FAKE_INDEFINITE, "its first bytes are no tag and length"}};
    for (size_t i = 0; i < LW_COUNT(all); i++) {
        struct fake_opts o = FAKE_DEFAULTS;
        struct run r;
        o.fault = all[i].fault;
        CHECK(read_card(&r, &o, LW_CARD_DEFAULTS) == LW_OK);
        check_others(&r);
        CHECK(r.card->files[LW_EF_DG2].state == LW_EF_BROKEN && r.card->n_findings == 1);
        CHECK(strstr(finding(r.card, "file_broken")->text, all[i].says) != NULL);
        end(&r);
    }
}

/* Within the limit, a chip that sends for ever is cut off where its file says that it ends. */
static void an_endless_file_is_cut_where_it_says(void **state)
{
    LW_UNUSED(state);
    struct fake_opts o = FAKE_DEFAULTS;
    struct lw_card_opts opts = LW_CARD_DEFAULTS;
    struct run r;
    o.fault = FAKE_HUGE_FILE;
    o.extended = true;
    opts.max_file_bytes = 16 * LW_MIB;
    CHECK(read_card(&r, &o, opts) == LW_OK);
    CHECK(r.card->files[LW_EF_DG2].state == LW_EF_READ);
    CHECK(r.card->files[LW_EF_DG2].bytes.n == 5 + 0x7fffff);
    end(&r);
}

static void a_card_lost_in_mid_read_is_read_on_where_it_stopped(void **state)
{
    LW_UNUSED(state);
    for (int pace = 0; pace < 2; pace++) {
        struct fake_opts o = FAKE_DEFAULTS;
        struct run r;
        o.pace = pace;
        o.ca = true;
        o.fault = FAKE_TEAR;
        o.fault_ef = LW_EF_DG2;
        o.fault_at = 12000;
        o.fault_times = 2;
        CHECK(read_card(&r, &o, LW_CARD_DEFAULTS) == LW_OK);
        check_others(&r);
        CHECK(same(&r, LW_EF_DG2) && r.card->lost == 2 && r.card->n_findings == 0);
        CHECK(r.card->chip == LW_PROOF_VALID);
        CHECK(r.card->apdus < 180); /* the first 12000 bytes were read once */
        end(&r);
    }
}

static void a_card_lost_too_often_leaves_what_was_read(void **state)
{
    LW_UNUSED(state);
    struct fake_opts o = FAKE_DEFAULTS;
    struct lw_card_opts opts = LW_CARD_DEFAULTS;
    struct run r;
    o.fault = FAKE_TEAR;
    o.fault_ef = LW_EF_DG2;
    o.fault_at = 5000;
    CHECK(read_card(&r, &o, opts) == LW_OK);
    CHECK(same(&r, LW_EF_DG1) && r.card->files[LW_EF_DG2].state == LW_EF_UNTRIED);
    CHECK(finding(r.card, "card_lost") && r.card->lost == 4);
    end(&r);
    opts.portrait_first = true;
    CHECK(read_card(&r, &o, opts) == LW_EAGAIN && !r.card);
    assert_string_equal(r.why.text, "DG2: the card was lost");
    end(&r);
    opts.retries = 0;
    o.fault_ef = LW_EF_COM;
    o.fault_at = 0;
    CHECK(read_card(&r, &o, opts) == LW_OK && r.card->lost == 1 && same(&r, LW_EF_DG2));
    end(&r);
}

static void a_pace_chip_that_lies_is_refused(void **state)
{
    LW_UNUSED(state);
    static const struct {
        enum fake_fault fault;
        int code;
        const char *says;
    } all[] = {{FAKE_PACE_TOKEN, LW_ECRYPTO, "PACE token of the chip is wrong"},
               {FAKE_PACE_MIRROR, LW_ECRYPTO, "PACE mapping: the chip sent our own key"}};
    for (size_t i = 0; i < LW_COUNT(all); i++) {
        struct fake_opts o = FAKE_DEFAULTS;
        struct run r;
        o.pace = true;
        o.fault = all[i].fault;
        CHECK(read_card(&r, &o, LW_CARD_DEFAULTS) == all[i].code && !r.card);
        assert_string_equal(r.why.text, all[i].says);
        end(&r);
    }
}

/* With the MRZ a chip whose PACE is out of order can still be read by BAC, and it is noticed. */
static void broken_pace_falls_back_to_bac_with_a_finding(void **state)
{
    LW_UNUSED(state);
    static const enum fake_fault all[] = {FAKE_PACE_BAD_POINT, FAKE_PACE_NONCE, FAKE_PACE_REFUSED};
    for (size_t i = 0; i < LW_COUNT(all); i++) {
        struct fake_opts o = FAKE_DEFAULTS;
        struct lw_card_opts opts = LW_CARD_DEFAULTS;
        struct run r;
        o.pace = true;
        o.fault = all[i];
        opts.retries = 0;
        CHECK(read_card(&r, &o, opts) == LW_OK);
        CHECK(r.card->access == LW_ACCESS_BAC && same(&r, LW_EF_DG2));
        CHECK(finding(r.card, "pace_failed") && r.card->n_findings == 1 && r.card->lost == 0);
        end(&r);
    }
}

/* EF.CardAccess is not signed; DG14 is. */
static void a_hidden_offer_of_pace_is_noticed(void **state)
{
    LW_UNUSED(state);
    struct fake_opts o = FAKE_DEFAULTS;
    struct run r;
    o.pace = true;
    o.fault = FAKE_PACE_HIDDEN;
    CHECK(read_card(&r, &o, LW_CARD_DEFAULTS) == LW_OK);
    CHECK(r.card->access == LW_ACCESS_BAC && finding(r.card, "card_access_differs"));
    end(&r);
}

static void a_bac_chip_that_lies_is_refused(void **state)
{
    LW_UNUSED(state);
    static const struct {
        enum fake_fault fault;
        const char *says;
    } all[] = {{FAKE_BAC_ANSWER, "BAC: the code of the answer is wrong"},
               {FAKE_BAC_OLD, "BAC: the answer is not to this challenge"}};
    for (size_t i = 0; i < LW_COUNT(all); i++) {
        struct fake_opts o = FAKE_DEFAULTS;
        struct run r;
        o.fault = all[i].fault;
        CHECK(read_card(&r, &o, LW_CARD_DEFAULTS) == LW_ECRYPTO && !r.card);
        assert_string_equal(r.why.text, all[i].says);
        end(&r);
    }
}

static void a_copied_chip_is_found_out_and_still_read(void **state)
{
    LW_UNUSED(state);
    static const enum lw_cipher ciphers[] = {LW_CIPHER_3DES, LW_CIPHER_AES256};
    for (size_t i = 0; i < LW_COUNT(ciphers); i++) {
        struct fake_opts o = FAKE_DEFAULTS;
        struct run r;
        o.ca = true;
        o.ca_cipher = ciphers[i];
        o.fault = FAKE_CA_COPY;
        CHECK(read_card(&r, &o, LW_CARD_DEFAULTS) == LW_OK);
        check_others(&r);
        CHECK(same(&r, LW_EF_DG2) && r.card->chip == LW_PROOF_INVALID);
        CHECK(finding(r.card, "chip_authentication") && r.card->n_findings == 1);
        end(&r);
    }
}

static void a_copy_fails_the_other_proofs_too(void **state)
{
    LW_UNUSED(state);
    struct fake_opts o = FAKE_DEFAULTS;
    struct run r;
    o.aa = FAKE_AA_ECDSA;
    o.fault = FAKE_AA_COPY;
    CHECK(read_card(&r, &o, LW_CARD_DEFAULTS) == LW_OK && same(&r, LW_EF_DG2));
    CHECK(r.card->active == LW_PROOF_INVALID && finding(r.card, "active_authentication"));
    end(&r);
    o.aa = FAKE_AA_NONE;
    o.pace = true;
    o.mapping = LW_PACE_CHIP;
    o.fault = FAKE_CAM_COPY;
    CHECK(read_card(&r, &o, LW_CARD_DEFAULTS) == LW_OK && same(&r, LW_EF_DG2));
    CHECK(r.card->cam == LW_PROOF_INVALID && finding(r.card, "pace_cam"));
    end(&r);
}

static void a_proof_that_the_chip_refuses_is_a_finding(void **state)
{
    LW_UNUSED(state);
    struct fake_opts o = FAKE_DEFAULTS;
    struct run r;
    o.ca = true;
    o.fault = FAKE_CA_REFUSED;
    CHECK(read_card(&r, &o, LW_CARD_DEFAULTS) == LW_OK && same(&r, LW_EF_DG2));
    CHECK(r.card->chip == LW_PROOF_UNUSABLE && finding(r.card, "chip_authentication"));
    end(&r);
    o.ca = false;
    o.aa = FAKE_AA_RSA; /* its answer does not fit a short one */
    CHECK(read_card(&r, &o, LW_CARD_DEFAULTS) == LW_OK && same(&r, LW_EF_DG2));
    CHECK(r.card->active == LW_PROOF_UNUSABLE);
    assert_string_equal(finding(r.card, "active_authentication")->text,
                        "active authentication: wrong length (6700)");
    end(&r);
}

/* Any byte of any answer changed: never a crash, and never other data than the chip has. */
static void no_forged_data_gets_through_secure_messaging(void **state)
{
    LW_UNUSED(state);
    struct fake_opts o = FAKE_DEFAULTS;
    o.portrait = 600;
    o.fault = FAKE_WRONG_MAC;
    for (int ef = LW_EF_COM; ef <= LW_EF_DG2; ef++) {
        struct run r;
        o.fault_ef = (enum lw_ef)ef;
        CHECK(read_card(&r, &o, LW_CARD_DEFAULTS) == LW_OK);
        for (int k = 0; k < LW_EF_COUNT; k++)
            CHECK(r.card->files[k].state != LW_EF_READ || same(&r, (enum lw_ef)k));
        CHECK(r.card->files[ef].state == LW_EF_BROKEN);
        end(&r);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(answers_that_are_not_authentic_break_the_file),
    cmocka_unit_test(strange_statuses_break_the_file_and_not_the_session),
    cmocka_unit_test(a_session_that_the_chip_ends_is_begun_again),
    cmocka_unit_test(a_file_that_access_does_not_cover_is_denied),
    cmocka_unit_test(a_file_of_a_wrong_size_or_kind_is_broken),
    cmocka_unit_test(an_endless_file_is_cut_where_it_says),
    cmocka_unit_test(a_card_lost_in_mid_read_is_read_on_where_it_stopped),
    cmocka_unit_test(a_card_lost_too_often_leaves_what_was_read),
    cmocka_unit_test(a_pace_chip_that_lies_is_refused),
    cmocka_unit_test(broken_pace_falls_back_to_bac_with_a_finding),
    cmocka_unit_test(a_hidden_offer_of_pace_is_noticed),
    cmocka_unit_test(a_bac_chip_that_lies_is_refused),
    cmocka_unit_test(a_copied_chip_is_found_out_and_still_read),
    cmocka_unit_test(a_copy_fails_the_other_proofs_too),
    cmocka_unit_test(a_proof_that_the_chip_refuses_is_a_finding),
    cmocka_unit_test(no_forged_data_gets_through_secure_messaging),
};
RUN_TESTS(tests)
