/* decoder/wire.h - values between the program and its decoder. One description serves both
 * directions: written it appends bytes, read it checks every value against the same bounds. */
#ifndef LW_DECODER_WIRE_H
#define LW_DECODER_WIRE_H

#include "base/cursor.h"
#include "base/strbuf.h"

struct lw_wire {
    struct lw_strbuf *out; /* NULL: reading */
    struct lw_cursor in;
    int err; /* the first fault sticks; values read afterwards are 0 and "" */
};
static inline struct lw_wire lw_wire_writer(struct lw_strbuf *out)
{
    return (struct lw_wire){.out = out};
}
static inline struct lw_wire lw_wire_reader(struct lw_span bytes)
{
    return (struct lw_wire){.in = lw_cursor_over(bytes)};
}
static inline bool lw_wire_reads(const struct lw_wire *w)
{
    return !w->out;
}

/* Each returns what stands there afterwards: x itself when writing. Read values above max, or
 * outside of min..max, are LW_EFORMAT. */
uint32_t lw_wire_u32(struct lw_wire *w, uint32_t x, uint32_t max);
int lw_wire_int(struct lw_wire *w, int x, int min, int max);
int64_t lw_wire_i64(struct lw_wire *w, int64_t x);
float lw_wire_float(struct lw_wire *w, float x, float min, float max); /* never NaN */
size_t lw_wire_size(struct lw_wire *w, size_t x, size_t max);          /* of at most 4 GiB */
bool lw_wire_bool(struct lw_wire *w, bool x);

/* A NUL-terminated text in a field of cap bytes. Control characters are written as '?', and not
 * read. */
void lw_wire_text(struct lw_wire *w, char *s, size_t cap);
/* The same of letters, digits and '_': names that are printed as they are. */
void lw_wire_word(struct lw_wire *w, char *s, size_t cap);
/* At most max bytes; read spans are borrowed. */
struct lw_span lw_wire_bytes(struct lw_wire *w, struct lw_span bytes, size_t max);

/* LW_OK, or the first fault; when reading, bytes left over are one. */
int lw_wire_end(const struct lw_wire *w);

#endif
