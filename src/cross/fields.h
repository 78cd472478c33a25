/* cross/fields.h - this room's own help for reading JSON strictly: each call names the key and the
 * rule in why. A reader opens an object with the keys it knows, then takes them one by one. */
#ifndef LW_CROSS_FIELDS_H
#define LW_CROSS_FIELDS_H

#include "base/json.h"
#include "cross/bundle.h"

enum { LW_PLACE_TEXT = 96 };

struct lw_fields {
    const struct lw_json *object; /* borrowed */
    char place[LW_PLACE_TEXT];    /* "cameras[1]", "" for the top level */
    struct lw_why *why;           /* may be NULL */
};

/* Refuses what is no object and keys that are not in known (NULL-terminated). place is a format. */
int lw_fields_open(struct lw_fields *f, const struct lw_json *v, const char *const *known,
                   struct lw_why *why, const char *place, ...)
    __attribute__((format(printf, 5, 6)));

/* Fill why with "place.key: text" and return LW_EFORMAT. */
int lw_fields_refuse(const struct lw_fields *f, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The value of a required key, or LW_EFORMAT. */
int lw_fields_get(const struct lw_fields *f, const char *key, const struct lw_json **v);
/* The same, of one type. LW_JSON_REAL takes whole numbers too. */
int lw_fields_typed(const struct lw_fields *f, const char *key, enum lw_json_type t,
                    const struct lw_json **v);
bool lw_fields_has(const struct lw_fields *f, const char *key);

/* Required values. Outputs are written only on success. */
int lw_fields_text(const struct lw_fields *f, const char *key, char *out, size_t cap); /* ASCII */
/* UTF-8 without control characters, for names that people gave. */
int lw_fields_name(const struct lw_fields *f, const char *key, char *out, size_t cap);
int lw_fields_id(const struct lw_fields *f, const char *key, char out[LW_BUNDLE_ID]);
int lw_fields_path(const struct lw_fields *f, const char *key, bool folder, char *out, size_t cap);
int lw_fields_bool(const struct lw_fields *f, const char *key, bool *out);
int lw_fields_int(const struct lw_fields *f, const char *key, int64_t min, int64_t max,
                  int64_t *out);
int lw_fields_number(const struct lw_fields *f, const char *key, double min, double max,
                     double *out);
int lw_fields_time(const struct lw_fields *f, const char *key, int64_t *utc_us);
/* An array of min..max elements; what is their plural in the message. */
int lw_fields_array(const struct lw_fields *f, const char *key, size_t min, size_t max,
                    const char *what, const struct lw_json **v);
/* One of n names; *out is its index. */
int lw_fields_choice(const struct lw_fields *f, const char *key, const char *const *names, size_t n,
                     unsigned *out);

/* NULL for 1..cap-1 bytes of printable ASCII, else what is wrong with it, e.g. "is empty". */
const char *lw_text_check(const char *s, size_t cap);
#endif
