#include "doc/vds.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/cursor.h"
#include "doc/c40.h"

enum { MAGIC = 0xdc, SIGNATURE_TAG = 0xff };

const char *lw_vds_kind_name(enum lw_vds_kind k)
{
    static const char *const names[] = {"other", "visa", "emergency_travel_document"};
    return names[k];
}

static int refuse(const struct lw_cursor *c, struct lw_why *why, const char *rule)
{
    return lw_why_set(why, LW_EFORMAT, (int64_t)c->pos, "byte %zu: %s", c->pos, rule);
}

static int too_short(const struct lw_cursor *c, struct lw_why *why)
{
    return lw_why_set(why, LW_ETRUNC, (int64_t)c->pos, "byte %zu: the seal ends here", c->pos);
}

/* n characters of C40, no less. */
static int take_text(struct lw_cursor *c, char *out, size_t n, struct lw_why *why)
{
    const struct lw_cursor start = *c;
    struct lw_span s;
    if (lw_cursor_take(c, lw_c40_bytes(n), &s) < 0)
        return too_short(c, why);
    const int got = lw_c40_decode(out, n + 1, s);
    if (got >= 0 && (size_t)got == n)
        return LW_OK;
    return refuse(&start, why, "not a text in C40 of the right length");
}

/* 2.3.1: month, day and year in one decimal number of three bytes. */
static int take_date(struct lw_cursor *c, char out[11], struct lw_why *why)
{
    const struct lw_cursor start = *c;
    struct lw_span s;
    char text[40];
    int64_t utc_us;
    if (lw_cursor_take(c, 3, &s) < 0)
        return too_short(c, why);
    const unsigned v = (unsigned)s.data[0] << 16 | (unsigned)s.data[1] << 8 | s.data[2];
    snprintf(text, sizeof(text), "%04u-%02u-%02uT00:00:00Z", v % 10000, v / 1000000,
             v / 10000 % 100);
    if (lw_time_parse(text, &utc_us) < 0)
        return refuse(&start, why, "no date");
    memcpy(out, text, 10);
    out[10] = '\0';
    return LW_OK;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F');
}

static bool is_letter(char c)
{
    return c >= 'A' && c <= 'Z';
}

static unsigned hex_value(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : c - 'A' + 10);
}

static int check_signer(const struct lw_cursor *at, const struct lw_vds *v, struct lw_why *why)
{
    if (!is_letter(v->signer[0]) || !is_letter(v->signer[1]) || v->signer[2] == ' ' ||
        v->signer[3] == ' ')
        return refuse(at, why, "the signer is no country and two more letters");
    for (const char *s = v->reference; *s; s++)
        if (!is_hex(*s))
            return refuse(at, why, "the certificate's reference is no hexadecimal number");
    return LW_OK;
}

/* 2.2.1. Version 3: four letters and five digits in six bytes. */
static int take_signer_3(struct lw_cursor *c, struct lw_vds *v, struct lw_why *why)
{
    char text[10];
    int r = take_text(c, text, 9, why);
    if (r < 0)
        return r;
    snprintf(v->signer, sizeof(v->signer), "%.4s", text);
    snprintf(v->reference, sizeof(v->reference), "%s", text + 4);
    return LW_OK;
}

/* Version 4: four letters, the number of digits in two, and these; C40 goes on from group to
 * group, and the first six characters are two whole ones. */
static int take_signer_4(struct lw_cursor *c, struct lw_vds *v, struct lw_why *why)
{
    const struct lw_cursor start = *c;
    char text[7];
    int r = take_text(c, text, 6, why);
    if (r < 0)
        return r;
    snprintf(v->signer, sizeof(v->signer), "%.4s", text);
    if (!is_hex(text[4]) || !is_hex(text[5]))
        return refuse(&start, why, "the length of the certificate's reference is no number");
    const unsigned n = hex_value(text[4]) << 4 | hex_value(text[5]);
    if (n < 1 || n >= LW_VDS_REFERENCE)
        return refuse(&start, why, "the certificate's reference has no length of 1 to 40");
    return take_text(c, v->reference, n, why);
}

static int take_header(struct lw_cursor *c, struct lw_vds *v, struct lw_why *why)
{
    uint8_t magic, version;
    if (lw_cursor_u8(c, &magic) < 0 || lw_cursor_u8(c, &version) < 0)
        return too_short(c, why);
    if (magic != MAGIC)
        return lw_why_set(why, LW_EFORMAT, 0, "byte 0: no seal, which begins with DC");
    if (version != 2 && version != 3)
        return lw_why_set(why, LW_EUNSUP, 1, "byte 1: version %d, neither 3 nor 4", version + 1);
    v->version = version + 1;
    int r = take_text(c, v->country, 3, why);
    if (r < 0)
        return r;
    const struct lw_cursor signer = *c;
    if ((r = v->version == 3 ? take_signer_3(c, v, why) : take_signer_4(c, v, why)) < 0 ||
        (r = check_signer(&signer, v, why)) < 0 || (r = take_date(c, v->issue_date, why)) < 0 ||
        (r = take_date(c, v->signature_date, why)) < 0)
        return r;
    if (lw_cursor_u8(c, &v->feature_set) < 0 || lw_cursor_u8(c, &v->category) < 0)
        return too_short(c, why);
    v->kind = v->feature_set == 0x5d && v->category == 0x01   ? LW_VDS_VISA
              : v->feature_set == 0x5e && v->category == 0x03 ? LW_VDS_ETD
                                                              : LW_VDS_OTHER;
    return LW_OK;
}

/* 2.3: one byte in version 3, DER from version 4 on. No more than two bytes of length are needed
 * for what fits a barcode. */
static int take_length(struct lw_cursor *c, bool der, size_t *n, struct lw_why *why)
{
    const struct lw_cursor start = *c;
    uint8_t first, more;
    if (lw_cursor_u8(c, &first) < 0)
        return too_short(c, why);
    *n = first;
    if (!der || first < 0x80)
        return LW_OK;
    if (first != 0x81 && first != 0x82)
        return refuse(&start, why, "no length in DER that fits a barcode");
    *n = 0;
    for (int i = 0x80; i < first; i++) {
        if (lw_cursor_u8(c, &more) < 0)
            return too_short(c, why);
        *n = *n << 8 | more;
    }
    return *n >= (first == 0x81 ? 0x80 : 0x100) ? LW_OK
                                                : refuse(&start, why, "a length not in DER");
}

static int take_feature(struct lw_cursor *c, struct lw_vds *v, uint8_t tag, struct lw_why *why)
{
    struct lw_vds_feature *f = &v->features[v->n_features];
    size_t n;
    if (v->n_features == LW_VDS_FEATURES_MAX)
        return lw_why_set(why, LW_ELIMIT, (int64_t)c->pos, "byte %zu: more than %d features",
                          c->pos, LW_VDS_FEATURES_MAX);
    int r = take_length(c, v->version > 3, &n, why);
    if (r < 0)
        return r;
    if (lw_cursor_take(c, n, &f->value) < 0)
        return too_short(c, why);
    f->tag = tag;
    v->n_features++;
    return LW_OK;
}

/* Features up to the signature's tag, which is not signed. */
static int take_message(struct lw_cursor *c, struct lw_vds *v, struct lw_why *why)
{
    for (;;) {
        const size_t at = c->pos;
        uint8_t tag;
        if (lw_cursor_u8(c, &tag) < 0)
            return too_short(c, why);
        if (tag == SIGNATURE_TAG) {
            v->signed_part = (struct lw_span){c->data, at};
            return LW_OK;
        }
        int r = take_feature(c, v, tag, why);
        if (r < 0)
            return r;
    }
}

int lw_vds_parse(struct lw_vds *out, struct lw_span bytes, struct lw_why *why)
{
    struct lw_cursor c = lw_cursor_over(bytes);
    struct lw_vds v = {.version = 0};
    size_t n;
    if (bytes.n > LW_VDS_BYTES_MAX)
        return lw_why_set(why, LW_ELIMIT, LW_VDS_BYTES_MAX, "%zu bytes, no barcode holds so many",
                          bytes.n);
    int r = take_header(&c, &v, why);
    if (r < 0 || (r = take_message(&c, &v, why)) < 0 || (r = take_length(&c, true, &n, why)) < 0)
        return r;
    if (lw_cursor_take(&c, n, &v.signature) < 0)
        return too_short(&c, why);
    if (n == 0 || n % 2 != 0)
        return refuse(&c, why, "a signature that is no two numbers of the same length");
    if (lw_cursor_left(&c) > 0)
        return refuse(&c, why, "something stands behind the signature");
    *out = v;
    return LW_OK;
}

const struct lw_vds_feature *lw_vds_feature(const struct lw_vds *v, uint8_t tag)
{
    const struct lw_vds_feature *found = NULL;
    for (size_t i = 0; i < v->n_features; i++)
        if (v->features[i].tag == tag) {
            if (found)
                return NULL;
            found = &v->features[i];
        }
    return found;
}
