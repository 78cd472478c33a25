#include "base/json.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* struct lw_json is json_t under another name: values are only ever pointers from jansson. */
static const json_t *unwrap(const struct lw_json *v)
{
    return (const json_t *)(const void *)v;
}
static const struct lw_json *wrap(const json_t *v)
{
    return (const struct lw_json *)(const void *)v;
}

struct lw_json_doc {
    json_t *root;
};

int lw_json_parse(struct lw_json_doc **out, struct lw_span text, struct lw_why *why)
{
    json_error_t e;
    json_t *root = json_loadb((const char *)text.data, text.n, JSON_REJECT_DUPLICATES, &e);
    if (!root)
        return lw_why_set(why, LW_EFORMAT, e.position, "line %d, column %d: %.120s", e.line,
                          e.column, e.text);
    struct lw_json_doc *doc = malloc(sizeof(*doc));
    if (!doc) {
        json_decref(root);
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    }
    doc->root = root;
    *out = doc;
    return LW_OK;
}

void lw_json_doc_free(struct lw_json_doc **doc)
{
    if (!*doc)
        return;
    json_decref((*doc)->root);
    free(*doc);
    *doc = NULL;
}

const struct lw_json *lw_json_root(const struct lw_json_doc *doc)
{
    return wrap(doc->root);
}

enum lw_json_type lw_json_type(const struct lw_json *v)
{
    switch (json_typeof(unwrap(v))) {
    case JSON_OBJECT:
        return LW_JSON_OBJECT;
    case JSON_ARRAY:
        return LW_JSON_ARRAY;
    case JSON_STRING:
        return LW_JSON_STRING;
    case JSON_INTEGER:
        return LW_JSON_INT;
    case JSON_REAL:
        return LW_JSON_REAL;
    case JSON_TRUE:
    case JSON_FALSE:
        return LW_JSON_BOOL;
    case JSON_NULL:
        break;
    }
    return LW_JSON_NULL;
}

const char *lw_json_type_name(enum lw_json_type t)
{
    static const char *const names[] = {"null",   "true or false", "whole number", "number",
                                        "string", "array",         "object"};
    return names[t];
}

bool lw_json_bool(const struct lw_json *v)
{
    return json_is_true(unwrap(v));
}

int64_t lw_json_int(const struct lw_json *v)
{
    return json_is_integer(unwrap(v)) ? json_integer_value(unwrap(v)) : 0;
}

double lw_json_number(const struct lw_json *v)
{
    return json_is_number(unwrap(v)) ? json_number_value(unwrap(v)) : NAN;
}

const char *lw_json_string(const struct lw_json *v)
{
    return json_string_value(unwrap(v));
}

size_t lw_json_size(const struct lw_json *v)
{
    const json_t *j = unwrap(v);
    return json_is_array(j) ? json_array_size(j) : json_object_size(j);
}

const struct lw_json *lw_json_at(const struct lw_json *v, size_t i)
{
    return wrap(json_array_get(unwrap(v), i));
}

const struct lw_json *lw_json_get(const struct lw_json *v, const char *key)
{
    return wrap(json_object_get(unwrap(v), key));
}

/* jansson's iteration wants non-const pointers, though it does not write. */
static json_t *unconst(const struct lw_json *v)
{
    json_t *p;
    memcpy(&p, &v, sizeof(p));
    return p;
}

bool lw_json_next(const struct lw_json *object, void **it, const char **key,
                  const struct lw_json **value)
{
    json_t *o = unconst(object);
    *it = *it ? json_object_iter_next(o, *it) : json_object_iter(o);
    if (!*it)
        return false;
    *key = json_object_iter_key(*it);
    *value = wrap(json_object_iter_value(*it));
    return true;
}

static bool listed(const char *const *names, const char *name)
{
    for (; *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

int lw_json_only(const struct lw_json *v, const char *const *known, const char *place,
                 struct lw_why *why)
{
    if (lw_json_type(v) != LW_JSON_OBJECT)
        return lw_why_set(why, LW_EFORMAT, -1, "%s: is a%s %s, not an object", place,
                          lw_json_type(v) == LW_JSON_ARRAY ? "n" : "",
                          lw_json_type_name(lw_json_type(v)));
    const char *key;
    const struct lw_json *value;
    for (void *it = NULL; lw_json_next(v, &it, &key, &value);)
        if (!listed(known, key))
            return lw_why_set(why, LW_EFORMAT, -1, "%s: unknown key \"%.60s\"", place, key);
    return LW_OK;
}

/* Length of the well-formed UTF-8 sequence at s, 0 if it is none (RFC 3629). */
static size_t utf8_length(const unsigned char *s)
{
    static const struct {
        unsigned char lead_mask, lead, second_min, second_max;
        size_t n;
    } forms[] = {{0xff, 0xe0, 0xa0, 0xbf, 3}, {0xff, 0xed, 0x80, 0x9f, 3},
                 {0xff, 0xf0, 0x90, 0xbf, 4}, {0xff, 0xf4, 0x80, 0x8f, 4},
                 {0xf0, 0xe0, 0x80, 0xbf, 3}, {0xf8, 0xf0, 0x80, 0xbf, 4}};
    if (s[0] < 0x80)
        return 1;
    if (s[0] >= 0xc2 && s[0] <= 0xdf)
        return (s[1] & 0xc0) == 0x80 ? 2 : 0;
    if (s[0] > 0xf4)
        return 0;
    for (size_t f = 0; f < LW_COUNT(forms); f++) {
        if ((s[0] & forms[f].lead_mask) != forms[f].lead)
            continue;
        if (s[1] < forms[f].second_min || s[1] > forms[f].second_max)
            return 0;
        for (size_t i = 2; i < forms[f].n; i++)
            if ((s[i] & 0xc0) != 0x80)
                return 0;
        return forms[f].n;
    }
    return 0;
}

bool lw_json_is_line(const char *s)
{
    size_t n = 1;
    for (; *s && n; s += n) {
        const unsigned char *c = (const unsigned char *)s;
        n = utf8_length(c);
        if (c[0] < 0x20 || c[0] == 0x7f || (c[0] == 0xc2 && c[1] < 0xa0)) /* C0, DEL, C1 */
            return false;
    }
    return n > 0;
}

static void put_escaped(struct lw_strbuf *b, unsigned char c)
{
    switch (c) {
    case '"':
        lw_strbuf_puts(b, "\\\"");
        break;
    case '\\':
        lw_strbuf_puts(b, "\\\\");
        break;
    case '\n':
        lw_strbuf_puts(b, "\\n");
        break;
    case '\t':
        lw_strbuf_puts(b, "\\t");
        break;
    default:
        lw_strbuf_printf(b, "\\u%04x", c);
    }
}

void lw_json_put_string(struct lw_strbuf *b, const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    lw_strbuf_putc(b, '"');
    while (*s) {
        size_t n = utf8_length(s);
        if (*s < 0x20 || *s == '"' || *s == '\\' || *s == 0x7f)
            put_escaped(b, *s);
        else if (n)
            lw_strbuf_put(b, s, n);
        else
            lw_strbuf_puts(b, "\xef\xbf\xbd");
        s += n ? n : 1;
    }
    lw_strbuf_putc(b, '"');
}

void lw_json_put_float(struct lw_strbuf *b, float x)
{
    char text[40];
    if (!isfinite(x)) {
        lw_strbuf_puts(b, "null");
        return;
    }
    for (int digits = 6; digits <= 9; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, (double)x);
        if (strtof(text, NULL) == x)
            break;
    }
    lw_strbuf_puts(b, text);
}

void lw_json_put_double(struct lw_strbuf *b, double x)
{
    char text[40];
    if (!isfinite(x)) {
        lw_strbuf_puts(b, "null");
        return;
    }
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, x);
        if (strtod(text, NULL) == x)
            break;
    }
    lw_strbuf_puts(b, text);
}
