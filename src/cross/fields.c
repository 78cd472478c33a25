#include "cross/fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"

int lw_fields_open(struct lw_fields *f, const struct lw_json *v, const char *const *known,
                   struct lw_why *why, const char *place, ...)
{
    va_list ap;
    va_start(ap, place);
    vsnprintf(f->place, sizeof(f->place), place, ap);
    va_end(ap);
    f->object = v;
    f->why = why;
    return lw_json_only(v, known, f->place[0] ? f->place : "top level", why);
}

int lw_fields_refuse(const struct lw_fields *f, const char *key, const char *fmt, ...)
{
    char text[LW_WHY_TEXT];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    return lw_why_set(f->why, LW_EFORMAT, -1, "%s%s%s: %s", f->place, f->place[0] ? "." : "", key,
                      text);
}

bool lw_fields_has(const struct lw_fields *f, const char *key)
{
    return lw_json_get(f->object, key) != NULL;
}

int lw_fields_get(const struct lw_fields *f, const char *key, const struct lw_json **v)
{
    const struct lw_json *found = lw_json_get(f->object, key);
    if (!found)
        return lw_fields_refuse(f, key, "is missing");
    *v = found;
    return LW_OK;
}

int lw_fields_typed(const struct lw_fields *f, const char *key, enum lw_json_type t,
                    const struct lw_json **v)
{
    const struct lw_json *found;
    int r = lw_fields_get(f, key, &found);
    if (r < 0)
        return r;
    enum lw_json_type is = lw_json_type(found);
    if (is != t && !(is == LW_JSON_INT && t == LW_JSON_REAL))
        return lw_fields_refuse(f, key, "is %s, not %s", lw_json_type_name(is),
                                lw_json_type_name(t));
    *v = found;
    return LW_OK;
}

static const char *check_text(const char *s, size_t cap, unsigned char last)
{
    if (!*s)
        return "is empty";
    for (size_t i = 0; s[i]; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c < 0x20 || c == 0x7f || c > last)
            return last < 0xff ? "has a character outside printable ASCII"
                               : "has a control character";
        if (i + 1 == cap)
            return "is too long";
    }
    return NULL;
}

const char *lw_text_check(const char *s, size_t cap)
{
    return check_text(s, cap, 0x7e);
}

static int copy_text(const struct lw_fields *f, const char *key, unsigned char last, char *out,
                     size_t cap)
{
    const struct lw_json *v;
    int r = lw_fields_typed(f, key, LW_JSON_STRING, &v);
    if (r < 0)
        return r;
    const char *wrong = check_text(lw_json_string(v), cap, last);
    if (wrong)
        return lw_fields_refuse(f, key, "%s (1 to %zu bytes)", wrong, cap - 1);
    snprintf(out, cap, "%s", lw_json_string(v));
    return LW_OK;
}

int lw_fields_text(const struct lw_fields *f, const char *key, char *out, size_t cap)
{
    return copy_text(f, key, 0x7e, out, cap);
}

int lw_fields_name(const struct lw_fields *f, const char *key, char *out, size_t cap)
{
    return copy_text(f, key, 0xff, out, cap);
}

bool lw_id_valid(const char *s)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789._-";
    size_t n = strspn(s, allowed);
    return n >= 1 && n < LW_BUNDLE_ID && s[n] == '\0';
}

int lw_fields_id(const struct lw_fields *f, const char *key, char out[LW_BUNDLE_ID])
{
    const struct lw_json *v;
    int r = lw_fields_typed(f, key, LW_JSON_STRING, &v);
    if (r < 0)
        return r;
    if (!lw_id_valid(lw_json_string(v)))
        return lw_fields_refuse(f, key, "\"%.40s\" is not 1 to %d of A-Z a-z 0-9 . _ -",
                                lw_json_string(v), LW_BUNDLE_ID - 1);
    snprintf(out, LW_BUNDLE_ID, "%s", lw_json_string(v));
    return LW_OK;
}

int lw_fields_path(const struct lw_fields *f, const char *key, bool folder, char *out, size_t cap)
{
    const struct lw_json *v;
    int r = lw_fields_typed(f, key, LW_JSON_STRING, &v);
    if (r < 0)
        return r;
    const char *s = lw_json_string(v);
    LW_AUTO_MEM(char) joined = NULL;
    struct lw_why inner = {0};
    if (lw_path_join(".", s, &joined, &inner) < 0)
        return lw_fields_refuse(f, key, "%s", inner.text);
    if (strlen(s) >= cap)
        return lw_fields_refuse(f, key, "has %zu bytes, the limit is %zu", strlen(s), cap - 1);
    if (!folder && s[strlen(s) - 1] == '/')
        return lw_fields_refuse(f, key, "\"%.80s\" names a folder, not a file", s);
    snprintf(out, cap, "%s", s);
    return LW_OK;
}

int lw_fields_bool(const struct lw_fields *f, const char *key, bool *out)
{
    const struct lw_json *v;
    int r = lw_fields_typed(f, key, LW_JSON_BOOL, &v);
    if (r == LW_OK)
        *out = lw_json_bool(v);
    return r;
}

int lw_fields_int(const struct lw_fields *f, const char *key, int64_t min, int64_t max,
                  int64_t *out)
{
    const struct lw_json *v;
    int r = lw_fields_typed(f, key, LW_JSON_INT, &v);
    if (r < 0)
        return r;
    if (lw_json_int(v) < min || lw_json_int(v) > max)
        return lw_fields_refuse(f, key, "%jd is not from %jd to %jd", (intmax_t)lw_json_int(v),
                                (intmax_t)min, (intmax_t)max);
    *out = lw_json_int(v);
    return LW_OK;
}

int lw_fields_number(const struct lw_fields *f, const char *key, double min, double max,
                     double *out)
{
    const struct lw_json *v;
    int r = lw_fields_typed(f, key, LW_JSON_REAL, &v);
    if (r < 0)
        return r;
    double x = lw_json_number(v);
    if (!(x >= min && x <= max))
        return lw_fields_refuse(f, key, "%g is not from %g to %g", x, min, max);
    *out = x;
    return LW_OK;
}

int lw_fields_time(const struct lw_fields *f, const char *key, int64_t *utc_us)
{
    const struct lw_json *v;
    int r = lw_fields_typed(f, key, LW_JSON_STRING, &v);
    if (r < 0)
        return r;
    if (lw_time_parse(lw_json_string(v), utc_us) < 0)
        return lw_fields_refuse(f, key, "\"%.40s\" is no UTC time as 2026-01-31T08:15:00.000Z",
                                lw_json_string(v));
    return LW_OK;
}

int lw_fields_array(const struct lw_fields *f, const char *key, size_t min, size_t max,
                    const char *what, const struct lw_json **v)
{
    const struct lw_json *a;
    int r = lw_fields_typed(f, key, LW_JSON_ARRAY, &a);
    if (r < 0)
        return r;
    size_t n = lw_json_size(a);
    if (n < min || n > max)
        return lw_fields_refuse(f, key, "has %zu %s, allowed are %zu to %zu", n, what, min, max);
    *v = a;
    return LW_OK;
}

static void list_names(char *out, size_t cap, const char *const *names, size_t n)
{
    size_t used = 0;
    for (size_t i = 0; i < n && used < cap; i++)
        used += (size_t)snprintf(out + used, cap - used, "%s%s", i ? ", " : "", names[i]);
}

int lw_fields_choice(const struct lw_fields *f, const char *key, const char *const *names, size_t n,
                     unsigned *out)
{
    const struct lw_json *v;
    int r = lw_fields_typed(f, key, LW_JSON_STRING, &v);
    if (r < 0)
        return r;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(lw_json_string(v), names[i]) == 0) {
            *out = (unsigned)i;
            return LW_OK;
        }
    }
    char all[160];
    list_names(all, sizeof(all), names, n);
    return lw_fields_refuse(f, key, "\"%.40s\" is none of %s", lw_json_string(v), all);
}
