#include "cross/cabins.h"

#include <math.h>
#include <string.h>

#include "cross/fields.h"

static const float FADES = 0.99f;      /* what a crossing leaves of the numbers */
static const float SEEN = 0.05f;       /* FADES to the 298th */
static const float WHOLE = 0.85f;      /* of the picture: not worth cutting */
static const float FACE_SHAPE = 0.72f; /* width to height of a face's box */
static const float MARGIN = 1.0f;      /* heights of a face on each side */
static const double MOST = 100;        /* 1 / (1 - FADES) */
static const int64_t MANY = 1000000000000;

/* ---- learning ---- */

static int cell(float share, int n)
{
    return (int)lw_clampf(share * (float)n, 0, (float)(n - 1));
}

void lw_cabin_sight_add(struct lw_cabin_sight *s, float x, float y, float w, float h)
{
    const float beside = MARGIN * w / FACE_SHAPE; /* x is a share of another length than y */
    const int x0 = cell(x - beside, LW_CABIN_COLUMNS);
    const int x1 = cell(x + w + beside, LW_CABIN_COLUMNS);
    const int y0 = cell(y - MARGIN * h, LW_CABIN_ROWS);
    const int y1 = cell(y + h + MARGIN * h, LW_CABIN_ROWS);
    for (int row = y0; row <= y1; row++)
        for (int column = x0; column <= x1; column++)
            s->seen[row][column] = true;
    s->any = true;
}

static const struct lw_cabin *find(const struct lw_cabins *c, const char *camera)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->v[i].camera, camera) == 0)
            return &c->v[i];
    return NULL;
}

/* NULL: there is no room for one more. */
static struct lw_cabin *find_or_add(struct lw_cabins *c, const char *camera)
{
    const struct lw_cabin *known = find(c, camera);
    if (known)
        return &c->v[known - c->v];
    if (c->n == LW_CABINS_MAX)
        return NULL;
    struct lw_cabin *k = &c->v[c->n++];
    *k = (struct lw_cabin){.crossings = 0};
    memcpy(k->camera, camera, strnlen(camera, sizeof(k->camera) - 1));
    return k;
}

void lw_cabins_learn(struct lw_cabins *c, const char *camera, const struct lw_cabin_sight *s)
{
    struct lw_cabin *k = s->any ? find_or_add(c, camera) : NULL;
    if (!k || k->crossings == MANY)
        return;
    k->crossings++;
    for (int row = 0; row < LW_CABIN_ROWS; row++)
        for (int column = 0; column < LW_CABIN_COLUMNS; column++)
            k->seen[row][column] =
                lw_minf((float)MOST, FADES * k->seen[row][column] + (s->seen[row][column] ? 1 : 0));
}

/* ---- use ---- */

struct lw_region lw_cabins_region(const struct lw_cabins *c, const char *camera)
{
    const struct lw_region whole = {.w = 1, .h = 1};
    const struct lw_cabin *k = c ? find(c, camera) : NULL;
    int x0 = LW_CABIN_COLUMNS, x1 = 0, y0 = LW_CABIN_ROWS, y1 = 0;
    if (!k || k->crossings < LW_CABIN_LEARNT)
        return whole;
    for (int row = 0; row < LW_CABIN_ROWS; row++)
        for (int column = 0; column < LW_CABIN_COLUMNS; column++) {
            if (k->seen[row][column] < SEEN)
                continue;
            x0 = column < x0 ? column : x0;
            x1 = column + 1 > x1 ? column + 1 : x1;
            y0 = row < y0 ? row : y0;
            y1 = row + 1;
        }
    if (x1 <= x0 || (float)((x1 - x0) * (y1 - y0)) >= WHOLE * LW_CABIN_COLUMNS * LW_CABIN_ROWS)
        return whole;
    return (struct lw_region){.x = (float)x0 / LW_CABIN_COLUMNS,
                              .y = (float)y0 / LW_CABIN_ROWS,
                              .w = (float)(x1 - x0) / LW_CABIN_COLUMNS,
                              .h = (float)(y1 - y0) / LW_CABIN_ROWS};
}

/* ---- text ---- */

static int read_row(float out[LW_CABIN_COLUMNS], const struct lw_fields *f, const struct lw_json *a,
                    size_t row)
{
    if (lw_json_type(a) != LW_JSON_ARRAY || lw_json_size(a) != LW_CABIN_COLUMNS)
        return lw_fields_refuse(f, "rows", "row %zu is no array of %d numbers", row,
                                LW_CABIN_COLUMNS);
    for (size_t i = 0; i < LW_CABIN_COLUMNS; i++) {
        const double v = lw_json_number(lw_json_at(a, i));
        if (!(v >= 0 && v <= MOST))
            return lw_fields_refuse(f, "rows", "[%zu][%zu] is not 0 to 100", row, i);
        out[i] = (float)v;
    }
    return LW_OK;
}

static int read_cabin(struct lw_cabins *set, const struct lw_json *v, size_t i, struct lw_why *why)
{
    static const char *const known[] = {"id", "crossings", "rows", NULL};
    struct lw_cabin *k = &set->v[set->n];
    const struct lw_json *rows;
    struct lw_fields f;
    int r = lw_fields_open(&f, v, known, why, "cameras[%zu]", i);
    if (r < 0 || (r = lw_fields_id(&f, "id", k->camera)) < 0 ||
        (r = lw_fields_int(&f, "crossings", 0, MANY, &k->crossings)) < 0 ||
        (r = lw_fields_array(&f, "rows", LW_CABIN_ROWS, LW_CABIN_ROWS, "rows", &rows)) < 0)
        return r;
    if (find(set, k->camera))
        return lw_fields_refuse(&f, "id", "\"%s\" is there already", k->camera);
    for (size_t row = 0; row < LW_CABIN_ROWS && r >= 0; row++)
        r = read_row(k->seen[row], &f, lw_json_at(rows, row), row);
    set->n += r >= 0;
    return r;
}

int lw_cabins_parse(struct lw_cabins *out, struct lw_span json, struct lw_why *why)
{
    static const char *const known[] = {"version", "cameras", NULL};
    LW_AUTO(lw_json_doc) doc = NULL;
    const struct lw_json *a;
    struct lw_fields f;
    int64_t version;
    out->n = 0;
    int r = lw_json_parse(&doc, json, why);
    if (r < 0 || (r = lw_fields_open(&f, lw_json_root(doc), known, why, "%s", "")) < 0 ||
        (r = lw_fields_int(&f, "version", 1, 1, &version)) < 0 ||
        (r = lw_fields_array(&f, "cameras", 0, LW_CABINS_MAX, "cameras", &a)) < 0)
        return r;
    for (size_t i = 0; i < lw_json_size(a) && r >= 0; i++)
        r = read_cabin(out, lw_json_at(a, i), i, why);
    if (r < 0)
        out->n = 0;
    return r;
}

static void put_cabin(struct lw_strbuf *b, const struct lw_cabin *k)
{
    lw_strbuf_puts(b, "{\"id\":");
    lw_json_put_string(b, k->camera);
    lw_strbuf_printf(b, ",\"crossings\":%lld,\"rows\":[", (long long)k->crossings);
    for (int row = 0; row < LW_CABIN_ROWS; row++)
        for (int i = 0; i < LW_CABIN_COLUMNS; i++)
            lw_strbuf_printf(b, "%s%.4g%s",
                             i     ? ","
                             : row ? ",["
                                   : "[",
                             (double)k->seen[row][i], i == LW_CABIN_COLUMNS - 1 ? "]" : "");
    lw_strbuf_puts(b, "]}");
}

void lw_cabins_print(struct lw_strbuf *b, const struct lw_cabins *c)
{
    lw_strbuf_puts(b, "{\"version\":1,\"cameras\":[");
    for (size_t i = 0; i < c->n; i++) {
        lw_strbuf_puts(b, i ? "," : "");
        put_cabin(b, &c->v[i]);
    }
    lw_strbuf_puts(b, "]}\n");
}
