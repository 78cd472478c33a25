#include "face/template.h"

#include <stdlib.h>
#include <string.h>

#include "base/crc.h"
#include "base/cursor.h"

int lw_template_new(struct lw_template **out, const char *model, uint32_t n_bytes)
{
    struct lw_template *t = calloc(1, sizeof(*t) + n_bytes);
    if (strlen(model) >= sizeof(t->model)) {
        free(t);
        return LW_EINVAL;
    }
    if (!t)
        return LW_ENOMEM;
    memcpy(t->model, model, strlen(model) + 1);
    t->n = n_bytes;
    *out = t;
    return LW_OK;
}

int lw_template_dup(struct lw_template **out, const struct lw_template *t)
{
    struct lw_template *copy;
    int r = lw_template_new(&copy, t->model, t->n);
    if (r < 0)
        return r;
    copy->quality = t->quality;
    memcpy(copy->data, t->data, t->n);
    *out = copy;
    return LW_OK;
}

void lw_template_free(struct lw_template **t)
{
    if (!*t)
        return;
    lw_wipe(*t, sizeof(**t) + (*t)->n);
    free(*t);
    *t = NULL;
}

/* --- docs/formats/template.md --- */

enum { VERSION = 1 };
static const char magic[4] = {'L', 'W', 'T', 'P'};

static void put_be(struct lw_strbuf *b, uint32_t x, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--)
        lw_strbuf_putc(b, (char)(x >> (8 * i) & 0xff));
}

static bool good_model(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (s[i] < 0x21 || s[i] > 0x7e)
            return false;
    return n >= 1 && n < sizeof(((struct lw_template *)0)->model);
}

static bool good_quality(float q)
{
    return q >= 0 && q <= 100; /* false for NaN */
}

int lw_template_print(struct lw_strbuf *out, const struct lw_template *t)
{
    const size_t begin = out->n, model = strlen(t->model);
    uint32_t quality;
    if (!good_model(t->model, model) || !good_quality(t->quality))
        return LW_EINVAL;
    memcpy(&quality, &t->quality, sizeof(quality));
    lw_strbuf_put(out, magic, sizeof(magic));
    put_be(out, VERSION, 2);
    put_be(out, (uint32_t)model, 2);
    put_be(out, quality, 4);
    put_be(out, t->n, 4);
    lw_strbuf_put(out, t->model, model);
    lw_strbuf_put(out, t->data, t->n);
    if (lw_strbuf_err(out))
        return LW_ENOMEM;
    put_be(out, lw_crc32(0, (struct lw_span){(const uint8_t *)out->s + begin, out->n - begin}), 4);
    return lw_strbuf_err(out);
}

static int refuse(struct lw_why *why, int code, const char *text)
{
    return lw_why_set(why, code, -1, "%s", text);
}

struct head {
    uint16_t version, model;
    uint32_t quality, n;
};

static int read_head(struct lw_cursor *c, struct head *h, struct lw_why *why)
{
    struct lw_span m;
    if (lw_cursor_take(c, sizeof(magic), &m) < 0 || memcmp(m.data, magic, sizeof(magic)) != 0)
        return refuse(why, LW_EFORMAT, "is no template");
    if (lw_cursor_be16(c, &h->version) < 0 || lw_cursor_be16(c, &h->model) < 0 ||
        lw_cursor_be32(c, &h->quality) < 0 || lw_cursor_be32(c, &h->n) < 0)
        return refuse(why, LW_ETRUNC, "ends in its head");
    if (h->version != VERSION)
        return refuse(why, LW_EUNSUP, "is a template of another version");
    return LW_OK;
}

int lw_template_parse(struct lw_template **out, struct lw_span bytes, struct lw_why *why)
{
    LW_AUTO(lw_template) t = NULL;
    struct lw_cursor c = lw_cursor_over(bytes);
    struct lw_span model, data;
    struct head h;
    uint32_t crc;
    char name[sizeof(t->model)] = "";
    int r = read_head(&c, &h, why);
    if (r < 0)
        return r;
    if (bytes.n > LW_TEMPLATE_BYTES_MAX || lw_cursor_take(&c, h.model, &model) < 0 ||
        lw_cursor_take(&c, h.n, &data) < 0 || lw_cursor_be32(&c, &crc) < 0 || lw_cursor_left(&c))
        return refuse(why, LW_ETRUNC, "has another length than its head says");
    if (crc != lw_crc32(0, (struct lw_span){bytes.data, bytes.n - 4}))
        return refuse(why, LW_EFORMAT, "has a wrong check sum");
    float quality;
    memcpy(&quality, &h.quality, sizeof(quality));
    if (!good_model((const char *)model.data, model.n) || !good_quality(quality))
        return refuse(why, LW_EFORMAT, "has no model id or no quality");
    memcpy(name, model.data, model.n);
    if ((r = lw_template_new(&t, name, h.n)) < 0)
        return refuse(why, r, "no memory for a template");
    t->quality = quality;
    memcpy(t->data, data.data, data.n);
    *out = t;
    t = NULL;
    return LW_OK;
}
