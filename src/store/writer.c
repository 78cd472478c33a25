#include "store/writer.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/queue.h"
#include "store/inside.h"
#include "store/put.h"

enum { QUEUE_MAX = 1024, GROUP_MAX = 256, TEXT_MAX = 513, LOG_PAGES = 1000 };

/* Work of one caller: a crossing, or an audit entry. */
struct job {
    const struct lw_store_entry *crossing; /* NULL: an audit entry */
    struct lw_putting putting;
    const struct lw_actor *actor;
    const char *action, *subject, *detail;
    struct later *later; /* nobody waits; freed here */
    int code;
    struct lw_why why;
    bool done;
};

/* An entry that nobody waits for has its texts with it. */
struct later {
    struct job job;
    struct lw_actor actor;
    char texts[3][TEXT_MAX];
};

struct lw_writer {
    struct lw_store *s;
    struct lw_queue *queue;
    pthread_t thread;
    bool started;
    size_t group;
    struct lw_actor actor;
    pthread_mutex_t lock; /* over what follows, and every job's done */
    pthread_cond_t done;
    bool lost; /* an entry that nobody waited for could not be written */
    struct lw_writer_counts counts;
};

/* --- the thread --- */

static void prepare(struct lw_writer *w, struct job *j)
{
    if (j->crossing)
        j->code = lw_putting_prepare(&j->putting, w->s, j->crossing, &j->why);
}

static int write_job(struct lw_writer *w, struct job *j)
{
    if (j->crossing)
        return lw_putting_write(&j->putting, w->s, &j->why);
    return lw_audit_append(
        &w->s->q,
        &(struct lw_audit_entry){
            .actor = j->actor, .action = j->action, .subject = j->subject, .detail = j->detail},
        &j->why);
}

/* One job in the open transaction; what it wrote goes where it fails. */
static void write_one(struct lw_writer *w, struct job *j)
{
    struct lw_sql *q = &w->s->q;
    if (j->code < 0 || (j->code = lw_sql_run(q, &j->why, "SAVEPOINT one", LW_BIND_NONE)) < 0)
        return;
    j->code = write_job(w, j);
    if (j->putting.stale) { /* keys were rotated between prepare and now */
        lw_putting_clear(&j->putting);
        prepare(w, j);
        if (j->code == LW_OK)
            j->code = write_job(w, j);
    }
    if (sqlite3_get_autocommit(q->db))
        return; /* a full disk has undone the whole transaction */
    if (j->code < 0)
        lw_sql_run(q, NULL, "ROLLBACK TO one", LW_BIND_NONE);
    lw_sql_run(q, NULL, "RELEASE one", LW_BIND_NONE);
}

static void fail_all(struct job **jobs, size_t n, int code, const struct lw_why *why)
{
    for (size_t i = 0; i < n; i++) {
        if (jobs[i]->code < 0)
            continue; /* has a reason of its own */
        jobs[i]->code = code;
        jobs[i]->why = *why;
    }
}

static void note_wait(struct lw_writer *w, int64_t ns)
{
    pthread_mutex_lock(&w->lock);
    if (ns > w->counts.longest_wait_ns)
        w->counts.longest_wait_ns = ns;
    pthread_mutex_unlock(&w->lock);
}

/* The transaction of a group; jobs that were refused before it began stay out of it. */
static void commit_group(struct lw_writer *w, struct job **jobs, size_t n)
{
    struct lw_why why = {.code = LW_EIO, .text = "the commit of its group failed"};
    size_t good = 0;
    for (size_t i = 0; i < n; i++)
        prepare(w, jobs[i]);
    int64_t start = lw_now_ns();
    int r = lw_store_begin(w->s, &why);
    note_wait(w, lw_now_ns() - start);
    for (size_t i = 0; r == LW_OK && i < n; i++) {
        write_one(w, jobs[i]);
        good += jobs[i]->code == LW_OK;
        if (sqlite3_get_autocommit(w->s->q.db)) {
            r = jobs[i]->code < 0 ? jobs[i]->code : LW_EIO;
            if (jobs[i]->code < 0)
                why = jobs[i]->why;
        }
    }
    if (r == LW_OK && good == 0) /* nothing to sign or to wait for */
        lw_sql_finish(&w->s->q, LW_EINVAL, NULL);
    else
        r = lw_store_finish(w->s, r, &why);
    if (r < 0)
        fail_all(jobs, n, r, &why);
}

static void count(struct lw_writer *w, struct job *const *jobs, size_t n)
{
    uint64_t good = 0;
    for (size_t i = 0; i < n; i++) {
        if (jobs[i]->code < 0)
            continue;
        good++;
        *(jobs[i]->crossing ? &w->counts.crossings : &w->counts.entries) += 1;
    }
    w->counts.commits += good > 0;
    w->counts.largest = good > w->counts.largest ? good : w->counts.largest;
}

static void tell(struct lw_writer *w, struct job **jobs, size_t n)
{
    for (size_t i = 0; i < n; i++)
        lw_putting_clear(&jobs[i]->putting);
    pthread_mutex_lock(&w->lock);
    count(w, jobs, n);
    for (size_t i = 0; i < n; i++) {
        struct later *later = jobs[i]->later;
        w->lost = w->lost || (later && jobs[i]->code < 0);
        jobs[i]->done = true; /* its caller may return from here on */
        free(later);
    }
    pthread_cond_broadcast(&w->done);
    pthread_mutex_unlock(&w->lock);
}

static void *run(void *ctx)
{
    struct lw_writer *w = ctx;
    struct job *jobs[GROUP_MAX];
    void *item;
    while (lw_queue_pop(w->queue, &item) == 1) {
        size_t n = 0;
        do
            jobs[n++] = item;
        while (n < w->group && lw_queue_try_pop(w->queue, &item) == 1);
        commit_group(w, jobs, n);
        tell(w, jobs, n);
        lw_sql_shorten_log(&w->s->q, LOG_PAGES); /* nobody waits for that */
    }
    return NULL;
}

/* --- callers --- */

static int hand_in(struct lw_writer *w, struct job *j, struct lw_why *why)
{
    int r = lw_queue_push(w->queue, j);
    return r < 0 ? lw_why_set(why, r, -1, "the writer is closing") : LW_OK;
}

static int wait_for(struct lw_writer *w, struct job *j, struct lw_why *why)
{
    int r = hand_in(w, j, why);
    if (r < 0)
        return r;
    pthread_mutex_lock(&w->lock);
    while (!j->done)
        pthread_cond_wait(&w->done, &w->lock);
    pthread_mutex_unlock(&w->lock);
    if (j->code < 0 && why)
        *why = j->why;
    return j->code;
}

int lw_writer_put(struct lw_writer *w, const struct lw_store_entry *e, struct lw_why *why)
{
    struct job j = {.crossing = e};
    return wait_for(w, &j, why);
}

int lw_writer_audit(struct lw_writer *w, const struct lw_actor *actor, const char *action,
                    const char *subject, const char *detail, struct lw_why *why)
{
    struct job j = {
        .actor = actor ? actor : &w->actor, .action = action, .subject = subject, .detail = detail};
    int r = lw_store_check_texts(action, subject, detail, why);
    return r < 0 ? r : wait_for(w, &j, why);
}

static bool take_lost(struct lw_writer *w)
{
    pthread_mutex_lock(&w->lock);
    bool lost = w->lost;
    w->lost = false;
    pthread_mutex_unlock(&w->lock);
    return lost;
}

int lw_writer_audit_later(struct lw_writer *w, const struct lw_actor *actor, const char *action,
                          const char *subject, const char *detail, struct lw_why *why)
{
    int r = lw_store_check_texts(action, subject, detail, why);
    if (r < 0)
        return r;
    if (take_lost(w))
        return lw_why_set(why, LW_EIO, -1, "an earlier audit entry could not be written");
    struct later *l = calloc(1, sizeof(*l));
    if (!l)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    l->actor = actor ? *actor : w->actor;
    snprintf(l->texts[0], TEXT_MAX, "%s", action);
    snprintf(l->texts[1], TEXT_MAX, "%s", subject);
    snprintf(l->texts[2], TEXT_MAX, "%s", detail);
    l->job = (struct job){.actor = &l->actor,
                          .action = l->texts[0],
                          .subject = l->texts[1],
                          .detail = l->texts[2],
                          .later = l};
    if ((r = hand_in(w, &l->job, why)) < 0)
        free(l);
    return r;
}

struct lw_writer_counts lw_writer_count(struct lw_writer *w)
{
    pthread_mutex_lock(&w->lock);
    struct lw_writer_counts c = w->counts;
    w->counts = (struct lw_writer_counts){0};
    pthread_mutex_unlock(&w->lock);
    return c;
}

/* --- opening and closing --- */

/* The queue is drained before it is freed: nothing is ever dropped. */
static void never(void *item)
{
    LW_UNUSED(item);
}

static int start(struct lw_writer *w, size_t queue, struct lw_why *why)
{
    int r = lw_queue_new(&w->queue, queue, LW_QUEUE_BLOCK, never);
    if (r < 0)
        return lw_why_set(why, r, -1, "no memory");
    if (pthread_create(&w->thread, NULL, run, w) != 0)
        return lw_why_set(why, LW_EAGAIN, -1, "no thread");
    w->started = true;
    return LW_OK;
}

int lw_writer_open(struct lw_writer **out, const char *path, const struct lw_store_opts *store,
                   const struct lw_writer_opts *opts, struct lw_why *why)
{
    const struct lw_writer_opts defaults = LW_WRITER_DEFAULTS;
    if (!opts)
        opts = &defaults;
    if (opts->queue < 1 || opts->queue > QUEUE_MAX || opts->group < 1 || opts->group > GROUP_MAX)
        return lw_why_set(why, LW_EINVAL, -1, "a writer's queue is 1 to %d, its group 1 to %d",
                          QUEUE_MAX, GROUP_MAX);
    struct lw_writer *w = calloc(1, sizeof(*w));
    if (!w)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->done, NULL);
    w->group = opts->group;
    int r = lw_store_open(&w->s, path, store, why);
    if (r == LW_OK) {
        w->actor = w->s->actor;
        lw_sql_leave_log(&w->s->q, true);
        r = start(w, opts->queue, why);
    }
    if (r < 0) {
        lw_writer_close(&w);
        return r;
    }
    *out = w;
    return LW_OK;
}

void lw_writer_close(struct lw_writer **w)
{
    if (!*w)
        return;
    if ((*w)->started) {
        lw_queue_close((*w)->queue);
        pthread_join((*w)->thread, NULL);
    }
    lw_queue_free(&(*w)->queue);
    lw_store_close(&(*w)->s);
    pthread_cond_destroy(&(*w)->done);
    pthread_mutex_destroy(&(*w)->lock);
    free(*w);
    *w = NULL;
}
