/* tests/fake/script.h - a reader that replays a worked example: it expects exactly these commands
 * and gives exactly these answers; and random numbers from a script. */
#ifndef LW_TESTS_FAKE_SCRIPT_H
#define LW_TESTS_FAKE_SCRIPT_H

#include "card/reader.h"
#include "crypt/random.h"
#include "hex.h"

struct script_step {
    const char *command, *answer; /* hexadecimal */
};

struct script_reader {
    struct lw_reader reader;
    const struct script_step *steps;
    size_t n, pos;
};

static inline int script_transmit(struct lw_reader *r, struct lw_span command, uint8_t *answer,
                                  size_t cap, size_t *n, struct lw_why *why)
{
    struct script_reader *s = (struct script_reader *)r;
    LW_UNUSED(why);
    CHECK(s->pos < s->n);
    const struct script_step *step = &s->steps[s->pos++];
    check_hex(command, step->command);
    struct hex a = unhex(step->answer);
    CHECK(a.n <= cap);
    memcpy(answer, a.bytes, a.n);
    *n = a.n;
    return LW_OK;
}

static inline int script_reset(struct lw_reader *r, struct lw_why *why)
{
    LW_UNUSED(r);
    LW_UNUSED(why);
    return LW_OK;
}

static inline struct lw_span script_atr(struct lw_reader *r)
{
    LW_UNUSED(r);
    return (struct lw_span){0};
}

static inline void script_free(struct lw_reader *r)
{
    LW_UNUSED(r);
}

/* On the caller's stack; nothing to free. */
static inline struct script_reader script_reader_over(const struct script_step *steps, size_t n)
{
    static const struct lw_reader_ops ops = {script_transmit, script_reset, script_atr,
                                             script_free};
    return (struct script_reader){.reader = {.ops = &ops}, .steps = steps, .n = n};
}

struct script_random {
    struct lw_random random;
    struct hex bytes;
    size_t pos;
};

static inline int script_fill(void *ctx, uint8_t *out, size_t n)
{
    struct script_random *s = ctx;
    CHECK(n <= s->bytes.n - s->pos);
    memcpy(out, s->bytes.bytes + s->pos, n);
    s->pos += n;
    return LW_OK;
}

static inline void script_random_init(struct script_random *s, const char *hex)
{
    *s = (struct script_random){.random = {script_fill, s}, .bytes = unhex(hex)};
}

#endif
