#include "base/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { THREADS_MAX = 64 };

struct job {
    size_t n;
    lw_piece_fn fn;
    void *ctx;
    atomic_size_t next;
    atomic_bool stop;
    pthread_mutex_t lock; /* guards failed_at and code */
    size_t failed_at;
    int code;
};

struct worker {
    struct job *job;
    unsigned number;
};

static void note_failure(struct job *job, size_t i, int code)
{
    pthread_mutex_lock(&job->lock);
    if (job->code == LW_OK || i < job->failed_at) {
        job->code = code;
        job->failed_at = i;
    }
    pthread_mutex_unlock(&job->lock);
    atomic_store(&job->stop, true);
}

static void *work(void *arg)
{
    const struct worker *w = arg;
    struct job *job = w->job;
    while (!atomic_load(&job->stop)) {
        size_t i = atomic_fetch_add(&job->next, 1);
        if (i >= job->n)
            break;
        int r = job->fn(job->ctx, i, w->number);
        if (r < 0)
            note_failure(job, i, r);
    }
    return NULL;
}

int lw_parallel(size_t n, unsigned threads, lw_piece_fn fn, void *ctx)
{
    if (threads < 1 || threads > THREADS_MAX)
        return LW_EINVAL;
    if (threads > n)
        threads = n ? (unsigned)n : 1;
    struct job job = {.n = n, .fn = fn, .ctx = ctx, .lock = PTHREAD_MUTEX_INITIALIZER};
    struct worker workers[THREADS_MAX];
    pthread_t ids[THREADS_MAX];
    unsigned started = 1; /* the caller is worker 0 */
    for (; started < threads; started++) {
        workers[started] = (struct worker){&job, started};
        /* Fewer threads than asked for is slower, not wrong. */
        if (pthread_create(&ids[started], NULL, work, &workers[started]) != 0)
            break;
    }
    workers[0] = (struct worker){&job, 0};
    work(&workers[0]);
    for (unsigned i = 1; i < started; i++)
        pthread_join(ids[i], NULL);
    pthread_mutex_destroy(&job.lock);
    return job.code;
}

unsigned lw_cpu_count(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof(set), &set) != 0)
        return 1;
    int n = CPU_COUNT(&set);
    return n < 1 ? 1 : n > THREADS_MAX ? THREADS_MAX : (unsigned)n;
}
