#include "run.h"
#include "store/entries.h"

static void fill(const struct place *p)
{
    LW_AUTO_STORE s = open_store(p);
    put_crossing(s, "r1", lw_now_utc_us() - 1000000);
}

#define ASK "--ground", "GDPR Art. 15", "--purpose", "letter 7"
#define FOREIGNER "--subject", "d/c01x00t47"
#define CITIZEN "--subject", "UTO/L898902C3"

static void a_person_gets_a_zip_that_other_programs_read(void **state)
{
    const struct place *p = *state;
    struct run r;
    struct stat st;
    char zip[128], command[512];
    fill(p);
    snprintf(zip, sizeof(zip), "%s/own.zip", p->dir);
    run(&r, "store", "export", p->store, FOREIGNER, ASK, "--role", "privacy", "--out", zip, NULL);
    if (r.code)
        print_message("%s", r.err);
    CHECK(r.code == 0 && strstr(r.out, "1 records, 3 files in "));
    run_clear(&r);
    CHECK(stat(zip, &st) == 0 && (st.st_mode & 0777) == 0600);
    CHECK(!files_hold(p, "L898902C3", 9) && files_hold(p, "the face of BBBB", 16));
    if (system("command -v unzip >/dev/null 2>&1") == 0) {
        snprintf(command, sizeof(command),
                 "unzip -tqq '%s' >/dev/null && unzip -p '%s' data.json |"
                 " grep -q '\"document_number\":\"C01X00T47\"'",
                 zip, zip);
        CHECK(system(command) == 0);
    }
    run(&r, "store", "export", p->store, FOREIGNER, ASK, "--role", "privacy", "--out", zip, NULL);
    CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "own.zip is there already"));
    run_clear(&r);
}

static void what_is_missing_or_not_allowed_is_said_in_one_line(void **state)
{
    const struct place *p = *state;
    static const struct {
        const char *argv[12];
        const char *words;
    } wrong[] = {
        {{"store", "export", NULL, "--out", "x.zip"}, "--subject STATE/NUMBER says whose"},
        {{"store", "export", NULL, FOREIGNER, "--out", "x"}, "--ground says on which legal ground"},
        {{"store", "export", NULL, "--subject", "D", ASK}, "--subject is not STATE/NUMBER"},
        {{"store", "export", NULL, FOREIGNER, ASK}, "lane.db: --out says where to"},
        {{"store", "export", NULL, FOREIGNER, ASK, "--out", "x.zip"},
         "does not let the role operator export"},
        {{"store", "erase", NULL, CITIZEN, ASK}, "does not let the role operator erase"},
        {{"store", "correct", NULL, CITIZEN, ASK}, "--record says which"},
        {{"store", "correct", NULL, CITIZEN, ASK, "--record", "r1", "--class=king"},
         "--class \"king\" is no class"},
        {{"store", "correct", NULL, CITIZEN, ASK, "--record", "r1", "--direction=up"},
         "--direction \"up\" is neither"},
    };
    fill(p);
    for (size_t i = 0; i < LW_COUNT(wrong); i++) {
        const char *argv[13] = {NULL};
        struct run r;
        for (size_t k = 0; k < 12; k++)
            argv[k] = wrong[i].argv[k];
        argv[2] = p->store;
        run_argv(&r, NULL, argv);
        if (r.code != 2 || !strstr(r.err, wrong[i].words))
            print_message("%s%s", r.out, r.err);
        CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, wrong[i].words) && !*r.out);
        run_clear(&r);
    }
    CHECK(ask(p, "SELECT count(*) FROM audit WHERE action LIKE 'export%'") == 0);
    CHECK(access("x.zip", F_OK) != 0);
}

static void nothing_kept_is_an_answer(void **state)
{
    const struct place *p = *state;
    struct run r;
    char zip[128];
    fill(p);
    snprintf(zip, sizeof(zip), "%s/own.zip", p->dir);
    run(&r, "store", "export", p->store, "--subject", "UTO/NOBODY1", ASK, "--role", "privacy",
        "--out", zip, NULL);
    CHECK(r.code == 1 && strstr(r.out, "nothing is kept of the holder of that document") &&
          access(zip, F_OK) != 0);
    run_clear(&r);
}

static void erasing_and_correcting_say_what_they_did(void **state)
{
    const struct place *p = *state;
    struct run r;
    char certificate[128], id[32];
    fill(p);
    snprintf(certificate, sizeof(certificate), "%s/erased.json", p->dir);
    run(&r, "store", "correct", p->store, FOREIGNER, ASK, "--role", "supervisor", "--record", "r1",
        "--class", "resident", NULL);
    CHECK(r.code == 0 && one_line(r.out) && strlen(r.out) == 27);
    snprintf(id, sizeof(id), "%.26s", r.out);
    run_clear(&r);
    run(&r, "store", "correct", p->store, FOREIGNER, ASK, "--role", "supervisor", "--record", id,
        "--opened", "2026-01-31T08:00:00Z", "--lane", "OUT-9", NULL);
    CHECK(r.code == 0);
    run_clear(&r);
    CHECK(ask(p, "SELECT count(*) FROM record WHERE lane = 'OUT-9' AND corrects <> 'r1'") == 1);
    run(&r, "store", "erase", p->store, CITIZEN, ASK, "--role", "privacy", "--certificate",
        certificate, NULL);
    CHECK(r.code == 0 && strstr(r.out, "erased from 3 records; in 0 the policy keeps it"));
    run_clear(&r);
    CHECK(access(certificate, F_OK) == 0);
    run(&r, "store", "erase", p->store, FOREIGNER, ASK, "--role", "privacy", NULL);
    CHECK(r.code == 1 && strstr(r.out, "erased from 0 records; in 3 the policy keeps it"));
    run_clear(&r);
    run(&r, "store", "verify", p->store, NULL);
    CHECK(r.code == 0);
    run_clear(&r);
}

static const struct CMUnitTest tests[] = {
    STORE_TEST(a_person_gets_a_zip_that_other_programs_read),
    STORE_TEST(what_is_missing_or_not_allowed_is_said_in_one_line),
    STORE_TEST(nothing_kept_is_an_answer),
    STORE_TEST(erasing_and_correcting_say_what_they_did),
};
RUN_TESTS(tests)
