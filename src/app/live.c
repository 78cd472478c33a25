#include "app/live.h"

#include <string.h>

#include "base/strbuf.h"

static void put_reasons(struct lw_strbuf *b, uint32_t reasons)
{
    for (int i = 0; i < LW_REASONS; i++)
        if (reasons & 1u << i)
            lw_strbuf_printf(b, " %s", lw_reason_name((enum lw_reason)i));
}

static void put_occupant(struct lw_strbuf *b, const struct lw_crossing_result *r,
                         const struct lw_occupant *o)
{
    lw_strbuf_puts(b, o->seat[0] ? o->seat : "?");
    if (o->decision == LW_VERIFIED)
        lw_strbuf_printf(b, " verified %s", r->bundle.documents[o->document].id);
    put_reasons(b, o->reasons);
    put_reasons(b, o->hints & ~o->reasons);
}

void lw_live_tell(void *ctx, const struct lw_crossing_result *r, int64_t t_ns)
{
    struct lw_live *live = ctx;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    for (size_t i = 0; i < r->outcome.n_occupants; i++) {
        lw_strbuf_puts(&b, i ? ", " : "");
        put_occupant(&b, r, &r->outcome.occupants[i]);
    }
    if (r->outcome.n_occupants == 0)
        lw_strbuf_puts(&b, "nobody seen");
    if (r->outcome.verified)
        lw_strbuf_puts(&b, ": all verified");
    if (lw_strbuf_err(&b) || strncmp(lw_strbuf_peek(&b), live->last, sizeof(live->last) - 1) == 0)
        return;
    snprintf(live->last, sizeof(live->last), "%s", lw_strbuf_peek(&b));
    fprintf(live->out, "%6.1f s  %s\n", (double)t_ns / (double)LW_SEC, live->last);
}
