#include "entries.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/rng.h"
#include "store/rotate.h"
#include "store/writer.h"

static struct lw_store_opts policy_opts(uint8_t **text)
{
    struct lw_store_opts opts = LW_STORE_DEFAULTS;
    assert_int_equal(lw_file_read("policies/us-land-exit.json", LW_MIB, text, &opts.policy.n, NULL),
                     LW_OK);
    opts.policy.data = *text;
    return opts;
}

static struct lw_writer *open_writer(const struct place *p, const struct lw_writer_opts *o)
{
    struct lw_writer *w = NULL;
    struct lw_why why = {0};
    LW_AUTO_MEM(uint8_t) text = NULL;
    const struct lw_store_opts opts = policy_opts(&text);
    if (lw_writer_open(&w, p->store, &opts, o, &why) < 0)
        fail_msg("%s", why.text);
    return w;
}

static struct lw_store *open_reader(const struct place *p, struct lw_writer *w)
{
    struct lw_store *s = NULL;
    struct lw_why why = {0};
    LW_AUTO_MEM(uint8_t) text = NULL;
    struct lw_store_opts opts = policy_opts(&text);
    opts.writer = w;
    opts.actor = (struct lw_actor){.name = "b.reader", .role = LW_ROLE_OFFICER};
    if (lw_store_open(&s, p->store, &opts, &why) < 0)
        fail_msg("%s", why.text);
    return s;
}

/* --- many callers --- */

enum { CALLERS = 16, EACH = 20 };

struct caller {
    struct lw_writer *w;
    int number;
    _Atomic int *refused;
    pthread_t thread;
};

/* Every tenth record contradicts itself, every seventh is there already. */
static void *put_some(void *ctx)
{
    struct caller *me = ctx;
    for (int i = 0; i < EACH; i++) {
        char id[40];
        snprintf(id, sizeof(id), "r%d-%d", me->number, i % 7 == 6 ? i - 1 : i);
        struct crossing *c = make_crossing(id, lw_now_utc_us());
        bool bad = i % 10 == 9 || i % 7 == 6;
        if (i % 10 == 9)
            c->rec.outcome.occupants[0].document = -1;
        int r = lw_writer_put(me->w, &c->entry, NULL);
        if (r != (bad ? LW_EINVAL : LW_OK))
            abort();
        *me->refused += r < 0;
        free(c);
    }
    return NULL;
}

static void run_callers(struct lw_writer *w, _Atomic int *refused)
{
    struct caller callers[CALLERS];
    for (int i = 0; i < CALLERS; i++) {
        callers[i] = (struct caller){.w = w, .number = i, .refused = refused};
        CHECK(pthread_create(&callers[i].thread, NULL, put_some, &callers[i]) == 0);
    }
    for (int i = 0; i < CALLERS; i++)
        pthread_join(callers[i].thread, NULL);
}

static void crossings_of_many_callers_share_commits_and_refusals_touch_nobody_else(void **state)
{
    const struct place *p = *state;
    _Atomic int refused = 0;
    struct lw_writer *w = open_writer(p, &(struct lw_writer_opts){.queue = 4, .group = 8});
    run_callers(w, &refused);
    const struct lw_writer_counts n = lw_writer_count(w);
    lw_writer_close(&w);
    CHECK(!w && refused == CALLERS * 4);
    CHECK(n.crossings == (uint64_t)(CALLERS * EACH - refused));
    CHECK(n.commits < n.crossings && n.largest > 1 && n.largest <= 8);
    const struct lw_verify_report v = verify_store(p);
    CHECK(v.records == (int64_t)n.crossings && v.blobs == 5 * v.records);
}

static void a_writer_that_closes_writes_what_waits(void **state)
{
    const struct place *p = *state;
    struct lw_writer *w = open_writer(p, NULL);
    for (int i = 0; i < 30; i++)
        CHECK(lw_writer_audit_later(w, NULL, "login", "somebody", "", NULL) == LW_OK);
    lw_writer_close(&w);
    CHECK(ask(p, "SELECT count(*) FROM audit WHERE action = 'login'") == 30);
    CHECK(verify_store(p).audit.intact);
}

static void options_out_of_range_are_refused(void **state)
{
    const struct place *p = *state;
    struct lw_writer *w = NULL;
    struct lw_why why = {0};
    CHECK(lw_writer_open(&w, p->store, NULL, &(struct lw_writer_opts){0, 1}, &why) == LW_EINVAL);
    CHECK(lw_writer_open(&w, p->store, NULL, &(struct lw_writer_opts){1, 257}, &why) == LW_EINVAL);
    CHECK(lw_writer_open(&w, "/nowhere/lane.db", NULL, NULL, &why) == LW_ENOTFOUND && !w);
}

/* --- readers --- */

static void a_reader_has_its_own_connection_and_its_reads_are_entries(void **state)
{
    const struct place *p = *state;
    struct lw_record rec;
    struct lw_why why = {0};
    struct lw_writer *w = open_writer(p, NULL);
    LW_AUTO_STORE s = open_reader(p, w);
    put_crossing(s, "r1", lw_now_utc_us()); /* through the writer */
    CHECK(lw_store_get(s, "r1", &rec, &why) == LW_OK);
    assert_string_equal(rec.id, "r1");
    CHECK(lw_store_get(s, "r2", &rec, &why) == LW_ENOTFOUND);
    CHECK(lw_store_audit(s, "login", "b.reader", "booth 3", &why) == LW_OK);
    CHECK(ask(p, "SELECT group_concat(action || ':' || actor) ="
                 " 'make:lanewise,policy:lanewise,put:lanewise,read:b.reader,login:b.reader'"
                 " FROM (SELECT * FROM audit ORDER BY seq)") == 1);
    struct lw_purge_report r;
    CHECK(lw_store_purge(s, &(struct lw_purge_opts){.now_utc_us = lw_now_utc_us() + TEST_DAY}, &r,
                         &why) == LW_EINVAL);
    assert_string_equal(why.text, "is open for reading only");
    lw_store_close(&s);
    lw_writer_close(&w);
    CHECK(verify_store(p).audit.intact);
}

/* --- what goes wrong --- */

static void keys_rotated_by_another_program_lose_no_photo(void **state)
{
    const struct place *p = *state;
    struct lw_rotate_report report;
    struct lw_writer *w = open_writer(p, NULL);
    LW_AUTO_STORE plain = open_store(p);
    LW_AUTO_STORE s = open_reader(p, w);
    put_crossing(s, "r1", lw_now_utc_us());
    put_crossing(plain, "r2", lw_now_utc_us());
    LW_AUTO_STORE other = open_store(p);
    CHECK(lw_store_rotate(other, &report, NULL) == LW_OK && report.blobs == 10);
    put_crossing(s, "r3", lw_now_utc_us());
    put_crossing(plain, "r4", lw_now_utc_us());
    CHECK(verify_store(p).blobs == 20);
    lw_store_close(&s);
    lw_writer_close(&w);
}

/* In a process of its own, with eight callers: files may not grow beyond max bytes. Every caller
 * reports what was acknowledged, and stops at its first refusal. */
struct filler {
    struct lw_writer *w;
    int number, fd;
    pthread_t thread;
};

static void *put_until_refused(void *ctx)
{
    struct filler *me = ctx;
    struct lw_why why = {0};
    for (int32_t i = 0; i < 1000; i++) {
        char id[40];
        snprintf(id, sizeof(id), "r%d-%d", me->number, i);
        struct crossing *c = make_crossing(id, lw_now_utc_us());
        int r = lw_writer_put(me->w, &c->entry, &why);
        free(c);
        const int32_t told[2] = {me->number, r == LW_OK ? i : -1};
        if ((r < 0 && (why.code != LW_EIO || !*why.text)) ||
            write(me->fd, told, sizeof(told)) != sizeof(told))
            abort();
        if (r < 0)
            break;
    }
    return NULL;
}

static void fill_the_disk(const struct place *p, int fd)
{
    struct filler f[8];
    const struct rlimit lim = {.rlim_cur = 600 * 1024, .rlim_max = RLIM_INFINITY};
    struct lw_writer *w = open_writer(p, NULL);
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &lim);
    for (int i = 0; i < 8; i++) {
        f[i] = (struct filler){.w = w, .number = i, .fd = fd};
        if (pthread_create(&f[i].thread, NULL, put_until_refused, &f[i]) != 0)
            _exit(2);
    }
    for (int i = 0; i < 8; i++)
        pthread_join(f[i].thread, NULL);
    _exit(0);
}

static bool is_there_once(const struct place *p, const char *id)
{
    char sql[320];
    snprintf(sql, sizeof(sql),
             "SELECT count(*) = 1 AND (SELECT count(*) FROM outbox WHERE record = record.seq) = 1"
             " FROM record WHERE id = '%s'",
             id);
    return ask(p, sql) == 1;
}

static void a_full_disk_refuses_whole_groups_and_loses_nothing_acknowledged(void **state)
{
    const struct place *p = *state;
    int fd[2], status = 0, acknowledged = 0, refused = 0;
    int32_t told[2];
    char id[40];
    CHECK(pipe(fd) == 0);
    pid_t child = fork();
    if (child == 0)
        fill_the_disk(p, fd[1]);
    close(fd[1]);
    while (read(fd[0], told, sizeof(told)) == sizeof(told)) {
        refused += told[1] < 0;
        if (told[1] < 0)
            continue;
        snprintf(id, sizeof(id), "r%d-%d", told[0], told[1]);
        acknowledged++;
        CHECK(is_there_once(p, id));
    }
    close(fd[0]);
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK(refused == 8 && acknowledged > 0);
    const struct lw_verify_report v = verify_store(p);
    CHECK(v.records == acknowledged);
    print_message("# full disk: %d acknowledged, %jd found, 8 callers told why not\n", acknowledged,
                  (intmax_t)v.records);
}

/* --- kill -9 --- */

/* `make soak` asks for more; a sanitizer's processes take long to start. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { WRITERS = 3, KILLS = 50 };
#else
enum { WRITERS = 3, KILLS = 300 };
#endif

static void *put_for_ever(void *ctx)
{
    struct filler *me = ctx;
    for (int32_t i = 0;; i++) {
        char id[40];
        snprintf(id, sizeof(id), "k%d-%d", me->number, i);
        struct crossing *c = make_crossing(id, lw_now_utc_us());
        const int32_t told[2] = {me->number, i};
        if (lw_writer_put(me->w, &c->entry, NULL) < 0 ||
            write(me->fd, told, sizeof(told)) != sizeof(told))
            _exit(1);
        free(c);
    }
    return NULL;
}

static void put_until_killed(const struct place *p, int round, int fd)
{
    struct filler f[WRITERS];
    const int32_t ready[2] = {-1, 0};
    struct lw_writer *w = open_writer(p, NULL);
    if (write(fd, ready, sizeof(ready)) != sizeof(ready))
        _exit(1);
    for (int i = 0; i < WRITERS; i++) {
        f[i] = (struct filler){.w = w, .number = round * WRITERS + i, .fd = fd};
        if (pthread_create(&f[i].thread, NULL, put_for_ever, &f[i]) != 0)
            _exit(2);
    }
    pause();
    _exit(3);
}

/* Records of the acknowledged numbers of one round: last[i] is thread i's last one. */
static void kill_in_the_middle(const struct place *p, int round, unsigned after_us,
                               int32_t last[WRITERS])
{
    int fd[2];
    int32_t told[2];
    for (int i = 0; i < WRITERS; i++)
        last[i] = -1;
    CHECK(pipe(fd) == 0);
    pid_t child = fork();
    if (child == 0) {
        close(fd[0]);
        put_until_killed(p, round, fd[1]);
    }
    close(fd[1]);
    /* every fourth one may still be opening the store */
    if (round % 4)
        CHECK(read(fd[0], told, sizeof(told)) == sizeof(told) && told[0] == -1);
    usleep(after_us);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    while (read(fd[0], told, sizeof(told)) == sizeof(told)) {
        if (told[0] < 0)
            continue;
        assert_int_equal(told[1], last[told[0] - round * WRITERS] + 1);
        last[told[0] - round * WRITERS] = told[1];
    }
    close(fd[0]);
}

/* Every acknowledged record is there once, and at most one more of each caller: it was on the disk
 * before its caller could be told. */
static int64_t count_found(const struct place *p, int round, const int32_t last[WRITERS],
                           int64_t *acknowledged)
{
    int64_t found = 0;
    for (int i = 0; i < WRITERS; i++) {
        char sql[200];
        int number = round * WRITERS + i;
        snprintf(sql, sizeof(sql),
                 "SELECT count(*) FROM record WHERE id >= 'k%d-' AND id < 'k%d.' AND"
                 " CAST(substr(id, %d) AS INTEGER) <= %d",
                 number, number, (int)snprintf(NULL, 0, "k%d-", number) + 1, last[i]);
        assert_int_equal(ask(p, sql), last[i] + 1);
        snprintf(sql, sizeof(sql), "SELECT count(*) FROM record WHERE id >= 'k%d-' AND id < 'k%d.'",
                 number, number);
        int64_t n = ask(p, sql);
        CHECK(n == last[i] + 1 || n == last[i] + 2);
        *acknowledged += last[i] + 1;
        found += n;
    }
    return found;
}

static int kills(void)
{
    const char *text = getenv("LW_TEST_KILLS");
    return text ? atoi(text) : KILLS;
}

static void acknowledged_crossings_survive_kill_9_at_any_moment(void **state)
{
    const struct place *p = *state;
    struct lw_rng rng = lw_rng_seed(29);
    int64_t acknowledged = 0, found = 0;
    struct lw_writer *w = open_writer(p, NULL);
    lw_writer_close(&w);
    uint32_t idle =
        0; /* rounds that a busy machine let nobody begin in: the next ones get longer */
    for (int round = 0; round < kills(); round++) {
        int32_t last[WRITERS];
        const int64_t before = acknowledged;
        kill_in_the_middle(p, round, lw_rng_below(&rng, 20000 + 2000 * idle), last);
        found += count_found(p, round, last, &acknowledged);
        idle = acknowledged > before ? 0 : idle + 1;
    }
    CHECK(acknowledged > kills() / 20); /* it was not killed before it began */
    /* no half record: each has all its people, documents, photos, keys and its place in the outbox,
     * and what the audit chain and the tally say of it */
    CHECK(ask(p, "SELECT count(*) FROM record WHERE"
                 " (SELECT count(*) FROM occupant WHERE record = seq) <> 3 OR"
                 " (SELECT count(*) FROM document WHERE record = seq) <> 2 OR"
                 " (SELECT count(*) FROM blob WHERE record = record.seq) <> 5 OR"
                 " (SELECT count(*) FROM outbox WHERE record = record.seq) <> 1") == 0);
    CHECK(ask(p, "SELECT count(*) FROM blob WHERE NOT EXISTS"
                 " (SELECT 1 FROM blob_key WHERE blob = seq)") == 0);
    CHECK(ask(p, "SELECT sum(n) FROM tally WHERE measure = 'crossings'") == found);
    const struct lw_verify_report v = verify_store(p);
    CHECK(v.records == found && v.audit.intact);
    print_message("# %d kills: %jd crossings acknowledged, 0 lost, %jd found, 0 half\n", kills(),
                  (intmax_t)acknowledged, (intmax_t)found);
}

static const struct CMUnitTest tests[] = {
    STORE_TEST(crossings_of_many_callers_share_commits_and_refusals_touch_nobody_else),
    STORE_TEST(a_writer_that_closes_writes_what_waits),
    STORE_TEST(options_out_of_range_are_refused),
    STORE_TEST(a_reader_has_its_own_connection_and_its_reads_are_entries),
    STORE_TEST(keys_rotated_by_another_program_lose_no_photo),
    STORE_TEST(a_full_disk_refuses_whole_groups_and_loses_nothing_acknowledged),
    STORE_TEST(acknowledged_crossings_survive_kill_9_at_any_moment),
};
RUN_TESTS(tests)
