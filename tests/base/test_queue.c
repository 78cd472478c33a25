#include "check.h"

#include <pthread.h>

#include "base/queue.h"

static int dropped_sum;
static int values[1000];

static void drop(void *item)
{
    dropped_sum += *(int *)item;
}

static void the_newest_stay_where_the_oldest_are_dropped(void **state)
{
    LW_UNUSED(state);
    struct lw_queue *q = NULL;
    void *item = NULL;
    dropped_sum = 0;
    CHECK(lw_queue_new(&q, 2, LW_QUEUE_DROP_OLDEST, drop) == LW_OK);
    for (int i = 1; i <= 4; i++) {
        values[i] = i;
        CHECK(lw_queue_push(q, &values[i]) == LW_OK);
    }
    CHECK(lw_queue_dropped(q) == 2 && dropped_sum == 1 + 2);
    CHECK(lw_queue_pop(q, &item) == 1 && item == &values[3]);
    lw_queue_close(q);
    CHECK(lw_queue_push(q, &values[1]) == LW_EAGAIN);
    lw_queue_free(&q); /* drops the one still inside */
    CHECK(q == NULL && dropped_sum == 1 + 2 + 4);
}

static void try_pop_takes_what_is_there_and_never_waits(void **state)
{
    LW_UNUSED(state);
    struct lw_queue *q = NULL;
    void *item = NULL;
    CHECK(lw_queue_new(&q, 2, LW_QUEUE_BLOCK, drop) == LW_OK);
    CHECK(lw_queue_try_pop(q, &item) == LW_EAGAIN && !item);
    CHECK(lw_queue_push(q, &values[0]) == LW_OK);
    CHECK(lw_queue_try_pop(q, &item) == 1 && item == &values[0]);
    CHECK(lw_queue_try_pop(q, &item) == LW_EAGAIN);
    lw_queue_free(&q);
}

static void *push_all(void *arg)
{
    struct lw_queue *q = arg;
    for (int i = 0; i < 1000; i++) {
        values[i] = i;
        if (lw_queue_push(q, &values[i]) < 0)
            abort();
    }
    lw_queue_close(q);
    return NULL;
}

static void nothing_is_lost_and_order_is_kept_where_push_waits(void **state)
{
    LW_UNUSED(state);
    struct lw_queue *q = NULL;
    pthread_t pusher;
    void *item = NULL;
    CHECK(lw_queue_new(&q, 3, LW_QUEUE_BLOCK, drop) == LW_OK);
    CHECK(pthread_create(&pusher, NULL, push_all, q) == 0);
    int n = 0;
    while (lw_queue_pop(q, &item) == 1)
        CHECK(*(int *)item == n++);
    CHECK(n == 1000 && lw_queue_dropped(q) == 0);
    pthread_join(pusher, NULL);
    lw_queue_free(&q);
}

static void a_size_of_nothing_is_refused(void **state)
{
    LW_UNUSED(state);
    struct lw_queue *q = NULL;
    CHECK(lw_queue_new(&q, 0, LW_QUEUE_BLOCK, drop) == LW_EINVAL && q == NULL);
    CHECK(lw_queue_new(&q, 1, LW_QUEUE_BLOCK, NULL) == LW_EINVAL && q == NULL);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(try_pop_takes_what_is_there_and_never_waits),
    cmocka_unit_test(the_newest_stay_where_the_oldest_are_dropped),
    cmocka_unit_test(nothing_is_lost_and_order_is_kept_where_push_waits),
    cmocka_unit_test(a_size_of_nothing_is_refused),
};
RUN_TESTS(tests)
