#include "card/channel.h"

#include <stdlib.h>

#include "base/clock.h"

enum { CONTINUATIONS_MAX = 300 };

void lw_reader_free(struct lw_reader **r)
{
    if (!*r)
        return;
    (*r)->ops->free(*r);
    *r = NULL;
}

int lw_channel_init(struct lw_channel *c, struct lw_reader *reader,
                    const struct lw_channel_opts *opts, struct lw_why *why)
{
    const struct lw_channel_opts defaults = LW_CHANNEL_DEFAULTS;
    if (!opts)
        opts = &defaults;
    if (opts->max_apdus < 1 || opts->max_apdus > 1000000 || opts->max_ns < 1)
        return lw_why_set(why, LW_EINVAL, -1, "limits of the card channel are out of range");
    *c = (struct lw_channel){.reader = reader, .opts = *opts, .start_ns = lw_now_ns()};
    return LW_OK;
}

static void wipe_buffer(struct lw_strbuf *b)
{
    lw_wipe(b->s, b->cap);
    lw_strbuf_clear(b);
}

void lw_channel_clear(struct lw_channel *c)
{
    lw_sm_wipe(&c->sm);
    wipe_buffer(&c->command);
    wipe_buffer(&c->raw);
    wipe_buffer(&c->plain);
    c->secure = false;
}

static int check_limits(struct lw_channel *c, struct lw_why *why)
{
    if (c->opts.stop && c->opts.stop(c->opts.stop_ctx)) {
        c->end = LW_CHANNEL_STOPPED;
        return lw_why_set(why, LW_ETIMEOUT, -1, "reading was stopped");
    }
    if (lw_now_ns() - c->start_ns > c->opts.max_ns) {
        c->end = LW_CHANNEL_TIME_OVER;
        return lw_why_set(why, LW_ETIMEOUT, -1, "the time for reading is over");
    }
    if (c->apdus >= c->opts.max_apdus)
        return lw_why_set(why, LW_ELIMIT, -1, "more than %zu commands", c->opts.max_apdus);
    c->apdus++;
    return LW_OK;
}

/* One exchange; the answer's data (without status word) is appended to raw. */
static int transmit(struct lw_channel *c, struct lw_span command, uint16_t *sw, struct lw_why *why)
{
    int r = check_limits(c, why);
    if (r < 0)
        return r;
    uint8_t *answer = malloc(LW_APDU_ANSWER_MAX);
    if (!answer)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory for an answer");
    size_t n = 0;
    int64_t t = lw_now_ns();
    r = c->reader->ops->transmit(c->reader, command, answer, LW_APDU_ANSWER_MAX, &n, why);
    c->raw_ns += lw_now_ns() - t;
    struct lw_answer a;
    if (r == LW_OK)
        r = lw_answer_parse(&a, (struct lw_span){answer, n}, why);
    if (r == LW_OK && c->raw.n + a.data.n > LW_APDU_ANSWER_MAX)
        r = lw_why_set(why, LW_ELIMIT, -1, "the card's answer does not end");
    if (r == LW_OK) {
        lw_strbuf_put(&c->raw, a.data.data, a.data.n);
        *sw = a.sw;
    }
    lw_wipe(answer, n);
    free(answer);
    return r;
}

/* ISO/IEC 7816-4 5.3.4: 61xx, xx more bytes are there; 6Cxx, ask again for xx. */
static int exchange(struct lw_channel *c, uint16_t *sw, struct lw_why *why)
{
    c->raw.n = 0;
    struct lw_span command = lw_strbuf_span(&c->command);
    int r = transmit(c, command, sw, why);
    if (r == LW_OK && *sw >> 8 == 0x6c && !c->secure && c->raw.n == 0 && command.n > 4) {
        c->command.s[command.n - 1] = (char)(*sw & 0xff);
        r = transmit(c, command, sw, why);
    }
    for (int i = 0; r == LW_OK && *sw >> 8 == 0x61; i++) {
        const uint8_t more[5] = {0, 0xc0, 0, 0, (uint8_t)(*sw & 0xff)};
        if (i == CONTINUATIONS_MAX)
            return lw_why_set(why, LW_ELIMIT, -1, "the card's answer does not end");
        r = transmit(c, (struct lw_span){more, sizeof(more)}, sw, why);
    }
    return r;
}

static int send_secure(struct lw_channel *c, const struct lw_apdu *command, struct lw_answer *out,
                       struct lw_why *why)
{
    uint16_t sw = 0;
    int r = lw_sm_wrap(&c->sm, command, &c->command);
    if (r < 0)
        lw_why_set(why, r, -1, "a command cannot be protected");
    if (r == LW_OK)
        r = exchange(c, &sw, why);
    if (r == LW_OK) {
        const uint8_t word[2] = {(uint8_t)(sw >> 8), (uint8_t)sw};
        lw_strbuf_put(&c->raw, word, sizeof(word));
        r = lw_strbuf_err(&c->raw)
                ? lw_why_set(why, LW_ENOMEM, -1, "no memory for an answer")
                : lw_sm_unwrap(&c->sm, lw_strbuf_span(&c->raw), &c->plain, &sw, why);
    }
    if (r < 0) {
        lw_sm_wipe(&c->sm);
        c->secure = false;
        c->plain.n = 0;
    }
    *out = (struct lw_answer){.data = lw_strbuf_span(&c->plain), .sw = sw};
    return r;
}

int lw_channel_send(struct lw_channel *c, const struct lw_apdu *command, struct lw_answer *out,
                    struct lw_why *why)
{
    c->command.n = 0;
    if (c->secure)
        return send_secure(c, command, out, why);
    int r = lw_apdu_put(&c->command, command);
    if (r < 0)
        return lw_why_set(why, r, -1, "a command cannot be made");
    r = exchange(c, &out->sw, why);
    if (r == LW_OK)
        out->data = lw_strbuf_span(&c->raw);
    return r;
}

int lw_channel_do(struct lw_channel *c, const char *what, const struct lw_apdu *command,
                  struct lw_answer *out, struct lw_why *why)
{
    int r = lw_channel_send(c, command, out, why);
    if (r < 0) {
        lw_why_prefix(why, "%s", what);
        return r;
    }
    if (out->sw == LW_SW_OK)
        return LW_OK;
    return lw_why_set(why, lw_sw_is_auth_failed(out->sw) ? LW_ECRYPTO : LW_EUNSUP, -1,
                      "%s: %s (%04X)", what, lw_sw_text(out->sw), out->sw);
}

void lw_channel_secure(struct lw_channel *c, const struct lw_sm *sm)
{
    c->sm = *sm;
    c->secure = true;
}

int lw_channel_reset(struct lw_channel *c, struct lw_why *why)
{
    lw_sm_wipe(&c->sm);
    c->secure = false;
    int64_t t = lw_now_ns();
    int r = c->reader->ops->reset(c->reader, why);
    c->raw_ns += lw_now_ns() - t;
    return r;
}
