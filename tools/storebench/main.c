/* storebench - a store of a million crossings: how long it takes to open, to find a document's
 * earlier encounters, and how long a writer waits while a hundred thousand crossings are purged.
 * `make bench-store`; results: docs/results/store.md. */
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/rng.h"
#include "store/encounter.h"
#include "store/purge.h"
#include "store/writer.h"

enum { CALLERS = 64, PHOTO_BYTES = 1500, OPENS = 20, LOOKUPS = 5000, PUTS_BEFORE = 10000 };
#define HOUR_US (3600 * INT64_C(1000000))

struct bench {
    char path[512];
    struct lw_store_opts opts;
    long crossings, due, documents; /* due: how many of them a purge finds */
    int64_t now_us;
    atomic_long next;
    uint8_t photo[PHOTO_BYTES];
    bool missed; /* a bound */
};

static int die(const struct lw_why *why)
{
    fprintf(stderr, "storebench: %s\n", why->text);
    return 2;
}

static void say(struct bench *b, const char *what, double is, double bound, const char *unit)
{
    bool missed = !(is <= bound);
    printf("%-58s %10.2f %-3s  bound %g %s%s\n", what, is, unit, bound, unit,
           missed ? "  MISSED" : "");
    fflush(stdout);
    b->missed = b->missed || missed;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double percentile(double *ms, size_t n, double p)
{
    qsort(ms, n, sizeof(*ms), by_value);
    return ms[(size_t)fmin(ceil(p * (double)n), (double)n) - (n > 0)];
}

static double ms_since(int64_t start_ns)
{
    return (double)(lw_now_ns() - start_ns) / 1e6;
}

/* --- crossings: one person each; `documents` people come again and again --- */

static void fill_record(struct lw_record *rec, const struct bench *b, long i)
{
    bool due = i < b->due;
    int64_t closed = b->now_us - (due ? 30 * HOUR_US : HOUR_US);
    *rec = (struct lw_record){.closed_utc_us = closed / 1000 * 1000};
    snprintf(rec->id, sizeof(rec->id), "m%ld", i);
    rec->bundle = (struct lw_bundle){.id = "storebench",
                                     .lane = "OUT-1",
                                     .direction = LW_OUTBOUND,
                                     .opened_utc_us = rec->closed_utc_us - 9000000,
                                     .synthetic = true,
                                     .n_cameras = 1,
                                     .n_documents = 1};
    rec->bundle.cameras[0] = (struct lw_bundle_camera){.id = "front", .view = LW_VIEW_WINDSHIELD};
    rec->bundle.documents[0] =
        (struct lw_bundle_document){.id = "d1",
                                    .kind = LW_DOCUMENT_LDS,
                                    .person_class = due ? LW_CLASS_CITIZEN : LW_CLASS_NONCITIZEN};
    rec->outcome = (struct lw_outcome){.verified = true,
                                       .n_occupants = 1,
                                       .n_documents = 1,
                                       .model = "bench",
                                       .fmr = 0.0001,
                                       .threshold = 0.4f};
    rec->outcome.occupants[0] = (struct lw_occupant){.seat = "1L",
                                                     .has_score = true,
                                                     .score = 0.6f,
                                                     .decision = LW_VERIFIED,
                                                     .captured = true,
                                                     .frames_seen = 24,
                                                     .cameras = 1};
}

static void name_document(struct lw_store_document *d, long i)
{
    *d = (struct lw_store_document){.issuer = "UTO", .authentic = true};
    snprintf(d->number, sizeof(d->number), "N%ld", i);
}

static int put(struct bench *b, struct lw_writer *w, struct lw_record *rec, long i,
               struct lw_why *why)
{
    const struct lw_store_blob blob = {.kind = LW_ITEM_PHOTO,
                                       .quality = (float)(40 + i % 50),
                                       .bytes = {.data = b->photo, .n = sizeof(b->photo)}};
    struct lw_store_entry e = {.record = rec, .n_blobs = 1, .blobs = &blob};
    fill_record(rec, b, i);
    name_document(&e.documents[0], i % b->documents);
    e.portrait[0] = (struct lw_store_portrait){.given = true, .score = 0.6f};
    return lw_writer_put(w, &e, why);
}

struct caller {
    struct bench *b;
    struct lw_writer *w;
    pthread_t thread;
    struct lw_why why;
};

static void *put_some(void *ctx)
{
    struct caller *me = ctx;
    LW_AUTO_MEM(struct lw_record) rec = malloc(sizeof(*rec));
    for (long i; rec && (i = atomic_fetch_add(&me->b->next, 1)) < me->b->crossings;)
        if (put(me->b, me->w, rec, i, &me->why) < 0)
            break;
    return NULL;
}

static int fill(struct bench *b, struct lw_why *why)
{
    struct caller callers[CALLERS];
    struct lw_writer *w = NULL;
    int64_t start = lw_now_ns();
    int r = lw_writer_open(&w, b->path, &b->opts, &(struct lw_writer_opts){CALLERS, CALLERS}, why);
    if (r < 0)
        return r;
    for (int i = 0; i < CALLERS; i++) {
        callers[i] = (struct caller){.b = b, .w = w};
        if (pthread_create(&callers[i].thread, NULL, put_some, &callers[i]) != 0)
            abort();
    }
    for (int i = 0; i < CALLERS; i++) {
        pthread_join(callers[i].thread, NULL);
        if (callers[i].why.code < 0) {
            *why = callers[i].why;
            r = why->code;
        }
    }
    lw_writer_close(&w);
    double seconds = ms_since(start) / 1e3;
    if (r == LW_OK)
        printf("%ld crossings put in %.0f s: %.0f a second\n", b->crossings, seconds,
               (double)b->crossings / seconds);
    return r;
}

/* --- opening --- */

/* Out of the system's memory, as after a restart. */
static void drop_cache(const struct bench *b)
{
    int fd = open(b->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    fsync(fd);
    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    close(fd);
}

/* Into the system's memory, as where a lane has been at work for a while. */
static void fill_cache(const struct bench *b)
{
    static char piece[1 << 20];
    int fd = open(b->path, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && read(fd, piece, sizeof(piece)) > 0)
        ;
    if (fd >= 0)
        close(fd);
}

static int time_opening(struct bench *b, struct lw_why *why)
{
    double ms[OPENS], cold = 0;
    for (int i = -1; i < OPENS; i++) {
        struct lw_store *s = NULL;
        if (i < 0)
            drop_cache(b);
        int64_t start = lw_now_ns();
        int r = lw_store_open(&s, b->path, &b->opts, why);
        if (r < 0)
            return r;
        *(i < 0 ? &cold : &ms[i]) = ms_since(start);
        lw_store_close(&s);
    }
    say(b, "open, the file not in memory", cold, 1000, "ms");
    say(b, "open, worst of 20", percentile(ms, OPENS, 1), 1000, "ms");
    return LW_OK;
}

/* --- lookups --- */

static int time_lookups(struct bench *b, struct lw_store *s, bool cold, struct lw_why *why)
{
    LW_AUTO_MEM(struct lw_record) rec = malloc(sizeof(*rec));
    LW_AUTO_MEM(double) ms = calloc(LOOKUPS, sizeof(*ms));
    struct lw_rng rng = lw_rng_seed(5);
    size_t found = 0;
    if (!rec || !ms)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    fill_record(rec, b, b->due); /* a noncitizen's */
    if (cold)
        drop_cache(b);
    for (int i = 0; i < LOOKUPS; i++) {
        struct lw_encounters e;
        struct lw_encounter_claim claim = {
            .bundle = &rec->bundle, .kinds = 1u << LW_ITEM_PHOTO, .max = 8};
        name_document(&claim.identified, (long)lw_rng_below(&rng, (uint32_t)b->documents));
        int64_t start = lw_now_ns();
        int r = lw_store_encounters_find(s, &claim, &e, why);
        if (r < 0)
            return r;
        ms[i] = ms_since(start);
        found += e.n;
        lw_encounters_wipe(&e);
    }
    printf("%d lookups, %.2f references each, opened and noted: median %.2f ms\n", LOOKUPS,
           (double)found / LOOKUPS, percentile(ms, LOOKUPS, 0.5));
    say(b,
        cold ? "lookup, 95th percentile, the file not in memory at first"
             : "lookup, 95th percentile, the same again",
        percentile(ms, LOOKUPS, 0.95), 5, "ms");
    return LW_OK;
}

static int time_both_lookups(struct bench *b, struct lw_why *why)
{
    LW_AUTO_STORE s = NULL;
    int r = lw_store_open(&s, b->path, &b->opts, why);
    if (r < 0 || (r = time_lookups(b, s, true, why)) < 0)
        return r;
    return time_lookups(b, s, false, why);
}

/* --- a purge beside a writer --- */

struct purging {
    struct bench *b;
    pthread_t thread;
    atomic_bool done;
    struct lw_purge_report report;
    double seconds;
    int code;
    struct lw_why why;
};

static void *purge(void *ctx)
{
    struct purging *p = ctx;
    struct lw_store *s = NULL;
    p->code = lw_store_open(&s, p->b->path, &p->b->opts, &p->why);
    int64_t start = lw_now_ns();
    if (p->code == LW_OK)
        p->code = lw_store_purge(s, NULL, &p->report, &p->why);
    p->seconds = ms_since(start) / 1e3;
    lw_store_close(&s);
    p->done = true;
    return NULL;
}

/* Puts one crossing after the other, PUTS_BEFORE of them or until the purge is done. */
static int put_beside(struct bench *b, struct lw_writer *w, const struct purging *p,
                      const char *when, struct lw_why *why)
{
    LW_AUTO_MEM(struct lw_record) rec = malloc(sizeof(*rec));
    LW_AUTO_MEM(double) ms = calloc(1000000, sizeof(*ms));
    size_t n = 0;
    int r = rec && ms ? LW_OK : LW_ENOMEM;
    for (; r == LW_OK && n < 1000000 && (p ? !p->done : n < PUTS_BEFORE); n++) {
        int64_t start = lw_now_ns();
        r = put(b, w, rec, atomic_fetch_add(&b->next, 1), why);
        ms[n] = ms_since(start);
    }
    if (r == LW_OK && n > 0)
        printf(
            "%s: %zu crossings, each %.1f ms in the median, 99 %% within %.1f, all within %.1f\n",
            when, n, percentile(ms, n, 0.5), percentile(ms, n, 0.99), percentile(ms, n, 1));
    return r;
}

static int time_purge(struct bench *b, struct lw_why *why)
{
    struct lw_writer *w = NULL;
    struct purging p = {.b = b};
    int r = lw_writer_open(&w, b->path, &b->opts, NULL, why);
    if (r < 0)
        return r;
    fill_cache(b);
    r = put_beside(b, w, NULL, "a writer alone", why);
    say(b, "longest time that it waited for the store",
        (double)lw_writer_count(w).longest_wait_ns / 1e6, 50, "ms");
    if (r == LW_OK && pthread_create(&p.thread, NULL, purge, &p) == 0) {
        r = put_beside(b, w, &p, "the same beside the purge", why);
        pthread_join(p.thread, NULL);
    }
    const struct lw_writer_counts n = lw_writer_count(w);
    lw_writer_close(&w);
    if (r < 0 || p.code < 0) {
        *why = r < 0 ? *why : p.why;
        return r < 0 ? r : p.code;
    }
    const struct lw_purge_counts *c = &p.report.erased;
    printf("purged in %.0f s: %jd photos, %jd occupants, %jd documents, %jd texts, %jd records\n",
           p.seconds, (intmax_t)c->photos, (intmax_t)c->occupants, (intmax_t)c->documents,
           (intmax_t)c->texts, (intmax_t)c->records);
    lw_strbuf_clear(&p.report.certificate);
    say(b, "longest time that it waited for the store", (double)n.longest_wait_ns / 1e6, 50, "ms");
    return LW_OK;
}

static int measure(struct bench *b, struct lw_why *why)
{
    struct stat st;
    if (stat(b->path, &st) == 0)
        printf("the file has %.2f GB\n", (double)st.st_size / 1e9);
    int r = time_opening(b, why);
    if (r < 0 || (r = time_both_lookups(b, why)) < 0)
        return r;
    atomic_store(&b->next, b->crossings);
    return time_purge(b, why);
}

int main(int argc, char **argv)
{
    static struct bench b;
    struct lw_why why = {0};
    LW_AUTO_MEM(uint8_t) policy = NULL;
    if (argc != 4 || (strcmp(argv[1], "fill") != 0 && strcmp(argv[1], "measure") != 0)) {
        fprintf(stderr, "usage: storebench fill|measure DIR CROSSINGS\n"
                        "fill makes DIR/million.db; measure purges a tenth of it\n");
        return 2;
    }
    b.opts = LW_STORE_DEFAULTS;
    b.crossings = atol(argv[3]);
    b.due = b.crossings / 10;
    b.documents = b.crossings / 3;
    b.now_us = lw_now_utc_us();
    snprintf(b.path, sizeof(b.path), "%s/million.db", argv[2]);
    if (b.documents < 1 ||
        lw_file_read("policies/us-land-exit.json", LW_MIB, &policy, &b.opts.policy.n, &why) < 0)
        return die(&why);
    b.opts.policy.data = policy;
    if ((*argv[1] == 'f' ? fill : measure)(&b, &why) < 0)
        return die(&why);
    return b.missed ? 1 : 0;
}
