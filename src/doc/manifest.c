#include "doc/manifest.h"

#include <string.h>

#include "base/cursor.h"
#include "doc/c40.h"
#include "doc/manifest_priv.h"

enum { VERSION = 1, LEEWAY_S = 300 };
static const char magic[] = "LWM", prefix[] = "LWM1:";
static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"; /* RFC 4648 section 6 */

const char *lw_manifest_rule_name(enum lw_manifest_rule r)
{
    static const char *const names[LW_MANIFEST_RULES] = {
        "signature", "expired", "not_yet", "signer", "replayed", "decoder_refused"};
    return names[r];
}

static void put_be32(struct lw_strbuf *b, int64_t v)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        lw_strbuf_putc(b, (char)(v >> shift));
}

static int refuse(struct lw_why *why, const char *place, const char *rule)
{
    return lw_why_set(why, LW_EINVAL, -1, "%s: %s", place, rule);
}

static bool is_reference(const struct lw_manifest_document *d)
{
    const size_t state = strlen(d->issuing_state), n = strlen(d->number);
    return state >= 1 && strspn(d->issuing_state, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == state &&
           n >= 1 && strspn(d->number, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == n;
}

static int check_documents(const struct lw_manifest *m, struct lw_why *why)
{
    for (size_t i = 0; i < m->n_documents; i++) {
        const struct lw_manifest_document *d = &m->documents[i];
        if (!is_reference(d))
            return lw_why_set(why, LW_EINVAL, -1,
                              "documents[%zu]: not a state of 1 to 3 letters and a number of 1 to "
                              "24 letters and digits",
                              i);
        for (size_t k = 0; k < i; k++)
            if (strcmp(d->issuing_state, m->documents[k].issuing_state) == 0 &&
                strcmp(d->number, m->documents[k].number) == 0)
                return lw_why_set(why, LW_EINVAL, -1, "documents[%zu]: the same as documents[%zu]",
                                  i, k);
    }
    return LW_OK;
}

static int check_fields(const struct lw_manifest *m, struct lw_why *why)
{
    if (m->n_documents < 1 || m->n_documents > LW_MANIFEST_PEOPLE_MAX)
        return refuse(why, "documents", "not 1 to 10 of them");
    if (m->people < m->n_documents || m->people > LW_MANIFEST_PEOPLE_MAX)
        return refuse(why, "people", "fewer than the documents, or more than 10");
    if (m->issued_s < 0 || m->expires_s > UINT32_MAX)
        return refuse(why, "issued", "not between 1970 and 2106");
    if (m->expires_s <= m->issued_s ||
        m->expires_s - m->issued_s > (int64_t)LW_MANIFEST_HOURS_MAX * 3600)
        return refuse(why, "expires", "not within 72 hours of being issued");
    return check_documents(m, why);
}

int lw_manifest_put_signed(struct lw_strbuf *b, const struct lw_manifest *m, struct lw_why *why)
{
    int r = check_fields(m, why);
    if (r < 0)
        return r;
    lw_strbuf_puts(b, magic);
    lw_strbuf_putc(b, VERSION);
    put_be32(b, m->issued_s);
    put_be32(b, m->expires_s);
    lw_strbuf_put(b, m->nonce, sizeof(m->nonce));
    lw_strbuf_putc(b, (char)m->people);
    lw_strbuf_putc(b, (char)m->n_documents);
    for (size_t i = 0; i < m->n_documents; i++) {
        const struct lw_manifest_document *d = &m->documents[i];
        char state[4] = "   ";
        memcpy(state, d->issuing_state, strlen(d->issuing_state));
        lw_c40_put(b, state);
        lw_strbuf_putc(b, (char)strlen(d->number));
        lw_c40_put(b, d->number);
    }
    lw_strbuf_put(b, m->public_key, sizeof(m->public_key));
    return lw_strbuf_err(b) ? lw_why_set(why, LW_ENOMEM, -1, "no memory") : LW_OK;
}

void lw_manifest_make_id(struct lw_manifest *m)
{
    lw_ulid_print(m->id, m->issued_s * 1000000, m->nonce);
}

bool lw_manifest_well_formed(const struct lw_manifest *m)
{
    struct lw_manifest again = *m;
    if (check_fields(m, NULL) < 0)
        return false;
    lw_manifest_make_id(&again);
    return strcmp(again.id, m->id) == 0;
}

int lw_manifest_sign(struct lw_manifest *m, const struct lw_signer *key, struct lw_why *why)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    memcpy(m->public_key, key->public_key, sizeof(m->public_key));
    int r = lw_manifest_put_signed(&b, m, why);
    if (r < 0)
        return r;
    lw_manifest_make_id(m);
    r = lw_sign(m->signature, key, lw_strbuf_span(&b));
    return r < 0 ? lw_why_set(why, r, -1, "cannot be signed") : LW_OK;
}

bool lw_manifest_signed(const struct lw_manifest *m)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    return lw_manifest_put_signed(&b, m, NULL) == LW_OK &&
           lw_sign_good(m->public_key, lw_strbuf_span(&b), m->signature);
}

unsigned lw_manifest_check(const struct lw_manifest *m, const uint8_t *keys, size_t n_keys,
                           int64_t now_utc_us)
{
    const int64_t now_s = now_utc_us / 1000000;
    unsigned found = 0;
    bool known = n_keys == 0;
    for (size_t i = 0; i < n_keys; i++)
        known |= memcmp(keys + i * LW_SIGN_PUBLIC, m->public_key, LW_SIGN_PUBLIC) == 0;
    if (!lw_manifest_signed(m))
        found |= 1u << LW_MANIFEST_SIGNATURE;
    if (now_s >= m->expires_s)
        found |= 1u << LW_MANIFEST_EXPIRED;
    if (m->issued_s > now_s + LEEWAY_S)
        found |= 1u << LW_MANIFEST_NOT_YET;
    if (!known)
        found |= 1u << LW_MANIFEST_SIGNER;
    return found;
}

/* Five bits a character; the bits left over are 0. */
static void put_base32(struct lw_strbuf *b, struct lw_span s)
{
    unsigned bits = 0, n = 0;
    for (size_t i = 0; i < s.n; i++) {
        bits = (bits << 8 | s.data[i]) & 0xfff;
        for (n += 8; n >= 5; n -= 5)
            lw_strbuf_putc(b, digits[bits >> (n - 5) & 31]);
    }
    if (n > 0)
        lw_strbuf_putc(b, digits[bits << (5 - n) & 31]);
}

static int read_base32(struct lw_strbuf *out, struct lw_span text, struct lw_why *why)
{
    unsigned bits = 0, n = 0;
    for (size_t i = 0; i < text.n; i++) {
        const char *at = text.data[i] ? strchr(digits, text.data[i]) : NULL;
        if (!at)
            return lw_why_set(why, LW_EFORMAT, (int64_t)(i + strlen(prefix)),
                              "byte %zu: none of A-Z and 2-7", i + strlen(prefix));
        bits = (bits << 5 | (unsigned)(at - digits)) & 0xfff;
        n += 5;
        if (n >= 8) {
            n -= 8;
            lw_strbuf_putc(out, (char)(bits >> n));
        }
    }
    return lw_strbuf_err(out) ? lw_why_set(why, LW_ENOMEM, -1, "no memory") : LW_OK;
}

static int take_document(struct lw_cursor *c, struct lw_manifest_document *d)
{
    struct lw_span state, number;
    uint8_t n;
    if (lw_cursor_take(c, 2, &state) < 0 || lw_cursor_u8(c, &n) < 0 ||
        lw_cursor_take(c, lw_c40_bytes(n), &number) < 0)
        return LW_ETRUNC;
    if (lw_c40_decode(d->issuing_state, sizeof(d->issuing_state), state) != 3 ||
        lw_c40_decode(d->number, sizeof(d->number), number) != n)
        return LW_EFORMAT;
    d->issuing_state[strcspn(d->issuing_state, " ")] = '\0';
    return LW_OK;
}

static int take_all(struct lw_cursor *c, struct lw_manifest *m)
{
    struct lw_span start, nonce, key, signature;
    uint32_t issued, expires;
    uint8_t people, n;
    if (lw_cursor_take(c, 4, &start) < 0 || lw_cursor_be32(c, &issued) < 0 ||
        lw_cursor_be32(c, &expires) < 0 || lw_cursor_take(c, sizeof(m->nonce), &nonce) < 0 ||
        lw_cursor_u8(c, &people) < 0 || lw_cursor_u8(c, &n) < 0)
        return LW_ETRUNC;
    if (memcmp(start.data, magic, 3) != 0 || n > LW_MANIFEST_PEOPLE_MAX)
        return LW_EFORMAT;
    if (start.data[3] != VERSION)
        return LW_EUNSUP;
    m->issued_s = issued;
    m->expires_s = expires;
    memcpy(m->nonce, nonce.data, sizeof(m->nonce));
    m->people = people;
    for (m->n_documents = 0; m->n_documents < n; m->n_documents++) {
        int r = take_document(c, &m->documents[m->n_documents]);
        if (r < 0)
            return r;
    }
    if (lw_cursor_take(c, sizeof(m->public_key), &key) < 0 ||
        lw_cursor_take(c, sizeof(m->signature), &signature) < 0)
        return LW_ETRUNC;
    memcpy(m->public_key, key.data, key.n);
    memcpy(m->signature, signature.data, signature.n);
    return lw_cursor_left(c) == 0 ? LW_OK : LW_EFORMAT;
}

/* A list has one form: what would be written otherwise is refused. */
static int check_form(const struct lw_manifest *m, struct lw_span text, struct lw_why *why)
{
    LW_AUTO_STRBUF again = LW_STRBUF_INIT;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_why bad;
    if (lw_manifest_put_signed(&b, m, &bad) < 0)
        return lw_why_set(why, LW_EFORMAT, -1, "%s", bad.text);
    lw_manifest_put_code(&again, m);
    if (again.n == text.n && memcmp(again.s, text.data, text.n) == 0)
        return LW_OK;
    return lw_why_set(why, LW_EFORMAT, -1, "the code is not in its one form");
}

static int parse_code(struct lw_manifest *out, struct lw_span text, struct lw_why *why)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    const size_t start = strlen(prefix);
    struct lw_manifest m = {.people = 0};
    while (text.n > 0 && (text.data[text.n - 1] == '\n' || text.data[text.n - 1] == '\r'))
        text.n--;
    int r = read_base32(&b, (struct lw_span){text.data + start, text.n - start}, why);
    if (r < 0)
        return r;
    struct lw_cursor c = lw_cursor_over(lw_strbuf_span(&b));
    r = take_all(&c, &m);
    if (r == LW_EUNSUP)
        return lw_why_set(why, r, -1, "a manifest of a version that is not known");
    if (r < 0)
        return lw_why_set(why, r, -1, "the code's byte %zu: %s", c.pos,
                          r == LW_ETRUNC ? "it ends here" : "not as a manifest is written");
    if ((r = check_form(&m, text, why)) < 0)
        return r;
    lw_manifest_make_id(&m);
    *out = m;
    return LW_OK;
}

void lw_manifest_put_code(struct lw_strbuf *b, const struct lw_manifest *m)
{
    LW_AUTO_STRBUF bytes = LW_STRBUF_INIT;
    if (lw_manifest_put_signed(&bytes, m, NULL) == LW_ENOMEM)
        b->err = LW_ENOMEM;
    lw_strbuf_put(&bytes, m->signature, sizeof(m->signature));
    lw_strbuf_puts(b, prefix);
    put_base32(b, lw_strbuf_span(&bytes));
}

int lw_manifest_parse(struct lw_manifest *out, struct lw_span file, struct lw_why *why)
{
    if (file.n > LW_MANIFEST_BYTES_MAX)
        return lw_why_set(why, LW_ELIMIT, -1, "%zu bytes, more than %d", file.n,
                          LW_MANIFEST_BYTES_MAX);
    if (file.n >= strlen(prefix) && memcmp(file.data, prefix, strlen(prefix)) == 0)
        return parse_code(out, file, why);
    return lw_manifest_parse_json(out, file, why);
}
