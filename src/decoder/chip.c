#include "decoder/chip.h"

#include <stdlib.h>
#include <string.h>

#include "decoder/answer.h"

enum ask { ASK_TRANSMIT, ASK_RESET, ASK_ATR, ASK_PROGRESS, ASKS };
enum { COMMAND_MAX = 65546, ATR_MAX = 64, TOLD_MAX = LW_APDU_ANSWER_MAX + 512 };

/* What may be asked; only progress is not answered. */
struct question {
    enum ask what;
    struct lw_span command;
    size_t cap;
    enum lw_ef ef;
    size_t done, total;
};

static int question_wire(struct lw_wire *w, struct question *q)
{
    q->what = (enum ask)lw_wire_u32(w, (uint32_t)q->what, ASKS - 1);
    q->command = lw_wire_bytes(w, q->command, COMMAND_MAX);
    q->cap = lw_wire_size(w, q->cap, LW_APDU_ANSWER_MAX);
    q->ef = (enum lw_ef)lw_wire_u32(w, (uint32_t)q->ef, LW_EF_COUNT - 1);
    q->done = lw_wire_size(w, q->done, UINT32_MAX);
    q->total = lw_wire_size(w, q->total, UINT32_MAX);
    return lw_wire_end(w);
}

struct told {
    bool failed;
    struct lw_why why;
    bool stop; /* the user wants an end */
    struct lw_span answer;
};

static int told_wire(struct lw_wire *w, struct told *t)
{
    t->stop = lw_wire_bool(w, t->stop);
    t->failed = lw_wire_bool(w, t->failed);
    t->answer = lw_wire_bytes(w, t->answer, LW_APDU_ANSWER_MAX);
    return t->failed ? lw_why_wire(w, &t->why) : lw_wire_end(w);
}

/* ---- the confined side ---- */

struct remote {
    struct lw_reader reader;
    const struct lw_link *link;
    bool stop;
    uint8_t atr[ATR_MAX];
};

static int send_question(const struct lw_link *l, struct question *q)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_wire w = lw_wire_writer(&b);
    int r = question_wire(&w, q);
    return r < 0 ? r : lw_link_send_frame(l, LW_WIRE_ASK, lw_strbuf_span(&b));
}

/* *n bytes of the answer into out. */
static int ask(struct remote *r, struct question *q, uint8_t *out, size_t cap, size_t *n,
               struct lw_why *why)
{
    LW_AUTO_MEM(uint8_t) bytes = NULL;
    enum lw_frame_kind kind;
    struct told told = {.failed = false};
    size_t size = 0;
    int e = send_question(r->link, q);
    if (e == LW_OK)
        e = lw_link_receive_frame(r->link, &kind, &bytes, &size, TOLD_MAX);
    struct lw_wire w = lw_wire_reader((struct lw_span){bytes, size});
    if (e < 0 || kind != LW_WIRE_TOLD || (e = told_wire(&w, &told)) < 0 || told.answer.n > cap)
        return lw_why_set(why, LW_EIO, -1, "the program does not answer");
    r->stop = told.stop;
    if (told.failed) {
        *why = told.why;
        return why->code;
    }
    if (told.answer.n)
        memcpy(out, told.answer.data, told.answer.n);
    *n = told.answer.n;
    return LW_OK;
}

static int transmit(struct lw_reader *r, struct lw_span command, uint8_t *answer, size_t cap,
                    size_t *n, struct lw_why *why)
{
    struct question q = {.what = ASK_TRANSMIT, .command = command, .cap = cap};
    struct lw_why own;
    return ask((struct remote *)r, &q, answer, cap, n, why ? why : &own);
}

static int reset(struct lw_reader *r, struct lw_why *why)
{
    struct question q = {.what = ASK_RESET};
    struct lw_why own;
    size_t n;
    return ask((struct remote *)r, &q, NULL, 0, &n, why ? why : &own);
}

static struct lw_span atr(struct lw_reader *r)
{
    struct remote *m = (struct remote *)r;
    struct question q = {.what = ASK_ATR};
    struct lw_why why;
    size_t n = 0;
    if (ask(m, &q, m->atr, sizeof(m->atr), &n, &why) < 0)
        n = 0;
    return (struct lw_span){m->atr, n};
}

static bool stop(void *ctx)
{
    return ((struct remote *)ctx)->stop;
}

static void progress(void *ctx, enum lw_ef ef, size_t done, size_t total)
{
    struct question q = {.what = ASK_PROGRESS, .ef = ef, .done = done, .total = total};
    (void)send_question(((struct remote *)ctx)->link, &q); /* the next question meets the fault */
}

int lw_chip_read(struct lw_card **out, const struct lw_link *l, const struct lw_card_opts *opts,
                 struct lw_why *why)
{
    static const struct lw_reader_ops ops = {.transmit = transmit, .reset = reset, .atr = atr};
    struct remote remote = {.reader = {.ops = &ops}, .link = l};
    struct lw_card_opts mine = *opts;
    mine.stop = stop;
    mine.progress = progress;
    mine.ctx = &remote;
    return lw_card_read(out, &remote.reader, &mine, why);
}

/* ---- the program's side ---- */

static int do_question(const struct question *q, struct lw_reader *reader, uint8_t *answer,
                       size_t *n, struct lw_why *why)
{
    struct lw_span s;
    switch (q->what) {
    case ASK_TRANSMIT:
        return reader->ops->transmit(reader, q->command, answer, q->cap, n, why);
    case ASK_RESET:
        return reader->ops->reset(reader, why);
    case ASK_ATR:
        s = reader->ops->atr(reader);
        *n = s.n < ATR_MAX ? s.n : ATR_MAX;
        if (*n)
            memcpy(answer, s.data, *n);
        return LW_OK;
    default:
        return lw_why_set(why, LW_EINVAL, -1, "no question");
    }
}

static int tell(const struct lw_link *l, struct told *t)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_wire w = lw_wire_writer(&b);
    int r = told_wire(&w, t);
    return r < 0 ? r : lw_link_send_frame(l, LW_WIRE_TOLD, lw_strbuf_span(&b));
}

int lw_chip_serve(const struct lw_link *l, struct lw_span asked, struct lw_reader *reader,
                  const struct lw_card_opts *opts)
{
    struct lw_wire w = lw_wire_reader(asked);
    struct question q = {.what = ASK_TRANSMIT};
    struct told t = {.failed = false};
    size_t n = 0;
    int r = question_wire(&w, &q);
    if (r < 0)
        return r;
    if (q.what == ASK_PROGRESS) {
        if (opts->progress)
            opts->progress(opts->ctx, q.ef, q.done, q.total);
        return LW_OK;
    }
    LW_AUTO_MEM(uint8_t) answer = malloc(LW_APDU_ANSWER_MAX);
    if (!answer)
        return LW_ENOMEM;
    t.failed = do_question(&q, reader, answer, &n, &t.why) < 0;
    t.answer = (struct lw_span){answer, t.failed ? 0 : n};
    t.stop = opts->stop && opts->stop(opts->ctx);
    r = tell(l, &t);
    lw_wipe(answer, LW_APDU_ANSWER_MAX);
    return r;
}
