/* Regions of cabins, given and learnt: whatever is accepted lies inside the picture, and what was
 * learnt reads back as it was written. */
#include <stdlib.h>
#include <string.h>

#include "cross/cabins.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check(const struct lw_region *g)
{
    if (!(g->x >= 0 && g->y >= 0 && g->w > 0 && g->h > 0 && g->x + g->w <= 1.00001f &&
          g->y + g->h <= 1.00001f))
        abort();
}

static void print_and_read(const struct lw_cabins *c)
{
    static struct lw_cabins again;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    lw_cabins_print(&b, c);
    const struct lw_span text = {(const uint8_t *)lw_strbuf_peek(&b), b.n};
    if (lw_strbuf_err(&b) == LW_OK && (lw_cabins_parse(&again, text, NULL) < 0 || again.n != c->n))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct lw_cabins cabins;
    static struct lw_regions regions;
    struct lw_why why;
    if (lw_regions_parse(&regions, (struct lw_span){data, n}, &why) >= 0)
        for (size_t i = 0; i < regions.n; i++)
            check(&regions.v[i]);
    if (lw_cabins_parse(&cabins, (struct lw_span){data, n}, &why) < 0)
        return 0;
    for (size_t i = 0; i < cabins.n; i++) {
        const struct lw_region g = lw_cabins_region(&cabins, cabins.v[i].camera);
        check(&g);
    }
    print_and_read(&cabins);
    return 0;
}
