/* base/queue.h - a bounded queue of pointers between threads.
 * Shared: any number of threads may push and pop; locks inside. */
#ifndef LW_BASE_QUEUE_H
#define LW_BASE_QUEUE_H

#include "base/base.h"

struct lw_queue;

enum lw_queue_policy {
    LW_QUEUE_BLOCK,      /* push waits for room: nothing is lost (files, records) */
    LW_QUEUE_DROP_OLDEST /* push makes room: the newest is seen (live frames); drops are counted */
};

/* size 1..65536. drop disposes of an item that is dropped or still inside at free; not NULL. */
int lw_queue_new(struct lw_queue **out, size_t size, enum lw_queue_policy policy,
                 void (*drop)(void *item));
void lw_queue_free(struct lw_queue **q); /* no thread may be inside any more */

/* Takes the item on LW_OK. LW_EAGAIN after close: the item stays the caller's. */
int lw_queue_push(struct lw_queue *q, void *item);
/* 1: *item is yours; 0: closed and empty. Waits otherwise. */
int lw_queue_pop(struct lw_queue *q, void **item);
/* 1: *item is yours; LW_EAGAIN: empty just now. Never waits. */
int lw_queue_try_pop(struct lw_queue *q, void **item);
/* No more pushes; pops drain what is inside. */
void lw_queue_close(struct lw_queue *q);
uint64_t lw_queue_dropped(struct lw_queue *q);

#endif
