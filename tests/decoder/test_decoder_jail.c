/* What a decoder that was taken over can do: nothing. */
#include "check.h"

#include <signal.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "decoder/decoder.h"
#include "decoder/jail.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

static struct lw_decoder *decoder; /* the probe */

/* Little time of the processor, for what runs into that limit is waited for; much time of the
 * clock, for the machine may be busy. */
static int open_probe(int64_t wall_ns)
{
    struct lw_why why;
    struct lw_decoder_opts opts = LW_DECODER_DEFAULTS;
    opts.program = getenv("LW_TEST_PROBE");
    opts.wall_ns = wall_ns;
    opts.cpu_s = 1;
    opts.memory_bytes = 512 * (uint64_t)LW_MIB;
    assert_non_null(opts.program);
    if (lw_decoder_new(&decoder, &opts, &why) < 0 || lw_decoder_ready(decoder, &why) < 0) {
        print_message("# %s\n", why.text);
        return -1;
    }
    return 0;
}

static int start(void **state)
{
    LW_UNUSED(state);
    return open_probe(100 * LW_SEC);
}

static int start_impatient(void **state)
{
    LW_UNUSED(state);
    return open_probe(2 * LW_SEC);
}

static int stop(void **state)
{
    LW_UNUSED(state);
    lw_decoder_free(&decoder);
    return 0;
}

static int try(const char *name, struct lw_refusal *no, char *said)
{
    char text[64];
    struct lw_mrz_list list = {.n = 0};
    struct lw_why why = {0};
    snprintf(text, sizeof(text), "PROBE %s", name);
    *no = (struct lw_refusal){.by = LW_REFUSALS};
    int r = lw_decoder_mrz(decoder, (struct lw_span){(const uint8_t *)text, strlen(text)}, 0, &list,
                           no, &why);
    said[0] = '\0';
    if (r == 1)
        snprintf(said, 40, "%s", list.v[0].surname);
    lw_mrz_list_clear(&list);
    return r;
}

static void is_refused(const char *name, enum lw_refused_by by)
{
    struct lw_refusal no;
    char said[40];
    const int r = try(name, &no, said);
    if (r != 0 || no.by != by)
        print_message("# %s: %d %s %s\n", name, r, said, r ? "" : lw_refused_by_name(no.by));
    CHECK(r == 0 && no.by == by);
    CHECK(strstr(no.text, "the decoder refused: ") == no.text);
}

static void whatever_reaches_out_ends_the_decoder(void **state)
{
    LW_UNUSED(state);
    static const char *const names[] = {"open",
                                        "create",
                                        "unlink",
                                        "socket",
                                        "unix_socket",
                                        "connect",
                                        "fork",
                                        "thread",
                                        "exec",
                                        "ptrace",
                                        "ptrace_me",
                                        "peek",
                                        "kill_parent",
                                        "kill_all",
                                        "kill_group",
                                        "executable_memory",
                                        "memfd",
                                        "executable_heap",
                                        "raise_limits",
                                        "io_uring",
                                        "bpf",
                                        "namespace",
                                        "dumpable",
                                        "standard_output",
                                        "dup",
                                        "other_abi",
                                        "other_descriptor"};
    for (size_t i = 0; i < LW_COUNT(names); i++)
        is_refused(names[i], LW_REFUSED_FORBIDDEN);
    CHECK(access("/tmp/lw-probe-was-here", F_OK) != 0);
}

static void a_crash_is_a_refusal(void **state)
{
    LW_UNUSED(state);
    if (!SANITIZED) /* which looks for its report's files first, and is ended for that */
        is_refused("wild_write", LW_REFUSED_CRASH);
    is_refused("leave", LW_REFUSED_CRASH);
    is_refused("crash", LW_REFUSED_FORBIDDEN);
}

static void time_of_the_processor_ends(void **state)
{
    LW_UNUSED(state);
    is_refused("spin", LW_REFUSED_CPU);
}

static void waiting_for_ever_ends(void **state)
{
    LW_UNUSED(state);
    const int64_t t0 = lw_now_ns();
    is_refused("sleep", LW_REFUSED_TIME);
    CHECK(lw_now_ns() - t0 >= 2 * LW_SEC);
}

static void memory_beyond_the_limit_is_not_given(void **state)
{
    LW_UNUSED(state);
    struct lw_refusal no;
    char said[40];
    if (SANITIZED) {
        snprintf(test_skip_reason, sizeof(test_skip_reason), "sanitizers map terabytes");
        skip();
    }
    CHECK(try("memory", &no, said) == 1);
    assert_string_equal(said, "ENOMEM");
}

static void answers_that_make_no_sense_are_refused(void **state)
{
    LW_UNUSED(state);
    is_refused("flood", LW_REFUSED_ANSWER);
    is_refused("long_frame", LW_REFUSED_ANSWER);
    is_refused("half_a_frame", LW_REFUSED_CRASH);
    is_refused("more_behind", LW_REFUSED_ANSWER);
    is_refused("endless_behind", LW_REFUSED_ANSWER);
    is_refused("out_of_bounds", LW_REFUSED_ANSWER);
    is_refused("asks_for_a_chip", LW_REFUSED_ANSWER);
}

/* An answer of the right length of which one byte makes no sense is covered by the corpus. */
static void seals_and_lists_are_confined_like_the_rest(void **state)
{
    LW_UNUSED(state);
    static const struct {
        const char *text;
        enum lw_refused_by by;
    } cases[] = {{"PROBE open", LW_REFUSED_FORBIDDEN},
                 {"PROBE leave", LW_REFUSED_CRASH},
                 {"PROBE out_of_bounds", LW_REFUSED_ANSWER}};
    for (size_t i = 0; i < LW_COUNT(cases); i++) {
        const struct lw_span bytes = {(const uint8_t *)cases[i].text, strlen(cases[i].text)};
        struct lw_refusal no = {.by = LW_REFUSALS};
        struct lw_vds_check seal;
        struct lw_manifest list;
        CHECK(lw_decoder_seal(decoder, bytes, 0, &seal, &no, NULL) == 0 && no.by == cases[i].by);
        no.by = LW_REFUSALS;
        CHECK(lw_decoder_manifest(decoder, bytes, &list, &no, NULL) == 0 && no.by == cases[i].by);
    }
}

static void the_next_document_has_a_fresh_decoder(void **state)
{
    LW_UNUSED(state);
    static const char text[] = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\n"
                               "L898902C36UTO7408122F1204159ZE184226B<<<<<10\n";
    struct lw_mrz_list list = {.n = 0};
    struct lw_refusal no;
    char said[40];
    CHECK(try("leave", &no, said) == 0);
    CHECK(lw_decoder_mrz(decoder, (struct lw_span){(const uint8_t *)text, strlen(text)}, 0, &list,
                         &no, NULL) == 1);
    CHECK(list.n == 1 && strcmp(list.v[0].surname, "ERIKSSON") == 0);
    CHECK(lw_mrz_ok(&list.v[0]));
    lw_mrz_list_clear(&list);
}

static void a_helper_that_dies_is_started_anew(void **state)
{
    LW_UNUSED(state);
    static const char text[] = "P<UTO";
    struct lw_mrz_list list = {.n = 0};
    struct lw_refusal no;
    char command[64];
    /* The helper is our only child here. */
    snprintf(command, sizeof(command), "/proc/self/task/%d/children", (int)getpid());
    FILE *f = fopen(command, "r");
    int pid = 0;
    if (!f || fscanf(f, "%d", &pid) != 1) {
        snprintf(test_skip_reason, sizeof(test_skip_reason), "the kernel lists no children");
        skip();
    }
    fclose(f);
    CHECK(kill(pid, SIGKILL) == 0);
    CHECK(lw_decoder_mrz(decoder, (struct lw_span){(const uint8_t *)text, strlen(text)}, 0, &list,
                         &no, NULL) == 1);
    lw_mrz_list_clear(&list);
}

static void a_decoder_that_is_not_there_is_a_fault(void **state)
{
    LW_UNUSED(state);
    struct lw_decoder *d = NULL;
    struct lw_why why;
    struct lw_decoder_opts opts = LW_DECODER_DEFAULTS;
    opts.program = "/nowhere/lanewise-decoder";
    CHECK(lw_decoder_new(&d, &opts, &why) == LW_EIO && !d);
    CHECK(strstr(why.text, "/nowhere/lanewise-decoder"));
    opts.program = "/bin/true"; /* says nothing */
    CHECK(lw_decoder_new(&d, &opts, &why) == LW_OK);
    CHECK(lw_decoder_ready(d, &why) == LW_EIO);
    lw_decoder_free(&d);
    opts.cpu_s = 0;
    CHECK(lw_decoder_new(&d, &opts, &why) == LW_EINVAL);
}

static void trust_that_cannot_be_read_is_a_fault(void **state)
{
    LW_UNUSED(state);
    struct lw_decoder *d = NULL;
    struct lw_why why;
    struct lw_decoder_opts opts = LW_DECODER_DEFAULTS;
    const char *const trust[] = {"/nowhere/csca.cer"};
    opts.program = getenv("LW_TEST_DECODER");
    opts.trust = trust;
    opts.n_trust = 1;
    CHECK(lw_decoder_new(&d, &opts, &why) == LW_OK);
    CHECK(lw_decoder_ready(d, &why) == LW_ENOTFOUND && strstr(why.text, "/nowhere/csca.cer"));
    lw_decoder_free(&d);
}

static void the_helper_is_not_for_people(void **state)
{
    LW_UNUSED(state);
    char command[512];
    snprintf(command, sizeof(command), "'%s' 2>/dev/null 3<&-", getenv("LW_TEST_DECODER"));
    const int status = system(command);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 2);
}

#define T(f) cmocka_unit_test_setup_teardown(f, start, stop)
static const struct CMUnitTest tests[] = {
    T(whatever_reaches_out_ends_the_decoder),
    T(a_crash_is_a_refusal),
    T(time_of_the_processor_ends),
    cmocka_unit_test_setup_teardown(waiting_for_ever_ends, start_impatient, stop),
    T(memory_beyond_the_limit_is_not_given),
    T(answers_that_make_no_sense_are_refused),
    T(seals_and_lists_are_confined_like_the_rest),
    T(the_next_document_has_a_fresh_decoder),
    T(a_helper_that_dies_is_started_anew),
    cmocka_unit_test(a_decoder_that_is_not_there_is_a_fault),
    cmocka_unit_test(trust_that_cannot_be_read_is_a_fault),
    cmocka_unit_test(the_helper_is_not_for_people),
};
RUN_TESTS(tests)
