/* Closing crossings, beside the same bytes in a bare SQLite table. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/bench.h"
#include "app/policy.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/rng.h"
#include "store/bare.h"
#include "store/writer.h"

enum { CROPS = 10, CROP_BYTES = 20000, CALLERS = 32, ROUNDS = 4, FILES_MAX = 100 };

struct lw_bench_store {
    char dir[64];
    struct lw_store *store;
    struct lw_writer *writer;
    struct lw_bare *bare, *bare_group;
    struct lw_record record; /* of every crossing, with another id each time */
    struct lw_strbuf bytes;
    uint8_t crops[CROPS][CROP_BYTES];
    struct lw_store_blob blobs[CROPS];
    struct lw_span pieces[1 + CROPS];
    atomic_uint_fast64_t next;
    struct lw_bench_case cases[2];
};

/* --- a crossing: a driver and a passenger, five crops of each --- */

static void fill_occupant(struct lw_occupant *o, int document, const char *seat)
{
    *o = (struct lw_occupant){.document = document,
                              .has_score = true,
                              .score = 0.61f,
                              .decision = LW_VERIFIED,
                              .captured = true,
                              .frames_seen = 24,
                              .cameras = 1,
                              .n_shots = 1};
    snprintf(o->seat, sizeof(o->seat), "%s", seat);
    o->shots[0] = (struct lw_best_shot){
        .frame = 11, .box = {812, 404, 131, 170}, .inter_eye_px = 58, .quality = 71};
}

static void fill_record(struct lw_record *rec)
{
    struct lw_bundle *u = &rec->bundle;
    struct lw_outcome *o = &rec->outcome;
    rec->closed_utc_us = lw_now_utc_us() / 1000 * 1000;
    *u = (struct lw_bundle){.id = "bench",
                            .lane = "OUT-1",
                            .direction = LW_OUTBOUND,
                            .opened_utc_us = rec->closed_utc_us - 9000000,
                            .synthetic = true,
                            .n_cameras = 1,
                            .n_documents = 2};
    u->cameras[0] = (struct lw_bundle_camera){.id = "front", .view = LW_VIEW_WINDSHIELD};
    u->documents[0] = (struct lw_bundle_document){
        .id = "d1", .kind = LW_DOCUMENT_LDS, .person_class = LW_CLASS_NONCITIZEN};
    u->documents[1] = (struct lw_bundle_document){
        .id = "d2", .kind = LW_DOCUMENT_LDS, .person_class = LW_CLASS_CITIZEN};
    *o = (struct lw_outcome){.verified = true,
                             .n_occupants = 2,
                             .n_documents = 2,
                             .model = "bench",
                             .fmr = 0.0001,
                             .threshold = 0.4f};
    fill_occupant(&o->occupants[0], 0, "1L");
    fill_occupant(&o->occupants[1], 1, "1R");
}

static void fill_crops(struct lw_bench_store *s)
{
    struct lw_rng rng = lw_rng_seed(10);
    for (size_t i = 0; i < CROPS; i++) {
        for (size_t k = 0; k < CROP_BYTES; k++)
            s->crops[i][k] = (uint8_t)lw_rng_u64(&rng);
        const struct lw_span bytes = {.data = s->crops[i], .n = CROP_BYTES};
        s->blobs[i] = (struct lw_store_blob){.kind = LW_ITEM_PHOTO,
                                             .index = i < CROPS / 2 ? 0 : 1,
                                             .quality = (float)(60 + i),
                                             .bytes = bytes};
        s->pieces[1 + i] = bytes;
    }
}

/* The noncitizen's crops also become references. */
static void fill_entry(struct lw_bench_store *s, struct lw_record *rec, struct lw_store_entry *e)
{
    const unsigned long number = (unsigned long)atomic_fetch_add(&s->next, 1);
    *rec = s->record;
    snprintf(rec->id, sizeof(rec->id), "bench-%lu", number);
    *e = (struct lw_store_entry){.record = rec, .n_blobs = CROPS, .blobs = s->blobs};
    e->documents[0] = (struct lw_store_document){.issuer = "UTO", .authentic = true};
    e->documents[1] = (struct lw_store_document){.issuer = "UTO", .authentic = true};
    snprintf(e->documents[0].number, sizeof(e->documents[0].number), "N%lu", number % 5000);
    snprintf(e->documents[1].number, sizeof(e->documents[1].number), "C%lu", number % 5000);
    e->portrait[0] = (struct lw_store_portrait){.given = true, .score = 0.6f};
}

/* --- one at a time --- */

static int close_one(void *ctx, struct lw_why *why)
{
    struct lw_bench_store *s = ctx;
    struct lw_store_entry e;
    LW_AUTO_MEM(struct lw_record) rec = malloc(sizeof(*rec));
    if (!rec)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    fill_entry(s, rec, &e);
    return lw_store_put_entry(s->store, &e, why);
}

static int bare_one(void *ctx, struct lw_why *why)
{
    struct lw_bench_store *s = ctx;
    return lw_bare_put(s->bare, s->pieces, LW_COUNT(s->pieces), 1, why);
}

/* --- many callers, one writer --- */

struct caller {
    struct lw_bench_store *s;
    pthread_t thread;
    int code;
    struct lw_why why;
};

static void *close_some(void *ctx)
{
    struct caller *me = ctx;
    struct lw_store_entry e;
    LW_AUTO_MEM(struct lw_record) rec = malloc(sizeof(*rec));
    me->code = rec ? LW_OK : LW_ENOMEM;
    for (int i = 0; me->code == LW_OK && i < ROUNDS; i++) {
        fill_entry(me->s, rec, &e);
        me->code = lw_writer_put(me->s->writer, &e, &me->why);
    }
    return NULL;
}

static int close_many(void *ctx, struct lw_why *why)
{
    struct caller callers[CALLERS];
    int started = 0, r = LW_OK;
    for (; r == LW_OK && started < CALLERS; started += r == LW_OK) {
        callers[started] = (struct caller){.s = ctx};
        if (pthread_create(&callers[started].thread, NULL, close_some, &callers[started]) != 0)
            r = lw_why_set(why, LW_EAGAIN, -1, "no thread");
    }
    for (int i = 0; i < started; i++) {
        pthread_join(callers[i].thread, NULL);
        if (callers[i].code < 0 && r == LW_OK)
            r = lw_why_set(why, callers[i].code, -1, "%s", callers[i].why.text);
    }
    return r;
}

static int bare_many(void *ctx, struct lw_why *why)
{
    struct lw_bench_store *s = ctx;
    int r = LW_OK;
    for (int i = 0; r == LW_OK && i < ROUNDS; i++)
        r = lw_bare_put(s->bare_group, s->pieces, LW_COUNT(s->pieces), CALLERS, why);
    return r;
}

/* --- the suite --- */

static void make_cases(struct lw_bench_store *s)
{
    s->cases[0] = (struct lw_bench_case){
        .name = "store_close",
        .what = "one crossing closed: record, 10 sealed crops of 20 kB, audit entry, outbox",
        .unit = "crossing",
        .items = 1,
        .threads = 1,
        .ours = close_one,
        .theirs = bare_one,
        .peer = "bare SQLite, the same bytes, FULL",
        .limit = 2};
    s->cases[1] = (struct lw_bench_case){
        .name = "store_sustained",
        .what = "128 crossings of 32 callers through one writer with group commit",
        .unit = "crossing",
        .items = CALLERS * ROUNDS,
        .threads = CALLERS,
        .ours = close_many,
        .theirs = bare_many,
        .peer = "bare SQLite, 32 in a transaction, FULL",
        .least_per_second = 200};
}

static int open_all(struct lw_bench_store *s, struct lw_why *why)
{
    LW_AUTO_MEM(uint8_t) policy = NULL;
    char path[96];
    struct lw_store_opts opts = LW_STORE_DEFAULTS;
    const struct lw_writer_opts group = {.queue = CALLERS, .group = CALLERS};
    int r = lw_app_read_policy("us-land-exit", &policy, &opts.policy.n, why);
    opts.policy.data = policy;
    snprintf(path, sizeof(path), "%s/one.db", s->dir);
    if (r < 0 || (r = lw_store_open(&s->store, path, &opts, why)) < 0)
        return r;
    snprintf(path, sizeof(path), "%s/many.db", s->dir);
    if ((r = lw_writer_open(&s->writer, path, &opts, &group, why)) < 0)
        return r;
    snprintf(path, sizeof(path), "%s/bare.db", s->dir);
    if ((r = lw_bare_open(&s->bare, path, why)) < 0)
        return r;
    snprintf(path, sizeof(path), "%s/bare-many.db", s->dir);
    return lw_bare_open(&s->bare_group, path, why);
}

/* In $TMPDIR: what is measured is the disk that it lies on. */
int lw_bench_store_new(struct lw_bench_store **out, struct lw_why *why)
{
    const char *tmp = getenv("TMPDIR");
    LW_AUTO(lw_bench_store) s = calloc(1, sizeof(*s));
    if (!s)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    snprintf(s->dir, sizeof(s->dir), "%.40s/lw-bench-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(s->dir)) {
        s->dir[0] = '\0';
        return lw_why_set(why, LW_EIO, -1, "no folder for temporary stores");
    }
    fill_record(&s->record);
    snprintf(s->record.id, sizeof(s->record.id), "bench");
    fill_crops(s);
    int r = lw_record_print(&s->bytes, &s->record);
    if (r < 0)
        return lw_why_set(why, r, -1, "the record contradicts itself");
    s->pieces[0] = lw_strbuf_span(&s->bytes);
    if ((r = open_all(s, why)) < 0)
        return r;
    make_cases(s);
    *out = s;
    s = NULL; /* moved to the caller */
    return LW_OK;
}

static void remove_folder(const char *dir)
{
    struct lw_names names = {0};
    char path[400];
    if (!*dir || lw_names_list(&names, dir, FILES_MAX, NULL) < 0)
        return;
    for (size_t i = 0; i < names.n; i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, names.v[i]);
        unlink(path);
    }
    lw_names_clear(&names);
    rmdir(dir);
}

void lw_bench_store_free(struct lw_bench_store **s)
{
    if (!*s)
        return;
    lw_store_close(&(*s)->store);
    lw_writer_close(&(*s)->writer);
    lw_bare_free(&(*s)->bare);
    lw_bare_free(&(*s)->bare_group);
    lw_strbuf_clear(&(*s)->bytes);
    remove_folder((*s)->dir);
    free(*s);
    *s = NULL;
}

struct lw_bench_suite lw_bench_store_suite(struct lw_bench_store *s)
{
    return (struct lw_bench_suite){s->cases, LW_COUNT(s->cases), s};
}
