/* base/json.h - strict JSON in (RFC 8259, no duplicate keys, limits), plain JSON text out.
 * Reading is jansson's work; no other file includes it. */
#ifndef LW_BASE_JSON_H
#define LW_BASE_JSON_H

#include "base/strbuf.h"

/* A parsed document; values are borrowed from it and live as long as it does. */
struct lw_json_doc;
struct lw_json; /* a value */

/* Parse one JSON text; trailing bytes are refused. LW_EFORMAT with line, column and byte offset. */
int lw_json_parse(struct lw_json_doc **out, struct lw_span text, struct lw_why *why);
void lw_json_doc_free(struct lw_json_doc **doc);
const struct lw_json *lw_json_root(const struct lw_json_doc *doc);

enum lw_json_type {
    LW_JSON_NULL,
    LW_JSON_BOOL,
    LW_JSON_INT,
    LW_JSON_REAL,
    LW_JSON_STRING,
    LW_JSON_ARRAY,
    LW_JSON_OBJECT
};
enum lw_json_type lw_json_type(const struct lw_json *v);
const char *lw_json_type_name(enum lw_json_type t); /* "object", ... */

bool lw_json_bool(const struct lw_json *v);          /* of LW_JSON_BOOL, else false */
int64_t lw_json_int(const struct lw_json *v);        /* of LW_JSON_INT, else 0 */
double lw_json_number(const struct lw_json *v);      /* of INT or REAL, else NaN */
const char *lw_json_string(const struct lw_json *v); /* UTF-8 without NUL inside, else NULL */

size_t lw_json_size(const struct lw_json *v);                        /* of arrays, objects */
const struct lw_json *lw_json_at(const struct lw_json *v, size_t i); /* array element */
const struct lw_json *lw_json_get(const struct lw_json *v, const char *key); /* NULL if absent */

/* Walk an object in file order: for (void *it = NULL; lw_json_next(v, &it, &key, &val);) */
bool lw_json_next(const struct lw_json *object, void **it, const char **key,
                  const struct lw_json **value);

/* Refuse keys that are not in `known` (NULL-terminated), naming the offender: "unknown key \"x\""
 * prefixed by place, e.g. "cameras[1]". Also LW_EFORMAT when v is no object. */
int lw_json_only(const struct lw_json *v, const char *const *known, const char *place,
                 struct lw_why *why);

/* Is it well-formed UTF-8 without control characters? */
bool lw_json_is_line(const char *s);

/* Output: a quoted, escaped string; invalid UTF-8 becomes U+FFFD. */
void lw_json_put_string(struct lw_strbuf *b, const char *s);
/* Shortest of %.6g..%.9g that reads back as the same float; null for NaN and infinities. */
void lw_json_put_float(struct lw_strbuf *b, float x);
void lw_json_put_double(struct lw_strbuf *b, double x); /* %.17g shortened likewise */

#endif
