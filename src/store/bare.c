#include "store/bare.h"

#include <stdlib.h>

#include "store/sql.h"

struct lw_bare {
    struct lw_sql q;
};

int lw_bare_open(struct lw_bare **out, const char *path, struct lw_why *why)
{
    LW_AUTO(lw_bare) b = calloc(1, sizeof(*b));
    if (!b)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    int r = lw_sql_open(&b->q, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, why);
    if (r == LW_OK)
        r = lw_sql_exec(&b->q,
                        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                        "CREATE TABLE piece (seq INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT",
                        why);
    if (r < 0)
        return r;
    *out = b;
    b = NULL; /* moved to the caller */
    return LW_OK;
}

void lw_bare_free(struct lw_bare **b)
{
    if (!*b)
        return;
    lw_sql_close(&(*b)->q);
    free(*b);
    *b = NULL;
}

int lw_bare_put(struct lw_bare *b, const struct lw_span *pieces, size_t n, size_t times,
                struct lw_why *why)
{
    int r = lw_sql_transaction(&b->q, why);
    if (r < 0)
        return r;
    for (size_t i = 0; r == LW_OK && i < n * times; i++)
        r = lw_sql_run(&b->q, why, "INSERT INTO piece (bytes) VALUES (?)",
                       LW_BIND(LW_B(pieces[i % n])));
    return lw_sql_finish(&b->q, r, why);
}
