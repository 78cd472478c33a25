#include "base/queue.h"

#include <pthread.h>
#include <stdlib.h>

enum { SIZE_LIMIT = 65536 };

struct lw_queue {
    pthread_mutex_t lock;
    pthread_cond_t not_empty, not_full;
    enum lw_queue_policy policy;
    void (*drop)(void *item);
    bool closed;
    uint64_t dropped;
    size_t size, head, n;
    void *items[];
};

int lw_queue_new(struct lw_queue **out, size_t size, enum lw_queue_policy policy,
                 void (*drop)(void *item))
{
    if (size < 1 || size > SIZE_LIMIT || !drop)
        return LW_EINVAL;
    struct lw_queue *q = calloc(1, sizeof(*q) + size * sizeof(q->items[0]));
    if (!q)
        return LW_ENOMEM;
    q->size = size;
    q->policy = policy;
    q->drop = drop;
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->not_empty, NULL);
    pthread_cond_init(&q->not_full, NULL);
    *out = q;
    return LW_OK;
}

static void *take_head(struct lw_queue *q)
{
    void *item = q->items[q->head];
    q->head = (q->head + 1) % q->size;
    q->n--;
    return item;
}

void lw_queue_free(struct lw_queue **q)
{
    if (!*q)
        return;
    while ((*q)->n > 0)
        (*q)->drop(take_head(*q));
    pthread_cond_destroy(&(*q)->not_full);
    pthread_cond_destroy(&(*q)->not_empty);
    pthread_mutex_destroy(&(*q)->lock);
    free(*q);
    *q = NULL;
}

int lw_queue_push(struct lw_queue *q, void *item)
{
    void *lost = NULL;
    pthread_mutex_lock(&q->lock);
    while (q->policy == LW_QUEUE_BLOCK && q->n == q->size && !q->closed)
        pthread_cond_wait(&q->not_full, &q->lock);
    if (q->closed) {
        pthread_mutex_unlock(&q->lock);
        return LW_EAGAIN;
    }
    if (q->n == q->size) {
        lost = take_head(q);
        q->dropped++;
    }
    q->items[(q->head + q->n++) % q->size] = item;
    pthread_cond_signal(&q->not_empty);
    pthread_mutex_unlock(&q->lock);
    if (lost)
        q->drop(lost);
    return LW_OK;
}

int lw_queue_pop(struct lw_queue *q, void **item)
{
    pthread_mutex_lock(&q->lock);
    while (q->n == 0 && !q->closed)
        pthread_cond_wait(&q->not_empty, &q->lock);
    const int got = q->n > 0;
    if (got)
        *item = take_head(q);
    pthread_cond_signal(&q->not_full);
    pthread_mutex_unlock(&q->lock);
    return got;
}

int lw_queue_try_pop(struct lw_queue *q, void **item)
{
    pthread_mutex_lock(&q->lock);
    const int got = q->n > 0 ? 1 : LW_EAGAIN;
    if (got == 1) {
        *item = take_head(q);
        pthread_cond_signal(&q->not_full);
    }
    pthread_mutex_unlock(&q->lock);
    return got;
}

void lw_queue_close(struct lw_queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->closed = true;
    pthread_cond_broadcast(&q->not_empty);
    pthread_cond_broadcast(&q->not_full);
    pthread_mutex_unlock(&q->lock);
}

uint64_t lw_queue_dropped(struct lw_queue *q)
{
    pthread_mutex_lock(&q->lock);
    const uint64_t n = q->dropped;
    pthread_mutex_unlock(&q->lock);
    return n;
}
