#include "app/bench.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"

/* A ratio this much above the baseline's is told: less is noise. */
static const double SLOWER_BY = 1.25;

enum { TURNS_MIN = 5, TURNS_MAX = 2000, WARM_UP = 2 };

/* Calls in one timing, so that it lasts a millisecond or more. */
static int find_batch(lw_bench_fn fn, void *ctx, unsigned *batch, struct lw_why *why)
{
    for (*batch = 1; *batch < (1u << 24); *batch *= 2) {
        int64_t start = lw_now_ns();
        for (unsigned i = 0; i < *batch; i++) {
            int r = fn(ctx, why);
            if (r < 0)
                return r;
        }
        if (lw_now_ns() - start >= LW_MS)
            return LW_OK;
    }
    return LW_OK;
}

struct side {
    lw_bench_fn fn;
    unsigned batch;
    double ms[TURNS_MAX];
};

static int time_once(struct side *s, void *ctx, size_t turn, struct lw_why *why)
{
    int64_t start = lw_now_ns();
    for (unsigned i = 0; i < s->batch; i++) {
        int r = s->fn(ctx, why);
        if (r < 0)
            return r;
    }
    s->ms[turn] = (double)(lw_now_ns() - start) / 1e6 / s->batch;
    return LW_OK;
}

static int warm_up(struct side *s, void *ctx, struct lw_why *why)
{
    int r = find_batch(s->fn, ctx, &s->batch, why);
    for (int i = 0; r == LW_OK && i < WARM_UP; i++)
        r = time_once(s, ctx, 0, why);
    return r;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static struct lw_bench_times sum_up(struct side *s, size_t n)
{
    qsort(s->ms, n, sizeof(*s->ms), by_value);
    return (struct lw_bench_times){.median_ms = (s->ms[(n - 1) / 2] + s->ms[n / 2]) / 2,
                                   .p95_ms = s->ms[(size_t)ceil(0.95 * (double)n) - 1]};
}

static int take_turns(struct side *ours, struct side *theirs, void *ctx, double seconds,
                      unsigned *turns, struct lw_why *why)
{
    const int64_t end = lw_now_ns() + (int64_t)(seconds * 1e9);
    int r = warm_up(ours, ctx, why);
    if (r == LW_OK && theirs->fn)
        r = warm_up(theirs, ctx, why);
    for (*turns = 0; r == LW_OK && *turns < TURNS_MAX; ++*turns) {
        if (*turns >= TURNS_MIN && lw_now_ns() >= end)
            break;
        r = time_once(ours, ctx, *turns, why);
        if (r == LW_OK && theirs->fn)
            r = time_once(theirs, ctx, *turns, why);
    }
    return r;
}

int lw_bench_measure(struct lw_bench_result *out, const struct lw_bench_case *c, void *ctx,
                     double seconds, struct lw_why *why)
{
    LW_AUTO_MEM(struct side) ours = calloc(1, sizeof(*ours));
    LW_AUTO_MEM(struct side) theirs = calloc(1, sizeof(*theirs));
    if (!ours || !theirs)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    ours->fn = c->ours;
    theirs->fn = c->theirs;
    unsigned turns;
    int r = take_turns(ours, theirs, ctx, seconds, &turns, why);
    if (r < 0)
        return r;
    *out = (struct lw_bench_result){
        .ours = sum_up(ours, turns), .theirs = {NAN, NAN}, .ratio = NAN, .repeats = turns};
    if (c->theirs) {
        out->theirs = sum_up(theirs, turns);
        out->ratio = out->ours.median_ms / out->theirs.median_ms;
    }
    return LW_OK;
}

static void put_times(struct lw_strbuf *b, const struct lw_bench_times *t)
{
    lw_strbuf_puts(b, "\"median_ms\": ");
    lw_json_put_double(b, t->median_ms);
    lw_strbuf_puts(b, ", \"p95_ms\": ");
    lw_json_put_double(b, t->p95_ms);
}

static void put_peer(struct lw_strbuf *b, const struct lw_bench_case *c,
                     const struct lw_bench_result *r)
{
    lw_strbuf_puts(b, ", \"peer\": ");
    if (!c->peer) {
        lw_strbuf_puts(b, "null");
        return;
    }
    lw_strbuf_puts(b, "{\"name\": ");
    lw_json_put_string(b, c->peer);
    lw_strbuf_puts(b, ", ");
    put_times(b, &r->theirs);
    lw_strbuf_puts(b, ", \"absent\": ");
    if (c->theirs)
        lw_strbuf_puts(b, "null");
    else
        lw_json_put_string(b, c->absent);
    lw_strbuf_puts(b, "}, \"ratio\": ");
    lw_json_put_double(b, r->ratio);
    lw_strbuf_puts(b, ", \"limit\": ");
    lw_json_put_double(b, c->limit > 0 ? c->limit : NAN);
    lw_strbuf_puts(b, ", \"baseline\": ");
    lw_json_put_double(b, r->baseline);
}

void lw_bench_put_json(struct lw_strbuf *b, const struct lw_bench_case *c,
                       const struct lw_bench_result *r)
{
    lw_strbuf_puts(b, "{\"name\": ");
    lw_json_put_string(b, c->name);
    lw_strbuf_puts(b, ", \"what\": ");
    lw_json_put_string(b, c->what);
    lw_strbuf_printf(b, ", \"threads\": %u, \"repeats\": %u, ", c->threads, r->repeats);
    put_times(b, &r->ours);
    lw_strbuf_puts(b, ", \"unit\": ");
    lw_json_put_string(b, c->unit);
    lw_strbuf_puts(b, ", \"per_second\": ");
    lw_json_put_double(b, c->items / r->ours.median_ms * 1000);
    put_peer(b, c, r);
    lw_strbuf_puts(b, "}\n");
}

/* Milliseconds with four digits: 0.0001234 is written 0.0001234, 47.31 stays. */
static void put_ms(struct lw_strbuf *b, double ms)
{
    if (isnan(ms))
        lw_strbuf_printf(b, " %10s", "");
    else
        lw_strbuf_printf(b, " %10.*f", ms >= 100 ? 1 : ms >= 1 ? 2 : ms >= 0.01 ? 4 : 7, ms);
}

static void put_rate(struct lw_strbuf *b, double per_second)
{
    if (per_second >= 1e6)
        lw_strbuf_printf(b, " %8.4g M", per_second / 1e6);
    else if (per_second >= 1e4)
        lw_strbuf_printf(b, " %8.4g k", per_second / 1e3);
    else
        lw_strbuf_printf(b, " %8.4g  ", per_second);
}

void lw_bench_put_head(struct lw_strbuf *b)
{
    lw_strbuf_printf(b, "%-14s %3s %10s %10s %10s %-7s %10s %6s  %s\n", "stage", "thr", "median ms",
                     "p95 ms", "per second", "", "peer ms", "ratio", "peer");
}

void lw_bench_put_row(struct lw_strbuf *b, const struct lw_bench_case *c,
                      const struct lw_bench_result *r)
{
    lw_strbuf_printf(b, "%-14s %3u", c->name, c->threads);
    put_ms(b, r->ours.median_ms);
    put_ms(b, r->ours.p95_ms);
    put_rate(b, c->items / r->ours.median_ms * 1000);
    lw_strbuf_printf(b, " %-7s", c->unit);
    put_ms(b, r->theirs.median_ms);
    if (isnan(r->ratio))
        lw_strbuf_printf(b, " %6s ", "");
    else
        lw_strbuf_printf(b, " %6.2f ", r->ratio);
    if (c->peer)
        lw_strbuf_printf(b, " %s", c->peer);
    if (c->peer && !c->theirs)
        lw_strbuf_printf(b, " (absent: %s)", c->absent);
    if (c->limit > 0 && c->theirs)
        lw_strbuf_printf(b, " (bound %.2f%s)", c->limit, r->ratio <= c->limit ? "" : ": EXCEEDED");
    if (c->least_per_second > 0)
        lw_strbuf_printf(b, " (at least %g a second%s)", c->least_per_second,
                         c->items / r->ours.median_ms * 1000 >= c->least_per_second ? ""
                                                                                    : ": MISSED");
    if (!isnan(r->baseline))
        lw_strbuf_printf(b, " (baseline %.2f%s)", r->baseline,
                         r->ratio > SLOWER_BY * r->baseline ? ": SLOWER" : "");
    lw_strbuf_putc(b, '\n');
}
