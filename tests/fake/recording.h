/* tests/fake/recording.h - a reader that gives recorded answers one after the other, each with its
 * length in two bytes, whatever it is asked; and random numbers that are the same each time. */
#ifndef LW_TESTS_FAKE_RECORDING_H
#define LW_TESTS_FAKE_RECORDING_H

#include <string.h>

#include "base/cursor.h"
#include "card/reader.h"
#include "crypt/random.h"

struct recording {
    struct lw_reader reader;
    struct lw_cursor answers;
};

static inline int recording_transmit(struct lw_reader *r, struct lw_span command, uint8_t *answer,
                                     size_t cap, size_t *n, struct lw_why *why)
{
    struct recording *rec = (struct recording *)r;
    uint16_t length;
    struct lw_span a;
    if (command.n < 4 || lw_cursor_be16(&rec->answers, &length) < 0 || length > cap ||
        lw_cursor_take(&rec->answers, length, &a) < 0)
        return lw_why_set(why, LW_EAGAIN, -1, "the recording is over");
    if (a.n)
        memcpy(answer, a.data, a.n);
    *n = a.n;
    return LW_OK;
}

static inline int recording_reset(struct lw_reader *r, struct lw_why *why)
{
    LW_UNUSED(r);
    LW_UNUSED(why);
    return LW_OK;
}

static inline struct lw_span recording_atr(struct lw_reader *r)
{
    LW_UNUSED(r);
    return (struct lw_span){0};
}

static inline void recording_free(struct lw_reader *r)
{
    LW_UNUSED(r);
}

/* On the caller's stack; nothing to free. */
static inline struct recording recording_over(struct lw_span answers)
{
    static const struct lw_reader_ops ops = {recording_transmit, recording_reset, recording_atr,
                                             recording_free};
    return (struct recording){.reader = {.ops = &ops}, .answers = lw_cursor_over(answers)};
}

/* Bytes that count up from *ctx. */
static inline int recording_random(void *ctx, uint8_t *out, size_t n)
{
    uint8_t *next = ctx;
    for (size_t i = 0; i < n; i++)
        out[i] = (*next)++;
    return LW_OK;
}

#endif
