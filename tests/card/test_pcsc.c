/* End to end: pcscd, its virtual reader (vpcd), and the emulated passport as that reader's card.
 * Runs where both are installed, in a network and mount namespace of its own where that is allowed;
 * else it needs that no other pcscd runs. */
#include "check.h"
#include "fake/pcscd.h"

#include <sys/wait.h>

#include "base/clock.h"
#include "base/file.h"
#include "card/card.h"
#include "card/pcsc.h"

static bool ready;

static int set_up(void **state)
{
    LW_UNUSED(state);
    const char *why = fake_pcscd_start();
    ready = !why;
    snprintf(test_skip_reason, sizeof(test_skip_reason), "%s", why ? why : "");
    return 0;
}

static int tear_down(void **state)
{
    LW_UNUSED(state);
    fake_pcscd_stop();
    return 0;
}

struct run {
    struct fake_card *fake;
    pid_t holder; /* the process that holds the card into the reader */
    struct lw_reader *reader;
    struct lw_password password;
    struct lw_card *card;
    struct lw_why why;
};

static void insert(struct run *r, const struct fake_opts *opts)
{
    *r = (struct run){.fake = fake_card_new(opts)};
    CHECK(r->fake != NULL);
    CHECK(lw_password_of_fields(&r->password, opts->number, opts->birth, opts->expiry, NULL) ==
          LW_OK);
    r->holder = fake_pcscd_insert(r->fake);
    CHECK(r->holder > 0);
}

static void take_out(struct run *r)
{
    lw_card_free(&r->card);
    lw_reader_free(&r->reader);
    fake_pcscd_take_out(r->holder);
    fake_card_free(&r->fake);
}

static int read_card(struct run *r, struct lw_card_opts o)
{
    o.password = &r->password;
    int e = lw_pcsc_open(&r->reader, NULL, &r->why);
    if (e == LW_OK)
        e = lw_card_read(&r->card, r->reader, &o, &r->why);
    if (e < 0)
        print_message("# %s\n", r->why.text);
    return e;
}

static void check_whole(const struct run *r)
{
    for (size_t i = 0; i < r->card->n_findings; i++)
        print_message("# %s: %s\n", r->card->findings[i].rule, r->card->findings[i].text);
    for (int ef = 0; ef < LW_EF_COUNT; ef++) {
        struct lw_span want = fake_card_file(r->fake, (enum lw_ef)ef);
        const struct lw_ef_file *f = &r->card->files[ef];
        if (ef != LW_EF_DG3 && want.n)
            CHECK(f->state == LW_EF_READ && f->bytes.n == want.n &&
                  memcmp(f->bytes.s, want.data, want.n) == 0);
    }
    CHECK(r->card->n_findings == 0);
}

#define NEED_SERVICE()                                                                             \
    if (!ready)                                                                                    \
    skip()

static void a_chip_with_bac_and_active_authentication_is_read(void **state)
{
    LW_UNUSED(state);
    NEED_SERVICE();
    struct fake_opts o = FAKE_DEFAULTS;
    struct run r;
    o.aa = FAKE_AA_ECDSA;
    insert(&r, &o);
    CHECK(read_card(&r, LW_CARD_DEFAULTS) == LW_OK);
    check_whole(&r);
    CHECK(r.card->active == LW_PROOF_VALID && r.card->access == LW_ACCESS_BAC);
    take_out(&r);
}

static void a_chip_with_every_proof_and_long_answers_is_read(void **state)
{
    LW_UNUSED(state);
    NEED_SERVICE();
    struct fake_opts o = FAKE_DEFAULTS;
    struct run r;
    o.pace = o.ca = o.extended = true;
    o.mapping = LW_PACE_CHIP;
    o.aa = FAKE_AA_RSA;
    insert(&r, &o);
    CHECK(read_card(&r, LW_CARD_DEFAULTS) == LW_OK);
    check_whole(&r);
    CHECK(r.card->cam == LW_PROOF_VALID && r.card->chip == LW_PROOF_VALID &&
          r.card->active == LW_PROOF_VALID);
    CHECK(r.card->apdus < 70);
    take_out(&r);
}

static void a_chip_that_leaves_the_field_is_waited_for_and_read_on(void **state)
{
    LW_UNUSED(state);
    NEED_SERVICE();
    struct fake_opts o = FAKE_DEFAULTS;
    struct run r;
    o.fault = FAKE_TEAR;
    o.fault_ef = LW_EF_DG2;
    o.fault_at = 9000;
    o.fault_times = 1;
    insert(&r, &o);
    CHECK(read_card(&r, LW_CARD_DEFAULTS) == LW_OK);
    check_whole(&r);
    CHECK(r.card->lost == 1);
    take_out(&r);
}

static void a_wrong_mac_over_the_wire_breaks_the_file(void **state)
{
    LW_UNUSED(state);
    NEED_SERVICE();
    struct fake_opts o = FAKE_DEFAULTS;
    struct run r;
    o.fault = FAKE_WRONG_MAC;
    o.fault_ef = LW_EF_DG2;
    o.fault_at = 500;
    insert(&r, &o);
    CHECK(read_card(&r, LW_CARD_DEFAULTS) == LW_OK);
    CHECK(r.card->files[LW_EF_DG2].state == LW_EF_BROKEN && r.card->n_findings == 2);
    CHECK(r.card->files[LW_EF_DG1].state == LW_EF_READ);
    take_out(&r);
}

/* The target: at most 150 ms more than the raw commands and answers take. */
static void reading_20_kb_costs_little_more_than_the_raw_commands(void **state)
{
    LW_UNUSED(state);
    NEED_SERVICE();
    int64_t best_ns = INT64_MAX;
    for (int i = 0; i < 3; i++) {
        struct fake_opts o = FAKE_DEFAULTS;
        struct run r;
        o.pace = true;
        insert(&r, &o);
        CHECK(read_card(&r, LW_CARD_DEFAULTS) == LW_OK);
        check_whole(&r);
        int64_t more_ns = r.card->total_ns - r.card->raw_ns;
        print_message("# %s, %zu commands: %.1f ms, raw %.1f ms, more %.1f ms\n", r.card->protocol,
                      r.card->apdus, (double)r.card->total_ns / 1e6, (double)r.card->raw_ns / 1e6,
                      (double)more_ns / 1e6);
        best_ns = more_ns < best_ns ? more_ns : best_ns;
        take_out(&r);
    }
    CHECK(best_ns <= 150 * LW_MS);
}

static void no_card_and_no_such_reader_are_named(void **state)
{
    LW_UNUSED(state);
    NEED_SERVICE();
    struct lw_pcsc_opts o = LW_PCSC_DEFAULTS;
    struct lw_reader *reader = NULL;
    struct lw_card *card = NULL;
    struct lw_why why = {0};
    o.wait_ns = 300 * LW_MS;
    CHECK(lw_pcsc_open(&reader, &o, NULL) == LW_OK);
    CHECK(lw_card_read(&card, reader, NULL, &why) == LW_ETIMEOUT && !card);
    CHECK(strstr(why.text, "no card in reader \"Virtual PCD 00 0") != NULL);
    lw_reader_free(&reader);
    o.name = "Gemplus";
    CHECK(lw_pcsc_open(&reader, &o, &why) == LW_ENOTFOUND && !reader);
    assert_string_equal(why.text, "no reader is called \"Gemplus\"");
}

static int run_command(const char *arguments)
{
    char command[1024];
    snprintf(command, sizeof(command), "\"$LANEWISE\" doc read %s", arguments);
    int status = system(command);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void check_file(const struct run *r, const char *dir, enum lw_ef ef)
{
    char path[400];
    uint8_t *data = NULL;
    size_t n = 0;
    struct lw_span want = fake_card_file(r->fake, ef);
    snprintf(path, sizeof(path), "%s/%s.bin", dir, lw_ef_info(ef)->name);
    CHECK(lw_file_read(path, LW_MIB, &data, &n, NULL) == LW_OK);
    CHECK(n == want.n && memcmp(data, want.data, n) == 0);
    free(data);
    unlink(path);
}

static void the_command_writes_the_folder_at_once(void **state)
{
    LW_UNUSED(state);
    NEED_SERVICE();
    struct fake_opts o = FAKE_DEFAULTS;
    struct run r;
    char dir[] = "/tmp/lw-read-XXXXXX", arguments[400], out[300];
    CHECK(mkdtemp(dir) != NULL);
    snprintf(out, sizeof(out), "%s/a/d1", dir);
    o.pace = true;
    insert(&r, &o);
    snprintf(arguments, sizeof(arguments), "--can 123456 --json --out %s > %s/json", out, dir);
    CHECK(run_command(arguments) == 0);
    static const enum lw_ef all[] = {LW_EF_CARD_ACCESS, LW_EF_COM,      LW_EF_SOD, LW_EF_DG1,
                                     LW_EF_DG2,         LW_EF_DG1 + 10, LW_EF_DG14};
    for (size_t i = 0; i < LW_COUNT(all); i++)
        check_file(&r, out, all[i]);
    CHECK(rmdir(out) == 0); /* nothing else was in it */
    take_out(&r);
    snprintf(arguments, sizeof(arguments), "--can 123456 --out %s 2> /dev/null", dir);
    CHECK(run_command(arguments) == 2); /* not empty */
    snprintf(arguments, sizeof(arguments), "rm -r %s", dir);
    CHECK(system(arguments) == 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_chip_with_bac_and_active_authentication_is_read),
    cmocka_unit_test(a_chip_with_every_proof_and_long_answers_is_read),
    cmocka_unit_test(a_chip_that_leaves_the_field_is_waited_for_and_read_on),
    cmocka_unit_test(a_wrong_mac_over_the_wire_breaks_the_file),
    cmocka_unit_test(reading_20_kb_costs_little_more_than_the_raw_commands),
    cmocka_unit_test(no_card_and_no_such_reader_are_named),
    cmocka_unit_test(the_command_writes_the_folder_at_once),
};

int main(void)
{
    test_output_tap();
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
