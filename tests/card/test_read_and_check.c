/* `lanewise doc read` and then `lanewise doc check`, with the emulated passport in pcscd's virtual
 * reader: what a chip with each protocol gives is authentic; of one that misbehaves, nothing but
 * whole files is kept. */
#include "app/run.h"

#include <pty.h>
#include <signal.h>

#include "base/file.h"
#include "doc/picture.h"
#include "doc/tlv.h"
#include "fake/pcscd.h"
#include "passport.h"

static bool ready;
static char root[32], out[64], trust[64], mrz[64];
static struct picture jpeg;

static int set_up(void **state)
{
    LW_UNUSED(state);
    const char *why = fake_pcscd_start();
    ready = !why;
    snprintf(test_skip_reason, sizeof(test_skip_reason), "%s", why ? why : "");
    jpeg = picture_jpeg(240, 320);
    return 0;
}

static int tear_down(void **state)
{
    LW_UNUSED(state);
    fake_pcscd_stop();
    free(jpeg.data);
    return 0;
}

#define NEED_SERVICE()                                                                             \
    if (!ready)                                                                                    \
    skip()

struct chip {
    struct fake_card *card;
    pid_t holder;
};

/* The SecurityInfos within the emulated chip's unsigned EF.CardSecurity. */
static struct lw_span infos_of(struct lw_span file)
{
    static const uint32_t path[] = {0x30, 0xa0, 0x30, 0x30, 0xa0};
    static struct lw_tlv_limits limits;
    struct lw_tlv_reader r;
    struct lw_tlv t;
    limits = LW_TLV_LIMITS;
    CHECK(lw_tlv_open(&r, file, &limits, NULL) == LW_OK);
    for (size_t i = 0; i < LW_COUNT(path); i++)
        CHECK(lw_tlv_find(&r, path[i], &t, NULL) == 1 && lw_tlv_enter(&r, &t, &r, NULL) == LW_OK);
    CHECK(lw_tlv_expect(&r, 0x04, &t, NULL) == LW_OK);
    return t.value;
}

static void put(struct fake_card *card, enum lw_ef ef, struct lw_strbuf *b)
{
    CHECK(lw_strbuf_err(b) == LW_OK);
    fake_card_put(card, ef, lw_strbuf_span(b));
    lw_strbuf_clear(b);
}

/* Sign what the chip holds, as its issuer would; the authority goes to the trust folder. */
static void personalise(struct fake_card *card, bool portrait, size_t dg11_bytes)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    LW_AUTO(lw_lds) lds = NULL;
    struct mkp_passport p;
    const struct mkp_sod_opts sod = {.signing_time_utc_us = 0};
    const struct mkp_face face = {picture_span(&jpeg), jpeg.width, jpeg.height};
    char *name = calloc(dg11_bytes + 8, 1);
    assert_non_null(name);
    memset(name, 'A', dg11_bytes + 7);
    CHECK(mkp_make(&p, &(struct mkp_opts){.face = face}) == LW_OK);
    CHECK(mkp_write(&p, trust, trust, NULL) == LW_OK); /* only csca.cer of it matters */
    if (portrait) {
        mkp_dg2(&b, MKP_19794_2005, &face, 1);
        put(card, LW_EF_DG2, &b);
    }
    mkp_dg11(&b, name, "SMITH<<ANNA");
    put(card, LW_EF_DG1 + 10, &b);
    free(name);
    CHECK(lw_lds_new(&lds) == LW_OK);
    for (int i = 0; i < 16; i++) {
        const struct lw_span file = fake_card_file(card, (enum lw_ef)(LW_EF_DG1 + i));
        if (file.n)
            CHECK(lw_lds_put(lds, (enum lw_lds_id)(LW_LDS_DG1 + i), file) == LW_OK);
    }
    CHECK(mkp_sod(&b, lds, p.ds_cert, p.ds_key, &sod) == LW_OK);
    put(card, LW_EF_SOD, &b);
    const struct lw_span unsigned_keys = fake_card_file(card, LW_EF_CARD_SECURITY);
    if (unsigned_keys.n) {
        CHECK(mkp_card_security(&b, infos_of(unsigned_keys), p.ds_cert, p.ds_key, &sod) == LW_OK);
        put(card, LW_EF_CARD_SECURITY, &b);
    }
    mkp_clear(&p);
}

static struct chip insert_with(const struct fake_opts *opts, size_t dg11_bytes)
{
    static const char text[] = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\n"
                               "L898902C36UTO7408122F1204159ZE184226B<<<<<10\n";
    struct chip c = {.card = fake_card_new(opts)};
    CHECK(c.card != NULL);
    temp_make(root);
    snprintf(out, sizeof(out), "%s/out", root);
    snprintf(trust, sizeof(trust), "%s/trust", root);
    snprintf(mrz, sizeof(mrz), "%s/mrz", root);
    temp_write(root, "mrz", text, sizeof(text) - 1);
    personalise(c.card, opts->fault != FAKE_LONG_FILE && opts->fault != FAKE_HUGE_FILE, dg11_bytes);
    c.holder = fake_pcscd_insert(c.card);
    CHECK(c.holder > 0);
    return c;
}

static struct chip insert(const struct fake_opts *opts)
{
    return insert_with(opts, 20);
}

static void take_out(struct chip *c)
{
    fake_pcscd_take_out(c->holder);
    fake_card_free(&c->card);
    temp_remove(root);
}

/* Every file in the folder is one of the chip's, whole; nothing else is there, nor beside it. */
static void check_folder(const struct chip *c, size_t least)
{
    size_t n = 0;
    for (int ef = 0; ef < LW_EF_COUNT; ef++) {
        const struct lw_span want = fake_card_file(c->card, (enum lw_ef)ef);
        LW_AUTO_MEM(uint8_t) data = NULL;
        char path[160];
        size_t got = 0;
        snprintf(path, sizeof(path), "%s/%s.bin", out, lw_ef_info((enum lw_ef)ef)->name);
        if (lw_file_read(path, 16 * LW_MIB, &data, &got, NULL) < 0)
            continue;
        CHECK(got == want.n && memcmp(data, want.data, got) == 0);
        n++;
    }
    CHECK(n >= least && temp_count(out) == n);
    CHECK(temp_count(root) == 3); /* out, trust, mrz */
}

static bool has_file(const char *name)
{
    char path[160];
    snprintf(path, sizeof(path), "%s/%s.bin", out, name);
    return access(path, F_OK) == 0;
}

static void read_chip(struct run *r)
{
    run(r, "doc", "read", "--mrz", mrz, "--out", out, "--json", NULL);
}

static void check_chip(struct run *r)
{
    run(r, "doc", "check", out, "--trust", trust, "--json", NULL);
}

#define SAYS(r, text)                                                                              \
    do {                                                                                           \
        if (!strstr((r).out, text))                                                                \
            print_message("# no %s in: %d %s%s\n", text, (r).code, (r).out, (r).err);              \
        CHECK(strstr((r).out, text) != NULL);                                                      \
    } while (0)

static void a_chip_of_every_protocol_is_read_and_authentic(void **state)
{
    LW_UNUSED(state);
    NEED_SERVICE();
    static const struct {
        bool pace, ca, extended;
        enum lw_pace_mapping mapping;
        enum fake_aa aa;
        const char *says[4];
        size_t files;
    } cases[] = {
        {.extended = true,
         .aa = FAKE_AA_RSA,
         .says = {"\"access\": \"bac\"", "\"active_authentication\": \"valid\""},
         .files = 6},
        {.pace = true,
         .ca = true,
         .mapping = LW_PACE_GENERIC,
         .says = {"\"protocol\": \"PACE-ECDH-GM-", "\"chip_authentication\": \"valid\""},
         .files = 7},
        {.pace = true,
         .extended = true,
         .mapping = LW_PACE_INTEGRATED,
         .aa = FAKE_AA_ECDSA,
         .says = {"\"protocol\": \"PACE-ECDH-IM-", "\"active_authentication\": \"valid\""},
         .files = 8},
        {.pace = true,
         .ca = true,
         .extended = true,
         .mapping = LW_PACE_CHIP,
         .says = {"\"protocol\": \"PACE-ECDH-CAM-", "\"pace_cam\": \"valid\"",
                  "\"chip_authentication\": \"valid\""},
         .files = 8},
    };
    for (size_t i = 0; i < LW_COUNT(cases); i++) {
        struct fake_opts o = FAKE_DEFAULTS;
        struct run r;
        o.pace = cases[i].pace;
        o.ca = cases[i].ca;
        o.extended = cases[i].extended;
        o.mapping = cases[i].mapping;
        o.aa = cases[i].aa;
        struct chip c = insert(&o);
        read_chip(&r);
        for (size_t k = 0; k < 4 && cases[i].says[k]; k++)
            SAYS(r, cases[i].says[k]);
        SAYS(r, "\"findings\": []");
        CHECK(r.code == 0 && one_line(r.out) && r.err[0] == '\0');
        run_clear(&r);
        check_folder(&c, cases[i].files);
        CHECK(!has_file("DG3"));
        check_chip(&r);
        SAYS(r, "{\"verdict\": \"valid\"");
        SAYS(r, "\"portrait\": {\"width\": 240, \"height\": 320, \"format\": \"jpeg\"");
        SAYS(r, cases[i].mapping == LW_PACE_CHIP && cases[i].pace ? "\"card_security\": \"valid\""
                                                                  : "\"card_security\": null");
        CHECK(r.code == 0);
        run_clear(&r);
        take_out(&c);
    }
}

/* What each misbehaviour leads to: the exit code of reading, a finding of it, and what the check of
 * what was kept says. */
static void of_a_chip_that_misbehaves_only_whole_files_are_kept(void **state)
{
    LW_UNUSED(state);
    NEED_SERVICE();
    static const struct {
        enum fake_fault fault;
        enum lw_ef ef;
        size_t at;
        unsigned times;
        uint16_t sw;
        int code;
        const char *says, *checked;
    } cases[] = {
        {FAKE_WRONG_MAC, LW_EF_DG2, 500, 0, 0, 1, "\"rule\": \"file_broken\"", "\"2\": \"absent\""},
        {FAKE_NO_DATA, LW_EF_DG2, 500, 0, 0, 1, "\"rule\": \"file_broken\"", "\"2\": \"absent\""},
        {FAKE_LONG_FILE, LW_EF_DG2, 0, 0, 0, 1, "\"rule\": \"file_broken\"", "\"2\": \"absent\""},
        {FAKE_HUGE_FILE, LW_EF_DG2, 0, 0, 0, 1, "\"rule\": \"file_broken\"", "\"2\": \"absent\""},
        {FAKE_STATUS, LW_EF_DG2, 500, 0, 0x6f00, 1, "(6F00)", "\"2\": \"absent\""},
        {FAKE_STATUS, LW_EF_SOD, 0, 0, 0x6982, 1, "\"rule\": \"file_denied\"",
         "\"signature\": \"missing\""},
        {FAKE_BARE_STATUS, LW_EF_DG2, 500, 0, 0x6988, 1, "\"DG2\": {\"state\": \"broken\"",
         "\"2\": \"absent\""},
        {FAKE_TEAR, LW_EF_DG2, 3000, 1, 0, 0, "\"lost\": 1,", "{\"verdict\": \"valid\""},
        {FAKE_TEAR, LW_EF_DG2, 3000, 0, 0, 1, "\"rule\": \"card_lost\"", "\"2\": \"absent\""},
    };
    for (size_t i = 0; i < LW_COUNT(cases); i++) {
        struct fake_opts o = FAKE_DEFAULTS;
        struct run r;
        o.pace = i % 2;
        o.fault = cases[i].fault;
        o.fault_ef = cases[i].ef;
        o.fault_at = cases[i].at;
        o.fault_times = cases[i].times;
        o.fault_sw = cases[i].sw;
        struct chip c = insert(&o);
        read_chip(&r);
        SAYS(r, cases[i].says);
        CHECK(r.code == cases[i].code && one_line(r.out));
        run_clear(&r);
        check_folder(&c, 3);
        check_chip(&r);
        SAYS(r, cases[i].checked);
        CHECK(r.code == cases[i].code);
        run_clear(&r);
        take_out(&c);
    }
}

static void a_wrong_password_is_one_line_and_leaves_nothing(void **state)
{
    LW_UNUSED(state);
    NEED_SERVICE();
    struct fake_opts o = FAKE_DEFAULTS;
    struct run r;
    o.pace = true;
    o.can = "654321";
    struct chip c = insert(&o);
    run(&r, "doc", "read", "--can", "123456", "--out", out, NULL);
    CHECK(r.code == 2 && one_line(r.err) && r.n_out == 0);
    run_clear(&r);
    CHECK(temp_count(root) == 2); /* trust, mrz */
    take_out(&c);
}

/* `doc read` on a terminal, stopped by a signal as soon as it shows `at`; what it showed. */
static int read_and_stop(const char *at, char *shown, size_t cap)
{
    const char *program = getenv("LANEWISE");
    size_t n = 0;
    bool stopped = false;
    int terminal = -1, status = 0;
    assert_non_null(program);
    fflush(stdout);
    const pid_t pid = forkpty(&terminal, NULL, NULL, NULL);
    CHECK(pid >= 0);
    if (pid == 0) {
        execl(program, program, "doc", "read", "--mrz", mrz, "--out", out, "--portrait-first",
              "--short", "--json", (char *)NULL);
        _exit(127);
    }
    for (ssize_t got; n + 1 < cap && (got = read(terminal, shown + n, cap - 1 - n)) > 0;) {
        n += (size_t)got;
        shown[n] = '\0';
        if (!stopped && strstr(shown, at))
            stopped = kill(pid, SIGINT) == 0;
    }
    CHECK(waitpid(pid, &status, 0) == pid && stopped);
    close(terminal);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void a_stopped_reading_keeps_the_portrait_that_came_first(void **state)
{
    LW_UNUSED(state);
    NEED_SERVICE();
    static char shown[1 << 16];
    struct fake_opts o = FAKE_DEFAULTS;
    struct run r;
    struct chip c = insert_with(&o, 900000); /* seconds of DG11 after everything else */
    CHECK(read_and_stop("DG11", shown, sizeof(shown)) == 1);
    CHECK(strstr(shown, "DG2") && strstr(shown, "DG2") < strstr(shown, "DG11"));
    CHECK(strstr(shown, "\"rule\": \"stopped\""));
    check_folder(&c, 4);
    CHECK(has_file("DG2") && has_file("DG1") && has_file("EF_SOD") && !has_file("DG11"));
    check_chip(&r);
    CHECK(r.code == 1 && strstr(r.out, "\"2\": \"matches\"") &&
          strstr(r.out, "\"11\": \"absent\""));
    run_clear(&r);
    take_out(&c);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_chip_of_every_protocol_is_read_and_authentic),
    cmocka_unit_test(of_a_chip_that_misbehaves_only_whole_files_are_kept),
    cmocka_unit_test(a_wrong_password_is_one_line_and_leaves_nothing),
    cmocka_unit_test(a_stopped_reading_keeps_the_portrait_that_came_first),
};

int main(void)
{
    test_output_tap();
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
