#include "app/cabins_file.h"

#include <stdlib.h>

#include "base/file.h"

void lw_cabins_free(struct lw_cabins **c)
{
    free(*c);
    *c = NULL;
}

int lw_cabins_load(struct lw_cabins **out, const char *path, bool may_be_new, struct lw_why *why)
{
    LW_AUTO(lw_cabins) c = calloc(1, sizeof(*c));
    LW_AUTO_MEM(uint8_t) text = NULL;
    size_t n;
    if (!c)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory for cabins");
    int r = lw_file_read(path, LW_CABINS_BYTES_MAX, &text, &n, why);
    if (r >= 0)
        r = lw_cabins_parse(c, (struct lw_span){text, n}, why);
    else if (r == LW_ENOTFOUND && may_be_new)
        r = LW_OK;
    if (r < 0) {
        lw_why_prefix(why, "%s", path);
        return r;
    }
    *out = c;
    c = NULL;
    return LW_OK;
}

int lw_cabins_save(const struct lw_cabins *c, const char *path, struct lw_why *why)
{
    LW_AUTO_STRBUF text = LW_STRBUF_INIT;
    lw_cabins_print(&text, c);
    int r = lw_strbuf_err(&text);
    if (r < 0)
        return lw_why_set(why, r, -1, "no memory for cabins");
    r = lw_file_write(path, (struct lw_span){(const uint8_t *)lw_strbuf_peek(&text), text.n}, why);
    if (r < 0)
        lw_why_prefix(why, "%s", path);
    return r;
}
